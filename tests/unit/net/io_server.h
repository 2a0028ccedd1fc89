/* SPDX-License-Identifier: Apache-2.0
 *
 * A real server for the tests of src/net's sockets: loops in threads of their own, a listener on loopback, and plain
 * blocking clients. What a test wants of the connections it says in a conn_handler.
 */
#ifndef TESTS_UNIT_NET_IO_SERVER_H
#define TESTS_UNIT_NET_IO_SERVER_H

#include "net/conn.h"
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define SERVER_LOOPS_MAX 4

struct server {
	struct loop *loops[SERVER_LOOPS_MAX];
	pthread_t threads[SERVER_LOOPS_MAX];
	size_t count;
	struct listener *listener;
};

/* config's on_accept must be set; address "127.0.0.1" and 100000 connections unless it says otherwise. */
void server_start(struct server *s, size_t loops, struct listener_config config);
void server_stop(struct server *s);

int client_connect(const struct server *s);                   /* blocking, with a time limit of 10 s on every call */
void client_send(int fd, const void *p, size_t n);
size_t client_read(int fd, void *p, size_t n);                /* until n bytes or the end */
bool client_ended(int fd);                                    /* the end, or a reset; waits for it */

/* Waits at most 10 s until *what (an atomic) is at least that much. */
bool wait_for(const unsigned *what, unsigned least);
unsigned look(const unsigned *what);
void bump(unsigned *what);

#endif
