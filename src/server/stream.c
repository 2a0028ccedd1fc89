/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stream.h"

#include "api.gen.h"
#include "base/vec.h"
#include "server/stream_sql.h"

static struct stream_ops registered[STREAM_KINDS]; /* filled by app before the first thread, constant afterwards */
static follow_lister lister;

void stream_register(enum stream_kind k, const struct stream_ops *ops)
{
	registered[k] = *ops;
}

void stream_set_lister(follow_lister f)
{
	lister = f;
}

enum err stream_list(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	CHECK(lister);
	return lister(tx, p, add, user);
}

void stream_event_json(struct buf *out, struct stream_id s, int64_t seq, int64_t at, const char *type, struct str data)
{
	char text[24];
	struct json_writer w;
	json_writer_init(&w, out);
	json_open_object(&w);
	json_key(&w, "stream");
	json_str(&w, stream_text(s, text));
	json_key(&w, "seq");
	json_int(&w, seq);
	json_key(&w, "type");
	json_str(&w, str_of(type));
	json_key(&w, "at");
	json_int(&w, at);
	json_key(&w, "data");
	json_raw(&w, data);
	json_close_object(&w);
}

enum err stream_append(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out)
{
	const struct stream_ops *ops = &registered[stream_kind_of(s)];
	CHECK(ops->bump_sql);
	bool found;
	enum err e = db_int(tx->db, &found, seq_out, ops->bump_sql, "i", stream_object(s));
	if (e)
		return e;
	CHECK(found); /* a room appends to streams of its own living rows only */
	return stream_sql_insert(tx->db, s, *seq_out, type, data, tx->now_ms);
}

enum err stream_event_without(struct tx *tx, struct stream_id s, const char *type, const char *path, int64_t id, const char *part)
{
	return stream_sql_without(tx->db, s, type, path, id, part);
}

enum err stream_replace_text(struct tx *tx, struct str from, struct str to)
{
	CHECK(from.n > 0);
	return stream_sql_replace(tx->db, from, to);
}

enum err stream_head(struct tx *tx, struct stream_id s, int64_t *head_out)
{
	const struct stream_ops *ops = &registered[stream_kind_of(s)];
	CHECK(ops->head_sql);
	bool found;
	enum err e = db_int(tx->db, &found, head_out, ops->head_sql, "i", stream_object(s));
	if (e)
		return e;
	return found ? ERR_OK : ERR_NOT_FOUND;
}

int64_t stream_head_or_zero(struct tx *tx, struct stream_id s)
{
	int64_t head = 0;
	return stream_head(tx, s, &head) ? 0 : head;
}

/* --- catching up: rows of the event table and what rooms keep elsewhere (messages), merged by seq */

struct page_item {
	int64_t seq;
	struct str json;
};

struct page {
	struct tx *tx;
	struct stream_id stream;
	VEC(struct page_item) items;
};

static enum err page_add(void *user, int64_t seq, int64_t at, const char *type, struct str data)
{
	struct page *p = user;
	struct buf json;
	buf_init(&json, data.n + 256);
	stream_event_json(&json, p->stream, seq, at, type, data);
	struct str copy = arena_str(p->tx->arena, buf_str(&json));
	buf_release(&json);
	if (!copy.p)
		return ERR_NOMEM;
	VEC_PUSH(&p->items, ((struct page_item){seq, copy}));
	return ERR_OK;
}

static int by_seq(const void *a, const void *b)
{
	const struct page_item *x = a, *y = b;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static enum err page_fill(struct page *p, int64_t after, int64_t upto)
{
	enum err e = stream_sql_each(p->tx, p->stream, after, upto, page_add, p);
	const struct stream_ops *ops = &registered[stream_kind_of(p->stream)];
	if (!e && ops->extra)
		e = ops->extra(p->tx, stream_object(p->stream), after, upto, page_add, p);
	if (!e && p->items.n)
		qsort(p->items.p, p->items.n, sizeof *p->items.p, by_seq);
	return e;
}

enum err events_since(struct tx *tx, const struct api_events_since *in, struct api_event_page *out)
{
	struct stream_id s;
	if (!stream_parse(in->stream, &s))
		return tx_refuse(tx, API_INVALID_FIELD, "stream", NULL);
	int64_t head, limit = in->has_limit ? in->limit : STREAM_PAGE_MAX;
	enum err e = stream_head(tx, s, &head);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, NULL, NULL);
	if (e)
		return e;
	/* Beyond the head: the client's copy is of another store (restored from a backup); only a snapshot helps. Nor does a client get
	 * what lies before its person came, or came back: its copy is of an earlier stay. */
	if (in->after > head || head - in->after > STREAM_FAR || in->after < tx->rel.seen_after)
		return tx_refuse(tx, API_TOO_FAR, "after", NULL);

	struct page page = {.tx = tx, .stream = s};
	int64_t upto = in->after + limit < head ? in->after + limit : head;
	e = page_fill(&page, in->after, upto);
	/* A hole would make the client ask for ever; it can only come from a lost row. */
	if (!e && (int64_t)page.items.n != upto - in->after)
		e = tx_refuse(tx, API_TOO_FAR, "after", NULL);
	if (!e) {
		struct str *json = arena_array(tx->arena, page.items.n ? page.items.n : 1, sizeof *json);
		if (!json)
			e = ERR_NOMEM;
		for (size_t i = 0; !e && i < page.items.n; i++)
			json[i] = page.items.p[i].json;
		out->stream = in->stream;
		out->events.items = json;
		out->events.n = page.items.n;
		out->head = head;
	}
	VEC_RELEASE(&page.items);
	return e;
}
