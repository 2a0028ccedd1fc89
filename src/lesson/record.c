/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of recordings: who hears of one before it begins, who may watch, what becomes of it when it ends, how long it is kept. On a worker's thread; what is said to the recorder
 * leaves right after the commit.
 */
#include "lesson/record.h"

#include "account/account.h"
#include "file/blob.h"
#include "server/record_port.h"

/* --- to the recorder; data: the recording's id, the call's, and to start the bytes that there may be */

static void say(struct str data, bool start)
{
	const struct record_port *port = record_port();
	int64_t recording, call, most = 0;
	struct str one = str_cut(&data, ' '), two = str_cut(&data, ' ');
	if (!port->start || str_to_i64(one, &recording) || str_to_i64(two, &call) || (start && str_to_i64(data, &most)))
		return;
	if (start)
		port->start(port->user, recording, call, most);
	else
		port->stop(port->user, recording, call);
}

static void say_start(struct str data) { say(data, true); }

static void say_stop(struct str data) { say(data, false); }

static void tell_recorder(struct tx *tx, void (*run)(struct str), const struct call_row *c, int64_t most)
{
	char text[72];
	struct buf b = {.p = text, .cap = sizeof text, .limit = sizeof text};
	buf_addf(&b, "%lld %lld %lld", (long long)c->recording_id, (long long)c->id, (long long)most);
	tx_after(tx, run, buf_str(&b));
}

/* --- begin and end */

static enum err find_call(struct tx *tx, int64_t id, struct call_row *c)
{
	enum err e = call_running(tx, id, c);
	return !e && !school_is_staff(tx->rel.role) ? tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.record_staff") : e;
}

enum err call_record_start(struct tx *tx, const struct api_call_ref *in, struct api_call *out)
{
	struct call_row c;
	int64_t room;
	enum err e = find_call(tx, in->call_id, &c);
	if (!e && !record_port()->start)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.record_off");
	if (!e && c.recording_id)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.recorded");
	if (!e)
		e = file_room_left(tx, tx_org(tx), &room);
	if (!e && room < RECORD_ROOM_MIN)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.org_files");
	if (e)
		return e;
	struct record_row r = {.org_id = c.org_id, .call_id = c.id, .chat_id = c.chat_id, .lesson_id = c.lesson_id, .starter_id = tx->actor.person.v, .title = c.title,
		.state = API_RECORDING_STATE_RECORDING, .started_at = tx->now_ms};
	e = record_sql_insert(tx, &r, &r.id);
	c.recording_id = r.id;
	c.recording_at = tx->now_ms;
	c.recording_by = r.starter_id;
	c.recording_days = tx->inst->recording_days;
	c.recording_problem = -1;
	if (!e)
		e = call_sql_put(tx, &c);
	if (!e)
		e = record_sql_tell_all(tx, &c);
	if (!e)
		e = call_tell(tx, &c);
	if (!e)
		e = audit_add(tx, tx_org(tx), "call_record", "recording", r.id, audit_detail(tx, "i", "call_id", c.id));
	if (e)
		return e;
	tell_recorder(tx, say_start, &c, room);
	call_to_api(&c, out);
	return ERR_OK;
}

enum err record_end(struct tx *tx, struct call_row *c)
{
	struct record_row r;
	bool found;
	if (!c->recording_id)
		return ERR_OK;
	enum err e = record_sql_get(tx, c->org_id, c->recording_id, &r, &found);
	if (!e && found && r.state == API_RECORDING_STATE_RECORDING) {
		r.state = API_RECORDING_STATE_SAVING;
		e = record_sql_put(tx, &r);
	}
	tell_recorder(tx, say_stop, c, 0);
	c->recording_id = 0;
	return e;
}

enum err call_record_stop(struct tx *tx, const struct api_call_ref *in, struct api_call *out)
{
	struct call_row c;
	enum err e = find_call(tx, in->call_id, &c);
	if (!e && !c.recording_id)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.not_recorded");
	if (!e)
		e = record_end(tx, &c);
	if (!e)
		e = call_sql_put(tx, &c);
	if (!e)
		e = call_tell(tx, &c);
	if (!e)
		call_to_api(&c, out);
	return e;
}

enum err record_accepted(struct tx *tx, const struct call_row *c, int64_t participant, bool accepts)
{
	bool told = false;
	if (!c->recording_id)
		return ERR_OK;
	enum err e = participant ? record_sql_told(tx, c, participant, &told) : ERR_OK;
	if (e || told)
		return e;
	return accepts ? ERR_OK : tx_refuse(tx, API_CONFLICT, "accept_recording", "conflict.call_recorded");
}

/* --- what the recorder tells, by app */

enum err lesson_recording_over(struct tx *tx, int64_t id, enum lesson_record_end end)
{
	struct record_row r;
	struct call_row c;
	bool found, is = false;
	enum err e = record_sql_get_any(tx, id, &r, &found);
	if (e || !found || r.state > API_RECORDING_STATE_SAVING)
		return e;
	r.has_problem = end != LESSON_RECORD_DONE;
	r.problem = end == LESSON_RECORD_FULL ? API_RECORDING_PROBLEM_FULL : API_RECORDING_PROBLEM_FAILED;
	r.state = API_RECORDING_STATE_SAVING;
	e = record_sql_put(tx, &r);
	if (!e)
		e = call_sql_get(tx, r.org_id, r.call_id, &c, &is);
	if (e || !is || c.recording_id != id)
		return e;
	c.recording_id = 0;
	c.recording_problem = r.has_problem ? (int64_t)r.problem : -1;
	e = call_sql_put(tx, &c);
	return e || c.ended_at ? e : call_tell(tx, &c);
}

static enum err keep_track(struct tx *tx, const struct record_row *r, const struct lesson_record_track *t, size_t number)
{
	char name[160];
	static const char *const sources[] = {"mic", "camera", "screen", "screen-sound"};
	struct record_track row = {.participant_id = t->participant_id, .source = (enum api_track_source)t->source, .start_ms = t->start_ms, .duration_ms = t->duration_ms, .size = t->size,
		.media_type = str_of(t->h264 ? "video/x-matroska" : t->sound ? "audio/webm" : "video/webm")};
	struct buf b = {.p = name, .cap = sizeof name, .limit = sizeof name};
	buf_addf(&b, "zvonok-%lld-%zu-%s.%s", (long long)r->id, number, sources[t->source], t->h264 ? "mkv" : "webm");
	struct file_adoption a = {.name = buf_str(&b), .size = t->size, .org = {r->org_id}, .holder = FILE_HELD_BY_RECORDING, .holder_id = r->id};
	enum err e = file_adopt(tx, &a, &t->ready, &row.file_id);
	return e ? e : record_sql_track_add(tx, r, &row);
}

enum err lesson_recording_keep(struct tx *tx, int64_t id, const struct lesson_record_track *tracks, size_t n, struct str speakers, bool *kept_out)
{
	struct record_row r;
	bool found;
	enum err e = record_sql_get_any(tx, id, &r, &found);
	*kept_out = false;
	if (e || !found || r.state > API_RECORDING_STATE_SAVING)
		return e;
	for (size_t i = 0; !e && i < n; i++) {
		int64_t end = tracks[i].start_ms + tracks[i].duration_ms;
		e = keep_track(tx, &r, &tracks[i], i + 1);
		r.size += tracks[i].size;
		r.duration_ms = end > r.duration_ms ? end : r.duration_ms;
	}
	r.state = n ? API_RECORDING_STATE_READY : API_RECORDING_STATE_FAILED;
	r.expires_at = tx->now_ms + (tx->inst->recording_days ? tx->inst->recording_days : 1) * RECORD_DAY_MS;
	r.speakers = speakers;
	*kept_out = true;
	return e ? e : record_sql_put(tx, &r);
}

enum err lesson_recordings_left(struct tx *tx, int64_t *ids, size_t max, size_t *n_out)
{
	enum err e = record_sql_unfinished(tx, ids, max, n_out);
	for (size_t i = 0; !e && i < *n_out; i++)
		e = lesson_recording_over(tx, ids[i], LESSON_RECORD_BROKEN);
	return e;
}

/* --- who may watch */

bool record_may_manage(const struct relation *rel, int64_t actor, const struct record_row *r)
{
	bool leads = school_is_staff(rel->role) && (rel->chat_keeper || rel->unit_lead || rel->role != ROLE_TEACHER);
	return rel->known && rel->org_id == r->org_id && (r->starter_id == actor || leads);
}

bool record_may_see(const struct relation *rel, int64_t actor, const struct record_row *r)
{
	return record_may_manage(rel, actor, r) || (rel->known && rel->org_id == r->org_id && rel->chat_member && r->published && r->state == API_RECORDING_STATE_READY);
}

/* Of its files: whoever has opened it not long ago, and may still see it. */
enum err lesson_recording_seen(struct tx *tx, struct org_id org, int64_t id, bool *out)
{
	struct record_row r;
	struct relation rel = {.role = ROLE_NONE}; /* of a chat that he knows nothing of it says nothing */
	bool found;
	enum err e = record_sql_get(tx, org.v, id, &r, &found);
	*out = false;
	if (e || !found || r.state != API_RECORDING_STATE_READY)
		return e;
	e = record_sql_viewed(tx, org.v, id, out);
	if (e || !*out)
		return e;
	e = chat_relation(tx, r.chat_id, &rel);
	*out = !e && record_may_see(&rel, tx->actor.person.v, &r);
	return e;
}

/* --- the end of its days */

enum err record_card(struct tx *tx, const struct record_row *r)
{
	struct call_row c;
	struct chat_face face;
	struct str card;
	bool found;
	enum err e = call_sql_get(tx, r->org_id, r->call_id, &c, &found);
	if (e || !found || !c.ended_at)
		return e;
	e = chat_face_get(tx, (struct org_id){c.org_id}, (struct chat_id){c.chat_id}, &face);
	if (!e)
		e = call_card(tx, &c, &face, &card);
	return e ? e : chat_call_card(tx, (struct org_id){c.org_id}, (struct chat_id){c.chat_id}, c.card_seq, card);
}

enum err record_forget(struct tx *tx, const struct record_row *r)
{
	struct record_track *tracks;
	size_t n;
	enum err e = record_sql_tracks(tx, r, &tracks, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = file_ports()->release(tx, FILE_HELD_BY_RECORDING, r->id, tracks[i].file_id);
	if (!e)
		e = record_sql_delete(tx, r);
	return !e && r->published ? record_card(tx, r) : e;
}

enum err record_upkeep(struct tx *tx, bool *more_out)
{
	struct record_row r;
	bool found;
	enum err e = record_sql_views_sweep(tx);
	if (!e)
		e = record_sql_expired(tx, &r, &found);
	if (e || !found)
		return e;
	*more_out = true;
	e = audit_add(tx, (struct org_id){r.org_id}, "recording_expired", "recording", r.id, STR(""));
	return e ? e : record_forget(tx, &r);
}
