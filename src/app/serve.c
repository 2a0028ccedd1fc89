/* SPDX-License-Identifier: Apache-2.0 */
#include "app/serve.h"

#include "account/account.h"
#include "account/code_sender.h"
#include "app/assets.h"
#include "app/demo.h"
#include "app/media_start.h"
#include "app/recorders.h"
#include "app/roster_runner.h"
#include "app/store.h"
#include "app/upkeep.h"
#include "app/wiring.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "file/file_http.h"
#include "lesson/calendar_http.h"
#include "lesson/lesson.h"
#include "lesson/media_front.h"
#include "lesson/whip_front.h"
#include "school/roster_http.h"
#include "server/http_app.h"
#include "server/metrics.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOOPS_MAX 4
#define DRAIN_MS 5000
#define CERTIFICATE_EVERY_MS 60000

struct program {
	/* borrowed */
	const struct config *config;
	/* owned, in the order of starting */
	struct store store;
	struct code_sender *sender;
	struct static_files *files;
	struct tls_context *tls;
	struct loop *loops[LOOPS_MAX];
	struct delivery *deliveries[LOOPS_MAX];
	struct publisher *publisher;
	struct workers *workers;
	struct rate_limit *limits;
	struct dispatcher *dispatcher;
	struct upkeep *upkeep, *lesson_upkeep, *broadcast_upkeep;
	struct background *background;
	struct file_server *files_server;
	struct roster_server rosters;
	struct roster_runner *roster_runner;
	struct recorders *recorders;
	struct media_front *media_front;
	struct whip_front *whip_front;
	struct calendar_server calendars;
	struct listener *listener, *metrics_listener;
	struct media_processes *media;
	pthread_t threads[LOOPS_MAX];
	/* state */
	size_t loop_count, threads_running;
	struct installation inst;
	struct site site;
	struct route routes[7];
	struct http_app app, metrics_http;
	struct metrics metrics;
	struct timer certificate_timer;
	char version[64], url[300];
	bool demo;
};

/* --- parts */

static bool is_loopback(const char *host)
{
	return !strcmp(host, "127.0.0.1") || !strcmp(host, "::1") || !strcmp(host, "localhost") || !strncmp(host, "unix:", 5);
}

static void raise_open_files(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

static size_t loops_wanted(const struct config *c)
{
	int64_t n;
	if (config_int(c->loops, 0, LOOPS_MAX, &n))
		n = 0;
	if (!n)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > LOOPS_MAX ? LOOPS_MAX : (size_t)n;
}

static void name_version(struct program *p)
{
	/* of the program and of the client inside it, so that an open page learns of a new one */
	unsigned char hash[16];
	char hex[33];
	crypto_generichash(hash, sizeof hash, zvonok_assets, zvonok_assets_size, NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	snprintf(p->version, sizeof p->version, "%s+%.8s", ZVONOK_VERSION, hex);
}

static void on_accept(struct conn *c, void *user)
{
	http_serve(c, user);
}

static void publish(void *user)
{
	struct program *p = user;
	publisher_flush(p->publisher);
}

/* Before the loops run media is set, or there is none. */
static void on_frames(int fd, const struct conn_address *peer, void *user)
{
	struct program *p = user;
	if (p->media)
		media_processes_take_tcp(p->media, fd, peer);
	else
		close(fd);
}

static enum err open_listener(struct program *p, struct listener **out, struct str where, const struct http_app *app, bool public)
{
	char host[108];
	struct listener_config lc = {.on_accept = on_accept, .user = (void *)app, .max_connections = 100};
	if (config_address(where, host, &lc.port)) {
		fprintf(stderr, "zvonok: not an address and port: %s\n", where.p);
		return ERR_MALFORMED;
	}
	lc.address = host;
	if (public) {
		int64_t max;
		if (config_int(p->config->max_connections, 1, 1000000, &max)) {
			fprintf(stderr, "zvonok: max_connections must be 1-1000000\n");
			return ERR_MALFORMED;
		}
		lc.max_connections = (size_t)max;
		lc.tls = p->tls;
		lc.tls_only = p->tls != NULL;
		lc.trusted_proxies = p->config->trusted_proxies;
		lc.on_frames = on_frames;
		lc.frames_user = p;
		if (p->demo && !is_loopback(host)) {
			fprintf(stderr, "zvonok: the demonstration lets everybody in, so it listens on loopback only, not on %s\n", host);
			return ERR_REFUSED;
		}
	}
	enum err e = listener_open(out, p->loops, p->loop_count, &lc);
	if (e)
		fprintf(stderr, "zvonok: cannot listen on %s: %s\n", where.p, strerror(errno));
	return e;
}

static void watch_certificate(struct loop *l, struct timer *t)
{
	struct program *p = (struct program *)((char *)t - offsetof(struct program, certificate_timer));
	bool changed = false;
	enum err e = tls_context_reload_if_changed(p->tls, &changed);
	if (e)
		LOG(LOG_LEVEL_ERROR, "tls.reload_failed", LOG_FZ("error", err_name(e)));
	else if (changed)
		LOG(LOG_LEVEL_INFO, "tls.reloaded");
	timer_start(l, t, CERTIFICATE_EVERY_MS);
}

static enum err start_sender(struct program *p)
{
	const struct config *c = p->config;
	struct code_sender_config k = {.command = c->code_command.p, .smtp_url = c->smtp_url.p, .smtp_from = c->smtp_from.p, .smtp_to = c->smtp_to.p,
		.smtp_user = c->smtp_user.p, .smtp_password = c->smtp_password.p};
	if (!code_sender_kind_from(c->code_sender, &k.kind)) {
		fprintf(stderr, "zvonok: code_sender must be console, command or smtp\n");
		return ERR_MALFORMED;
	}
	enum err e = code_sender_start(&p->sender, &k);
	if (e) {
		fprintf(stderr, "zvonok: the sender of one-time codes cannot start: %s (check code_command or the smtp settings)\n", err_name(e));
		return e;
	}
	p->inst.send_code = code_sender_send;
	p->inst.send_code_user = p->sender;
	return ERR_OK;
}

static enum err start_store(struct program *p)
{
	const struct config *c = p->config;
	int64_t readers, scale;
	if (config_int(c->readers, 1, 16, &readers) || config_int(c->rate_limit, 0, 1000000, &scale)) {
		fprintf(stderr, "zvonok: readers must be 1-16, rate_limit 0-1000000\n");
		return ERR_MALFORMED;
	}
	p->limits = rate_limit_new(scale);
	p->publisher = publisher_new(p->deliveries, p->loop_count);
	struct workers_config wc = {.url = p->store.url, .readers = (int)readers, .batch_end = publish, .user = p};
	enum err e = workers_start(&p->workers, &wc);
	if (e) {
		fprintf(stderr, "zvonok: the store cannot be opened: %s\n", err_name(e));
		return e;
	}
	struct dispatcher_config dc = {.workers = p->workers, 
		.loop_count = p->loop_count, .publisher = p->publisher, .limits = p->limits, .inst = &p->inst};
	wiring_dispatcher(&dc);
	p->dispatcher = dispatcher_new(&dc);
	return ERR_OK;
}

static enum err start_site(struct program *p)
{
	const struct config *c = p->config;
	enum err e = static_files_open(&p->files, str_n(zvonok_assets, zvonok_assets_size));
	if (e) {
		fprintf(stderr, "zvonok: the client inside this program is damaged\n");
		return e;
	}
	if (c->tls_cert.n) {
		e = tls_context_open(&p->tls, c->tls_cert.p, c->tls_key.p);
		if (e) {
			fprintf(stderr, "zvonok: cannot use the certificate %s with the key %s\n", c->tls_cert.p, c->tls_key.p);
			return e;
		}
	}
	p->site = (struct site){.dispatcher = p->dispatcher, .files = p->files, .public_url = c->public_url,
		.behind_https = str_starts(c->public_url, STR("https://")),
		.sockets = {.dispatcher = p->dispatcher, .deliveries = p->deliveries, .version = p->version,
			.deflate = str_eq(c->ws_deflate, STR("on"))}};
	p->background = background_start();
	p->files_server = file_server_new(&p->site, p->workers, p->background);
	p->routes[0] = file_server_route(p->files_server);
	p->rosters = (struct roster_server){.site = &p->site, .workers = p->workers};
	p->routes[1] = roster_route(&p->rosters);
	p->routes[2] = file_server_logo_route(p->files_server);
	p->media_front = media_front_new(&p->site, p->workers, p->publisher);
	p->routes[3] = media_front_route(p->media_front);
	p->calendars = (struct calendar_server){.site = &p->site, .workers = p->workers};
	p->routes[4] = calendar_route(&p->calendars);
	p->whip_front = whip_front_new(p->media_front, &p->site, p->workers, p->publisher);
	p->routes[5] = whip_front_route(p->whip_front, false);
	p->routes[6] = whip_front_route(p->whip_front, true);
	p->site.routes = p->routes;
	p->site.route_count = sizeof p->routes / sizeof *p->routes;
	file_server_sweep(p->files_server, p->loops[0]);
	p->app = site_app(&p->site);
	e = open_listener(p, &p->listener, c->listen, &p->app, true);
	if (e || !c->metrics_listen.n)
		return e;
	p->metrics = (struct metrics){.dispatcher = p->dispatcher, .workers = p->workers, .version = p->version, .started_ms = clock_wall_ms()};
	p->metrics_http = metrics_app(&p->metrics);
	/* a second server on one machine is fine without its figures */
	if (open_listener(p, &p->metrics_listener, c->metrics_listen, &p->metrics_http, false))
		fprintf(stderr, "zvonok: going on without metrics\n");
	return ERR_OK;
}

/* --- starting and stopping */

static void *run_loop(void *loop)
{
	char name[16];
	snprintf(name, sizeof name, "loop %d", loop_index(loop));
	pthread_setname_np(pthread_self(), name);
	loop_run(loop);
	return NULL;
}

static enum err start(struct program *p)
{
	int64_t files_mib, media_count = 0;
	if (config_int(p->config->org_files_mib, 1, 1 << 30, &files_mib)) {
		fprintf(stderr, "zvonok: org_files_mib must be at least 1\n");
		return ERR_MALFORMED;
	}
	p->inst.org_files_max = files_mib << 20;
	if (config_int(p->config->recording_days, 0, 3650, &p->inst.recording_days)) {
		fprintf(stderr, "zvonok: recording_days must be 0-3650\n");
		return ERR_MALFORMED;
	}
	enum err e = store_prepare(&p->store, p->config, &p->inst);
	if (!e)
		e = start_sender(p);
	if (e)
		return e;
	p->loop_count = loops_wanted(p->config);
	for (size_t i = 0; i < p->loop_count; i++) {
		p->loops[i] = loop_new((int)i);
		p->deliveries[i] = delivery_new(p->loops[i], &(struct delivery_callbacks){.on_session_ended = socket_on_session_ended});
	}
	e = start_store(p);
	if (!e)
		e = start_site(p);
	if (!e)
		e = media_start(&p->media, p->config, listener_port(p->listener));
	if (e)
		return e;
	if (p->tls) {
		p->certificate_timer.fire = watch_certificate;
		timer_start(p->loops[0], &p->certificate_timer, CERTIFICATE_EVERY_MS);
	}
	(void)!config_int(p->config->media_processes, 0, MEDIA_PROCESSES_MAX, &media_count); /* media_start has looked at it */
	p->recorders = recorders_start(&(struct recorders_config){.records = p->inst.recording_days > 0, .media = p->media, .workers = p->workers, .background = p->background, .publisher = p->publisher,
		.inst = &p->inst, .data = p->config->data.p, .processes = (int)media_count});
	p->roster_runner = roster_runner_start(p->workers, p->background, p->publisher, &p->inst);
	p->upkeep = upkeep_new(&(struct upkeep_work){"account", account_upkeep, UPKEEP_HOUR_MS}, p->loops[0], p->workers, p->publisher, &p->inst);
	p->lesson_upkeep = upkeep_new(&(struct upkeep_work){"lesson", lesson_upkeep, LESSON_UPKEEP_MS}, p->loops[0], p->workers, p->publisher,
		&p->inst);
	p->broadcast_upkeep = upkeep_new(&(struct upkeep_work){"broadcast", lesson_broadcasts, LESSON_COUNT_MS}, p->loops[0], p->workers, p->publisher,
		&p->inst);
	for (size_t i = 0; i < p->loop_count; i++) {
		CHECK(!pthread_create(&p->threads[i], NULL, run_loop, p->loops[i]));
		p->threads_running++;
	}
	return ERR_OK;
}

struct farewell { struct task task; struct program *p; };

static void say_farewell(struct loop *l, struct task *t)
{
	struct program *p = ((struct farewell *)t)->p;
	if (loop_index(l) == 0) {
		listener_close(&p->listener);
		listener_close(&p->metrics_listener);
	}
	socket_close_all(p->deliveries[loop_index(l)]);
	media_front_close_all(p->media_front, l);
	mem_free(t);
}

static uint64_t open_connections(void)
{
	struct net_stats n;
	net_stats_read(&n);
	return n.open;
}

static void stop_running(struct program *p)
{
	for (size_t i = 0; i < p->threads_running; i++) {
		struct farewell *f = mem_alloc(sizeof *f);
		f->task.run = say_farewell;
		f->p = p;
		loop_post(p->loops[i], &f->task);
	}
	/* sockets answer the farewell; an idle keep-alive connection has nothing to say and is closed with its loop */
	int64_t until = clock_mono_ms() + DRAIN_MS;
	while (socket_count() && clock_mono_ms() < until)
		usleep(10000);
	media_processes_stop(p->media); /* nothing is heard of calls any more */
	recorders_stop(p->recorders);
	roster_runner_stop(p->roster_runner);
	background_stop(p->background); /* before the workers: what it does ends with them */
	workers_stop(&p->workers); /* what is queued is finished; its answers still find their loops */
	for (size_t i = 0; i < p->threads_running; i++)
		loop_stop(p->loops[i]);
	for (size_t i = 0; i < p->threads_running; i++)
		pthread_join(p->threads[i], NULL);
}

static void release(struct program *p)
{
	if (p->threads_running)
		stop_running(p);
	else if (p->workers)
		workers_stop(&p->workers);
	media_processes_stop(p->media);
	code_sender_stop(&p->sender);
	background_free(&p->background);
	roster_runner_free(&p->roster_runner);
	recorders_free(&p->recorders);
	if (open_connections()) /* some did not leave in time: the process ends with them */
		return;
	listener_close(&p->metrics_listener);
	listener_close(&p->listener);
	media_processes_free(&p->media);
	for (size_t i = 0; i < p->loop_count; i++) {
		delivery_free(&p->deliveries[i]);
		loop_free(&p->loops[i]);
	}
	file_server_free(&p->files_server); /* its timer was the loop's */
	dispatcher_free(&p->dispatcher);
	upkeep_free(&p->upkeep);
	upkeep_free(&p->lesson_upkeep);
	upkeep_free(&p->broadcast_upkeep);
	whip_front_free(&p->whip_front);
	media_front_free(&p->media_front);
	publisher_free(&p->publisher);
	rate_limit_free(&p->limits);
	tls_context_close(&p->tls);
	static_files_free(&p->files);
}

/* --- what the person at the terminal reads */

static void announce(struct program *p)
{
	if (p->config->public_url.n) {
		snprintf(p->url, sizeof p->url, "%s", p->config->public_url.p);
	} else {
		char host[108];
		uint16_t port;
		if (config_address(p->config->listen, host, &port))
			return;
		port = listener_port(p->listener);
		bool v6 = strchr(host, ':') != NULL;
		const char *name = is_loopback(host) ? "localhost" : host;
		snprintf(p->url, sizeof p->url, "http%s://%s%s%s:%u", p->tls ? "s" : "", v6 && name == host ? "[" : "", name, v6 && name == host ? "]" : "", port);
	}
	printf("\n  Звонок %s\n  %s\n", p->version, p->url);
	if (p->metrics_listener)
		printf("  metrics: port %u\n", listener_port(p->metrics_listener));
	if (p->demo)
		demo_print_people(stdout);
	else if (p->store.operator_needed)
		printf("\n  Этой ссылкой первый оператор платформы входит один раз / one-time link of the first operator:\n  %s/operator/%s\n", p->url,
			p->store.operator_token);
	printf("\n");
	fflush(stdout);
}

int serve(const struct config *c, bool demo)
{
	struct program *p = mem_alloc(sizeof *p);
	sigset_t ends;
	int signal_number;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread: they inherit it, and only sigwait below takes them */
	signal(SIGPIPE, SIG_IGN);
	raise_open_files();
	wiring_register();
	p->config = c;
	p->demo = demo;
	p->inst = (struct installation){.public_url = c->public_url, .demo = demo, .session_days = 90};
	name_version(p);

	enum err e = start(p);
	if (!e) {
		announce(p);
		sigwait(&ends, &signal_number);
		LOG(LOG_LEVEL_INFO, "stopping");
	}
	release(p);
	mem_free(p);
	return e ? 1 : 0;
}
