/* SPDX-License-Identifier: Apache-2.0
 *
 * The server of the socket tests.
 */
#include "io_server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void *run(void *loop)
{
	loop_run(loop);
	return NULL;
}

void server_start(struct server *s, size_t loops, struct listener_config config)
{
	*s = (struct server){.count = loops};
	assert_in_range(loops, 1, SERVER_LOOPS_MAX);
	for (size_t i = 0; i < loops; i++)
		s->loops[i] = loop_new((int)i);
	if (!config.address)
		config.address = "127.0.0.1";
	if (config.max_connections == 0)
		config.max_connections = 100000;
	assert_int_equal(listener_open(&s->listener, s->loops, loops, &config), ERR_OK);
	for (size_t i = 0; i < loops; i++)
		assert_int_equal(pthread_create(&s->threads[i], NULL, run, s->loops[i]), 0);
}

void server_stop(struct server *s)
{
	for (size_t i = 0; i < s->count; i++)
		loop_stop(s->loops[i]);
	for (size_t i = 0; i < s->count; i++)
		pthread_join(s->threads[i], NULL);
	listener_close(&s->listener);
	for (size_t i = 0; i < s->count; i++)
		loop_free(&s->loops[i]);
}

int client_connect(const struct server *s)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = {.tv_sec = 10};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(listener_port(s->listener)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

void client_send(int fd, const void *p, size_t n)
{
	const char *at = p;
	while (n > 0) {
		ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
		if (done <= 0)
			return; /* the other side has gone; what the test reads will tell */
		at += done;
		n -= (size_t)done;
	}
}

size_t client_read(int fd, void *p, size_t n)
{
	size_t at = 0;
	while (at < n) {
		ssize_t got = recv(fd, (char *)p + at, n - at, 0);
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	return at;
}

bool client_ended(int fd)
{
	char rest[4096];
	for (;;) {
		ssize_t got = recv(fd, rest, sizeof rest, 0);
		if (got == 0)
			return true;
		if (got < 0)
			return errno == ECONNRESET;
	}
}

unsigned look(const unsigned *what) { return __atomic_load_n(what, __ATOMIC_ACQUIRE); }

void bump(unsigned *what) { __atomic_add_fetch(what, 1, __ATOMIC_ACQ_REL); }

bool wait_for(const unsigned *what, unsigned least)
{
	for (int i = 0; i < 10000; i++) {
		if (look(what) >= least)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
}
