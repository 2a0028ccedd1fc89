/* SPDX-License-Identifier: Apache-2.0
 *
 * The command table: generated from api/ by tools/gen_api.py into api.gen.h / api.gen.c (in the build folder). A row says how to
 * decode, check, run and encode one command. server/ runs rows; it does not know the features. app hands the table over.
 */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include "server/tx.h"
#include <jansson.h>

enum command_access { COMMAND_READ, COMMAND_WRITE };

struct command {
	const char *name;
	enum command_access access;
	enum target target;
	uint32_t admit;         /* bits of enum admit */
	uint16_t cost;
	size_t in_size, out_size;
	/* Checks every declared limit and that nothing undeclared is there; strings point into the json (kept alive as long as in). */
	enum err (*decode)(struct arena *a, const json_t *object, void *in, struct refusal *r);
	int64_t (*target_id)(const void *in);              /* NULL for TARGET_NONE */
	struct str (*client_id)(const void *in);           /* NULL: the command has none; empty: not given */
	enum err (*run)(struct tx *tx, const void *in, void *out);
	void (*encode)(struct json_writer *w, const void *out);
	bool replay;  /* true: server/ keeps (person, client_id) -> answer for it; false: the handler does (message_post) or no client_id */
};

const struct command *command_find(const struct command *table, size_t count, struct str name); /* table is sorted by name */

#endif
