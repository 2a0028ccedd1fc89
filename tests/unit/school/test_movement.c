/* SPDX-License-Identifier: Apache-2.0
 *
 * Movements: what each does, that a preview changes nothing, and that taking back restores exactly what was; a random walk over all of them.
 */
#include "school_world.h"

#include "school/movement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define A (&world.org[0])
#define B (&world.org[1])
#define ADMIN (A->person[ROLE_ADMIN])
#define CHILD (A->person[ROLE_STUDENT])
#define LEAD (A->person[ROLE_TEACHER]) /* of class_a */
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)

static struct api_movement_done done;

static int apply(int64_t who, int kind, const int64_t *people, size_t n, int64_t to, bool preview)
{
	struct api_movement_apply in = {.org_id = A->id, .kind = (enum api_movement_apply_kind)kind, .has_to_unit_id = to != 0, .to_unit_id = to,
		.has_preview = true, .preview = preview};
	in.person_ids.items = (int64_t *)people;
	in.person_ids.n = n;
	done = (struct api_movement_done){0};
	WORLD_DO(who, ADMINS, TARGET_ORG, A->id, movement_apply(tx, &in, &done));
}

static int move(int kind, int64_t person, int64_t to)
{
	return apply(ADMIN, kind, &person, 1, to, false);
}

static int undo_in(int64_t who, int64_t org, int64_t batch)
{
	struct api_movement_undo in = {.org_id = org, .batch_id = batch};
	done = (struct api_movement_done){0};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, movement_undo(tx, &in, &done));
}

static int undo(int64_t batch)
{
	return undo_in(ADMIN, A->id, batch);
}

static int merge(int64_t unit, int64_t into, bool preview)
{
	struct api_unit_merge in = {.org_id = A->id, .unit_id = unit, .into_unit_id = into, .has_preview = true, .preview = preview};
	done = (struct api_movement_done){0};
	WORLD_DO(ADMIN, ADMINS, TARGET_ORG, A->id, unit_merge(tx, &in, &done));
}

static int rollover(const struct api_rollover_apply *in)
{
	done = (struct api_movement_done){0};
	WORLD_DO(ADMIN, ADMIT_ADMIN, TARGET_ORG, in->org_id, rollover_apply(tx, in, &done));
}

static int propose(struct api_rollover_plan *out)
{
	*out = (struct api_rollover_plan){0};
	WORLD_DO(ADMIN, ADMIT_ADMIN, TARGET_ORG, A->id, rollover_propose(tx, &(struct api_rollover_propose){.org_id = A->id}, out));
}

static int journal(int64_t person, struct api_movement_page *out)
{
	struct api_movement_list in = {.org_id = A->id, .has_person_id = person != 0, .person_id = person};
	*out = (struct api_movement_page){0};
	WORLD_DO(ADMIN, ADMINS | ADMIT_HEAD, TARGET_ORG, A->id, movement_list(tx, &in, out));
}

static int64_t newcomer(enum role role, int64_t unit)
{
	static int n;
	char phone[20];
	snprintf(phone, sizeof phone, "+7911%07d", ++n);
	int64_t id = world_person(phone, "Новый", "Анна");
	assert_int_equal(world_join(A->id, id, role, unit, false), 0);
	return id;
}

static void bind(int64_t guardian, int64_t child)
{
	bool changed;
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_code(world.s, school_guardian_bind(tx, (struct org_id){A->id}, (struct person_id){guardian},
		(struct person_id){child}, &changed)), 0);
}

static void teach(int64_t unit, int64_t subject, int64_t teacher)
{
	struct tx *tx = store_begin(world.s, store_actor(0));
	enum err e = db_run(tx->db, "INSERT INTO subject (id, org_id, name, name_fold, created_at) VALUES (?1, ?2, 'Математика' || ?1, 'm' || ?1, 0)"
		" ON CONFLICT DO NOTHING", "ii", subject, A->id);
	if (!e)
		e = db_run(tx->db, "INSERT INTO teaching (org_id, unit_id, subject_id, teacher_id, created_at) VALUES (?1, ?2, ?3, ?4, 0)", "iiii", A->id,
			unit, subject, teacher);
	assert_int_equal(store_end(world.s, e), ERR_OK);
}

/* Everything living, as one text: equal texts, equal places. Also what the chats were told. */
static char *fingerprint(void)
{
	static const char sql[] =
		"SELECT 'u ' || id || ' ' || name AS x FROM unit WHERE ended_at IS NULL"
		" UNION ALL SELECT 'm ' || org_id || ' ' || person_id || ' ' || role || ' ' || verification FROM member WHERE ended_at IS NULL"
		" UNION ALL SELECT 'r ' || unit_id || ' ' || person_id || ' ' || lead || ' ' || only_one FROM unit_member WHERE ended_at IS NULL"
		" UNION ALL SELECT 'g ' || guardian_id || ' ' || child_id FROM guardianship WHERE ended_at IS NULL"
		" UNION ALL SELECT 't ' || unit_id || ' ' || subject_id || ' ' || teacher_id FROM teaching WHERE ended_at IS NULL ORDER BY x";
	struct buf b;
	struct rows r;
	struct arena *a = arena_new(1 << 22);
	buf_init(&b, 1 << 22);
	for (db_query(world.s->db, &r, sql, ""); rows_next(&r);) {
		buf_add_str(&b, rows_str(&r, 0, a));
		buf_add_c(&b, '\n');
	}
	assert_int_equal(rows_close(&r), ERR_OK);
	/* the fake chat keeps no order */
	int64_t in_chats = 0;
	for (size_t i = 0; i < world.roster_n; i++)
		in_chats += world.roster[i].unit * 1000003 + world.roster[i].person * 7919 + world.roster[i].lead;
	buf_addf(&b, "%lld %zu", (long long)in_chats, world.roster_n);
	char *text = strndup(b.p, b.n);
	buf_release(&b);
	arena_free(&a);
	return text;
}

static void assert_same(char *before)
{
	char *now = fingerprint();
	assert_string_equal(now, before);
	free(now);
	free(before);
}

static bool is_in(int64_t unit, int64_t person)
{
	bool in;
	int64_t id;
	assert_int_equal(db_int(world.s->db, &in, &id, "SELECT id FROM unit_member WHERE unit_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii", unit,
		person), ERR_OK);
	assert_int_equal(world_in_chat(unit, person, NULL), in);
	return in;
}

static bool is_member(int64_t person)
{
	bool is;
	int64_t id;
	assert_int_equal(db_int(world.s->db, &is, &id, "SELECT id FROM member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii", A->id,
		person), ERR_OK);
	return is;
}

/* --- people */

static void test_transfer(void **state)
{
	(void)state;
	int64_t mother = newcomer(ROLE_GUARDIAN, 0), brother = newcomer(ROLE_STUDENT, A->class_b);
	bind(mother, CHILD);
	bind(mother, brother);
	char *before = fingerprint();
	assert_int_equal(apply(ADMIN, API_MOVEMENT_APPLY_KIND_TRANSFER, &CHILD, 1, A->class_b, true), 0);
	assert_true(done.preview && !done.has_batch_id && done.people.n == 1);
	assert_true(str_eq(done.people.items[0].from_name, STR("7А")) && str_eq(done.people.items[0].to_name, STR("7Б")));
	assert_int_equal(store_effects(world.s, EFFECT_EVENT, (struct stream_id){0}), 0);
	/* the fake chat is not in the store, so that it does not come back by itself */
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, school_hooks()->person_placed(tx, (struct org_id){A->id}, (struct person_id){CHILD})), ERR_OK);
	tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, school_hooks()->person_placed(tx, (struct org_id){A->id}, (struct person_id){mother})), ERR_OK);
	assert_same(before);

	before = fingerprint();
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, A->class_b), 0);
	int64_t batch = done.batch_id;
	assert_true(batch && done.undo_until == world.s->now_ms + MOVEMENT_UNDO_MS);
	assert_true(!is_in(A->class_a, CHILD) && is_in(A->class_b, CHILD));
	assert_true(!is_in(A->class_a, mother) && is_in(A->class_b, mother)); /* once, however many children */
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, A->class_b), API_CONFLICT);

	struct api_movement_page page;
	assert_int_equal(journal(CHILD, &page), 0);
	assert_int_equal(page.movements.n, 1);
	assert_true(page.movements.items[0].kind == API_MOVEMENT_KIND_TRANSFER && page.movements.items[0].can_undo);
	assert_true(str_eq(page.movements.items[0].from_name, STR("7А")) && page.movements.items[0].actor.id == ADMIN);

	assert_int_equal(undo(batch), 0);
	assert_same(before);
	assert_int_equal(undo(batch), API_CONFLICT);
	assert_int_equal(journal(CHILD, &page), 0);
	assert_true(page.movements.n == 1 && page.movements.items[0].undone && !page.movements.items[0].can_undo);
}

static void test_enroll(void **state)
{
	(void)state;
	int64_t child = newcomer(ROLE_STUDENT, 0);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, child, A->class_b), API_CONFLICT); /* from nowhere */
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, A->class_b), 0);
	assert_true(is_in(A->class_b, child));
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, A->class_a), API_CONFLICT); /* R19 */
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, A->staff), API_CONFLICT);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, 0), API_INVALID_FIELD);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, B->class_a), API_NOT_FOUND);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_LEAVE, child, A->class_a), API_INVALID_FIELD);
	struct api_unit circle;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CIRCLE, "Шахматы", &circle), 0);
	int64_t circle_id = circle.id;
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_ENROLL, child, circle_id), 0); /* on top of the class (R20) */
	assert_true(is_in(A->class_b, child) && is_in(circle_id, child));
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, child, circle_id), API_CONFLICT);
}

static void test_leave(void **state)
{
	(void)state;
	int64_t mother = newcomer(ROLE_GUARDIAN, 0), sister = newcomer(ROLE_STUDENT, A->class_b), father = newcomer(ROLE_GUARDIAN, 0);
	bind(mother, CHILD);
	bind(mother, sister);
	bind(father, CHILD);
	char *before = fingerprint();
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_LEAVE, CHILD, 0), 0);
	int64_t batch = done.batch_id;
	assert_int_equal(done.people.n, 2);
	assert_true(done.people.items[1].person.id == father && done.people.items[1].along && done.people.items[1].leaves);
	assert_true(!is_member(CHILD) && !is_member(father) && is_member(mother));
	assert_true(!is_in(A->class_a, mother) && is_in(A->class_b, mother));
	assert_int_equal(undo(batch), 0);
	assert_same(before);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_LEAVE, LEAD, 0), API_CONFLICT); /* staff is dismissed */
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_DISMISS, CHILD, 0), API_CONFLICT);
}

static void test_dismiss(void **state)
{
	(void)state;
	teach(A->class_a, 1, LEAD);
	teach(A->class_b, 1, LEAD);
	char *before = fingerprint();
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_DISMISS, LEAD, 0), 0);
	int64_t batch = done.batch_id;
	assert_int_equal(done.warnings.n, 3); /* two subjects, and a class without its lead */
	assert_true(done.warnings.items[2].code == API_MOVEMENT_WARNING_CODE_UNIT_WITHOUT_LEAD);
	assert_false(is_member(LEAD));
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM teaching WHERE ended_at IS NULL"), 0);
	assert_int_equal(undo(batch), 0);
	assert_same(before);
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_DISMISS, ADMIN, 0), API_CONFLICT); /* the last one */
	world_confirm(A->id, A->person[ROLE_COADMIN]);
	int64_t other = newcomer(ROLE_COADMIN, 0);
	assert_int_equal(apply(A->person[ROLE_COADMIN], API_MOVEMENT_APPLY_KIND_DISMISS, &other, 1, 0, false), API_FORBIDDEN);
}

/* Nobody moves when one cannot. */
static void test_all_or_nobody(void **state)
{
	(void)state;
	char *before = fingerprint();
	int64_t people[] = {CHILD, B->person[ROLE_STUDENT]};
	assert_int_equal(apply(ADMIN, API_MOVEMENT_APPLY_KIND_LEAVE, people, 2, 0, false), API_NOT_FOUND);
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, school_hooks()->person_placed(tx, (struct org_id){A->id}, (struct person_id){CHILD})), ERR_OK);
	assert_same(before);
	assert_int_equal(apply(A->person[ROLE_HEAD], API_MOVEMENT_APPLY_KIND_LEAVE, people, 1, 0, false), API_FORBIDDEN);
	assert_int_equal(apply(LEAD, API_MOVEMENT_APPLY_KIND_LEAVE, people, 1, 0, false), API_FORBIDDEN);
	assert_int_equal(apply(B->person[ROLE_ADMIN], API_MOVEMENT_APPLY_KIND_LEAVE, people, 1, 0, false), API_NOT_FOUND);
}

/* What was changed since cannot be taken back, and the refusal says whom it is about. */
static void test_changed_since(void **state)
{
	(void)state;
	int64_t third;
	struct api_unit unit;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "7В", &unit), 0);
	third = unit.id;
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, A->class_b), 0);
	int64_t first = done.batch_id;
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, third), 0);
	int64_t second = done.batch_id;
	char *before = fingerprint();
	assert_int_equal(undo(first), API_CONFLICT);
	assert_non_null(strstr(world.s->tx.refusal.message, "Ученикова"));
	assert_same(before);
	assert_int_equal(undo_in(B->person[ROLE_ADMIN], B->id, second), API_NOT_FOUND); /* of another organisation */
	assert_int_equal(undo(second), 0);
	assert_int_equal(undo(first), 0);
	assert_true(is_in(A->class_a, CHILD));
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, A->class_b), 0);
	first = done.batch_id;
	world.s->now_ms += MOVEMENT_UNDO_MS;
	assert_int_equal(undo(first), API_CONFLICT); /* too late */
}

/* A movement of a file that is still being carried out is not taken back in between. */
static void test_undo_of_import(void **state)
{
	(void)state;
	assert_int_equal(move(API_MOVEMENT_APPLY_KIND_TRANSFER, CHILD, A->class_b), 0);
	int64_t batch = done.batch_id;
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, db_run(tx->db, "INSERT INTO roster_import (org_id, person_id, file_id, file_name, state, created_at, changed_at, movement_batch_id)"
		" VALUES (?1, ?2, 1, 'x', 3, 0, 0, ?3)", "iii", A->id, ADMIN, batch)), ERR_OK);
	assert_int_equal(undo(batch), API_CONFLICT);
	assert_true(is_in(A->class_b, CHILD));
	tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, db_run(tx->db, "UPDATE roster_import SET state = 4", "")), ERR_OK);
	assert_int_equal(undo(batch), 0);
	assert_true(is_in(A->class_a, CHILD));
}

/* --- units */

static void test_merge(void **state)
{
	(void)state;
	int64_t mother = newcomer(ROLE_GUARDIAN, 0);
	bind(mother, CHILD);
	teach(A->class_a, 1, LEAD);
	char *before = fingerprint();
	assert_int_equal(merge(A->class_a, A->class_a, false), API_INVALID_FIELD);
	assert_int_equal(merge(A->class_a, A->staff, false), API_CONFLICT);
	assert_int_equal(merge(A->class_a, B->class_b, false), API_NOT_FOUND);
	assert_int_equal(merge(A->class_a, A->class_b, false), 0);
	int64_t batch = done.batch_id;
	assert_true(is_in(A->class_b, CHILD) && is_in(A->class_b, mother) && is_in(A->class_b, LEAD));
	bool lead;
	assert_true(world_in_chat(A->class_b, LEAD, &lead) && lead);
	struct api_unit_page units;
	assert_int_equal(do_unit_list(ADMIN, A->id, 0, &units), 0);
	assert_int_equal(units.units.n, 2);
	assert_int_equal(undo(batch), 0);
	assert_same(before);
}

static void step_of(struct api_rollover_step *s, int64_t unit, enum api_rollover_action action, const char *name)
{
	*s = (struct api_rollover_step){.unit_id = unit, .action = action, .has_new_name = name != NULL, .new_name = str_of(name)};
}

static void test_rollover(void **state)
{
	(void)state;
	struct api_unit unit;
	int64_t eighth, eleventh, first, repeater = newcomer(ROLE_STUDENT, A->class_a), leaver, mother = newcomer(ROLE_GUARDIAN, 0);
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "8А", &unit), 0);
	eighth = unit.id;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "11А", &unit), 0);
	eleventh = unit.id;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "1А", &unit), 0);
	first = unit.id;
	leaver = newcomer(ROLE_STUDENT, eleventh);
	bind(mother, leaver);
	teach(A->class_a, 1, LEAD);
	struct api_rollover_plan plan;
	assert_int_equal(propose(&plan), 0);
	assert_int_equal(plan.lines.n, 5);
	for (size_t i = 0; i < plan.lines.n; i++) {
		const struct api_rollover_line *l = &plan.lines.items[i];
		if (l->unit_id == A->class_a)
			assert_true(l->action == API_ROLLOVER_ACTION_RENAME && str_eq(l->new_name, STR("8А")));
		if (l->unit_id == eleventh)
			assert_true(l->action == API_ROLLOVER_ACTION_LEAVE && l->members == 1);
	}
	assert_true(plan.new_units.n == 1 && str_eq(plan.new_units.items[0].name, STR("1А")));

	char *before = fingerprint();
	struct api_rollover_step steps[5];
	step_of(&steps[0], A->class_a, API_ROLLOVER_ACTION_RENAME, "8А");
	step_of(&steps[1], A->class_b, API_ROLLOVER_ACTION_RENAME, "8Б");
	step_of(&steps[2], eighth, API_ROLLOVER_ACTION_RENAME, "9А");
	step_of(&steps[3], eleventh, API_ROLLOVER_ACTION_LEAVE, NULL);
	step_of(&steps[4], first, API_ROLLOVER_ACTION_RENAME, "2А");
	struct api_rollover_repeat repeat = {.person_id = repeater, .has_to_unit_id = true, .to_unit_id = A->class_b};
	struct api_rollover_new new = {API_UNIT_KIND_CLASS, STR("1А")};
	struct api_rollover_apply in = {.org_id = A->id, .has_repeaters = true, .has_new_units = true};
	in.steps.items = steps;
	in.steps.n = 5;
	in.repeaters.items = &repeat;
	in.repeaters.n = 1;
	in.new_units.items = &new;
	in.new_units.n = 1;
	assert_int_equal(rollover(&in), 0);
	int64_t batch = done.batch_id;
	assert_true(!is_member(leaver) && !is_member(mother));
	assert_true(is_in(A->class_b, repeater) && is_in(A->class_a, CHILD));
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM teaching WHERE ended_at IS NULL"), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit WHERE name IN ('1А', '2А', '8А', '8Б', '9А') AND ended_at IS NULL"), 5);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit WHERE name IN ('1А', '2А', '8А', '8Б', '9А') AND org_id = 1 AND name = level || letter"), 5);
	assert_int_equal(undo(batch), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit WHERE name IN ('7А', '8А', '1А') AND org_id = 1 AND ended_at IS NULL AND name = level || letter"), 3);
	assert_same(before);

	/* Names that would stand twice are refused whole. */
	before = fingerprint();
	step_of(&steps[1], A->class_b, API_ROLLOVER_ACTION_RENAME, "8А");
	in.has_repeaters = false;
	assert_int_equal(rollover(&in), API_CONFLICT);
	step_of(&steps[1], A->class_a, API_ROLLOVER_ACTION_KEEP, NULL); /* twice */
	assert_int_equal(rollover(&in), API_CONFLICT);
	step_of(&steps[1], B->class_a, API_ROLLOVER_ACTION_KEEP, NULL);
	assert_int_equal(rollover(&in), API_NOT_FOUND);
	step_of(&steps[1], A->class_b, API_ROLLOVER_ACTION_RENAME, NULL);
	assert_int_equal(rollover(&in), API_INVALID_FIELD);
	free(before);
}

/* --- a random walk: each movement that succeeds is taken back at once, and everything is as it was; then it is made again, and stays */

#define WALK_PEOPLE 24

static void test_random_walk(void **state)
{
	(void)state;
	int64_t people[WALK_PEOPLE], units[6] = {A->class_a, A->class_b};
	struct api_unit unit;
	int undone = 0;
	srand(2026);
	for (int i = 2; i < 6; i++) {
		char name[8];
		snprintf(name, sizeof name, "%dА", i + 6);
		assert_int_equal(do_unit_create(ADMIN, A->id, i == 5 ? API_UNIT_KIND_CIRCLE : API_UNIT_KIND_CLASS, name, &unit), 0);
		units[i] = unit.id;
	}
	for (int i = 0; i < WALK_PEOPLE; i++)
		people[i] = newcomer(i % 4 == 3 ? ROLE_GUARDIAN : i % 8 == 6 ? ROLE_TEACHER : ROLE_STUDENT, i % 4 == 3 ? 0 : units[i % 5]);
	for (int i = 3; i < WALK_PEOPLE; i += 4) {
		bind(people[i], people[i - 3]);
		bind(people[i], people[(i + 2) % WALK_PEOPLE]);
	}
	for (int i = 6; i < WALK_PEOPLE; i += 8)
		teach(units[i % 5], i, people[i]);
	for (int step = 0; step < 150; step++) {
		int64_t who[3] = {people[rand() % WALK_PEOPLE], people[rand() % WALK_PEOPLE], people[rand() % WALK_PEOPLE]};
		int kind = rand() % 5;
		size_t n = 1 + (size_t)(rand() % 2);
		int64_t to = units[rand() % 6];
		char *before = fingerprint();
		bool no_unit = kind == API_MOVEMENT_APPLY_KIND_LEAVE || kind == API_MOVEMENT_APPLY_KIND_DISMISS;
		int code = kind == 4 ? merge(units[rand() % 5], to, false) : apply(ADMIN, kind, who, n, no_unit ? 0 : to, false);
		if (code) {
			/* the fake chat is outside the transaction */
			struct tx *tx = store_begin(world.s, store_actor(0));
			enum err e = ERR_OK;
			for (int i = 0; !e && i < WALK_PEOPLE; i++)
				e = school_hooks()->person_placed(tx, (struct org_id){A->id}, (struct person_id){people[i]});
			assert_int_equal(store_end(world.s, e), ERR_OK);
			e = ERR_OK;
			tx = store_begin(world.s, store_actor(0));
			for (int role = 0; !e && role <= ROLE_GUARDIAN; role++)
				e = school_hooks()->person_placed(tx, (struct org_id){A->id}, (struct person_id){A->person[role]});
			assert_int_equal(store_end(world.s, e), ERR_OK);
			assert_same(before);
			continue;
		}
		int64_t batch = done.batch_id;
		assert_int_equal(undo(batch), 0);
		assert_same(before);
		undone++;
		if (step % 3 == 0 && kind < 2)
			assert_int_equal(apply(ADMIN, kind, who, n, to, false), 0);
	}
	assert_true(undone > 20); /* else the walk was mostly refusals, and shows little */
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_transfer), T(test_enroll), T(test_leave), T(test_dismiss), T(test_all_or_nobody), T(test_changed_since), T(test_undo_of_import), T(test_merge),
		T(test_rollover), T(test_random_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
