/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of authenticator apps, and the sealing of their secrets. Pure, but for the random nonce; any thread.
 */
#include "account/factor.h"

#include "base/clock.h"
#include "base/mem.h"

#include <liboath/oath.h>
#include <sodium.h>

#define SEALED_BYTES (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + FACTOR_SECRET_BYTES)

/* The person is part of the key: a row copied to another account opens nothing there. */
static void key_of(const struct installation *inst, struct person_id person, unsigned char key[crypto_secretbox_KEYBYTES])
{
	crypto_generichash_state s;
	static const char purpose[] = "zvonok totp";
	CHECK(crypto_generichash_init(&s, (const unsigned char *)inst->secret.p, inst->secret.n, crypto_secretbox_KEYBYTES) == 0);
	crypto_generichash_update(&s, (const unsigned char *)purpose, sizeof purpose);
	crypto_generichash_update(&s, (const unsigned char *)&person.v, sizeof person.v);
	crypto_generichash_final(&s, key, crypto_secretbox_KEYBYTES);
	mem_wipe(&s, sizeof s);
}

void factor_seal(const struct installation *inst, struct person_id person, const struct factor_secret *s, struct arena *a, struct str *out)
{
	unsigned char key[crypto_secretbox_KEYBYTES], sealed[SEALED_BYTES];
	key_of(inst, person, key);
	random_fill(sealed, crypto_secretbox_NONCEBYTES);
	CHECK(crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, s->p, sizeof s->p, sealed, key) == 0);
	mem_wipe(key, sizeof key);
	*out = arena_str(a, str_n(sealed, sizeof sealed));
}

bool factor_unseal(const struct installation *inst, struct person_id person, struct str sealed, struct factor_secret *out)
{
	unsigned char key[crypto_secretbox_KEYBYTES];
	if (sealed.n != SEALED_BYTES)
		return false;
	const unsigned char *p = (const unsigned char *)sealed.p;
	key_of(inst, person, key);
	bool ok = crypto_secretbox_open_easy(out->p, p + crypto_secretbox_NONCEBYTES, SEALED_BYTES - crypto_secretbox_NONCEBYTES, p, key) == 0;
	mem_wipe(key, sizeof key);
	return ok;
}

bool totp_matches(const struct factor_secret *s, struct str digits, int64_t now_ms, int64_t last_step, int64_t *step_out)
{
	char otp[7], expected[7];
	if (digits.n != 6)
		return false;
	memcpy(otp, digits.p, 6);
	otp[6] = 0;
	bool found = false;
	int64_t now = now_ms / 1000 / FACTOR_STEP_S;
	/* All three are compared whichever fits, so that time tells nothing. */
	for (int64_t step = now - 1; step <= now + 1; step++) {
		if (step < 0 || oath_hotp_generate((const char *)s->p, sizeof s->p, (uint64_t)step, 6, false, OATH_HOTP_DYNAMIC_TRUNCATION, expected) != OATH_OK)
			continue;
		if (sodium_memcmp(otp, expected, 6) == 0 && step > last_step) {
			found = true;
			*step_out = step;
		}
	}
	mem_wipe(expected, sizeof expected);
	return found;
}
