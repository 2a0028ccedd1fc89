/* SPDX-License-Identifier: Apache-2.0
 *
 * One who sends video to many: what a forwarded packet costs the media process, in CPU time of its own. Clients live in this program and only count.
 *   media_load PROGRAM [receivers 50] [seconds 10] [frames a second 30] [packets a frame 6] [tcp 0]
 */
#include "media_room.h"

#include "base/clock.h"
#include "base/mem.h"
#include "media/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VP8 96
#define SSRC 4242
#define PAYLOAD 1060

static struct media_room room;

static double cpu_s(pid_t pid)
{
	char path[64], line[1024];
	unsigned long user = 0, kernel = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (!f || !fgets(line, sizeof line, f))
		return 0;
	fclose(f);
	char *rest = strrchr(line, ')');
	for (int field = 2; rest && field < 14; field++)
		rest = strchr(rest + 1, ' ');
	if (rest) {
		user = strtoul(rest, &rest, 10);
		kernel = strtoul(rest, NULL, 10);
	}
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static json_t *vp8_parameters(void)
{
	return json_pack("{s:s,s:[{s:s,s:i,s:i,s:{},s:[{s:s,s:s}]}],s:[],s:[{s:I}],s:{s:s}}", "mid", "1", "codecs", "mimeType", "video/VP8", "payloadType", VP8,
		"clockRate", 90000, "parameters", "rtcpFeedback", "type", "nack", "parameter", "pli", "headerExtensions", "encodings", "ssrc", (json_int_t)SSRC,
		"rtcp", "cname", "a");
}

static void send_frame(struct person *p, struct srtp_stream *s, unsigned frame, unsigned packets)
{
	static uint16_t seq;
	uint8_t head[12] = {0x80}, payload[PAYLOAD] = {0x90, 0x80};
	set_u32(head + 4, frame * 3000u);
	set_u32(head + 8, SSRC);
	for (unsigned i = 0; i < packets; i++) {
		head[1] = (uint8_t)(VP8 | (i + 1 == packets ? 0x80 : 0));
		set_u16(head + 2, ++seq);
		payload[0] = i == 0 ? 0x90 : 0x80;                     /* the beginning of the frame */
		set_u16(payload + 2, (uint16_t)(0x8000 | (frame & 0x7fff))); /* its picture id */
		payload[4] = i == 0 ? frame % 90 != 0 : 0x55;          /* a key frame every 3 s */
		media_client_send_rtp(p->send, s, head, sizeof head, payload, sizeof payload);
	}
}

static uint64_t received(struct person *first, int n)
{
	uint64_t all = 0;
	for (int i = 0; i < n; i++)
		all += media_client_counts(first[i].recv)->packets_in;
	return all;
}

static bool join(struct person *p, const char *producer, bool tcp)
{
	struct media_client_config c = {.user = NULL};
	char id[64];
	if (!media_room_open(&room, p, false, tcp, &c, id))
		return false;
	json_decref(media_room_ask(&room, p, "capabilities", json_pack("{s:O}", "rtpCapabilities", p->router_caps), NULL));
	json_t *made = media_room_ask(&room, p, "consume", json_pack("{s:s,s:[s]}", "transportId", id, "producerIds", producer), NULL);
	const char *consumer = json_string_value(json_object_get(json_array_get(json_object_get(made, "consumers"), 0), "id"));
	json_t *done = consumer ? media_room_ask(&room, p, "resume_consumers", json_pack("{s:[s]}", "consumerIds", consumer), NULL) : NULL;
	bool good = done != NULL;
	json_decref(made);
	json_decref(done);
	return good;
}

static int number(int argc, char **argv, int at, int otherwise) { return argc > at ? (int)strtol(argv[at], NULL, 10) : otherwise; }

int main(int argc, char **argv)
{
	int receivers = number(argc, argv, 2, 50), seconds = number(argc, argv, 3, 10), rate = number(argc, argv, 4, 30), packets = number(argc, argv, 5, 6);
	bool tcp = number(argc, argv, 6, 0) != 0;
	struct media_client_config c = {.user = NULL};
	struct srtp_stream stream = {0};
	char id[64], producer[64];
	if (argc < 2 || receivers < 1 || receivers > 250 || !media_room_start(&room, argv[1])) {
		fprintf(stderr, "media_load PROGRAM [receivers 1-250] [seconds] [frames a second] [packets a frame] [tcp]\n");
		return 2;
	}
	struct person *speaker = media_room_admit(&room, "1", 1, true, true, true);
	if (!media_room_open(&room, speaker, true, false, &c, id))
		return 1;
	json_t *made = media_room_ask(&room, speaker, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", id, "kind", "video", "rtpParameters",
		vp8_parameters(), "appData", "source", "camera"), NULL);
	if (!made)
		return 1;
	snprintf(producer, sizeof producer, "%s", json_string_value(json_object_get(made, "id")));
	json_decref(made);
	int64_t began = clock_mono_ns();
	for (int i = 0; i < receivers; i++)
		if (!join(media_room_admit(&room, "1", 2 + i, false, false, false), producer, tcp)) {
			fprintf(stderr, "receiver %d did not join\n", i);
			return 1;
		}
	double join_ms = (double)(clock_mono_ns() - began) / 1e6 / receivers;
	unsigned frame = 0;
	for (int warm = 1; warm >= 0; warm--) {
		int64_t start = clock_mono_ns() / 1000, frames = (int64_t)rate * (warm ? 4 : seconds);
		double cpu = cpu_s(room.pid);
		uint64_t before = received(speaker + 1, receivers);
		for (int64_t i = 0; i < frames; i++) {
			send_frame(speaker, &stream, frame++, (unsigned)packets);
			int64_t due = start + (i + 1) * 1000000 / rate, left = due - clock_mono_ns() / 1000;
			media_room_pump(&room, left > 1000 ? (int)(left / 1000) : 0);
		}
		media_room_pump(&room, 200);
		if (warm)
			continue;
		uint64_t got = received(speaker + 1, receivers) - before, sent = (uint64_t)frames * (uint64_t)packets * (uint64_t)receivers;
		double used = cpu_s(room.pid) - cpu, took = (double)(clock_mono_ns() / 1000 - start) / 1e6;
		printf("%d receivers over %s, %d x %d packets a second of %d bytes: %.0f packets/s out, %.2f %% lost, %.2f us of CPU a forwarded packet, %.0f %% of a core, "
			"join %.1f ms each\n", receivers, tcp ? "TCP" : "UDP", rate, packets, PAYLOAD + 12 + 16, (double)got / took,
			100.0 - 100.0 * (double)got / (double)sent, used * 1e6 / (double)(got ? got : 1), 100 * used / took, join_ms);
	}
	return media_room_stop(&room);
}
