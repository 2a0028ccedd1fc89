/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands on recordings (api/recording.yaml), but for those of the call itself (record.c). Rights to the chat are checked before; whoever may not see a recording does not learn that
 * it is there. On a worker's thread.
 */
#include "account/account.h"
#include "lesson/record.h"
#include "server/record_port.h"

#include <jansson.h>

#define SPEAKERS_MAX 20000

static enum err to_api(struct tx *tx, const struct record_row *r, struct api_recording *out)
{
	*out = (struct api_recording){.id = r->id, .chat_id = r->chat_id, .call_id = r->call_id, .has_lesson_id = r->lesson_id != 0, .lesson_id = r->lesson_id, .title = r->title,
		.started_at = r->started_at, .has_expires_at = r->expires_at != 0, .expires_at = r->expires_at, .state = r->state, .has_problem = r->has_problem, .problem = r->problem,
		.published = r->published, .duration_ms = r->duration_ms, .size = r->size, .may_manage = record_may_manage(&tx->rel, tx->actor.person.v, r)};
	return account_person_get(tx, (struct person_id){r->starter_id}, &out->starter);
}

enum err recording_list(struct tx *tx, const struct api_recording_list_get *in, struct api_recording_list *out)
{
	struct record_row *rows;
	size_t n;
	out->keep_days = record_port()->start ? tx->inst->recording_days : 0;
	enum err e = record_sql_of_chat(tx, tx_org(tx).v, in->chat_id, in->has_lesson_id ? in->lesson_id : 0, &rows, &n);
	if (e)
		return e;
	out->recordings.items = arena_array(tx->arena, n + 1, sizeof *out->recordings.items);
	if (!out->recordings.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		if (record_may_see(&tx->rel, tx->actor.person.v, &rows[i]))
			e = to_api(tx, &rows[i], &out->recordings.items[out->recordings.n++]);
	return e;
}

static enum err find(struct tx *tx, int64_t chat, int64_t id, bool manage, struct record_row *r)
{
	bool found;
	enum err e = record_sql_get(tx, tx_org(tx).v, id, r, &found);
	if (e)
		return e;
	if (!found || r->chat_id != chat || !record_may_see(&tx->rel, tx->actor.person.v, r))
		return tx_refuse(tx, API_NOT_FOUND, "recording_id", NULL);
	return manage && !record_may_manage(&tx->rel, tx->actor.person.v, r) ? tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.recording") : ERR_OK;
}

static enum err find_ready(struct tx *tx, int64_t chat, int64_t id, bool manage, struct record_row *r)
{
	enum err e = find(tx, chat, id, manage, r);
	return !e && r->state != API_RECORDING_STATE_READY ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.recording_not_ready") : e;
}

/* --- watched */

static enum err add_tracks(struct tx *tx, const struct record_row *r, struct api_recording *out)
{
	struct record_track *rows;
	size_t n;
	enum err e = record_sql_tracks(tx, r, &rows, &n);
	if (e)
		return e;
	out->tracks.items = arena_array(tx->arena, n + 1, sizeof *out->tracks.items);
	if (!out->tracks.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_recording_track *t = &out->tracks.items[out->tracks.n++];
		struct participant p;
		bool is;
		*t = (struct api_recording_track){.file_id = rows[i].file_id, .participant_id = rows[i].participant_id, .source = rows[i].source, .start_ms = rows[i].start_ms,
			.duration_ms = rows[i].duration_ms, .size = rows[i].size, .media_type = rows[i].media_type};
		e = call_sql_person(tx, r->org_id, r->call_id, rows[i].participant_id, &p, &is);
		if (e || !is)
			continue;
		t->has_person = p.person_id != 0;
		t->has_guest_name = p.person_id == 0;
		t->guest_name = p.guest_name;
		if (p.person_id)
			e = account_person_get(tx, (struct person_id){p.person_id}, &t->person);
	}
	return e;
}

static enum err add_speakers(struct tx *tx, const struct record_row *r, struct api_recording *out)
{
	json_t *list = json_loadb(r->speakers.p, r->speakers.n, 0, NULL);
	size_t n = json_array_size(list) < SPEAKERS_MAX ? json_array_size(list) : SPEAKERS_MAX;
	out->speakers.items = arena_array(tx->arena, n + 1, sizeof *out->speakers.items);
	for (size_t i = 0; out->speakers.items && i < n; i++) {
		const json_t *s = json_array_get(list, i);
		out->speakers.items[out->speakers.n++] =
			(struct api_recording_speaker){.at_ms = json_integer_value(json_array_get(s, 0)), .participant_id = json_integer_value(json_array_get(s, 1))};
	}
	json_decref(list);
	return out->speakers.items ? ERR_OK : ERR_NOMEM;
}

enum err recording_open(struct tx *tx, const struct api_recording_ref *in, struct api_recording *out)
{
	struct record_row r;
	bool pupils = false;
	enum err e = find_ready(tx, in->chat_id, in->recording_id, false, &r);
	if (!e)
		e = record_sql_pupils(tx, r.org_id, r.call_id, &pupils);
	if (!e && pupils)
		e = audit_add(tx, tx_org(tx), "recording_watch", "recording", r.id, audit_detail(tx, "i", "chat_id", r.chat_id));
	if (!e)
		e = record_sql_view(tx, &r);
	if (!e)
		e = to_api(tx, &r, out);
	if (!e)
		e = add_tracks(tx, &r, out);
	return e ? e : add_speakers(tx, &r, out);
}

/* --- managed */

enum err recording_publish(struct tx *tx, const struct api_recording_publish *in, struct api_recording *out)
{
	struct record_row r;
	enum err e = find_ready(tx, in->chat_id, in->recording_id, true, &r);
	if (!e && r.published != in->published) {
		r.published = in->published;
		e = record_sql_put(tx, &r);
		if (!e)
			e = audit_add(tx, tx_org(tx), in->published ? "recording_publish" : "recording_withdraw", "recording", r.id, audit_detail(tx, "i", "chat_id", r.chat_id));
		if (!e)
			e = record_card(tx, &r);
	}
	return e ? e : to_api(tx, &r, out);
}

enum err recording_delete(struct tx *tx, const struct api_recording_ref *in, struct api_empty *out)
{
	(void)out;
	struct record_row r;
	enum err e = find(tx, in->chat_id, in->recording_id, true, &r);
	if (!e && r.state < API_RECORDING_STATE_READY)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.recording_not_ready");
	if (!e)
		e = audit_add(tx, tx_org(tx), "recording_delete", "recording", r.id, audit_detail(tx, "i", "chat_id", r.chat_id));
	return e ? e : record_forget(tx, &r);
}
