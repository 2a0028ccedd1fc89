/* SPDX-License-Identifier: Apache-2.0
 *
 * Chats that follow the roster: after any movement everybody is in exactly the chats that his place says, and nothing is left over;
 * nobody sees what was written before he came.
 */
#include "chat/chat_roster.h"
#include "chat_world.h"
#include "school/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct tx *by_school(struct world *w)
{
	w->s->now_ms += 7;
	return store_begin(w->s, store_actor(0));
}

/* ?1: a; ?2: b */
static int64_t one(struct world *w, const char *sql, int64_t a, int64_t b)
{
	bool found;
	int64_t v;
	assert_int_equal(db_int(w->s->db, &found, &v, sql, strstr(sql, "?2") ? "ii" : strstr(sql, "?1") ? "i" : "", a, b), ERR_OK);
	assert_true(found);
	return v;
}

/* --- what the school's commands do, by its tables and hooks */

static void teach(struct world *w, int64_t org, int64_t unit, int64_t subject, int64_t teacher, bool on)
{
	struct tx *tx = by_school(w);
	enum err e = db_run(tx->db, "UPDATE teaching SET ended_at = 1 WHERE org_id = ?1 AND unit_id = ?2 AND subject_id = ?3 AND teacher_id = ?4 AND ended_at IS NULL",
		"iiii", org, unit, subject, teacher);
	if (!e && on)
		e = db_run(tx->db, "INSERT INTO teaching (org_id, unit_id, subject_id, teacher_id, created_at) VALUES (?1, ?2, ?3, ?4, 1)", "iiii", org, unit,
			subject, teacher);
	if (!e)
		e = chat_school_hooks.teaching_changed(tx, (struct org_id){org}, (struct unit_id){unit}, (struct subject_id){subject});
	if (!e)
		e = chat_school_hooks.person_placed(tx, (struct org_id){org}, (struct person_id){teacher});
	assert_int_equal(world_done(w, e), 0);
}

static void put_in_set(struct world *w, int64_t org, int64_t set, int64_t person, bool on)
{
	struct tx *tx = by_school(w);
	enum err e = db_run(tx->db, "UPDATE member_set_person SET ended_at = 1 WHERE org_id = ?1 AND set_id = ?2 AND person_id = ?3 AND ended_at IS NULL", "iii",
		org, set, person);
	if (!e && on)
		e = db_run(tx->db, "INSERT INTO member_set_person (org_id, set_id, person_id, joined_at) VALUES (?1, ?2, ?3, 1)", "iii", org, set, person);
	if (!e)
		e = chat_school_hooks.set_changed(tx, (struct org_id){org}, (struct set_id){set});
	if (!e)
		e = chat_school_hooks.person_placed(tx, (struct org_id){org}, (struct person_id){person});
	assert_int_equal(world_done(w, e), 0);
}

static void end_set(struct world *w, int64_t org, int64_t set, bool ended)
{
	struct tx *tx = by_school(w);
	enum err e = db_run(tx->db, "UPDATE member_set SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2", "iiI", org, set, (int)ended, (int64_t)1);
	if (!e)
		e = chat_school_hooks.set_changed(tx, (struct org_id){org}, (struct set_id){set});
	assert_int_equal(world_done(w, e), 0);
}

static void end_unit(struct world *w, int64_t org, int64_t unit, bool ended)
{
	struct tx *tx = by_school(w);
	enum err e = db_run(tx->db, "UPDATE unit SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2", "iiI", org, unit, (int)ended, (int64_t)1);
	if (!e)
		e = chat_school_hooks.unit_ended(tx, (struct org_id){org}, (struct unit_id){unit});
	assert_int_equal(world_done(w, e), 0);
}

static void dismiss(struct world *w, int64_t org, int64_t person)
{
	if (!one(w, "SELECT count(*) FROM member WHERE person_id = ?1 AND ended_at IS NULL", person, 0))
		return;
	struct tx *tx = by_school(w);
	assert_int_equal(world_done(w, school_leave(tx, (struct org_id){org}, (struct person_id){person})), 0);
}

/* --- a school with subjects and sets */

enum { UNITS = 3, SUBJECTS = 3, SETS = 2, PEOPLE = 16 };
struct school { int64_t org, units[UNITS], subjects[SUBJECTS], sets[SETS], people[PEOPLE]; enum role roles[PEOPLE]; };

static int64_t insert(struct world *w, const char *sql, int64_t org, const char *name)
{
	struct tx *tx = by_school(w);
	bool found;
	int64_t id;
	assert_int_equal(world_done(w, db_int(tx->db, &found, &id, sql, "is", org, str_of(name))), 0);
	return id;
}

static void fill(struct world *w, struct school *s)
{
	static const enum role roles[PEOPLE] = {ROLE_ADMIN, ROLE_HEAD, ROLE_COADMIN, ROLE_TEACHER, ROLE_TEACHER, ROLE_TEACHER, ROLE_TEACHER, ROLE_STUDENT,
		ROLE_STUDENT, ROLE_STUDENT, ROLE_STUDENT, ROLE_STUDENT, ROLE_GUARDIAN, ROLE_GUARDIAN, ROLE_GUARDIAN, ROLE_GUARDIAN};
	s->org = w->org[0];
	for (int u = 0; u < 2; u++)
		s->units[u] = w->unit[0][u];
	struct tx *tx = by_school(w);
	struct unit_id circle;
	assert_int_equal(world_done(w, school_unit_new(tx, (struct org_id){s->org}, API_UNIT_KIND_CIRCLE, STR("Шахматы"), &circle)), 0);
	s->units[2] = circle.v;
	static const char *const names[] = {"Математика", "Химия", "Физика"};
	for (int i = 0; i < SUBJECTS; i++)
		s->subjects[i] = insert(w, "INSERT INTO subject (org_id, name, name_fold, created_at) VALUES (?1, ?2, ?2, 1) RETURNING id", s->org, names[i]);
	for (int i = 0; i < SETS; i++)
		s->sets[i] = insert(w, "INSERT INTO member_set (org_id, kind, name, name_fold, created_at) VALUES (?1, 0, ?2, ?2, 1) RETURNING id", s->org,
			names[i]);
	for (int i = 0; i < PEOPLE; i++) {
		s->roles[i] = roles[i];
		s->people[i] = world_newcomer(w);
		assert_int_equal(world_join(w, s->org, school_is_staff(roles[i]) ? 0 : s->units[i % 2], s->people[i], roles[i], false), 0);
	}
}

/* --- what must hold */

static bool wants(const struct chat_wanted *items, size_t n, const struct chat_stay *stay)
{
	for (size_t i = 0; i < n; i++)
		if (chat_preset_eq(&items[i].preset, &stay->preset)) {
			assert_int_equal(items[i].why, stay->member.why);
			assert_int_equal(items[i].lead, stay->member.lead);
			return true;
		}
	return false;
}

static void check_person(struct world *w, int64_t org, int64_t person)
{
	struct tx *tx = store_begin(w->s, store_actor(0));
	struct school_place place;
	struct chat_wanted *wanted = NULL;
	struct chat_stay *stays = NULL;
	size_t wanted_n = 0, n = 0, met = 0, shut = 0;
	assert_int_equal(school_place(tx, (struct org_id){org}, (struct person_id){person}, &place), ERR_OK);
	assert_int_equal(chat_wanted_of(tx, (struct org_id){org}, &place, &wanted, &wanted_n), ERR_OK);
	assert_int_equal(chat_sql_stays(tx, org, person, &stays, &n), ERR_OK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(stays[i].member.role, place.role);
		if (wants(wanted, wanted_n, &stays[i]))
			met++;
		else
			assert_int_not_equal(stays[i].archived, CHAT_LIVING); /* else something was left over */
	}
	for (size_t k = 0; k < wanted_n; k++) {
		struct chat c;
		bool found;
		assert_int_equal(chat_sql_of_preset(tx, org, &wanted[k].preset, &c, &found), ERR_OK);
		assert_true(found);
		shut += c.archived != CHAT_LIVING;
	}
	assert_int_equal(shut, 0); /* what a place asks for is never in the archive */
	assert_int_equal(met, wanted_n);
	if (!place.member)
		assert_int_equal(n, 0);
	assert_int_equal(store_end(w->s, ERR_OK), ERR_OK);
}

static void check_all(struct world *w, const struct school *s)
{
	for (int i = 0; i < PEOPLE; i++)
		check_person(w, s->org, s->people[i]);
	assert_int_equal(one(w, "SELECT count(*) FROM chat c WHERE member_count <> (SELECT count(*) FROM chat_member m WHERE m.chat_id = c.id AND"
				" m.left_at IS NULL)", 0, 0), 0);
	struct tx *tx = by_school(w);
	assert_int_equal(store_code(w->s, chat_reconcile_org(tx, (struct org_id){s->org})), 0);
	assert_int_equal(w->s->effects.list.n, 0);
}

static void move_somebody(struct world *w, struct school *s)
{
	int p = rand() % PEOPLE;
	int64_t unit = s->units[rand() % UNITS], subject = s->subjects[rand() % SUBJECTS], person = s->people[p];
	switch (rand() % 12) {
	case 0:
	case 1:
		world_leave(w, s->org, unit, person);
		break;
	case 2:
	case 3:
		world_join(w, s->org, unit, person, s->roles[p], s->roles[p] == ROLE_TEACHER && rand() % 2);
		break;
	case 4:
	case 5:
		if (s->roles[p] == ROLE_TEACHER && one(w, "SELECT count(*) FROM member WHERE person_id = ?1 AND ended_at IS NULL", person, 0))
			teach(w, s->org, unit, subject, person, rand() % 2);
		break;
	case 6:
		if (one(w, "SELECT count(*) FROM member WHERE person_id = ?1 AND ended_at IS NULL", person, 0))
			put_in_set(w, s->org, s->sets[rand() % SETS], person, rand() % 2);
		break;
	case 7:
		end_set(w, s->org, s->sets[rand() % SETS], rand() % 2);
		break;
	case 8:
		end_unit(w, s->org, unit, rand() % 2);
		break;
	case 9:
		if (p > 2)
			dismiss(w, s->org, person);
		break;
	case 10:
		world_join(w, s->org, 0, person, s->roles[p], false);
		break;
	default: {
		struct tx *tx = by_school(w);
		enum err e = chat_set_guardians_in_class(tx, (struct org_id){s->org}, rand() % 2);
		assert_int_equal(world_done(w, e), 0);
	}
	}
}

static void whatever_moves_nothing_is_left_over(void **state)
{
	struct world *w = *state;
	struct school s;
	srand(1984);
	fill(w, &s);
	check_all(w, &s);
	for (int step = 0; step < 400; step++) {
		move_somebody(w, &s);
		check_all(w, &s);
	}
	/* all kinds were there */
	assert_int_equal(one(w, "SELECT count(DISTINCT kind) FROM chat", 0, 0), 9);
	assert_int_equal(one(w, "SELECT count(*) FROM chat WHERE org_id = ?1 AND id IN (SELECT chat_id FROM chat_member WHERE person_id = ?2)",
				w->org[1], s.people[3]), 0);
}

/* --- history */

static int64_t first_seen(struct world *w, int64_t person, int64_t chat)
{
	struct api_message_page page;
	assert_int_equal(world_list(w, person, (struct api_message_list){.chat_id = chat}, &page), 0);
	return page.messages.n ? page.messages.items[0].number : 0;
}

static void nobody_reads_what_was_before_him(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], teacher = w->person[0][0], head;
	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(world_post(w, teacher, chat, i, "Прежнее", NULL), 0);
	assert_int_equal(world_post(w, w->person[0][1], chat, 1, "И это", NULL), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], w->person[0][1]), 0);
	int64_t pupil = world_newcomer(w), guardian = world_newcomer(w), colleague = world_newcomer(w);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupil, ROLE_STUDENT, false), 0);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], guardian, ROLE_GUARDIAN, false), 0);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], colleague, ROLE_TEACHER, false), 0);
	assert_int_equal(first_seen(w, pupil, chat), 0);
	assert_int_equal(first_seen(w, guardian, chat), 0);
	assert_int_equal(first_seen(w, colleague, chat), 1); /* who takes over a class */
	struct api_me_snapshot me;
	assert_int_equal(world_me(w, pupil, &me), 0);
	for (size_t i = 0; i < me.chats.n; i++) {
		assert_false(me.chats.items[i].has_last_message);
		assert_int_equal(me.chats.items[i].message_count, me.chats.items[i].read_count);
	}
	assert_int_equal(me.people.n, 0);
	assert_int_equal(world_post(w, teacher, chat, 6, "Новое", NULL), 0);
	assert_int_equal(first_seen(w, pupil, chat), 7);
	struct api_chat_snapshot snapshot;
	assert_int_equal(world_snapshot(w, pupil, chat, &snapshot), 0);
	assert_int_equal(snapshot.messages.n, 1);
	assert_int_equal(snapshot.chat.first_number, 7);
	assert_int_equal(snapshot.people.n, 1);
	struct api_message_page page;
	const struct api_message_list ways[] = {{.chat_id = chat, .has_before = true, .before = 4}, {.chat_id = chat, .has_after = true, .after = 0},
		{.chat_id = chat, .has_before = true, .before = INT64_MAX}};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(world_list(w, pupil, ways[i], &page), 0);
		for (size_t k = 0; k < page.messages.n; k++)
			assert_true(str_eq(page.messages.items[k].text, STR("Новое")));
		assert_false(page.more);
	}
	/* events: not from before, all since */
	struct api_event_page events;
	int64_t began = one(w, "SELECT visible_after FROM chat_member WHERE chat_id = ?1 AND person_id = ?2", chat, pupil);
	struct stream_id s = chat_stream((struct chat_id){chat});
	assert_true(began > 0);
	assert_int_equal(world_since(w, pupil, s, 0, 200, &events), API_TOO_FAR);
	assert_int_equal(world_since(w, pupil, s, began - 1, 200, &events), API_TOO_FAR);
	assert_int_equal(world_since(w, pupil, s, began, 200, &events), 0);
	head = events.head;
	assert_int_equal(events.events.n, head - began);
	assert_int_equal(world_since(w, colleague, s, 0, 200, &events), 0);
	/* nor who wrote then and left */
	struct api_people_get in = {.chat_id = chat};
	in.person_ids.items = &w->person[0][1];
	in.person_ids.n = 1;
	const int64_t askers[] = {pupil, colleague};
	for (size_t i = 0; i < 2; i++) {
		struct api_people people = {0};
		enum err e;
		struct tx *tx = world_begin(w, askers[i], chat, &e);
		assert_int_equal(world_done(w, e ? e : people_get(tx, &in, &people)), 0);
		assert_int_equal(people.people.n, i);
	}
}

static void who_comes_back_within_a_day_finds_everything(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], pupil = w->person[0][3];
	assert_int_equal(world_post(w, w->person[0][0], chat, 1, "Раз", NULL), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], pupil), 0);
	assert_int_equal(world_post(w, w->person[0][0], chat, 2, "Два", NULL), 0);
	w->s->now_ms += 23 * 60 * 60 * 1000;
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupil, ROLE_STUDENT, false), 0);
	assert_int_equal(first_seen(w, pupil, chat), 1);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], pupil), 0);
	w->s->now_ms += 25 * 60 * 60 * 1000;
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupil, ROLE_STUDENT, false), 0);
	assert_int_equal(first_seen(w, pupil, chat), 0);
	assert_int_equal(world_post(w, w->person[0][0], chat, 3, "Три", NULL), 0);
	assert_int_equal(first_seen(w, pupil, chat), 3);
}

/* --- archive and channels */

static void an_ended_unit_s_chats_are_read_by_those_who_were_there(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], pupil = w->person[0][3];
	assert_int_equal(world_post(w, pupil, chat, 1, "Было", NULL), 0);
	end_unit(w, w->org[0], w->unit[0][0], true);
	assert_int_equal(world_post(w, pupil, chat, 2, "Ещё", NULL), API_FORBIDDEN);
	assert_int_equal(first_seen(w, pupil, chat), 1);
	struct api_me_snapshot me;
	assert_int_equal(world_me(w, w->person[0][0], &me), 0);
	size_t archived = 0;
	for (size_t i = 0; i < me.chats.n; i++)
		archived += me.chats.items[i].archived;
	assert_int_equal(archived, 3); /* the class, its parents, its teachers */
	end_unit(w, w->org[0], w->unit[0][0], false);
	assert_int_equal(world_post(w, pupil, chat, 2, "Ещё", NULL), 0);
	end_unit(w, w->org[0], w->unit[0][0], true);
	dismiss(w, w->org[0], pupil);
	struct api_message_page page;
	assert_int_equal(world_list(w, pupil, (struct api_message_list){.chat_id = chat}, &page), API_NOT_FOUND);
}

static void a_channel_is_written_by_few_and_does_not_tell_its_readers(void **state)
{
	struct world *w = *state;
	int64_t head = world_newcomer(w), pupil = w->person[0][3];
	assert_int_equal(world_join(w, w->org[0], 0, head, ROLE_HEAD, false), 0);
	int64_t channel = one(w, "SELECT id FROM chat WHERE kind = 'everybody' AND org_id = ?1", w->org[0], 0);
	int64_t staff = one(w, "SELECT id FROM chat WHERE kind = 'employees' AND org_id = ?1", w->org[0], 0);
	assert_int_equal(one(w, "SELECT COUNT(*) FROM chat WHERE id = ?1 AND title = 'Общешкольный канал'", channel, 0), 1);
	assert_int_equal(world_post(w, head, channel, 1, "Всем", NULL), 0);
	assert_int_equal(world_post(w, pupil, channel, 2, "И я", NULL), API_FORBIDDEN);
	assert_int_equal(world_post(w, w->person[0][0], channel, 3, "И я", NULL), API_FORBIDDEN);
	assert_int_equal(world_post(w, pupil, staff, 4, "И я", NULL), API_NOT_FOUND);
	int64_t late = world_newcomer(w);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], late, ROLE_GUARDIAN, false), 0);
	assert_int_equal(store_effects(w->s, EFFECT_EVENT, chat_stream((struct chat_id){channel})), 0);
	assert_int_equal(first_seen(w, late, channel), 1); /* announcements are for whoever comes later too */
	enum err e;
	struct tx *tx = world_begin(w, late, channel, &e);
	struct api_chat_members in = {.chat_id = channel};
	struct api_chat_member_page page = {0};
	assert_int_equal(world_done(w, e ? e : chat_members(tx, &in, &page)), 0);
	assert_int_equal(page.members.n, 1);
	assert_int_equal(page.members.items[0].person.id, head);
}

static void an_old_store_gets_its_chats(void **state)
{
	struct world *w = *state;
	struct tx *tx = by_school(w);
	enum err e = db_run(tx->db, "DELETE FROM chat_member WHERE chat_id IN (SELECT id FROM chat WHERE kind NOT IN ('unit', 'staff'))", "");
	if (!e)
		e = db_run(tx->db, "DELETE FROM event", ""); /* ids are given again once their rows are gone */
	if (!e)
		e = db_run(tx->db, "DELETE FROM chat WHERE kind NOT IN ('unit', 'staff')", "");
	if (!e)
		e = db_run(tx->db, "DELETE FROM chat_org", "");
	assert_int_equal(world_done(w, e), 0);
	tx = by_school(w);
	assert_int_equal(world_done(w, chat_start(tx)), 0);
	for (size_t i = 0; i < WORLD_PEOPLE; i++)
		check_person(w, w->org[0], w->person[0][i]);
	tx = by_school(w);
	assert_int_equal(world_done(w, chat_start(tx)), 0);
	assert_int_equal(w->s->effects.list.n, 0);
}

static void titles_follow(void **state)
{
	struct world *w = *state;
	struct tx *tx = by_school(w);
	struct api_unit out;
	tx->rel.org_id = w->org[0];
	struct api_unit_rename in = {.unit_id = w->unit[0][0], .name = STR("8А")};
	assert_int_equal(world_done(w, unit_rename(tx, &in, &out)), 0);
	assert_int_equal(one(w, "SELECT count(*) FROM chat WHERE org_id = ?1 AND title IN ('8А', 'Родители 8А', 'Учителя 8А')", w->org[0], 0), 3);
	assert_int_equal(one(w, "SELECT count(*) FROM chat WHERE org_id = ?1 AND title LIKE '%7А%'", w->org[0], 0), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(whatever_moves_nothing_is_left_over),
		T(nobody_reads_what_was_before_him),
		T(who_comes_back_within_a_day_finds_everything),
		T(an_ended_unit_s_chats_are_read_by_those_who_were_there),
		T(a_channel_is_written_by_few_and_does_not_tell_its_readers),
		T(an_old_store_gets_its_chats),
		T(titles_follow),
	};
	return cmocka_run_group_tests_name("chat_roster", tests, NULL, NULL);
}
