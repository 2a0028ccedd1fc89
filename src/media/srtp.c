/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP and SRTCP over OpenSSL's EVP: ciphers fetched once, a cipher context for RTP and one for RTCP, and for each packet a new IV only. The transport's thread.
 */
#include "media/hmac_sha1.h"
#include "media/rtp.h"
#include "media/srtp_private.h"
#include "media/wire.h"
#include "base/mem.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { GCM_TAG = 16, SHA1_TAG = 10, INDEX_N = 4, RTCP_HEADER = 8 };

#define RTCP_ENCRYPTED 0x80000000u
#define RTP_INDEX_END ((uint64_t)1 << 48)

struct half { /* RTP's or RTCP's part of a context */
	/* owned */
	EVP_CIPHER_CTX *cipher;
	/* state */
	uint8_t salt[14];
	struct hmac_sha1 auth;
	uint64_t key_id;
};

struct incoming { /* streams by SSRC; the same for RTP and for RTCP */
	size_t count, last; /* last: where the previous packet's was */
	uint64_t uses;
	struct { uint32_t ssrc; uint64_t last_use; struct srtp_stream stream; } at[SRTP_SSRCS_MAX];
};

struct srtp {
	/* owned */
	struct half rtp, rtcp;
	struct incoming *rtp_in, *rtcp_in; /* NULL when sending */
	/* state */
	enum srtp_profile profile;
	bool sending;
	uint32_t rtcp_index; /* of the next RTCP */
};

size_t srtp_salt_n(enum srtp_profile profile) { return profile == SRTP_PROFILE_GCM ? 12 : 14; }

static const EVP_CIPHER *cipher_of(enum srtp_profile profile)
{
	static EVP_CIPHER *gcm, *ctr; /* for the life of the process */
	EVP_CIPHER **c = profile == SRTP_PROFILE_GCM ? &gcm : &ctr;
	if (!*c)
		*c = EVP_CIPHER_fetch(NULL, profile == SRTP_PROFILE_GCM ? "AES-128-GCM" : "AES-128-CTR", NULL);
	return *c;
}

static bool half_init(struct half *h, enum srtp_profile profile, bool sending, const struct srtp_session *k)
{
	h->cipher = EVP_CIPHER_CTX_new();
	memcpy(h->salt, k->salt, sizeof h->salt);
	if (profile == SRTP_PROFILE_CM_SHA1_80)
		hmac_sha1_init(&h->auth, k->auth, sizeof k->auth);
#ifdef MEDIA_CHECKS
	h->key_id = srtp_key_id(k->key);
#endif
	const EVP_CIPHER *c = cipher_of(profile);
	/* counter mode is its own inverse */
	return h->cipher && c && EVP_CipherInit_ex(h->cipher, c, NULL, k->key, NULL, sending || profile == SRTP_PROFILE_CM_SHA1_80) == 1;
}

struct srtp *srtp_new_session(enum srtp_profile profile, bool sending, const struct srtp_session *rtp, const struct srtp_session *rtcp)
{
	if (profile != SRTP_PROFILE_GCM && profile != SRTP_PROFILE_CM_SHA1_80)
		return NULL;
	struct srtp *s = mem_alloc(sizeof *s);
	s->profile = profile;
	s->sending = sending;
	if (!sending) {
		s->rtp_in = mem_alloc(sizeof *s->rtp_in);
		s->rtcp_in = mem_alloc(sizeof *s->rtcp_in);
	}
	if (!half_init(&s->rtp, profile, sending, rtp) || !half_init(&s->rtcp, profile, sending, rtcp))
		srtp_free(&s);
	return s;
}

struct srtp *srtp_new(const struct srtp_keys *keys, bool sending)
{
	struct srtp_session rtp = {0}, rtcp = {0};
	uint8_t salt[14] = {0};
	size_t salt_n = srtp_salt_n(keys->profile);
	memcpy(salt, keys->salt, salt_n);
	bool ok = !srtp_derive(keys->key, salt, SRTP_LABEL_RTP_KEY, rtp.key, sizeof rtp.key) &&
		  !srtp_derive(keys->key, salt, SRTP_LABEL_RTP_AUTH, rtp.auth, sizeof rtp.auth) &&
		  !srtp_derive(keys->key, salt, SRTP_LABEL_RTP_SALT, rtp.salt, salt_n) &&
		  !srtp_derive(keys->key, salt, SRTP_LABEL_RTCP_KEY, rtcp.key, sizeof rtcp.key) &&
		  !srtp_derive(keys->key, salt, SRTP_LABEL_RTCP_AUTH, rtcp.auth, sizeof rtcp.auth) &&
		  !srtp_derive(keys->key, salt, SRTP_LABEL_RTCP_SALT, rtcp.salt, salt_n);
	struct srtp *s = ok ? srtp_new_session(keys->profile, sending, &rtp, &rtcp) : NULL;
	mem_wipe(&rtp, sizeof rtp);
	mem_wipe(&rtcp, sizeof rtcp);
	mem_wipe(salt, sizeof salt);
	return s;
}

void srtp_free(struct srtp **s)
{
	struct srtp *gone = *s;
	if (!gone)
		return;
	EVP_CIPHER_CTX_free(gone->rtp.cipher);
	EVP_CIPHER_CTX_free(gone->rtcp.cipher);
	mem_free(gone->rtp_in);
	mem_free(gone->rtcp_in);
	mem_wipe(gone, sizeof *gone);
	mem_free(gone);
	*s = NULL;
}

void srtcp_set_index(struct srtp *s, uint32_t index) { s->rtcp_index = index; }

/* The index that this sequence number most likely has (RFC 3711 3.3.1, appendix A). false: from before the stream's first rollover. */
static bool guess_index(const struct srtp_stream *s, uint16_t seq, uint64_t *out)
{
	int64_t step = seq_diff(seq, (uint16_t)s->highest);
	if (!s->started) {
		*out = seq;
		return true;
	}
	if (step == -32768 && (s->highest & 0xffff) < 32768)
		step = 32768;
	*out = s->highest + (uint64_t)step;
	return step >= 0 || s->highest >= (uint64_t)-step;
}

static bool is_open(const struct srtp_stream *s, uint64_t index)
{
	if (!s->started || index > s->highest)
		return true;
	return s->highest - index < SRTP_WINDOW && !(s->window[index % SRTP_WINDOW / 64] >> index % 64 & 1);
}

static void mark_used(struct srtp_stream *s, uint64_t index)
{
	if (!s->started || (index > s->highest && index - s->highest >= SRTP_WINDOW)) {
		memset(s->window, 0, sizeof s->window);
		s->highest = index;
		s->started = true;
	}
	while (s->highest < index) {
		s->highest++;
		s->window[s->highest % SRTP_WINDOW / 64] &= ~((uint64_t)1 << s->highest % 64);
	}
	s->window[index % SRTP_WINDOW / 64] |= (uint64_t)1 << index % 64;
}

/* Place of an incoming stream; count when it is new. */
static size_t incoming_find(struct incoming *in, uint32_t ssrc)
{
	if (in->last < in->count && in->at[in->last].ssrc == ssrc)
		return in->last;
	for (size_t i = 0; i < in->count; i++) {
		if (in->at[i].ssrc == ssrc)
			return in->last = i;
	}
	return in->count;
}

/* After a packet was found authentic. */
static void incoming_mark(struct incoming *in, size_t i, uint32_t ssrc, uint64_t index)
{
	if (i == in->count && in->count < SRTP_SSRCS_MAX) {
		in->count++;
	} else if (i == in->count) {
		i = 0;
		for (size_t k = 1; k < in->count; k++)
			i = in->at[k].last_use < in->at[i].last_use ? k : i;
	}
	if (in->at[i].ssrc != ssrc || in->at[i].last_use == 0) {
		in->at[i].ssrc = ssrc;
		in->at[i].stream = (struct srtp_stream){0};
	}
	in->at[i].last_use = ++in->uses;
	in->last = i;
	mark_used(&in->at[i].stream, index);
}

/* RTP: salt ^ (SSRC, index). RTCP has the same with its index, which is shorter. */
static void make_iv(const struct srtp *s, const struct half *h, uint32_t ssrc, uint64_t index, uint8_t iv[16])
{
	size_t at = s->profile == SRTP_PROFILE_GCM ? 2 : 4;
	memset(iv, 0, 16);
	set_u32(iv + at, ssrc);
	set_u16(iv + at + 4, (uint16_t)(index >> 32));
	set_u32(iv + at + 6, (uint32_t)index);
	for (size_t i = 0; i < 14; i++) /* GCM: 12 bytes count, and the salt's last two are 0 */
		iv[i] ^= h->salt[i];
}

struct piece { const uint8_t *p; size_t n; };

/* Encrypts the pieces into out; with GCM the tag goes behind them. */
static bool encrypt(const struct srtp *s, const struct half *h, const uint8_t iv[16], const struct piece *aad, const struct piece *plain, size_t count, uint8_t *out)
{
	int made = 0;
	if (EVP_EncryptInit_ex(h->cipher, NULL, NULL, NULL, iv) != 1)
		return false;
	for (; s->profile == SRTP_PROFILE_GCM && aad->n > 0; aad++) {
		if (EVP_EncryptUpdate(h->cipher, NULL, &made, aad->p, (int)aad->n) != 1)
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (plain[i].n == 0)
			continue;
		if (EVP_EncryptUpdate(h->cipher, out, &made, plain[i].p, (int)plain[i].n) != 1)
			return false;
		out += made;
	}
	return s->profile != SRTP_PROFILE_GCM ||
	       (EVP_EncryptFinal_ex(h->cipher, out, &made) == 1 && EVP_CIPHER_CTX_ctrl(h->cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, out) == 1);
}

/* Decrypts in place; with GCM the tag is checked. */
static bool decrypt(const struct srtp *s, const struct half *h, const uint8_t iv[16], const struct piece *aad, uint8_t *p, size_t n, const uint8_t *tag)
{
	int made = 0;
	uint8_t copy[GCM_TAG];
	if (EVP_CipherInit_ex(h->cipher, NULL, NULL, NULL, iv, -1) != 1)
		return false;
	for (; s->profile == SRTP_PROFILE_GCM && aad->n > 0; aad++) {
		if (EVP_CipherUpdate(h->cipher, NULL, &made, aad->p, (int)aad->n) != 1)
			return false;
	}
	if (n > 0 && EVP_CipherUpdate(h->cipher, p, &made, p, (int)n) != 1)
		return false;
	if (s->profile != SRTP_PROFILE_GCM)
		return true;
	memcpy(copy, tag, sizeof copy);
	return EVP_CIPHER_CTX_ctrl(h->cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, copy) == 1 && EVP_CipherFinal_ex(h->cipher, p + n, &made) == 1;
}

static bool fits_header(const uint8_t *p, size_t n)
{
	if (n < RTP_HEADER_MIN || p[0] >> 6 != 2)
		return false;
	size_t at = RTP_HEADER_MIN + 4u * (p[0] & 0x0f);
	return p[0] & 0x10 ? n >= at + 4 && n == at + 4 + 4u * get_u16(p + at + 2) : n == at;
}

enum err srtp_protect(struct srtp *s, const uint8_t *header, size_t header_n, const uint8_t *head, size_t head_n, const uint8_t *rest, size_t rest_n,
	struct srtp_stream *stream, uint8_t *out, size_t *out_n)
{
	CHECK(s->sending);
	size_t tag_n = s->profile == SRTP_PROFILE_GCM ? GCM_TAG : SHA1_TAG, all = header_n + head_n + rest_n;
	uint64_t index;
	uint8_t iv[16];
	if (!fits_header(header, header_n))
		return ERR_MALFORMED;
	if (all > UINT16_MAX || *out_n < all + tag_n)
		return ERR_TOO_LARGE;
	uint32_t ssrc = get_u32(header + 8);
	if (!guess_index(stream, get_u16(header + 2), &index) || index >= RTP_INDEX_END || !is_open(stream, index))
		return ERR_REFUSED;
	mark_used(stream, index);
#ifdef MEDIA_CHECKS
	srtp_seen(s->rtp.key_id, ssrc, index);
#endif
	memcpy(out, header, header_n);
	make_iv(s, &s->rtp, ssrc, index, iv);
	const struct piece aad[] = {{header, header_n}, {NULL, 0}}, plain[] = {{head, head_n}, {rest, rest_n}};
	if (!encrypt(s, &s->rtp, iv, aad, plain, 2, out + header_n))
		return ERR_IO;
	if (s->profile == SRTP_PROFILE_CM_SHA1_80) {
		uint8_t roc[4], sum[HMAC_SHA1_N];
		set_u32(roc, (uint32_t)(index >> 16));
		hmac_sha1_sum(&s->rtp.auth, (const struct hmac_part[]){{out, all}, {roc, 4}}, 2, sum);
		memcpy(out + all, sum, SHA1_TAG);
	}
	*out_n = all + tag_n;
	return ERR_OK;
}

static bool sha1_fits(const struct half *h, const struct hmac_part *parts, size_t count, const uint8_t *tag)
{
	uint8_t sum[HMAC_SHA1_N];
	hmac_sha1_sum(&h->auth, parts, count, sum);
	return CRYPTO_memcmp(sum, tag, SHA1_TAG) == 0;
}

enum err srtp_unprotect(struct srtp *s, uint8_t *p, size_t *n)
{
	CHECK(!s->sending);
	static const struct srtp_stream unknown = {0};
	size_t tag_n = s->profile == SRTP_PROFILE_GCM ? GCM_TAG : SHA1_TAG;
	struct rtp h;
	uint64_t index;
	uint8_t iv[16];
	if (rtp_parse_header(p, *n, &h) || h.payload_n < tag_n)
		return ERR_MALFORMED;
	size_t i = incoming_find(s->rtp_in, h.ssrc), plain_n = *n - tag_n;
	const struct srtp_stream *stream = i < s->rtp_in->count ? &s->rtp_in->at[i].stream : &unknown;
	if (!guess_index(stream, h.seq, &index) || index >= RTP_INDEX_END || !is_open(stream, index))
		return ERR_REFUSED;
	if (s->profile == SRTP_PROFILE_CM_SHA1_80) {
		uint8_t roc[4];
		set_u32(roc, (uint32_t)(index >> 16));
		if (!sha1_fits(&s->rtp, (const struct hmac_part[]){{p, plain_n}, {roc, 4}}, 2, p + plain_n))
			return ERR_MALFORMED;
	}
	make_iv(s, &s->rtp, h.ssrc, index, iv);
	const struct piece aad[] = {{p, h.header_n}, {NULL, 0}};
	if (!decrypt(s, &s->rtp, iv, aad, p + h.header_n, plain_n - h.header_n, p + plain_n))
		return ERR_MALFORMED;
	incoming_mark(s->rtp_in, i, h.ssrc, index);
	*n = plain_n;
	return ERR_OK;
}

enum err srtcp_protect(struct srtp *s, const uint8_t *in, size_t n, uint8_t *out, size_t *out_n)
{
	CHECK(s->sending);
	size_t more = INDEX_N + (size_t)(s->profile == SRTP_PROFILE_GCM ? GCM_TAG : SHA1_TAG);
	uint8_t iv[16], word[INDEX_N];
	if (n < RTCP_HEADER || in[0] >> 6 != 2)
		return ERR_MALFORMED;
	if (n > UINT16_MAX || *out_n < n + more)
		return ERR_TOO_LARGE;
	if (s->rtcp_index & RTCP_ENCRYPTED)
		return ERR_CLOSED;
	uint32_t index = s->rtcp_index++, ssrc = get_u32(in + 4);
#ifdef MEDIA_CHECKS
	srtp_seen(s->rtcp.key_id, ssrc, index);
#endif
	set_u32(word, index | RTCP_ENCRYPTED);
	memcpy(out, in, RTCP_HEADER);
	make_iv(s, &s->rtcp, ssrc, index, iv);
	const struct piece aad[] = {{in, RTCP_HEADER}, {word, INDEX_N}, {NULL, 0}}, plain = {in + RTCP_HEADER, n - RTCP_HEADER};
	if (!encrypt(s, &s->rtcp, iv, aad, &plain, 1, out + RTCP_HEADER))
		return ERR_IO;
	if (s->profile == SRTP_PROFILE_GCM) { /* data, tag, index */
		memcpy(out + n + GCM_TAG, word, INDEX_N);
	} else { /* data, index, tag */
		uint8_t sum[HMAC_SHA1_N];
		memcpy(out + n, word, INDEX_N);
		hmac_sha1_sum(&s->rtcp.auth, (const struct hmac_part[]){{out, n + INDEX_N}}, 1, sum);
		memcpy(out + n + INDEX_N, sum, SHA1_TAG);
	}
	*out_n = n + more;
	return ERR_OK;
}

enum err srtcp_unprotect(struct srtp *s, uint8_t *p, size_t *n)
{
	CHECK(!s->sending);
	bool gcm = s->profile == SRTP_PROFILE_GCM;
	size_t more = INDEX_N + (size_t)(gcm ? GCM_TAG : SHA1_TAG);
	uint8_t iv[16];
	if (*n < RTCP_HEADER + more || p[0] >> 6 != 2)
		return ERR_MALFORMED;
	size_t plain_n = *n - more;
	const uint8_t *word = gcm ? p + plain_n + GCM_TAG : p + plain_n, *tag = gcm ? p + plain_n : p + plain_n + INDEX_N;
	uint32_t ssrc = get_u32(p + 4), index = get_u32(word) & ~RTCP_ENCRYPTED;
	if (!(get_u32(word) & RTCP_ENCRYPTED)) /* DTLS-SRTP never agrees on plain RTCP */
		return ERR_MALFORMED;
	size_t i = incoming_find(s->rtcp_in, ssrc);
	if (i < s->rtcp_in->count && !is_open(&s->rtcp_in->at[i].stream, index))
		return ERR_REFUSED;
	if (!gcm && !sha1_fits(&s->rtcp, (const struct hmac_part[]){{p, plain_n + INDEX_N}}, 1, tag))
		return ERR_MALFORMED;
	make_iv(s, &s->rtcp, ssrc, index, iv);
	const struct piece aad[] = {{p, RTCP_HEADER}, {word, INDEX_N}, {NULL, 0}};
	if (!decrypt(s, &s->rtcp, iv, aad, p + RTCP_HEADER, plain_n - RTCP_HEADER, tag))
		return ERR_MALFORMED;
	incoming_mark(s->rtcp_in, i, ssrc, index);
	*n = plain_n;
	return ERR_OK;
}
