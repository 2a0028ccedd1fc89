/* SPDX-License-Identifier: Apache-2.0
 *
 * What the media process tells: frames for browsers go to their relays, connections into the store by jobs of the writer. Any thread.
 */
#include "base/log.h"
#include "base/mem.h"
#include "lesson/lesson.h"
#include "lesson/media_relay.h"
#include "lesson/whip_front.h"
#include "net/ws.h"

#include <jansson.h>

struct note { /* a job of the writer */
	struct job job; /* first */
	/* borrowed */
	struct media_front *front;
	/* owned */
	struct arena *arena;
	struct effects effects;
	/* state */
	enum { NOTE_CONNECTED, NOTE_DISCONNECTED, NOTE_GONE } what;
	int64_t room, participant;
	int process, processes;
};

static void note_free(struct note *n)
{
	effects_release(&n->effects);
	arena_free(&n->arena);
	mem_free(n);
}

static enum err note_run(struct job *job, struct db *db, int64_t now_ms)
{
	struct note *n = (struct note *)job;
	struct tx tx = {.db = db, .arena = n->arena, .effects = &n->effects, .inst = dispatcher_config_of(n->front->site->dispatcher)->inst,
		.now_ms = now_ms, .rel.role = ROLE_NONE, .writable = true};
	if (n->what == NOTE_GONE)
		return lesson_media_gone(&tx, n->process, n->processes);
	return lesson_connected(&tx, n->room, n->participant, n->what == NOTE_CONNECTED);
}

static void note_done(struct job *job, enum err result)
{
	struct note *n = (struct note *)job;
	if (result) {
		LOG(LOG_LEVEL_ERROR, "media.note_failed", LOG_FZ("error", err_name(result)));
		effects_clear(&n->effects);
	}
	publisher_effects(n->front->publisher, &n->effects);
	note_free(n);
}

static void post_note(struct media_front *f, const struct note *of)
{
	struct note *n = mem_alloc(sizeof *n);
	*n = *of;
	n->job = (struct job){.run = note_run, .done = note_done};
	n->front = f;
	n->arena = arena_new(8u << 20);
	effects_init(&n->effects);
	if (!workers_write(f->workers, &n->job))
		return;
	LOG(LOG_LEVEL_WARN, "media.note_lost");
	note_free(n);
}

static struct str text_of(const json_t *message, const char *key)
{
	const json_t *v = json_object_get(message, key);
	return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : (struct str){NULL, 0};
}

static int64_t number_of(const json_t *message, const char *key)
{
	const json_t *v = json_object_get(message, key);
	return json_is_integer(v) ? json_integer_value(v) : 0;
}

static void heard_connection(struct media_front *f, const json_t *message, bool connected)
{
	struct note n = {.what = connected ? NOTE_CONNECTED : NOTE_DISCONNECTED, .participant = number_of(message, "participant")};
	if (!str_to_i64(text_of(message, "room"), &n.room))
		post_note(f, &n);
}

static void heard(struct media_front *f, const json_t *message)
{
	struct str what = text_of(message, "m");
	uint64_t session = (uint64_t)number_of(message, "session");
	if (str_eq(what, STR("text"))) {
		media_front_tell(f, session, ws_frame(WS_TEXT, text_of(message, "text")), 0);
	} else if (str_eq(what, STR("kick"))) {
		int64_t code = number_of(message, "code");
		media_front_tell(f, session, NULL, (uint16_t)(code >= 4000 && code <= 4999 ? code : 1011));
	} else if (str_eq(what, STR("answer")) || str_eq(what, STR("refused"))) {
		bool answer = str_eq(what, STR("answer"));
		whip_front_heard(f->whip, session, answer ? 201 : (int)number_of(message, "status"), text_of(message, answer ? "sdp" : "why"));
	} else if (str_eq(what, STR("connected"))) {
		heard_connection(f, message, true);
	} else if (str_eq(what, STR("disconnected"))) {
		heard_connection(f, message, false);
	}
}

void media_heard(void *user, int process, struct str json)
{
	(void)process;
	json_t *message = json_loadb(json.p, json.n, 0, NULL);
	if (json_is_object(message))
		heard(user, message);
	else
		LOG(LOG_LEVEL_ERROR, "media.no_message");
	json_decref(message);
}

void media_gone(void *user, int process)
{
	int processes = media_port()->processes;
	media_front_process_gone(user, process, processes);
	post_note(user, &(struct note){.what = NOTE_GONE, .process = process, .processes = processes});
}
