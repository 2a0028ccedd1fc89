/* SPDX-License-Identifier: Apache-2.0
 *
 * A real store in a temporary file with the tables of all rooms, and a transaction with an actor of the test's choice. For unit
 * tests of the rooms. One thread.
 *
 *   struct store *s = store_open();
 *   store_begin(s, actor);  e = unit_create(&s->tx, &in, &out);  store_end(s, e);
 */
#ifndef TESTS_UNIT_LIB_STORE_FIXTURE_H
#define TESTS_UNIT_LIB_STORE_FIXTURE_H

#include "db/db.h"
#include "server/effects.h"
#include "server/installation.h"
#include "server/tx.h"

struct store {
	struct db *db;
	struct arena *arena;
	struct effects effects;      /* of the command that runs or ran last */
	struct installation inst;
	struct tx tx;
	int64_t now_ms;              /* the tests' clock; store_begin copies it */
	char path[64];
	char sent_phone[40];         /* what installation.send_code was given last */
	char sent_code[16];
	int sent;                    /* how many codes */
};

/* migrations: of every room that the test needs, beside the server's and policy's, in the order of their numbers. */
struct store_room { const struct migration *list; size_t count; };
struct store *store_open(const struct store_room *rooms, size_t count);
void store_close(struct store **s);

/* Begins a command as the dispatcher does: transaction, savepoint, fresh tx. person 0: nobody is signed in. */
struct tx *store_begin(struct store *s, struct actor actor);
/* Ends it as the dispatcher does: released on ERR_OK, on a refusal rolled back unless the handler kept it. Returns e. */
enum err store_end(struct store *s, enum err e);
/* store_end + the code of the refusal; 0 when e is ERR_OK. Any other error fails the test. */
int store_code(struct store *s, enum err e);
struct actor store_actor(int64_t person);

/* One integer of a query without parameters, for looking behind. */
int64_t store_int(struct store *s, const char *sql);
/* Effects of the last command, counted. stream.v 0: of any stream; kind as in server/effects.h. */
size_t store_effects(const struct store *s, int kind, struct stream_id stream);
/* Rows of the event table with this type in this stream. */
int64_t store_events(struct store *s, struct stream_id stream, const char *type);

#endif
