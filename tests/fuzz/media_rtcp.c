/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP: any bytes as a compound. All that can be read of each packet is read; what is read of reports, NACK, REMB and transport-wide feedback is written and read again.
 */
#include "fuzz.h"
#include "media/rtcp.h"

static struct rtcp_packet only(const struct rtcp_writer *w)
{
	struct rtcp_reader r = rtcp_read(w->p, w->n);
	struct rtcp_packet k, none;
	MUST(w->n > 0 && rtcp_next(&r, &k) && !rtcp_next(&r, &none) && r.err == ERR_OK);
	return k;
}

static bool same(const struct rtcp_report *a, const struct rtcp_report *b)
{
	return a->ssrc == b->ssrc && a->fraction_lost == b->fraction_lost && a->lost == b->lost && a->highest == b->highest && a->jitter == b->jitter &&
	       a->last_sr == b->last_sr && a->delay == b->delay;
}

static void reports(const struct rtcp_packet *k)
{
	uint8_t out[RTCP_COMPOUND_MAX];
	struct rtcp_writer w = rtcp_writer_of(out, sizeof out);
	struct rtcp_report r[31], again;
	unsigned count = 0;
	uint32_t ssrc;
	while (count < k->count && rtcp_report(k, count, &r[count]) == ERR_OK)
		count++;
	struct rtcp_report beyond;
	MUST(rtcp_report(k, k->count, &beyond) == ERR_MALFORMED);
	if (!rtcp_write_rr(&w, 7, r, count))
		return;
	struct rtcp_packet mine = only(&w);
	MUST(rtcp_rr(&mine, &ssrc) == ERR_OK && ssrc == 7 && mine.count == count);
	for (unsigned i = 0; i < count; i++)
		MUST(rtcp_report(&mine, i, &again) == ERR_OK && same(&again, &r[i]));
}

static void nack(const struct rtcp_packet *k)
{
	uint8_t out[RTCP_COMPOUND_MAX];
	struct rtcp_writer w = rtcp_writer_of(out, sizeof out);
	uint16_t seqs[256], seq;
	unsigned count = 0;
	size_t it = 0, all = 0;
	while (rtcp_nack(k, &it, &seq)) {
		all++;
		if (count < 256 && (count == 0 || (uint16_t)(seq - seqs[count - 1] - 1) < 0x7fff))
			seqs[count++] = seq;
	}
	MUST(all <= k->n / 4 * 17);
	if (!rtcp_write_nack(&w, 1, 2, seqs, count))
		return;
	struct rtcp_packet mine = only(&w);
	it = 0;
	for (unsigned i = 0; i < count; i++)
		MUST(rtcp_nack(&mine, &it, &seq) && seq == seqs[i]);
	MUST(!rtcp_nack(&mine, &it, &seq));
}

static void twcc(const struct rtcp_packet *k)
{
	static int64_t at[TWCC_LOG_MAX];
	uint8_t out[8192];
	struct rtcp_writer w = rtcp_writer_of(out, sizeof out);
	struct rtcp_twcc t;
	uint16_t seq;
	bool arrived;
	int64_t us;
	unsigned count = 0, told;
	if (rtcp_twcc(k, &t))
		return;
	uint16_t base = t.base_seq;
	while (rtcp_twcc_next(&t, &seq, &arrived, &us)) {
		MUST(seq == (uint16_t)(base + count) || count == TWCC_LOG_MAX);
		if (count < TWCC_LOG_MAX)
			at[count++] = arrived ? us : RTCP_TWCC_LOST;
	}
	told = count;
	if (!rtcp_write_twcc(&w, 1, 2, 3, base, at, &told)) {
		for (unsigned i = 0; i < count; i++)
			MUST(at[i] == RTCP_TWCC_LOST);
		return;
	}
	MUST(told <= count && told > 0);
	struct rtcp_packet mine = only(&w);
	MUST(rtcp_twcc(&mine, &t) == ERR_OK && t.status_count == told);
	int64_t offset = 0;
	bool first = true;
	for (unsigned i = 0; i < told; i++) {
		MUST(rtcp_twcc_next(&t, &seq, &arrived, &us) && arrived == (at[i] != RTCP_TWCC_LOST));
		if (arrived && first) /* the reference time has 24 bits: the rest is lost, once */
			offset = at[i] - us;
		first &= !arrived;
		MUST(!arrived || at[i] - us == offset);
	}
	MUST(offset % ((int64_t)64000 << 24) == 0 && !rtcp_twcc_next(&t, &seq, &arrived, &us) && t.err == ERR_OK);
}

static void rate(const struct rtcp_packet *k)
{
	uint8_t out[64];
	struct rtcp_writer w = rtcp_writer_of(out, sizeof out);
	uint64_t bits, again;
	if (rtcp_remb(k, &bits))
		return;
	MUST(rtcp_write_remb(&w, 1, bits, NULL, 0));
	struct rtcp_packet mine = only(&w);
	MUST(rtcp_remb(&mine, &again) == ERR_OK && again <= bits && bits - again <= bits >> 17);
}

static void others(const struct rtcp_packet *k)
{
	struct rtcp_sr sr;
	struct rtcp_xr xr;
	struct str name;
	uint32_t a, b;
	uint8_t number;
	size_t it = 0, chunks = 0, blocks = 0;
	(void)rtcp_sr(k, &sr);
	(void)rtcp_feedback(k, &a, &b);
	for (unsigned i = 0; i <= k->count; i++)
		MUST(rtcp_bye(k, i, &a) == (i < k->count && 4 * (size_t)i + 4 <= k->n ? ERR_OK : ERR_MALFORMED));
	while (rtcp_cname(k, &it, &a, &name)) {
		MUST(name.n >= 1 && name.n <= 255 && (const uint8_t *)name.p >= k->p && (const uint8_t *)name.p + name.n <= k->p + k->n);
		MUST(++chunks <= k->n / 8);
	}
	for (unsigned i = 0; rtcp_fir(k, i, &a, &number); i++)
		MUST(16 + 8 * (size_t)i <= k->n);
	it = 0;
	while (rtcp_xr(k, &it, &xr))
		MUST((xr.type == RTCP_XR_RRTR || xr.type == RTCP_XR_DLRR) && ++blocks <= k->n / 12);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = fuzz_exact(data, size);
	struct rtcp_reader r = rtcp_read(p, size);
	struct rtcp_packet k;
	unsigned packets = 0;
	while (rtcp_next(&r, &k)) {
		MUST(++packets <= RTCP_PACKETS_MAX && k.p >= p && k.p + k.n <= p + size && k.count <= 31);
		if (k.type == RTCP_SR || k.type == RTCP_RR)
			reports(&k);
		if (k.type == RTCP_RTPFB && k.count == RTCP_TWCC)
			twcc(&k);
		if (k.type == RTCP_RTPFB && k.count == RTCP_NACK)
			nack(&k);
		if (k.type == RTCP_PSFB)
			rate(&k);
		others(&k); /* whatever the type says */
	}
	MUST(r.n == 0);
	free(p);
	return 0;
}
