/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_client.h.
 */
#include "media_client.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/packet.h"
#include "media/rfc4571.h"
#include "media/stun.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK_FIRST_US 50000    /* until the first answer */
#define CHECK_EVERY_US 2500000
#define STAMPED_AT_ONCE 16
#define STAMPED_BUFFER (1 << 20)

struct media_client_context {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	char fingerprint[96];
};

struct media_client {
	struct media_client_context *context;
	struct media_client_config config;
	char ufrag[64], password[64];
	int fd;
	SSL *ssl;
	struct srtp *in, *out;
	bool valid, connected, closed; /* valid: a check was answered */
	uint8_t transaction[12];
	uint64_t tie_breaker;
	int64_t checked_us;
	uint32_t nomination;
	const uint8_t *datagram; /* what the BIO reads */
	size_t datagram_n;
	uint8_t frames[65536];   /* TCP: what was read */
	size_t frames_n;
	int64_t came_ns;
	struct media_client_counts counts;
};

/* --- DTLS --- */

static int bio_write(BIO *b, const char *p, int n)
{
	media_client_send_raw(BIO_get_data(b), (const uint8_t *)p, (size_t)n);
	return n;
}

static int bio_read(BIO *b, char *p, int n)
{
	struct media_client *c = BIO_get_data(b);
	BIO_clear_retry_flags(b);
	if (!c->datagram) {
		BIO_set_retry_read(b);
		return -1;
	}
	size_t take = c->datagram_n < (size_t)n ? c->datagram_n : (size_t)n;
	memcpy(p, c->datagram, take);
	c->datagram = NULL;
	return (int)take;
}

static long bio_ctrl(BIO *b, int command, long number, void *p)
{
	(void)b, (void)number, (void)p;
	return command == BIO_CTRL_FLUSH ? 1 : command == BIO_CTRL_DGRAM_QUERY_MTU ? 1200 : 0;
}

static int bio_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

static int accept_any(X509_STORE_CTX *store, void *unused)
{
	(void)store, (void)unused;
	return 1;
}

struct media_client_context *media_client_context_new(const char *profiles)
{
	struct media_client_context *c = mem_alloc(sizeof *c);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	uint8_t digest[32];
	unsigned n = sizeof digest;
	X509_set_version(x, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), random_u64() >> 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	CHECK(X509_sign(x, key, EVP_sha256()) > 0 && X509_digest(x, EVP_sha256(), digest, &n) == 1);
	for (unsigned i = 0; i < n; i++)
		snprintf(c->fingerprint + 3 * i, 4, "%02X%s", digest[i], i + 1 < n ? ":" : "");
	c->bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client");
	BIO_meth_set_write(c->bio, bio_write);
	BIO_meth_set_read(c->bio, bio_read);
	BIO_meth_set_ctrl(c->bio, bio_ctrl);
	BIO_meth_set_create(c->bio, bio_create);
	c->ctx = SSL_CTX_new(DTLS_client_method());
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_QUERY_MTU);
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(c->ctx, accept_any, NULL);
	CHECK(SSL_CTX_use_certificate(c->ctx, x) == 1 && SSL_CTX_use_PrivateKey(c->ctx, key) == 1);
	CHECK(SSL_CTX_set_tlsext_use_srtp(c->ctx, profiles ? profiles : "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") == 0);
	X509_free(x);
	EVP_PKEY_free(key);
	return c;
}

void media_client_context_free(struct media_client_context **c)
{
	SSL_CTX_free((*c)->ctx);
	BIO_meth_free((*c)->bio);
	mem_free(*c);
	*c = NULL;
}

const char *media_client_fingerprint(const struct media_client_context *c) { return c->fingerprint; }

static void begin_dtls(struct media_client *c)
{
	BIO *bio = BIO_new(c->context->bio);
	c->ssl = SSL_new(c->context->ctx);
	CHECK(bio && c->ssl);
	BIO_set_data(bio, c);
	SSL_set_bio(c->ssl, bio, bio);
	unsigned mtu = c->config.mtu ? c->config.mtu : 1200;
	SSL_set_mtu(c->ssl, mtu);
	DTLS_set_link_mtu(c->ssl, mtu);
	SSL_set_connect_state(c->ssl);
}

static void open_srtp(struct media_client *c)
{
	uint8_t all[60];
	struct srtp_keys client = {0}, server = {0};
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(c->ssl);
	CHECK(profile);
	client.profile = server.profile = profile->id == SRTP_AEAD_AES_128_GCM ? SRTP_PROFILE_GCM : SRTP_PROFILE_CM_SHA1_80;
	size_t salt = srtp_salt_n(client.profile);
	CHECK(SSL_export_keying_material(c->ssl, all, 32 + 2 * salt, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) == 1);
	memcpy(client.key, all, 16);
	memcpy(server.key, all + 16, 16);
	memcpy(client.salt, all + 32, salt);
	memcpy(server.salt, all + 32 + salt, salt);
	c->out = srtp_new(&client, true);
	c->in = srtp_new(&server, false);
	c->connected = true;
}

static void run_dtls(struct media_client *c)
{
	uint8_t unread[64];
	ERR_clear_error();
	if (!c->connected) {
		int done = SSL_do_handshake(c->ssl);
		if (done == 1)
			open_srtp(c);
		else if (SSL_get_error(c->ssl, done) != SSL_ERROR_WANT_READ)
			c->closed = true;
	} else if (SSL_read(c->ssl, unread, sizeof unread) <= 0 && SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN) {
		c->closed = true;
	}
	ERR_clear_error();
}

void media_client_goodbye(struct media_client *c)
{
	if (c->ssl)
		SSL_shutdown(c->ssl);
}

/* --- the socket --- */

static bool open_socket(struct media_client *c)
{
	int type = c->config.tcp ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	c->fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	if (connect(c->fd, (const struct sockaddr *)&c->config.server, sizeof c->config.server) != 0) {
		close(c->fd);
		c->fd = -1;
		return false;
	}
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	if (c->config.stamps) { /* what waits for us is not lost: it is the server's losses that are looked for */
		int buffer = STAMPED_BUFFER;
		setsockopt(c->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
	}
	if (c->config.tcp)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->frames_n = 0;
	return true;
}

static bool send_bytes(struct media_client *c, const uint8_t *p, size_t n)
{
	uint8_t frame[2 + 2048];
	if (c->config.send) {
		c->config.send(c->config.user, p, n);
		return true;
	}
	if (c->config.tcp) {
		CHECK(n <= sizeof frame - 2);
		rfc4571_head(frame, n);
		memcpy(frame + 2, p, n);
		p = frame;
		n += 2;
	}
	ssize_t sent = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == (ssize_t)n)
		return true;
	if (sent < 0 && errno != EAGAIN && errno != ECONNREFUSED)
		c->closed = true;
	if (sent > 0) /* half a frame: a test's buffers are large enough */
		c->closed = true;
	c->counts.lost_out++;
	return false;
}

void media_client_send_raw(struct media_client *c, const uint8_t *p, size_t n) { send_bytes(c, p, n); }

struct media_client *media_client_new(struct media_client_context *context, const struct media_client_config *config)
{
	struct media_client *c = mem_alloc(sizeof *c);
	c->context = context;
	c->config = *config;
	c->fd = -1;
	c->tie_breaker = random_u64();
	media_client_credentials(c, config->ufrag, config->password);
	if (!config->send && !open_socket(c)) {
		mem_free(c);
		return NULL;
	}
	return c;
}

void media_client_free(struct media_client **client)
{
	struct media_client *c = *client;
	if (!c)
		return;
	SSL_free(c->ssl);
	srtp_free(&c->in);
	srtp_free(&c->out);
	if (c->fd >= 0)
		close(c->fd);
	mem_free(c);
	*client = NULL;
}

bool media_client_move(struct media_client *c)
{
	int old = c->fd;
	if (!open_socket(c)) {
		c->fd = old;
		return false;
	}
	close(old);
	c->valid = false;
	c->checked_us = 0;
	return true;
}

int media_client_fd(const struct media_client *c) { return c->fd; }
bool media_client_is_connected(const struct media_client *c) { return c->connected && !c->closed; }
bool media_client_is_closed(const struct media_client *c) { return c->closed; }
const struct media_client_counts *media_client_counts(const struct media_client *c) { return &c->counts; }
int64_t media_client_came_ns(const struct media_client *c) { return c->came_ns; }

const char *media_client_profile(const struct media_client *c)
{
	const SRTP_PROTECTION_PROFILE *profile = c->connected ? SSL_get_selected_srtp_profile(c->ssl) : NULL;
	return profile ? profile->name : "";
}

void media_client_credentials(struct media_client *c, const char *ufrag, const char *password)
{
	snprintf(c->ufrag, sizeof c->ufrag, "%s", ufrag);
	snprintf(c->password, sizeof c->password, "%s", password);
	c->valid = false;
	c->checked_us = 0;
}

/* --- ICE --- */

void media_client_check(struct media_client *c)
{
	uint8_t p[256];
	char name[80];
	struct stun_writer w;
	int n = snprintf(name, sizeof name, "%s:them", c->ufrag);
	random_fill(c->transaction, sizeof c->transaction);
	stun_begin(&w, p, sizeof p, STUN_BINDING_REQUEST, c->transaction);
	stun_add(&w, STUN_USERNAME, name, (size_t)n);
	stun_add_u64(&w, c->config.controlled ? STUN_ICE_CONTROLLED : STUN_ICE_CONTROLLING, c->tie_breaker);
	stun_add_u32(&w, STUN_PRIORITY, 1853824767);
	if (!c->config.no_nomination && !c->config.controlled)
		stun_add(&w, STUN_USE_CANDIDATE, NULL, 0);
	stun_add_integrity(&w, str_of(c->password));
	size_t size = stun_end(&w);
	CHECK(size > 0);
	c->counts.checks_sent++;
	send_bytes(c, p, size);
}

static void answer_check(struct media_client *c, const struct stun *m)
{
	uint8_t out[STUN_ANSWER_MAX];
	size_t n = stun_write_success(out, sizeof out, m, (const struct sockaddr *)&c->config.server, str_of(c->config.own_password));
	if (n > 0)
		send_bytes(c, out, n);
}

static void on_stun(struct media_client *c, const uint8_t *p, size_t n)
{
	struct stun m;
	if (stun_parse(p, n, &m) != ERR_OK)
		return;
	if (m.type == STUN_BINDING_REQUEST && c->config.own_password)
		answer_check(c, &m);
	if (memcmp(m.transaction, c->transaction, sizeof m.transaction) != 0)
		return;
	if (m.type == STUN_BINDING_ERROR) {
		c->counts.errors++;
		c->counts.last_error = m.error_code;
	}
	if (m.type != STUN_BINDING_SUCCESS || !stun_verify(&m, p, n, str_of(c->password)))
		return;
	c->counts.checks_answered++;
	c->valid = true;
	if (!c->ssl) {
		begin_dtls(c);
		run_dtls(c);
	}
}

void media_client_tick(struct media_client *c, int64_t now_us)
{
	struct timeval left;
	if (c->closed)
		return;
	if (now_us - c->checked_us >= (c->valid ? CHECK_EVERY_US : CHECK_FIRST_US)) {
		c->checked_us = now_us;
		media_client_check(c);
	}
	if (c->ssl && !c->connected && DTLSv1_get_timeout(c->ssl, &left) == 1 && left.tv_sec == 0 && left.tv_usec == 0)
		DTLSv1_handle_timeout(c->ssl);
}

/* --- in and out --- */

void media_client_input(struct media_client *c, uint8_t *p, size_t n)
{
	enum datagram kind = datagram_kind(p, n);
	if (kind == DATAGRAM_STUN)
		on_stun(c, p, n);
	if (kind == DATAGRAM_DTLS && c->ssl) {
		c->datagram = p;
		c->datagram_n = n;
		run_dtls(c);
		c->datagram = NULL;
	}
	if ((kind != DATAGRAM_RTP && kind != DATAGRAM_RTCP) || !c->connected)
		return;
	c->counts.packets_in++;
	c->counts.bytes_in += n;
	void (*to)(void *, uint8_t *, size_t) = kind == DATAGRAM_RTP ? c->config.rtp : c->config.rtcp;
	if (!to || (kind == DATAGRAM_RTP && c->config.wants && !c->config.wants(c->config.user, p, n)))
		return;
	if ((kind == DATAGRAM_RTP ? srtp_unprotect(c->in, p, &n) : srtcp_unprotect(c->in, p, &n)) != ERR_OK)
		c->counts.bad++;
	else
		to(c->config.user, p, n);
}

static void give_frames(struct media_client *c)
{
	size_t at = 0, used;
	struct str frame;
	enum err e;
	while ((e = rfc4571_next(c->frames + at, c->frames_n - at, &frame, &used)) == ERR_OK) {
		at += used;
		media_client_input(c, (uint8_t *)(uintptr_t)frame.p, frame.n);
	}
	c->closed |= e != ERR_AGAIN;
	c->frames_n -= at;
	memmove(c->frames, c->frames + at, c->frames_n);
}

/* Datagrams with the kernel's stamps, many a call: the load of a whole school is read by one core. True: there may be more. */
static bool read_stamped(struct media_client *c)
{
	static uint8_t bytes[STAMPED_AT_ONCE][2048];
	static _Alignas(struct cmsghdr) uint8_t control[STAMPED_AT_ONCE][64];
	struct iovec v[STAMPED_AT_ONCE];
	struct mmsghdr m[STAMPED_AT_ONCE];
	struct timespec t;
	for (int i = 0; i < STAMPED_AT_ONCE; i++) {
		v[i] = (struct iovec){bytes[i], sizeof bytes[i]};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
	}
	int got = recvmmsg(c->fd, m, STAMPED_AT_ONCE, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		struct cmsghdr *h = CMSG_FIRSTHDR(&m[i].msg_hdr);
		if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(h), sizeof t);
			c->came_ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
		}
		media_client_input(c, bytes[i], m[i].msg_len);
	}
	return got == STAMPED_AT_ONCE || (got < 0 && errno == ECONNREFUSED);
}

void media_client_ready(struct media_client *c)
{
	uint8_t p[2048];
	for (int i = 0; i < 256; i++) {
		if (c->config.stamps) {
			if (!read_stamped(c))
				return;
			continue;
		}
		ssize_t n = c->config.tcp ? recv(c->fd, c->frames + c->frames_n, sizeof c->frames - c->frames_n, MSG_DONTWAIT)
					  : recv(c->fd, p, sizeof p, MSG_DONTWAIT);
		if (n < 0 && errno == ECONNREFUSED && !c->config.tcp)
			continue; /* the server is not there just now */
		if (n < 0)
			return;
		if (n == 0 && c->config.tcp) {
			c->closed = true;
			return;
		}
		if (c->config.tcp) {
			c->frames_n += (size_t)n;
			give_frames(c);
		} else {
			media_client_input(c, p, (size_t)n);
		}
	}
}

bool media_client_send_rtp(struct media_client *c, struct srtp_stream *stream, const uint8_t *header, size_t header_n, const uint8_t *payload, size_t payload_n)
{
	uint8_t out[PACKET_MAX + SRTP_OVERHEAD_MAX];
	size_t n = sizeof out;
	if (!c->connected || srtp_protect(c->out, header, header_n, NULL, 0, payload, payload_n, stream, out, &n) != ERR_OK)
		return false;
	c->counts.packets_out++;
	return send_bytes(c, out, n);
}

bool media_client_send_rtcp(struct media_client *c, const uint8_t *p, size_t n)
{
	uint8_t out[PACKET_MAX + SRTP_OVERHEAD_MAX];
	size_t size = sizeof out;
	if (!c->connected || srtcp_protect(c->out, p, n, out, &size) != ERR_OK)
		return false;
	c->counts.packets_out++;
	return send_bytes(c, out, size);
}
