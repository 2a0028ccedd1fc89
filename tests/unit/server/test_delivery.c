/* SPDX-License-Identifier: Apache-2.0
 *
 * Who hears what: sockets that start while events pass, rights that end, and the books behind it, on the loops and connections of
 * tests/sim.
 */
#include "server/delivery.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define LOOPS 2
#define EARS 40

struct ear { /* a socket */
	struct receiver r; /* first */
	struct wire *wire;
	struct buf heard;
	bool ended;
	struct stream_head heads[4];
	size_t head_count;
};

struct house {
	struct loop *loops[LOOPS];
	struct delivery *deliveries[LOOPS];
	struct publisher *publisher;
	struct effects effects;
	struct ear ears[EARS];
	struct conn *accepted;
};

/* --- the house */

static size_t use_all(struct conn *c, const unsigned char *p, size_t n)
{
	(void)c;
	(void)p;
	return n;
}

static void conn_closed(struct conn *c)
{
	struct ear *ear = conn_user(c);
	receiver_leave(&ear->r);
	ear->r.conn = NULL;
}

static const struct conn_handler on_server = {.on_data = use_all, .on_close = conn_closed};

static void client_bytes(void *user, struct wire *w, const unsigned char *p, size_t n)
{
	(void)user;
	(void)w;
	(void)p;
	(void)n;
}

static void client_closed(void *user, struct wire *w)
{
	(void)w;
	((struct ear *)user)->wire = NULL;
}

static void accepted(struct conn *c, void *user)
{
	((struct house *)user)->accepted = c;
}

static void session_ended(struct receiver *r)
{
	((struct ear *)r)->ended = true;
	conn_close(r->conn, CONN_CLOSE_FLUSH);
}

static void on_send(struct conn *c, const struct bytes *b)
{
	struct ear *ear = conn_user(c);
	buf_add_str(&ear->heard, bytes_str(b));
}

static int set_up(void **state)
{
	static struct house h;
	h = (struct house){0};
	sim_reset(98, 1790000000000);
	sim_net = (struct sim_net){.usual_us = 1000, .window = 65536};
	sim_on_send = on_send;
	for (int i = 0; i < LOOPS; i++) {
		h.loops[i] = loop_new(i);
		h.deliveries[i] = delivery_new(h.loops[i], &(struct delivery_callbacks){.on_session_ended = session_ended});
	}
	h.publisher = publisher_new(h.deliveries, LOOPS);
	effects_init(&h.effects);
	*state = &h;
	return 0;
}

static void run(void)
{
	while (sim_step())
		;
}

static int tear_down(void **state)
{
	struct house *h = *state;
	for (int i = 0; i < EARS; i++) {
		if (h->ears[i].wire)
			wire_cut(h->ears[i].wire);
		if (h->ears[i].r.conn)
			conn_close(h->ears[i].r.conn, CONN_CLOSE_NOW);
	}
	run();
	for (int i = 0; i < EARS; i++)
		buf_release(&h->ears[i].heard);
	effects_release(&h->effects);
	publisher_free(&h->publisher);
	for (int i = 0; i < LOOPS; i++) {
		delivery_free(&h->deliveries[i]); /* checks that nobody is left in its books */
		loop_free(&h->loops[i]);
	}
	sim_on_send = NULL;
	sim_end();
	return 0;
}

static struct stream_id chat(int64_t id) { return chat_stream((struct chat_id){id}); }

/* A socket whose streams are not yet listed. */
static struct ear *join(struct house *h, int i, int loop, int64_t person, int64_t session)
{
	static const struct wire_handler on_client = {client_bytes, client_closed};
	struct ear *ear = &h->ears[i];
	buf_init(&ear->heard, 1u << 20);
	ear->wire = wire_connect(h->loops[loop], &(struct wire_config){.handler = &on_client, .user = ear, .address = "10.0.0.1",
		.on_accept = accepted, .accept_user = h});
	ear->r.conn = h->accepted;
	conn_set_handler(ear->r.conn, &on_server, ear);
	ear->r.person.v = person;
	ear->r.session.v = session;
	receiver_join(h->deliveries[loop], &ear->r);
	return ear;
}

static void welcome(struct receiver *r, const struct stream_head *heads, size_t count)
{
	struct ear *ear = (struct ear *)r;
	assert_true(count <= 4);
	for (size_t i = 0; i < count; i++)
		ear->heads[i] = heads[i];
	ear->head_count = count;
	buf_add_str(&ear->heard, STR("W"));
}

static void ready(struct ear *ear, size_t count, const struct stream_head *list)
{
	struct stream_head heads[4];
	for (size_t i = 0; i < count; i++)
		heads[i] = list[i];
	receiver_ready(&ear->r, heads, count, welcome);
}

static void add(struct house *h, enum effect_kind kind, struct stream_id s, int64_t person, int64_t seq, const char *text)
{
	effects_add(&h->effects, &(struct effect){.kind = kind, .stream = s, .person = {person}, .session = {seq}, .seq = seq,
		.frame = text ? bytes_new(text, strlen(text)) : NULL});
}

static void publish(struct house *h)
{
	publisher_effects(h->publisher, &h->effects);
	publisher_flush(h->publisher);
	run();
}

static void event(struct house *h, struct stream_id s, int64_t seq, const char *text)
{
	add(h, EFFECT_EVENT, s, 0, seq, text);
	publish(h);
}

static void heard(struct ear *ear, const char *text)
{
	if (!str_eq(buf_str(&ear->heard), str_of(text)))
		fail_msg("heard \"%.*s\" instead of \"%s\"", (int)ear->heard.n, ear->heard.p, text);
}

/* --- a socket that starts */

static void an_event_between_listing_and_readiness_raises_the_head(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1);
	/* the listing read the store here: head 4 */
	event(h, chat(1), 5, "a");
	event(h, chat(1), 6, "b");
	event(h, chat(2), 3, "x"); /* the listing was later than this one */
	ready(ear, 3, (struct stream_head[]){{chat(1), 4}, {chat(2), 9}, {chat(3), 1}});
	heard(ear, "W");
	assert_int_equal(ear->heads[0].head, 6);
	assert_int_equal(ear->heads[1].head, 9);
	assert_int_equal(ear->heads[2].head, 1);
	event(h, chat(1), 7, "c");
	heard(ear, "Wc");
	/* nobody is joining any more, so nothing is remembered: a later socket is told what its own listing says */
	struct ear *later = join(h, 1, 0, 2, 2);
	ready(later, 1, (struct stream_head[]){{chat(1), 7}});
	assert_int_equal(later->heads[0].head, 7);
}

static void a_joined_frame_raises_the_head_to_its_last_event(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1);
	for (int64_t seq = 5; seq < 9; seq++)
		add(h, EFFECT_EVENT, chat(1), 0, seq, "e");
	publish(h);
	ready(ear, 1, (struct stream_head[]){{chat(1), 4}});
	assert_int_equal(ear->heads[0].head, 8);
}

static void own_events_wait_for_the_welcome_too(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1), *other = join(h, 1, 1, 1, 2);
	struct stream_id own = person_stream((struct person_id){1});
	ready(other, 1, (struct stream_head[]){{own, 0}});
	event(h, own, 1, "a");
	heard(ear, "");
	heard(other, "Wa");
	assert_false(receiver_follows(&ear->r, own));
	ready(ear, 1, (struct stream_head[]){{own, 0}});
	assert_int_equal(ear->heads[0].head, 1);
	assert_true(receiver_follows(&ear->r, own));
	event(h, own, 2, "b");
	event(h, person_stream((struct person_id){2}), 1, "z");
	heard(ear, "Wb");
	heard(other, "Wab");
}

static void follows_noted_while_joining_hold(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1);
	/* the listing has read that he is in chat 1 only */
	add(h, EFFECT_FOLLOW, chat(2), 1, 3, "F2");
	add(h, EFFECT_UNFOLLOW, chat(1), 1, 0, "U1");
	add(h, EFFECT_EVENT, chat(1), 0, 8, "a");
	add(h, EFFECT_EVENT, chat(2), 0, 4, "b");
	publish(h);
	heard(ear, "");
	ready(ear, 1, (struct stream_head[]){{chat(1), 7}});
	/* the welcome first; then the follow, with the head of what passed behind it */
	struct bytes *raised = tx_follow_frame(chat(2), 4);
	char expected[80];
	snprintf(expected, sizeof expected, "W%.*sU1", (int)raised->n, (const char *)raised->p);
	bytes_unref(&raised);
	heard(ear, expected);
	buf_clear(&ear->heard);
	assert_false(receiver_follows(&ear->r, chat(1)));
	assert_true(receiver_follows(&ear->r, chat(2)));
	event(h, chat(1), 9, "c");
	event(h, chat(2), 5, "d");
	heard(ear, "d");
}

static void a_noted_follow_that_nothing_passed_is_told_as_it_is(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1);
	event(h, chat(2), 3, "a");
	add(h, EFFECT_FOLLOW, chat(2), 1, 3, "F2");
	publish(h);
	ready(ear, 0, NULL);
	heard(ear, "WF2");
	event(h, chat(2), 4, "b");
	heard(ear, "WF2b");
}

static void the_last_of_several_noted_counts(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1), *other = join(h, 1, 0, 2, 2);
	add(h, EFFECT_UNFOLLOW, chat(1), 1, 0, "u");
	add(h, EFFECT_FOLLOW, chat(1), 1, 9, "f");
	add(h, EFFECT_FOLLOW, chat(2), 1, 2, "g");
	add(h, EFFECT_UNFOLLOW, chat(2), 1, 0, "v");
	add(h, EFFECT_UNFOLLOW, chat(3), 2, 0, "other's");
	publish(h);
	ready(ear, 3, (struct stream_head[]){{chat(1), 8}, {chat(2), 2}, {chat(3), 1}});
	ready(other, 1, (struct stream_head[]){{chat(3), 1}});
	heard(ear, "Wufgv");
	heard(other, "Wother's");
	assert_true(receiver_follows(&ear->r, chat(1)));
	assert_false(receiver_follows(&ear->r, chat(2)));
	assert_true(receiver_follows(&ear->r, chat(3)));
	assert_false(receiver_follows(&other->r, chat(3)));
}

static void who_leaves_while_joining_leaves_nothing(void **state)
{
	struct house *h = *state;
	struct ear *ear = join(h, 0, 0, 1, 1);
	add(h, EFFECT_FOLLOW, chat(2), 1, 3, "f");
	publish(h);
	receiver_leave(&ear->r);
	receiver_leave(&ear->r);
	assert_int_equal(delivery_receivers(h->deliveries[0]), 0);
	event(h, chat(2), 4, "a");
	heard(ear, "");
}

/* --- rights that end */

static void unfollow_ends_at_its_place_in_the_batch(void **state)
{
	struct house *h = *state;
	struct ear *a = join(h, 0, 0, 1, 1), *b = join(h, 1, 1, 2, 2);
	ready(a, 1, (struct stream_head[]){{chat(1), 0}});
	ready(b, 1, (struct stream_head[]){{chat(1), 0}});
	add(h, EFFECT_EVENT, chat(1), 0, 1, "1");
	add(h, EFFECT_UNFOLLOW, chat(1), 2, 0, "u");
	add(h, EFFECT_EVENT, chat(1), 0, 2, "2");
	add(h, EFFECT_FOLLOW, chat(1), 2, 2, "f");
	add(h, EFFECT_EVENT, chat(1), 0, 3, "3");
	publish(h);
	heard(a, "W123");
	heard(b, "W1uf3");
}

struct reply { struct task task; struct ear *watched; struct house *house; bool done, followed; };

static void replied(struct loop *l, struct task *t)
{
	(void)l;
	struct reply *reply = (struct reply *)t;
	reply->done = true;
	reply->followed = receiver_follows(&reply->watched->r, chat(1));
}

/* The answer comes on loop 0, the one who is put out sits on loop 1; which of them turns first is chance. */
static void answers_wait_until_every_loop_has_obeyed(void **state)
{
	struct house *h = *state;
	struct ear *b = join(h, 1, 1, 2, 2);
	ready(b, 1, (struct stream_head[]){{chat(1), 0}});
	for (int round = 0; round < 200; round++) {
		struct reply reply = {.task.run = replied, .watched = b, .house = h};
		add(h, EFFECT_UNFOLLOW, chat(1), 2, 0, "u");
		publisher_effects(h->publisher, &h->effects);
		publisher_answer(h->publisher, 0, &reply.task);
		publisher_flush(h->publisher);
		run();
		assert_true(reply.done);
		assert_false(reply.followed);
		add(h, EFFECT_FOLLOW, chat(1), 2, 0, "f");
		publish(h);
		assert_true(receiver_follows(&b->r, chat(1)));
	}
}

static void the_end_of_a_session_silences_and_closes_it(void **state)
{
	struct house *h = *state;
	struct ear *a = join(h, 0, 0, 1, 11), *b = join(h, 1, 1, 1, 11), *c = join(h, 2, 1, 1, 12);
	struct ear *all[] = {a, b, c};
	for (size_t i = 0; i < 3; i++)
		ready(all[i], 2, (struct stream_head[]){{chat(1), 0}, {person_stream((struct person_id){1}), 0}});
	add(h, EFFECT_EVENT, chat(1), 0, 1, "1");
	add(h, EFFECT_END_SESSION, (struct stream_id){0}, 0, 11, NULL);
	add(h, EFFECT_EVENT, chat(1), 0, 2, "2");
	add(h, EFFECT_EVENT, person_stream((struct person_id){1}), 0, 1, "p");
	publish(h);
	assert_true(a->ended && b->ended);
	assert_false(c->ended);
	heard(a, "W1");
	heard(b, "W1");
	heard(c, "W12p");
	assert_int_equal(delivery_receivers(h->deliveries[0]), 0);
	assert_int_equal(delivery_receivers(h->deliveries[1]), 1);
}

static void signals_go_to_the_others(void **state)
{
	struct house *h = *state;
	struct ear *a = join(h, 0, 0, 1, 1), *b = join(h, 1, 1, 2, 2), *c = join(h, 2, 0, 3, 3);
	ready(a, 1, (struct stream_head[]){{chat(1), 0}});
	ready(b, 1, (struct stream_head[]){{chat(1), 0}});
	ready(c, 1, (struct stream_head[]){{chat(2), 0}});
	add(h, EFFECT_SIGNAL, chat(1), 1, 0, "s");
	publisher_signals(h->publisher, &h->effects);
	run();
	heard(a, "W");
	heard(b, "Ws");
	heard(c, "W");
}

/* --- the books against a model: a bit for each ear and stream */

static void random_follows_agree_with_a_model(void **state)
{
	struct house *h = *state;
	enum { CHATS = 12, PEOPLE = 8 };
	bool follows[PEOPLE + 1][CHATS] = {0}, here[EARS] = {0};
	int64_t seq = 0;
	srand(98);
	for (int step = 0; step < 3000; step++) {
		int i = rand() % EARS, c = rand() % CHATS;
		int64_t person = 1 + rand() % PEOPLE;
		struct ear *ear = &h->ears[i];
		switch (rand() % 8) {
		case 0:
			if (!here[i] && !ear->wire && !ear->r.conn) {
				struct stream_head heads[4];
				size_t n = 0;
				*ear = (struct ear){.heard = ear->heard};
				buf_release(&ear->heard);
				join(h, i, i % LOOPS, person, 100 + i);
				/* the first four by the listing, the others by being told */
				for (int k = 0; k < CHATS; k++)
					if (follows[person][k] && n < 4)
						heads[n++] = (struct stream_head){chat(k + 1), seq};
					else if (follows[person][k])
						add(h, EFFECT_FOLLOW, chat(k + 1), person, seq, "f");
				publish(h);
				receiver_ready(&ear->r, heads, n, welcome);
				here[i] = true;
			}
			break;
		case 1:
			if (here[i] && rand() % 3 == 0) {
				here[i] = false;
				wire_cut(ear->wire);
				ear->wire = NULL;
				conn_close(ear->r.conn, CONN_CLOSE_NOW);
				run();
				assert_null(ear->r.conn);
			}
			break;
		case 2:
		case 3:
		case 4:
			follows[person][c] = !follows[person][c];
			add(h, follows[person][c] ? EFFECT_FOLLOW : EFFECT_UNFOLLOW, chat(c + 1), person, seq, "f");
			publish(h);
			break;
		default:
			for (int k = 0; k < EARS; k++)
				if (here[k])
					buf_clear(&h->ears[k].heard);
			event(h, chat(c + 1), ++seq, "e");
			for (int k = 0; k < EARS; k++)
				if (here[k])
					heard(&h->ears[k], follows[h->ears[k].r.person.v][c] ? "e" : "");
		}
		for (int k = 0; k < CHATS; k++)
			if (here[i])
				assert_int_equal(receiver_follows(&ear->r, chat(k + 1)), follows[ear->r.person.v][k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_between_listing_and_readiness_raises_the_head, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_joined_frame_raises_the_head_to_its_last_event, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_events_wait_for_the_welcome_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(follows_noted_while_joining_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_noted_follow_that_nothing_passed_is_told_as_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_last_of_several_noted_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_leaves_while_joining_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unfollow_ends_at_its_place_in_the_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_wait_until_every_loop_has_obeyed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_of_a_session_silences_and_closes_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signals_go_to_the_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(random_follows_agree_with_a_model, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
