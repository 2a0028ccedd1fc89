/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP: any bytes as a plain packet. Places lie within them; the extensions that are found are written again and found again; SRTP refuses the bytes in both profiles.
 */
#include "fuzz.h"
#include "media/packet.h"
#include "media/srtp.h"

enum { EXTS_MAX = 64 };

static void extensions(const uint8_t *p, const struct rtp *h)
{
	struct rtp_ext exts[EXTS_MAX];
	struct str d, found;
	uint8_t out[2 * PACKET_MAX];
	uint16_t at[EXTS_MAX];
	size_t it = 0, count = 0;
	int id;
	while (rtp_ext_next(p, h, &it, &id, &d)) {
		MUST(it <= h->ext_n && id >= 1 && id <= 255 && (const uint8_t *)d.p >= p + h->ext_at && (const uint8_t *)d.p + d.n <= p + h->ext_at + h->ext_n);
		MUST(rtp_ext_find(p, h, id, &found) && found.p <= d.p);
		if (count < EXTS_MAX)
			exts[count++] = (struct rtp_ext){.id = (uint8_t)id, .n = (uint8_t)d.n, .p = (const uint8_t *)d.p};
	}
	size_t n = rtp_write(out, sizeof out, h, exts, count, at);
	struct rtp again;
	if (n == 0)
		return;
	MUST(rtp_parse_header(out, n, &again) == ERR_OK && again.header_n == n && again.seq == h->seq && again.ssrc == h->ssrc && again.pt == h->pt && again.ts == h->ts);
	it = 0;
	for (size_t i = 0; i < count; i++) {
		MUST(rtp_ext_next(out, &again, &it, &id, &d) && id == exts[i].id && d.n == exts[i].n && (const uint8_t *)d.p == out + at[i]);
		MUST(d.n == 0 || memcmp(d.p, exts[i].p, d.n) == 0);
	}
	MUST(!rtp_ext_next(out, &again, &it, &id, &d));
}

static void refused(const uint8_t *data, size_t size)
{
	static struct srtp *in[2];
	for (int i = 0; i < 2; i++) {
		struct srtp_keys keys = {.profile = i ? SRTP_PROFILE_GCM : SRTP_PROFILE_CM_SHA1_80, .key = "a key of 16 byte"};
		if (!in[i])
			in[i] = srtp_new(&keys, false);
		for (int rtcp = 0; rtcp < 2; rtcp++) {
			uint8_t *p = fuzz_exact(data, size);
			size_t n = size;
			MUST((rtcp ? srtcp_unprotect(in[i], p, &n) : srtp_unprotect(in[i], p, &n)) == ERR_MALFORMED && n == size);
			free(p);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtp h;
	uint16_t osn;
	uint8_t *p = fuzz_exact(data, size);
	enum datagram kind = datagram_kind(p, size);
	if (rtp_parse(p, size, &h) == ERR_OK) {
		MUST(kind == DATAGRAM_RTP || kind == DATAGRAM_RTCP);
		MUST(h.header_n >= RTP_HEADER_MIN && (size_t)h.header_n + h.payload_n + h.padding_n == size && h.ext_at + h.ext_n <= h.header_n);
		MUST((rtp_rtx_osn(p, &h, &osn) == ERR_OK) == (h.payload_n >= 2));
		extensions(p, &h);
	}
	if (size > 0 && data[size - 1] % 8 == 0)
		refused(data, size);
	free(p);
	return 0;
}
