/* SPDX-License-Identifier: Apache-2.0 */
#include "server/delivery.h"

#include "base/map.h"
#include "base/mem.h"
#include <stdatomic.h>

struct follower {
	struct conn *conn;     /* copied from the receiver: the hot loop touches nothing else of it */
	struct receiver *receiver;
	size_t at;             /* index in receiver->follows */
};

struct follower_list {
	struct stream_id stream;
	VEC(struct follower) members;
};

struct delivery {
	/* borrowed */
	struct loop *loop;
	struct delivery_callbacks callbacks;
	/* owned */
	struct map *streams;   /* stream -> struct follower_list */
	struct map *passed;    /* stream -> seq of events that passed while somebody was joining */
	/* borrowed: first of the person's, of the session's receivers */
	struct map *persons;
	struct map *sessions;
	/* state */
	size_t joining, receivers;
};

static _Atomic uint64_t stat_batches, stat_effects, stat_frames;

void delivery_stats(struct delivery_stats *out)
{
	*out = (struct delivery_stats){stat_batches, stat_effects, stat_frames};
}

struct delivery *delivery_new(struct loop *loop, const struct delivery_callbacks *callbacks)
{
	struct delivery *d = mem_alloc(sizeof *d);
	d->loop = loop;
	d->callbacks = *callbacks;
	d->streams = map_new();
	d->passed = map_new();
	d->persons = map_new();
	d->sessions = map_new();
	return d;
}

void delivery_free(struct delivery **d)
{
	if (!*d)
		return;
	CHECK(!(*d)->receivers);
	CHECK(!map_count((*d)->streams));
	map_free(&(*d)->streams);
	map_free(&(*d)->passed);
	map_free(&(*d)->persons);
	map_free(&(*d)->sessions);
	mem_free(*d);
	*d = NULL;
}

struct loop *delivery_loop(const struct delivery *d)
{
	return d->loop;
}

size_t delivery_receivers(const struct delivery *d)
{
	return d->receivers;
}

void delivery_each(struct delivery *d, void (*fn)(struct receiver *r))
{
	size_t it = 0;
	uint64_t key;
	void *first;
	while (map_next(d->persons, &it, &key, &first))
		for (struct receiver *r = first; r; r = r->person_next)
			fn(r);
}

/* --- follower lists */

static bool is_following(const struct receiver *r, struct stream_id s, size_t *at_out)
{
	for (size_t i = 0; i < r->follows.n; i++)
		if (r->follows.p[i].list->stream.v == s.v) {
			*at_out = i;
			return true;
		}
	return false;
}

/* A person's own stream needs no list: his sockets are already found by him. */
static bool is_own(const struct receiver *r, struct stream_id s)
{
	return stream_kind_of(s) == STREAM_PERSON && stream_object(s) == r->person.v;
}

bool receiver_follows(const struct receiver *r, struct stream_id s)
{
	size_t at;
	return is_own(r, s) ? !r->joining : is_following(r, s, &at);
}

static void follow(struct receiver *r, struct stream_id s)
{
	struct delivery *d = r->delivery;
	size_t at;
	if (is_own(r, s) || is_following(r, s, &at))
		return;
	struct follower_list *list = map_find(d->streams, (uint64_t)s.v);
	if (!list) {
		list = mem_alloc(sizeof *list);
		list->stream = s;
		map_put(d->streams, (uint64_t)s.v, list);
	}
	struct followed f = {list, list->members.n};
	struct follower m = {r->conn, r, r->follows.n};
	VEC_PUSH(&list->members, m);
	VEC_PUSH(&r->follows, f);
}

static void unfollow_at(struct receiver *r, size_t at)
{
	struct followed f = r->follows.p[at];
	struct follower_list *list = f.list;
	/* both vectors close the gap with their last; whoever moved is told */
	VEC_SWAP_REMOVE(&list->members, f.at);
	if (f.at < list->members.n) {
		struct follower *moved = &list->members.p[f.at];
		moved->receiver->follows.p[moved->at].at = f.at;
	}
	VEC_SWAP_REMOVE(&r->follows, at);
	if (at < r->follows.n)
		r->follows.p[at].list->members.p[r->follows.p[at].at].at = at;
	if (!list->members.n) {
		map_remove(r->delivery->streams, (uint64_t)list->stream.v);
		VEC_RELEASE(&list->members);
		mem_free(list);
	}
}

static void unfollow(struct receiver *r, struct stream_id s)
{
	size_t at;
	if (is_following(r, s, &at))
		unfollow_at(r, at);
}

/* --- receivers */

static void link_person(struct delivery *d, struct receiver *r)
{
	struct receiver *first = map_find(d->persons, (uint64_t)r->person.v);
	r->person_next = first;
	if (first)
		first->person_prev = r;
	map_put(d->persons, (uint64_t)r->person.v, r);
	first = map_find(d->sessions, (uint64_t)r->session.v);
	r->session_next = first;
	if (first)
		first->session_prev = r;
	map_put(d->sessions, (uint64_t)r->session.v, r);
}

static void unlink_person(struct delivery *d, struct receiver *r)
{
	if (r->person_next)
		r->person_next->person_prev = r->person_prev;
	if (r->person_prev)
		r->person_prev->person_next = r->person_next;
	else if (r->person_next)
		map_put(d->persons, (uint64_t)r->person.v, r->person_next);
	else
		map_remove(d->persons, (uint64_t)r->person.v);
	if (r->session_next)
		r->session_next->session_prev = r->session_prev;
	if (r->session_prev)
		r->session_prev->session_next = r->session_next;
	else if (r->session_next)
		map_put(d->sessions, (uint64_t)r->session.v, r->session_next);
	else
		map_remove(d->sessions, (uint64_t)r->session.v);
}

void receiver_join(struct delivery *d, struct receiver *r)
{
	r->delivery = d;
	r->joining = true;
	d->joining++;
	d->receivers++;
	link_person(d, r);
}

static void end_joining(struct receiver *r)
{
	struct delivery *d = r->delivery;
	r->joining = false;
	if (--d->joining)
		return;
	map_free(&d->passed);
	d->passed = map_new();
}

static void drop_noted(struct receiver *r)
{
	for (size_t i = 0; i < r->noted.n; i++)
		bytes_unref(&r->noted.p[i].frame);
	VEC_RELEASE(&r->noted);
}

/* A follow is told with the head that it has by now: what passed behind it was not sent to who was joining. */
static void obey_noted(struct receiver *r, const struct effect *f)
{
	int64_t passed = (int64_t)(intptr_t)map_find(r->delivery->passed, (uint64_t)f->stream.v);
	if (f->kind == EFFECT_UNFOLLOW)
		unfollow(r, f->stream);
	else
		follow(r, f->stream);
	if (f->kind == EFFECT_UNFOLLOW || passed <= f->seq) {
		conn_send(r->conn, f->frame);
		return;
	}
	struct bytes *raised = tx_follow_frame(f->stream, passed);
	conn_send(r->conn, raised);
	bytes_unref(&raised);
}

void receiver_ready(struct receiver *r, struct stream_head *heads, size_t count,
	void (*before)(struct receiver *r, const struct stream_head *heads, size_t count))
{
	struct delivery *d = r->delivery;
	CHECK(r->joining);
	VEC_RESERVE(&r->follows, count);
	for (size_t i = 0; i < count; i++) {
		int64_t seq = (int64_t)(intptr_t)map_find(d->passed, (uint64_t)heads[i].stream.v);
		if (seq > heads[i].head)
			heads[i].head = seq;
		follow(r, heads[i].stream);
	}
	before(r, heads, count);
	for (size_t i = 0; i < r->noted.n; i++)
		obey_noted(r, &r->noted.p[i]);
	drop_noted(r);
	end_joining(r);
}

void receiver_leave(struct receiver *r)
{
	struct delivery *d = r->delivery;
	if (!d)
		return;
	while (r->follows.n)
		unfollow_at(r, r->follows.n - 1);
	VEC_RELEASE(&r->follows);
	drop_noted(r);
	if (r->joining)
		end_joining(r);
	unlink_person(d, r);
	d->receivers--;
	r->delivery = NULL;
}

/* --- effects on one loop */

static void obey_own_event(struct delivery *d, const struct effect *f)
{
	for (struct receiver *r = map_find(d->persons, (uint64_t)stream_object(f->stream)); r; r = r->person_next)
		if (!r->joining)
			conn_send(r->conn, f->frame);
}

static void obey_event(struct delivery *d, const struct effect *f)
{
	if (d->joining)
		map_put(d->passed, (uint64_t)f->stream.v, (void *)(intptr_t)f->seq);
	if (stream_kind_of(f->stream) == STREAM_PERSON) {
		obey_own_event(d, f);
		return;
	}
	struct follower_list *list = map_find(d->streams, (uint64_t)f->stream.v);
	if (!list)
		return;
	const struct follower *m = list->members.p;
	size_t n = list->members.n;
	for (size_t i = 0; i < n; i++) {
		/* ten thousand connections do not fit the cache; have the next ones on their way */
		if (i + 8 < n) {
			__builtin_prefetch(m[i + 8].conn, 1);
			__builtin_prefetch((char *)m[i + 8].conn + 64, 1);
		}
		conn_send(m[i].conn, f->frame);
	}
	atomic_fetch_add_explicit(&stat_frames, n, memory_order_relaxed);
}

static void obey_signal(struct delivery *d, const struct effect *f)
{
	struct follower_list *list = map_find(d->streams, (uint64_t)f->stream.v);
	for (size_t i = 0; list && i < list->members.n; i++)
		if (list->members.p[i].receiver->person.v != f->person.v)
			conn_send(list->members.p[i].conn, f->frame);
}

static void obey_follow(struct delivery *d, const struct effect *f)
{
	for (struct receiver *r = map_find(d->persons, (uint64_t)f->person.v); r; r = r->person_next) {
		if (r->joining) {
			struct effect copy = *f;
			bytes_ref(copy.frame);
			VEC_PUSH(&r->noted, copy);
			continue;
		}
		if (f->kind == EFFECT_FOLLOW)
			follow(r, f->stream);
		else
			unfollow(r, f->stream);
		conn_send(r->conn, f->frame);
	}
}

static void obey_end_session(struct delivery *d, const struct effect *f)
{
	for (struct receiver *r = map_find(d->sessions, (uint64_t)f->session.v), *next; r; r = next) {
		next = r->session_next;
		while (r->follows.n)
			unfollow_at(r, r->follows.n - 1);
		d->callbacks.on_session_ended(r);
	}
}

static void obey(struct delivery *d, const struct effects *e)
{
	for (size_t i = 0; i < e->list.n; i++) {
		const struct effect *f = &e->list.p[i];
		switch (f->kind) {
		case EFFECT_EVENT:
			obey_event(d, f);
			break;
		case EFFECT_SIGNAL:
			obey_signal(d, f);
			break;
		case EFFECT_FOLLOW:
		case EFFECT_UNFOLLOW:
			obey_follow(d, f);
			break;
		case EFFECT_END_SESSION:
			obey_end_session(d, f);
			break;
		case EFFECT_AFTER: /* run by publisher_effects */
			break;
		}
	}
}

/* --- publishing */

struct batch;

struct batch_part { /* what one loop gets */
	struct task task, answers_task; /* first: cast back from the task */
	struct batch *batch;
	struct delivery *delivery;
	struct task *answers, **answers_end;
};

struct batch {
	struct effects effects;
	atomic_uint obeyed_left, refs;
	size_t count;
	struct batch_part parts[];
};

struct publisher {
	/* borrowed */
	struct delivery *const *deliveries;
	/* owned */
	struct batch *current; /* NULL: nothing collected */
	/* state */
	size_t count;
};

struct publisher *publisher_new(struct delivery *const *deliveries, size_t count)
{
	struct publisher *p = mem_alloc(sizeof *p);
	p->deliveries = deliveries;
	p->count = count;
	return p;
}

void publisher_free(struct publisher **p)
{
	if (!*p)
		return;
	CHECK(!(*p)->current);
	mem_free(*p);
	*p = NULL;
}

static void batch_unref(struct batch *b)
{
	if (atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	effects_release(&b->effects);
	mem_free(b);
}

static void run_answers(struct batch_part *part, struct loop *l)
{
	struct task *t = part->answers;
	while (t) {
		struct task *next = t->next;
		t->run(l, t);
		t = next;
	}
	batch_unref(part->batch);
}

static void part_answers(struct loop *l, struct task *t)
{
	run_answers((struct batch_part *)((char *)t - offsetof(struct batch_part, answers_task)), l);
}

static void part_run(struct loop *l, struct task *t)
{
	struct batch_part *part = (struct batch_part *)((char *)t - offsetof(struct batch_part, task));
	struct batch *b = part->batch;
	obey(part->delivery, &b->effects);
	if (!b->effects.revokes || b->count == 1) {
		run_answers(part, l);
		return;
	}
	if (atomic_fetch_sub(&b->obeyed_left, 1) != 1)
		return;
	/* the last loop to obey: now everybody's answers may go */
	size_t count = b->count;
	for (size_t i = 0; i < count; i++)
		loop_post(delivery_loop(b->parts[i].delivery), &b->parts[i].answers_task);
}

static struct batch *batch_new(const struct publisher *p)
{
	struct batch *b = mem_alloc(sizeof *b + p->count * sizeof *b->parts);
	effects_init(&b->effects);
	b->count = p->count;
	atomic_init(&b->obeyed_left, (unsigned)p->count);
	atomic_init(&b->refs, (unsigned)p->count);
	for (size_t i = 0; i < p->count; i++) {
		struct batch_part *part = &b->parts[i];
		part->task.run = part_run;
		part->answers_task.run = part_answers;
		part->batch = b;
		part->delivery = p->deliveries[i];
		part->answers_end = &part->answers;
	}
	return b;
}

static void batch_send(struct batch *b)
{
	effects_join_frames(&b->effects);
	atomic_fetch_add_explicit(&stat_batches, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&stat_effects, b->effects.list.n, memory_order_relaxed);
	size_t count = b->count;
	for (size_t i = 0; i < count; i++)
		loop_post(delivery_loop(b->parts[i].delivery), &b->parts[i].task);
}

static struct batch *current(struct publisher *p)
{
	if (!p->current)
		p->current = batch_new(p);
	return p->current;
}

void publisher_effects(struct publisher *p, struct effects *e)
{
	effects_run_after(e);
	if (e->list.n)
		effects_move(&current(p)->effects, e);
}

void publisher_answer(struct publisher *p, int loop, struct task *t)
{
	struct batch_part *part = &current(p)->parts[loop];
	t->next = NULL;
	*part->answers_end = t;
	part->answers_end = &t->next;
}

void publisher_flush(struct publisher *p)
{
	if (!p->current)
		return;
	batch_send(p->current);
	p->current = NULL;
}

void publisher_signals(struct publisher *p, struct effects *e)
{
	struct batch *b = batch_new(p);
	effects_move(&b->effects, e);
	batch_send(b);
}
