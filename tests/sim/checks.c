/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold, seen from the server's side: at the moment when something is queued for a connection, and in the store at the end.
 */
#include "world.h"
#include <stdio.h>

/* --- what goes to whom, when */

static bool number_after(struct str s, const char *mark, int64_t *out)
{
	const char *at = memmem(s.p, s.n, mark, strlen(mark)), *end = s.p + s.n;
	if (!at)
		return false;
	at += strlen(mark);
	for (*out = 0; at < end && *at >= '0' && *at <= '9'; at++)
		*out = *out * 10 + (*at - '0');
	return true;
}

static void event_sent(struct world *w, const struct client *c, uint64_t epoch, struct str text)
{
	int64_t chat, seq;
	MUST(epoch > c->revoked_epoch, "an event for client %zu after the end of its session was acknowledged", c->index);
	if (!str_starts(text, STR("{\"stream\":\"c")) || !number_after(text, "{\"stream\":\"c", &chat) || !number_after(text, "\"seq\":", &seq))
		return;
	const struct school *s = w->server.school;
	for (size_t u = 0; u < 2; u++)
		MUST(chat != s->chat[u] || !w->revoked[c->person][u], "an event for client %zu after his removal was acknowledged", c->index);
	VEC_PUSH(&w->pushes, ((struct push){s->person[c->person], chat, seq}));
}

static void answer_sent(struct world *w, struct client *c, uint64_t epoch, struct str text)
{
	int64_t id, seq;
	if (!number_after(text, "{\"id\":", &id) || epoch != c->epoch || !c->wire)
		return;
	const struct outgoing *k = NULL;
	for (size_t i = 0; i < c->pending.n; i++)
		if (c->pending.p[i].id == id && c->pending.p[i].ask == ASK_COMMAND)
			k = &c->outbox.p[c->pending.p[i].command];
	if (!k)
		return;
	if (k->kind == OUT_POST && number_after(text, "\"seq\":", &seq))
		MUST(server_int(&w->server, "SELECT count(*) FROM message WHERE chat_id = ?1 AND seq = ?2", k->chat, seq) == 1,
			"an answer before its message is in the store");
	if (k->kind == OUT_REMOVE)
		w->revoked[k->person][k->chat == w->server.school->chat[1]] = true;
	if (k->kind == OUT_DISMISS)
		w->revoked[k->person][0] = w->revoked[k->person][1] = true;
	for (size_t i = 0; k->kind == OUT_SESSION_END && i < w->count; i++)
		if (w->clients[i].session == k->session)
			w->clients[i].revoked_epoch = UINT64_MAX;
}

void checks_on_send(struct conn *conn, const struct bytes *b)
{
	struct wire *wire = sim_conn_wire(conn);
	struct client *c = wire_user(wire);
	/* one buffer may hold several frames */
	for (size_t at = 0; at + 2 <= b->n && b->p[at] == 0x81;) {
		size_t n = b->p[at + 1], head = 2;
		if (n >= 126) {
			size_t more = n == 126 ? 2 : 8;
			n = 0;
			for (; head < 2 + more; head++)
				n = n << 8 | b->p[at + head];
		}
		struct str text = str_n(b->p + at + head, n);
		if (str_starts(text, STR("{\"stream\":")))
			event_sent(world_now, c, wire_tag(wire), text);
		else if (str_starts(text, STR("{\"id\":")) && memmem(text.p, text.n < 40 ? text.n : 40, "\"result\":", 9))
			answer_sent(world_now, c, wire_tag(wire), text);
		at += head + n;
	}
}

/* --- the store at the end */

static void check_chat(struct world *w, int64_t chat)
{
	struct sim_server *s = &w->server;
	int64_t stream = chat_stream((struct chat_id){chat}).v;
	int64_t head = server_int(s, "SELECT head FROM chat WHERE id = ?1 AND ?2 = 0", chat, 0);
	int64_t events = server_int(s, "SELECT count(*) FROM event WHERE stream = ?1 AND seq <= ?2 AND seq > 0", stream, head);
	int64_t messages = server_int(s, "SELECT count(*) FROM message WHERE chat_id = ?1 AND seq <= ?2 AND seq > 0", chat, head);
	int64_t both = server_int(s, "SELECT count(*) FROM event e JOIN message m ON m.seq = e.seq WHERE e.stream = ?1 AND m.chat_id = ?2", stream, chat);
	MUST(both == 0, "a seq was used twice");
	MUST(events + messages == head, "chat %lld: %lld events and %lld messages do not fill %lld", (long long)chat, (long long)events,
		(long long)messages, (long long)head);
	MUST(server_int(s, "SELECT count(*) FROM (SELECT number, row_number() OVER (ORDER BY seq) AS n FROM message WHERE chat_id = ?1)"
		" WHERE number <> n + ?2", chat, 0) == 0, "message numbers are dense");
}

/* Was he in the chat when this event happened? Those of the school's beginning are in it from its start. */
static bool had_right(struct sim_server *s, const struct push *p)
{
	struct rows r;
	bool in = false;
	for (db_query(s->look, &r,
		     "SELECT type FROM event WHERE stream = ?1 AND seq <= ?2 AND (type = 'chat_member_left' AND body ->> 'person_id' = ?3 OR"
		     " type = 'chat_member_joined' AND body ->> '$.member.person.id' = ?3) ORDER BY seq",
		     "iii", chat_stream((struct chat_id){p->chat}).v, p->seq, p->person);
		rows_next(&r);)
		in = str_eq(rows_str(&r, 0, NULL), STR("chat_member_joined"));
	CHECK(!rows_close(&r));
	return in;
}

/* In the store, once, and in the order in which he wrote them. (Whoever is put out of a chat and back may have one refused and the
 * next accepted, and then repeat the first after a reconnect: for him there is no order to keep.) */
static void check_acknowledged(struct world *w, const struct client *c)
{
	int64_t last[2] = {0};
	for (size_t i = 0; i < c->outbox.n; i++) {
		const struct outgoing *k = &c->outbox.p[i];
		if (k->kind != OUT_POST || !k->answer)
			continue;
		MUST(!strcmp(json_string_value(json_object_get(k->answer, "client_id")), k->client_id), "an answer with another id");
		bool found;
		int64_t n;
		CHECK(!db_int(w->server.look, &found, &n,
			"SELECT count(*) FROM message WHERE chat_id = ?1 AND seq = ?2 AND number = ?3 AND lower(hex(client_id)) = ?4", "iiis", k->chat,
			number_of(k->answer, "seq"), number_of(k->answer, "number"), str_of(k->client_id)));
		MUST(n == 1, "an acknowledged message is not in the store");
		int64_t *before = &last[k->chat == w->server.school->chat[1]];
		MUST(number_of(k->answer, "seq") > *before || (w->scenario->roster && c->person > 1), "client %zu: messages in another order", c->index);
		*before = number_of(k->answer, "seq");
	}
}

void checks_store(struct world *w)
{
	const struct school *s = w->server.school;
	for (size_t u = 0; u < 2; u++)
		check_chat(w, s->chat[u]);
	MUST(server_int(&w->server, "SELECT count(*) FROM (SELECT 1 FROM message GROUP BY sender_id, client_id HAVING count(*) > ?1 + ?2)", 1, 0) == 0,
		"a message is in the store twice");
	for (size_t i = 0; i < w->count; i++)
		check_acknowledged(w, &w->clients[i]);
	/* a sample is enough where there are very many */
	size_t step = 1 + w->pushes.n / 3000;
	for (size_t i = 0; i < w->pushes.n; i += step) {
		const struct push *p = &w->pushes.p[i];
		MUST(had_right(&w->server, p), "person %lld heard event %lld of chat %lld without being in it", (long long)p->person,
			(long long)p->seq, (long long)p->chat);
	}
}
