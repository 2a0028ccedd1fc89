/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections: what their owners call, the queue, and their end. The loop's thread only.
 *
 * Nothing here calls back into the owner: conn_send and conn_close only note what has to happen, the loop does it in
 * its turn. So an owner may call anything from any callback.
 */
#include "net/conn.h"
#include "base/mem.h"
#include "net/conn_private.h"
#include "net/net_stats.h"
#include <openssl/ssl.h>
#include <unistd.h>

static uint64_t last_id;

static void timed_out(struct loop *l, struct timer *t)
{
	(void)l;
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, timer));
	if (c->flags & CONN_CLOSING)
		conn_kill(c); /* lingered long enough */
	else
		conn_cut(c, NET_CUT_SLOW);
}

struct conn *conn_new(struct loop *l, int fd, struct accept_point *from)
{
	struct conn *c = mem_try_alloc(sizeof *c);
	if (!c)
		return NULL;
	c->watch.on_ready = conn_on_ready;
	c->fd = fd;
	c->loop = l;
	c->queue = c->queue_inline;
	c->queue_cap = CONN_INLINE_REFS;
	c->from = from;
	c->read_limit = CONN_READ_LIMIT;
	c->write_limit = CONN_WRITE_LIMIT;
	c->timer.fire = timed_out;
	c->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	return c;
}

void *conn_user(const struct conn *c) { return c->user; }
struct loop *conn_loop(const struct conn *c) { return c->loop; }
const struct conn_address *conn_peer(const struct conn *c) { return &c->peer; }
bool conn_is_tls(const struct conn *c) { return c->ssl != NULL; }
uint64_t conn_id(const struct conn *c) { return c->id; }
size_t conn_queued(const struct conn *c) { return c->queued; }

void conn_set_handler(struct conn *c, const struct conn_handler *h, void *user)
{
	c->handler = h;
	c->user = user;
	if (c->kept)
		conn_mark_resumed(c); /* the new one has not seen it */
}

void conn_set_limits(struct conn *c, size_t read_limit, size_t write_limit)
{
	c->read_limit = read_limit;
	c->write_limit = write_limit;
}

/* --- lists of the turn --- */

void conn_mark_dirty(struct conn *c)
{
	if (c->flags & (CONN_IN_DIRTY | CONN_DEAD))
		return;
	c->flags |= CONN_IN_DIRTY;
	c->dirty_next = NULL;
	struct conn_list *list = &c->loop->dirty;
	if (list->last)
		list->last->dirty_next = c;
	else
		list->first = c;
	list->last = c;
}

void conn_mark_resumed(struct conn *c)
{
	if (c->flags & (CONN_IN_RESUMED | CONN_DEAD))
		return;
	c->flags |= CONN_IN_RESUMED;
	c->resumed_next = NULL;
	struct conn_list *list = &c->loop->resumed;
	if (list->last)
		list->last->resumed_next = c;
	else
		list->first = c;
	list->last = c;
}

/* --- the queue --- */

static bool queue_grow(struct conn *c)
{
	if (c->queue_cap > UINT32_MAX / 8)
		return false;
	uint32_t cap = c->queue_cap * 4;
	struct bytes **grown = mem_try_alloc(cap * sizeof(struct bytes *));
	if (!grown)
		return false;
	for (uint32_t i = 0; i < c->queue_n; i++)
		grown[i] = c->queue[(c->queue_head + i) & (c->queue_cap - 1)];
	if (c->queue != c->queue_inline)
		mem_free(c->queue);
	c->queue = grown;
	c->queue_cap = cap;
	c->queue_head = 0;
	return true;
}

static void queue_shrink_when_empty(struct conn *c)
{
	if (c->queue_n > 0 || c->queue == c->queue_inline)
		return;
	mem_free(c->queue);
	c->queue = c->queue_inline;
	c->queue_cap = CONN_INLINE_REFS;
	c->queue_head = 0;
}

void conn_queue_advance(struct conn *c, size_t n)
{
	CHECK(n <= c->queued);
	c->queued -= n;
	n += c->sent;
	while (c->queue_n > 0) {
		struct bytes **first = &c->queue[c->queue_head];
		if (n < (*first)->n)
			break;
		n -= (*first)->n;
		bytes_unref(first);
		c->queue_head = (c->queue_head + 1) & (c->queue_cap - 1);
		c->queue_n--;
	}
	c->sent = n;
	if (c->queue_n == 0)
		c->queue_head = 0; /* the next reference lies beside what queueing it touches */
	queue_shrink_when_empty(c);
}

/* Takes the reference over. */
static void send_owned(struct conn *c, struct bytes *b)
{
	/* once it overflowed and until the owner has been told, its queue is lost anyway */
	if ((c->flags & (CONN_CLOSING | CONN_DEAD | CONN_OVERFLOWED)) || b->n == 0) {
		bytes_unref(&b);
		return;
	}
	if (c->queue_n == c->queue_cap && !queue_grow(c)) {
		bytes_unref(&b);
		c->flags |= CONN_OVERFLOWED;
		conn_mark_dirty(c);
		return;
	}
	c->queue[(c->queue_head + c->queue_n++) & (c->queue_cap - 1)] = b;
	c->queued += b->n;
	if (!(c->flags & CONN_WANTS_OUT))
		conn_mark_dirty(c);
	if (c->queued > c->write_limit) {
		/* More than the limit in one turn is fine as long as the kernel takes it. */
		if ((c->flags & (CONN_WANTS_OUT | CONN_OPEN)) == CONN_OPEN)
			conn_write_queue(c);
		if (c->queued > c->write_limit && !(c->flags & CONN_DEAD)) {
			c->flags |= CONN_OVERFLOWED;
			conn_mark_dirty(c);
		}
	}
}

void conn_send(struct conn *c, struct bytes *b) { send_owned(c, bytes_ref(b)); }

void conn_send_copy(struct conn *c, const void *p, size_t n)
{
	if (n > 0)
		send_owned(c, bytes_new(p, n));
}

void conn_drop_queue(struct conn *c)
{
	/* What is begun stays whole: the buffer that is partly sent, and those that lie in a TLS record already made. */
	size_t begun = c->sent + c->tls_begun;
	uint32_t keep = 0;
	size_t covered = 0;
	while (keep < c->queue_n && covered < begun)
		covered += c->queue[(c->queue_head + keep++) & (c->queue_cap - 1)]->n;
	while (c->queue_n > keep) {
		struct bytes **last = &c->queue[(c->queue_head + --c->queue_n) & (c->queue_cap - 1)];
		c->queued -= (*last)->n;
		bytes_unref(last);
	}
	/* the count of a buffer that is partly sent was already lowered by what left */
	queue_shrink_when_empty(c);
}

/* --- reading --- */

void conn_watch_as_needed(struct conn *c, bool want_in, bool want_out)
{
	bool has_in = !(c->flags & CONN_NO_EPOLLIN), has_out = c->flags & CONN_WANTS_OUT;
	if (want_in == has_in && want_out == has_out)
		return;
	c->flags &= ~(uint32_t)(CONN_NO_EPOLLIN | CONN_WANTS_OUT);
	c->flags |= (want_in ? 0 : CONN_NO_EPOLLIN) | (want_out ? CONN_WANTS_OUT : 0);
	loop_rewatch(c->loop, c->fd, &c->watch, (want_in ? EPOLLIN : 0) | (want_out ? EPOLLOUT : 0));
}

void conn_pause(struct conn *c, bool paused)
{
	if (c->flags & (CONN_DEAD | CONN_CLOSING))
		return;
	if (paused) {
		c->flags |= CONN_PAUSED; /* epoll is told when the next bytes come, if they do before the resuming */
		return;
	}
	if (!(c->flags & CONN_PAUSED))
		return;
	c->flags &= ~(uint32_t)CONN_PAUSED;
	if (!(c->flags & CONN_EOF))
		conn_watch_as_needed(c, true, c->flags & CONN_WANTS_OUT);
	if (c->kept || conn_tls_pending(c))
		conn_mark_resumed(c);
}

bool conn_keep(struct conn *c, const void *p, size_t n)
{
	size_t had = c->kept ? c->kept->n : 0;
	size_t cap = c->kept ? c->kept->cap : 0;
	if (had + n > cap) {
		size_t grown = cap * 2 > had + n ? cap * 2 : had + n;
		struct conn_kept *k = mem_try_resize(c->kept, sizeof *k + grown);
		if (!k)
			return false;
		k->n = had;
		k->cap = grown;
		c->kept = k;
	}
	if (n > 0)
		memcpy(c->kept->p + had, p, n);
	c->kept->n = had + n;
	return true;
}

/* --- the beginning and the end --- */

void conn_opened(struct conn *c)
{
	const struct listener_config *config = accept_point_config(c->from);
	timer_stop(c->loop, &c->timer);
	c->flags |= CONN_OPEN;
	config->on_accept(c, config->user);
	if (!c->handler)
		conn_kill(c);
}

void conn_kill(struct conn *c)
{
	if (c->flags & CONN_DEAD)
		return;
	c->flags |= CONN_DEAD;
	c->dead_next = NULL;
	struct conn_list *list = &c->loop->dead;
	if (list->last)
		list->last->dead_next = c;
	else
		list->first = c;
	list->last = c;
}

void conn_cut(struct conn *c, enum net_cut why)
{
	if (c->flags & CONN_DEAD)
		return;
	net_count_cut(why);
	conn_kill(c);
}

void conn_close(struct conn *c, enum conn_close_how how)
{
	if (how == CONN_CLOSE_NOW) {
		conn_kill(c);
		return;
	}
	if (c->flags & (CONN_CLOSING | CONN_DEAD))
		return;
	c->flags |= CONN_CLOSING;
	c->flags &= ~(uint32_t)(CONN_PAUSED | CONN_OVERFLOWED);
	timer_start(c->loop, &c->timer, CONN_LINGER_MS);
	/* What still comes in is read and thrown away: closing on unread bytes would make the kernel send a reset, which
	 * takes from the peer what we sent last. */
	if (!(c->flags & CONN_EOF))
		conn_watch_as_needed(c, true, c->flags & CONN_WANTS_OUT);
	conn_mark_dirty(c);
}

static void bury(struct conn *c)
{
	struct loop *l = c->loop;
	timer_stop(l, &c->timer);
	if (c->prev)
		c->prev->next = c->next;
	else
		l->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	/* Taken out by name: a process being started may hold a copy of the descriptor for a moment. */
	loop_unwatch(l, c->fd, &c->watch);
	SSL_free(c->ssl);
	c->ssl = NULL;
	close(c->fd);
	if (c->flags & CONN_OPEN && c->handler && c->handler->on_close)
		c->handler->on_close(c);
	while (c->queue_n > 0) {
		bytes_unref(&c->queue[c->queue_head]);
		c->queue_head = (c->queue_head + 1) & (c->queue_cap - 1);
		c->queue_n--;
	}
	if (c->queue != c->queue_inline)
		mem_free(c->queue);
	mem_free(c->kept);
	accept_point_unref(&c->from);
	NET_COUNT(closed, 1);
	mem_free(c);
}

/* Those that still hang in a list of the turn wait for the next one. What on_close kills is buried in the same pass, or
 * a teacher who closes one would wait a turn for each of a chain. */
void conns_bury(struct loop *l)
{
	struct conn_list waiting = {0};
	while (l->dead.first) {
		struct conn *c = l->dead.first;
		l->dead.first = c->dead_next;
		if (!l->dead.first)
			l->dead.last = NULL;
		if (c->flags & (CONN_IN_DIRTY | CONN_IN_RESUMED)) {
			c->dead_next = waiting.first;
			waiting.first = c;
			if (!waiting.last)
				waiting.last = c;
			continue;
		}
		bury(c);
	}
	l->dead = waiting;
}

void conns_close_all(struct loop *l)
{
	for (struct conn *c = l->conns; c; c = c->next) {
		conn_kill(c);
		c->flags &= ~(uint32_t)(CONN_IN_DIRTY | CONN_IN_RESUMED);
	}
	l->dirty = l->resumed = (struct conn_list){0};
	conns_bury(l);
}
