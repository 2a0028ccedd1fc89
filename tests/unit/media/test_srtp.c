/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP: the vectors of RFC 3711 and RFC 7714, the window, rollovers, limits and refusals; and that builds with checks abort when an
 * index is encrypted twice. test_srtp_oracle.c has the comparison with libsrtp2.
 */
#include "bytes.h"
#include "media/rtp.h"
#include "media/srtp_private.h"
#include "media/wire.h"
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLAIN_RTP "8040f17b 8041f8d3 5501a0b2 47616c6c 6961206573 74206f6d 6e697320 64697669 73612069 6e207061 72746573 20747265 73"
#define GCM_RTP "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
#define PLAIN_RTCP "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
#define GCM_RTCP "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"

static uint64_t seed = 88172645463325252u;

static struct srtp_keys new_keys(bool gcm)
{
	struct srtp_keys keys = {.profile = gcm ? SRTP_PROFILE_GCM : SRTP_PROFILE_CM_SHA1_80};
	draw_bytes(&seed, keys.key, sizeof keys.key);
	draw_bytes(&seed, keys.salt, sizeof keys.salt);
	return keys;
}

static void derivation(void **state)
{
	(void)state;
	uint8_t key[16], salt[14], want[20], got[20];
	unhex("e1f97a0d3e018be0d64fa32c06de4139", key);
	unhex("0ec675ad498afeebb6960b3aabe6", salt);
	unhex("c61e7a93744f39ee10734afe3ff7a087", want);
	assert_int_equal(srtp_derive(key, salt, SRTP_LABEL_RTP_KEY, got, 16), ERR_OK);
	assert_memory_equal(got, want, 16);
	unhex("30cbbc08863d8c85d49db34a9ae1", want);
	assert_int_equal(srtp_derive(key, salt, SRTP_LABEL_RTP_SALT, got, 14), ERR_OK);
	assert_memory_equal(got, want, 14);
	unhex("cebe321f6ff7716b6fd4ab49af256a156d38baa4", want);
	assert_int_equal(srtp_derive(key, salt, SRTP_LABEL_RTP_AUTH, got, 20), ERR_OK);
	assert_memory_equal(got, want, 20);
	assert_int_equal(srtp_salt_n(SRTP_PROFILE_GCM), 12);
	assert_int_equal(srtp_salt_n(SRTP_PROFILE_CM_SHA1_80), 14);
	struct srtp_keys unknown = {.profile = (enum srtp_profile)2};
	assert_null(srtp_new(&unknown, true));
}

/* RFC 3711 B.2: the key stream of a packet whose salt, SSRC and index are those of the vector, by encrypting zeros. */
static void counter_mode(void **state)
{
	(void)state;
	struct srtp_session k = {0};
	struct srtp_stream stream = {0};
	uint8_t want[48], header[12] = {0x80, 96}, zeros[48] = {0}, out[80];
	size_t n = sizeof out;
	unhex("2b7e151628aed2a6abf7158809cf4f3c", k.key);
	unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd", k.salt);
	unhex("e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0", want);
	struct srtp *s = srtp_new_session(SRTP_PROFILE_CM_SHA1_80, true, &k, &k);
	assert_int_equal(srtp_protect(s, header, 12, zeros, 5, zeros, 43, &stream, out, &n), ERR_OK);
	assert_int_equal(n, 12 + 48 + 10);
	assert_memory_equal(out + 12, want, 48);
	srtp_free(&s);
	assert_null(s);
}

static void rfc7714(void **state)
{
	(void)state;
	struct srtp_session k = {0};
	struct srtp_stream stream = {0};
	uint8_t plain[100], want[100], out[100];
	unhex("000102030405060708090a0b0c0d0e0f", k.key);
	unhex("517569642070726f2071756f", k.salt);
	struct srtp *sender = srtp_new_session(SRTP_PROFILE_GCM, true, &k, &k), *receiver = srtp_new_session(SRTP_PROFILE_GCM, false, &k, &k);
	size_t plain_n = unhex(PLAIN_RTP, plain), want_n = unhex(GCM_RTP, want), n = want_n;
	assert_int_equal(srtp_protect(sender, plain, 12, NULL, 0, plain + 12, plain_n - 12, &stream, out, &n), ERR_OK);
	assert_int_equal(n, want_n);
	assert_memory_equal(out, want, n);
	assert_int_equal(srtp_unprotect(receiver, out, &n), ERR_OK);
	assert_int_equal(n, plain_n);
	assert_memory_equal(out, plain, n);
	plain_n = unhex(PLAIN_RTCP, plain);
	n = want_n = unhex(GCM_RTCP, want);
	srtcp_set_index(sender, 0x5d4);
	assert_int_equal(srtcp_protect(sender, plain, plain_n, out, &n), ERR_OK);
	assert_int_equal(n, want_n);
	assert_memory_equal(out, want, n);
	assert_int_equal(srtcp_unprotect(receiver, out, &n), ERR_OK);
	assert_int_equal(n, plain_n);
	assert_memory_equal(out, plain, n);
	srtp_free(&sender);
	srtp_free(&receiver);
}

struct pair { struct srtp *sender, *receiver; struct srtp_stream stream; };

static struct pair new_pair(bool gcm)
{
	struct srtp_keys keys = new_keys(gcm);
	return (struct pair){.sender = srtp_new(&keys, true), .receiver = srtp_new(&keys, false)};
}

static void free_pair(struct pair *p)
{
	srtp_free(&p->sender);
	srtp_free(&p->receiver);
}

static enum err protect(struct pair *p, struct srtp_stream *stream, uint32_t ssrc, uint16_t seq, uint8_t *out, size_t *n)
{
	uint8_t header[12];
	rtp_write(header, sizeof header, &(struct rtp){.pt = 111, .seq = seq, .ssrc = ssrc, .ts = 5}, NULL, 0, NULL);
	*n = 64;
	return srtp_protect(p->sender, header, 12, (const uint8_t *)"head", 4, (const uint8_t *)"and more", 8, stream, out, n);
}

static void sizes_and_headers(void **state)
{
	bool gcm = *(bool *)*state;
	struct pair p = new_pair(gcm);
	uint8_t out[64], header[20] = {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0}, rtcp[8] = {0x80, 201, 0, 1};
	size_t tag = gcm ? 16 : 10, n = 12 + tag - 1;
	assert_int_equal(srtp_protect(p.sender, header, 16, NULL, 0, NULL, 0, &p.stream, out, &n), ERR_MALFORMED); /* the extension is not all there */
	assert_int_equal(srtp_protect(p.sender, header, 12, NULL, 0, NULL, 0, &p.stream, out, &n), ERR_MALFORMED);
	header[0] = 0x40;
	assert_int_equal(srtp_protect(p.sender, header, 12, NULL, 0, NULL, 0, &p.stream, out, &n), ERR_MALFORMED);
	header[0] = 0x80;
	assert_int_equal(srtp_protect(p.sender, header, 12, NULL, 0, NULL, 0, &p.stream, out, &n), ERR_TOO_LARGE);
	assert_false(p.stream.started); /* what was refused used nothing up */
	n = 12 + tag;
	assert_int_equal(srtp_protect(p.sender, header, 12, NULL, 0, NULL, 0, &p.stream, out, &n), ERR_OK);
	assert_int_equal(n, 12 + tag);
	for (size_t short_n = 0; short_n < 12 + tag; short_n++) {
		uint8_t *cut = exact(out, short_n);
		size_t cut_n = short_n;
		assert_int_equal(srtp_unprotect(p.receiver, cut, &cut_n), ERR_MALFORMED);
		free(cut);
	}
	assert_int_equal(srtp_unprotect(p.receiver, out, &n), ERR_OK);
	assert_int_equal(n, 12);
	n = 8 + 4 + tag - 1;
	assert_int_equal(srtcp_protect(p.sender, rtcp, 8, out, &n), ERR_TOO_LARGE);
	assert_int_equal(srtcp_protect(p.sender, rtcp, 7, out, &n), ERR_MALFORMED);
	n++;
	assert_int_equal(srtcp_protect(p.sender, rtcp, 8, out, &n), ERR_OK);
	for (size_t short_n = 0; short_n < 12 + tag; short_n++) {
		uint8_t *cut = exact(out, short_n);
		size_t cut_n = short_n;
		assert_int_equal(srtcp_unprotect(p.receiver, cut, &cut_n), ERR_MALFORMED);
		free(cut);
	}
	uint8_t plain_word[64]; /* without its E bit it claims to be in the clear */
	memcpy(plain_word, out, n);
	plain_word[gcm ? 8 + tag : 8] &= 0x7f;
	size_t same = n;
	assert_int_equal(srtcp_unprotect(p.receiver, plain_word, &same), ERR_MALFORMED);
	assert_int_equal(srtcp_unprotect(p.receiver, out, &n), ERR_OK);
	assert_int_equal(n, 8);
	srtcp_set_index(p.sender, 0x7fffffff);
	n = sizeof out;
	assert_int_equal(srtcp_protect(p.sender, rtcp, 8, out, &n), ERR_OK);
	assert_int_equal(srtcp_unprotect(p.receiver, out, &n), ERR_OK);
	n = sizeof out;
	assert_int_equal(srtcp_protect(p.sender, rtcp, 8, out, &n), ERR_CLOSED);
	free_pair(&p);
}

static void window_and_rollover(void **state)
{
	struct pair p = new_pair(*(bool *)*state);
	uint8_t wire[3][64];
	size_t n[3];
	assert_int_equal(protect(&p, &p.stream, 1, 65000, wire[0], &n[0]), ERR_OK); /* kept back */
	assert_int_equal(protect(&p, &p.stream, 1, 65001, wire[1], &n[1]), ERR_OK);
	assert_int_equal(protect(&p, &p.stream, 1, 65001, wire[2], &n[2]), ERR_REFUSED); /* its index was used */
	uint64_t index = 65001;
	assert_int_equal(srtp_unprotect(p.receiver, wire[1], &n[1]), ERR_OK);
	for (; index < 65000 + SRTP_WINDOW - 1; index++) {
		assert_int_equal(protect(&p, &p.stream, 1, (uint16_t)(index + 1), wire[1], &n[1]), ERR_OK);
		assert_int_equal(srtp_unprotect(p.receiver, wire[1], &n[1]), ERR_OK);
	}
	assert_int_equal(p.stream.highest, 65000 + SRTP_WINDOW - 1); /* over the rollover */
	memcpy(wire[2], wire[0], n[0]);
	n[2] = n[0];
	assert_int_equal(srtp_unprotect(p.receiver, wire[2], &n[2]), ERR_OK); /* the oldest that may come */
	n[2] = n[0];
	memcpy(wire[2], wire[0], n[0]);
	assert_int_equal(srtp_unprotect(p.receiver, wire[2], &n[2]), ERR_REFUSED);
	assert_int_equal(protect(&p, &p.stream, 1, 64999, wire[1], &n[1]), ERR_REFUSED); /* was not used, but is too old */
	assert_int_equal(protect(&p, &p.stream, 1, (uint16_t)(index + 5000), wire[1], &n[1]), ERR_OK);
	assert_int_equal(srtp_unprotect(p.receiver, wire[1], &n[1]), ERR_OK);
	assert_int_equal(protect(&p, &p.stream, 1, (uint16_t)(index + 5000 - SRTP_WINDOW + 1), wire[1], &n[1]), ERR_OK);
	assert_int_equal(srtp_unprotect(p.receiver, wire[1], &n[1]), ERR_OK);
	free_pair(&p);
}

static void beginning(void **state)
{
	struct pair p = new_pair(*(bool *)*state);
	uint8_t wire[2][64];
	size_t n[2];
	assert_int_equal(protect(&p, &p.stream, 1, 3, wire[0], &n[0]), ERR_OK);
	assert_int_equal(protect(&p, &p.stream, 1, 65534, wire[1], &n[1]), ERR_REFUSED); /* before the beginning */
	assert_int_equal(srtp_unprotect(p.receiver, wire[0], &n[0]), ERR_OK);
	assert_int_equal(protect(&p, &p.stream, 1, 3 + 32768, wire[1], &n[1]), ERR_OK); /* RFC 3711 3.3.1: half a round counts as ahead */
	assert_int_equal(srtp_unprotect(p.receiver, wire[1], &n[1]), ERR_OK);
	free_pair(&p);
}

/* Streams come and go: the receiver remembers SRTP_SSRCS_MAX of them. */
static void many_streams(void **state)
{
	struct pair p = new_pair(*(bool *)*state);
	static struct srtp_stream streams[SRTP_SSRCS_MAX + 1];
	uint8_t wire[64], first[64], second[64];
	size_t n, first_n = 0, second_n = 0;
	memset(streams, 0, sizeof streams);
	for (unsigned i = 0; i <= SRTP_SSRCS_MAX; i++) {
		assert_int_equal(protect(&p, &streams[i], 100 + i, 7, wire, &n), ERR_OK);
		if (i == 0)
			memcpy(first, wire, first_n = n);
		if (i == 1)
			memcpy(second, wire, second_n = n);
		assert_int_equal(srtp_unprotect(p.receiver, wire, &n), ERR_OK);
		if (i == SRTP_SSRCS_MAX - 1) { /* the first one speaks again: not it, but the second is the one longest silent */
			assert_int_equal(protect(&p, &streams[0], 100, 8, wire, &n), ERR_OK);
			assert_int_equal(srtp_unprotect(p.receiver, wire, &n), ERR_OK);
		}
	}
	assert_int_equal(srtp_unprotect(p.receiver, first, &first_n), ERR_REFUSED);
	assert_int_equal(srtp_unprotect(p.receiver, second, &second_n), ERR_OK); /* forgotten, so taken for new: the limit's price */
	free_pair(&p);
}

static void forgery_leaves_no_trace(void **state)
{
	struct pair p = new_pair(*(bool *)*state);
	uint8_t wire[64], copy[64];
	size_t n, copy_n;
	assert_int_equal(protect(&p, &p.stream, 1, 9, wire, &n), ERR_OK);
	for (size_t i = 0; i < n * 8; i++) {
		memcpy(copy, wire, n);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		copy_n = n;
		assert_int_equal(srtp_unprotect(p.receiver, copy, &copy_n), ERR_MALFORMED);
	}
	assert_int_equal(srtp_unprotect(p.receiver, wire, &n), ERR_OK);
	free_pair(&p);
}

#ifdef MEDIA_CHECKS
/* Runs the body in a process of its own; true when that aborted. */
static bool aborts(void (*body)(bool gcm), bool gcm)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		signal(SIGABRT, SIG_DFL);
		body(gcm);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* A second stream with the SSRC of the first: neither knows of the other. */
static void stream_begins_anew(bool gcm)
{
	struct pair p = new_pair(gcm);
	struct srtp_stream again = {0};
	uint8_t wire[64];
	size_t n;
	if (protect(&p, &p.stream, 1, 5, wire, &n) || protect(&p, &again, 1, 5, wire, &n))
		_exit(1);
}

static void context_begins_anew(bool gcm)
{
	struct srtp_keys keys = new_keys(gcm);
	uint8_t wire[64];
	size_t n;
	for (unsigned i = 0; i < 2; i++) {
		struct pair p = {.sender = srtp_new(&keys, true)};
		if (protect(&p, &p.stream, 1, 105, wire, &n))
			_exit(1);
		free_pair(&p);
	}
}

static void far_behind(bool gcm)
{
	struct pair p = new_pair(gcm);
	struct srtp_stream again = {0};
	uint8_t wire[64];
	size_t n;
	if (protect(&p, &p.stream, 1, 30000, wire, &n) || protect(&p, &again, 1, 5, wire, &n))
		_exit(1);
}

static void rtcp_twice(bool gcm)
{
	struct pair p = new_pair(gcm);
	uint8_t rtcp[8] = {0x80, 201, 0, 1}, wire[64];
	for (unsigned i = 0; i < 2; i++) {
		size_t n = sizeof wire;
		srtcp_set_index(p.sender, 4);
		if (srtcp_protect(p.sender, rtcp, 8, wire, &n))
			_exit(1);
	}
}

static void other_streams_and_keys(bool gcm)
{
	uint8_t wire[64];
	size_t n;
	for (unsigned i = 0; i < 50000; i++) { /* more streams than are remembered, each SSRC under 50 keys */
		struct pair p = {0};
		static struct srtp *kept;
		if (!kept || i % 1000 == 0) {
			struct srtp_keys keys = new_keys(gcm);
			srtp_free(&kept);
			kept = srtp_new(&keys, true);
		}
		p.sender = kept;
		if (protect(&p, &p.stream, i % 1000, 5, wire, &n) || protect(&p, &p.stream, i % 1000, 6, wire, &n))
			_exit(1);
	}
}

static void an_index_is_encrypted_once(void **state)
{
	bool gcm = *(bool *)*state;
	assert_true(aborts(stream_begins_anew, gcm));
	assert_true(aborts(context_begins_anew, gcm));
	assert_true(aborts(far_behind, gcm));
	assert_true(aborts(rtcp_twice, gcm));
	assert_false(aborts(other_streams_and_keys, gcm));
}
#endif

int main(void)
{
	static bool gcm = true, cm = false;
#define BOTH(f) {"gcm " #f, f, NULL, NULL, &gcm}, {"cm " #f, f, NULL, NULL, &cm}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derivation),
		cmocka_unit_test(counter_mode),
		cmocka_unit_test(rfc7714),
		BOTH(sizes_and_headers),
		BOTH(window_and_rollover),
		BOTH(beginning),
		BOTH(many_streams),
		BOTH(forgery_leaves_no_trace),
#ifdef MEDIA_CHECKS
		BOTH(an_index_is_encrypted_once),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
