/* SPDX-License-Identifier: Apache-2.0
 *
 * net/conn.h on a network of objects: bytes travel in pieces, late and in order; a reader may stall, a connection may break in
 * between. The server's end behaves as src/net/conn.c does towards its owner. One thread.
 */
#include "base/vec.h"
#include "sim.h"

struct wire {
	unsigned refs;            /* both ends, and pieces under way */
	/* borrowed */
	struct conn *conn;        /* NULL: buried */
	const struct wire_handler *handler;
	void *user;
	uint64_t tag;
	/* state */
	int64_t up_us, down_us;   /* when the last piece of each direction arrives */
	struct buf unread;        /* arrived, the client's end has not read it */
	size_t travelling;        /* bytes from the server that the client's end has not read */
	bool stalled, cut, lost, ended, told; /* lost: what still travels to the server does not arrive; ended: the server's FIN came */
};

struct conn {
	/* borrowed */
	struct loop *loop;
	const struct conn_handler *handler;
	void *user;
	/* owned */
	struct wire *wire;
	struct buf arrived, kept;
	VEC(struct bytes *) queue;
	struct timer timer;
	/* state */
	size_t head, sent, queued, read_limit, write_limit;
	uint64_t id;
	struct conn *next, **link;
	struct conn_address peer;
	bool fin, reset, eof, paused, closing, shut, dead, overflowed, overflow_told, resume, full;
};

struct piece { struct wire *wire; struct bytes *bytes; bool end; };

struct sim_net sim_net;
void (*sim_on_send)(struct conn *c, const struct bytes *b);
static uint64_t last_id;
static size_t open_conns;

size_t sim_conns_open(void) { return open_conns; }
void *wire_user(const struct wire *w) { return w->user; }
uint64_t wire_tag(const struct wire *w) { return w->tag; }
struct wire *sim_conn_wire(const struct conn *c) { return c->wire; }

static void wire_unref(struct wire *w)
{
	if (--w->refs)
		return;
	buf_release(&w->unread);
	mem_free(w);
}

/* --- pieces */

static int64_t arrival(int64_t *last_us)
{
	int64_t late = sim_chance(sim_net.late_per_mille) ? sim_range(0, sim_net.late_us) : sim_range(0, sim_net.usual_us);
	int64_t at = sim_now_us() + late;
	if (at < *last_us)
		at = *last_us;
	*last_us = at;
	return at - sim_now_us();
}

static void travel(struct wire *w, int64_t *last_us, void (*run)(void *), const void *p, size_t n, bool end)
{
	while (n > 0 || end) {
		size_t part = n > 0 && sim_chance(300) ? 1 + sim_random(n) : n;
		struct piece *piece = mem_alloc(sizeof *piece);
		piece->wire = w;
		piece->bytes = bytes_new(p, part);
		piece->end = end && part == n;
		w->refs++;
		sim_at(arrival(last_us), run, piece);
		p = (const char *)p + part;
		n -= part;
		if (piece->end)
			return;
	}
}

static void piece_free(struct piece *piece)
{
	wire_unref(piece->wire);
	bytes_unref(&piece->bytes);
	mem_free(piece);
}

/* --- the client's end */

static void arrive_up(void *arg)
{
	struct piece *piece = arg;
	struct wire *w = piece->wire;
	struct conn *c = w->conn;
	if (c && !w->lost) {
		buf_add_str(&c->arrived, bytes_str(piece->bytes));
		c->fin |= piece->end;
		sim_loop_wake(c->loop);
	}
	piece_free(piece);
}

static void arrive_reset(void *arg)
{
	struct wire *w = arg;
	if (w->conn) {
		w->conn->reset = true;
		sim_loop_wake(w->conn->loop);
	}
	wire_unref(w);
}

static void read_unread(struct wire *w)
{
	w->refs++;
	while (w->unread.n && !w->stalled && !w->cut) {
		size_t n = w->unread.n;
		struct bytes *b = bytes_new(w->unread.p, n);
		buf_clear(&w->unread);
		w->travelling -= n;
		if (w->conn)
			sim_loop_wake(w->conn->loop);
		w->handler->on_bytes(w->user, w, b->p, n);
		bytes_unref(&b);
	}
	if (w->ended && !w->unread.n && !w->cut && !w->told) {
		w->told = true;
		travel(w, &w->up_us, arrive_up, NULL, 0, true);
		w->handler->on_closed(w->user, w);
		wire_unref(w);
	}
	wire_unref(w);
}

static void arrive_down(void *arg)
{
	struct piece *piece = arg;
	struct wire *w = piece->wire;
	if (!w->cut) {
		buf_add_str(&w->unread, bytes_str(piece->bytes));
		w->ended |= piece->end;
		read_unread(w);
	}
	piece_free(piece);
}

void wire_send(struct wire *w, const void *p, size_t n)
{
	CHECK(!w->cut && !w->told);
	travel(w, &w->up_us, arrive_up, p, n, false);
}

void wire_stall(struct wire *w, bool stalled)
{
	w->stalled = stalled;
	if (!stalled)
		read_unread(w);
}

void wire_cut(struct wire *w)
{
	CHECK(!w->cut && !w->told);
	w->cut = true;
	w->lost = sim_chance(500);
	if (!sim_chance(100)) { /* else the server is left to its own timeouts */
		w->refs++;
		sim_at(arrival(&w->up_us), arrive_reset, w);
	}
	wire_unref(w);
}

/* --- the server's end: what its owner calls */

struct wire *wire_connect(struct loop *l, const struct wire_config *config)
{
	struct wire *w = mem_alloc(sizeof *w);
	struct conn *c = mem_alloc(sizeof *c);
	w->refs = 2;
	w->conn = c;
	w->handler = config->handler;
	w->user = config->user;
	w->tag = config->tag;
	buf_init(&w->unread, SIZE_MAX);
	c->wire = w;
	c->loop = l;
	c->read_limit = 65536;
	c->write_limit = 1u << 20;
	c->id = ++last_id;
	buf_init(&c->arrived, SIZE_MAX);
	buf_init(&c->kept, SIZE_MAX);
	memcpy(c->peer.text, config->address, strlen(config->address));
	c->link = sim_loop_conns(l);
	c->next = *c->link;
	if (c->next)
		c->next->link = &c->next;
	*c->link = c;
	open_conns++;
	config->on_accept(c, config->accept_user);
	return w;
}

void *conn_user(const struct conn *c) { return c->user; }
struct loop *conn_loop(const struct conn *c) { return c->loop; }
const struct conn_address *conn_peer(const struct conn *c) { return &c->peer; }
bool conn_is_tls(const struct conn *c) { (void)c; return false; }
uint64_t conn_id(const struct conn *c) { return c->id; }
size_t conn_queued(const struct conn *c) { return c->queued; }

void conn_set_handler(struct conn *c, const struct conn_handler *h, void *user)
{
	c->handler = h;
	c->user = user;
	c->resume |= c->kept.n > 0;
}

void conn_set_limits(struct conn *c, size_t read_limit, size_t write_limit)
{
	c->read_limit = read_limit;
	c->write_limit = write_limit;
}

/* What the kernel takes: as much as the window has room for. */
static void write_queue(struct conn *c)
{
	struct wire *w = c->wire;
	while (c->head < c->queue.n && w->travelling < sim_net.window) {
		struct bytes *b = c->queue.p[c->head];
		size_t n = b->n - c->sent, room = sim_net.window - w->travelling;
		if (n > room)
			n = room;
		w->travelling += n;
		if (!w->cut)
			travel(w, &w->down_us, arrive_down, b->p + c->sent, n, false);
		c->sent += n;
		c->queued -= n;
		if (c->sent < b->n)
			continue;
		c->sent = 0;
		bytes_unref(&c->queue.p[c->head++]);
	}
	c->full = c->head < c->queue.n;
	if (!c->full) {
		VEC_CLEAR(&c->queue);
		c->head = 0;
	}
}

void conn_send(struct conn *c, struct bytes *b)
{
	if (c->closing || c->dead || c->overflowed || !b->n)
		return;
	if (sim_on_send)
		sim_on_send(c, b);
	VEC_PUSH(&c->queue, bytes_ref(b));
	c->queued += b->n;
	if (c->queued > c->write_limit) {
		if (!c->full)
			write_queue(c);
		c->overflowed = c->queued > c->write_limit;
	}
	sim_loop_wake(c->loop);
}

void conn_send_copy(struct conn *c, const void *p, size_t n)
{
	struct bytes *b = bytes_new(p, n);
	conn_send(c, b);
	bytes_unref(&b);
}

void conn_drop_queue(struct conn *c)
{
	size_t keep = c->sent ? c->head + 1 : c->head;
	while (c->queue.n > keep) {
		struct bytes *b = VEC_POP(&c->queue);
		c->queued -= b->n;
		bytes_unref(&b);
	}
}

void conn_pause(struct conn *c, bool paused)
{
	if (c->dead || c->closing)
		return;
	c->resume |= c->paused && !paused;
	c->paused = paused;
	sim_loop_wake(c->loop);
}

static void linger_over(struct loop *l, struct timer *t)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, timer));
	c->dead = true;
	sim_loop_wake(l);
}

void conn_close(struct conn *c, enum conn_close_how how)
{
	sim_loop_wake(c->loop);
	if (how == CONN_CLOSE_NOW) {
		c->dead = true;
		return;
	}
	if (c->closing || c->dead)
		return;
	c->closing = true;
	c->paused = c->overflowed = false;
	c->timer.fire = linger_over;
	timer_start(c->loop, &c->timer, CONN_LINGER_MS);
}

/* --- the server's end: its part of a turn */

static bool may_hear(const struct conn *c) { return !c->dead && !c->closing && !c->paused; }

static void give_kept(struct conn *c)
{
	while (c->kept.n && may_hear(c)) {
		const struct conn_handler *h = c->handler;
		/* a copy of the exact size: whoever reads beyond it is found */
		size_t n = c->kept.n;
		struct bytes *b = bytes_new(c->kept.p, n);
		size_t used = h->on_data(c, b->p, n);
		CHECK(used <= n);
		memcpy(c->kept.p, b->p, n); /* it may have been unmasked where it lay */
		bytes_unref(&b);
		buf_drop_front(&c->kept, used);
		if (h == c->handler)
			break;
	}
	if (may_hear(c) && c->kept.n > c->read_limit) {
		net_count_cut(NET_CUT_LARGE);
		c->dead = true;
	}
}

static void read_conn(struct conn *c)
{
	if (c->reset) {
		c->dead = true;
		return;
	}
	if (c->closing) {
		buf_clear(&c->arrived);
	} else if (!c->paused && c->arrived.n) {
		size_t n = sim_chance(300) ? 1 + sim_random(c->arrived.n) : c->arrived.n;
		buf_add(&c->kept, c->arrived.p, n);
		buf_drop_front(&c->arrived, n);
		give_kept(c);
	}
	if (c->dead || c->paused || c->arrived.n || !c->fin || c->eof)
		return;
	c->eof = true;
	if (c->closing)
		c->dead |= c->shut;
	else if (c->handler->on_eof)
		c->handler->on_eof(c);
	else
		conn_close(c, CONN_CLOSE_FLUSH);
}

void sim_conns_read(struct loop *l)
{
	for (struct conn *c = *sim_loop_conns(l); c; c = c->next)
		if (!c->dead)
			read_conn(c);
}

static void overflow(struct conn *c)
{
	c->overflowed = false;
	if (!c->overflow_told && c->handler->on_overflow) {
		c->overflow_told = true;
		c->handler->on_overflow(c);
		if (c->dead || c->closing || c->queued <= c->write_limit)
			return;
	}
	net_count_cut(NET_CUT_OVERFLOW);
	c->dead = true;
}

static void flush(struct conn *c)
{
	if (c->overflowed)
		overflow(c);
	if (c->dead)
		return;
	bool had = c->head < c->queue.n;
	if (had)
		write_queue(c);
	bool empty = c->head == c->queue.n;
	if (c->closing && empty && !c->shut) {
		c->shut = true;
		c->dead |= c->eof;
		if (!c->wire->cut)
			travel(c->wire, &c->wire->down_us, arrive_down, NULL, 0, true);
	} else if (had && empty && !c->closing && c->handler->on_drained) {
		c->handler->on_drained(c);
	}
}

static void bury(struct conn *c)
{
	timer_stop(c->loop, &c->timer);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	if (!c->shut && !c->wire->cut) /* the kernel resets: what has not arrived may be lost, the end is told */
		travel(c->wire, &c->wire->down_us, arrive_down, NULL, 0, true);
	c->handler->on_close(c);
	for (size_t i = c->head; i < c->queue.n; i++)
		bytes_unref(&c->queue.p[i]);
	VEC_RELEASE(&c->queue);
	buf_release(&c->arrived);
	buf_release(&c->kept);
	c->wire->conn = NULL;
	wire_unref(c->wire);
	open_conns--;
	mem_free(c);
}

bool sim_conns_finish(struct loop *l)
{
	bool more = false;
	for (struct conn *c = *sim_loop_conns(l); c; c = c->next) {
		if (c->resume && !c->dead) {
			c->resume = false;
			give_kept(c);
		}
		if (!c->dead)
			flush(c);
	}
	for (struct conn *c = *sim_loop_conns(l), *next; c; c = next) {
		next = c->next;
		if (c->dead)
			bury(c);
	}
	for (struct conn *c = *sim_loop_conns(l); c; c = c->next)
		more |= c->dead || c->resume || (c->arrived.n && !c->paused) || c->overflowed || (c->reset && !c->dead)
			|| (c->head < c->queue.n && c->wire->travelling < sim_net.window && !c->closing);
	return more;
}
