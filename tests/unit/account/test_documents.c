/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents: who must agree to what, versions, a child's consent, and what an administrator sees.
 */
#include "account_world.h"

#include "account/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct api_empty nothing;

static int setup(void **state)
{
	int e = world_setup(state);
	assert_int_equal(account_documents_seed(aw.s->db, aw.s->now_ms), ERR_OK);
	return e;
}

static size_t due(struct person_id who, struct api_document_due **items)
{
	struct api_document_due *list;
	size_t n = 0;
	assert_int_equal(AS(store_actor(who.v), documents_due(tx, who, &list, &n)), 0);
	if (items)
		*items = list; /* lives until the next command */
	return n;
}

static int accept(struct person_id who, enum api_document_kind kind, int64_t version, int64_t child)
{
	struct api_document_accept in = {.kind = kind, .version = version, .has_for_person_id = child != 0, .for_person_id = child};
	return AS(store_actor(who.v), document_accept(tx, &in, &nothing));
}

static void test_who_must_agree(void **state)
{
	(void)state;
	struct api_document_due *items;
	assert_int_equal(due(aw.anna, NULL), 3); /* in no organisation: an adult */
	aw.places[aw.places_n++] = (struct account_place){{1}, ROLE_STUDENT};
	assert_int_equal(due(aw.anna, &items), 2);
	assert_true(items[0].kind == API_DOCUMENT_KIND_AGREEMENT && items[1].kind == API_DOCUMENT_KIND_RULES);
	aw.places[aw.places_n++] = (struct account_place){{2}, ROLE_GUARDIAN}; /* a pupil's elder brother who has children too */
	aw.children[aw.children_n++] = aw.boris;
	assert_int_equal(due(aw.anna, &items), 4);
	assert_int_equal(items[2].kind, API_DOCUMENT_KIND_CHILD_CONSENT);
	assert_true(items[2].has_for_person && items[2].for_person.id == aw.boris.v);
	for (enum api_document_kind k = API_DOCUMENT_KIND_AGREEMENT; k <= API_DOCUMENT_KIND_RULES; k++)
		assert_int_equal(accept(aw.anna, k, 1, k == API_DOCUMENT_KIND_CHILD_CONSENT ? aw.boris.v : 0), 0);
	assert_int_equal(due(aw.anna, NULL), 0);
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 1, 0), 0); /* again: nothing more */
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM acceptance"), 4);
	assert_int_equal(store_events(aw.s, person_stream(aw.anna), "document_accepted"), 4);
	assert_int_equal(due(aw.boris, NULL), 3); /* one's agreement is not another's */
}

static void test_refusals(void **state)
{
	(void)state;
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 2, 0), API_CONFLICT);
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_CHILD_CONSENT, 1, 0), API_NOT_FOUND);
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_CHILD_CONSENT, 1, aw.boris.v), API_NOT_FOUND); /* not his child */
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 1, aw.boris.v), API_NOT_FOUND);         /* nobody signs the rules for another */
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM acceptance"), 0);
}

static void test_a_new_version(void **state)
{
	(void)state;
	assert_int_equal(AS(store_actor(aw.anna.v), account_documents_accept_all(tx, aw.anna)), 0);
	assert_int_equal(due(aw.anna, NULL), 0);
	const struct document_text text = {API_DOCUMENT_KIND_RULES, 2, "Правила", "Новое.", "Rules", "New."};
	assert_int_equal(document_sql_put(aw.s->db, &text, aw.s->now_ms), ERR_OK);
	assert_int_equal(account_documents_seed(aw.s->db, aw.s->now_ms), ERR_OK); /* a start of the program takes nothing back */
	struct api_document_due *items;
	assert_int_equal(due(aw.anna, &items), 1);
	assert_int_equal(items[0].version, 2);
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 1, 0), API_CONFLICT);
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 2, 0), 0);
	assert_int_equal(due(aw.anna, NULL), 0);

	struct api_document out = {0};
	assert_int_equal(AS(store_actor(0), document_get(tx, &(struct api_document_get){.kind = API_DOCUMENT_KIND_RULES}, &out)), 0);
	assert_true(out.version == 2 && str_eq(out.text, STR("Новое.")));
	struct api_document_get old = {.kind = API_DOCUMENT_KIND_RULES, .has_version = true, .version = 1, .has_locale = true, .locale = API_DOCUMENT_GET_LOCALE_EN};
	assert_int_equal(AS(store_actor(0), document_get(tx, &old, &out)), 0);
	assert_true(str_eq(out.title, STR("Rules of conduct")) && out.text.n > 1000);
	old.version = 3;
	assert_int_equal(AS(store_actor(0), document_get(tx, &old, &out)), API_NOT_FOUND);
}

static void test_what_an_administrator_sees(void **state)
{
	(void)state;
	struct api_document_states out = {0};
	assert_int_equal(accept(aw.anna, API_DOCUMENT_KIND_RULES, 1, 0), 0);
	struct tx *tx = store_begin(aw.s, store_actor(aw.boris.v));
	tx->rel.org_id = 1;
	assert_int_equal(document_state_list(tx, &(struct api_document_state_list){.org_id = 1}, &out), ERR_OK);
	assert_int_equal(out.people.n, 2);
	assert_true(out.people.items[0].person.id == aw.anna.v && out.people.items[0].accepted.n == 1 && out.people.items[0].due.n == 2);
	assert_true(out.people.items[1].accepted.n == 0 && out.people.items[1].due.n == 3 && !out.has_next_after);
	tx->rel.org_id = 2;
	assert_int_equal(document_state_list(tx, &(struct api_document_state_list){.org_id = 2}, &out), ERR_OK);
	assert_int_equal(out.people.n, 0);
	store_end(aw.s, ERR_OK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_who_must_agree), T(test_refusals), T(test_a_new_version), T(test_what_an_administrator_sees)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
