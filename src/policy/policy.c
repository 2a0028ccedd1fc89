/* SPDX-License-Identifier: Apache-2.0
 *
 * The check of rights. The resolvers are registered before the first thread and constant afterwards; everything else is pure.
 */
#include "policy/policy.h"

#include "api.gen.h"

static policy_resolver resolvers[TARGET_COUNT];
static policy_confirmed confirmed;

void policy_register(enum target kind, policy_resolver resolver)
{
	CHECK(kind > TARGET_NONE && kind < TARGET_COUNT);
	resolvers[kind] = resolver;
}

void policy_set_confirmed(policy_confirmed ask)
{
	confirmed = ask;
}

static uint32_t words_of_role(enum role role)
{
	switch (role) {
	case ROLE_NONE:
		return 0;
	case ROLE_ADMIN:
		return ADMIT_ADMIN;
	case ROLE_COADMIN:
		return ADMIT_COADMIN;
	case ROLE_HEAD:
		return ADMIT_HEAD;
	case ROLE_TEACHER:
		return ADMIT_TEACHER;
	case ROLE_STUDENT:
		return ADMIT_STUDENT;
	case ROLE_GUARDIAN:
		return ADMIT_GUARDIAN;
	}
	BUG("role %d", (int)role);
}

/* Every word that is true of the caller, as bits; whoever is not signed in has the one word only, whatever the relation says. */
static uint32_t words_of(bool signed_in, bool is_operator, const struct relation *r)
{
	uint32_t words = ADMIT_ANYONE;
	if (!signed_in)
		return words;
	words |= ADMIT_PERSON;
	if (is_operator)
		words |= ADMIT_OPERATOR;
	if (!r->known)
		return words;
	uint32_t role = words_of_role(r->role);
	if (role)
		words |= ADMIT_MEMBER | role;
	if (r->unit_lead)
		words |= ADMIT_UNIT_LEAD;
	if (r->unit_teacher)
		words |= ADMIT_UNIT_TEACHER;
	if (r->chat_member)
		words |= ADMIT_CHAT_MEMBER;
	if (r->stream_follower)
		words |= ADMIT_STREAM_FOLLOWER;
	if (r->curator)
		words |= ADMIT_CURATOR;
	if (r->chat_writer)
		words |= ADMIT_CHAT_WRITER;
	if (r->chat_keeper)
		words |= ADMIT_CHAT_KEEPER;
	if (r->call_member)
		words |= ADMIT_CALL_MEMBER;
	if (r->call_host)
		words |= ADMIT_CALL_HOST;
	return words;
}

bool policy_admits(uint32_t admit, bool signed_in, bool is_operator, const struct relation *r)
{
	return (admit & words_of(signed_in, is_operator, r)) != 0;
}

/* R37. An administrator was appointed by an order, and pupils and parents have nothing to confirm. */
static enum err check_confirmed(struct tx *tx)
{
	if (!tx->rel.known || tx->rel.role < ROLE_COADMIN || tx->rel.role > ROLE_TEACHER)
		return ERR_OK;
	bool is = false;
	CHECK(confirmed);
	enum err e = confirmed(tx, (struct org_id){tx->rel.org_id}, tx->actor.person, &is);
	return !e && !is ? tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.unconfirmed") : e;
}

/* A member who may not post is told why. */
static const char *sentence_of(uint32_t admit, const struct relation *r)
{
	if (!(admit & ADMIT_CHAT_WRITER) || !r->chat_member)
		return NULL;
	return r->chat_archived ? "forbidden.chat_archived" : "forbidden.channel_reader";
}

enum err policy_check(struct tx *tx, uint32_t admit, enum target kind, int64_t id)
{
	CHECK(kind >= TARGET_NONE && kind < TARGET_COUNT);
	tx->rel = (struct relation){.role = ROLE_NONE};
	bool signed_in = tx->actor.person.v != 0;
	if (!signed_in && !(admit & ADMIT_ANYONE))
		return tx_refuse(tx, API_NOT_SIGNED_IN, NULL, NULL);
	if (kind != TARGET_NONE) {
		CHECK(resolvers[kind]);
		struct relation found = {.role = ROLE_NONE};
		enum err e = signed_in ? resolvers[kind](tx, id, &found) : ERR_OK;
		if (e)
			return e;
		/* No relation and no such object look the same. */
		if (!found.known)
			return tx_refuse(tx, API_NOT_FOUND, NULL, NULL);
		tx->rel = found;
	}
	if (!policy_admits(admit, signed_in, tx->actor.is_operator, &tx->rel))
		return tx_refuse(tx, API_FORBIDDEN, NULL, sentence_of(admit, &tx->rel));
	return admit & REQUIRE_CONFIRMED ? check_confirmed(tx) : ERR_OK;
}
