/* SPDX-License-Identifier: Apache-2.0
 *
 * Load on a media process, from one thread on one core while the process has another one. Prints a line of JSON for each measurement.
 *   media_load fan PROGRAM LIMIT [receivers 50] [rounds 6] [seconds 2] [JANUS_SOCKET JANUS_PID]   one who sends video to many, in turn with the floors and Janus
 *   media_load lessons PROGRAM [lessons 20] [seconds 8]                     lessons of 31; when that does not hold, fewer
 *   media_load voices PROGRAM [people 100] [seconds 5]                      everybody hears everybody, more and more of them talk
 *   media_load allocations PROGRAM LIBRARY [receivers 50] [seconds 6]       what the process allocates meanwhile (LIBRARY: alloc_count)
 */
#include "janus.h"
#include "stage.h"

#include "base/clock.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVER_CORE = 0, CLIENT_CORE = 1 };
#define CORE_TEXT "0"
enum { SINKS_MAX = 250, RATE = 30, PACKETS = 6, SIZE = 1100 }; /* a picture 30 times a second in 6 packets: 1.6 Mbit/s */

static int number(int argc, char **argv, int at, int otherwise) { return argc > at ? (int)strtol(argv[at], NULL, 10) : otherwise; }
static int64_t mono_us(void) { return clock_mono_ns() / 1000; }

/* --- one to many --- */

struct fan { struct media_room room; struct flows flows; struct meter meter; };

static void set_fan_pace(struct flow *w)
{
	w->size = SIZE;
	w->packets = PACKETS;
	w->every_us = 1000000 / RATE;
	w->on = true;
}

static bool open_fan(struct fan *f, const char *program, unsigned receivers, const char *preload)
{
	static struct stage_room room = {.name = "1"};
	char transport[64];
	room.count = 0;
	if (!media_room_start_on(&f->room, program, SERVER_CORE, preload))
		return false;
	flows_init(&f->flows, &f->room, 1, receivers);
	struct person *speaker = media_room_admit(&f->room, room.name, 1, true, true, true);
	struct flow *w = stage_open_up(&f->room, &f->flows, speaker, transport) ? stage_produce(&f->room, &f->flows, &room, speaker, transport, STAGE_CAMERA) : NULL;
	if (!w)
		return false;
	set_fan_pace(w);
	for (unsigned i = 0; i < receivers; i++)
		if (!stage_join(&f->room, &f->flows, &room, media_room_admit(&f->room, room.name, 2 + i, false, false, false), i))
			return false;
	f->meter = meter_of(f->room.pid, SERVER_CORE);
	return true;
}

static bool open_janus_fan(struct fan *f, struct janus *j, const char *path, int pid, unsigned receivers)
{
	media_room_start_empty(&f->room);
	flows_init(&f->flows, &f->room, 1, receivers);
	f->meter = meter_of(pid, SERVER_CORE);
	struct media_client_config c = flows_sender(&f->flows);
	struct person *speaker = media_room_guest(&f->room);
	if (!janus_open(j, path) || !janus_publish(j, &f->room, &speaker->send, 4242, &c))
		return false;
	struct flow *w = flows_add(&f->flows, speaker->send, true, JANUS_PT, 4242);
	set_fan_pace(w);
	for (unsigned i = 0; i < receivers; i++) {
		struct person *p = media_room_guest(&f->room);
		c = flows_receiver(&f->flows, i);
		if (!janus_subscribe(j, &f->room, &p->recv, &c))
			return false;
		flows_listen(&f->flows, i, &p->recv);
	}
	return true;
}

static void print_tally(const char *part, const char *what, int round, const struct tally *t, int64_t cpu, int64_t wall, uint64_t expected)
{
	printf("{\"part\":\"%s\",\"what\":\"%s\",\"round\":%d,\"cpu_ns\":%lld,\"wall_us\":%lld,\"packets\":%llu,\"expected\":%llu,\"bytes\":%llu,\"holes\":%llu,"
		"\"back\":%llu,\"sampled\":%llu,\"wrong_bytes\":%llu,\"wrong_pid\":%llu,\"p50_ms\":%.2f,\"p99_ms\":%.2f", part, what, round, (long long)cpu, (long long)wall,
		(unsigned long long)t->received, (unsigned long long)expected, (unsigned long long)t->bytes, (unsigned long long)t->holes, (unsigned long long)t->back,
		(unsigned long long)t->sampled, (unsigned long long)t->wrong_bytes, (unsigned long long)t->wrong_pid, tally_delay_ms(t, 0.5), tally_delay_ms(t, 0.99));
}

static void measure(struct flows *f, const struct meter *m, int64_t us, int64_t *cpu_out, int64_t *wall_out)
{
	tally_reset(f);
	int64_t cpu = meter_ns(m), start = mono_us();
	flows_run(f, us);
	flows_drain(f, 100);
	*cpu_out = meter_ns(m) - cpu;
	*wall_out = mono_us() - start;
}

static void measure_fan(struct fan *f, const char *what, int round, int seconds, unsigned receivers)
{
	int64_t cpu, wall;
	flows_run(&f->flows, 300000); /* after the others' turn: its caches, and a key frame */
	flows_drain(&f->flows, 100);
	measure(&f->flows, &f->meter, seconds * INT64_C(1000000), &cpu, &wall);
	print_tally("fan", what, round, &f->flows.tally, cpu, wall, f->flows.tally.sent * receivers);
	printf(",\"profile\":\"%s\"}\n", media_client_profile(*f->flows.ear[0].client));
	fflush(stdout);
}

/* --- the floors: sockets that are read, and the program that fills them --- */

struct sinks { int fd[SINKS_MAX], epoll; unsigned count; uint64_t packets; FILE *orders; int answers; pid_t pid; };

static bool start_limit(struct sinks *s, const char *program)
{
	char ports[SINKS_MAX][8], *argv[SINKS_MAX + 5] = {"taskset", "-c", CORE_TEXT, (char *)(uintptr_t)program};
	int to[2], from[2];
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < s->count; i++) {
		struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t n = sizeof a;
		s->fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		struct epoll_event e = {.events = EPOLLIN, .data.fd = s->fd[i]};
		if (bind(s->fd[i], (struct sockaddr *)&a, n) || getsockname(s->fd[i], (struct sockaddr *)&a, &n) || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->fd[i], &e))
			return false;
		snprintf(ports[i], sizeof ports[i], "%u", ntohs(a.sin_port));
		argv[4 + i] = ports[i];
	}
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	s->pid = fork();
	if (s->pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execvp("taskset", argv);
		_exit(127);
	}
	s->orders = fdopen(to[1], "w");
	s->answers = from[0];
	struct epoll_event e = {.events = EPOLLIN, .data.fd = s->answers};
	close(to[0]);
	close(from[1]);
	return s->pid > 0 && !epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->answers, &e);
}

static void stop_limit(struct sinks *s)
{
	fclose(s->orders);
	waitpid(s->pid, NULL, 0);
}

static void read_sink(struct sinks *s, int fd)
{
	uint8_t p[2048];
	for (int i = 0; i < 256 && recv(fd, p, sizeof p, 0) > 0; i++)
		s->packets++;
}

static bool measure_limit(struct sinks *s, const char *mode, int round, int seconds, unsigned bytes)
{
	struct epoll_event events[64];
	char answer[128] = "";
	s->packets = 0;
	fprintf(s->orders, "%s %d %d %d %u\n", mode, seconds * RATE, RATE, PACKETS, bytes);
	fflush(s->orders);
	for (int64_t until = mono_us() + (seconds + 10) * INT64_C(1000000); !answer[0] && mono_us() < until;) {
		int n = epoll_wait(s->epoll, events, 64, 100);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd != s->answers)
				read_sink(s, events[i].data.fd);
			else if (read(s->answers, answer, sizeof answer - 1) <= 0)
				return false;
		}
	}
	for (unsigned i = 0; i < s->count; i++)
		read_sink(s, s->fd[i]);
	char *rest = answer;
	int64_t cpu = strtoll(answer, &rest, 10);
	uint64_t sent = strtoull(rest, &rest, 10), refused = strtoull(rest, NULL, 10);
	printf("{\"part\":\"fan\",\"what\":\"%s\",\"round\":%d,\"cpu_ns\":%lld,\"packets\":%llu,\"expected\":%llu,\"read\":%llu,\"bytes_each\":%u}\n", mode, round,
		(long long)cpu, (unsigned long long)sent, (unsigned long long)(sent + refused), (unsigned long long)s->packets, bytes);
	fflush(stdout);
	return sent > 0;
}

static int fan(int argc, char **argv)
{
	static struct fan ours, theirs;
	static struct sinks sinks;
	struct janus janus;
	int rounds = number(argc, argv, 5, 6), seconds = number(argc, argv, 6, 2);
	sinks.count = (unsigned)number(argc, argv, 4, 50);
	bool janus_runs = false;
	if (argc < 4 || sinks.count < 1 || sinks.count > SINKS_MAX || !start_limit(&sinks, argv[3]))
		return 1;
	if (argc > 8) { /* first, because it takes its time, and ours takes silence of 30 s for the end */
		janus_runs = open_janus_fan(&theirs, &janus, argv[7], number(argc, argv, 8, 0), sinks.count);
		if (!janus_runs)
			fprintf(stderr, "janus did not take part\n");
	}
	if (!open_fan(&ours, argv[2], sinks.count, NULL))
		return 1;
	for (int round = 0; round < rounds; round++) { /* the first one is dropped by the reader; every other one runs backwards */
		unsigned bytes = 1128;
		for (int i = 0; i < 5; i++) {
			int turn = round % 2 ? 4 - i : i;
			if (turn == 1) {
				measure_fan(&ours, "zvonok", round, seconds, sinks.count);
				bytes = (unsigned)(ours.flows.tally.bytes / (ours.flows.tally.received ? ours.flows.tally.received : 1));
			} else if (turn == 3 && janus_runs) {
				measure_fan(&theirs, "janus", round, seconds, sinks.count);
			} else if (turn != 3 && !measure_limit(&sinks, turn == 0 ? "send" : turn == 2 ? "seal" : "gso", round, seconds, bytes)) {
				return 1;
			}
			flows_drain(&ours.flows, 0);
			if (janus_runs)
				flows_drain(&theirs.flows, 0);
		}
	}
	stop_limit(&sinks);
	if (janus_runs) {
		janus_close(&janus);
		media_room_stop(&theirs.room);
	}
	return media_room_stop(&ours.room);
}

/* --- lessons --- */

enum { LESSON_PEOPLE = 31, LESSON_CAMERAS = 6, LESSON_VOICES = 2, LESSON_FLOWS = 3 + LESSON_CAMERAS + LESSON_VOICES };

struct pace { enum stage_source source; unsigned packets; size_t size; int64_t every_us; };

static bool add_flow(struct fan *f, struct stage_room *room, struct person *p, const char *transport, struct pace pace)
{
	struct flow *w = stage_produce(&f->room, &f->flows, room, p, transport, pace.source);
	if (!w)
		return false;
	w->packets = pace.packets;
	w->size = pace.size;
	w->every_us = pace.every_us;
	return true;
}

/* A teacher with a camera of 440 and a screen of 1050 kbit/s, six pupils' small pictures of 96, one of them talks, the teacher and another one are silent (Opus DTX). */
static bool open_lesson(struct fan *f, struct stage_room *room, unsigned first_ear)
{
	struct person *people[LESSON_PEOPLE];
	char up[64];
	for (int i = 0; i < LESSON_PEOPLE; i++)
		people[i] = media_room_admit(&f->room, room->name, i + 1, true, true, true);
	if (!stage_open_up(&f->room, &f->flows, people[0], up) || !add_flow(f, room, people[0], up, (struct pace){STAGE_CAMERA, 2, SIZE, 40000}) ||
		!add_flow(f, room, people[0], up, (struct pace){STAGE_SCREEN, 8, SIZE, 66667}) ||
		!add_flow(f, room, people[0], up, (struct pace){STAGE_MIC, 1, 40, 400000}))
		return false;
	for (int i = 1; i <= LESSON_CAMERAS; i++)
		if (!stage_open_up(&f->room, &f->flows, people[i], up) || !add_flow(f, room, people[i], up, (struct pace){STAGE_CAMERA, 1, 800, 66667}) ||
			(i <= LESSON_VOICES && !add_flow(f, room, people[i], up, (struct pace){STAGE_MIC, 1, i == 1 ? 92 : 40, i == 1 ? 20000 : 400000})))
			return false;
	for (unsigned i = 0; i < LESSON_PEOPLE; i++)
		if (!stage_join(&f->room, &f->flows, room, people[i], first_ear + i))
			return false;
	return true;
}

static bool hold(struct fan *f, const char *part, int level, int64_t us, unsigned receivers_each)
{
	int64_t cpu, wall;
	flows_run(&f->flows, 5000000); /* what each may send to its receivers rises to what there is */
	flows_drain(&f->flows, 300);
	measure(&f->flows, &f->meter, us, &cpu, &wall);
	const struct tally *t = &f->flows.tally;
	uint64_t expected = t->sent * receivers_each;
	print_tally(part, "zvonok", level, t, cpu, wall, expected);
	printf("}\n");
	fflush(stdout);
	return t->received * 1000 > expected * 999;
}

static int lessons(int argc, char **argv)
{
	static struct fan f;
	static struct stage_room rooms[ROOM_PERSONS_MAX / LESSON_PEOPLE];
	int most = number(argc, argv, 3, 20), seconds = number(argc, argv, 4, 8);
	if (argc < 3 || most < 1 || most > ROOM_PERSONS_MAX / LESSON_PEOPLE || !media_room_start_on(&f.room, argv[2], SERVER_CORE, NULL))
		return 1;
	flows_init(&f.flows, &f.room, (unsigned)most * LESSON_FLOWS, (unsigned)most * LESSON_PEOPLE);
	f.meter = meter_of(f.room.pid, SERVER_CORE);
	int64_t began = mono_us();
	for (int i = 0; i < most; i++) {
		snprintf(rooms[i].name, sizeof rooms[i].name, "%d", i + 1);
		if (!open_lesson(&f, &rooms[i], (unsigned)i * LESSON_PEOPLE))
			return 1;
	}
	printf("{\"part\":\"lessons\",\"what\":\"join\",\"people\":%d,\"ms_each\":%.2f}\n", most * LESSON_PEOPLE, (double)(mono_us() - began) / 1000 / (most * LESSON_PEOPLE));
	for (int level = most; level > 0; level -= level > 12 ? 2 : 1) {
		for (unsigned i = 0; i < f.flows.flow_n; i++)
			f.flows.flow[i].on = i / LESSON_FLOWS < (unsigned)level;
		if (hold(&f, "lessons", level, seconds * INT64_C(1000000), LESSON_PEOPLE - 1))
			break;
	}
	return media_room_stop(&f.room);
}

/* --- voices --- */

static int voices(int argc, char **argv)
{
	static struct fan f;
	static struct stage_room room = {.name = "1"};
	static struct person *people[STAGE_PRODUCERS_MAX];
	int n = number(argc, argv, 3, 100), seconds = number(argc, argv, 4, 5);
	char up[64];
	if (argc < 3 || n < 2 || n > 200 || !media_room_start_on(&f.room, argv[2], SERVER_CORE, NULL))
		return 1;
	flows_init(&f.flows, &f.room, (unsigned)n, (unsigned)n);
	f.meter = meter_of(f.room.pid, SERVER_CORE);
	for (int i = 0; i < n; i++) {
		people[i] = media_room_admit(&f.room, room.name, i + 1, true, true, true);
		if (!stage_open_up(&f.room, &f.flows, people[i], up) || !add_flow(&f, &room, people[i], up, (struct pace){STAGE_MIC, 1, 40, 400000}))
			return 1;
	}
	for (int i = 0; i < n; i++)
		if (!stage_join(&f.room, &f.flows, &room, people[i], (unsigned)i))
			return 1;
	for (int talk = n / 20; talk <= n; talk = talk < n / 10 ? n / 10 : talk + n / 10) {
		for (int i = 0; i < n; i++) {
			struct flow *w = &f.flows.flow[i];
			w->on = true;
			w->size = i < talk ? 92 : 40; /* 32 kbit/s of Opus, or its DTX */
			w->every_us = i < talk ? 20000 : 400000;
			w->due_us = 0;
		}
		if (!hold(&f, "voices", talk, seconds * INT64_C(1000000), (unsigned)n - 1))
			break;
	}
	return media_room_stop(&f.room);
}

/* --- allocations --- */

static int allocations(int argc, char **argv)
{
	static struct fan f;
	char path[] = "/tmp/zvonok-alloc-XXXXXX";
	unsigned receivers = (unsigned)number(argc, argv, 4, 50);
	int seconds = number(argc, argv, 5, 6), quiet = 0;
	uint64_t in_quiet = 0, in_all = 0, packets = 0;
	int fd = argc < 4 ? -1 : mkstemp(path);
	if (fd < 0 || ftruncate(fd, 4096))
		return 1;
	volatile uint64_t *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	setenv("ALLOC_COUNT", path, 1);
	bool good = count != MAP_FAILED && open_fan(&f, argv[2], receivers, argv[3]);
	unlink(path);
	if (!good || *count == 0)
		return 1;
	flows_run(&f.flows, 2000000);
	tally_reset(&f.flows);
	for (int i = 0; i < seconds * 4; i++) { /* a quarter of a second in which no message left the process has nothing but media in it */
		uint64_t before = *count, messages = f.room.messages, got = f.flows.tally.received;
		flows_run(&f.flows, 250000);
		in_all += *count - before;
		if (f.room.messages == messages) {
			quiet++;
			in_quiet += *count - before;
			packets += f.flows.tally.received - got;
		}
	}
	printf("{\"part\":\"allocations\",\"packets\":%llu,\"allocations\":%llu,\"windows\":%d,\"with_messages\":%d,\"allocations_of_all\":%llu,\"setup\":%llu}\n",
		(unsigned long long)packets, (unsigned long long)in_quiet, quiet, seconds * 4 - quiet, (unsigned long long)in_all, (unsigned long long)*count);
	return media_room_stop(&f.room);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*run)(int, char **); } parts[] = {
		{"fan", fan}, {"lessons", lessons}, {"voices", voices}, {"allocations", allocations},
	};
	signal(SIGPIPE, SIG_IGN);
	stage_pin(CLIENT_CORE);
	for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof *parts; i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].run(argc, argv);
	fprintf(stderr, "media_load fan|lessons|voices|allocations PROGRAM ..: see media_load.c\n");
	return 2;
}
