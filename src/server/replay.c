/* SPDX-License-Identifier: Apache-2.0 */
#include "server/replay.h"

#include "api.gen.h"
#include "server/replay_sql.h"
#include <sodium.h>
#include <stdlib.h>

#define HASH_BYTES 16

/* Of the fields in sorted order, so that a repetition need not keep their order. */
static enum err request_hash(const json_t *in, unsigned char out[HASH_BYTES])
{
	char *text = json_dumps(in, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return ERR_NOMEM;
	crypto_generichash(out, HASH_BYTES, (const unsigned char *)text, strlen(text), NULL, 0);
	free(text);
	return ERR_OK;
}

/* The decoder has seen 32 lower-case hexadecimal digits. */
static struct str raw_id(struct str hex, unsigned char out[16])
{
	size_t n = 0;
	CHECK(sodium_hex2bin(out, 16, hex.p, hex.n, NULL, &n, NULL) == 0 && n == 16);
	return str_n(out, 16);
}

enum err replay_find(struct tx *tx, const struct command *c, struct str client_id, const json_t *in, struct str *answer_out)
{
	unsigned char id[16], hash[HASH_BYTES];
	enum err e = request_hash(in, hash);
	struct replay_row row;
	if (!e)
		e = replay_sql_find(tx, raw_id(client_id, id), &row);
	if (e == ERR_NOT_FOUND) {
		*answer_out = (struct str){0};
		return ERR_OK;
	}
	if (e)
		return e;
	if (!str_eq(row.command, str_of(c->name)) || !str_eq(row.request_hash, str_n(hash, HASH_BYTES)))
		return tx_refuse(tx, API_ID_REUSED, "client_id", NULL);
	*answer_out = row.answer;
	return ERR_OK;
}

enum err replay_keep(struct tx *tx, const struct command *c, struct str client_id, const json_t *in, struct str answer)
{
	unsigned char id[16], hash[HASH_BYTES];
	enum err e = request_hash(in, hash);
	return e ? e : replay_sql_insert(tx, raw_id(client_id, id), str_of(c->name), str_n(hash, HASH_BYTES), answer);
}
