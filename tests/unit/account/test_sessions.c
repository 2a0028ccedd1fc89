/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions and the operator's link: life, end, expiry, and that nobody reaches another's.
 */
#include "account/account.h"

#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define HOUR 3600000LL
#define DAY (24 * HOUR)

struct world {
	struct store *s;
	struct person_id anna, boris;
};
static struct world w;

static struct person_id person(struct str phone, struct str name)
{
	struct person_id id;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, account_person_new(tx, phone, name, STR("Тестова"), STR(""), &id)), ERR_OK);
	return id;
}

static int setup(void **state)
{
	(void)state;
	const struct store_room rooms[] = {{account_migrations, account_migration_count}};
	w.s = store_open(rooms, 1);
	account_set_newcomer_hook(NULL);
	stream_register(STREAM_PERSON, &account_person_stream);
	w.anna = person(STR("+79990000001"), STR("Анна"));
	w.boris = person(STR("+79990000002"), STR("Борис"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(&w.s);
	return 0;
}

static struct str start(struct person_id p, const char *device, char token[64])
{
	struct tx *tx = store_begin(w.s, store_actor(0));
	enum err e = account_session_start(tx, p, str_of(device));
	snprintf(token, 64, "%.*s", (int)tx->set_session_token.n, tx->set_session_token.p);
	assert_int_equal(store_end(w.s, e), ERR_OK);
	return str_of(token);
}

static enum err find(struct str token, struct actor *out, bool writable)
{
	*out = store_actor(0);
	struct tx *tx = store_begin(w.s, *out);
	tx->writable = writable;
	enum err e = account_session_find(tx, token, out);
	store_end(w.s, e);
	return e;
}

static enum err alive(struct session_id id)
{
	struct tx *tx = store_begin(w.s, store_actor(0));
	enum err e = account_session_alive(tx, id);
	store_end(w.s, e);
	return e;
}

static void test_token_is_the_session(void **state)
{
	(void)state;
	char a[64], b[64];
	struct actor who;
	start(w.anna, "Телефон", a);
	start(w.boris, "", b);
	assert_string_not_equal(a, b);
	assert_int_equal(find(str_of(a), &who, false), ERR_OK);
	assert_int_equal(who.person.v, w.anna.v);
	assert_false(who.is_operator);
	assert_int_equal(find(str_of(b), &who, false), ERR_OK);
	assert_int_equal(who.person.v, w.boris.v);
	assert_int_equal(alive(who.session), ERR_OK);
	a[0] = a[0] == 'A' ? 'B' : 'A';
	assert_int_equal(find(str_of(a), &who, false), ERR_NOT_FOUND);
	assert_int_equal(find(STR(""), &who, false), ERR_NOT_FOUND);
	assert_int_equal(find(STR("x"), &who, false), ERR_NOT_FOUND);
	assert_int_equal(alive((struct session_id){999}), ERR_NOT_FOUND);
	/* Tokens are not in the store. */
	assert_int_equal(store_int(w.s, "SELECT COUNT(*) FROM session WHERE length(token_hash) = 32"), 2);
}

static void test_seen_and_expiry(void **state)
{
	(void)state;
	char token[64];
	struct actor who;
	int64_t made = w.s->now_ms;
	start(w.anna, "", token);
	w.s->now_ms += HOUR - 1;
	assert_int_equal(find(str_of(token), &who, true), ERR_OK);
	assert_int_equal(store_int(w.s, "SELECT seen_at FROM session"), made); /* at most once an hour */
	w.s->now_ms += 1;
	assert_int_equal(find(str_of(token), &who, false), ERR_OK);
	assert_int_equal(store_int(w.s, "SELECT seen_at FROM session"), made); /* never from a reader */
	assert_int_equal(find(str_of(token), &who, true), ERR_OK);
	assert_int_equal(store_int(w.s, "SELECT seen_at FROM session"), made + HOUR);
	/* Commands over a socket note it too. */
	w.s->now_ms += HOUR;
	assert_int_equal(alive(who.session), ERR_OK);
	assert_int_equal(store_int(w.s, "SELECT seen_at FROM session"), made + 2 * HOUR);
	w.s->now_ms = made + 2 * HOUR + 90 * DAY - 1;
	assert_int_equal(find(str_of(token), &who, false), ERR_OK);
	w.s->now_ms += 1;
	struct session_id session = who.session;
	assert_int_equal(find(str_of(token), &who, true), ERR_NOT_FOUND);
	assert_int_equal(alive(session), ERR_NOT_FOUND);
}

static void test_list_and_end(void **state)
{
	(void)state;
	char one[64], two[64], foreign[64];
	struct actor me, other;
	start(w.anna, "Ноутбук", one);
	start(w.anna, "Телефон", two);
	start(w.boris, "Чужой", foreign);
	assert_int_equal(find(str_of(two), &me, false), ERR_OK);
	assert_int_equal(find(str_of(foreign), &other, false), ERR_OK);

	struct api_session_list list = {0};
	struct api_empty nothing = {0}, empty;
	struct tx *tx = store_begin(w.s, me);
	enum err e = session_list(tx, &nothing, &list);
	assert_int_equal(list.sessions.n, 2);
	assert_true(str_eq(list.sessions.items[0].device, STR("Телефон")));
	assert_true(list.sessions.items[0].current);
	assert_false(list.sessions.items[1].current);
	int64_t older = list.sessions.items[1].id;
	assert_int_equal(store_code(w.s, e), 0);

	/* Somebody else's session is not there. */
	tx = store_begin(w.s, me);
	assert_int_equal(store_code(w.s, session_end(tx, &(struct api_session_end){.session_id = other.session.v}, &empty)), API_NOT_FOUND);
	assert_int_equal(alive(other.session), ERR_OK);

	tx = store_begin(w.s, me);
	assert_int_equal(store_code(w.s, session_end(tx, &(struct api_session_end){.session_id = older}, &empty)), 0);
	assert_int_equal(store_effects(w.s, EFFECT_END_SESSION, (struct stream_id){0}), 1);
	assert_false(w.s->tx.clear_session);
	assert_int_equal(alive((struct session_id){older}), ERR_NOT_FOUND);
	tx = store_begin(w.s, me);
	assert_int_equal(store_code(w.s, session_end(tx, &(struct api_session_end){.session_id = older}, &empty)), API_NOT_FOUND);

	tx = store_begin(w.s, me);
	assert_int_equal(store_code(w.s, sign_out(tx, &nothing, &empty)), 0);
	assert_true(w.s->tx.clear_session);
	assert_int_equal(store_effects(w.s, EFFECT_END_SESSION, (struct stream_id){0}), 1);
	assert_int_equal(find(str_of(two), &me, false), ERR_NOT_FOUND);
	assert_int_equal(find(str_of(foreign), &me, false), ERR_OK);
}

static void test_list_is_bounded(void **state)
{
	(void)state;
	char token[64];
	for (int i = 0; i < ACCOUNT_SESSIONS_LISTED + 5; i++)
		start(w.anna, "", token);
	struct api_session_list list = {0};
	struct tx *tx = store_begin(w.s, store_actor(w.anna.v));
	assert_int_equal(store_code(w.s, session_list(tx, &(struct api_empty){0}, &list)), 0);
	assert_int_equal(list.sessions.n, ACCOUNT_SESSIONS_LISTED);
}

static bool link_make(char token[ACCOUNT_TOKEN_TEXT])
{
	bool needed;
	assert_int_equal(db_begin(w.s->db), ERR_OK);
	assert_int_equal(account_operator_link_make(w.s->db, w.s->now_ms, &needed, token), ERR_OK);
	assert_int_equal(db_commit(w.s->db), ERR_OK);
	return needed;
}

static int claim(const char *token, struct str phone, const char *code)
{
	struct api_operator_claim in = {
		.token = str_of(token), .phone = phone, .code = str_of(code), .given_name = STR("Олег"), .family_name = STR("Оператор")};
	struct api_signed_in out = {0};
	struct tx *tx = store_begin(w.s, store_actor(0));
	return store_code(w.s, operator_claim(tx, &in, &out));
}

static void request(struct str phone)
{
	struct api_code_requested out;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_code(w.s, code_request(tx, &(struct api_code_request){.phone = phone}, &out)), 0);
}

static void test_operator_link(void **state)
{
	(void)state;
	char first[ACCOUNT_TOKEN_TEXT], second[ACCOUNT_TOKEN_TEXT];
	const struct str phone = STR("+79990000777");
	assert_true(link_make(first));
	assert_true(link_make(second)); /* the next start makes another and ends the first */
	request(phone);
	assert_int_equal(claim(first, phone, w.s->sent_code), API_LINK_UNUSABLE);
	assert_int_equal(claim(second, phone, "x00000"), API_CODE_WRONG);
	assert_int_equal(store_int(w.s, "SELECT tries FROM sign_in_code"), 1); /* the try outlives the refusal, the link too */
	assert_int_equal(claim(second, phone, w.s->sent_code), 0);
	assert_int_equal(w.s->tx.set_session_token.n, ACCOUNT_TOKEN_TEXT - 1);
	assert_int_equal(store_int(w.s, "SELECT is_operator FROM person WHERE phone = '+79990000777'"), 1);
	assert_false(link_make(first));
	assert_int_equal(first[0], 0);

	struct actor who;
	char token[64];
	start((struct person_id){store_int(w.s, "SELECT id FROM person WHERE is_operator = 1")}, "", token);
	assert_int_equal(find(str_of(token), &who, false), ERR_OK);
	assert_true(who.is_operator);

	request(STR("+79990000778"));
	assert_int_equal(claim(second, STR("+79990000778"), w.s->sent_code), API_LINK_UNUSABLE);
	assert_int_equal(store_int(w.s, "SELECT COUNT(*) FROM person WHERE is_operator = 1"), 1);
}

static void test_operator_link_of_a_known_person(void **state)
{
	(void)state;
	char token[ACCOUNT_TOKEN_TEXT];
	assert_true(link_make(token));
	request(STR("+79990000001"));
	assert_int_equal(claim(token, STR("+79990000001"), w.s->sent_code), 0);
	assert_int_equal(store_int(w.s, "SELECT id FROM person WHERE is_operator = 1"), w.anna.v);
	assert_int_equal(store_int(w.s, "SELECT COUNT(*) FROM person"), 2);
}

static void test_person(void **state)
{
	(void)state;
	struct api_person p;
	struct person_id found;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(account_person_get(tx, w.anna, &p), ERR_OK);
	assert_true(str_eq(p.given_name, STR("Анна")));
	assert_false(p.has_patronymic);
	assert_int_equal(account_person_get(tx, (struct person_id){12345}, &p), ERR_NOT_FOUND);
	assert_int_equal(account_person_by_phone(tx, STR("+79990000002"), &found), ERR_OK);
	assert_int_equal(found.v, w.boris.v);
	assert_int_equal(account_person_by_phone(tx, STR("+79990000003"), &found), ERR_OK);
	assert_int_equal(found.v, 0);
	/* Persons without a number do not exclude each other. */
	assert_int_equal(account_person_new(tx, STR(""), STR("Ян"), STR("Я"), STR("Янович"), &found), ERR_OK);
	assert_int_equal(account_person_new(tx, STR(""), STR("Яна"), STR("Я"), STR(""), &found), ERR_OK);
	store_end(w.s, ERR_OK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_token_is_the_session),
		T(test_seen_and_expiry),
		T(test_list_and_end),
		T(test_list_is_bounded),
		T(test_operator_link),
		T(test_operator_link_of_a_known_person),
		T(test_person),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
