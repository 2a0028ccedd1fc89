/* SPDX-License-Identifier: Apache-2.0
 *
 * See webauthn.h.
 */
#include "account/webauthn.h"

#include "server/json_in.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>

#define CBOR_DEPTH_MAX 8
#define FLAG_PRESENT 0x01
#define FLAG_VERIFIED 0x04
#define AUTH_DATA_MIN 37 /* hash of the site, flags, counter */

struct str webauthn_rp_id(const struct installation *inst)
{
	size_t at;
	struct str host = inst->public_url;
	if (str_starts(host, STR("https://")))
		host = str_n(host.p + 8, host.n - 8);
	else if (str_starts(host, STR("http://")))
		host = str_n(host.p + 7, host.n - 7);
	else
		return STR("localhost");
	if (str_find(host, ':', &at) || str_find(host, '/', &at))
		host = str_n(host.p, at);
	return host;
}

static bool is_our_origin(const struct installation *inst, struct str origin)
{
	const struct str local = STR("http://localhost");
	if (inst->public_url.n)
		return str_eq(origin, inst->public_url);
	return str_eq(origin, local) || (str_starts(origin, local) && origin.p[local.n] == ':');
}

static struct str text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return json_is_string(value) ? str_n(json_string_value(value), json_string_length(value)) : (struct str){0};
}

enum err webauthn_client_data(struct arena *a, const struct installation *inst, struct str json, const char *type, struct str *challenge_out)
{
	struct refusal refusal = {0};
	json_t *object;
	enum err e = json_read(json, 4096, &object, &refusal);
	if (e)
		return e == ERR_REFUSED ? ERR_MALFORMED : e;
	bool ok = str_eq(text_of(object, "type"), str_of(type)) && is_our_origin(inst, text_of(object, "origin")) &&
		!json_is_true(json_object_get(object, "crossOrigin"));
	*challenge_out = arena_str(a, text_of(object, "challenge"));
	ok = ok && challenge_out->n > 0;
	json_decref(object);
	return ok ? ERR_OK : ERR_MALFORMED;
}

/* --- CBOR (RFC 8949), definite lengths only, as CTAP2's canonical form wants */

struct cbor { const unsigned char *p, *end; };
enum { CBOR_UINT, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

static bool cbor_head(struct cbor *c, int *major_out, uint64_t *value_out)
{
	if (c->p == c->end)
		return false;
	unsigned char first = *c->p++;
	size_t more = 0;
	*major_out = first >> 5;
	*value_out = first & 31;
	if (*value_out > 27)
		return false; /* reserved, or an indefinite length */
	if (*value_out >= 24)
		more = (size_t)1 << (*value_out - 24);
	if (more > (size_t)(c->end - c->p))
		return false;
	if (more)
		*value_out = 0;
	for (size_t i = 0; i < more; i++)
		*value_out = *value_out << 8 | *c->p++;
	return true;
}

static bool cbor_string(struct cbor *c, int wanted, struct str *out)
{
	int major;
	uint64_t n;
	if (!cbor_head(c, &major, &n) || major != wanted || n > (uint64_t)(c->end - c->p))
		return false;
	*out = str_n(c->p, (size_t)n);
	c->p += n;
	return true;
}

static bool cbor_skip(struct cbor *c, int depth)
{
	int major;
	uint64_t n;
	if (depth > CBOR_DEPTH_MAX || !cbor_head(c, &major, &n))
		return false;
	switch (major) {
	case CBOR_BYTES:
	case CBOR_TEXT:
		if (n > (uint64_t)(c->end - c->p))
			return false;
		c->p += n;
		return true;
	case CBOR_ARRAY:
	case CBOR_MAP:
	case CBOR_TAG:
		if (n > (uint64_t)(c->end - c->p) && major != CBOR_TAG) /* every item takes a byte */
			return false;
		n = major == CBOR_TAG ? 1 : major == CBOR_MAP ? 2 * n : n;
		while (n-- > 0)
			if (!cbor_skip(c, depth + 1))
				return false;
		return true;
	default:
		return true;
	}
}

enum err webauthn_attestation(struct str cbor, struct str *auth_data_out)
{
	struct cbor c = {(const unsigned char *)cbor.p, (const unsigned char *)cbor.p + cbor.n};
	int major;
	uint64_t pairs;
	bool found = false;
	if (!cbor_head(&c, &major, &pairs) || major != CBOR_MAP || pairs > 8)
		return ERR_MALFORMED;
	while (pairs-- > 0) {
		struct str key;
		if (!cbor_string(&c, CBOR_TEXT, &key))
			return ERR_MALFORMED;
		bool is_data = str_eq(key, STR("authData"));
		if (is_data && found)
			return ERR_MALFORMED;
		found |= is_data;
		if (!(is_data ? cbor_string(&c, CBOR_BYTES, auth_data_out) : cbor_skip(&c, 0)))
			return ERR_MALFORMED;
	}
	return found && c.p == c.end ? ERR_OK : ERR_MALFORMED;
}

/* At most so many items, and nothing behind them. libfido2 gives its CBOR to libcbor, which takes memory for as many entries as a
 * map claims to have; here nothing may claim more entries than there are bytes. */
static bool is_cbor(const char *p, size_t n, int most)
{
	struct cbor c = {(const unsigned char *)p, (const unsigned char *)p + n};
	while (c.p < c.end)
		if (most-- == 0 || !cbor_skip(&c, 0))
			return false;
	return true;
}

/* --- keys and signatures */

static bool is_of_site(struct str rp_id, struct str auth_data)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	if (auth_data.n < AUTH_DATA_MIN)
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)rp_id.p, rp_id.n);
	unsigned char flags = (unsigned char)auth_data.p[32];
	return memcmp(hash, auth_data.p, sizeof hash) == 0 && (flags & FLAG_PRESENT) && (flags & FLAG_VERIFIED);
}

/* libfido2 wants to be told the algorithm before it reads the key. */
static bool read_as(int algorithm, struct str auth_data, struct webauthn_credential *out)
{
	fido_cred_t *cred = fido_cred_new();
	bool ok = cred && fido_cred_set_type(cred, algorithm) == FIDO_OK &&
		fido_cred_set_authdata_raw(cred, (const unsigned char *)auth_data.p, auth_data.n) == FIDO_OK;
	size_t id_n = ok ? fido_cred_id_len(cred) : 0, key_n = ok ? fido_cred_pubkey_len(cred) : 0;
	ok = ok && id_n > 0 && id_n <= sizeof out->id && key_n > 0 && key_n <= sizeof out->key;
	if (ok) {
		memcpy(out->id, fido_cred_id_ptr(cred), id_n);
		memcpy(out->key, fido_cred_pubkey_ptr(cred), key_n);
		out->id_n = id_n;
		out->key_n = key_n;
		out->algorithm = algorithm;
		out->count = fido_cred_sigcount(cred);
	}
	fido_cred_free(&cred);
	return ok;
}

enum err webauthn_credential_of(struct str rp_id, struct str auth_data, struct webauthn_credential *out)
{
	const size_t before_id = AUTH_DATA_MIN + 16 + 2; /* and the model of the authenticator, and the length of the id */
	if (!is_of_site(rp_id, auth_data) || auth_data.n < before_id)
		return ERR_MALFORMED;
	size_t id_n = (size_t)(unsigned char)auth_data.p[before_id - 2] << 8 | (unsigned char)auth_data.p[before_id - 1];
	if (id_n > auth_data.n - before_id || !is_cbor(auth_data.p + before_id + id_n, auth_data.n - before_id - id_n, 2))
		return ERR_MALFORMED;
	return read_as(COSE_ES256, auth_data, out) || read_as(COSE_EDDSA, auth_data, out) || read_as(COSE_RS256, auth_data, out) ? ERR_OK : ERR_MALFORMED;
}

static bool check(const fido_assert_t *assert, int algorithm, struct str key)
{
	bool ok = false;
	es256_pk_t *es = NULL;
	rs256_pk_t *rs = NULL;
	eddsa_pk_t *ed = NULL;
	switch (algorithm) {
	case COSE_ES256:
		es = es256_pk_new();
		ok = es && es256_pk_from_ptr(es, key.p, key.n) == FIDO_OK && fido_assert_verify(assert, 0, COSE_ES256, es) == FIDO_OK;
		break;
	case COSE_RS256:
		rs = rs256_pk_new();
		ok = rs && rs256_pk_from_ptr(rs, key.p, key.n) == FIDO_OK && fido_assert_verify(assert, 0, COSE_RS256, rs) == FIDO_OK;
		break;
	case COSE_EDDSA:
		ed = eddsa_pk_new();
		ok = ed && eddsa_pk_from_ptr(ed, key.p, key.n) == FIDO_OK && fido_assert_verify(assert, 0, COSE_EDDSA, ed) == FIDO_OK;
		break;
	}
	es256_pk_free(&es);
	rs256_pk_free(&rs);
	eddsa_pk_free(&ed);
	return ok;
}

bool webauthn_verify(struct arena *a, struct str rp_id, int algorithm, struct str key, struct str client_data, struct str auth_data, struct str signature,
	uint32_t *count_out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct str site = arena_str(a, rp_id); /* ends with a NUL */
	if (!site.p || !is_of_site(rp_id, auth_data) || !is_cbor(auth_data.p + AUTH_DATA_MIN, auth_data.n - AUTH_DATA_MIN, 1))
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)client_data.p, client_data.n);
	fido_assert_t *assert = fido_assert_new();
	bool ok = assert && fido_assert_set_clientdata_hash(assert, hash, sizeof hash) == FIDO_OK && fido_assert_set_rp(assert, site.p) == FIDO_OK &&
		fido_assert_set_count(assert, 1) == FIDO_OK && fido_assert_set_up(assert, FIDO_OPT_TRUE) == FIDO_OK &&
		fido_assert_set_uv(assert, FIDO_OPT_TRUE) == FIDO_OK &&
		fido_assert_set_authdata_raw(assert, 0, (const unsigned char *)auth_data.p, auth_data.n) == FIDO_OK &&
		fido_assert_set_sig(assert, 0, (const unsigned char *)signature.p, signature.n) == FIDO_OK && check(assert, algorithm, key);
	*count_out = ok ? fido_assert_sigcount(assert, 0) : 0;
	fido_assert_free(&assert);
	return ok;
}
