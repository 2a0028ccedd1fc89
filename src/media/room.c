/* SPDX-License-Identifier: Apache-2.0
 *
 * See room.h.
 */
#include "media/room.h"
#include "media/control.h"
#include "media/signal.h"
#include "media/tape.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include <unistd.h>

enum { CODE_REPLACED = 4409 };

void media_id(char prefix, char out[MEDIA_ID_SIZE])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t random[13];
	random_fill(random, sizeof random);
	out[0] = prefix;
	out[1] = '-';
	for (int i = 0; i < 13; i++)
		out[2 + i] = letters[random[i] & 31];
	out[15] = '\0';
}

struct router *router_new(struct transports *transports, struct packets *packets, const struct outbox *out)
{
	struct router *r = mem_alloc(sizeof *r);
	r->transports = transports;
	r->packets = packets;
	r->out = *out;
	r->rooms = strmap_new();
	r->sessions = map_new();
	buf_init(&r->text, CHANNEL_MESSAGE_MAX);
	r->stats_us = router_now(r);
	return r;
}

static void end_tape(struct room *room)
{
	if (room->tape && tape_dropped(room->tape))
		LOG(LOG_LEVEL_WARN, "media.tape_dropped", LOG_FZ("room", room->name), LOG_FI("messages", tape_dropped(room->tape)));
	tape_free(&room->tape);
}

static void room_free(struct room *room)
{
	struct router *r = room->router;
	while (room->participants.n > 0) {
		struct participant *p = VEC_POP(&room->participants);
		participant_free(&p);
	}
	VEC_RELEASE(&room->participants);
	end_tape(room);
	strmap_remove(r->rooms, str_of(room->name));
	for (size_t i = 0; i < r->list.n; i++)
		if (r->list.p[i] == room) {
			VEC_SWAP_REMOVE(&r->list, i);
			break;
		}
	mem_free(room);
}

void router_free(struct router **router)
{
	struct router *r = *router;
	if (!r)
		return;
	while (r->list.n > 0)
		room_free(r->list.p[0]);
	VEC_RELEASE(&r->list);
	VEC_RELEASE(&r->wants);
	strmap_free(&r->rooms);
	map_free(&r->sessions);
	buf_release(&r->text);
	mem_free(r);
	*router = NULL;
}

int64_t router_now(struct router *r)
{
	r->now_us = clock_mono_ns() / 1000;
	return r->now_us;
}

struct room *room_find(struct router *r, struct str name)
{
	return strmap_find(r->rooms, name);
}

struct room *room_get(struct router *r, struct str name)
{
	struct room *room = room_find(r, name);
	if (room)
		return room;
	room = mem_alloc(sizeof *room);
	CHECK(name.n <= ROOM_ID_MAX);
	memcpy(room->name, name.p, name.n);
	room->router = r;
	room->speaker_us = r->now_us;
	strmap_put(r->rooms, name, room);
	VEC_PUSH(&r->list, room);
	return room;
}

void room_record(struct router *r, struct str name, int fd)
{
	struct room *room = room_get(r, name);
	end_tape(room);
	room->tape = tape_new(room, fd);
	tape_speaker(room->tape, room->speaker.current);
}

void room_record_end(struct router *r, struct str name)
{
	struct room *room = room_find(r, name);
	if (!room)
		return;
	end_tape(room);
	room_close_if_empty(room);
}

struct participant *room_participant(struct room *room, int64_t id)
{
	for (size_t i = 0; i < room->participants.n; i++)
		if (room->participants.p[i]->id == id)
			return room->participants.p[i];
	return NULL;
}

static void tell_speaker(struct room *room)
{
	json_t *who = room->speaker.current ? json_integer(room->speaker.current) : json_null();
	router_send(room->router, json_pack("{s:s,s:s,s:O}", "m", "speaking", "room", room->name, "participant", who));
	room_tell(room, NULL, "active_speaker", json_pack("{s:o}", "participant", who));
	if (room->tape)
		tape_speaker(room->tape, room->speaker.current);
}

struct participant *room_enter(struct room *room, int64_t id, bool viewer, uint64_t session)
{
	struct participant *p = room_participant(room, id);
	if (!p && (viewer ? room->viewers >= ROOM_VIEWERS_MAX : room->participants.n - room->viewers >= ROOM_PARTICIPANTS_MAX))
		return NULL;
	if (p) { /* the same person anew: what it had goes, its place stays */
		participant_kick(p, CODE_REPLACED, "replaced");
		participant_reset(p);
		participant_watch_only(p, viewer);
	} else {
		if (!viewer)
			room_tell(room, NULL, "peer_joined", json_pack("{s:I}", "participant", (json_int_t)id));
		p = participant_new(room, id);
		p->viewer = viewer;
		room->viewers += viewer;
		VEC_PUSH(&room->participants, p);
	}
	p->plain = false;
	p->session = session;
	map_put(room->router->sessions, session, p);
	return p;
}

void participant_watch_only(struct participant *p, bool viewer)
{
	if (p->viewer == viewer)
		return;
	p->viewer = viewer;
	p->room->viewers += viewer ? 1 : (size_t)-1;
	room_tell(p->room, p, viewer ? "peer_left" : "peer_joined", json_pack("{s:I}", "participant", (json_int_t)p->id));
}

void room_remove(struct room *room, struct participant *p)
{
	int64_t id = p->id;
	bool viewer = p->viewer;
	room->viewers -= viewer;
	participant_reset(p);
	if (p->session)
		map_remove(room->router->sessions, p->session);
	for (size_t i = 0; i < room->participants.n; i++)
		if (room->participants.p[i] == p) {
			VEC_SWAP_REMOVE(&room->participants, i);
			break;
		}
	participant_free(&p);
	if (viewer)
		return;
	room_tell(room, NULL, "peer_left", json_pack("{s:I}", "participant", (json_int_t)id));
	if (speaker_gone(&room->speaker, id))
		tell_speaker(room);
}

void room_close_if_empty(struct room *room)
{
	if (room->participants.n == 0 && !room->tape)
		room_free(room);
}

struct producer *room_producer(struct room *room, const char *id)
{
	for (size_t i = 0; i < room->participants.n; i++) {
		struct producer *found = participant_producer(room->participants.p[i], id);
		if (found)
			return found;
	}
	return NULL;
}

/* --- messages */

static void send_scratch(struct router *r)
{
	if (r->text.err)
		LOG(LOG_LEVEL_ERROR, "media.message_too_large");
	else
		r->out.send(r->out.user, buf_str(&r->text));
}

void router_send(struct router *r, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	CHECK(text);
	r->out.send(r->out.user, str_of(text));
	free(text);
	json_decref(message);
}

void participant_text(struct participant *p, struct str text)
{
	struct router *r = p->room->router;
	struct json_writer w;
	if (!p->session || p->plain)
		return;
	buf_clear(&r->text);
	buf_add_str(&r->text, STR("{\"m\":\"text\",\"session\":"));
	buf_addf(&r->text, "%llu", (unsigned long long)p->session);
	buf_add_str(&r->text, STR(",\"text\":"));
	json_writer_init(&w, &r->text);
	json_str(&w, text);
	buf_add_c(&r->text, '}');
	send_scratch(r);
}

static char *event_text(const char *event, json_t *data)
{
	json_t *message = json_pack("{s:s,s:o}", "event", event, "data", data);
	char *text = json_dumps(message, JSON_COMPACT);
	CHECK(text);
	json_decref(message);
	return text;
}

void participant_tell(struct participant *p, const char *event, json_t *data)
{
	char *text = event_text(event, data);
	participant_text(p, str_of(text));
	free(text);
}

void room_tell(struct room *room, const struct participant *but, const char *event, json_t *data)
{
	char *text = event_text(event, data);
	for (size_t i = 0; i < room->participants.n; i++)
		if (room->participants.p[i] != but)
			participant_text(room->participants.p[i], str_of(text));
	free(text);
}

void participant_kick(struct participant *p, int code, const char *reason)
{
	struct router *r = p->room->router;
	if (!p->session)
		return;
	participant_tell(p, "ended", json_pack("{s:s}", "reason", reason));
	router_send(r, json_pack("{s:s,s:I,s:i,s:s}", "m", "kick", "session", (json_int_t)p->session, "code", code, "reason", reason));
	map_remove(r->sessions, p->session);
	p->session = 0;
	p->gone_us = r->now_us;
}

/* --- turns */

static void listen_to_voices(struct room *room, int64_t now_us)
{
	if (now_us - room->speaker_us < SPEAKER_TURN_US)
		return;
	room->speaker_us = now_us;
	speaker_begin(&room->speaker);
	for (size_t i = 0; i < room->participants.n; i++) {
		struct producer *mic = room->participants.p[i]->producers[SOURCE_MIC];
		if (mic && !mic->paused)
			speaker_hear(&room->speaker, room->participants.p[i]->id, voice_turn(&mic->voice));
	}
	if (speaker_end(&room->speaker, now_us))
		tell_speaker(room);
}

static void room_turn(struct room *room, int64_t now_us)
{
	for (size_t i = room->participants.n; i-- > 0;) {
		struct participant *p = room->participants.p[i];
		if (participant_is_over(p) || (!p->session && now_us - p->gone_us >= REJOIN_US))
			room_remove(room, p);
		else
			participant_turn(p, now_us);
	}
	listen_to_voices(room, now_us);
	if (room->tape && !tape_turn(room->tape, now_us))
		end_tape(room);
	room_close_if_empty(room);
}

void router_turn(struct router *r, int64_t now_us)
{
	r->now_us = now_us;
	for (size_t i = r->list.n; i-- > 0;)
		room_turn(r->list.p[i], now_us);
	if (now_us - r->stats_us >= CONTROL_STATS_US) {
		r->stats_us = now_us;
		control_stats(r);
	}
}
