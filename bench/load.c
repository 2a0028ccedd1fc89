/* SPDX-License-Identifier: Apache-2.0
 *
 * The load: fan-out in one chat, latency, idle memory, pings; and durable ingest into many chats. Prints one JSON object.
 *
 *   load fanout PORT N KIND PID SECONDS [options]    KIND: zvonok or limit
 *   load ingest PORT N KIND PID SECONDS --flight F --chats FILE
 *   options: --tokens FILE (a session's cookie value a line)  --tls  --chat ID  --rate DELIVERIES_PER_S  --pings  --cookie NAME
 */
#include "client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define TEXT_BYTES 300
#define LATENCY_MAX 4000000

struct options {
	const char *mode, *kind, *tokens_file, *cookie, *chats_file;
	int port, pid, seconds;
	unsigned n, flight;
	double rate;
	bool tls, pings;
	long chat;
};

static struct options o;
static struct ws_client client;
static char **tokens;
static char text[TEXT_BYTES + 1];

/* --- the server's cost */

static double cpu_s(int pid)
{
	char path[600];
	double total = 0;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));) {
		unsigned long long ns;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!f)
			continue;
		char line[128];
		if (fgets(line, sizeof line, f)) {
			ns = strtoull(line, NULL, 10);
			total += (double)ns / 1e9;
		}
		fclose(f);
	}
	closedir(d);
	return total;
}

static double rss_bytes(int pid)
{
	char path[64], line[256];
	double kb = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmRSS:", 6))
			kb = strtod(line + 6, NULL);
	if (f)
		fclose(f);
	return kb * 1024;
}

/* --- posting */

static uint64_t posted;

static void random_hex(char out[33])
{
	static uint64_t x = 88172645463325252u;
	if (x == 88172645463325252u)
		x ^= (uint64_t)now_ns();
	for (int i = 0; i < 32; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = "0123456789abcdef"[x >> 60];
	}
	out[32] = 0;
}

static void post(struct wsc *w, long chat)
{
	char frame[1024], id[33];
	if (!strcmp(o.kind, "limit")) {
		client_send(&client, w, 1, text, TEXT_BYTES);
	} else {
		random_hex(id);
		int n = snprintf(frame, sizeof frame,
			"{\"id\":%llu,\"command\":\"message_post\",\"params\":{\"chat_id\":%ld,\"client_id\":\"%s\",\"text\":\"%s\"}}",
			(unsigned long long)posted, chat, id, text);
		client_send(&client, w, 1, frame, (size_t)n);
	}
	posted++;
}

/* --- fan-out */

/* With one in flight the client does not sleep. If it did, the server's write would sometimes pay for waking it, a fourth of what a
 * delivery costs it, and how often depends on which of the two happens to be ahead. With sixteen it sleeps: one that does not posts each
 * message as soon as it may, and they would come to the server one by one, not as a burst. */
static void closed_loop(unsigned flight, int seconds, const char *name)
{
	uint64_t sent = 0, base = client.events;
	int64_t start = now_ns(), end = start + (int64_t)seconds * 1000000000;
	double cpu = cpu_s(o.pid);
	while (now_ns() < end || client.events - base < sent * o.n) {
		while (now_ns() < end && sent - (client.events - base) / o.n < flight) {
			post(&client.conns[0], o.chat);
			sent++;
		}
		client_turn(&client, flight == 1 ? 0 : 100);
		if (now_ns() > end + 20000000000) {
			fprintf(stderr, "load client: %llu of %llu deliveries came\n", (unsigned long long)(client.events - base), (unsigned long long)(sent * o.n));
			exit(1);
		}
	}
	double took = (double)(now_ns() - start) / 1e9;
	cpu = cpu_s(o.pid) - cpu;
	double deliveries = (double)(client.events - base);
	printf("\"%s_per_cpu_s\":%.0f,\"%s_per_s\":%.0f,\"%s_cpu_us\":%.3f,", name, deliveries / cpu, name, deliveries / took, name,
		cpu / deliveries * 1e6);
}

static int64_t *intended; /* when the k-th message of the latency run was to be sent */
static float *latencies;
static size_t latency_n, latency_step, latency_seen;
static uint64_t latency_first; /* events of each connection before the run */

static void on_latency(struct ws_client *c, struct wsc *w, uint64_t k)
{
	(void)c;
	(void)w;
	if (k < latency_first || latency_seen++ % latency_step || latency_n == LATENCY_MAX)
		return;
	latencies[latency_n++] = (float)((double)(now_ns() - intended[k - latency_first]) / 1e6);
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return x < y ? -1 : x > y;
}

static void open_loop(double deliveries_per_s, int seconds)
{
	double per_s = deliveries_per_s / o.n;
	size_t count = (size_t)(per_s * seconds) + 1;
	intended = calloc(count + 1, sizeof *intended);
	latencies = calloc(LATENCY_MAX, sizeof *latencies);
	latency_step = (count * o.n) / LATENCY_MAX + 1;
	latency_first = client.conns[0].events;
	uint64_t base = client.events;
	client.on_event = on_latency;
	int64_t start = now_ns() + 10000000;
	double cpu = cpu_s(o.pid);
	for (size_t sent = 0; sent < count || client.events - base < count * o.n;) {
		int64_t due = start + (int64_t)((double)sent / per_s * 1e9), now = now_ns();
		if (sent < count && now >= due) {
			intended[sent++] = due;
			post(&client.conns[0], o.chat);
			continue;
		}
		int64_t wait = sent < count ? (due - now) / 1000000 : 100;
		client_turn(&client, wait > 100 ? 100 : (int)wait);
		if (now > start + ((int64_t)seconds + 30) * 1000000000) {
			fprintf(stderr, "load client: latency run did not end\n");
			exit(1);
		}
	}
	double took = (double)(now_ns() - start) / 1e9;
	cpu = cpu_s(o.pid) - cpu;
	client.on_event = NULL;
	qsort(latencies, latency_n, sizeof *latencies, by_value);
	printf("\"lat_p50_ms\":%.3f,\"lat_p99_ms\":%.3f,\"lat_max_ms\":%.3f,\"lat_cpu_share\":%.3f,\"lat_rate\":%.0f,", latencies[latency_n / 2],
		latencies[latency_n * 99 / 100], latencies[latency_n - 1], cpu / took, deliveries_per_s);
}

static void ping_run(int seconds)
{
	double per_s = o.n / 25.0;
	uint64_t sent = 0, base = client.pongs;
	int64_t start = now_ns();
	double cpu = cpu_s(o.pid);
	while (now_ns() < start + (int64_t)seconds * 1000000000) {
		int64_t due = start + (int64_t)((double)sent / per_s * 1e9), now = now_ns();
		if (now >= due) {
			client_send(&client, &client.conns[sent++ % o.n], 9, "zv", 2);
			continue;
		}
		client_turn(&client, (int)((due - now) / 1000000));
	}
	double share = (cpu_s(o.pid) - cpu) / seconds * 100;
	for (int i = 0; i < 50 && client.pongs - base < sent; i++)
		client_turn(&client, 20);
	printf("\"ping_cpu_pct\":%.3f,\"pings\":%llu,\"pongs\":%llu,", share, (unsigned long long)sent, (unsigned long long)(client.pongs - base));
}

static void settle(int ms)
{
	int64_t until = now_ns() + (int64_t)ms * 1000000;
	while (now_ns() < until)
		client_turn(&client, 20);
}

static void fanout(void)
{
	client.count_all = !strcmp(o.kind, "limit");
	client.wait_welcome = !client.count_all;
	/* the first ones bring in code and buffers that all share */
	unsigned first = o.n / 10 < 100 ? o.n / 10 : 100;
	client_open(&client, o.n, o.tls);
	client_connect(&client, o.port, 0, first, tokens, o.cookie);
	settle(500);
	double rss = rss_bytes(o.pid), cpu = cpu_s(o.pid);
	int64_t start = now_ns();
	client_connect(&client, o.port, first, o.n, tokens, o.cookie);
	double took = (double)(now_ns() - start) / 1e9;
	printf("\"connect_per_s\":%.0f,\"connect_cpu_us\":%.1f,", (o.n - first) / took, (cpu_s(o.pid) - cpu) / (o.n - first) * 1e6);
	settle(1000);
	printf("\"rss_per_conn\":%.0f,", (rss_bytes(o.pid) - rss) / (o.n - first));
	if (o.pings)
		ping_run(o.seconds > 25 ? o.seconds : 25);
	if (o.seconds) {
		closed_loop(1, 1, "warm");
		closed_loop(1, o.seconds, "w1");
		closed_loop(16, o.seconds, "w16");
	}
	if (o.rate > 0)
		open_loop(o.rate, o.seconds > 5 ? o.seconds : 5);
	printf("\"frame_bytes\":%llu,\"errors\":%llu", (unsigned long long)client.frame_bytes, (unsigned long long)client.errors);
}

/* --- ingest: F posts in flight, each to the next of its sender's chats */

static struct { unsigned conn; long chat; } *places;
static size_t place_count, next_place;
static uint64_t acked;
static double ack_ms_sum;
static int64_t *sent_at;
#define SENT_RING (1 << 20)

static void post_next(void)
{
	size_t k = next_place++ % place_count;
	sent_at[posted % SENT_RING] = now_ns();
	post(&client.conns[places[k].conn], places[k].chat);
}

static bool ingest_going;

static void on_ack(struct ws_client *c, struct wsc *w, uint64_t id, bool ok)
{
	(void)c;
	(void)w;
	if (ok) {
		acked++;
		ack_ms_sum += (double)(now_ns() - sent_at[id % SENT_RING]) / 1e6;
	}
	if (ingest_going)
		post_next();
}

static void read_places(void)
{
	FILE *f = fopen(o.chats_file, "r");
	char line[64];
	places = calloc(1 << 20, sizeof *places);
	while (f && fgets(line, sizeof line, f)) { /* "connection chat" */
		char *end;
		places[place_count].conn = (unsigned)strtoul(line, &end, 10);
		places[place_count++].chat = strtol(end, NULL, 10);
	}
	if (!place_count) {
		fprintf(stderr, "load client: no chats in %s\n", o.chats_file);
		exit(1);
	}
	fclose(f);
}

static void ingest(void)
{
	read_places();
	sent_at = calloc(SENT_RING, sizeof *sent_at);
	client.wait_welcome = true;
	client_open(&client, o.n, o.tls);
	client_connect(&client, o.port, 0, o.n, tokens, o.cookie);
	client.on_answer = on_ack;
	settle(500);
	ingest_going = true;
	for (unsigned i = 0; i < o.flight; i++)
		post_next();
	int64_t warm = now_ns() + 1000000000;
	while (now_ns() < warm)
		client_turn(&client, 10);
	uint64_t acked0 = acked, events0 = client.events;
	ack_ms_sum = 0;
	double cpu = cpu_s(o.pid);
	int64_t start = now_ns(), end = start + (int64_t)o.seconds * 1000000000;
	while (now_ns() < end)
		client_turn(&client, 10);
	double took = (double)(now_ns() - start) / 1e9, n = (double)(acked - acked0);
	cpu = cpu_s(o.pid) - cpu;
	printf("\"acked_per_s\":%.0f,\"deliveries_per_s\":%.0f,\"cpu_share\":%.2f,\"ack_mean_ms\":%.2f,", n / took, (double)(client.events - events0) / took,
		cpu / took, ack_ms_sum / n);
	ingest_going = false;
	settle(2000);
	printf("\"posted\":%llu,\"acked\":%llu,\"errors\":%llu", (unsigned long long)posted, (unsigned long long)acked, (unsigned long long)client.errors);
}

static void read_tokens(void)
{
	char line[256];
	FILE *f = fopen(o.tokens_file, "r");
	tokens = calloc(o.n, sizeof *tokens);
	for (unsigned i = 0; i < o.n; i++) {
		if (!f || !fgets(line, sizeof line, f)) {
			fprintf(stderr, "load client: too few sessions in %s\n", o.tokens_file);
			exit(1);
		}
		line[strcspn(line, "\n")] = 0;
		tokens[i] = strdup(line);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	if (argc < 7) {
		fprintf(stderr, "see the head of bench/load.c\n");
		return 2;
	}
	o = (struct options){.mode = argv[1], .port = (int)strtol(argv[2], NULL, 10), .n = (unsigned)strtoul(argv[3], NULL, 10), .kind = argv[4],
		.pid = (int)strtol(argv[5], NULL, 10), .seconds = (int)strtol(argv[6], NULL, 10), .cookie = "zvonok", .flight = 64};
	for (int i = 7; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (!strcmp(argv[i], "--tls"))
			o.tls = true;
		else if (!strcmp(argv[i], "--pings"))
			o.pings = true;
		else if (!strcmp(argv[i], "--tokens"))
			o.tokens_file = value, i++;
		else if (!strcmp(argv[i], "--cookie"))
			o.cookie = value, i++;
		else if (!strcmp(argv[i], "--chats"))
			o.chats_file = value, i++;
		else if (!strcmp(argv[i], "--chat"))
			o.chat = strtol(value, NULL, 10), i++;
		else if (!strcmp(argv[i], "--flight"))
			o.flight = (unsigned)strtoul(value, NULL, 10), i++;
		else if (!strcmp(argv[i], "--rate"))
			o.rate = strtod(value, NULL), i++;
	}
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	memset(text, 'a', TEXT_BYTES);
	if (o.tokens_file)
		read_tokens();
	printf("{\"kind\":\"%s\",\"n\":%u,\"tls\":%s,", o.kind, o.n, o.tls ? "true" : "false");
	if (!strcmp(o.mode, "fanout"))
		fanout();
	else
		ingest();
	printf("}\n");
	return client.errors != 0;
}
