/* SPDX-License-Identifier: Apache-2.0
 *
 * What the chat is told of its lessons: a message with a card (MessageCard). Private to room lesson; on a worker's thread, inside a
 * transaction.
 */
#include "lesson/plan.h"

static struct str word_of(enum plan_news news)
{
	return news == PLAN_PLANNED ? STR("planned") : news == PLAN_CHANGED ? STR("changed") : STR("cancelled");
}

static enum err write_card(struct tx *tx, const struct plan *p, int64_t last, enum plan_news news, struct str *out)
{
	struct buf json;
	struct json_writer w;
	buf_init(&json, 16384);
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, "type");
	json_str(&w, STR("lesson"));
	json_key(&w, "what");
	json_str(&w, word_of(news));
	json_key(&w, "lesson_id");
	json_int(&w, p->id);
	json_key(&w, "lesson_kind");
	json_str(&w, str_of(api_lesson_kind_name(p->kind)));
	json_key(&w, "title");
	json_str(&w, p->title);
	json_key(&w, "starts_at");
	json_int(&w, p->starts_at);
	json_key(&w, "minutes");
	json_int(&w, p->minutes);
	if (last != p->starts_at) {
		json_key(&w, "weekly_until");
		json_int(&w, last);
	}
	json_close_object(&w);
	enum err e = json.err;
	*out = e ? (struct str){NULL, 0} : arena_str(tx->arena, buf_str(&json));
	buf_release(&json);
	return e ? e : out->p ? ERR_OK : ERR_NOMEM;
}

enum err plan_card(struct tx *tx, const struct plan *all, size_t n, enum plan_news news)
{
	struct chat_face face;
	struct str card;
	int64_t seq;
	struct chat_id chat = {all[0].chat_id};
	if (!tx->rel.chat_writer) /* whoever runs the organisation plans in chats that he is not in */
		return ERR_OK;
	enum err e = chat_face_get(tx, tx_org(tx), chat, &face);
	if (e || face.archived)
		return e;
	e = write_card(tx, &all[0], all[n - 1].starts_at, news, &card);
	return e ? e : chat_card(tx, tx_org(tx), chat, card, &seq);
}
