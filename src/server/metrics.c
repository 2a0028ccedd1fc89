/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics.h"

#include "server/delivery.h"
#include "server/media_metrics.h"
#include "server/media_port.h"
#include "server/socket.h"
#include <stdio.h>
#include <unistd.h>

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name, (unsigned long long)value);
}

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t resident_bytes(void)
{
	/* second word of statm: resident pages */
	char text[128];
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	size_t n = fread(text, 1, sizeof text, f);
	fclose(f);
	struct str rest = str_n(text, n);
	str_cut(&rest, ' ');
	int64_t pages;
	return str_to_i64(str_cut(&rest, ' '), &pages) ? 0 : (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void write_net(struct buf *b)
{
	struct net_stats n;
	net_stats_read(&n);
	one(b, "zvonok_connections_open", "gauge", "Connections now.", n.open);
	one(b, "zvonok_connections_accepted_total", "counter", "Connections accepted.", n.accepted);
	one(b, "zvonok_connections_refused_total", "counter", "Connections closed at once for want of room.", n.refused);
	one(b, "zvonok_tls_handshakes_total", "counter", "TLS handshakes that succeeded.", n.tls_handshakes);
	one(b, "zvonok_tls_failures_total", "counter", "TLS handshakes that failed.", n.tls_failed);
	one(b, "zvonok_bytes_in_total", "counter", "Bytes read.", n.bytes_in);
	one(b, "zvonok_bytes_out_total", "counter", "Bytes written.", n.bytes_out);
	one(b, "zvonok_writes_total", "counter", "Calls that wrote.", n.writes);
	head(b, "zvonok_cut_total", "counter", "Connections cut, by reason.");
	const struct { const char *why; uint64_t n; } cuts[] = {{"slow", n.cut_slow}, {"large", n.cut_large}, {"malformed", n.cut_malformed},
		{"overflow", n.cut_overflow}, {"idle", n.cut_idle}};
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
		buf_addf(b, "zvonok_cut_total{reason=\"%s\"} %llu\n", cuts[i].why, (unsigned long long)cuts[i].n);
}

static void write_commands(struct buf *b, const struct dispatcher *d)
{
	const struct dispatcher_config *k = dispatcher_config_of(d);
	struct command_stats s;
	head(b, "zvonok_commands_total", "counter", "Commands by outcome.");
	for (size_t i = 0; i < k->count; i++) {
		dispatcher_stats(d, i, &s);
		const char *name = k->table[i].name;
		buf_addf(b, "zvonok_commands_total{command=\"%s\",outcome=\"ok\"} %llu\n", name, (unsigned long long)s.ok);
		buf_addf(b, "zvonok_commands_total{command=\"%s\",outcome=\"refused\"} %llu\n", name, (unsigned long long)s.refused);
		buf_addf(b, "zvonok_commands_total{command=\"%s\",outcome=\"failed\"} %llu\n", name, (unsigned long long)s.failed);
	}
	head(b, "zvonok_command_seconds_total", "counter", "Time from a command's last byte to its answer, summed.");
	for (size_t i = 0; i < k->count; i++) {
		dispatcher_stats(d, i, &s);
		buf_addf(b, "zvonok_command_seconds_total{command=\"%s\"} %.6f\n", k->table[i].name, (double)s.ns / 1e9);
	}
}

void metrics_write(const struct metrics *m, struct buf *b)
{
	struct workers_stats w;
	struct delivery_stats d;
	workers_stats(m->workers, &w);
	delivery_stats(&d);
	head(b, "zvonok_info", "gauge", "Version of the program.");
	buf_addf(b, "zvonok_info{version=\"%s\"} 1\n", m->version);
	one(b, "zvonok_start_time_seconds", "gauge", "When the program started.", (uint64_t)m->started_ms / 1000);
	one(b, "zvonok_resident_bytes", "gauge", "Resident memory.", resident_bytes());
	one(b, "zvonok_sockets_open", "gauge", "WebSockets of signed-in people.", socket_count());
	one(b, "zvonok_store_batches_total", "counter", "Commits of the writer.", w.batches);
	one(b, "zvonok_store_writes_total", "counter", "Write commands in them.", w.jobs);
	one(b, "zvonok_store_reads_total", "counter", "Read commands.", w.reads);
	one(b, "zvonok_store_largest_batch", "gauge", "Most commands in one commit.", w.largest_batch);
	one(b, "zvonok_store_queue", "gauge", "Commands that wait for the writer.", w.queue);
	head(b, "zvonok_store_commit_seconds_total", "counter", "Time spent in COMMIT.");
	buf_addf(b, "zvonok_store_commit_seconds_total %.6f\n", (double)w.commit_ns / 1e9);
	one(b, "zvonok_delivery_batches_total", "counter", "Batches handed to the loops.", d.batches);
	one(b, "zvonok_delivery_frames_total", "counter", "Frames queued for sockets.", d.frames);
	write_net(b);
	media_metrics_write(b, media_port()->processes);
	write_commands(b, m->dispatcher);
}

static void on_request(void *user, struct http_request *r)
{
	if (!str_eq(r->head->path, STR("/metrics"))) {
		http_respond(r, 404, STR("text/plain"), STR(""), STR("see /metrics\n"));
		return;
	}
	struct buf b;
	buf_init(&b, 1u << 20);
	metrics_write(user, &b);
	http_respond(r, 200, STR("text/plain; version=0.0.4"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

static size_t no_body(void *user, const struct http_head *h)
{
	(void)user;
	(void)h;
	return 0;
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	(void)r;
}

struct http_app metrics_app(struct metrics *m)
{
	return (struct http_app){.user = m, .body_limit = no_body, .on_request = on_request, .on_abort = on_abort};
}
