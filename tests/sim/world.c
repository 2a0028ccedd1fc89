/* SPDX-License-Identifier: Apache-2.0
 *
 * See world.h: the course of one run.
 */
#include "world.h"

#include "base/mem.h"
#include "server/presence.h"
#include <stdio.h>
#include <stdlib.h>

#define SETTLE_MS 900000 /* however bad it was, in quiet everything is put right within this time */

struct world *world_now;
static uint64_t seed_now;

void world_broken(const char *what, ...)
{
	va_list args;
	fprintf(stderr, "\nSIM_SEED=%llu %s at %.3f s: ", (unsigned long long)seed_now, world_now->scenario->name, (double)sim_now_us() / 1e6);
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

void world_answered(struct world *w, struct client *c, struct outgoing *k, const json_t *result)
{
	(void)w;
	if (!k->answer)
		k->answer = json_deep_copy(result);
	MUST(json_equal(k->answer, result), "client %zu: %s was answered twice, differently", c->index, k->name);
}

/* --- deeds */

static void post_something(struct world *w, struct client *c)
{
	char text[8200];
	size_t waiting = 0, n;
	int64_t chat = w->server.school->chat[sim_chance(300)];
	struct feed *f = feed_of(c, chat_stream((struct chat_id){chat}), false);
	for (size_t i = 0; i < c->outbox.n; i++)
		waiting += !c->outbox.p[i].done;
	if (!f || !f->have || waiting > 6)
		return;
	n = (size_t)snprintf(text, sizeof text, "k%zu %lld", c->index, (long long)++c->counter);
	for (size_t more = sim_random(w->scenario->text + 1); more-- > 0;) {
		text[n++] = "\xd0"[0];
		text[n++] = "\xb0"[0];
	}
	text[n] = 0;
	client_post(c, chat, text);
}

static void change_roster(struct world *w, struct client *admin)
{
	size_t p = 2 + sim_random(w->server.school->people - 2), u = sim_random(2);
	if (w->dismissed[p] || client_busy_with(admin, p))
		return;
	if (sim_chance(30)) {
		w->dismissed[p] = true;
		w->in[p][0] = w->in[p][1] = false;
		client_command(admin, OUT_DISMISS, w->server.school->chat[0], p, 0);
		return;
	}
	w->in[p][u] = !w->in[p][u];
	client_command(admin, w->in[p][u] ? OUT_ADD : OUT_REMOVE, w->server.school->chat[u], p, 0);
}

static void end_some_session(struct world *w, struct client *c)
{
	for (size_t i = 0; i < w->count; i++) {
		struct client *other = &w->clients[i];
		if (other != c && other->person == c->person && other->session && !other->doomed && !c->doomed && other->state != CLIENT_ENDED) {
			client_command(c, OUT_SESSION_END, 0, 0, other->session);
			if (sim_chance(500)) /* so that it may come back just while it ends */
				client_cut_briefly(other);
			return;
		}
	}
}

static void jump(struct world *w)
{
	int64_t by = sim_chance(500) ? 3600000 : -3600000;
	if (w->scenario->far_future && sim_chance(100) && w->jumped_ms < 86400000) {
		by = 13LL * 365 * 86400000;
		for (size_t i = 0; i < w->count; i++)
			w->clients[i].doomed = true;
	}
	w->jumped_ms += by;
	sim_wall_jump(by);
}

struct pause { struct client *c; uint64_t epoch; };

static void end_pause(void *arg)
{
	struct pause *p = arg;
	if (p->c->wire && p->c->epoch == p->epoch)
		wire_stall(p->c->wire, false);
	mem_free(p);
}

static void stall(struct client *c)
{
	if (!c->wire || c->state != CLIENT_ONLINE)
		return;
	struct pause *p = mem_alloc(sizeof *p);
	*p = (struct pause){c, c->epoch};
	wire_stall(c->wire, true);
	sim_at(sim_range(10000, 5000000), end_pause, p);
}

static void deed(struct world *w, struct client *c)
{
	const struct scenario *s = w->scenario;
	if (sim_chance(s->cut))
		client_cut(c);
	else if (sim_chance(s->stall))
		stall(c);
	else if (sim_chance(s->repeat) && c->outbox.n)
		client_repeat(c, sim_random(c->outbox.n));
	else if (c->index == 0 && sim_chance(s->roster))
		change_roster(w, c);
	else if (sim_chance(s->leave))
		end_some_session(w, c);
	else if (sim_chance(s->jump))
		jump(w);
	else if (sim_chance(600))
		post_something(w, c);
	else if (sim_chance(600))
		client_read(c, w->server.school->chat[sim_random(2)]);
	else
		client_typing(c, w->server.school->chat[sim_random(2)]);
}

static void tick(void *arg)
{
	struct client *c = arg;
	if (!c->world->active)
		return;
	if (c->state != CLIENT_ENDED)
		deed(c->world, c);
	sim_at(sim_range(1000, c->world->scenario->tick_ms * 1000), tick, c);
}

static void storm(void *arg)
{
	struct world *w = arg;
	if (!w->active)
		return;
	for (size_t i = 0; i < w->count; i++)
		client_cut(&w->clients[i]);
	sim_at(sim_range(500000, 2000000), storm, w);
}

/* --- phases */

static void look_whether_settled(void *arg)
{
	struct world *w = arg;
	bool all = true;
	for (size_t i = 0; i < w->count && all; i++)
		all = w->clients[i].away || client_settled(&w->clients[i]);
	if (!all)
		w->quiet_since_us = sim_now_us();
	w->settled = sim_now_us() - w->quiet_since_us > 3000000;
	if (!w->settled)
		sim_at(100000, look_whether_settled, w);
}

static void say_who_hangs(struct world *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct client *c = &w->clients[i];
		if (c->away || client_settled(c))
			continue;
		fprintf(stderr, "client %zu: state %d, %zu pending\n", i, (int)c->state, c->pending.n);
		for (size_t k = 0; k < c->feeds.n; k++)
			fprintf(stderr, "  stream %lld: followed %d have %d fetching %d history %d head %lld known %lld\n", (long long)c->feeds.p[k]->id.v,
				c->feeds.p[k]->followed, c->feeds.p[k]->have, c->feeds.p[k]->fetching, c->feeds.p[k]->history,
				(long long)c->feeds.p[k]->head, (long long)c->feeds.p[k]->known);
	}
}

static void settle(struct world *w)
{
	int64_t until = sim_now_us() + SETTLE_MS * 1000LL;
	w->settled = false;
	w->quiet_since_us = sim_now_us();
	sim_at(0, look_whether_settled, w);
	while (!w->settled) {
		CHECK(sim_step());
		if (sim_now_us() > until) {
			say_who_hangs(w);
			world_broken("it does not come to rest");
		}
	}
}

static void run_for(int64_t ms)
{
	int64_t until = sim_now_us() + ms * 1000;
	while (sim_now_us() < until && sim_step())
		;
}

/* One client misses more than events_since would tell. */
static void miss_very_much(struct world *w)
{
	struct client *lost = &w->clients[w->count - 1], *writer = &w->clients[0];
	/* the administrator is in no class; the teacher is */
	for (size_t i = 0; writer->person != 1 && i < w->count; i++)
		writer = &w->clients[i];
	CHECK(writer->person == 1 && writer != lost);
	lost->away = true;
	client_cut(lost);
	for (size_t i = 0; i < 2100; i++) {
		char text[40];
		snprintf(text, sizeof text, "k%zu %lld", writer->index, (long long)++writer->counter);
		client_post(writer, w->server.school->chat[0], text);
		if (i % 50 == 49)
			run_for(100);
	}
	settle(w);
	lost->away = false;
	client_down(lost);
}

static void compare_all(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		client_compare(&w->clients[i]);
	settle(w);
	for (size_t i = 0; i < w->count; i++)
		if (w->clients[i].expired) /* signed in again meanwhile */
			client_compare(&w->clients[i]);
	settle(w);
	for (size_t i = 0; i < w->count; i++)
		MUST(w->clients[i].fresh == 0 && !w->clients[i].expired, "client %zu was not compared", i);
}

static void leave_all(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		client_cut_for_good(&w->clients[i]);
	while (sim_step())
		;
	MUST(sim_conns_open() == 0, "%zu connections are left", sim_conns_open());
	MUST(socket_count() == 0, "%llu sockets are counted", (unsigned long long)socket_count());
	for (size_t i = 0; i < w->server.school->people; i++)
		MUST(!presence_online((struct person_id){w->server.school->person[i]}), "person %zu is still here", i);
}

static void come(struct world *w)
{
	const struct scenario *s = w->scenario;
	w->clients = mem_alloc(s->clients * sizeof *w->clients);
	w->count = s->clients;
	for (size_t i = 0; i < s->clients; i++) {
		struct client *c = &w->clients[i];
		c->world = w;
		c->index = i;
		c->person = i % s->people;
		c->deflate = sim_chance(500);
		c->relogin = s->far_future || i % 2;
		snprintf(c->address, sizeof c->address, "10.0.%zu.%zu", i / 250, i % 250 + 1);
		/* many sockets of one session, where there are very many */
		if (i >= s->people && s->storm) {
			memcpy(c->token, w->clients[c->person].token, sizeof c->token);
			c->relogin = true;
		}
		client_start(c);
		if (i + 1 == s->people) {
			w->count = s->people;
			settle(w);
			w->count = s->clients;
		}
	}
	settle(w);
}

static void be_busy(struct world *w)
{
	w->active = true;
	for (size_t i = 0; i < w->count; i++)
		tick(&w->clients[i]);
	if (w->scenario->storm)
		storm(w);
	run_for(w->scenario->active_ms);
	w->active = false;
	sim_net.late_per_mille = 0;
	sim_store = (struct sim_store){0};
	/* what is stalled for longer reads again by itself */
}

void world_run(const struct scenario *s, struct school *school, const char *folder, uint64_t seed)
{
	struct world *w = mem_alloc(sizeof *w);
	world_now = w;
	seed_now = seed;
	w->scenario = s;
	school_make(school, folder, s->people);
	sim_reset(seed, s->jump && seed % 2 ? 2147483640000 : 1790000100000);
	sim_net = (struct sim_net){.late_per_mille = 50, .usual_us = sim_range(100, 20000), .late_us = 500000, .window = 65536};
	w->sequential = s->fail > 0;
	sim_on_send = checks_on_send;
	server_start(&w->server, school, folder, s->loops ? s->loops : 2 + sim_random(2));
	for (size_t p = 0; p < school->people; p++) {
		w->in[p][0] = true;
		w->in[p][1] = p > 1 && p < school->people / 2;
	}
	come(w);
	sim_store = (struct sim_store){.fail_per_mille = s->fail, .slow_per_mille = s->slow};
	if (s->away)
		miss_very_much(w);
	be_busy(w);
	settle(w);
	compare_all(w);
	checks_store(w);
	leave_all(w);
	server_stop(&w->server);
	sim_on_send = NULL;
	for (size_t i = 0; i < w->count; i++)
		client_release(&w->clients[i]);
	mem_free(w->clients);
	VEC_RELEASE(&w->pushes);
	mem_free(w);
	sim_end();
}
