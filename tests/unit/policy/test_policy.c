/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of rights against every relation, and the check's three refusals.
 */
#include "policy/policy.h"

#include "api.gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define WORDS 14

/* What each word means, written a second time and one by one: the table of the test. */
static bool word_is_true(int bit, bool signed_in, bool is_operator, const struct relation *r)
{
	bool member = signed_in && r->known && r->role != ROLE_NONE;
	switch (1u << bit) {
	case ADMIT_ANYONE:
		return true;
	case ADMIT_PERSON:
		return signed_in;
	case ADMIT_OPERATOR:
		return signed_in && is_operator;
	case ADMIT_MEMBER:
		return member;
	case ADMIT_ADMIN:
		return member && r->role == ROLE_ADMIN;
	case ADMIT_COADMIN:
		return member && r->role == ROLE_COADMIN;
	case ADMIT_HEAD:
		return member && r->role == ROLE_HEAD;
	case ADMIT_TEACHER:
		return member && r->role == ROLE_TEACHER;
	case ADMIT_STUDENT:
		return member && r->role == ROLE_STUDENT;
	case ADMIT_GUARDIAN:
		return member && r->role == ROLE_GUARDIAN;
	case ADMIT_UNIT_LEAD:
		return signed_in && r->known && r->unit_lead;
	case ADMIT_CHAT_MEMBER:
		return signed_in && r->known && r->chat_member;
	case ADMIT_STREAM_FOLLOWER:
		return signed_in && r->known && r->stream_follower;
	case ADMIT_CURATOR:
		return signed_in && r->known && r->curator;
	default:
		fail();
		return false;
	}
}

/* Every set of words x every relation: 16384 x 896. */
static void test_every_word_every_relation(void **state)
{
	(void)state;
	for (int role = ROLE_NONE; role <= ROLE_GUARDIAN; role++) {
		for (unsigned flags = 0; flags < 128; flags++) {
			bool signed_in = flags & 1, is_operator = flags & 2;
			struct relation r = {.known = flags & 4, .role = (enum role)role, .unit_lead = flags & 8,
				.chat_member = flags & 16, .stream_follower = flags & 32, .curator = flags & 64, .org_id = 7};
			uint32_t truths = 0;
			for (int bit = 0; bit < WORDS; bit++)
				truths |= word_is_true(bit, signed_in, is_operator, &r) ? 1u << bit : 0;
			for (uint32_t admit = 0; admit < 1u << WORDS; admit++)
				if (policy_admits(admit, signed_in, is_operator, &r) != ((admit & truths) != 0))
					fail_msg("admit %x role %d flags %x", admit, role, flags);
		}
	}
}

static struct relation answer;
static enum err answer_err;
static int64_t asked;

static enum err resolver(struct tx *tx, int64_t id, struct relation *out)
{
	(void)tx;
	asked = id;
	*out = answer;
	return answer_err;
}

static int check(struct tx *tx, int64_t person, uint32_t admit, enum target kind)
{
	*tx = (struct tx){.actor.person.v = person};
	asked = 0;
	enum err e = policy_check(tx, admit, kind, 42);
	assert_true(e == ERR_OK || e == ERR_REFUSED);
	return e ? tx->refusal.code : 0;
}

static void test_refusals(void **state)
{
	(void)state;
	struct tx tx;
	policy_register(TARGET_ORG, resolver);
	answer_err = ERR_OK;
	answer = (struct relation){.known = true, .org_id = 3, .role = ROLE_TEACHER};

	assert_int_equal(check(&tx, 0, ADMIT_ADMIN, TARGET_ORG), API_NOT_SIGNED_IN);
	assert_int_equal(asked, 0); /* nothing is looked up for strangers */
	assert_int_equal(check(&tx, 0, ADMIT_PERSON, TARGET_NONE), API_NOT_SIGNED_IN);
	assert_int_equal(check(&tx, 0, ADMIT_ANYONE, TARGET_NONE), 0);
	assert_int_equal(check(&tx, 0, ADMIT_ANYONE, TARGET_ORG), API_NOT_FOUND);
	assert_int_equal(check(&tx, 5, ADMIT_PERSON, TARGET_NONE), 0);
	assert_int_equal(check(&tx, 5, ADMIT_OPERATOR, TARGET_NONE), API_FORBIDDEN);
	assert_int_equal(check(&tx, 5, ADMIT_ADMIN | ADMIT_COADMIN, TARGET_ORG), API_FORBIDDEN);
	assert_int_equal(asked, 42);
	assert_int_equal(check(&tx, 5, ADMIT_ADMIN | ADMIT_TEACHER, TARGET_ORG), 0);
	assert_int_equal(tx.rel.org_id, 3);

	answer = (struct relation){.known = false, .org_id = 3, .role = ROLE_ADMIN};
	assert_int_equal(check(&tx, 5, ADMIT_ADMIN, TARGET_ORG), API_NOT_FOUND);
	assert_int_equal(tx.rel.org_id, 0); /* nothing leaks to whoever looks at tx afterwards */

	/* An operator who is no member stays outside. */
	tx = (struct tx){.actor = {.person.v = 5, .is_operator = true}};
	assert_int_equal(policy_check(&tx, ADMIT_OPERATOR | ADMIT_ADMIN, TARGET_ORG, 42), ERR_REFUSED);
	assert_int_equal(tx.refusal.code, API_NOT_FOUND);

	answer_err = ERR_IO;
	tx = (struct tx){.actor.person.v = 5};
	assert_int_equal(policy_check(&tx, ADMIT_ADMIN, TARGET_ORG, 42), ERR_IO);
}

static bool is_confirmed;

static enum err ask_confirmed(struct tx *tx, struct org_id org, struct person_id person, bool *out)
{
	assert_true(org.v == 3 && person.v == tx->actor.person.v);
	*out = is_confirmed;
	return ERR_OK;
}

/* R37: a condition for coadmin, head and teacher only; the administrator was appointed, the others have nothing to confirm. */
static void test_confirmed(void **state)
{
	(void)state;
	struct tx tx;
	const uint32_t admit = ADMIT_MEMBER | REQUIRE_CONFIRMED;
	policy_register(TARGET_ORG, resolver);
	policy_set_confirmed(ask_confirmed);
	answer_err = ERR_OK;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		answer = (struct relation){.known = true, .org_id = 3, .role = (enum role)role};
		bool staff_below_admin = role == ROLE_COADMIN || role == ROLE_HEAD || role == ROLE_TEACHER;
		is_confirmed = false;
		assert_int_equal(check(&tx, 5, admit, TARGET_ORG), staff_below_admin ? API_FORBIDDEN : 0);
		assert_int_equal(check(&tx, 5, ADMIT_MEMBER, TARGET_ORG), 0);
		is_confirmed = true;
		assert_int_equal(check(&tx, 5, admit, TARGET_ORG), 0);
		assert_int_equal(check(&tx, 0, admit, TARGET_ORG), API_NOT_SIGNED_IN);
	}
	assert_int_equal(check(&tx, 5, ADMIT_OPERATOR | REQUIRE_CONFIRMED, TARGET_ORG), API_FORBIDDEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_every_relation),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_confirmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
