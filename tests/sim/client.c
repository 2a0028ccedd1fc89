/* SPDX-License-Identifier: Apache-2.0
 *
 * See client.h: coming and going, the outbox, answers.
 */
#include "client.h"

#include "base/clock.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

/* --- coming and going */

static void try_connect(void *arg)
{
	struct client *c = arg;
	if (!c->wire && !c->away && c->state != CLIENT_ENDED)
		client_connect(c);
}

void client_start(struct client *c)
{
	buf_init(&c->in, SIZE_MAX);
	c->next_id = 1;
	c->state = c->token[0] ? CLIENT_DOWN : CLIENT_OUT;
	sim_at(sim_range(0, 300000), try_connect, c);
}

void client_down(struct client *c)
{
	bool waits = c->state == CLIENT_OUT; /* a code was refused: one a minute */
	VEC_CLEAR(&c->pending);
	for (size_t i = 0; i < c->outbox.n; i++)
		c->outbox.p[i].sent = c->outbox.p[i].done;
	replica_down(c);
	c->me_asked = false;
	if (c->state != CLIENT_ENDED)
		c->state = c->token[0] ? CLIENT_DOWN : CLIENT_OUT;
	if (!c->token[0] && c->session && !c->relogin)
		c->state = CLIENT_ENDED;
	if (c->state != CLIENT_ENDED && !c->away)
		sim_at(waits ? 61000000 : sim_range(1000, 800000), try_connect, c);
}

void client_cut_for_good(struct client *c)
{
	struct wire *w = c->wire;
	c->state = CLIENT_ENDED;
	if (!w)
		return;
	c->wire = NULL;
	wire_cut(w);
	client_down(c);
}

void client_cut(struct client *c)
{
	struct wire *w = c->wire;
	if (!w || c->state < CLIENT_UPGRADE)
		return;
	c->wire = NULL;
	wire_cut(w);
	client_down(c);
}

void client_cut_briefly(struct client *c)
{
	client_cut(c);
	try_connect(c);
}

void client_release(struct client *c)
{
	for (size_t i = 0; i < c->outbox.n; i++) {
		free(c->outbox.p[i].params);
		json_decref(c->outbox.p[i].answer);
	}
	VEC_RELEASE(&c->outbox);
	VEC_RELEASE(&c->pending);
	buf_release(&c->in);
	replica_release(c);
}

bool client_settled(const struct client *c)
{
	if (c->state == CLIENT_ENDED)
		return true;
	if (c->state != CLIENT_ONLINE || c->pending.n)
		return false;
	for (size_t i = 0; i < c->outbox.n; i++)
		if (!c->outbox.p[i].done)
			return false;
	return replica_settled(c);
}

/* --- the outbox */

static void send_outbox(struct client *c)
{
	if (c->state != CLIENT_ONLINE)
		return;
	for (size_t i = 0; i < c->outbox.n; i++) {
		struct outgoing *k = &c->outbox.p[i];
		/* where commits may fail, the next waits for the answer: otherwise it could overtake the one that failed */
		if (!k->done && c->world->sequential && k->sent)
			return;
		if (k->sent || k->done)
			continue;
		k->sent = true;
		client_say(c, k->name, k->params, (struct pending){.ask = ASK_COMMAND, .command = i});
		if (c->world->sequential)
			return;
	}
}

static void send_later(void *arg)
{
	send_outbox(arg);
}

void client_up(struct client *c)
{
	c->state = CLIENT_ONLINE;
	send_outbox(c);
}

bool client_busy_with(const struct client *c, size_t person)
{
	for (size_t i = 0; i < c->outbox.n; i++)
		if (!c->outbox.p[i].done && c->outbox.p[i].kind != OUT_POST && c->outbox.p[i].person == person)
			return true;
	return false;
}

static void put_command(struct client *c, struct outgoing k, json_t *params)
{
	unsigned char id[16];
	random_fill(id, sizeof id);
	for (size_t i = 0; i < sizeof id; i++)
		snprintf(k.client_id + 2 * i, 3, "%02x", id[i]);
	if (k.kind != OUT_SESSION_END)
		json_object_set_new(params, "client_id", json_string(k.client_id));
	k.params = json_dumps(params, JSON_COMPACT);
	json_decref(params);
	VEC_PUSH(&c->outbox, k);
	send_outbox(c);
}

void client_post(struct client *c, int64_t chat, const char *text)
{
	put_command(c, (struct outgoing){.kind = OUT_POST, .name = "message_post", .chat = chat},
		json_pack("{s:I,s:s}", "chat_id", (json_int_t)chat, "text", text));
}

void client_command(struct client *c, enum outgoing_kind kind, int64_t chat, size_t person, int64_t session)
{
	const struct school *s = c->world->server.school;
	static const char *const names[] = {"message_post", "unit_member_add", "unit_member_remove", "member_remove", "session_end"};
	struct outgoing k = {.kind = kind, .name = names[kind], .chat = chat, .person = person, .session = session};
	if (kind == OUT_ADD)
		c->world->revoked[person][chat == s->chat[1]] = false;
	for (size_t i = 0; kind == OUT_SESSION_END && i < c->world->count; i++)
		c->world->clients[i].doomed |= c->world->clients[i].session == session;
	if (kind == OUT_SESSION_END)
		put_command(c, k, json_pack("{s:I}", "session_id", (json_int_t)session));
	else
		put_command(c, k, json_pack("{s:I,s:I}", kind == OUT_DISMISS ? "org_id" : "unit_id",
			(json_int_t)(kind == OUT_DISMISS ? s->org : s->unit[chat == s->chat[1]]), "person_id", (json_int_t)s->person[person]));
}

void client_repeat(struct client *c, size_t command)
{
	struct outgoing *k = &c->outbox.p[command];
	if (c->state == CLIENT_ONLINE && k->answer && k->kind != OUT_SESSION_END)
		client_say(c, k->name, k->params, (struct pending){.ask = ASK_REPEAT, .command = command});
}

void client_read(struct client *c, int64_t chat)
{
	char params[80];
	struct feed *f = feed_of(c, chat_stream((struct chat_id){chat}), false);
	if (c->state != CLIENT_ONLINE || !f || !f->have)
		return;
	snprintf(params, sizeof params, "{\"chat_id\":%lld,\"seq\":%lld}", (long long)chat, (long long)f->head);
	client_say(c, "chat_read", params, (struct pending){.ask = ASK_READ, .chat = chat});
}

void client_typing(struct client *c, int64_t chat)
{
	char params[40];
	if (c->state != CLIENT_ONLINE)
		return;
	snprintf(params, sizeof params, "{\"chat_id\":%lld}", (long long)chat);
	client_say(c, "typing", params, (struct pending){.ask = ASK_NOTHING});
}

/* --- hearing */

static bool passing(const char *error)
{
	return !strcmp(error, "unavailable") || !strcmp(error, "storage_full");
}

static void command_answered(struct client *c, const struct pending *p, const json_t *result, const char *error)
{
	struct outgoing *k = &c->outbox.p[p->command];
	if (error && passing(error)) {
		MUST(c->world->scenario->fail, "%s is unavailable", k->name);
		if (p->ask == ASK_COMMAND) {
			k->sent = false;
			sim_at(sim_range(1000, 50000), send_later, c);
		}
		return;
	}
	if (error && !strcmp(error, "not_signed_in")) {
		client_cut(c); /* the next socket says why */
		return;
	}
	MUST(!error || (!strcmp(error, "not_found") && (k->kind == OUT_POST || k->kind == OUT_SESSION_END)), "%s: %s", k->name, error);
	k->done = true;
	if (result)
		world_answered(c->world, c, k, result);
	send_outbox(c);
}

static void answered(struct client *c, const json_t *frame)
{
	int64_t id = number_of(frame, "id");
	const json_t *e = json_object_get(frame, "error"), *result = json_object_get(frame, "result");
	const char *error = e ? json_string_value(json_object_get(e, "code")) : NULL;
	size_t i = 0;
	MUST((e == NULL) != (result == NULL), "an answer is a result or an error");
	while (i < c->pending.n && c->pending.p[i].id != id)
		i++;
	MUST(i < c->pending.n, "client %zu: an answer to nothing: %lld", c->index, (long long)id);
	struct pending p = c->pending.p[i];
	memmove(c->pending.p + i, c->pending.p + i + 1, (--c->pending.n - i) * sizeof p);
	if (p.ask == ASK_COMMAND || p.ask == ASK_REPEAT)
		command_answered(c, &p, result, error);
	else if (p.ask != ASK_NOTHING)
		replica_answer(c, &p, result, error);
}

void client_hear(struct client *c, const char *text, size_t n)
{
	json_t *frame = json_loadb(text, n, 0, NULL), *part;
	MUST(frame, "client %zu: no JSON: %.*s", c->index, (int)n, text);
	if ((part = json_object_get(frame, "welcome"))) {
		MUST(c->state == CLIENT_WELCOME, "a second welcome");
		MUST(number_of(part, "person_id") == c->world->server.school->person[c->person], "somebody else's welcome");
		c->session = number_of(part, "session_id");
		replica_welcome(c, json_object_get(part, "heads"));
		client_up(c);
	} else {
		MUST(c->state == CLIENT_ONLINE, "before the welcome: %.*s", (int)n, text);
		if (json_object_get(frame, "seq"))
			replica_event(c, frame);
		else if ((part = json_object_get(frame, "follow")))
			replica_follow(c, part);
		else if ((part = json_object_get(frame, "unfollow")))
			replica_unfollow(c, part);
		else if (json_object_get(frame, "id"))
			answered(c, frame);
		else
			MUST(json_object_get(frame, "signal"), "client %zu: unknown: %.*s", c->index, (int)n, text);
	}
	json_decref(frame);
}
