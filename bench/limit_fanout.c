/* SPDX-License-Identifier: Apache-2.0
 *
 * The limit that fan-out is measured against: a bare epoll program. A text frame from anybody is sent to everybody, padded to
 * --frame bytes on the wire; frames that arrive in one turn leave in one send (or SSL_write) a recipient. No rights, no JSON, no
 * store, no limits, no slow readers: what is left is the kernel (and OpenSSL).
 *
 *   limit_fanout PORT FRAME_BYTES [cert.pem key.pem]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_MAX 65536
#define TURN_MAX (1 << 20) /* bytes that one turn may gather */

struct peer {
	int fd, index;
	bool upgraded;
	SSL *ssl;
	unsigned char *rest;
	size_t rest_n;
};

static struct peer **peers;
static size_t peer_count, peer_cap;
static unsigned char in[READ_MAX * 2], turn[TURN_MAX];
static size_t turn_n, frame_bytes;
static SSL_CTX *tls;
static int epoll_fd;

static void drop(struct peer *p)
{
	if (p->ssl)
		SSL_free(p->ssl);
	close(p->fd);
	peers[p->index] = peers[--peer_count];
	peers[p->index]->index = p->index;
	free(p->rest);
	free(p);
}

static void put(struct peer *p, const unsigned char *b, size_t n)
{
	/* the receiver of the load client always reads; a full buffer would end the comparison, so it is waited out */
	while (n) {
		ssize_t k = p->ssl ? SSL_write(p->ssl, b, (int)(n > 16384 ? 16384 : n)) : send(p->fd, b, n, MSG_NOSIGNAL);
		if (k > 0) {
			b += k;
			n -= (size_t)k;
		} else if (p->ssl ? SSL_get_error(p->ssl, (int)k) != SSL_ERROR_WANT_WRITE : errno != EAGAIN) {
			return;
		}
	}
}

static void upgrade(struct peer *p, char *head)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char *key = strcasestr(head, "sec-websocket-key: "), text[128];
	unsigned char sha[20], b64[32];
	char out[256];
	if (!key)
		return;
	key += 19;
	size_t n = strcspn(key, "\r");
	snprintf(text, sizeof text, "%.*s%s", (int)n, key, guid);
	SHA1((unsigned char *)text, strlen(text), sha);
	EVP_EncodeBlock(b64, sha, 20);
	int k = snprintf(out, sizeof out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", b64);
	put(p, (unsigned char *)out, (size_t)k);
	p->upgraded = true;
}

static void gather(void)
{
	if (turn_n + frame_bytes > TURN_MAX)
		return;
	unsigned char *f = turn + turn_n;
	size_t payload = frame_bytes - 4;
	f[0] = 0x81;
	f[1] = 126;
	f[2] = (unsigned char)(payload >> 8);
	f[3] = (unsigned char)payload;
	memset(f + 4, 'x', payload);
	turn_n += frame_bytes;
}

static size_t use(struct peer *p, unsigned char *b, size_t n)
{
	size_t used = 0;
	if (!p->upgraded) {
		b[n] = 0;
		char *end = strstr((char *)b, "\r\n\r\n");
		if (!end)
			return 0;
		upgrade(p, (char *)b);
		used = (size_t)(end + 4 - (char *)b);
	}
	while (n - used >= 6) {
		unsigned char *f = b + used;
		size_t len = f[1] & 127, head = 6;
		if (len == 126) {
			if (n - used < 8)
				break;
			len = (size_t)f[2] << 8 | f[3];
			head = 8;
		}
		if (n - used < head + len)
			break;
		for (size_t i = 0; i < len; i++)
			f[head + i] ^= f[head - 4 + (i & 3)];
		if ((f[0] & 15) == 1) {
			gather();
		} else if ((f[0] & 15) == 9) {
			unsigned char pong[128] = {0x8a, (unsigned char)len};
			memcpy(pong + 2, f + head, len);
			put(p, pong, len + 2);
		}
		used += head + len;
	}
	return used;
}

/* False: nothing more to read now, or the peer is gone. */
static bool read_some(struct peer *p)
{
	size_t n = p->rest_n;
	memcpy(in, p->rest, n);
	ssize_t k = p->ssl ? SSL_read(p->ssl, in + n, READ_MAX) : recv(p->fd, in + n, READ_MAX, 0);
	if (k <= 0) {
		if (p->ssl ? SSL_get_error(p->ssl, (int)k) != SSL_ERROR_WANT_READ : k == 0 || errno != EAGAIN)
			drop(p);
		return false;
	}
	n += (size_t)k;
	size_t used = use(p, in, n);
	free(p->rest);
	p->rest_n = n - used;
	p->rest = p->rest_n ? malloc(p->rest_n) : NULL;
	if (p->rest)
		memcpy(p->rest, in + used, p->rest_n);
	return true;
}

static void read_peer(struct peer *p)
{
	/* SSL_read gives one record at a time: all that has come belongs to this turn */
	while (read_some(p) && p->ssl)
		continue;
}

static void accept_all(int listener)
{
	int fd, one = 1;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct peer *p = calloc(1, sizeof *p);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		p->fd = fd;
		if (tls) {
			p->ssl = SSL_new(tls);
			SSL_set_fd(p->ssl, fd);
			SSL_set_accept_state(p->ssl);
		}
		if (peer_count == peer_cap) {
			peer_cap = peer_cap ? peer_cap * 2 : 1024;
			peers = realloc(peers, peer_cap * sizeof(struct peer *));
		}
		p->index = (int)peer_count;
		peers[peer_count++] = p;
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 5) {
		fprintf(stderr, "usage: limit_fanout PORT FRAME_BYTES [cert.pem key.pem]\n");
		return 2;
	}
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	signal(SIGPIPE, SIG_IGN);
	frame_bytes = (size_t)strtoul(argv[2], NULL, 10);
	if (argc == 5) {
		tls = SSL_CTX_new(TLS_server_method());
		SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		SSL_CTX_set_num_tickets(tls, 1);
		if (SSL_CTX_use_certificate_chain_file(tls, argv[3]) != 1 || SSL_CTX_use_PrivateKey_file(tls, argv[4], SSL_FILETYPE_PEM) != 1)
			return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 4096)) {
		perror("limit_fanout");
		return 1;
	}
	epoll_fd = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, evs[512];
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &ev);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll_fd, evs, 512, -1);
		for (int i = 0; i < n; i++) {
			if (evs[i].data.ptr)
				read_peer(evs[i].data.ptr);
			else
				accept_all(listener);
		}
		if (turn_n) {
			for (size_t i = 0; i < peer_count; i++)
				if (peers[i]->upgraded)
					put(peers[i], turn, turn_n);
			turn_n = 0;
		}
	}
}
