/* SPDX-License-Identifier: Apache-2.0
 *
 * See control.h.
 */
#include "media/control.h"
#include "media/signal.h"
#include "media/whip.h"
#include "base/log.h"

/* Codes that a browser's socket is closed with. */
enum { CODE_UNKNOWN = 4401, CODE_REMOVED = 4403, CODE_REPLACED = 4409, CODE_ENDED = 4410 };

static bool id_of(const json_t *m, const char *key, int64_t low, int64_t *out)
{
	const json_t *v = json_object_get(m, key);
	*out = (int64_t)json_integer_value(v);
	return json_is_integer(v) && *out >= low;
}

static bool rights_of(const json_t *m, struct rights *out)
{
	const json_t *rights = json_object_get(m, "rights");
	*out = (struct rights){.audio = json_is_true(json_object_get(rights, "audio")), .video = json_is_true(json_object_get(rights, "video")),
		.screen = json_is_true(json_object_get(rights, "screen"))};
	return json_is_object(rights);
}

static struct str name_of(const json_t *m)
{
	const json_t *v = json_object_get(m, "room");
	size_t n = json_string_length(v);
	const char *p = json_string_value(v);
	return p && memchr(p, '\0', n) == NULL ? str_n(p, n) : (struct str){0};
}

static void kick_session(struct router *r, uint64_t session, int code, const char *reason)
{
	router_send(r, json_pack("{s:s,s:I,s:i,s:s}", "m", "kick", "session", (json_int_t)session, "code", code, "reason", reason));
}

static bool admit(struct router *r, const json_t *m)
{
	int64_t session, id;
	struct rights rights;
	struct str name = name_of(m);
	if (name.n == 0 || name.n > ROOM_ID_MAX || !id_of(m, "session", 1, &session) || !id_of(m, "participant", 1, &id) || !rights_of(m, &rights) ||
		map_find(r->sessions, (uint64_t)session))
		return false;
	struct room *room = room_get(r, name);
	struct participant *p = room_enter(room, id, json_is_true(json_object_get(m, "viewer")), (uint64_t)session);
	if (!p) {
		kick_session(r, (uint64_t)session, CODE_REMOVED, "full");
		return true;
	}
	p->rights = rights;
	signal_welcome(p);
	return true;
}

static bool change_rights(struct router *r, const json_t *m)
{
	int64_t id;
	struct rights rights;
	struct room *room = room_find(r, name_of(m));
	if (!id_of(m, "participant", 1, &id) || !rights_of(m, &rights))
		return false;
	struct participant *p = room ? room_participant(room, id) : NULL;
	const json_t *viewer = json_object_get(m, "viewer");
	if (p && json_is_boolean(viewer))
		participant_watch_only(p, json_is_true(viewer));
	if (p && participant_rights(p, rights))
		participant_tell(p, "rights", json_pack("{s:b,s:b,s:b}", "audio", rights.audio, "video", rights.video, "screen", rights.screen));
	return true; /* it may have left meanwhile */
}

static bool remove_one(struct router *r, const json_t *m)
{
	int64_t id;
	const char *reason = json_string_value(json_object_get(m, "reason"));
	struct room *room = room_find(r, name_of(m));
	if (!id_of(m, "participant", 1, &id) || !reason)
		return false;
	struct participant *p = room ? room_participant(room, id) : NULL;
	if (!p)
		return true;
	participant_kick(p, strcmp(reason, "removed") == 0 ? CODE_REMOVED : strcmp(reason, "replaced") == 0 ? CODE_REPLACED : CODE_ENDED, reason);
	room_remove(room, p);
	room_close_if_empty(room);
	return true;
}

static bool close_room(struct router *r, const json_t *m)
{
	const char *reason = json_string_value(json_object_get(m, "reason"));
	struct room *room = room_find(r, name_of(m));
	if (!room)
		return true;
	for (size_t i = 0; i < room->participants.n; i++)
		participant_kick(room->participants.p[i], CODE_ENDED, reason ? reason : "ended");
	while (room->participants.n > 0)
		room_remove(room, room->participants.p[room->participants.n - 1]);
	room_record_end(r, str_of(room->name)); /* and the room goes */
	return true;
}

static bool end_record(struct router *r, const json_t *m)
{
	struct str name = name_of(m);
	room_record_end(r, name);
	return name.n > 0;
}

static bool pass_text(struct router *r, const json_t *m)
{
	int64_t session;
	const json_t *text = json_object_get(m, "text");
	if (!id_of(m, "session", 1, &session) || !json_is_string(text))
		return false;
	struct participant *p = map_find(r->sessions, (uint64_t)session);
	if (p)
		signal_text(p, str_n(json_string_value(text), json_string_length(text)));
	else
		kick_session(r, (uint64_t)session, CODE_UNKNOWN, "unknown");
	return true;
}

static bool session_gone(struct router *r, const json_t *m)
{
	int64_t session;
	if (!id_of(m, "session", 1, &session))
		return false;
	struct participant *p = map_remove(r->sessions, (uint64_t)session);
	if (p) {
		p->session = 0;
		p->gone_us = r->now_us;
	}
	return true;
}

static bool offer(struct router *r, const json_t *m)
{
	int64_t session, id;
	struct whip_offer o = {.room = name_of(m), .watch = json_is_true(json_object_get(m, "watch"))};
	const json_t *sdp = json_object_get(m, "sdp");
	if (o.room.n == 0 || o.room.n > ROOM_ID_MAX || !id_of(m, "session", 1, &session) || !id_of(m, "participant", 1, &id) || !rights_of(m, &o.rights) ||
		!json_is_string(sdp) || map_find(r->sessions, (uint64_t)session))
		return false;
	o.session = (uint64_t)session;
	o.participant = id;
	o.sdp = str_n(json_string_value(sdp), json_string_length(sdp));
	whip_take(r, &o);
	return true;
}

static bool ping(struct router *r, const json_t *m)
{
	const json_t *n = json_object_get(m, "n");
	if (!json_is_integer(n))
		return false;
	router_send(r, json_pack("{s:s,s:I}", "m", "pong", "n", json_integer_value(n)));
	return true;
}

void control_message(struct router *r, struct str json)
{
	static const struct { const char *name; bool (*run)(struct router *, const json_t *); } messages[] = {
		{"text", pass_text}, {"admit", admit}, {"rights", change_rights}, {"remove", remove_one}, {"close", close_room},
		{"offer", offer}, {"gone", session_gone}, {"record_end", end_record}, {"ping", ping},
	};
	json_t *m = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const char *name = json_string_value(json_object_get(m, "m"));
	bool good = false;
	router_now(r);
	for (size_t i = 0; name && i < sizeof messages / sizeof *messages; i++)
		if (strcmp(messages[i].name, name) == 0)
			good = messages[i].run(r, m);
	if (!good)
		LOG(LOG_LEVEL_ERROR, "media.message_malformed");
	json_decref(m);
}

void control_ready(struct router *r, unsigned udp_port)
{
	router_send(r, json_pack("{s:s,s:i}", "m", "ready", "udp_port", (int)udp_port));
}

void control_stats(struct router *r)
{
	router_send(r, json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "m", "stats", "rooms", (json_int_t)r->list.n, "participants",
		(json_int_t)r->participants, "packets_in", (json_int_t)r->packets_in, "packets_out", (json_int_t)r->packets_out, "bytes_in",
		(json_int_t)r->bytes_in, "bytes_out", (json_int_t)r->bytes_out, "drops", (json_int_t)r->dropped, "paths_lost", (json_int_t)r->paths_lost,
		"wire_drops", (json_int_t)r->wire.drops, "junk", (json_int_t)r->wire.junk, "bad", (json_int_t)r->wire.bad, "handshakes",
		(json_int_t)r->wire.handshakes, "handshakes_failed", (json_int_t)r->wire.handshakes_failed));
}
