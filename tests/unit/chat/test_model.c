/* SPDX-License-Identifier: Apache-2.0
 *
 * What must always hold (DESIGN section 3): events applied to an old snapshot give what a fresh snapshot gives. Replicas of everybody
 * are fed with the pushed frames only, following what they are told to follow, while random commands run.
 */
#include "chat/readers.h"
#include "chat_world.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define CHATS 16 /* that one person may be in */
#define PEOPLE (WORLD_ORGS * WORLD_PEOPLE)

struct chat_copy {
	int64_t id; /* 0: not in it */
	int64_t follows;
	char title[64];
	int64_t member_count, head, message_count, read_seq, read_count, last_seq;
	struct first_readers readers;
};
struct replica { int64_t person, own_head; struct chat_copy chats[CHATS]; };
struct replicas { struct replica of[PEOPLE]; int64_t frames; };

static struct chat_copy *copy_of(struct replica *r, int64_t chat, bool make)
{
	struct chat_copy *empty = NULL;
	for (size_t i = 0; i < CHATS; i++) {
		if (r->chats[i].id == chat)
			return &r->chats[i];
		if (!r->chats[i].id && !empty)
			empty = &r->chats[i];
	}
	if (!make)
		return NULL;
	assert_non_null(empty);
	empty->id = chat;
	return empty;
}

static int64_t number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void set_title(struct chat_copy *c, const char *title)
{
	assert_non_null(title);
	assert_true(strlen(title) < sizeof c->title);
	memset(c->title, 0, sizeof c->title);
	memcpy(c->title, title, strlen(title));
}

static void chat_joined(struct replica *r, const json_t *chat)
{
	struct chat_copy *c = copy_of(r, number(chat, "id"), true);
	assert_true(c->follows); /* told to follow before, from this very head on */
	assert_int_equal(c->head, number(chat, "head"));
	set_title(c, json_string_value(json_object_get(chat, "title")));
	c->member_count = number(chat, "member_count");
	c->message_count = number(chat, "message_count");
	c->read_seq = number(chat, "read_seq");
	c->read_count = number(chat, "read_count");
	const json_t *last = json_object_get(chat, "last_message");
	c->last_seq = last ? number(last, "seq") : 0;
	c->readers = (struct first_readers){0};
	const json_t *marks = json_object_get(chat, "first_readers");
	for (size_t i = 0; i < json_array_size(marks); i++)
		c->readers.at[i] = (struct reader){number(json_array_get(marks, i), "person_id"), number(json_array_get(marks, i), "seq")};
}

static void own_event(struct replica *r, const char *type, const json_t *data)
{
	if (strcmp(type, "chat_joined") == 0) {
		chat_joined(r, json_object_get(data, "chat"));
	} else if (strcmp(type, "chat_left") == 0) {
		struct chat_copy *c = copy_of(r, number(data, "chat_id"), false);
		assert_non_null(c);
		assert_false(c->follows);
		*c = (struct chat_copy){0};
	} else if (strcmp(type, "chat_read") == 0) {
		struct chat_copy *c = copy_of(r, number(data, "chat_id"), false);
		assert_non_null(c);
		assert_true(number(data, "read_seq") > c->read_seq);
		c->read_seq = number(data, "read_seq");
		c->read_count = number(data, "read_count");
	}
}

static void chat_event(struct replica *r, struct chat_copy *c, int64_t seq, const char *type, const json_t *data)
{
	assert_int_equal(seq, c->head + 1);
	c->head = seq;
	if (strcmp(type, "message_posted") == 0) {
		const json_t *m = json_object_get(data, "message");
		int64_t sender = number(m, "sender_id");
		assert_int_equal(number(m, "seq"), seq);
		c->message_count = number(m, "number");
		c->last_seq = seq;
		first_readers_advance(&c->readers, sender, seq);
		if (sender == r->person) {
			c->read_seq = seq;
			c->read_count = c->message_count;
		}
	} else if (strcmp(type, "read_advanced") == 0) {
		/* rare: each one says something new */
		assert_true(first_readers_advance(&c->readers, number(data, "person_id"), number(data, "read_seq")));
	} else if (strcmp(type, "chat_renamed") == 0) {
		set_title(c, json_string_value(json_object_get(data, "title")));
	} else {
		assert_true(strcmp(type, "chat_member_joined") == 0 || strcmp(type, "chat_member_left") == 0);
		c->member_count = number(data, "member_count");
	}
}

/* The JSON of an unmasked text frame (RFC 6455 5.2). */
static json_t *frame_json(const struct bytes *frame)
{
	size_t n = frame->p[1], at = 2;
	if (n == 126) {
		n = (size_t)frame->p[2] << 8 | frame->p[3];
		at = 4;
	}
	assert_int_equal(frame->n, at + n);
	json_t *o = json_loadb((const char *)frame->p + at, n, 0, NULL);
	assert_non_null(o);
	return o;
}

static void deliver_event(struct replicas *all, const struct effect *e)
{
	json_t *o = frame_json(e->frame);
	const char *type = json_string_value(json_object_get(o, "type"));
	const json_t *data = json_object_get(o, "data");
	int64_t object = stream_object(e->stream);
	assert_int_equal(number(o, "seq"), e->seq);
	all->frames++;
	for (size_t i = 0; i < PEOPLE; i++) {
		struct replica *r = &all->of[i];
		if (stream_kind_of(e->stream) == STREAM_PERSON && r->person == object) {
			assert_int_equal(e->seq, r->own_head + 1);
			r->own_head = e->seq;
			own_event(r, type, data);
		}
		struct chat_copy *c = stream_kind_of(e->stream) == STREAM_CHAT ? copy_of(r, object, false) : NULL;
		if (c && c->follows)
			chat_event(r, c, e->seq, type, data);
	}
	json_decref(o);
}

static void watch(struct world *w)
{
	struct replicas *all = w->watch_user;
	for (size_t i = 0; i < w->s->effects.list.n; i++) {
		const struct effect *e = &w->s->effects.list.p[i];
		if (e->kind == EFFECT_EVENT) {
			deliver_event(all, e);
			continue;
		}
		for (size_t k = 0; k < PEOPLE; k++)
			if (all->of[k].person == e->person.v && stream_kind_of(e->stream) == STREAM_CHAT) {
				struct chat_copy *c = copy_of(&all->of[k], stream_object(e->stream), e->kind == EFFECT_FOLLOW);
				assert_non_null(c);
				c->follows = e->kind == EFFECT_FOLLOW;
				if (c->follows)
					c->head = e->seq;
			}
	}
}

static void load(struct world *w, struct replica *out, int64_t person)
{
	struct api_me_snapshot me;
	assert_int_equal(world_me(w, person, &me), 0);
	*out = (struct replica){.person = person};
	for (size_t i = 0; i < me.heads.n; i++) {
		struct stream_id s;
		assert_true(stream_parse(me.heads.items[i].stream, &s));
		if (stream_kind_of(s) == STREAM_PERSON)
			out->own_head = me.heads.items[i].head;
		else
			copy_of(out, stream_object(s), true)->head = me.heads.items[i].head;
	}
	for (size_t i = 0; i < me.chats.n; i++) {
		const struct api_chat *c = &me.chats.items[i];
		struct chat_copy *to = copy_of(out, c->id, false);
		char title[64];
		assert_non_null(to);
		assert_int_equal(to->head, c->head);
		assert_true(c->title.n < sizeof title);
		memcpy(title, c->title.p, c->title.n);
		title[c->title.n] = 0;
		set_title(to, title);
		to->follows = true;
		to->member_count = c->member_count;
		to->message_count = c->message_count;
		to->read_seq = c->read_seq;
		to->read_count = c->read_count;
		to->last_seq = c->has_last_message ? c->last_message.seq : 0;
		for (size_t k = 0; k < c->first_readers.n; k++)
			to->readers.at[k] = (struct reader){c->first_readers.items[k].person_id, c->first_readers.items[k].seq};
	}
}

static void compare(struct world *w, const struct replica *have)
{
	struct replica fresh;
	load(w, &fresh, have->person);
	assert_int_equal(fresh.own_head, have->own_head);
	size_t mine = 0, theirs = 0;
	for (size_t i = 0; i < CHATS; i++) {
		theirs += fresh.chats[i].id != 0;
		if (!have->chats[i].id)
			continue;
		mine++;
		const struct chat_copy *c = copy_of(&fresh, have->chats[i].id, false);
		assert_non_null(c);
		assert_memory_equal(c, &have->chats[i], sizeof *c);
	}
	assert_int_equal(mine, theirs);
}

static void random_command(struct world *w, uint64_t step)
{
	size_t o = (size_t)(rand() % WORLD_ORGS), u = (size_t)(rand() % WORLD_UNITS), p = (size_t)(rand() % WORLD_PEOPLE);
	int64_t person = w->person[o][p], chat = w->chat[o][u];
	switch (rand() % 10) {
	case 0: {
		char title[32];
		snprintf(title, sizeof title, "Класс %d", rand() % 100);
		world_rename(w, w->org[o], w->unit[o][u], title);
		break;
	}
	case 1:
		world_leave(w, w->org[o], w->unit[o][u], person);
		break;
	case 2:
		world_back(w, w->org[o], w->unit[o][u], person, ROLE_GUARDIAN);
		break;
	case 3: /* a repetition, whatever it was */
		world_post(w, person, chat, (uint64_t)rand() % step, "Текст", NULL);
		break;
	case 4:
	case 5:
	case 6:
		world_post(w, person, chat, step, "Текст", NULL);
		break;
	default:
		world_read(w, person, chat, rand() % 200, NULL);
	}
}

static void events_applied_equal_a_fresh_snapshot(void **state)
{
	struct world *w = *state;
	struct replicas all = {.frames = 0};
	for (size_t i = 0; i < PEOPLE; i++)
		load(w, &all.of[i], w->person[i / WORLD_PEOPLE][i % WORLD_PEOPLE]);
	w->watch = watch;
	w->watch_user = &all;
	srand(2026);
	for (uint64_t step = 1; step <= 1500; step++) {
		random_command(w, step);
		compare(w, &all.of[rand() % PEOPLE]);
	}
	for (size_t i = 0; i < PEOPLE; i++)
		compare(w, &all.of[i]);
	assert_true(all.frames > 700); /* else the commands were mostly refused, and this shows little */
}

/* What a client asks for after a gap is what it would have been pushed: dense, from any point on. */
static void catching_up_is_dense(void **state)
{
	struct world *w = *state;
	struct stream_id s = chat_stream((struct chat_id){w->chat[0][0]});
	srand(7);
	for (uint64_t step = 1; step <= 300; step++)
		random_command(w, step);
	world_back(w, w->org[0], w->unit[0][0], w->person[0][0], ROLE_TEACHER);
	struct api_event_page page;
	for (int64_t after = 0, head = 1; after < head; after += 7) {
		assert_int_equal(world_since(w, w->person[0][0], s, after, 7, &page), 0);
		head = page.head;
		assert_int_equal(page.events.n, head - after < 7 ? head - after : 7);
		for (size_t i = 0; i < page.events.n; i++) {
			json_t *o = json_loadb(page.events.items[i].p, page.events.items[i].n, 0, NULL);
			assert_non_null(o);
			assert_int_equal(number(o, "seq"), after + 1 + (int64_t)i);
			json_decref(o);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_applied_equal_a_fresh_snapshot, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(catching_up_is_dense, world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("chat_model", tests, NULL, NULL);
}
