/* SPDX-License-Identifier: Apache-2.0
 *
 * Two organisations with the same names in them, people of every role, and one function a command that checks the rights of
 * api/school.yaml first, as the dispatcher does. The chat is a fake that keeps the roster it was told. One thread.
 */
#ifndef TESTS_UNIT_SCHOOL_WORLD_H
#define TESTS_UNIT_SCHOOL_WORLD_H

#include "policy/policy.h"
#include "school/school.h"
#include "store_fixture.h"

#define WORLD_ORGS 2

struct world_org {
	int64_t id, staff;       /* the organisation and its staff unit */
	int64_t class_a, class_b;
	int64_t person[ROLE_GUARDIAN + 1]; /* by role; student and guardian are in class_a, which the teacher leads */
};

struct world {
	struct store *s;
	struct world_org org[WORLD_ORGS]; /* a school and a college, both with units «7А» and «7Б» */
	int64_t operator;
	/* what the fake chat was told */
	struct { int64_t org, unit, person; bool lead; } roster[256];
	size_t roster_n;
	int created, renamed, ended, restored, taught, sets;
};

extern struct world world;
int world_setup(void **state);
int world_teardown(void **state);

int64_t world_person(const char *phone, const char *family, const char *given);
/* Straight into a place, by the room's own function; 0 or the code of the refusal. */
int world_join(int64_t org, int64_t person, enum role role, int64_t unit, bool lead);
void world_confirm(int64_t org, int64_t person); /* staff; those of the world are confirmed */
bool world_in_chat(int64_t unit, int64_t person, bool *lead_out);

/* One command as the dispatcher runs it: the body of a function that returns 0 or the code of the refusal. */
struct tx *world_begin(int64_t who);
#define WORLD_DO(who, admit, target, id, call) \
	do { \
		struct tx *tx = world_begin(who); \
		enum err e = policy_check(tx, (admit), (target), (id)); \
		if (!e) \
			e = (call); \
		return store_code(world.s, e); \
	} while (0)

/* Commands, by a signed-in person (0: nobody): 0 or the code of the refusal. Answers live until the next command. */
int do_org_create(int64_t who, const struct api_org_create *in, struct api_org *out);
int do_org_list(int64_t who, const struct api_page *in, struct api_org_list *out);
int do_org_get(int64_t who, int64_t org, struct api_org *out);
int do_unit_create(int64_t who, int64_t org, enum api_unit_kind kind, const char *name, struct api_unit *out);
int do_unit_rename(int64_t who, int64_t unit, const char *name, struct api_unit *out);
int do_unit_list(int64_t who, int64_t org, int64_t after, struct api_unit_page *out);
int do_member_list(int64_t who, const struct api_member_list *in, struct api_member_page *out);
int do_unit_member_add(int64_t who, int64_t unit, int64_t person, int lead, struct api_member *out); /* lead -1: not given */
int do_unit_member_remove(int64_t who, int64_t unit, int64_t person);
int do_member_remove(int64_t who, int64_t org, int64_t person);
int do_invite_create(int64_t who, const struct api_invite_create *in, struct api_invite *out);
int do_invite_list(int64_t who, const struct api_invite_list *in, struct api_invite_page *out);
int do_invite_annul(int64_t who, int64_t invite, struct api_invite *out);
int do_invite_preview(const char *token, struct api_invite_previewed *out);
int do_invite_accept(int64_t who, const struct api_invite_accept *in, struct api_signed_in *out);
int do_name_change_request(int64_t who, const struct api_name_change_request *in, struct api_name_change *out);
int do_name_change_list(int64_t who, const struct api_name_change_list *in, struct api_name_change_page *out);
int do_name_change_decide(int64_t who, const struct api_name_change_decide *in, struct api_name_change *out);
int do_verification_submit(int64_t who, const struct api_verification_submit *in, struct api_membership *out);
int do_verification_decide(int64_t who, const struct api_verification_decide *in, struct api_verification_decided *out);
int do_verification_list(int64_t who, const struct api_verification_list *in, struct api_verification_page *out);
int do_code(const char *phone); /* code_request; the code is in world.s->sent_code */
int do_sign_in(const char *phone, struct api_signed_in *out); /* with the code that was sent last */

/* Newcomer by a link with the names given: code and all. *person_out may be NULL. */
int come_in(const char *token, const char *phone, const char *family, const char *given, int64_t *person_out);
/* A copy of a link's token, made by the administrator of the organisation. unit 0: none. */
const char *link_of(int org, enum api_invite_create_role role, int64_t unit, bool lead, int64_t uses);

#endif
