/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN messages: read, judged, verified, written. Pure, any thread.
 */
#include "media/stun.h"
#include "media/hmac_sha1.h"
#include "media/wire.h"
#include "base/mem.h"
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <zlib.h>

#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu

enum { HEADER = 20, ATTRIBUTE_HEAD = 4 };

static const struct { uint16_t attribute; uint8_t n; } sizes[] = { /* those that have one size only */
	{STUN_MESSAGE_INTEGRITY, HMAC_SHA1_N}, {STUN_PRIORITY, 4}, {STUN_USE_CANDIDATE, 0}, {STUN_NOMINATION, 4}, {STUN_FINGERPRINT, 4},
	{STUN_ICE_CONTROLLED, 8}, {STUN_ICE_CONTROLLING, 8}, {STUN_NOMINATION_OLD, 4},
};

static bool size_fits(uint16_t attribute, size_t n)
{
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i].attribute == attribute)
			return n == sizes[i].n;
	}
	return true;
}

static void take_unknown(uint16_t attribute, struct stun *out)
{
	for (size_t i = 0; attribute < 0x8000 && i < sizeof out->unknown / sizeof *out->unknown; i++) {
		if (out->unknown[i] == 0 || out->unknown[i] == attribute) {
			out->unknown[i] = attribute;
			return;
		}
	}
}

static enum err take_username(const uint8_t *p, size_t n, struct stun *out)
{
	size_t colon;
	if (n > STUN_USERNAME_MAX)
		return ERR_TOO_LARGE;
	out->username = str_n(p, n);
	if (str_find(out->username, ':', &colon)) {
		out->ours = str_n(p, colon);
		out->theirs = str_n(p + colon + 1, n - colon - 1);
	}
	return ERR_OK;
}

/* XOR-MAPPED-ADDRESS (RFC 8489 14.2): both families are the cookie and the transaction over the plain address. */
static enum err take_address(const uint8_t *p, size_t n, struct stun *out)
{
	if (n == 8 && p[1] == 1) {
		struct sockaddr_in *a = (struct sockaddr_in *)&out->mapped;
		a->sin_family = AF_INET;
		a->sin_port = htons((uint16_t)(get_u16(p + 2) ^ COOKIE >> 16));
		a->sin_addr.s_addr = htonl(get_u32(p + 4) ^ COOKIE);
		return ERR_OK;
	}
	if (n != 20 || p[1] != 2)
		return ERR_MALFORMED;
	struct sockaddr_in6 *a = (struct sockaddr_in6 *)&out->mapped;
	uint8_t mask[16];
	set_u32(mask, COOKIE);
	memcpy(mask + 4, out->transaction, 12);
	a->sin6_family = AF_INET6;
	a->sin6_port = htons((uint16_t)(get_u16(p + 2) ^ COOKIE >> 16));
	for (size_t i = 0; i < 16; i++)
		a->sin6_addr.s6_addr[i] = p[4 + i] ^ mask[i];
	return ERR_OK;
}

static enum err take(uint16_t attribute, const uint8_t *p, size_t n, struct stun *out)
{
	switch (attribute) {
	case STUN_USERNAME:
		return out->username.p ? ERR_OK : take_username(p, n, out); /* of two the first counts (RFC 8489 14) */
	case STUN_XOR_MAPPED_ADDRESS:
		return take_address(p, n, out);
	case STUN_ERROR_CODE:
		if (n < 4)
			return ERR_MALFORMED;
		out->error_code = (uint16_t)((p[2] & 7) * 100 + p[3]);
		return ERR_OK;
	case STUN_UNKNOWN_ATTRIBUTES:
		return ERR_OK;
	case STUN_PRIORITY:
		out->has_priority = true;
		out->priority = get_u32(p);
		return ERR_OK;
	case STUN_USE_CANDIDATE:
		out->use_candidate = true;
		return ERR_OK;
	case STUN_NOMINATION:
	case STUN_NOMINATION_OLD:
		out->has_nomination = true;
		out->nomination = get_u32(p);
		return ERR_OK;
	case STUN_ICE_CONTROLLED:
		out->controlled = true;
		out->tie_breaker = get_u64(p);
		return ERR_OK;
	case STUN_ICE_CONTROLLING:
		out->controlling = true;
		out->tie_breaker = get_u64(p);
		return ERR_OK;
	default:
		take_unknown(attribute, out);
		return ERR_OK;
	}
}

static uint32_t fingerprint(const uint8_t *p, size_t n) { return (uint32_t)crc32(0, p, (uInt)n) ^ FINGERPRINT_XOR; }

static enum err take_head(struct reader *r, size_t n, struct stun *out)
{
	*out = (struct stun){0};
	if (n > STUN_MAX)
		return ERR_TOO_LARGE;
	out->type = read_u16(r);
	size_t length = read_u16(r);
	uint32_t cookie = read_u32(r);
	const uint8_t *transaction = read_bytes(r, sizeof out->transaction);
	if (!transaction || cookie != COOKIE || length != n - HEADER || length % 4 != 0)
		return ERR_MALFORMED;
	memcpy(out->transaction, transaction, sizeof out->transaction);
	bool binding = out->type == STUN_BINDING_REQUEST || out->type == STUN_BINDING_INDICATION || out->type == STUN_BINDING_SUCCESS ||
		       out->type == STUN_BINDING_ERROR;
	return binding ? ERR_OK : ERR_MALFORMED;
}

enum err stun_parse(const uint8_t *p, size_t n, struct stun *out)
{
	struct reader r = reader_of(p, n);
	enum err e = take_head(&r, n, out);
	for (unsigned count = 0; !e && r.n > 0; count++) {
		size_t at = (size_t)(r.p - p);
		uint16_t attribute = read_u16(&r);
		size_t size = read_u16(&r);
		const uint8_t *value = read_bytes(&r, size);
		if (!read_bytes(&r, (4 - size % 4) % 4) || !value || !size_fits(attribute, size))
			return ERR_MALFORMED;
		if (count >= STUN_ATTRIBUTES_MAX)
			return ERR_TOO_LARGE;
		if (attribute == STUN_FINGERPRINT) { /* the last one, and over all before it */
			out->has_fingerprint = true;
			return r.n == 0 && get_u32(value) == fingerprint(p, at) ? ERR_OK : ERR_MALFORMED;
		}
		if (out->has_integrity) /* unsigned: not looked at (RFC 8489 14.5) */
			continue;
		if (attribute == STUN_MESSAGE_INTEGRITY) {
			out->has_integrity = true;
			out->integrity_at = at;
			continue;
		}
		e = take(attribute, value, size, out);
	}
	return e;
}

int stun_judge(const struct stun *m)
{
	if (!m->has_fingerprint || !m->has_priority || !m->has_integrity || m->ours.n == 0)
		return 400;
	if (m->unknown[0])
		return 420;
	return m->controlled ? 487 : 0;
}

/* The message up to its integrity, its length as if that were the last attribute (RFC 8489 14.5). */
static void integrity(const uint8_t *p, size_t at, struct str password, uint8_t out[HMAC_SHA1_N])
{
	uint8_t head[4];
	struct hmac_sha1 h;
	memcpy(head, p, 2);
	set_u16(head + 2, (uint16_t)(at + ATTRIBUTE_HEAD + HMAC_SHA1_N - HEADER));
	hmac_sha1_init(&h, password.p, password.n);
	hmac_sha1_sum(&h, (const struct hmac_part[]){{head, 4}, {p + 4, at - 4}}, 2, out);
	mem_wipe(&h, sizeof h);
}

bool stun_verify(const struct stun *m, const uint8_t *p, size_t n, struct str password)
{
	uint8_t sum[HMAC_SHA1_N];
	if (!m->has_integrity || m->integrity_at + ATTRIBUTE_HEAD + HMAC_SHA1_N > n)
		return false;
	integrity(p, m->integrity_at, password, sum);
	return CRYPTO_memcmp(sum, p + m->integrity_at + ATTRIBUTE_HEAD, sizeof sum) == 0;
}

void stun_begin(struct stun_writer *w, uint8_t *out, size_t cap, uint16_t type, const uint8_t transaction[12])
{
	*w = (struct stun_writer){.p = out, .cap = cap < STUN_MAX ? cap : STUN_MAX, .bad = cap < HEADER};
	if (w->bad)
		return;
	set_u16(out, type);
	set_u16(out + 2, 0);
	set_u32(out + 4, COOKIE);
	memcpy(out + 8, transaction, 12);
	w->n = HEADER;
}

/* Room for an attribute's value, padded with zeros; the message's length grows with it. NULL: none. */
static uint8_t *add(struct stun_writer *w, uint16_t attribute, size_t n)
{
	size_t padded = (n + 3) & ~(size_t)3;
	w->bad = w->bad || n > STUN_MAX || ATTRIBUTE_HEAD + padded > w->cap - w->n;
	if (w->bad)
		return NULL;
	uint8_t *p = w->p + w->n;
	set_u16(p, attribute);
	set_u16(p + 2, (uint16_t)n);
	memset(p + ATTRIBUTE_HEAD, 0, padded);
	w->n += ATTRIBUTE_HEAD + padded;
	set_u16(w->p + 2, (uint16_t)(w->n - HEADER));
	return p + ATTRIBUTE_HEAD;
}

void stun_add(struct stun_writer *w, uint16_t attribute, const void *data, size_t n)
{
	uint8_t *p = add(w, attribute, n);
	if (p && n > 0)
		memcpy(p, data, n);
}

void stun_add_u32(struct stun_writer *w, uint16_t attribute, uint32_t v)
{
	uint8_t p[4];
	set_u32(p, v);
	stun_add(w, attribute, p, sizeof p);
}

void stun_add_u64(struct stun_writer *w, uint16_t attribute, uint64_t v)
{
	uint8_t p[8];
	set_u64(p, v);
	stun_add(w, attribute, p, sizeof p);
}

static void add_xored(struct stun_writer *w, uint8_t family, uint16_t port, const uint8_t *address, size_t n)
{
	uint8_t *p = add(w, STUN_XOR_MAPPED_ADDRESS, 4 + n);
	if (!p)
		return;
	p[1] = family;
	set_u16(p + 2, (uint16_t)(port ^ COOKIE >> 16));
	for (size_t i = 0; i < n; i++)
		p[4 + i] = address[i] ^ w->p[4 + i]; /* the cookie and the transaction stand there in this order */
}

void stun_add_address(struct stun_writer *w, const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
		add_xored(w, 1, ntohs(v4->sin_port), (const uint8_t *)&v4->sin_addr, 4);
	} else if (a->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
		bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
		add_xored(w, mapped ? 1 : 2, ntohs(v6->sin6_port), v6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
	} else {
		w->bad = true;
	}
}

void stun_add_integrity(struct stun_writer *w, struct str password)
{
	size_t at = w->n;
	uint8_t *p = add(w, STUN_MESSAGE_INTEGRITY, HMAC_SHA1_N);
	if (p)
		integrity(w->p, at, password, p);
}

size_t stun_end(struct stun_writer *w)
{
	size_t at = w->n;
	uint8_t *p = add(w, STUN_FINGERPRINT, 4);
	if (!p)
		return 0;
	set_u32(p, fingerprint(w->p, at));
	return w->n;
}

size_t stun_write_success(uint8_t *out, size_t cap, const struct stun *request, const struct sockaddr *peer, struct str password)
{
	struct stun_writer w;
	stun_begin(&w, out, cap, STUN_BINDING_SUCCESS, request->transaction);
	stun_add_address(&w, peer);
	stun_add_integrity(&w, password);
	return stun_end(&w);
}

size_t stun_write_error(uint8_t *out, size_t cap, const struct stun *request, int code, struct str password)
{
	struct stun_writer w;
	uint8_t value[4] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)}; /* no sentence: nobody reads it, and the answer stays short */
	CHECK(code >= 300 && code <= 699);
	stun_begin(&w, out, cap, STUN_BINDING_ERROR, request->transaction);
	stun_add(&w, STUN_ERROR_CODE, value, sizeof value);
	if (code == 420) {
		uint8_t unknown[sizeof request->unknown];
		size_t n = 0;
		for (size_t i = 0; i < sizeof request->unknown / sizeof *request->unknown && request->unknown[i]; i++, n += 2)
			set_u16(unknown + n, request->unknown[i]);
		stun_add(&w, STUN_UNKNOWN_ATTRIBUTES, unknown, n);
	}
	if (password.n > 0)
		stun_add_integrity(&w, password);
	return stun_end(&w);
}
