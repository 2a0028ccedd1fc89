/* SPDX-License-Identifier: Apache-2.0
 *
 * See secret_hash.h.
 */
#include "account/secret_hash.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <sodium.h>

_Static_assert(ACCOUNT_TOKEN_TEXT >= sodium_base64_ENCODED_LEN(ACCOUNT_TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING), "token");
_Static_assert(sizeof(struct secret_hash) == crypto_generichash_BYTES && sizeof(struct secret_hash) == crypto_hash_sha256_BYTES, "hash");

/* purpose keeps hashes of different things apart; the parts are closed by their length, so that no two lists look the same. */
static struct secret_hash keyed(const struct installation *inst, char purpose, const struct str *parts, size_t n)
{
	struct secret_hash h;
	crypto_generichash_state s;
	CHECK(inst->secret.n >= crypto_generichash_KEYBYTES_MIN && inst->secret.n <= crypto_generichash_KEYBYTES_MAX);
	CHECK(crypto_generichash_init(&s, (const unsigned char *)inst->secret.p, inst->secret.n, sizeof h.p) == 0);
	crypto_generichash_update(&s, (const unsigned char *)&purpose, 1);
	for (size_t i = 0; i < n; i++) {
		uint64_t length = parts[i].n;
		crypto_generichash_update(&s, (const unsigned char *)&length, sizeof length);
		if (parts[i].n)
			crypto_generichash_update(&s, (const unsigned char *)parts[i].p, parts[i].n);
	}
	crypto_generichash_final(&s, h.p, sizeof h.p);
	mem_wipe(&s, sizeof s);
	return h;
}

struct secret_hash hash_phone(const struct installation *inst, struct str phone)
{
	return keyed(inst, 'p', &phone, 1);
}

struct secret_hash hash_address(const struct installation *inst, struct str address)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:a.b.c.d is an IPv4 address */
	size_t colon;
	if (address.n < sizeof text && str_find(address, ':', &colon)) {
		memcpy(text, address.p, address.n);
		text[address.n] = 0;
		if (inet_pton(AF_INET6, text, raw) == 1) {
			bool v4 = memcmp(raw, mapped, sizeof mapped) == 0;
			struct str part = v4 ? str_n(raw + 12, 4) : str_n(raw, 8);
			return keyed(inst, 'a', &part, 1);
		}
	}
	if (address.n < sizeof text && address.n > 0) {
		memcpy(text, address.p, address.n);
		text[address.n] = 0;
		if (inet_pton(AF_INET, text, raw) == 1) {
			struct str part = str_n(raw, 4);
			return keyed(inst, 'a', &part, 1);
		}
	}
	return keyed(inst, 'a', &address, 1);
}

struct secret_hash hash_code(const struct installation *inst, struct str phone, struct str code)
{
	return keyed(inst, 'c', (struct str[]){phone, code}, 2);
}

struct secret_hash hash_recovery(const struct installation *inst, struct person_id person, struct str code)
{
	return keyed(inst, 'r', (struct str[]){str_n(&person.v, sizeof person.v), code}, 2);
}

struct secret_hash hash_token(struct str token)
{
	struct secret_hash h;
	crypto_hash_sha256(h.p, (const unsigned char *)token.p, token.n);
	return h;
}

void token_make(char out[ACCOUNT_TOKEN_TEXT])
{
	unsigned char raw[ACCOUNT_TOKEN_BYTES];
	random_fill(raw, sizeof raw);
	sodium_bin2base64(out, ACCOUNT_TOKEN_TEXT, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	mem_wipe(raw, sizeof raw);
}
