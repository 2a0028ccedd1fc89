/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_process.h. Others put what they want to say into a list under the lock and wake the thread by an eventfd; the thread alone touches processes and sockets.
 */
#include "app/media_process.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "media/rfc4571.h"
#include "media/stun.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TCP_WAITING_MAX 256   /* connections whose first frame has not come */
#define TCP_WAITING_MS 5000
#define LIVED_MS 10000        /* a process that lived as long begins the waiting anew */
#define ENDING_MS 2000        /* for a process to end by itself, then it is killed */
#define QUEUE_MAX (8u << 20)  /* bytes that others want to say and the thread has not taken */

static const int waits_ms[] = {0, 100, 500, 1000};

struct said { struct said *next; int process, fd; enum channel_type type; size_t n; char text[]; }; /* fd >= 0: of a message that carries one */

struct one {
	pid_t pid;       /* 0: not running */
	struct channel channel;
	bool open;       /* the channel */
	unsigned failed; /* times that it ended young, one after the other */
	int64_t started_ms, start_ms; /* start: when it is to be started again */
};

struct waiting { int fd; int64_t until_ms; char peer[sizeof ((struct conn_address *)0)->text]; };

struct media_processes {
	struct media_processes_config config;
	/* owned */
	char *addresses;
	pthread_t thread;
	int wake_fd;
	/* state of the thread */
	struct one list[MEDIA_PROCESSES_MAX];
	VEC(struct waiting) waiting;
	/* shared, under the lock */
	pthread_mutex_t lock;
	struct said *first, *last;
	size_t queued;
	bool stopping;
	/* read-only after the start */
	bool threadless; /* not started, or the start failed */
};

/* --- starting and ending a process --- */

static enum err spawn(struct media_processes *m, int process, int fd, pid_t *pid)
{
	char udp[12], tcp[12], number[12], name[] = "zvonok", word[] = "media";
	snprintf(udp, sizeof udp, "%u", m->config.udp_port ? (unsigned)m->config.udp_port + (unsigned)process : 0u);
	snprintf(tcp, sizeof tcp, "%u", (unsigned)m->config.tcp_port);
	snprintf(number, sizeof number, "%d", process);
	/* its log goes where ours does */
	const int fds[MEDIA_CHANNEL_FD + 1] = {CHILD_NOTHING, CHILD_NOTHING, CHILD_OURS, [MEDIA_CHANNEL_FD] = fd};
	return child_start(NULL, (char *[]){name, word, udp, tcp, number, m->addresses, NULL}, fds, MEDIA_CHANNEL_FD + 1, pid);
}

static enum err start(struct media_processes *m, int process)
{
	struct one *o = &m->list[process];
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return ERR_IO;
	enum err e = spawn(m, process, ends[1], &o->pid);
	close(ends[1]);
	if (e) {
		close(ends[0]);
		o->pid = 0;
		return e;
	}
	channel_init(&o->channel, ends[0]);
	o->open = true;
	o->started_ms = clock_mono_ms();
	return ERR_OK;
}

static void plan_start(struct media_processes *m, int process)
{
	struct one *o = &m->list[process];
	int64_t now = clock_mono_ms();
	if (now - o->started_ms >= LIVED_MS)
		o->failed = 0;
	size_t last = sizeof waits_ms / sizeof *waits_ms - 1;
	o->start_ms = now + waits_ms[o->failed < last ? o->failed : last];
	o->failed++;
}

static void reap(struct media_processes *m, int process)
{
	struct one *o = &m->list[process];
	close(o->channel.fd);
	channel_release(&o->channel);
	o->open = false;
	/* a channel that ended while the process did not: it is of no use any more */
	struct child_end end = child_kill(o->pid);
	LOG(LOG_LEVEL_ERROR, "media.ended", LOG_FI("process", process), LOG_FI("pid", o->pid), LOG_FI("code", end.code), LOG_FI("signal", end.signal));
	o->pid = 0;
	plan_start(m, process);
	m->config.gone(m->config.user, process);
}

static void start_due(struct media_processes *m)
{
	int64_t now = clock_mono_ms();
	for (int i = 0; i < m->config.count; i++) {
		struct one *o = &m->list[i];
		if (o->pid || now < o->start_ms)
			continue;
		if (start(m, i) != ERR_OK) {
			LOG(LOG_LEVEL_ERROR, "media.not_started", LOG_FI("process", i), LOG_FZ("error", strerror(errno)));
			o->started_ms = now;
			plan_start(m, i);
		}
	}
}

/* --- messages --- */

struct heard { struct media_processes *m; int process; };

static void hear(void *user, const struct channel_message *message, int descriptor)
{
	struct heard *h = user;
	if (message->type == CHANNEL_JSON)
		h->m->config.message(h->m->config.user, h->process, message->payload);
	if (descriptor >= 0) /* it has none to give */
		close(descriptor);
}

static void hand_over(struct media_processes *m, int process, int fd, enum channel_type type, struct str text)
{
	struct one *o = &m->list[process];
	enum err e = o->open ? channel_send_fd(&o->channel, type, text, fd) : ERR_CLOSED;
	close(fd);
	if (e && e != ERR_BUSY && o->open)
		reap(m, process);
}

static void say(struct media_processes *m, const struct said *s)
{
	struct one *o = &m->list[s->process];
	if (s->fd >= 0 && (s->type == CHANNEL_RECORD || m->config.count == 1)) { /* with one process: no need to read what a stranger sends */
		hand_over(m, s->process, s->fd, s->type, str_n(s->text, s->n));
		return;
	}
	if (s->fd >= 0) {
		struct waiting w = {.fd = s->fd, .until_ms = clock_mono_ms() + TCP_WAITING_MS};
		memcpy(w.peer, s->text, s->n);
		if (m->waiting.n == TCP_WAITING_MAX)
			close(s->fd);
		else
			VEC_PUSH(&m->waiting, w);
		return;
	}
	if (o->open && channel_send(&o->channel, CHANNEL_JSON, str_n(s->text, s->n)) != ERR_OK)
		reap(m, s->process); /* it is stuck, or gone */
}

static bool take_said(struct media_processes *m)
{
	uint64_t unused;
	while (read(m->wake_fd, &unused, sizeof unused) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&m->lock);
	struct said *s = m->first;
	bool stopping = m->stopping;
	m->first = m->last = NULL;
	m->queued = 0;
	pthread_mutex_unlock(&m->lock);
	while (s) {
		struct said *next = s->next;
		say(m, s);
		mem_free(s);
		s = next;
	}
	return !stopping;
}

static void wake(struct media_processes *m)
{
	uint64_t one = 1;
	while (write(m->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static void put(struct media_processes *m, int process, int fd, enum channel_type type, struct str text)
{
	struct said *s = mem_alloc(sizeof *s + text.n + 1);
	s->process = process;
	s->fd = fd;
	s->type = type;
	s->n = text.n;
	memcpy(s->text, text.p, text.n); /* a NUL stands behind it */
	pthread_mutex_lock(&m->lock);
	bool full = m->stopping || m->queued + text.n > QUEUE_MAX;
	if (!full) {
		m->queued += text.n;
		if (m->last)
			m->last->next = s;
		else
			m->first = s;
		m->last = s;
	}
	pthread_mutex_unlock(&m->lock);
	if (full) {
		if (fd >= 0)
			close(fd);
		mem_free(s);
	}
	wake(m);
}

void media_processes_send(struct media_processes *m, int process, struct str json)
{
	if (json.n > CHANNEL_MESSAGE_MAX) {
		LOG(LOG_LEVEL_ERROR, "media.message_too_large", LOG_FI("bytes", json.n));
		return;
	}
	CHECK(process >= 0 && process < m->config.count);
	put(m, process, -1, CHANNEL_JSON, json);
}

void media_processes_take_tcp(struct media_processes *m, int fd, const struct conn_address *peer)
{
	put(m, 0, fd, CHANNEL_TCP, str_of(peer->text));
}

void media_processes_record(struct media_processes *m, int process, struct str room, int fd)
{
	CHECK(process >= 0 && process < m->config.count);
	put(m, process, fd, CHANNEL_RECORD, room);
}

/* --- connections of ICE-TCP: the first frame is a check, and its user name says whose it is --- */

/* -1: not whole yet; -2: nothing of ours. */
static int process_of(const struct media_processes *m, int fd)
{
	uint8_t p[RFC4571_HEAD + STUN_MAX];
	struct str frame;
	struct stun check;
	size_t used;
	ssize_t n = recv(fd, p, sizeof p, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	enum err e = n <= 0 ? ERR_CLOSED : rfc4571_next(p, (size_t)n, &frame, &used);
	if (e == ERR_AGAIN && (size_t)n < sizeof p)
		return -1;
	if (e || stun_parse((const uint8_t *)frame.p, frame.n, &check) != ERR_OK || check.ours.n == 0)
		return -2;
	int process = check.ours.p[0] - 'a';
	return process >= 0 && process < m->config.count ? process : -2;
}

/* True: it waits on. */
static bool look_at_first(struct media_processes *m, const struct waiting *w)
{
	int process = process_of(m, w->fd);
	if (process == -1 && clock_mono_ms() < w->until_ms)
		return true;
	if (process >= 0)
		hand_over(m, process, w->fd, CHANNEL_TCP, str_of(w->peer));
	else
		close(w->fd);
	return false;
}

static void look_at_waiting(struct media_processes *m)
{
	for (size_t i = m->waiting.n; i-- > 0;)
		if (!look_at_first(m, &m->waiting.p[i]))
			VEC_SWAP_REMOVE(&m->waiting, i);
}

/* --- the thread --- */

static int wait_ms(const struct media_processes *m)
{
	int64_t now = clock_mono_ms(), until = now + 60000;
	for (int i = 0; i < m->config.count; i++)
		if (!m->list[i].pid && m->list[i].start_ms < until)
			until = m->list[i].start_ms;
	/* a half frame stays readable: it is looked at by the clock, not by poll */
	if (m->waiting.n > 0 && until > now + 20)
		until = now + 20;
	return until > now ? (int)(until - now) : 0;
}

static void serve_one(struct media_processes *m, int process, short events)
{
	struct one *o = &m->list[process];
	struct heard h = {m, process};
	enum err e = events & POLLOUT ? channel_flush(&o->channel) : ERR_OK;
	if (!e && events & (POLLIN | POLLHUP | POLLERR))
		e = channel_read(&o->channel, hear, &h);
	if (e)
		reap(m, process);
}

static void *run(void *user)
{
	struct media_processes *m = user;
	pthread_setname_np(pthread_self(), "media");
	for (bool going = true; going;) {
		struct pollfd polls[MEDIA_PROCESSES_MAX + 1] = {{.fd = m->wake_fd, .events = POLLIN}};
		for (int i = 0; i < m->config.count; i++) {
			struct one *o = &m->list[i];
			polls[i + 1].fd = o->open ? o->channel.fd : -1;
			polls[i + 1].events = (short)(POLLIN | (o->open && channel_wants_out(&o->channel) ? POLLOUT : 0));
		}
		if (poll(polls, (nfds_t)m->config.count + 1, wait_ms(m)) < 0)
			continue;
		for (int i = 0; i < m->config.count; i++)
			if (polls[i + 1].revents && m->list[i].open)
				serve_one(m, i, polls[i + 1].revents);
		if (polls[0].revents)
			going = take_said(m);
		look_at_waiting(m);
		if (going)
			start_due(m);
	}
	return NULL;
}

/* --- the object --- */

struct media_processes *media_processes_new(const struct media_processes_config *config)
{
	CHECK(config->count >= 1 && config->count <= MEDIA_PROCESSES_MAX);
	struct media_processes *m = mem_alloc(sizeof *m);
	m->config = *config;
	m->addresses = mem_dup(config->addresses, strlen(config->addresses));
	m->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	m->threadless = true;
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

enum err media_processes_start(struct media_processes *m)
{
	enum err e = m->wake_fd < 0 ? ERR_IO : ERR_OK;
	for (int i = 0; i < m->config.count && !e; i++)
		e = start(m, i);
	if (!e)
		e = pthread_create(&m->thread, NULL, run, m) ? ERR_IO : ERR_OK;
	m->threadless = e != ERR_OK;
	if (e)
		LOG(LOG_LEVEL_ERROR, "media.not_started", LOG_FZ("error", strerror(errno)));
	return e;
}

static void end_one(struct one *o)
{
	if (o->open) {
		close(o->channel.fd); /* that is how it learns */
		channel_release(&o->channel);
		o->open = false;
	}
	if (!o->pid)
		return;
	int64_t until = clock_mono_ms() + ENDING_MS;
	pid_t ended;
	while ((ended = waitpid(o->pid, NULL, WNOHANG)) == 0 && clock_mono_ms() < until)
		usleep(2000);
	if (ended == 0)
		child_kill(o->pid);
	o->pid = 0;
}

void media_processes_stop(struct media_processes *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	bool runs = !m->stopping && !m->threadless;
	m->stopping = true;
	pthread_mutex_unlock(&m->lock);
	if (runs) {
		wake(m);
		pthread_join(m->thread, NULL);
	}
	for (int i = 0; i < m->config.count; i++)
		end_one(&m->list[i]);
	for (size_t i = 0; i < m->waiting.n; i++)
		close(m->waiting.p[i].fd);
	VEC_RELEASE(&m->waiting);
}

void media_processes_free(struct media_processes **processes)
{
	struct media_processes *m = *processes;
	if (!m)
		return;
	CHECK(m->stopping);
	while (m->first) {
		struct said *s = m->first;
		m->first = s->next;
		if (s->fd >= 0)
			close(s->fd);
		mem_free(s);
	}
	if (m->wake_fd >= 0)
		close(m->wake_fd);
	pthread_mutex_destroy(&m->lock);
	mem_free(m->addresses);
	mem_free(m);
	*processes = NULL;
}
