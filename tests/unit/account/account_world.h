/* SPDX-License-Identifier: Apache-2.0
 *
 * Anna and Boris with a phone each, organisations of the test's choice, and signing in as the wire does it.
 */
#ifndef TESTS_UNIT_ACCOUNT_ACCOUNT_WORLD_H
#define TESTS_UNIT_ACCOUNT_ACCOUNT_WORLD_H

#include "account/account.h"
#include "store_fixture.h"

#define HOUR 3600000LL
#define DAY (24 * HOUR)
#define ANNA_PHONE "+79990000001"
#define BORIS_PHONE "+79990000002"

struct account_world {
	struct store *s;
	struct person_id anna, boris;
	struct account_place places[4]; /* of anna; boris has none */
	size_t places_n;
	struct person_id children[4];   /* of anna */
	size_t children_n;
	bool last_admin;                /* anna is */
	int left;                       /* how often somebody left his organisations */
};
extern struct account_world aw;

int world_setup(void **state);
int world_teardown(void **state);

/* One command of `who`; the code of its refusal, 0: done. `call` uses tx. */
#define AS(who, call) ({ struct tx *tx = store_begin(aw.s, (who)); (void)tx; store_code(aw.s, (call)); })

/* A session of Anna's by phone alone, from a device with that key ("" none); its actor. */
struct actor enter(const char *device_key);
bool alive(struct session_id session);
int64_t sent_code(const char *phone); /* asks for one; the text is in aw.s->sent_code */

/* Switches Anna's app on; recovery gets a copy of the first recovery code. */
void app_on(struct actor who, char recovery[16]);
/* The code of Anna's app at the tests' clock plus steps * 30 s. */
const char *app_code(int steps, char out[8]);

#endif
