/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_room.h.
 */
#include "media_room.h"

#include "base/clock.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_US 10000000
#define TICK_US 20000

extern char **environ;
static int64_t now_us(void) { return clock_mono_ns() / 1000; }

/* --- the process --- */

static bool open_listener(struct media_room *r)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(r->listener, (struct sockaddr *)&a, n) || listen(r->listener, 256) || getsockname(r->listener, (struct sockaddr *)&a, &n))
		return false;
	r->tcp_port = ntohs(a.sin_port);
	return true;
}

static bool spawn(struct media_room *r, const char *program, int core, const char *preload)
{
	int ends[2];
	char tcp[12], cores[12];
	posix_spawn_file_actions_t actions;
	snprintf(tcp, sizeof tcp, "%u", r->tcp_port);
	snprintf(cores, sizeof cores, "%d", core);
	const char *bare[] = {"zvonok", "media", "0", tcp, "0", "127.0.0.1", NULL};
	const char *pinned[] = {"taskset", "-c", cores, program, "media", "0", tcp, "0", "127.0.0.1", NULL};
	const char **argv = core >= 0 ? pinned : bare;
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return false;
	int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
	close(ends[1]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, theirs, 3);
	posix_spawn_file_actions_addclosefrom_np(&actions, 4);
	int failed = posix_spawnp(&r->pid, core >= 0 ? "taskset" : program, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	unsetenv("LD_PRELOAD");
	posix_spawn_file_actions_destroy(&actions);
	close(theirs);
	channel_init(&r->channel, ends[0]);
	return !failed;
}

static void watch(struct media_room *r, int fd, struct media_client *c)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	CHECK(epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

void media_room_start_empty(struct media_room *r)
{
	*r = (struct media_room){.epoll = epoll_create1(EPOLL_CLOEXEC), .channel.fd = -1, .listener = -1};
	r->context = media_client_context_new(NULL);
}

bool media_room_start(struct media_room *r, const char *program) { return media_room_start_on(r, program, -1, NULL); }

bool media_room_start_on(struct media_room *r, const char *program, int core, const char *preload)
{
	*r = (struct media_room){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (!open_listener(r) || !spawn(r, program, core, preload))
		return false;
	r->context = media_client_context_new(NULL);
	watch(r, r->channel.fd, (struct media_client *)&r->channel);
	watch(r, r->listener, (struct media_client *)&r->listener);
	for (int64_t until = now_us() + WAIT_US; !r->udp_port && !r->ended && now_us() < until;)
		media_room_pump(r, 10);
	return r->udp_port != 0;
}

int media_room_stop(struct media_room *r)
{
	int status = 0;
	for (unsigned i = 0; i < r->count; i++) {
		struct person *p = &r->persons[i];
		media_client_free(&p->send);
		media_client_free(&p->recv);
		json_decref(p->inbox);
		json_decref(p->answer);
		json_decref(p->router_caps);
	}
	close(r->epoll);
	json_decref(r->stats);
	media_client_context_free(&r->context);
	if (r->pid == 0)
		return 0;
	close(r->channel.fd);
	channel_release(&r->channel);
	close(r->listener);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* --- what it says --- */

static struct person *person_of(struct media_room *r, uint64_t session)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->persons[i].session == session)
			return &r->persons[i];
	return NULL;
}

static void on_text(struct person *p, const char *text)
{
	json_t *t = json_loads(text, 0, NULL);
	CHECK(t);
	if (json_object_get(t, "id")) {
		json_decref(p->answer);
		p->answer = t;
	} else {
		json_array_append_new(p->inbox, t);
	}
}

static void on_message(void *user, const struct channel_message *m, int descriptor)
{
	struct media_room *r = user;
	json_t *j = json_loadb(m->payload.p, m->payload.n, 0, NULL);
	const char *what = json_string_value(json_object_get(j, "m"));
	struct person *p = person_of(r, (uint64_t)json_integer_value(json_object_get(j, "session")));
	CHECK(descriptor < 0 && what);
	r->messages++;
	if (!strcmp(what, "ready"))
		r->udp_port = (uint16_t)json_integer_value(json_object_get(j, "udp_port"));
	else if (!strcmp(what, "text") && p)
		on_text(p, json_string_value(json_object_get(j, "text")));
	else if (!strcmp(what, "kick") && p)
		p->kicked = (int)json_integer_value(json_object_get(j, "code"));
	else if (!strcmp(what, "connected"))
		r->connected++;
	else if (!strcmp(what, "disconnected"))
		r->disconnected++;
	else if (!strcmp(what, "stats")) {
		json_decref(r->stats);
		r->stats = json_incref(j);
	}
	json_decref(j);
}

static void hand_over(struct media_room *r)
{
	for (int fd; (fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0; close(fd))
		CHECK(channel_send_fd(&r->channel, CHANNEL_TCP, STR("127.0.0.1"), fd) == ERR_OK);
}

static void tick(struct media_room *r)
{
	int64_t now = now_us();
	if (now - r->ticked_us < TICK_US)
		return;
	r->ticked_us = now;
	for (unsigned i = 0; i < r->count; i++) {
		if (r->persons[i].send)
			media_client_tick(r->persons[i].send, now);
		if (r->persons[i].recv)
			media_client_tick(r->persons[i].recv, now);
	}
}

/* What is there within so many milliseconds, once. */
static void look(struct media_room *r, int ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(r->epoll, events, 64, ms);
	for (int i = 0; i < n; i++) {
		void *what = events[i].data.ptr;
		if (what == &r->listener) {
			hand_over(r);
		} else if (what == &r->channel) {
			if (channel_read(&r->channel, on_message, r) != ERR_OK) {
				r->ended = true;
				epoll_ctl(r->epoll, EPOLL_CTL_DEL, r->channel.fd, &events[i]);
			}
		} else {
			media_client_ready(what);
		}
	}
	tick(r);
}

void media_room_pump(struct media_room *r, int ms)
{
	int64_t until = now_us() + ms * 1000;
	do {
		int64_t left = until - now_us();
		look(r, left <= 0 ? 0 : left > TICK_US ? TICK_US / 1000 : (int)((left + 999) / 1000));
	} while (now_us() < until && !r->ended);
}

/* --- what we say --- */

void media_room_say(struct media_room *r, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	CHECK(message && text);
	if (!r->ended)
		CHECK(channel_send(&r->channel, CHANNEL_JSON, str_of(text)) == ERR_OK);
	free(text);
	json_decref(message);
}

struct person *media_room_guest(struct media_room *r)
{
	CHECK(r->count < ROOM_PERSONS_MAX);
	struct person *p = &r->persons[r->count++];
	*p = (struct person){.session = 1000 + r->count};
	return p;
}

void media_room_watch(struct media_room *r, struct media_client *c) { watch(r, media_client_fd(c), c); }

struct person *media_room_admit(struct media_room *r, const char *room, int64_t participant, bool audio, bool video, bool screen)
{
	CHECK(r->count < ROOM_PERSONS_MAX);
	struct person *p = &r->persons[r->count++];
	*p = (struct person){.session = 1000 + r->count, .id = participant, .inbox = json_array()};
	snprintf(p->room, sizeof p->room, "%s", room);
	media_room_say(r, json_pack("{s:s,s:s,s:I,s:I,s:{s:b,s:b,s:b}}", "m", "admit", "room", room, "session", (json_int_t)p->session, "participant",
		(json_int_t)participant, "rights", "audio", audio, "video", video, "screen", screen));
	json_t *welcome = media_room_event(r, p, "welcome");
	p->router_caps = json_incref(json_object_get(welcome, "routerRtpCapabilities"));
	json_decref(welcome);
	return p;
}

json_t *media_room_event(struct media_room *r, struct person *p, const char *event)
{
	for (int64_t until = now_us() + WAIT_US; now_us() < until && !r->ended; look(r, 5))
		for (size_t i = 0; i < json_array_size(p->inbox); i++) {
			json_t *e = json_array_get(p->inbox, i);
			if (strcmp(json_string_value(json_object_get(e, "event")), event) != 0)
				continue;
			json_t *data = json_incref(json_object_get(e, "data"));
			json_array_remove(p->inbox, i);
			return data;
		}
	return NULL;
}

json_t *media_room_ask(struct media_room *r, struct person *p, const char *method, json_t *data, const char **code_out)
{
	static char code[32];
	int id = ++p->next_request;
	json_t *request = json_pack("{s:i,s:s,s:o}", "id", id, "method", method, "data", data);
	char *text = json_dumps(request, JSON_COMPACT);
	CHECK(request && text);
	media_room_say(r, json_pack("{s:s,s:I,s:s}", "m", "text", "session", (json_int_t)p->session, "text", text));
	free(text);
	json_decref(request);
	json_decref(p->answer);
	p->answer = NULL;
	snprintf(code, sizeof code, "no answer");
	if (code_out)
		*code_out = code;
	for (int64_t until = now_us() + WAIT_US; now_us() < until && !r->ended; look(r, 5)) {
		if (json_integer_value(json_object_get(p->answer, "id")) != id)
			continue;
		if (json_is_true(json_object_get(p->answer, "ok"))) {
			code[0] = 0;
			return json_incref(json_object_get(p->answer, "data"));
		}
		snprintf(code, sizeof code, "%s", json_string_value(json_object_get(json_object_get(p->answer, "error"), "code")));
		return NULL;
	}
	return NULL;
}

static json_t *candidate_of(json_t *options, const char *protocol)
{
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(options, "iceCandidates"), i, c)
		if (!strcmp(json_string_value(json_object_get(c, "protocol")), protocol))
			return c;
	return NULL;
}

bool media_room_open(struct media_room *r, struct person *p, bool up, bool tcp, const struct media_client_config *config, char id[64])
{
	struct media_client_config c = *config;
	struct media_client **slot = up ? &p->send : &p->recv;
	json_t *options = media_room_ask(r, p, "create_transport", json_pack("{s:s}", "direction", up ? "send" : "recv"), NULL);
	json_t *ice = json_object_get(options, "iceParameters"), *candidate = candidate_of(options, tcp ? "tcp" : "udp");
	if (!candidate) {
		json_decref(options);
		return false;
	}
	snprintf(id, 64, "%s", json_string_value(json_object_get(options, "id")));
	c.ufrag = json_string_value(json_object_get(ice, "usernameFragment"));
	c.password = json_string_value(json_object_get(ice, "password"));
	c.tcp = tcp;
	c.server = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)json_integer_value(json_object_get(candidate, "port")))};
	if (r->via_port && !tcp)
		c.server.sin6_port = htons(r->via_port);
	char mapped[64];
	snprintf(mapped, sizeof mapped, "::ffff:%s", json_string_value(json_object_get(candidate, "ip")));
	CHECK(inet_pton(AF_INET6, mapped, &c.server.sin6_addr) == 1);
	json_t *answer = media_room_ask(r, p, "connect_transport", json_pack("{s:s,s:{s:s,s:[{s:s,s:s}]}}", "transportId", id, "dtlsParameters", "role",
		"client", "fingerprints", "algorithm", "sha-256", "value", media_client_fingerprint(r->context)), NULL);
	*slot = answer ? media_client_new(r->context, &c) : NULL;
	json_decref(answer);
	json_decref(options);
	if (!*slot)
		return false;
	watch(r, media_client_fd(*slot), *slot);
	media_client_tick(*slot, now_us()); /* the first check at once */
	for (int64_t until = now_us() + WAIT_US; now_us() < until && !media_client_is_connected(*slot) && !r->ended;)
		look(r, 5);
	return media_client_is_connected(*slot);
}

json_t *media_room_parameters(const char *mid, bool video, bool nack, uint32_t ssrc)
{
	json_t *feedback = nack ? json_pack("[{s:s},{s:s,s:s}]", "type", "nack", "type", "nack", "parameter", "pli") : json_pack("[{s:s,s:s}]", "type", "nack", "parameter", "pli");
	json_t *codec = video ? json_pack("{s:s,s:i,s:i,s:{},s:O}", "mimeType", "video/VP8", "payloadType", MEDIA_ROOM_VP8, "clockRate", 90000, "parameters", "rtcpFeedback", feedback)
			      : json_pack("{s:s,s:i,s:i,s:i,s:{},s:[]}", "mimeType", "audio/opus", "payloadType", MEDIA_ROOM_OPUS, "clockRate", 48000, "channels", 2, "parameters",
					"rtcpFeedback");
	json_decref(feedback);
	return json_pack("{s:s,s:[o],s:[],s:[{s:I}],s:{s:s,s:b}}", "mid", mid, "codecs", codec, "headerExtensions", "encodings", "ssrc", (json_int_t)ssrc, "rtcp", "cname", "a",
		"reducedSize", 1);
}

bool media_room_produce(struct media_room *r, struct person *p, const char *transport, const char *source, bool video, json_t *parameters, char id[64])
{
	json_t *made = media_room_ask(r, p, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", transport, "kind", video ? "video" : "audio", "rtpParameters", parameters,
		"appData", "source", source), NULL);
	snprintf(id, 64, "%s", made ? json_string_value(json_object_get(made, "id")) : "");
	json_decref(made);
	return id[0];
}

bool media_room_walled(pid_t pid)
{
	char path[64], line[256];
	bool filtered = false;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		filtered |= strncmp(line, "Seccomp:\t2", 10) == 0;
	if (f)
		fclose(f);
	return filtered;
}
