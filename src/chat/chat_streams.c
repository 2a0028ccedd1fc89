/* SPDX-License-Identifier: Apache-2.0
 *
 * What server and policy ask this room: the chat's stream, who follows what, what a person is to a chat. Owned by room chat; on a
 * worker's thread, inside a transaction.
 */
#include "chat/chat.h"

#include "account/account.h"
#include "chat/chat_sql.h"

struct emitter {
	struct buf json;
	enum err (*emit)(void *user, int64_t seq, int64_t at, const char *type, struct str data);
	void *user;
};

static enum err emit_message(void *user, const struct api_message *m)
{
	struct emitter *to = user;
	struct api_message_posted_event event = {.message = *m};
	struct json_writer w;
	buf_clear(&to->json);
	json_writer_init(&w, &to->json);
	api_message_posted_event_encode(&w, &event);
	return to->json.err ? to->json.err : to->emit(to->user, m->seq, m->created_at, "message_posted", buf_str(&to->json));
}

static enum err messages_as_events(struct tx *tx, int64_t chat, int64_t after, int64_t upto,
	enum err (*emit)(void *user, int64_t seq, int64_t at, const char *type, struct str data), void *user)
{
	struct emitter to = {.emit = emit, .user = user};
	buf_init(&to.json, 256 * 1024); /* a text of 4000 code points is at most 16,000 bytes, six times that when all is escaped */
	enum err e = chat_sql_stream_messages(tx, chat, after, upto, emit_message, &to);
	buf_release(&to.json);
	return e;
}

const struct stream_ops chat_stream_ops = {
	.bump_sql = "UPDATE chat SET head = head + 1 WHERE id = ?1 RETURNING head",
	.head_sql = "SELECT head FROM chat WHERE id = ?1",
	.extra = messages_as_events,
};

/* Whoever runs the organisation knows that a chat is there, though he is not in it: he is refused what is said in it, not its being. */
/* Whether the person leads the unit that the free chat was made for: he looks after it, whoever made it (R17). */
static enum err leads_its_unit(struct tx *tx, int64_t org, int64_t chat, bool *lead_out)
{
	int64_t unit;
	*lead_out = false;
	enum err e = chat_sql_free_unit(tx, org, chat, &unit);
	if (!e && unit)
		e = school_unit_member_get(tx, (struct org_id){org}, (struct unit_id){unit}, tx->actor.person, lead_out);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err chat_relation(struct tx *tx, int64_t chat_id, struct relation *out)
{
	enum err e = chat_sql_relation(tx, chat_id, tx->actor.person.v, out);
	int64_t org;
	enum role role;
	bool lead = false;
	if (!e && out->known && out->unit_id && !out->chat_keeper && school_is_staff(out->role))
		e = leads_its_unit(tx, out->org_id, chat_id, &out->chat_keeper);
	if (e || out->known)
		return e;
	e = chat_sql_org_of(tx, chat_id, &org);
	if (e || !org)
		return e;
	e = school_member_role(tx, (struct org_id){org}, tx->actor.person, &role);
	if (!e && school_is_staff(role))
		e = leads_its_unit(tx, org, chat_id, &lead);
	if (!e && (lead || school_follows_org(role)))
		*out = (struct relation){.known = true, .org_id = org, .role = role, .chat_id = chat_id, .chat_keeper = lead};
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err chat_stream_relation(struct tx *tx, int64_t stream, struct relation *out)
{
	struct stream_id s = {stream};
	int64_t object = stream_object(s);
	switch (stream_kind_of(s)) {
	case STREAM_CHAT: {
		enum err e = chat_sql_relation(tx, object, tx->actor.person.v, out);
		out->stream_follower = out->known;
		return e;
	}
	case STREAM_PERSON:
		out->known = out->stream_follower = object == tx->actor.person.v && object != 0;
		return ERR_OK;
	case STREAM_ORG: {
		enum err e = school_relation_org_stream(tx, object, out);
		/* To everybody else in the organisation its stream is as unknown as to a stranger. */
		if (!e && !out->stream_follower)
			*out = (struct relation){.role = ROLE_NONE};
		return e;
	}
	case STREAM_CALL: /* room lesson's */
	case STREAM_KINDS:
		break;
	}
	return ERR_OK;
}

enum err chat_list_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	int64_t head;
	bool found;
	enum err e = db_int(tx->db, &found, &head, account_person_stream.head_sql, "i", p.v);
	if (e || !found)
		return e;
	add(user, person_stream(p), head);
	e = school_list_org_streams(tx, p, add, user);
	return e ? e : chat_sql_heads_of(tx, p.v, add, user);
}
