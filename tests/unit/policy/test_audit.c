/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit journal: the chain is whole however rows are added, every way of tampering is found at its row, and the program
 * itself cannot change one. One thread.
 */
#include "policy/audit.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sqlite3.h>

#define ORG ((struct org_id){7})
#define ROWS 5

static struct store *s;

static int setup(void **state)
{
	(void)state;
	s = store_open(NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(&s);
	return 0;
}

static enum err add(struct org_id org, const char *action, int64_t object, struct str detail)
{
	struct tx *tx = store_begin(s, store_actor(3));
	return store_end(s, audit_add(tx, org, action, "person", object, detail));
}

static void fill(void)
{
	for (int i = 1; i <= ROWS; i++) {
		s->now_ms += 1000;
		assert_int_equal(add(ORG, i % 2 ? "grant" : "revoke", 10 + i, STR("{\"n\":1}")), ERR_OK);
		assert_int_equal(add(AUDIT_INSTALLATION, "org_create", i, STR("")), ERR_OK);
	}
}

/* The store as somebody with a tool of his own changes it: without the triggers. */
static void tamper(const char *sql)
{
	char file[96], *why = NULL;
	sqlite3 *raw;
	snprintf(file, sizeof file, "%s/store.sqlite", s->path);
	assert_int_equal(sqlite3_open(file, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, "DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete", NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_exec(raw, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(raw);
}

static struct audit_verdict verify(struct org_id org)
{
	struct audit_verdict v;
	assert_int_equal(audit_verify_journal(s->db, org, &v), ERR_OK);
	return v;
}

static void test_whole(void **state)
{
	(void)state;
	struct audit_verdict v = verify(ORG);
	assert_int_equal(v.rows, 0);
	assert_int_equal(v.broken_seq, 0);
	fill();
	v = verify(ORG);
	assert_int_equal(v.rows, ROWS);
	assert_int_equal(v.broken_seq, 0);
	assert_int_equal(strlen(v.hash), AUDIT_HASH_BYTES * 2);
	assert_string_not_equal(v.hash, verify(AUDIT_INSTALLATION).hash);
	/* A command that is refused leaves no row, and the next one fits. */
	struct tx *tx = store_begin(s, store_actor(3));
	assert_int_equal(audit_add(tx, ORG, "grant", "person", 1, STR("")), ERR_OK);
	store_end(s, tx_refuse(tx, 0, NULL, NULL));
	assert_int_equal(add(ORG, "grant", 1, STR("")), ERR_OK);
	assert_int_equal(verify(ORG).rows, ROWS + 1);
	assert_int_equal(verify(ORG).broken_seq, 0);
}

static void test_tampering(void **state)
{
	(void)state;
	static const struct { const char *sql; int64_t broken; } ways[] = {
		{"UPDATE audit SET detail = '{\"n\":2}' WHERE org_id = 7 AND seq = 3", 3},
		{"UPDATE audit SET actor_id = 4 WHERE org_id = 7 AND seq = 1", 1},
		{"UPDATE audit SET at = at + 1 WHERE org_id = 7 AND seq = 5", 5},
		{"UPDATE audit SET action = 'grand' WHERE org_id = 7 AND seq = 3", 3},
		{"UPDATE audit SET address = '' WHERE org_id = 7 AND seq = 2", 2},
		{"UPDATE audit SET session_id = 9 WHERE org_id = 7 AND seq = 2", 2},
		{"UPDATE audit SET object_id = object_id + 1 WHERE org_id = 7 AND seq = 4", 4},
		{"UPDATE audit SET object_kind = 'unit' WHERE org_id = 7 AND seq = 4", 4},
		{"UPDATE audit SET hash = zeroblob(32) WHERE org_id = 7 AND seq = 2", 2},
		{"DELETE FROM audit WHERE org_id = 7 AND seq = 2", 2},
		{"DELETE FROM audit WHERE org_id = 7 AND seq = 5", 5},
		{"DELETE FROM audit WHERE org_id = 7 AND seq = 2; UPDATE audit SET seq = seq - 1 WHERE org_id = 7 AND seq > 2", 2},
		{"DELETE FROM audit WHERE org_id = 7", 1},
		{"DELETE FROM audit_end WHERE org_id = 7", 6},
		{"INSERT INTO audit (org_id, seq, at, actor_id, session_id, address, action, object_kind, object_id, detail, hash)"
		 " SELECT org_id, 6, at, actor_id, session_id, address, action, object_kind, object_id, detail, hash FROM audit WHERE org_id = 7 AND seq = 5", 6},
		{"UPDATE audit SET org_id = 7, seq = 6 WHERE org_id = 0 AND seq = 5", 6},
	};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		setup(NULL);
		fill();
		assert_int_equal(verify(ORG).broken_seq, 0);
		tamper(ways[i].sql);
		struct audit_verdict v = verify(ORG);
		if (v.broken_seq != ways[i].broken)
			fail_msg("%s: broken at %lld", ways[i].sql, (long long)v.broken_seq);
		assert_int_equal(v.rows, ways[i].broken - 1);
		teardown(NULL);
	}
}

static void test_triggers(void **state)
{
	(void)state;
	fill();
	char file[96];
	sqlite3 *raw;
	snprintf(file, sizeof file, "%s/store.sqlite", s->path);
	assert_int_equal(sqlite3_open(file, &raw), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(raw, "UPDATE audit SET detail = '{}'", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(raw, "DELETE FROM audit WHERE seq = 1", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_total_changes(raw), 0);
	sqlite3_close(raw);
	assert_int_equal(store_int(s, "SELECT COUNT(*) FROM audit"), 2 * ROWS);
}

static size_t list(int64_t before, const char *action, int64_t person, struct audit_row *rows, size_t max)
{
	size_t n;
	struct audit_filter f = {.before = before, .action = str_of(action), .person.v = person};
	struct tx *tx = store_begin(s, store_actor(3));
	assert_int_equal(store_end(s, audit_rows(tx, ORG, &f, rows, max, &n)), ERR_OK);
	return n;
}

static void test_rows(void **state)
{
	(void)state;
	struct audit_row rows[8];
	fill();
	assert_int_equal(list(0, "", 0, rows, 8), ROWS);
	assert_int_equal(rows[0].seq, ROWS);
	assert_int_equal(rows[0].actor.v, 3);
	assert_int_equal(rows[0].object_id, 10 + ROWS);
	assert_int_equal(rows[0].address.n, 32);
	assert_int_equal(list(3, "", 0, rows, 8), 2);
	assert_int_equal(list(0, "revoke", 0, rows, 8), 2);
	assert_int_equal(list(0, "", 12, rows, 8), 1);
	assert_int_equal(rows[0].seq, 2);
	assert_int_equal(list(0, "", 3, rows, 8), ROWS);
	assert_int_equal(list(0, "", 0, rows, 2), 2);
}

static void test_detail(void **state)
{
	(void)state;
	struct tx *tx = store_begin(s, store_actor(3));
	struct str d = audit_detail(tx, "sib", "name", STR("7\"А\""), "person_id", (int64_t)5, "draft", 1);
	assert_true(str_eq(d, STR("{\"name\":\"7\\\"А\\\"\",\"person_id\":5,\"draft\":true}")));
	assert_true(str_eq(audit_detail(tx, ""), STR("{}")));
	static char big[AUDIT_DETAIL_MAX + 1];
	memset(big, 'x', sizeof big);
	d = audit_detail(tx, "s", "v", str_n(big, AUDIT_DETAIL_MAX - 8)); /* {"v":""} around it */
	assert_int_equal(d.n, AUDIT_DETAIL_MAX);
	assert_int_equal(audit_add(tx, ORG, "grant", "person", 1, d), ERR_OK);
	d = audit_detail(tx, "s", "v", str_n(big, AUDIT_DETAIL_MAX - 7));
	assert_true(str_eq(d, STR("{\"too_long\":true}")));
	assert_int_equal(audit_add(tx, ORG, "grant", "person", 1, str_n(big, sizeof big)), ERR_TOO_LARGE);
	store_end(s, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
		cmocka_unit_test(test_tampering),
		cmocka_unit_test_setup_teardown(test_triggers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_detail, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
