/* SPDX-License-Identifier: Apache-2.0
 *
 * Two organisations with two units each and people in them, on the store of the fixture; commands are run as the dispatcher runs
 * them: rights first, then the handler. One thread.
 */
#ifndef TESTS_UNIT_CHAT_CHAT_WORLD_H
#define TESTS_UNIT_CHAT_CHAT_WORLD_H

#include "chat/chat.h"
#include "lib/store_fixture.h"
#include "policy/policy.h"

#define WORLD_ORGS 2
#define WORLD_UNITS 2  /* in each organisation */
#define WORLD_PEOPLE 4 /* in each organisation: 0 leads and 3 is a student, both in the unit 0; 1 and 2 are guardians in both */

struct world {
	struct store *s;
	int64_t org[WORLD_ORGS];
	int64_t unit[WORLD_ORGS][WORLD_UNITS];
	int64_t chat[WORLD_ORGS][WORLD_UNITS];
	int64_t person[WORLD_ORGS][WORLD_PEOPLE];
	/* Called with each command's effects after it succeeded; may be NULL. */
	void (*watch)(struct world *w);
	void *watch_user;
};

int world_setup(void **state);    /* *state: struct world * */
int world_setup_empty(void **state); /* a store without any organisation */
int world_setup_with(void **state, const struct store_room *more); /* with the tables of a room above, NULL: none */
int world_teardown(void **state);

int64_t world_newcomer(struct world *w);
/* Each gives the code of the refusal, 0 for success. */
int world_join(struct world *w, int64_t org, int64_t unit, int64_t person, enum role role, bool lead);
int world_leave(struct world *w, int64_t org, int64_t unit, int64_t person);
int world_back(struct world *w, int64_t org, int64_t unit, int64_t person, enum role role); /* after world_leave */
int world_rename(struct world *w, int64_t org, int64_t unit, const char *title);
/* client: any number; it becomes a client_id */
int world_post(struct world *w, int64_t person, int64_t chat, uint64_t client, const char *text, struct api_message_posted *out);
int world_read(struct world *w, int64_t person, int64_t chat, int64_t seq, struct api_chat_read_done *out);
/* The answers live until the next command. */
int world_snapshot(struct world *w, int64_t person, int64_t chat, struct api_chat_snapshot *out);
int world_list(struct world *w, int64_t person, struct api_message_list in, struct api_message_page *out);
int world_me(struct world *w, int64_t person, struct api_me_snapshot *out);
int world_since(struct world *w, int64_t person, struct stream_id s, int64_t after, int64_t limit, struct api_event_page *out);
/* Any other command on a chat: begins, checks the right; then the test calls the handler and world_done. */
struct tx *world_begin(struct world *w, int64_t person, int64_t chat, enum err *e_out);
int world_done(struct world *w, enum err e);

#endif
