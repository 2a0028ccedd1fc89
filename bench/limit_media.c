/* SPDX-License-Identifier: Apache-2.0
 *
 * The floors of a media server: the packets of one who is watched by many, sent to the same number of sockets by nothing but a loop. One thread.
 *   limit_media PORT [PORT..]     then lines on stdin: MODE FRAMES RATE PACKETS BYTES; a line on stdout for each: nanoseconds of CPU, packets sent, packets not taken
 * MODE: send (the packets lie ready, one sendmsg each), seal (AES-128-GCM by EVP before each sendmsg, a key for each receiver), gso (sealed, one sendmsg with
 * UDP_SEGMENT for the packets of a picture to one receiver). BYTES are those of a datagram, with 24 of header and 16 of tag.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
enum { HEADER = 24, TAG = 16, IV = 12, SINKS_MAX = 1024, PACKETS_MAX = 32, BYTES_MAX = 1500 };

static struct sink { struct sockaddr_in to; EVP_CIPHER_CTX *cipher; uint8_t salt[IV]; } sinks[SINKS_MAX];
static int sink_n, fd;
static uint8_t plain[PACKETS_MAX][BYTES_MAX], out[PACKETS_MAX * BYTES_MAX];
static uint64_t packets_sent, packets_refused;

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "limit_media: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void send_one(const struct sink *s, uint8_t *p, size_t n, size_t segment)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct iovec v = {p, n};
	struct msghdr m = {.msg_name = (void *)(uintptr_t)&s->to, .msg_namelen = sizeof s->to, .msg_iov = &v, .msg_iovlen = 1};
	if (segment < n) {
		struct cmsghdr *c = (struct cmsghdr *)control;
		uint16_t size = (uint16_t)segment;
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		*c = (struct cmsghdr){.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof size)};
		memcpy(CMSG_DATA(c), &size, sizeof size);
	}
	uint64_t count = (n + segment - 1) / segment;
	if (sendmsg(fd, &m, MSG_DONTWAIT) < 0)
		packets_refused += count;
	else
		packets_sent += count;
}

static void seal(struct sink *s, const uint8_t *p, size_t n, uint32_t index, uint8_t *to)
{
	uint8_t iv[IV];
	int made;
	memcpy(iv, s->salt, sizeof iv);
	for (int i = 0; i < 4; i++)
		iv[IV - 1 - i] ^= (uint8_t)(index >> 8 * i);
	memcpy(to, p, HEADER);
	if (EVP_EncryptInit_ex(s->cipher, NULL, NULL, NULL, iv) != 1 || EVP_EncryptUpdate(s->cipher, NULL, &made, p, HEADER) != 1 ||
		EVP_EncryptUpdate(s->cipher, to + HEADER, &made, p + HEADER, (int)(n - HEADER - TAG)) != 1 ||
		EVP_EncryptFinal_ex(s->cipher, to + n - TAG, &made) != 1 || EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, to + n - TAG) != 1)
		fail("cipher");
}

static void send_picture(const char *mode, unsigned packets, size_t n, uint32_t index)
{
	if (mode[0] == 'g') { /* by receiver: its packets lie one behind the other */
		for (int i = 0; i < sink_n; i++) {
			for (unsigned k = 0; k < packets; k++)
				seal(&sinks[i], plain[k], n, index + k, out + k * n);
			send_one(&sinks[i], out, packets * n, n);
		}
		return;
	}
	for (unsigned k = 0; k < packets; k++)
		for (int i = 0; i < sink_n; i++) {
			if (mode[1] == 'e' && mode[2] == 'a')
				seal(&sinks[i], plain[k], n, index + k, out);
			send_one(&sinks[i], mode[2] == 'a' ? out : plain[k], n, n);
		}
}

static void run(const char *mode, unsigned frames, unsigned rate, unsigned packets, size_t n)
{
	static uint32_t index;
	int64_t start = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	packets_sent = packets_refused = 0;
	for (unsigned i = 0; i < frames; i++) {
		int64_t due = start + (int64_t)i * 1000000000 / rate;
		struct timespec t = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		send_picture(mode, packets, n, index);
		index += packets;
	}
	printf("%lld %llu %llu\n", (long long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu), (unsigned long long)packets_sent, (unsigned long long)packets_refused);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[128];
	int buffer = 8 << 20;
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
	if (argc < 2 || argc > SINKS_MAX || fd < 0 || !gcm)
		fail("no ports, or no socket");
	for (int i = 1; i < argc; i++) {
		struct sink *s = &sinks[sink_n++];
		uint8_t key[16];
		s->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(argv[i], NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		memset(key, i, sizeof key);
		memset(s->salt, i ^ 0x55, sizeof s->salt);
		s->cipher = EVP_CIPHER_CTX_new();
		if (EVP_EncryptInit_ex(s->cipher, gcm, NULL, key, NULL) != 1)
			fail("cipher");
	}
	for (unsigned k = 0; k < PACKETS_MAX; k++)
		memset(plain[k], (int)(0x80 + k), sizeof plain[k]);
	while (fgets(line, sizeof line, stdin)) { /* a word, then four numbers */
		char *rest = line + strcspn(line, " ");
		unsigned n[4];
		for (int i = 0; i < 4; i++)
			n[i] = (unsigned)strtoul(rest, &rest, 10);
		if (n[1] == 0 || n[2] == 0 || n[2] > PACKETS_MAX || n[3] > BYTES_MAX || n[3] < HEADER + TAG + 1)
			fail("an odd order");
		run(line, n[0], n[1], n[2], n[3]);
	}
	return 0;
}
