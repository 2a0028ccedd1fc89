/* SPDX-License-Identifier: Apache-2.0
 *
 * Chats that people make: who comes in by which way, who does not, what leaving the organisation ends, entering by duty.
 */
#include "chat/chat_free.h"
#include "chat_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define KEEPER (ADMIT_CHAT_KEEPER | ADMIT_ADMIN | ADMIT_COADMIN)
#define STAFF (ADMIT_ADMIN | ADMIT_COADMIN | ADMIT_HEAD | ADMIT_TEACHER | REQUIRE_CONFIRMED)

/* One command as the dispatcher runs it; gives the code of the refusal, 0 for success. */
#define DO(w, who, admit, target, id, call) do_it(w, ({ \
	struct tx *tx = begin(w, who); \
	enum err e = policy_check(tx, (admit), (target), (id)); \
	e ? e : (call); }))

static struct tx *begin(struct world *w, int64_t who)
{
	w->s->now_ms += 7;
	return store_begin(w->s, store_actor(who));
}

static int do_it(struct world *w, enum err e)
{
	return world_done(w, e);
}

static struct api_empty nothing;

static int make(struct world *w, int64_t who, int64_t org, unsigned audience, bool open, int64_t *id_out)
{
	enum api_audience list[CHAT_AUDIENCES];
	struct api_chat_create in = {.org_id = org, .title = STR("Олимпиада"), .has_open = true, .open = open};
	in.audience.items = list;
	for (unsigned i = 0; i < CHAT_AUDIENCES; i++)
		if (audience & 1u << i)
			list[in.audience.n++] = (enum api_audience)i;
	struct api_chat out = {0};
	int code = DO(w, who, STAFF, TARGET_ORG, org, chat_create(tx, &in, &out));
	*id_out = out.id;
	return code;
}

static int add(struct world *w, int64_t who, int64_t chat, int64_t person)
{
	struct api_chat_member_add in = {.chat_id = chat};
	in.person_ids.items = &person;
	in.person_ids.n = 1;
	struct api_chat_members_added out = {0};
	return DO(w, who, KEEPER, TARGET_CHAT, chat, chat_member_add(tx, &in, &out));
}

static int link_of(struct world *w, int64_t who, int64_t chat, int64_t uses, char token[64])
{
	struct api_chat_link_create in = {.chat_id = chat, .has_max_uses = true, .max_uses = uses};
	struct api_chat_link out = {0};
	int code = DO(w, who, KEEPER, TARGET_CHAT, chat, chat_link_create(tx, &in, &out));
	if (!code) {
		assert_true(out.token.n < 64);
		memset(token, 0, 64);
		memcpy(token, out.token.p, out.token.n);
	}
	return code;
}

static int come(struct world *w, int64_t who, const char *token)
{
	struct api_chat_link_join in = {.token = str_of(token)};
	struct api_chat out = {0};
	return DO(w, who, ADMIT_PERSON, TARGET_NONE, 0, chat_link_join(tx, &in, &out));
}

static int join_open(struct world *w, int64_t who, int64_t org, int64_t chat)
{
	struct api_chat_join in = {.org_id = org, .chat_id = chat};
	struct api_chat out = {0};
	return DO(w, who, ADMIT_MEMBER, TARGET_ORG, org, chat_join(tx, &in, &out));
}

static bool is_in(struct world *w, int64_t person, int64_t chat)
{
	struct api_message_page page;
	return world_list(w, person, (struct api_message_list){.chat_id = chat}, &page) == 0;
}

static int64_t manager(struct world *w, size_t o, enum role role)
{
	int64_t p = world_newcomer(w);
	assert_int_equal(world_join(w, w->org[o], 0, p, role, false), 0);
	struct tx *by = begin(w, 0);
	if (role != ROLE_ADMIN)
		assert_int_equal(school_verify(by, (struct org_id){w->org[o]}, (struct person_id){p}, true, (struct person_id){p}, STR("")), ERR_OK);
	assert_int_equal(world_done(w, ERR_OK), 0);
	return p;
}

enum { FOR_STAFF = 1 << API_AUDIENCE_STAFF, FOR_STUDENTS = 1 << API_AUDIENCE_STUDENT, FOR_GUARDIANS = 1 << API_AUDIENCE_GUARDIAN };

static void only_confirmed_staff_makes_chats(void **state)
{
	struct world *w = *state;
	int64_t chat, teacher = w->person[0][0];
	assert_int_equal(make(w, w->person[0][3], w->org[0], FOR_STUDENTS, false, &chat), API_FORBIDDEN);
	assert_int_equal(make(w, w->person[0][1], w->org[0], FOR_GUARDIANS, false, &chat), API_FORBIDDEN);
	assert_int_equal(make(w, teacher, w->org[0], FOR_STUDENTS, false, &chat), API_FORBIDDEN); /* nobody confirmed him */
	struct tx *by = begin(w, 0);
	enum err e = school_verify(by, (struct org_id){w->org[0]}, (struct person_id){teacher}, true, (struct person_id){teacher}, STR(""));
	assert_int_equal(world_done(w, e), 0);
	assert_int_equal(make(w, teacher, w->org[0], FOR_STUDENTS, false, &chat), 0);
	assert_int_equal(make(w, teacher, w->org[1], FOR_STUDENTS, false, &chat), API_NOT_FOUND);
}

static void nobody_comes_in_who_is_not_of_the_audience(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat, guardian = w->person[0][1], pupil = w->person[0][3], stranger = w->person[1][1];
	char token[64];
	assert_int_equal(make(w, admin, w->org[0], FOR_GUARDIANS, true, &chat), 0);
	assert_int_equal(add(w, admin, chat, pupil), API_CONFLICT);
	assert_int_equal(add(w, admin, chat, stranger), API_NOT_FOUND);
	assert_int_equal(add(w, pupil, chat, pupil), API_NOT_FOUND);
	assert_int_equal(link_of(w, admin, chat, 1, token), 0);
	assert_int_equal(come(w, pupil, token), API_FORBIDDEN);
	assert_int_equal(come(w, stranger, token), API_FORBIDDEN);
	assert_int_equal(join_open(w, pupil, w->org[0], chat), API_NOT_FOUND);
	assert_int_equal(join_open(w, stranger, w->org[0], chat), API_NOT_FOUND);
	assert_int_equal(join_open(w, stranger, w->org[1], chat), API_NOT_FOUND);
	assert_false(is_in(w, pupil, chat) || is_in(w, stranger, chat));
	assert_int_equal(come(w, guardian, token), 0);
	assert_true(is_in(w, guardian, chat));
	assert_int_equal(come(w, w->person[0][2], token), API_LINK_UNUSABLE); /* one use */
	assert_int_equal(join_open(w, w->person[0][2], w->org[0], chat), 0);
	assert_true(is_in(w, w->person[0][2], chat));
}

static int put_out(struct world *w, int64_t who, int64_t chat, int64_t person)
{
	struct api_chat_member_remove in = {.chat_id = chat, .person_id = person};
	return DO(w, who, KEEPER, TARGET_CHAT, chat, chat_member_remove(tx, &in, &nothing));
}

static void whoever_was_put_out_comes_back_when_somebody_adds_him(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat, first = w->person[0][1], second = w->person[0][2];
	char token[64];
	assert_int_equal(make(w, admin, w->org[0], FOR_GUARDIANS, true, &chat), 0);
	assert_int_equal(link_of(w, admin, chat, 9, token), 0);
	assert_int_equal(come(w, first, token), 0);
	assert_int_equal(come(w, second, token), 0);
	assert_int_equal(put_out(w, admin, chat, first), 0);
	assert_int_equal(come(w, first, token), API_FORBIDDEN);
	assert_int_equal(join_open(w, first, w->org[0], chat), API_NOT_FOUND);
	assert_false(is_in(w, first, chat));
	struct api_chat_leave leave = {.chat_id = chat};
	assert_int_equal(DO(w, second, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, chat_leave(tx, &leave, &nothing)), 0);
	assert_int_equal(come(w, second, token), 0); /* of his own accord he left, and comes */
	assert_int_equal(add(w, admin, chat, first), 0);
	assert_true(is_in(w, first, chat));
	assert_int_equal(DO(w, first, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, chat_leave(tx, &leave, &nothing)), 0);
	assert_int_equal(join_open(w, first, w->org[0], chat), 0);
}

static void the_organisation_s_end_is_the_end_of_its_chats(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat, guardian = w->person[0][1];
	assert_int_equal(make(w, admin, w->org[0], FOR_GUARDIANS, false, &chat), 0);
	assert_int_equal(add(w, admin, chat, guardian), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], guardian), 0);
	assert_true(is_in(w, guardian, chat)); /* not of a unit */
	struct tx *by = begin(w, 0);
	assert_int_equal(world_done(w, school_leave(by, (struct org_id){w->org[0]}, (struct person_id){guardian})), 0);
	assert_false(is_in(w, guardian, chat));
}

static void preset_chats_are_not_filled_by_hand(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat = w->chat[0][0], pupil = w->person[0][3];
	char token[64];
	assert_int_equal(add(w, admin, chat, pupil), API_CONFLICT);
	assert_int_equal(link_of(w, admin, chat, 1, token), API_CONFLICT);
	struct api_chat_member_remove out_of = {.chat_id = chat, .person_id = pupil};
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, chat, chat_member_remove(tx, &out_of, &nothing)), API_CONFLICT);
	struct api_chat_change change = {.chat_id = chat, .has_archived = true, .archived = true};
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, chat, chat_change(tx, &change, &nothing)), API_CONFLICT);
	struct api_chat_leave leave = {.chat_id = chat};
	assert_int_equal(DO(w, pupil, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, chat_leave(tx, &leave, &nothing)), API_CONFLICT);
	/* and an administrator of another organisation finds none of it */
	int64_t other = manager(w, 1, ROLE_ADMIN);
	assert_int_equal(add(w, other, chat, pupil), API_NOT_FOUND);
	assert_int_equal(DO(w, other, KEEPER, TARGET_CHAT, chat, chat_change(tx, &change, &nothing)), API_NOT_FOUND);
}

static void archive_and_back(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat;
	assert_int_equal(make(w, admin, w->org[0], FOR_GUARDIANS, false, &chat), 0);
	assert_int_equal(add(w, admin, chat, w->person[0][1]), 0);
	assert_int_equal(world_post(w, w->person[0][1], chat, 1, "Здравствуйте", NULL), 0);
	struct api_chat_change change = {.chat_id = chat, .has_archived = true, .archived = true};
	assert_int_equal(DO(w, w->person[0][1], KEEPER, TARGET_CHAT, chat, chat_change(tx, &change, &nothing)), API_FORBIDDEN);
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, chat, chat_change(tx, &change, &nothing)), 0);
	assert_int_equal(world_post(w, w->person[0][1], chat, 2, "Ещё", NULL), API_FORBIDDEN);
	assert_true(is_in(w, w->person[0][1], chat));
	assert_int_equal(add(w, admin, chat, w->person[0][2]), API_CONFLICT);
	change.archived = false;
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, chat, chat_change(tx, &change, &nothing)), 0);
	assert_int_equal(world_post(w, w->person[0][1], chat, 2, "Ещё", NULL), 0);
}

static void a_teacher_adds_whom_he_knows(void **state)
{
	struct world *w = *state;
	int64_t teacher = manager(w, 0, ROLE_TEACHER), chat, pupil = w->person[0][3];
	assert_int_equal(make(w, teacher, w->org[0], FOR_STUDENTS | FOR_GUARDIANS, false, &chat), 0);
	assert_int_equal(add(w, teacher, chat, pupil), API_NOT_FOUND);
	assert_int_equal(add(w, teacher, chat, w->person[0][0]), 0); /* a colleague, of the staff's chat */
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], teacher, ROLE_TEACHER, false), 0);
	assert_int_equal(add(w, teacher, chat, pupil), 0);
	struct api_chat_candidates in = {.org_id = w->org[0]};
	struct api_chat_candidate_list out = {0};
	assert_int_equal(DO(w, teacher, STAFF, TARGET_ORG, w->org[0], chat_candidates(tx, &in, &out)), 0);
	assert_int_equal(out.people.n, WORLD_PEOPLE);
}

static void duty_is_told(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), chat = w->chat[0][0];
	assert_int_equal(world_post(w, w->person[0][3], chat, 1, "Меня обижают", NULL), 0);
	assert_false(is_in(w, admin, chat));
	struct api_chat_open_by_duty in = {.chat_id = chat, .reason = STR("  ")};
	struct api_chat out = {0};
	assert_int_equal(DO(w, admin, ADMIT_ADMIN | ADMIT_HEAD, TARGET_CHAT, chat, chat_open_by_duty(tx, &in, &out)), API_INVALID_FIELD);
	in.reason = STR("Жалоба ученика");
	assert_int_equal(DO(w, w->person[0][0], ADMIT_ADMIN | ADMIT_HEAD, TARGET_CHAT, chat, chat_open_by_duty(tx, &in, &out)), API_FORBIDDEN);
	assert_int_equal(DO(w, admin, ADMIT_ADMIN | ADMIT_HEAD, TARGET_CHAT, chat, chat_open_by_duty(tx, &in, &out)), 0);
	assert_true(is_in(w, admin, chat));
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message WHERE text LIKE 'Вхожу в этот чат по должности. Причина: Жалоба ученика'"), 1);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM audit WHERE action = 'chat_open_by_duty'"), 1);
	/* other movements leave him there, leaving ends it */
	struct tx *by = begin(w, 0);
	assert_int_equal(world_done(w, chat_reconcile_org(by, (struct org_id){w->org[0]})), 0);
	assert_true(is_in(w, admin, chat));
	struct api_chat_leave leave = {.chat_id = chat};
	assert_int_equal(DO(w, admin, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, chat_leave(tx, &leave, &nothing)), 0);
	assert_false(is_in(w, admin, chat));
}

static void writers_of_a_channel_are_appointed(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN), teacher = w->person[0][0];
	int64_t channel = store_int(w->s, "SELECT min(id) FROM chat WHERE kind = 'everybody'");
	assert_int_equal(world_post(w, teacher, channel, 1, "Можно", NULL), API_FORBIDDEN);
	struct api_chat_member_set set = {.chat_id = channel, .person_id = teacher, .has_writer = true, .writer = true};
	assert_int_equal(DO(w, teacher, KEEPER, TARGET_CHAT, channel, chat_member_set(tx, &set, &nothing)), API_FORBIDDEN);
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, channel, chat_member_set(tx, &set, &nothing)), 0);
	assert_int_equal(world_post(w, teacher, channel, 1, "Можно", NULL), 0);
	set.person_id = w->person[0][3];
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, channel, chat_member_set(tx, &set, &nothing)), API_CONFLICT);
	set.person_id = w->person[1][0];
	assert_int_equal(DO(w, admin, KEEPER, TARGET_CHAT, channel, chat_member_set(tx, &set, &nothing)), API_NOT_FOUND);
}

static void the_lead_of_a_unit_looks_after_its_chats(void **state)
{
	struct world *w = *state;
	int64_t org = w->org[0], unit = w->unit[0][0], admin = manager(w, 0, ROLE_ADMIN), lead = manager(w, 0, ROLE_TEACHER), other = manager(w, 0, ROLE_TEACHER);
	enum api_audience staff = API_AUDIENCE_STAFF;
	struct api_chat_create in = {.org_id = org, .title = STR("Проект"), .audience = {.items = &staff, .n = 1}, .has_unit_id = true, .unit_id = unit};
	struct api_chat out = {0};
	assert_int_equal(DO(w, admin, STAFF, TARGET_ORG, org, chat_create(tx, &in, &out)), 0);
	struct api_chat_change change = {.chat_id = out.id, .has_title = true, .title = STR("Проект группы")};
	assert_int_equal(DO(w, lead, KEEPER, TARGET_CHAT, out.id, chat_change(tx, &change, &nothing)), API_NOT_FOUND);
	assert_int_equal(world_join(w, org, unit, lead, ROLE_TEACHER, true), 0);
	assert_int_equal(world_join(w, org, unit, other, ROLE_TEACHER, false), 0);
	assert_int_equal(DO(w, lead, KEEPER, TARGET_CHAT, out.id, chat_change(tx, &change, &nothing)), 0);
	assert_int_equal(DO(w, other, KEEPER, TARGET_CHAT, out.id, chat_change(tx, &change, &nothing)), API_NOT_FOUND);
	assert_int_equal(add(w, admin, out.id, other), 0);
	assert_int_equal(DO(w, other, KEEPER, TARGET_CHAT, out.id, chat_change(tx, &change, &nothing)), API_FORBIDDEN);
	assert_int_equal(add(w, admin, out.id, lead), 0);
	assert_int_equal(DO(w, lead, KEEPER, TARGET_CHAT, out.id, chat_change(tx, &change, &nothing)), 0);
	assert_int_equal(DO(w, lead, ADMIT_CHAT_KEEPER, TARGET_CHAT, w->chat[0][0], ERR_OK), API_FORBIDDEN); /* his unit's own chat follows the roster */
}

static int64_t titled(struct world *w, size_t o, const char *title)
{
	bool found;
	int64_t n;
	assert_int_equal(db_int(w->s->db, &found, &n, "SELECT COUNT(*) FROM chat WHERE org_id = ?1 AND title = ?2", "is", w->org[o], str_of(title)), ERR_OK);
	return n;
}

/* The words of an organisation's type and name stand in the titles of its chats (R11): they change with it, and with no other. */
static void titles_follow_the_organisation(void **state)
{
	struct world *w = *state;
	int64_t admin = manager(w, 0, ROLE_ADMIN);
	assert_int_equal(titled(w, 0, "Общешкольный канал"), 1);
	assert_int_equal(titled(w, 0, "Учителя 7А"), 1);
	struct api_org_card out = {0};
	struct api_org_card_set in = {.org_id = w->org[0], .has_name = true, .name = STR("Лицей № 98")};
	assert_int_equal(DO(w, admin, ADMIT_ADMIN, TARGET_ORG, w->org[0], org_card_set(tx, &in, &out)), 0);
	assert_int_equal(titled(w, 0, "Общелицейский канал"), 1);
	assert_int_equal(titled(w, 0, "Учителя 7А"), 1);
	in = (struct api_org_card_set){.org_id = w->org[0], .has_type = true, .type = API_ORG_TYPE_COLLEGE, .has_name = true, .name = STR("Колледж связи")};
	assert_int_equal(DO(w, admin, ADMIT_ADMIN, TARGET_ORG, w->org[0], org_card_set(tx, &in, &out)), 0);
	assert_int_equal(titled(w, 0, "Общеколледжный канал"), 1);
	assert_int_equal(titled(w, 0, "Преподаватели 7А"), 1);
	assert_int_equal(titled(w, 0, "Учителя 7А"), 0);
	assert_int_equal(titled(w, 1, "Общешкольный канал"), 1);
	/* what does not change the words tells the chats nothing */
	in = (struct api_org_card_set){.org_id = w->org[0], .has_address = true, .address = STR("ул. Школьная, 1")};
	int64_t renames = store_int(w->s, "SELECT COUNT(*) FROM event WHERE type = 'chat_renamed'");
	assert_int_equal(DO(w, admin, ADMIT_ADMIN, TARGET_ORG, w->org[0], org_card_set(tx, &in, &out)), 0);
	assert_int_equal(store_int(w->s, "SELECT COUNT(*) FROM event WHERE type = 'chat_renamed'"), renames);
}

static int setup(void **state)
{
	world_setup(state);
	policy_register(TARGET_ORG, school_relation_org);
	policy_set_confirmed(school_confirmed);
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_confirmed_staff_makes_chats),
		T(nobody_comes_in_who_is_not_of_the_audience),
		T(whoever_was_put_out_comes_back_when_somebody_adds_him),
		T(the_organisation_s_end_is_the_end_of_its_chats),
		T(preset_chats_are_not_filled_by_hand),
		T(archive_and_back),
		T(a_teacher_adds_whom_he_knows),
		T(duty_is_told),
		T(writers_of_a_channel_are_appointed),
		T(the_lead_of_a_unit_looks_after_its_chats),
		T(titles_follow_the_organisation),
	};
	return cmocka_run_group_tests_name("chat_free", tests, NULL, NULL);
}
