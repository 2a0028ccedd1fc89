/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of chats: posting and read marks. Owned by room chat; on a worker's thread, inside a transaction.
 */
#include "chat/chat.h"

#include "chat/chat_call.h"
#include "chat/chat_sql.h"
#include "chat/text.h"

#define CLIENT_ID_BYTES 16

enum err chat_find(struct tx *tx, struct org_id org, const struct chat_of *of, struct chat_id *out)
{
	struct chat c;
	bool found;
	struct chat_preset preset = {.kind = of->kind, .unit = of->unit.v, .subject = of->subject.v, .set = of->set.v};
	enum err e = chat_sql_of_preset(tx, org.v, &preset, &c, &found);
	out->v = !e && found ? c.id : 0;
	return e;
}

enum err chat_of_unit(struct tx *tx, struct org_id org, struct unit_id unit, struct chat_id *out)
{
	return chat_find(tx, org, &(struct chat_of){.kind = API_CHAT_KIND_UNIT, .unit = unit}, out);
}

static enum err clean_text(struct tx *tx, struct str text, struct str *out)
{
	switch (chat_text_clean(tx->arena, text, out)) {
	case CHAT_TEXT_OK:
		return ERR_OK;
	case CHAT_TEXT_NOMEM:
		return ERR_NOMEM;
	case CHAT_TEXT_EMPTY:
	case CHAT_TEXT_TOO_LONG:
	case CHAT_TEXT_NOT_UTF8:
		break;
	}
	return tx_refuse(tx, API_INVALID_FIELD, "text", NULL);
}

static struct str hex_of(struct arena *a, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(a, bytes.n * 2 + 1);
	if (!text)
		return (struct str){NULL, 0};
	for (size_t i = 0; i < bytes.n; i++) {
		text[2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
		text[2 * i + 1] = digits[(unsigned char)bytes.p[i] & 15];
	}
	return str_n(text, bytes.n * 2);
}

/* The first answer again, or a refusal when the id stood for something else. */
static enum err answer_again(struct tx *tx, const struct relation *rel, const struct api_message *first, struct str text,
	struct api_message_posted *out)
{
	if (first->chat_id != rel->chat_id || !str_eq(first->text, text))
		return tx_refuse(tx, API_ID_REUSED, "client_id", NULL);
	*out = (struct api_message_posted){
		.chat_id = first->chat_id,
		.seq = first->seq,
		.number = first->number,
		.client_id = first->client_id,
		.created_at = first->created_at,
	};
	return ERR_OK;
}

/* The client_id is in the store already. What this try has written (the head's bump) is taken back; the first answer stands. */
static enum err answer_repeated(struct tx *tx, const struct relation *rel, struct str client_id, struct str text, struct api_message_posted *out)
{
	struct api_message first;
	bool found;
	enum err e = chat_sql_message_of_client(tx, tx->actor.person.v, client_id, &first, &found);
	if (e)
		return e;
	CHECK(found);
	tx->undo = true;
	return answer_again(tx, rel, &first, text, out);
}

/* The hot path: three writes and the frame. A repeated client_id shows in the INSERT, the rare case, not in a look-up each time. text: clean. */
static enum err post(struct tx *tx, const struct relation *rel, struct str client_id, struct str text, struct str card, struct api_message_posted *out)
{
	CHECK(client_id.n == CLIENT_ID_BYTES);
	int64_t person = tx->actor.person.v;
	struct api_message_posted_event event = {0};
	struct api_message *m = &event.message;
	bool inserted;
	enum err e = chat_sql_bump_for_message(tx, rel->org_id, rel->chat_id, person, &m->seq, &m->number);
	if (e)
		return e;
	m->text = text;
	m->has_card = card.n != 0;
	m->card = card;
	m->chat_id = rel->chat_id;
	m->sender_id = person;
	m->client_id = hex_of(tx->arena, client_id);
	m->created_at = tx->now_ms;
	if (!m->client_id.p)
		return ERR_NOMEM;
	e = chat_sql_message_insert(tx, rel->org_id, m, client_id, &inserted);
	if (!e && !inserted)
		return answer_repeated(tx, rel, client_id, m->text, out);
	if (!e)
		e = chat_sql_mark_posted(tx, rel->org_id, rel->chat_id, person, m->seq, m->number);
	if (!e)
		e = event_message_posted_stored(tx, chat_stream((struct chat_id){rel->chat_id}), m->seq, &event);
	if (e)
		return e;
	*out = (struct api_message_posted){
		.chat_id = m->chat_id,
		.seq = m->seq,
		.number = m->number,
		.client_id = m->client_id,
		.created_at = m->created_at,
	};
	return ERR_OK;
}

enum err chat_post(struct tx *tx, const struct relation *rel, struct str client_id, struct str text, struct api_message_posted *out)
{
	struct str clean;
	enum err e = clean_text(tx, text, &clean);
	return e ? e : post(tx, rel, client_id, clean, (struct str){NULL, 0}, out);
}

enum err chat_post_card(struct tx *tx, const struct relation *rel, struct str client_id, struct str card, struct api_message_posted *out)
{
	return post(tx, rel, client_id, STR(""), card, out);
}

/* The new mark is in the store; tell the person's other devices, and the chat when he became one of the first readers. */
static enum err tell_mark(struct tx *tx, const struct relation *rel, int64_t seq, int64_t count)
{
	int64_t person = tx->actor.person.v;
	struct api_chat_read_event own = {.chat_id = rel->chat_id, .read_seq = seq, .read_count = count};
	enum err e = event_chat_read(tx, person_stream(tx->actor.person), &own);
	struct chat chat;
	bool found;
	if (!e)
		e = chat_sql_find(tx, rel->org_id, rel->chat_id, &chat, &found);
	if (e)
		return e;
	CHECK(found);
	if (!first_readers_advance(&chat.readers, person, seq))
		return ERR_OK;
	e = chat_sql_set_readers(tx, rel->org_id, rel->chat_id, &chat.readers);
	struct api_read_advanced_event all = {.person_id = person, .read_seq = seq};
	return e ? e : event_read_advanced(tx, chat_stream((struct chat_id){rel->chat_id}), &all);
}

enum err chat_mark_read(struct tx *tx, const struct relation *rel, int64_t seq, struct api_chat_read_done *out)
{
	int64_t person = tx->actor.person.v, mark, count;
	struct chat_member m;
	bool found;
	enum err e = chat_sql_member(tx, rel->org_id, rel->chat_id, person, &m, &found);
	if (e)
		return e;
	CHECK(found);
	if (seq > m.read_seq) {
		/* A mark stands at a message, so that read_advanced events, which take seqs themselves, are never "read". */
		e = chat_sql_message_at(tx, rel->org_id, rel->chat_id, seq, &mark, &count);
		if (!e && mark > m.read_seq) {
			m.read_seq = mark;
			m.read_count = count;
			e = chat_sql_mark(tx, rel->org_id, rel->chat_id, person, mark, count);
			if (!e)
				e = tell_mark(tx, rel, mark, count);
		}
	}
	*out = (struct api_chat_read_done){.chat_id = rel->chat_id, .read_seq = m.read_seq, .read_count = m.read_count};
	return e;
}
