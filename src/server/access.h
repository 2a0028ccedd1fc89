/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of rights: who may call a command, on what kind of object, and what a person is to it. The check itself is
 * policy's; server only carries the words from the generated table to it.
 */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Roles of a member; the same order as Role in api/school.yaml (checked at compile time by app). */
enum role { ROLE_NONE = -1, ROLE_ADMIN, ROLE_COADMIN, ROLE_HEAD, ROLE_TEACHER, ROLE_STUDENT, ROLE_GUARDIAN };

enum admit { /* bits */
	ADMIT_ANYONE = 1 << 0,
	ADMIT_PERSON = 1 << 1,
	ADMIT_OPERATOR = 1 << 2,
	ADMIT_MEMBER = 1 << 3,
	ADMIT_ADMIN = 1 << 4,
	ADMIT_COADMIN = 1 << 5,
	ADMIT_HEAD = 1 << 6,
	ADMIT_TEACHER = 1 << 7,
	ADMIT_STUDENT = 1 << 8,
	ADMIT_GUARDIAN = 1 << 9,
	ADMIT_UNIT_LEAD = 1 << 10,
	ADMIT_CHAT_MEMBER = 1 << 11,
	ADMIT_STREAM_FOLLOWER = 1 << 12,
	ADMIT_CURATOR = 1 << 13, /* municipal curator of the target organisation */
	ADMIT_CHAT_WRITER = 1 << 14, /* a member who may post now */
	ADMIT_CHAT_KEEPER = 1 << 15, /* a member who looks after a free chat */
	ADMIT_CALL_MEMBER = 1 << 16, /* may come into the call */
	ADMIT_CALL_HOST = 1 << 17,   /* runs it */
	ADMIT_UNIT_TEACHER = 1 << 18, /* teaches a subject in the unit */
	/* Not a word but a condition on top of them: whoever is admitted as staff must have been confirmed (R37). */
	REQUIRE_CONFIRMED = 1 << 30
};

enum target { TARGET_NONE, TARGET_ORG, TARGET_UNIT, TARGET_CHAT, TARGET_INVITE, TARGET_FILE, TARGET_STREAM, TARGET_CALL, TARGET_COUNT };

/* What a person is to an object. known = false: no relation at all, or no such object: the answer is not_found. */
struct relation {
	bool known;
	int64_t org_id;        /* of the object; 0 for none */
	enum role role;        /* in that organisation */
	bool unit_lead;        /* of the unit (or of the chat's unit) */
	bool unit_teacher;     /* teaches a subject there; looked up for units only */
	bool chat_member;
	bool stream_follower;
	bool curator;          /* municipal curator of that organisation */
	bool chat_writer, chat_keeper;
	bool chat_archived;    /* then nobody is a writer */
	bool call_member, call_host;
	int64_t unit_id, chat_id; /* when the target is or belongs to one */
	int64_t seen_after;    /* of a chat or its stream: nothing up to this seq is for this person */
};

#endif
