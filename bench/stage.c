/* SPDX-License-Identifier: Apache-2.0
 *
 * See stage.h. CPU time is what the scheduler accounts (/proc/PID/task/TID/schedstat): exact, and on loopback it holds the kernel's work for the receiver's socket too,
 * since that is done by who sends.
 */
#include "stage.h"

#include "base/mem.h"
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool stage_open_up(struct media_room *r, struct flows *f, struct person *p, char transport[64])
{
	struct media_client_config c = flows_sender(f);
	if (media_room_open(r, p, true, false, &c, transport))
		return true;
	fprintf(stderr, "a person of room %s: no way up\n", p->room);
	return false;
}

struct flow *stage_produce(struct media_room *r, struct flows *f, struct stage_room *room, struct person *p, const char *transport, enum stage_source source)
{
	static const char *const names[] = {"mic", "camera", "screen"};
	static uint32_t next_ssrc = 10000;
	char mid[12], id[64];
	bool video = source != STAGE_MIC;
	uint32_t ssrc = next_ssrc++;
	snprintf(mid, sizeof mid, "%d", (int)source);
	if (room->count == STAGE_PRODUCERS_MAX || !media_room_produce(r, p, transport, names[source], video, media_room_parameters(mid, video, false, ssrc), id)) {
		fprintf(stderr, "produce: refused\n");
		return NULL;
	}
	snprintf(room->producer[room->count].id, sizeof room->producer[0].id, "%s", id);
	room->producer[room->count++].by = p;
	return flows_add(f, p->send, video, video ? MEDIA_ROOM_VP8 : MEDIA_ROOM_OPUS, ssrc);
}

static bool consume(struct media_room *r, struct person *p, const char *transport, json_t *producers)
{
	size_t i;
	json_t *c, *consumers = json_array();
	const char *code;
	json_t *made = media_room_ask(r, p, "consume", json_pack("{s:s,s:O}", "transportId", transport, "producerIds", producers), &code);
	json_array_foreach(json_object_get(made, "consumers"), i, c)
		json_array_append(consumers, json_object_get(c, "id"));
	bool all = json_array_size(consumers) == json_array_size(producers);
	json_decref(made);
	json_t *done = all ? media_room_ask(r, p, "resume_consumers", json_pack("{s:o}", "consumerIds", consumers), &code) : NULL;
	if (!all)
		json_decref(consumers);
	bool good = done != NULL;
	json_decref(done);
	if (!good)
		fprintf(stderr, "consume: %s\n", code);
	return good;
}

bool stage_join(struct media_room *r, struct flows *f, struct stage_room *room, struct person *p, unsigned ear)
{
	struct media_client_config c = flows_receiver(f, ear);
	char transport[64];
	bool good = true;
	if (!media_room_open(r, p, false, false, &c, transport)) {
		fprintf(stderr, "a person of room %s: no way down\n", room->name);
		return false;
	}
	flows_listen(f, ear, &p->recv);
	json_decref(media_room_ask(r, p, "capabilities", json_pack("{s:O}", "rtpCapabilities", p->router_caps), NULL));
	for (unsigned i = 0; i < room->count && good;) {
		json_t *ids = json_array();
		for (; i < room->count && json_array_size(ids) < CONSUME_AT_ONCE_MAX; i++)
			if (room->producer[i].by != p)
				json_array_append_new(ids, json_string(room->producer[i].id));
		good = json_array_size(ids) == 0 || consume(r, p, transport, ids);
		json_decref(ids);
	}
	return good;
}

/* --- CPU time --- */

static int64_t schedstat_ns(int pid, int tid)
{
	char path[64], line[128] = "";
	snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	int64_t ns = fgets(line, sizeof line, f) ? strtoll(line, NULL, 10) : 0;
	fclose(f);
	return ns;
}

static int64_t process_ns(int pid)
{
	char path[32];
	int64_t sum = 0;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));)
		sum += e->d_name[0] == '.' ? 0 : schedstat_ns(pid, (int)strtol(e->d_name, NULL, 10));
	if (d)
		closedir(d);
	return sum;
}

struct meter meter_of(int pid, int core)
{
	struct meter m = {.pid = pid, .softirq_pid = -1};
	char wanted[32], path[64], name[32];
	snprintf(wanted, sizeof wanted, "ksoftirqd/%d\n", core);
	for (int i = 2; i < 400 && m.softirq_pid < 0; i++) { /* threads of the kernel are the first */
		snprintf(path, sizeof path, "/proc/%d/comm", i);
		FILE *f = fopen(path, "r");
		if (f && fgets(name, sizeof name, f) && strcmp(name, wanted) == 0)
			m.softirq_pid = i;
		if (f)
			fclose(f);
	}
	return m;
}

int64_t meter_ns(const struct meter *m) { return process_ns(m->pid) + (m->softirq_pid > 0 ? process_ns(m->softirq_pid) : 0); }

void stage_pin(int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(core, &set);
	CHECK(sched_setaffinity(0, sizeof set, &set) == 0);
}
