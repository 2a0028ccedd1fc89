/* SPDX-License-Identifier: Apache-2.0
 *
 * What the media process is told of calls: said right after the commit and before the command is answered. Private to room lesson; on a
 * worker's thread; say() on the writer's.
 */
#include "lesson/call.h"

#include "server/media_port.h"

/* data: the room's id, a space, the message. */
static void say(struct str data)
{
	const struct media_port *port = media_port();
	struct str json = data, id = str_cut(&json, ' ');
	int64_t room;
	if (port->send && !str_to_i64(id, &room))
		port->send(port->user, room, json);
}

struct message { struct buf text; struct json_writer w; };

static void open_message(struct message *m, const char *what, int64_t room)
{
	buf_init(&m->text, 128 * 1024); /* an offer's text may grow by its escapes */
	buf_addf(&m->text, "%lld ", (long long)room);
	json_writer_init(&m->w, &m->text);
	json_open_object(&m->w);
	json_key(&m->w, "m");
	json_str(&m->w, str_of(what));
	json_key(&m->w, "room");
	char id[24];
	struct buf b = {.p = id, .cap = sizeof id, .limit = sizeof id};
	buf_add_i64(&b, room);
	json_str(&m->w, buf_str(&b));
}

static void close_message(struct message *m, struct tx *tx)
{
	json_close_object(&m->w);
	CHECK(!m->text.err);
	tx_after(tx, say, buf_str(&m->text));
	buf_release(&m->text);
}

static void add_participant(struct message *m, const struct participant *p)
{
	json_key(&m->w, "participant");
	json_int(&m->w, p->id);
}

static void add_rights(struct message *m, const struct rights *r)
{
	json_key(&m->w, "rights");
	json_open_object(&m->w);
	json_key(&m->w, "audio");
	json_bool(&m->w, r->audio);
	json_key(&m->w, "video");
	json_bool(&m->w, r->video);
	json_key(&m->w, "screen");
	json_bool(&m->w, r->screen);
	json_close_object(&m->w);
}

void call_media_admit(struct tx *tx, const struct participant *p, uint64_t relay)
{
	struct message m;
	open_message(&m, "admit", p->call_id);
	json_key(&m.w, "session");
	json_int(&m.w, (int64_t)relay);
	add_participant(&m, p);
	add_rights(&m, &p->rights);
	if (p->role == API_CALL_ROLE_VIEWER) {
		json_key(&m.w, "viewer");
		json_bool(&m.w, true);
	}
	close_message(&m, tx);
}

void call_media_offer(struct tx *tx, const struct participant *p, uint64_t session, bool watch, struct str sdp)
{
	struct message m;
	open_message(&m, "offer", p->call_id);
	json_key(&m.w, "session");
	json_int(&m.w, (int64_t)session);
	add_participant(&m, p);
	add_rights(&m, &p->rights);
	json_key(&m.w, "watch");
	json_bool(&m.w, watch);
	json_key(&m.w, "sdp");
	json_str(&m.w, sdp);
	close_message(&m, tx);
}

void call_media_rights(struct tx *tx, const struct participant *p)
{
	struct message m;
	open_message(&m, "rights", p->call_id);
	add_participant(&m, p);
	add_rights(&m, &p->rights);
	close_message(&m, tx);
}

void call_media_stage(struct tx *tx, const struct participant *p)
{
	struct message m;
	open_message(&m, "rights", p->call_id);
	add_participant(&m, p);
	add_rights(&m, &p->rights);
	json_key(&m.w, "viewer");
	json_bool(&m.w, p->role == API_CALL_ROLE_VIEWER);
	close_message(&m, tx);
}

void call_media_remove(struct tx *tx, const struct participant *p, const char *reason)
{
	struct message m;
	open_message(&m, "remove", p->call_id);
	add_participant(&m, p);
	json_key(&m.w, "reason");
	json_str(&m.w, str_of(reason));
	close_message(&m, tx);
}

void call_media_close(struct tx *tx, const struct call_row *c)
{
	struct message m;
	open_message(&m, "close", c->id);
	json_key(&m.w, "reason");
	json_str(&m.w, STR("ended"));
	close_message(&m, tx);
}
