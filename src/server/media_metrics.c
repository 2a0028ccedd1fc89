/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_metrics.h. Numbers one by one, each atomic: a reader may see half of a new set.
 */
#include "server/media_metrics.h"

#include "base/mem.h"
#include <jansson.h>
#include <stdatomic.h>

static const struct { const char *key, *name, *type, *help; } fields[] = {
	{"rooms", "zvonok_media_rooms", "gauge", "Calls in the process."},
	{"participants", "zvonok_media_participants", "gauge", "People in them."},
	{"packets_in", "zvonok_media_packets_in_total", "counter", "RTP packets taken from senders."},
	{"packets_out", "zvonok_media_packets_out_total", "counter", "RTP packets forwarded, one for each receiver."},
	{"bytes_in", "zvonok_media_bytes_in_total", "counter", "Their bytes, as RTP."},
	{"bytes_out", "zvonok_media_bytes_out_total", "counter", "Bytes forwarded, as RTP."},
	{"drops", "zvonok_media_dropped_total", "counter", "Packets that the router threw away: beyond a limit, malformed, late, or a receiver's queue was full."},
	{"wire_drops", "zvonok_media_wire_dropped_total", "counter", "Packets that sockets did not take, or that the kernel dropped before they were read."},
	{"junk", "zvonok_media_junk_total", "counter", "Datagrams of no known kind or from nobody known."},
	{"bad", "zvonok_media_rejected_total", "counter", "Datagrams on known paths that failed authentication, came twice, or made no sense."},
	{"handshakes", "zvonok_media_handshakes_total", "counter", "DTLS handshakes that succeeded."},
	{"handshakes_failed", "zvonok_media_handshake_failures_total", "counter", "DTLS handshakes that failed."},
	{"paths_lost", "zvonok_media_paths_lost_total", "counter", "Transports (two a browser) that fell silent or failed, with no goodbye."},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static struct { _Atomic uint64_t field[FIELDS], restarts; _Atomic bool up; } processes_of[MEDIA_METRICS_PROCESSES];

void media_metrics_hear(int process, struct str json)
{
	CHECK(process >= 0 && process < MEDIA_METRICS_PROCESSES);
	/* what is on its way to browsers is not parsed here too: the process writes "m" first */
	if (str_starts(json, STR("{\"m\":\"ready\"")))
		atomic_store(&processes_of[process].up, true);
	if (!str_starts(json, STR("{\"m\":\"stats\"")))
		return;
	json_t *m = json_loadb(json.p, json.n, 0, NULL);
	for (size_t i = 0; i < FIELDS; i++) {
		json_int_t n = json_integer_value(json_object_get(m, fields[i].key));
		atomic_store(&processes_of[process].field[i], n > 0 ? (uint64_t)n : 0);
	}
	json_decref(m);
}

void media_metrics_gone(int process)
{
	CHECK(process >= 0 && process < MEDIA_METRICS_PROCESSES);
	atomic_store(&processes_of[process].up, false);
	atomic_fetch_add(&processes_of[process].restarts, 1);
	for (size_t i = 0; i < FIELDS; i++)
		atomic_store(&processes_of[process].field[i], 0);
}

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void media_metrics_write(struct buf *b, int processes)
{
	if (processes > MEDIA_METRICS_PROCESSES)
		processes = MEDIA_METRICS_PROCESSES;
	if (processes <= 0)
		return;
	head(b, "zvonok_media_up", "gauge", "1: the media process is ready.");
	for (int p = 0; p < processes; p++)
		buf_addf(b, "zvonok_media_up{process=\"%d\"} %d\n", p, atomic_load(&processes_of[p].up) ? 1 : 0);
	head(b, "zvonok_media_restarts_total", "counter", "Times that it ended and was started again.");
	for (int p = 0; p < processes; p++)
		buf_addf(b, "zvonok_media_restarts_total{process=\"%d\"} %llu\n", p, (unsigned long long)atomic_load(&processes_of[p].restarts));
	for (size_t i = 0; i < FIELDS; i++) {
		head(b, fields[i].name, fields[i].type, fields[i].help);
		for (int p = 0; p < processes; p++)
			buf_addf(b, "%s{process=\"%d\"} %llu\n", fields[i].name, p, (unsigned long long)atomic_load(&processes_of[p].field[i]));
	}
}
