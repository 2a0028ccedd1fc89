/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP and SRTCP against libsrtp2: what we encrypt it decrypts, what it encrypts we decrypt, and both refuse the same replays and forgeries; with streams
 * that wrap, lose and reorder packets, and an RTX stream beside the media. PACKETS (250,000) packets for each profile and direction.
 */
#include "bytes.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "media/wire.h"
#include "srtp_oracle.h"
#include <stdio.h>

enum { STREAMS = 4, PAYLOAD_MAX = 1200, ROOM = 1600 };

struct side { /* one profile, one direction */
	bool gcm, ours_sends;
	uint64_t seed;
	struct srtp *ours;
	struct oracle *theirs;
	uint64_t index[STREAMS]; /* the next one of each stream */
	bool started[STREAMS];
	struct srtp_stream sent[STREAMS];
	unsigned wraps, late, replays, forged, rtcp;
};

static const struct { uint32_t ssrc, first; } streams[STREAMS] = {{0x10203040, 30000}, {0x10203041, 1}, {0xfffffffe, 32767}, {7, 65530}};

static unsigned packets(void)
{
	const char *wanted = getenv("PACKETS");
	return wanted ? (unsigned)strtoul(wanted, NULL, 10) : 250000;
}

/* A packet with CSRCs and extensions now and then. */
static size_t make_packet(struct side *s, uint32_t ssrc, uint16_t seq, uint8_t *out, size_t *header_n)
{
	uint8_t ext[5];
	draw_bytes(&s->seed, ext, sizeof ext);
	const struct rtp h = {.pt = 96, .marker = draw(&s->seed) & 1, .seq = seq, .ssrc = ssrc, .ts = (uint32_t)draw(&s->seed)};
	const struct rtp_ext exts[] = {{.id = 4, .n = 3, .p = ext}, {.id = 5, .n = 2, .p = ext + 3}};
	*header_n = rtp_write(out, ROOM, &h, exts, draw(&s->seed) % 3, NULL);
	if (*header_n == RTP_HEADER_MIN && draw(&s->seed) % 8 == 0) {
		out[0] |= 2;
		draw_bytes(&s->seed, out + *header_n, 8);
		*header_n += 8;
	}
	size_t n = draw(&s->seed) % 50 == 0 ? 0 : draw(&s->seed) % PAYLOAD_MAX;
	for (size_t i = 0; i < n; i += 8) {
		uint64_t v = draw(&s->seed);
		memcpy(out + *header_n + i, &v, 8);
	}
	return *header_n + n;
}

static void send(struct side *s, unsigned stream, const uint8_t *plain, size_t n, size_t header_n, uint8_t *out, size_t *out_n)
{
	*out_n = ROOM;
	if (s->ours_sends) {
		size_t head = n - header_n < 7 ? n - header_n : draw(&s->seed) % 7;
		assert_int_equal(srtp_protect(s->ours, plain, header_n, plain + header_n, head, plain + header_n + head, n - header_n - head, &s->sent[stream], out, out_n), ERR_OK);
	} else {
		memcpy(out, plain, n);
		*out_n = n;
		assert_int_equal(oracle_protect(s->theirs, false, out, out_n), ORACLE_OK);
	}
}

/* The other one decrypts a copy: ORACLE_OK and what came out in p. */
static enum oracle_says receive(struct side *s, bool rtcp, uint8_t *p, size_t *n)
{
	if (s->ours_sends)
		return oracle_unprotect(s->theirs, rtcp, p, n);
	enum err e = rtcp ? srtcp_unprotect(s->ours, p, n) : srtp_unprotect(s->ours, p, n);
	return e == ERR_OK ? ORACLE_OK : e == ERR_REFUSED ? ORACLE_REPLAY : e == ERR_MALFORMED ? ORACLE_NOT_AUTHENTIC : ORACLE_OTHER;
}

static void arrives(struct side *s, bool rtcp, const uint8_t *wire, size_t n, const uint8_t *plain, size_t plain_n)
{
	uint8_t copy[ROOM];
	size_t copy_n = n;
	if (draw(&s->seed) % 16 == 0) { /* one bit is wrong: refused, and the true packet is taken afterwards */
		memcpy(copy, wire, n);
		size_t at = rtcp ? draw(&s->seed) % n : RTP_HEADER_MIN + draw(&s->seed) % (n - RTP_HEADER_MIN);
		copy[at] ^= (uint8_t)(1 << draw(&s->seed) % 8);
		assert_int_not_equal(receive(s, rtcp, copy, &copy_n), ORACLE_OK);
		s->forged++;
	}
	memcpy(copy, wire, n);
	copy_n = n;
	assert_int_equal(receive(s, rtcp, copy, &copy_n), ORACLE_OK);
	assert_int_equal(copy_n, plain_n);
	assert_memory_equal(copy, plain, plain_n);
	if (draw(&s->seed) % 16 == 0) {
		memcpy(copy, wire, n);
		copy_n = n;
		assert_int_equal(receive(s, rtcp, copy, &copy_n), ORACLE_REPLAY);
		s->replays++;
	}
}

static void rtcp(struct side *s)
{
	uint8_t plain[ROOM], wire[ROOM];
	size_t n = 8 + 4 * (draw(&s->seed) % 100), wire_n = ROOM;
	draw_bytes(&s->seed, plain, n);
	plain[0] = 0x80 | (plain[0] & 0x1f);
	plain[1] = 200;
	set_u16(plain + 2, (uint16_t)(n / 4 - 1));
	set_u32(plain + 4, streams[draw(&s->seed) % STREAMS].ssrc);
	if (s->ours_sends) {
		assert_int_equal(srtcp_protect(s->ours, plain, n, wire, &wire_n), ERR_OK);
	} else {
		memcpy(wire, plain, n);
		wire_n = n;
		assert_int_equal(oracle_protect(s->theirs, true, wire, &wire_n), ORACLE_OK);
	}
	arrives(s, true, wire, wire_n, plain, n);
	s->rtcp++;
}

/* Sends `burst` packets of a stream with losses, and lets them arrive in some other order. */
static unsigned burst(struct side *s, unsigned stream)
{
	static uint8_t plain[16][ROOM], wire[16][ROOM];
	size_t plain_n[16], wire_n[16];
	unsigned count = 1 + (unsigned)(draw(&s->seed) % 16), order[16];
	for (unsigned i = 0; i < count; i++) {
		size_t header_n;
		uint64_t before = s->index[stream];
		s->index[stream] += draw(&s->seed) % 40 == 0 ? 1 + draw(&s->seed) % 60 : 1;
		s->wraps += before >> 16 != s->index[stream] >> 16;
		plain_n[i] = make_packet(s, streams[stream].ssrc, (uint16_t)s->index[stream], plain[i], &header_n);
		send(s, stream, plain[i], plain_n[i], header_n, wire[i], &wire_n[i]);
		order[i] = i;
	}
	bool mixed = s->started[stream] && draw(&s->seed) % 2; /* the first one comes first: it says where the receiver's count begins */
	s->started[stream] = true;
	for (unsigned i = 0; mixed && i < count; i++) {
		unsigned other = (unsigned)(draw(&s->seed) % count), kept = order[i];
		order[i] = order[other];
		order[other] = kept;
		s->late += other != i;
	}
	for (unsigned i = 0; i < count; i++)
		arrives(s, false, wire[order[i]], wire_n[order[i]], plain[order[i]], plain_n[order[i]]);
	return count;
}

static void run(bool gcm, bool ours_sends)
{
	struct side s = {.gcm = gcm, .ours_sends = ours_sends, .seed = 0x9e3779b97f4a7c15u + (gcm ? 2 : 0) + (ours_sends ? 1 : 0)};
	struct srtp_keys keys = {.profile = gcm ? SRTP_PROFILE_GCM : SRTP_PROFILE_CM_SHA1_80};
	draw_bytes(&s.seed, keys.key, sizeof keys.key);
	draw_bytes(&s.seed, keys.salt, sizeof keys.salt);
	s.ours = srtp_new(&keys, ours_sends);
	s.theirs = oracle_new(gcm, keys.key, keys.salt, !ours_sends);
	assert_non_null(s.ours);
	for (unsigned i = 0; i < STREAMS; i++)
		s.index[i] = streams[i].first;
	for (unsigned done = 0; done < packets();) {
		unsigned stream = draw(&s.seed) % 4 ? 0 : 1 + (unsigned)(draw(&s.seed) % 3);
		done += burst(&s, stream);
		if (draw(&s.seed) % 8 == 0)
			rtcp(&s);
	}
	print_message("# %s, we %s: %u packets, %u wraps, %u out of order, %u replays and %u forgeries refused, %u RTCP\n", gcm ? "AEAD_AES_128_GCM" : "AES_CM_128_HMAC_SHA1_80",
		ours_sends ? "send" : "receive", packets(), s.wraps, s.late, s.replays, s.forged, s.rtcp);
	assert_true(packets() < 100000 || (s.wraps > 0 && s.replays > 0 && s.forged > 0 && s.rtcp > 0));
	srtp_free(&s.ours);
	oracle_free(s.theirs);
}

static void gcm_sent(void **state) { (void)state; run(true, true); }
static void gcm_received(void **state) { (void)state; run(true, false); }
static void cm_sent(void **state) { (void)state; run(false, true); }
static void cm_received(void **state) { (void)state; run(false, false); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcm_sent),
		cmocka_unit_test(gcm_received),
		cmocka_unit_test(cm_sent),
		cmocka_unit_test(cm_received),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
