/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections over real sockets: echo, half close, limits on both sides, pausing, closing from every callback.
 */
#include "io_server.h"
#include "base/mem.h"
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static unsigned opened, closed, drained, overflowed, ended;

static void reset(void) { opened = closed = drained = overflowed = ended = 0; }

static void count_close(struct conn *c)
{
	(void)c;
	bump(&closed);
}

static size_t echo(struct conn *c, const unsigned char *p, size_t n)
{
	conn_send_copy(c, p, n);
	return n;
}

static const struct conn_handler echo_handler = {.on_data = echo, .on_close = count_close};

static void accept_echo(struct conn *c, void *user)
{
	(void)user;
	bump(&opened);
	conn_set_handler(c, &echo_handler, NULL);
}

static void echoes_and_ends(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 2, (struct listener_config){.on_accept = accept_echo});
	struct net_stats before, after;
	net_stats_read(&before);
	int fd = client_connect(&s);
	static char in[300000], out[300000];
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (char)('a' + i % 23);
	for (int i = 0; i < 3; i++) {
		client_send(fd, in, 1000);
		assert_int_equal(client_read(fd, out, 1000), 1000);
		assert_memory_equal(in, out, 1000);
	}
	/* half close: what was asked before the end is still answered */
	client_send(fd, in, sizeof in);
	shutdown(fd, SHUT_WR);
	assert_int_equal(client_read(fd, out, sizeof out), sizeof in);
	assert_memory_equal(in, out, sizeof in);
	assert_true(client_ended(fd));
	close(fd);
	assert_true(wait_for(&closed, 1));
	server_stop(&s);
	net_stats_read(&after);
	assert_int_equal(after.accepted - before.accepted, 1);
	assert_int_equal(after.bytes_in - before.bytes_in, 3000 + sizeof in);
	assert_int_equal(after.bytes_out - before.bytes_out, 3000 + sizeof in);
}

static void eof_answer(struct conn *c)
{
	bump(&ended);
	conn_send_copy(c, "goodbye", 7);
	conn_close(c, CONN_CLOSE_FLUSH);
	conn_send_copy(c, "never", 5);
}

static const struct conn_handler eof_handler = {.on_data = echo, .on_eof = eof_answer, .on_close = count_close};

static void accept_eof(struct conn *c, void *user)
{
	(void)user;
	conn_set_handler(c, &eof_handler, NULL);
}

static void on_eof_may_answer(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_eof});
	int fd = client_connect(&s);
	client_send(fd, "x", 1);
	shutdown(fd, SHUT_WR);
	char out[32];
	assert_int_equal(client_read(fd, out, sizeof out), 8);
	assert_memory_equal(out, "xgoodbye", 8);
	assert_true(wait_for(&closed, 1));
	assert_int_equal(look(&ended), 1);
	close(fd);
	server_stop(&s);
}

/* --- frames of 1000 equal letters to a reader that does not read --- */

#define FRAME 1000

static void flood_overflow(struct conn *c)
{
	bump(&overflowed);
	conn_drop_queue(c);
	assert_true(conn_queued(c) < FRAME);
	char last[FRAME];
	memset(last, '!', sizeof last);
	conn_send_copy(c, last, sizeof last);
	conn_close(c, CONN_CLOSE_FLUSH);
}

static size_t flood(struct conn *c, const unsigned char *p, size_t n)
{
	(void)p;
	char frame[FRAME];
	for (int i = 0; i < 20000; i++) {
		memset(frame, 'a' + i % 26, sizeof frame);
		conn_send_copy(c, frame, sizeof frame);
	}
	assert_true(conn_queued(c) <= 200000 + FRAME);
	return n;
}

static const struct conn_handler flood_handler = {.on_data = flood, .on_overflow = flood_overflow, .on_close = count_close};
static const struct conn_handler flood_cut_handler = {.on_data = flood, .on_close = count_close};

static void accept_flood(struct conn *c, void *user)
{
	conn_set_limits(c, 1000, 200000);
	conn_set_handler(c, user, NULL);
}

static void overflow_drops_whole_frames(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_flood, .user = (void *)&flood_handler});
	int fd = client_connect(&s);
	client_send(fd, "g", 1);
	assert_true(wait_for(&overflowed, 1));
	unsigned char frame[FRAME], last = 0;
	size_t frames = 0;
	while (client_read(fd, frame, FRAME) == FRAME) {
		for (size_t i = 1; i < FRAME; i++)
			assert_int_equal(frame[i], frame[0]);
		last = frame[0];
		frames++;
	}
	assert_true(frames > 10 && frames < 20000);
	assert_int_equal(last, '!');
	close(fd);
	assert_true(wait_for(&closed, 1));
	assert_int_equal(look(&overflowed), 1);
	server_stop(&s);
}

static void overflow_without_owner_cuts(void **state)
{
	(void)state;
	reset();
	struct net_stats before, after;
	net_stats_read(&before);
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_flood, .user = (void *)&flood_cut_handler});
	int fd = client_connect(&s);
	client_send(fd, "g", 1);
	assert_true(wait_for(&closed, 1));
	close(fd);
	server_stop(&s);
	net_stats_read(&after);
	assert_int_equal(after.cut_overflow - before.cut_overflow, 1);
}

/* --- a slow reader gets all, by on_drained --- */

#define PIECES 200
static unsigned pieces_sent;

static void next_piece(struct conn *c)
{
	bump(&drained);
	if (pieces_sent++ == PIECES) {
		conn_close(c, CONN_CLOSE_FLUSH);
		return;
	}
	char piece[30000];
	memset(piece, 'a' + (int)(pieces_sent % 26), sizeof piece);
	conn_send_copy(c, piece, sizeof piece);
}

static size_t start_pieces(struct conn *c, const unsigned char *p, size_t n)
{
	(void)p;
	next_piece(c);
	return n;
}

static const struct conn_handler piece_handler = {.on_data = start_pieces, .on_drained = next_piece, .on_close = count_close};

static void accept_pieces(struct conn *c, void *user)
{
	(void)user;
	pieces_sent = 0;
	conn_set_handler(c, &piece_handler, NULL);
}

static void drained_feeds_a_slow_reader(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_pieces});
	int fd = client_connect(&s);
	client_send(fd, "g", 1);
	static char out[PIECES * 30000];
	size_t at = 0, got;
	while ((got = client_read(fd, out, 100000)) > 0) {
		at += got;
		if (at % 3 == 0)
			nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
	}
	assert_int_equal(at, sizeof out);
	close(fd);
	assert_true(wait_for(&closed, 1));
	server_stop(&s);
}

/* --- reading --- */

static size_t by_lines(struct conn *c, const unsigned char *p, size_t n)
{
	struct str in = str_n(p, n);
	size_t at;
	if (!str_find(in, '\n', &at))
		return 0;
	conn_send_copy(c, p, at + 1);
	conn_pause(c, true); /* one line at a time, as an HTTP server takes requests */
	bump(&opened);
	return at + 1;
}

static struct conn *paused_conn;
static void resume_later(struct loop *l, struct timer *t)
{
	(void)l;
	mem_free(t);
	if (paused_conn)
		conn_pause(paused_conn, false);
}

static size_t by_lines_slowly(struct conn *c, const unsigned char *p, size_t n)
{
	size_t used = by_lines(c, p, n);
	if (used > 0) {
		paused_conn = c;
		struct timer *t = mem_alloc(sizeof *t);
		t->fire = resume_later;
		timer_start(conn_loop(c), t, 1);
	}
	return used;
}

static void forget_paused(struct conn *c)
{
	(void)c;
	paused_conn = NULL;
	bump(&closed);
}

static const struct conn_handler line_handler = {.on_data = by_lines_slowly, .on_close = forget_paused};

static void accept_lines(struct conn *c, void *user)
{
	(void)user;
	conn_set_limits(c, 100, 100000);
	conn_set_handler(c, &line_handler, NULL);
}

static void what_is_left_comes_again(void **state)
{
	(void)state;
	reset();
	struct net_stats before, after;
	net_stats_read(&before);
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_lines});
	int fd = client_connect(&s);
	char lines[2000], out[2000];
	for (size_t i = 0; i < sizeof lines; i++)
		lines[i] = i % 20 == 19 ? '\n' : (char)('a' + i / 20 % 26);
	client_send(fd, lines, sizeof lines); /* a hundred at once, far more than read_limit: pausing suspends it */
	assert_int_equal(client_read(fd, out, sizeof out), sizeof out);
	assert_memory_equal(lines, out, sizeof out);
	for (int i = 0; i < 20; i++) { /* byte by byte */
		client_send(fd, lines + i, 1);
		nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
	}
	assert_int_equal(client_read(fd, out, 20), 20);
	memset(lines, 'x', sizeof lines);
	client_send(fd, lines, 150); /* a line beyond the limit */
	assert_true(client_ended(fd));
	assert_true(wait_for(&closed, 1));
	close(fd);
	server_stop(&s);
	net_stats_read(&after);
	assert_int_equal(after.cut_large - before.cut_large, 1);
}

static size_t second_stage(struct conn *c, const unsigned char *p, size_t n)
{
	conn_send_copy(c, "2:", 2);
	conn_send_copy(c, p, n);
	return n;
}
static const struct conn_handler second_handler = {.on_data = second_stage, .on_close = count_close};

static size_t first_stage(struct conn *c, const unsigned char *p, size_t n)
{
	(void)p;
	(void)n;
	conn_set_handler(c, &second_handler, NULL);
	return 1;
}
static const struct conn_handler first_handler = {.on_data = first_stage, .on_close = count_close};

static void accept_stages(struct conn *c, void *user)
{
	(void)user;
	conn_set_handler(c, &first_handler, NULL);
}

static void a_new_handler_gets_the_rest(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_stages});
	int fd = client_connect(&s);
	client_send(fd, "Uabc", 4);
	char out[5];
	assert_int_equal(client_read(fd, out, 5), 5);
	assert_memory_equal(out, "2:abc", 5);
	close(fd);
	assert_true(wait_for(&closed, 1));
	server_stop(&s);
}

/* --- closing inside each callback, both ways --- */

enum where { AT_ACCEPT, AT_DATA, AT_DRAINED, AT_OVERFLOW, AT_EOF, AT_CLOSE, PLACES };
struct plan { enum where where; enum conn_close_how how; };

static void maybe_close(struct conn *c, enum where here)
{
	struct plan *p = conn_user(c);
	if (p->where != here)
		return;
	conn_close(c, p->how);
	conn_send_copy(c, "ignored", 7);
	conn_close(c, p->how);
	conn_close(c, CONN_CLOSE_NOW);
	conn_pause(c, true);
	conn_pause(c, false);
	conn_drop_queue(c);
}

static size_t close_data(struct conn *c, const unsigned char *p, size_t n)
{
	(void)p;
	static char big[50000];
	struct plan *plan = conn_user(c);
	int times = plan->where == AT_OVERFLOW ? 400 : 1;
	for (int i = 0; i < times; i++)
		conn_send_copy(c, big, sizeof big);
	maybe_close(c, AT_DATA);
	return n / 2;
}
static void close_drained(struct conn *c) { maybe_close(c, AT_DRAINED); }
static void close_overflow(struct conn *c) { maybe_close(c, AT_OVERFLOW); }
static void close_eof(struct conn *c)
{
	maybe_close(c, AT_EOF);
	conn_close(c, CONN_CLOSE_FLUSH);
}
static void close_close(struct conn *c)
{
	maybe_close(c, AT_CLOSE);
	bump(&closed);
}
static const struct conn_handler close_handler = {
	.on_data = close_data, .on_drained = close_drained, .on_overflow = close_overflow, .on_eof = close_eof, .on_close = close_close};

static void accept_close(struct conn *c, void *user)
{
	conn_set_limits(c, 100000, 100000);
	conn_set_handler(c, &close_handler, user);
	maybe_close(c, AT_ACCEPT);
}

static void close_in_every_callback(void **state)
{
	(void)state;
	for (int where = 0; where < PLACES; where++)
		for (int how = 0; how < 2; how++) {
			reset();
			struct plan plan = {(enum where)where, how ? CONN_CLOSE_NOW : CONN_CLOSE_FLUSH};
			struct server s;
			server_start(&s, 1, (struct listener_config){.on_accept = accept_close, .user = &plan});
			int fd = client_connect(&s);
			client_send(fd, "hello", 5);
			if (where == AT_EOF || where == AT_CLOSE)
				shutdown(fd, SHUT_WR);
			if (where != AT_OVERFLOW)
				assert_true(client_ended(fd));
			assert_true(wait_for(&closed, 1));
			close(fd);
			server_stop(&s);
			assert_int_equal(look(&closed), 1);
		}
}

/* --- many, and the edges of the listener --- */

static void a_thousand_at_once(void **state)
{
	(void)state;
	reset();
	struct rlimit limit = {4096, 4096};
	setrlimit(RLIMIT_NOFILE, &limit);
	struct server s;
	server_start(&s, 2, (struct listener_config){.on_accept = accept_echo});
	static int fds[1000];
	for (int i = 0; i < 1000; i++) {
		fds[i] = client_connect(&s);
		client_send(fds[i], &i, sizeof i); /* its first byte need not be a letter */
	}
	close(fds[0]);
	unsigned letters = 0;
	for (int i = 1; i < 1000; i++) {
		unsigned char first = (unsigned char)i;
		bool letter = (first | 0x20) >= 'a' && (first | 0x20) <= 'z';
		int back = 0;
		size_t got = client_read(fds[i], &back, sizeof back);
		assert_int_equal(got, letter ? sizeof back : 0); /* others than HTTP are shown the door */
		letters += letter;
		if (letter)
			assert_int_equal(back, i);
		if (i % 2)
			close(fds[i]);
	}
	assert_int_equal(look(&opened), letters);
	server_stop(&s); /* with half of them open */
	assert_int_equal(look(&closed), letters);
	for (int i = 2; i < 1000; i += 2)
		close(fds[i]);
}

static void listener_edges(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_echo, .max_connections = 1});
	struct listener *second = NULL;
	struct listener_config config = {.address = "127.0.0.1", .port = listener_port(s.listener), .on_accept = accept_echo, .max_connections = 1};
	assert_int_equal(listener_open(&second, s.loops, 1, &config), ERR_IO);
	assert_int_equal(errno, EADDRINUSE);
	config.address = "somewhere";
	assert_int_equal(listener_open(&second, s.loops, 1, &config), ERR_IO);
	config.address = "127.0.0.1";
	config.port = 0;
	config.trusted_proxies = STR("10.0.0.0/33");
	assert_int_equal(listener_open(&second, s.loops, 1, &config), ERR_IO);
	int first = client_connect(&s), more = client_connect(&s);
	assert_true(client_ended(more)); /* beyond max_connections */
	client_send(first, "a", 1);
	char out[1];
	assert_int_equal(client_read(first, out, 1), 1);
	close(first);
	close(more);
	server_stop(&s);
}

static void unix_socket(void **state)
{
	(void)state;
	reset();
	char path[80], address[90];
	snprintf(path, sizeof path, "/tmp/zvonok-io-%d.sock", (int)getpid());
	snprintf(address, sizeof address, "unix:%s", path);
	for (int round = 0; round < 2; round++) {
		struct server s;
		server_start(&s, 1, (struct listener_config){.address = address, .on_accept = accept_echo});
		struct listener *second = NULL;
		struct listener_config config = {.address = address, .on_accept = accept_echo, .max_connections = 1};
		assert_int_equal(listener_open(&second, s.loops, 1, &config), ERR_IO);
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		struct sockaddr_un a = {.sun_family = AF_UNIX};
		memcpy(a.sun_path, path, strlen(path) + 1);
		assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
		client_send(fd, "abc", 3);
		char out[3];
		assert_int_equal(client_read(fd, out, 3), 3);
		close(fd);
		server_stop(&s);
		assert_int_not_equal(access(path, F_OK), 0);
		/* one left over from a server that was killed does not stop the next */
		int left = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(bind(left, (struct sockaddr *)&a, sizeof a), 0);
		close(left);
	}
	unlink(path);
}

static void a_descriptor_famine_ends(void **state)
{
	(void)state;
	reset();
	struct server s;
	server_start(&s, 1, (struct listener_config){.on_accept = accept_echo});
	int fd = client_connect(&s);
	client_send(fd, "a", 1);
	char out[1];
	assert_int_equal(client_read(fd, out, 1), 1);
	int waiting = client_connect(&s);
	client_send(waiting, "a", 1);
	assert_int_equal(client_read(waiting, out, 1), 1);
	/* the client's own end needs a descriptor too: made before the last one is gone */
	int next = socket(AF_INET, SOCK_STREAM, 0);
	int highest = dup(next);
	struct rlimit old, few;
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)highest;
	setrlimit(RLIMIT_NOFILE, &few);
	struct sockaddr_storage a;
	socklen_t size = sizeof a;
	assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &size), 0);
	assert_int_equal(connect(next, (struct sockaddr *)&a, size), 0);
	assert_true(client_ended(next)); /* turned away, not left waiting */
	setrlimit(RLIMIT_NOFILE, &old);
	close(highest);
	int after = client_connect(&s);
	client_send(after, "b", 1);
	assert_int_equal(client_read(after, out, 1), 1);
	close(after);
	close(next);
	close(waiting);
	close(fd);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echoes_and_ends),
		cmocka_unit_test(on_eof_may_answer),
		cmocka_unit_test(overflow_drops_whole_frames),
		cmocka_unit_test(overflow_without_owner_cuts),
		cmocka_unit_test(drained_feeds_a_slow_reader),
		cmocka_unit_test(what_is_left_comes_again),
		cmocka_unit_test(a_new_handler_gets_the_rest),
		cmocka_unit_test(close_in_every_callback),
		cmocka_unit_test(a_thousand_at_once),
		cmocka_unit_test(listener_edges),
		cmocka_unit_test(unix_socket),
		cmocka_unit_test(a_descriptor_famine_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
