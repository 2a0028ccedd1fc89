/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tx.h"

#include "net/ws.h"
#include "server/effects.h"
#include "server/stream.h"

static const char stream_letters[] = "cpov"; /* enum stream_kind */

bool stream_parse(struct str text, struct stream_id *out)
{
	if (text.n < 2 || text.n > 18)
		return false;
	const char *at = memchr(stream_letters, text.p[0], STREAM_KINDS);
	int64_t id;
	if (!at || text.p[1] < '1' || text.p[1] > '9')
		return false;
	if (str_to_i64(str_n(text.p + 1, text.n - 1), &id) || id > API_ID_MAX)
		return false;
	*out = stream_of((enum stream_kind)(at - stream_letters), id);
	return true;
}

struct str stream_text(struct stream_id s, char out[24])
{
	struct buf b = {.p = out, .n = 0, .cap = 24, .limit = 24};
	buf_add_c(&b, stream_letters[stream_kind_of(s)]);
	buf_add_i64(&b, stream_object(s));
	return str_n(out, b.n);
}

enum err tx_refuse(struct tx *tx, int code, const char *field, const char *message_key)
{
	return refuse(&tx->refusal, code, field, message_key);
}

static struct bytes *text_frame(struct buf *json)
{
	/* The text is made of encoded parts within their own limits, so only memory can fail here. */
	CHECK(json->err == ERR_OK);
	struct bytes *frame = ws_frame(WS_TEXT, buf_str(json));
	buf_release(json);
	return frame;
}

void tx_event_stored(struct tx *tx, struct stream_id s, int64_t seq, const char *type, struct str data)
{
	struct buf json;
	buf_init(&json, data.n + 256);
	buf_reserve(&json, data.n + 256);
	stream_event_json(&json, s, seq, tx->now_ms, type, data);
	effects_add(tx->effects, &(struct effect){.kind = EFFECT_EVENT, .stream = s, .seq = seq, .frame = text_frame(&json)});
}

enum err tx_event(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out)
{
	int64_t seq;
	enum err e = stream_append(tx, s, type, data, &seq);
	if (e)
		return e;
	tx_event_stored(tx, s, seq, type, data);
	if (seq_out)
		*seq_out = seq;
	return ERR_OK;
}

/* {"follow":{"stream":"c12","head":7}} or {"unfollow":{"stream":"c12"}} */
static struct bytes *follow_frame(const char *verb, struct stream_id s, const int64_t *head)
{
	char text[24];
	struct buf json;
	struct json_writer w;
	buf_init(&json, 128);
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, verb);
	json_open_object(&w);
	json_key(&w, "stream");
	json_str(&w, stream_text(s, text));
	if (head) {
		json_key(&w, "head");
		json_int(&w, *head);
	}
	json_close_object(&w);
	json_close_object(&w);
	return text_frame(&json);
}

struct bytes *tx_follow_frame(struct stream_id s, int64_t head)
{
	return follow_frame("follow", s, &head);
}

void tx_follow(struct tx *tx, struct person_id p, struct stream_id s)
{
	int64_t head = stream_head_or_zero(tx, s);
	effects_add(tx->effects,
		&(struct effect){.kind = EFFECT_FOLLOW, .stream = s, .person = p, .seq = head, .frame = tx_follow_frame(s, head)});
}

void tx_unfollow(struct tx *tx, struct person_id p, struct stream_id s)
{
	effects_add(tx->effects,
		&(struct effect){.kind = EFFECT_UNFOLLOW, .stream = s, .person = p, .frame = follow_frame("unfollow", s, NULL)});
}

static uint64_t sessions_ended; /* the writer's thread only */

uint64_t tx_sessions_ended(void)
{
	return sessions_ended;
}

void tx_end_session(struct tx *tx, struct session_id s)
{
	sessions_ended++;
	effects_add(tx->effects, &(struct effect){.kind = EFFECT_END_SESSION, .session = s});
}

void tx_after(struct tx *tx, void (*run)(struct str data), struct str data)
{
	effects_add(tx->effects, &(struct effect){.kind = EFFECT_AFTER, .after = run, .frame = bytes_new(data.p, data.n)});
}

void tx_signal(struct tx *tx, struct stream_id s, const char *name, struct str data, struct person_id except)
{
	struct buf json;
	buf_init(&json, data.n + 128);
	struct json_writer w;
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, "signal");
	json_str(&w, str_of(name));
	json_key(&w, "data");
	json_raw(&w, data);
	json_close_object(&w);
	effects_add(tx->effects, &(struct effect){.kind = EFFECT_SIGNAL, .stream = s, .person = except, .frame = text_frame(&json)});
}
