/* SPDX-License-Identifier: Apache-2.0
 *
 * See school_world.h.
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct world world;

/* --- the fake chat */

static enum err chat_created(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind kind, struct str name,
	struct chat_id *out)
{
	(void)tx;
	(void)kind;
	assert_true(org.v > 0 && name.n > 0);
	world.created++;
	out->v = 1000 + unit.v;
	return ERR_OK;
}

static enum err chat_renamed(struct tx *tx, struct org_id org, struct unit_id unit, struct str name)
{
	(void)tx;
	assert_true(org.v > 0 && unit.v > 0 && name.n > 0);
	world.renamed++;
	return ERR_OK;
}

static enum err unit_ended(struct tx *tx, struct org_id org, struct unit_id unit)
{
	(void)tx;
	assert_true(org.v > 0 && unit.v > 0);
	world.ended++;
	return ERR_OK;
}

static enum err unit_restored(struct tx *tx, struct org_id org, struct unit_id unit)
{
	(void)tx;
	assert_true(org.v > 0 && unit.v > 0);
	world.restored++;
	return ERR_OK;
}

static enum err teaching_changed(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject)
{
	(void)tx;
	assert_true(org.v > 0 && unit.v > 0 && subject.v > 0);
	world.taught++;
	return ERR_OK;
}

static enum err set_changed(struct tx *tx, struct org_id org, struct set_id set)
{
	(void)tx;
	assert_true(org.v > 0 && set.v > 0);
	world.sets++;
	return ERR_OK;
}

static size_t place(int64_t unit, int64_t person)
{
	for (size_t i = 0; i < world.roster_n; i++)
		if (world.roster[i].unit == unit && world.roster[i].person == person)
			return i;
	return SIZE_MAX;
}

static enum err person_placed(struct tx *tx, struct org_id org, struct person_id person)
{
	struct school_place now;
	assert_true(org.v > 0);
	for (size_t i = world.roster_n; i-- > 0;)
		if (world.roster[i].org == org.v && world.roster[i].person == person.v)
			world.roster[i] = world.roster[--world.roster_n];
	enum err e = school_place(tx, org, person, &now);
	for (size_t i = 0; !e && i < now.unit_n; i++) {
		assert_true(world.roster_n < sizeof world.roster / sizeof *world.roster);
		world.roster[world.roster_n].org = org.v;
		world.roster[world.roster_n].unit = now.units[i].unit.v;
		world.roster[world.roster_n].person = person.v;
		world.roster[world.roster_n++].lead = now.units[i].lead;
	}
	return e;
}

bool world_in_chat(int64_t unit, int64_t person, bool *lead_out)
{
	size_t i = place(unit, person);
	if (i != SIZE_MAX && lead_out)
		*lead_out = world.roster[i].lead;
	return i != SIZE_MAX;
}

/* --- making the world */

int64_t world_person(const char *phone, const char *family, const char *given)
{
	struct person_id id;
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, account_person_new(tx, str_of(phone), str_of(given), str_of(family), STR(""), &id)), ERR_OK);
	return id.v;
}

int world_join(int64_t org, int64_t person, enum role role, int64_t unit, bool lead)
{
	bool changed;
	struct tx *tx = store_begin(world.s, store_actor(0));
	return store_code(world.s, school_join(tx, (struct org_id){org}, (struct person_id){person}, role, (struct unit_id){unit}, lead, &changed));
}

void world_confirm(int64_t org, int64_t person)
{
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s,
		school_verify(tx, (struct org_id){org}, (struct person_id){person}, true, (struct person_id){0}, STR(""))), ERR_OK);
}

static void make_org(struct world_org *o, int i)
{
	static const char *const families[] = {"Админова", "Замова", "Директоров", "Учителева", "Ученикова", "Родителева"};
	struct org_id org;
	struct unit_id a, b;
	struct tx *tx = store_begin(world.s, store_actor(0));
	enum err e = school_org_new(tx, STR("Школа № 98"), STR("Школа 98"), i ? API_ORG_TYPE_COLLEGE : API_ORG_TYPE_SCHOOL, &org);
	if (!e)
		e = school_unit_new(tx, org, API_UNIT_KIND_CLASS, STR("7А"), &a);
	if (!e)
		e = school_unit_new(tx, org, API_UNIT_KIND_CLASS, STR("7Б"), &b);
	assert_int_equal(store_end(world.s, e), ERR_OK);
	*o = (struct world_org){.id = org.v, .staff = a.v - 1, .class_a = a.v, .class_b = b.v};
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999%d00000%d", i + 1, role);
		o->person[role] = world_person(phone, families[role], "Анна");
		bool in_class = role == ROLE_STUDENT || role == ROLE_GUARDIAN || role == ROLE_TEACHER;
		assert_int_equal(world_join(o->id, o->person[role], (enum role)role, in_class ? a.v : 0, role == ROLE_TEACHER), 0);
		if (school_is_staff((enum role)role))
			world_confirm(o->id, o->person[role]);
	}
}

int world_setup(void **state)
{
	(void)state;
	const struct store_room rooms[] = {{account_migrations, account_migration_count}, {school_migrations, school_migration_count}};
	const struct school_hooks hooks = {.unit_created = chat_created, .unit_renamed = chat_renamed, .person_placed = person_placed,
		.unit_ended = unit_ended, .unit_restored = unit_restored, .teaching_changed = teaching_changed, .set_changed = set_changed};
	world = (struct world){.s = store_open(rooms, 2)};
	stream_register(STREAM_PERSON, &account_person_stream);
	stream_register(STREAM_ORG, &school_org_stream);
	policy_register(TARGET_ORG, school_relation_org);
	policy_register(TARGET_UNIT, school_relation_unit);
	policy_register(TARGET_INVITE, school_relation_invite);
	account_set_newcomer_hook(school_newcomer);
	account_set_came_in_hook(school_came_in);
	policy_set_confirmed(school_confirmed);
	school_set_hooks(&hooks);
	for (int i = 0; i < WORLD_ORGS; i++)
		make_org(&world.org[i], i);
	world.operator = world_person("+79999999999", "Операторова", "Ольга");
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, account_operator_make(tx, (struct person_id){world.operator})), ERR_OK);
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	store_close(&world.s);
	return 0;
}

/* --- commands */

struct tx *world_begin(int64_t who)
{
	struct actor a = store_actor(who);
	a.is_operator = who == world.operator && who != 0;
	return store_begin(world.s, a);
}

#define DO WORLD_DO
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)

int do_org_create(int64_t who, const struct api_org_create *in, struct api_org *out)
{
	*out = (struct api_org){0};
	DO(who, ADMIT_OPERATOR, TARGET_NONE, 0, org_create(tx, in, out));
}

int do_org_list(int64_t who, const struct api_page *in, struct api_org_list *out)
{
	*out = (struct api_org_list){0};
	DO(who, ADMIT_OPERATOR, TARGET_NONE, 0, org_list(tx, in, out));
}

int do_org_get(int64_t who, int64_t org, struct api_org *out)
{
	DO(who, ADMIT_MEMBER, TARGET_ORG, org, org_get(tx, &(struct api_org_get){.org_id = org}, out));
}

int do_unit_create(int64_t who, int64_t org, enum api_unit_kind kind, const char *name, struct api_unit *out)
{
	struct api_unit_create in = {.org_id = org, .kind = kind, .name = str_of(name)};
	DO(who, ADMINS, TARGET_ORG, org, unit_create(tx, &in, out));
}

int do_unit_rename(int64_t who, int64_t unit, const char *name, struct api_unit *out)
{
	struct api_unit_rename in = {.unit_id = unit, .name = str_of(name)};
	DO(who, ADMINS, TARGET_UNIT, unit, unit_rename(tx, &in, out));
}

int do_unit_list(int64_t who, int64_t org, int64_t after, struct api_unit_page *out)
{
	struct api_unit_list in = {.org_id = org, .has_after = after > 0, .after = after};
	*out = (struct api_unit_page){0};
	DO(who, ADMINS | ADMIT_HEAD | ADMIT_TEACHER, TARGET_ORG, org, unit_list(tx, &in, out));
}

int do_member_list(int64_t who, const struct api_member_list *in, struct api_member_page *out)
{
	*out = (struct api_member_page){0};
	DO(who, ADMINS | ADMIT_HEAD, TARGET_ORG, in->org_id, member_list(tx, in, out));
}

int do_unit_member_add(int64_t who, int64_t unit, int64_t person, int lead, struct api_member *out)
{
	struct api_unit_member_add in = {.unit_id = unit, .person_id = person, .has_lead = lead >= 0, .lead = lead > 0};
	DO(who, ADMINS, TARGET_UNIT, unit, unit_member_add(tx, &in, out));
}

int do_unit_member_remove(int64_t who, int64_t unit, int64_t person)
{
	struct api_unit_member_remove in = {.unit_id = unit, .person_id = person};
	DO(who, ADMINS, TARGET_UNIT, unit, unit_member_remove(tx, &in, &(struct api_empty){0}));
}

int do_member_remove(int64_t who, int64_t org, int64_t person)
{
	struct api_member_remove in = {.org_id = org, .person_id = person};
	DO(who, ADMINS, TARGET_ORG, org, member_remove(tx, &in, &(struct api_empty){0}));
}

int do_invite_create(int64_t who, const struct api_invite_create *in, struct api_invite *out)
{
	DO(who, ADMINS | REQUIRE_CONFIRMED, TARGET_ORG, in->org_id, invite_create(tx, in, out));
}

int do_verification_submit(int64_t who, const struct api_verification_submit *in, struct api_membership *out)
{
	DO(who, ADMIT_COADMIN | ADMIT_HEAD | ADMIT_TEACHER, TARGET_ORG, in->org_id, verification_submit(tx, in, out));
}

int do_verification_decide(int64_t who, const struct api_verification_decide *in, struct api_verification_decided *out)
{
	DO(who, ADMINS | REQUIRE_CONFIRMED, TARGET_ORG, in->org_id, verification_decide(tx, in, out));
}

int do_verification_list(int64_t who, const struct api_verification_list *in, struct api_verification_page *out)
{
	*out = (struct api_verification_page){0};
	DO(who, ADMINS, TARGET_ORG, in->org_id, verification_list(tx, in, out));
}

int do_name_change_request(int64_t who, const struct api_name_change_request *in, struct api_name_change *out)
{
	*out = (struct api_name_change){0};
	DO(who, ADMIT_MEMBER, TARGET_ORG, in->org_id, name_change_request(tx, in, out));
}

int do_name_change_list(int64_t who, const struct api_name_change_list *in, struct api_name_change_page *out)
{
	*out = (struct api_name_change_page){0};
	DO(who, ADMINS, TARGET_ORG, in->org_id, name_change_list(tx, in, out));
}

int do_name_change_decide(int64_t who, const struct api_name_change_decide *in, struct api_name_change *out)
{
	*out = (struct api_name_change){0};
	DO(who, ADMINS | REQUIRE_CONFIRMED, TARGET_ORG, in->org_id, name_change_decide(tx, in, out));
}

int do_invite_list(int64_t who, const struct api_invite_list *in, struct api_invite_page *out)
{
	*out = (struct api_invite_page){0};
	DO(who, ADMINS, TARGET_ORG, in->org_id, invite_list(tx, in, out));
}

int do_invite_annul(int64_t who, int64_t invite, struct api_invite *out)
{
	DO(who, ADMINS, TARGET_INVITE, invite, invite_annul(tx, &(struct api_invite_annul){.invite_id = invite}, out));
}

int do_invite_preview(const char *token, struct api_invite_previewed *out)
{
	*out = (struct api_invite_previewed){0};
	DO(0, ADMIT_ANYONE, TARGET_NONE, 0, invite_preview(tx, &(struct api_invite_preview){.token = str_of(token)}, out));
}

int do_invite_accept(int64_t who, const struct api_invite_accept *in, struct api_signed_in *out)
{
	*out = (struct api_signed_in){0};
	DO(who, ADMIT_ANYONE, TARGET_NONE, 0, invite_accept(tx, in, out));
}

int do_code(const char *phone)
{
	struct api_code_requested out;
	DO(0, ADMIT_ANYONE, TARGET_NONE, 0, code_request(tx, &(struct api_code_request){.phone = str_of(phone)}, &out));
}

static int do_sign_in_step(const char *phone, struct api_sign_in_done *out)
{
	struct api_sign_in in = {.phone = str_of(phone), .code = str_of(world.s->sent_code)};
	DO(0, ADMIT_ANYONE, TARGET_NONE, 0, sign_in(tx, &in, out));
}

int do_sign_in(const char *phone, struct api_signed_in *out)
{
	struct api_sign_in_done done = {0};
	int code = do_sign_in_step(phone, &done);
	*out = (struct api_signed_in){.person = done.person};
	return code;
}

int come_in(const char *token, const char *phone, const char *family, const char *given, int64_t *person_out)
{
	struct api_signed_in out;
	world.s->now_ms += ACCOUNT_CODE_PAUSE_MS;
	assert_int_equal(do_code(phone), 0);
	struct api_invite_accept in = {.token = str_of(token),
		.has_phone = true, .phone = str_of(phone),
		.has_code = true, .code = str_of(world.s->sent_code),
		.has_given_name = true, .given_name = str_of(given),
		.has_family_name = true, .family_name = str_of(family)};
	int code = do_invite_accept(0, &in, &out);
	if (!code && person_out)
		*person_out = out.person.id;
	return code;
}

const char *link_of(int org, enum api_invite_create_role role, int64_t unit, bool lead, int64_t uses)
{
	static char kept[8][64];
	static size_t next;
	struct api_invite out;
	struct api_invite_create in = {.org_id = world.org[org].id,
		.role = role,
		.has_unit_id = unit > 0, .unit_id = unit,
		.has_lead = lead, .lead = lead,
		.has_max_uses = true, .max_uses = uses};
	assert_int_equal(do_invite_create(world.org[org].person[ROLE_ADMIN], &in, &out), 0);
	char *copy = kept[next++ % 8];
	assert_true(out.token.n >= 22 && out.token.n < sizeof kept[0]);
	snprintf(copy, sizeof kept[0], "%.*s", (int)out.token.n, out.token.p);
	return copy;
}
