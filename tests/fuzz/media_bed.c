/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_bed.h.
 */
#include "media_bed.h"
#include "bed_memory.h"
#include "base/clock.h"
#include <stdio.h>

#define PACKETS 2048

struct bed bed;
static struct packets *slab; /* kept over the runs */
static int64_t clock_us;
static uint64_t random_state;
static unsigned next_id; /* the place of the next id that an answer brings */

/* What a run begins with, made once: with the memory of bed_memory.h. */
static bool looking;
static struct { bool made; struct bed bed; int64_t clock_us; uint64_t random_state; struct fake_state fake; } kept;

static int64_t mono_ns(void) { return clock_us * 1000; }
static int64_t wall_ms(void) { return 1700000000000 + clock_us / 1000; }

static void fill(void *p, size_t n)
{
	uint8_t *at = p;
	for (size_t i = 0; i < n; i++) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		at[i] = (uint8_t)(random_state >> 56);
	}
}

static void keep_id(const json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	if (id && next_id < 10)
		snprintf(bed.ids[next_id++], MEDIA_ID_SIZE, "%s", id);
}

/* Whatever goes out is JSON; while the bed is made, its ids are kept. */
static void on_send(void *user, struct str text)
{
	(void)user;
	if (kept.made && !looking)
		return;
	json_t *m = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	MUST(m);
	const json_t *inner = json_object_get(m, "text");
	if (inner) {
		json_t *frame = json_loadb(json_string_value(inner), json_string_length(inner), JSON_REJECT_DUPLICATES, NULL);
		MUST(frame);
		const json_t *data = json_object_get(frame, "data"), *consumers = json_object_get(data, "consumers");
		if (json_object_get(frame, "ok") && next_id < 10) {
			keep_id(data);
			for (size_t i = 0; i < json_array_size(consumers); i++)
				keep_id(json_array_get(consumers, i));
		}
		json_decref(frame);
	}
	json_decref(m);
}

void bed_wait(int64_t us)
{
	clock_us += us;
	router_turn(bed.router, clock_us);
}

void bed_say(unsigned person, struct str text)
{
	struct buf whole;
	json_t *m, *inner;
	char *json;
	buf_init(&whole, 1 << 20);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= 16 && text.p[i] < 26)
			buf_add_str(&whole, str_of(bed.ids[text.p[i] - 16]));
		else
			buf_add_c(&whole, text.p[i]);
	}
	inner = json_stringn(whole.p ? whole.p : "", whole.n); /* NULL: no UTF-8; the front lets none of it pass */
	if (inner) {
		m = json_pack("{s:s,s:i,s:o}", "m", "text", "session", (int)person + 11, "text", inner);
		json = json_dumps(m, JSON_COMPACT);
		MUST(json);
		control_message(bed.router, str_of(json));
		free(json);
		json_decref(m);
	}
	buf_release(&whole);
}

static void say(unsigned person, const char *text)
{
	clock_us += 20000;
	bed_say(person, str_of(text));
}

static void say_json(unsigned person, const char *method, json_t *data)
{
	json_t *m = json_pack("{s:i,s:s,s:o}", "id", 1, "method", method, "data", data);
	char *text = json_dumps(m, JSON_COMPACT);
	say(person, text);
	free(text);
	json_decref(m);
}

static void admit(unsigned person)
{
	char text[200];
	snprintf(text, sizeof text, "{\"m\":\"admit\",\"room\":\"r\",\"session\":%u,\"participant\":%u,\"rights\":{\"audio\":true,\"video\":true,\"screen\":true}}",
		person + 11, person + 1);
	control_message(bed.router, str_of(text));
	for (unsigned i = 0; i < 2; i++) {
		say(person, i ? "{\"id\":1,\"method\":\"create_transport\",\"data\":{\"direction\":\"recv\"}}" :
			"{\"id\":1,\"method\":\"create_transport\",\"data\":{\"direction\":\"send\"}}");
		bed.transports[person * 2 + i] = fake_newest();
		fake_connect(fake_newest());
	}
	say_json(person, "capabilities", json_pack("{s:o}", "rtpCapabilities", ortc_router_capabilities()));
}

#define EXTS "\"headerExtensions\":[{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\",\"id\":4},{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\",\"id\":10}," \
	"{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\",\"id\":11},{\"uri\":\"urn:ietf:params:rtp-hdrext:ssrc-audio-level\",\"id\":1}," \
	"{\"uri\":\"urn:3gpp:video-orientation\",\"id\":6},{\"uri\":\"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\",\"id\":5}]"
#define FEEDBACK "\"rtcpFeedback\":[{\"type\":\"nack\"},{\"type\":\"nack\",\"parameter\":\"pli\"}]"

static void make(void)
{
	static const struct clock_source source = {.wall_ms = wall_ms, .mono_ns = mono_ns, .fill = fill};
	struct outbox out = {.send = on_send};
	clock_us = 1000000000;
	random_state = 42;
	next_id = 0;
	clock_set_source(&source);
	slab = packets_new(PACKETS);
	bed_memory_begin();
	bed = (struct bed){.packets = slab};
	fake_start(bed.packets);
	bed.router = router_new(NULL, bed.packets, &out);
	admit(0);
	say(0, "{\"id\":1,\"method\":\"produce\",\"data\":{\"transportId\":\"\20\",\"kind\":\"audio\",\"appData\":{\"source\":\"mic\"},\"rtpParameters\":{\"mid\":\"0\","
	       "\"codecs\":[{\"mimeType\":\"audio/opus\",\"payloadType\":111,\"clockRate\":48000,\"channels\":2}]," EXTS ",\"encodings\":[{\"ssrc\":1000}]}}}");
	say(0, "{\"id\":1,\"method\":\"produce\",\"data\":{\"transportId\":\"\20\",\"kind\":\"video\",\"appData\":{\"source\":\"camera\"},\"rtpParameters\":{\"mid\":\"1\","
	       "\"codecs\":[{\"mimeType\":\"video/VP8\",\"payloadType\":96,\"clockRate\":90000," FEEDBACK "},{\"mimeType\":\"video/rtx\",\"payloadType\":97,"
	       "\"clockRate\":90000,\"parameters\":{\"apt\":96}}]," EXTS ",\"encodings\":[{\"rid\":\"r0\",\"scalabilityMode\":\"L1T3\"},{\"rid\":\"r1\","
	       "\"scalabilityMode\":\"L1T3\"}]}}}");
	say(0, "{\"id\":1,\"method\":\"produce\",\"data\":{\"transportId\":\"\20\",\"kind\":\"video\",\"appData\":{\"source\":\"screen\"},\"rtpParameters\":{\"mid\":\"2\","
	       "\"codecs\":[{\"mimeType\":\"video/H264\",\"payloadType\":98,\"clockRate\":90000,\"parameters\":{\"packetization-mode\":1,\"profile-level-id\":"
	       "\"42e01f\"}," FEEDBACK "},{\"mimeType\":\"video/rtx\",\"payloadType\":99,\"clockRate\":90000,\"parameters\":{\"apt\":98}}]," EXTS
	       ",\"encodings\":[{\"ssrc\":3000,\"rtx\":{\"ssrc\":3001}}]}}}");
	MUST(next_id == 5);
	admit(1);
	say(1, "{\"id\":1,\"method\":\"consume\",\"data\":{\"transportId\":\"\26\",\"producerIds\":[\"\22\",\"\23\",\"\24\"]}}");
	MUST(next_id == 10);
	say(1, "{\"id\":1,\"method\":\"resume_consumers\",\"data\":{\"consumerIds\":[\"\27\",\"\30\",\"\31\"]}}");
	admit(2);
	bed_wait(300000);
	fake_forget();
	kept.made = true;
	kept.bed = bed;
	kept.clock_us = clock_us;
	kept.random_state = random_state;
	fake_save(&kept.fake);
	bed_memory_keep();
}

void bed_start(bool careful)
{
	if (!kept.made)
		make();
	looking = careful;
	bed_memory_again(careful);
	bed = kept.bed;
	clock_us = kept.clock_us;
	random_state = kept.random_state;
	fake_again(&kept.fake);
}

void bed_stop(void)
{
	router_free(&bed.router);
	fake_stop();
	MUST(packets_left(slab) == PACKETS);
}
