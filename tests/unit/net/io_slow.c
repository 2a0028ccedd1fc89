/* SPDX-License-Identifier: Apache-2.0
 *
 * Peers that take their time: no first byte, half a handshake, a goodbye that is never answered. The clock jumps.
 */
#include "io_server.h"
#include "base/clock.h"
#include <time.h>
#include <unistd.h>

static int64_t jumped_ns;

static int64_t jumping_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec + __atomic_load_n(&jumped_ns, __ATOMIC_ACQUIRE);
}

static unsigned woken, opened, closed;

static void woke(struct loop *l, struct task *t)
{
	(void)l;
	(void)t;
	bump(&woken);
}

/* Moves the clock and has the loop look at it twice: timers fire at the end of a turn. */
static void jump(struct server *s, int64_t ms)
{
	static struct task t[2] = {{.run = woke}, {.run = woke}};
	__atomic_add_fetch(&jumped_ns, ms * 1000000, __ATOMIC_ACQ_REL);
	for (int i = 0; i < 2; i++) {
		unsigned before = look(&woken);
		loop_post(s->loops[0], &t[i]);
		assert_true(wait_for(&woken, before + 1));
	}
}

static size_t on_data(struct conn *c, const unsigned char *p, size_t n)
{
	conn_send_copy(c, p, n);
	if (p[0] == 'c')
		conn_close(c, CONN_CLOSE_FLUSH);
	return n;
}

static void on_close(struct conn *c)
{
	(void)c;
	bump(&closed);
}

static const struct conn_handler handler = {.on_data = on_data, .on_close = on_close};

static void accept_any(struct conn *c, void *user)
{
	(void)user;
	conn_set_handler(c, &handler, NULL);
	bump(&opened);
}

static uint64_t cut_slow(void)
{
	struct net_stats now;
	net_stats_read(&now);
	return now.cut_slow;
}

static void the_slow_are_cut(void **state)
{
	(void)state;
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_any, .trusted_proxies = STR("127.0.0.1")});
	uint64_t before = cut_slow();
	int silent = client_connect(&s), half = client_connect(&s), fine = client_connect(&s);
	client_send(half, "PROXY TCP", 9);
	client_send(fine, "a", 1);
	char out[1];
	assert_int_equal(client_read(fine, out, 1), 1);
	jump(&s, 9000);
	assert_int_equal(cut_slow() - before, 0);
	jump(&s, 1500);
	assert_true(client_ended(silent));
	assert_true(client_ended(half));
	assert_int_equal(cut_slow() - before, 2);
	/* the one that spoke has no time limit of ours: that is its protocol's to set */
	jump(&s, 100000);
	client_send(fine, "b", 1);
	assert_int_equal(client_read(fine, out, 1), 1);
	assert_int_equal(look(&closed), 0);
	close(silent);
	close(half);
	close(fine);
	assert_true(wait_for(&closed, 1));
	server_stop(&s);
}

static void an_unanswered_goodbye_ends(void **state)
{
	(void)state;
	closed = 0;
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_any});
	int fd = client_connect(&s);
	client_send(fd, "c", 1);
	char out[2];
	assert_int_equal(client_read(fd, out, 2), 1); /* the byte and the end; we do not end ours */
	jump(&s, CONN_LINGER_MS - 1000);
	client_send(fd, "more", 4); /* is thrown away, and no reset comes */
	assert_int_equal(look(&closed), 0);
	jump(&s, 1500);
	assert_true(wait_for(&closed, 1));
	close(fd);
	server_stop(&s);
}

int main(void)
{
	clock_set_source(&(struct clock_source){.mono_ns = jumping_clock});
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slow_are_cut),
		cmocka_unit_test(an_unanswered_goodbye_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
