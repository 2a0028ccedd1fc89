/* SPDX-License-Identifier: Apache-2.0
 *
 * See signal.h. A method checks all that it was given before it changes anything.
 */
#include "media/signal.h"
#include <stdlib.h>


/* An answer: data, or a code with a sentence for whoever writes a client. */
struct answer {
	json_t *data; /* owned */
	const char *code, *message;
};

static void refuse_with(struct answer *a, const char *code, const char *message)
{
	a->code = code;
	a->message = message;
}

static const char *text_of(const json_t *data, const char *key)
{
	const json_t *v = json_object_get(data, key);
	return json_is_string(v) ? json_string_value(v) : "";
}

json_t *signal_producer(const struct producer *p)
{
	return json_pack("{s:s,s:s,s:s,s:b}", "id", p->id, "kind", ortc_kind_name(p->send.kind), "source", ortc_source_name(p->source), "paused",
		p->paused);
}

static json_t *rights_json(const struct rights *r)
{
	return json_pack("{s:b,s:b,s:b}", "audio", r->audio, "video", r->video, "screen", r->screen);
}

void signal_welcome(struct participant *p)
{
	json_t *peers = json_array();
	for (size_t i = 0; i < p->room->participants.n; i++) {
		struct participant *peer = p->room->participants.p[i];
		json_t *list = json_array();
		if (peer == p || peer->viewer) {
			json_decref(list);
			continue;
		}
		for (unsigned s = 0; s < SOURCE_COUNT; s++)
			if (peer->producers[s])
				json_array_append_new(list, signal_producer(peer->producers[s]));
		json_array_append_new(peers, json_pack("{s:I,s:o}", "participant", (json_int_t)peer->id, "producers", list));
	}
	participant_tell(p, "welcome", json_pack("{s:I,s:o,s:o,s:o}", "participant", (json_int_t)p->id, "rights", rights_json(&p->rights),
		"routerRtpCapabilities", ortc_router_capabilities(), "peers", peers));
}

/* --- transports */

static void create_transport(struct participant *p, const json_t *data, struct answer *a)
{
	const char *direction = text_of(data, "direction");
	bool up = strcmp(direction, "send") == 0;
	if (!up && strcmp(direction, "recv") != 0) {
		refuse_with(a, "bad_request", "direction: send or recv");
		return;
	}
	if ((up ? &p->up : &p->down)->transport) {
		refuse_with(a, "limit", "one transport a direction");
		return;
	}
	struct link *l = participant_open(p, up);
	if (!l) {
		refuse_with(a, "limit", "no transport is left");
		return;
	}
	a->data = transport_options(l->transport);
	json_object_set_new(a->data, "id", json_string(l->id));
}

static struct link *link_of(struct participant *p, const json_t *data, struct answer *a)
{
	struct link *l = participant_link(p, text_of(data, "transportId"));
	if (!l)
		refuse_with(a, "not_found", "no such transport of this session");
	return l;
}

static void connect_transport(struct participant *p, const json_t *data, struct answer *a)
{
	struct link *l = link_of(p, data, a);
	const json_t *dtls = json_object_get(data, "dtlsParameters"), *prints = json_object_get(dtls, "fingerprints");
	const char *value = NULL;
	if (!l)
		return;
	if (strcmp(text_of(dtls, "role"), "server") == 0) {
		refuse_with(a, "unsupported", "dtlsParameters: this side is the server");
		return;
	}
	for (size_t i = 0; i < json_array_size(prints) && i < 16 && !value; i++)
		if (strcmp(text_of(json_array_get(prints, i), "algorithm"), "sha-256") == 0)
			value = json_string_value(json_object_get(json_array_get(prints, i), "value"));
	if (!value) {
		refuse_with(a, "bad_request", "dtlsParameters: a fingerprint by sha-256");
		return;
	}
	enum err e = transport_connect(l->transport, value);
	if (e == ERR_MALFORMED)
		refuse_with(a, "bad_request", "dtlsParameters: the fingerprint is none");
	else if (e)
		refuse_with(a, "conflict", "another fingerprint was given before");
}

static void restart_ice(struct participant *p, const json_t *data, struct answer *a)
{
	struct link *l = link_of(p, data, a);
	if (l)
		a->data = json_pack("{s:o}", "iceParameters", transport_restart_ice(l->transport));
}

/* --- producers */

static void produce(struct participant *p, const json_t *data, struct answer *a)
{
	struct link *l = link_of(p, data, a);
	enum media_source source;
	struct ortc_send send;
	const char *why = NULL;
	if (!l)
		return;
	if (!l->up) {
		refuse_with(a, "bad_request", "transportId: not the one for sending");
		return;
	}
	if (!ortc_source_find(text_of(json_object_get(data, "appData"), "source"), &source)) {
		refuse_with(a, "bad_request", "appData.source: mic, camera, screen or screen_audio");
		return;
	}
	if (strcmp(text_of(data, "kind"), ortc_kind_name(ortc_source_kind(source))) != 0) {
		refuse_with(a, "bad_request", "kind: not the one of this source");
		return;
	}
	if (!participant_may(p, source)) {
		refuse_with(a, "forbidden", "this source is not allowed now");
		return;
	}
	if (p->producers[source]) {
		refuse_with(a, "limit", "one producer a source");
		return;
	}
	if (ortc_read_send(json_object_get(data, "rtpParameters"), ortc_source_kind(source), &send, &why) != ERR_OK) {
		refuse_with(a, "bad_request", why);
		return;
	}
	if (participant_collides(p, &send)) {
		refuse_with(a, "conflict", "rtpParameters: an ssrc or a mid of another producer");
		return;
	}
	struct producer *made = participant_produce(p, source, &send, json_is_true(json_object_get(data, "paused")));
	a->data = json_pack("{s:s}", "id", made->id);
	room_tell(p->room, p, "producer_added", json_pack("{s:I,s:o}", "participant", (json_int_t)p->id, "producer", signal_producer(made)));
}

static struct producer *producer_of(struct participant *p, const json_t *data, struct answer *a)
{
	struct producer *found = participant_producer(p, text_of(data, "producerId"));
	if (!found)
		refuse_with(a, "not_found", "no such producer of this session");
	return found;
}

static void set_producer_paused(struct producer *p, bool paused)
{
	json_t *data;
	if (p->paused == paused)
		return;
	p->paused = paused;
	for (unsigned i = 0; i < p->streams_n; i++)
		p->streams[i].started = false; /* its numbers may be anywhere afterwards */
	data = json_pack("{s:s}", "producerId", p->id);
	room_tell(p->participant->room, p->participant, paused ? "producer_paused" : "producer_resumed", data);
	for (size_t i = 0; i < p->consumers.n; i++) {
		struct consumer *c = p->consumers.p[i];
		consumer_update(c);
		participant_tell(c->participant, paused ? "consumer_paused" : "consumer_resumed", json_pack("{s:s}", "consumerId", c->id));
	}
}

static void pause_producer(struct participant *p, const json_t *data, struct answer *a)
{
	struct producer *found = producer_of(p, data, a);
	if (found)
		set_producer_paused(found, true);
}

static void resume_producer(struct participant *p, const json_t *data, struct answer *a)
{
	struct producer *found = producer_of(p, data, a);
	if (found)
		set_producer_paused(found, false);
}

static void close_producer(struct participant *p, const json_t *data, struct answer *a)
{
	struct producer *found = producer_of(p, data, a);
	if (found)
		participant_close_producer(p, found);
}

/* --- consumers */

static void capabilities(struct participant *p, const json_t *data, struct answer *a)
{
	struct ortc_caps caps;
	const char *why = NULL;
	if (p->caps.known)
		refuse_with(a, "conflict", "capabilities were told before");
	else if (ortc_read_capabilities(json_object_get(data, "rtpCapabilities"), &caps, &why) != ERR_OK)
		refuse_with(a, "bad_request", why);
	else
		p->caps = caps;
}

/* 1 to CONSUME_AT_ONCE_MAX texts. */
static const json_t *ids_of(const json_t *data, const char *key, struct answer *a)
{
	const json_t *ids = json_object_get(data, key);
	if (!json_is_array(ids) || json_array_size(ids) == 0) {
		refuse_with(a, "bad_request", "a list of ids is needed");
		return NULL;
	}
	if (json_array_size(ids) > CONSUME_AT_ONCE_MAX) {
		refuse_with(a, "limit", "at most 64 ids at once");
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(ids); i++)
		if (!json_is_string(json_array_get(ids, i))) {
			refuse_with(a, "bad_request", "ids are texts");
			return NULL;
		}
	return ids;
}

static const char *consume_one(struct participant *p, const char *id, json_t *made)
{
	struct producer *producer = room_producer(p->room, id);
	if (!producer || producer->participant == p)
		return "not_found";
	for (size_t i = 0; i < p->consumers.n; i++)
		if (p->consumers.p[i]->producer == producer)
			return "conflict";
	if (!ortc_can_consume(&p->caps, producer->send.codec))
		return "unsupported";
	if (p->consumers.n >= PARTICIPANT_CONSUMERS_MAX)
		return "limit";
	json_array_append_new(made, consumer_json(consumer_new(p, producer)));
	return NULL;
}

static void consume(struct participant *p, const json_t *data, struct answer *a)
{
	struct link *l = link_of(p, data, a);
	const json_t *ids = l ? ids_of(data, "producerIds", a) : NULL;
	if (!ids)
		return;
	if (l->up) {
		refuse_with(a, "bad_request", "transportId: not the one for receiving");
		return;
	}
	if (!p->caps.known) {
		refuse_with(a, "bad_request", "capabilities come first");
		return;
	}
	json_t *made = json_array(), *refused = json_array();
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i)), *code = consume_one(p, id, made);
		if (code)
			json_array_append_new(refused, json_pack("{s:O,s:s}", "producerId", json_array_get(ids, i), "code", code));
	}
	a->data = json_pack("{s:o,s:o}", "consumers", made, "refused", refused);
}

enum wish { WISH_RESUME, WISH_PAUSE, WISH_CLOSE };

/* Ids that are not known are passed over: what they named may have ended while the request was under way. */
static void each_consumer(struct participant *p, const json_t *data, struct answer *a, enum wish wish)
{
	const json_t *ids = ids_of(data, "consumerIds", a);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		struct consumer *c = participant_consumer(p, json_string_value(json_array_get(ids, i)));
		if (!c)
			continue;
		if (wish == WISH_CLOSE) {
			participant_close_consumer(p, c, false);
		} else {
			c->paused = wish == WISH_PAUSE;
			consumer_update(c);
		}
	}
}

static void resume_consumers(struct participant *p, const json_t *data, struct answer *a)
{
	each_consumer(p, data, a, WISH_RESUME);
}

static void pause_consumers(struct participant *p, const json_t *data, struct answer *a)
{
	each_consumer(p, data, a, WISH_PAUSE);
}

static void close_consumers(struct participant *p, const json_t *data, struct answer *a)
{
	each_consumer(p, data, a, WISH_CLOSE);
}

static struct consumer *consumer_of(struct participant *p, const json_t *data, struct answer *a)
{
	struct consumer *found = participant_consumer(p, text_of(data, "consumerId"));
	if (!found)
		refuse_with(a, "not_found", "no such consumer of this session");
	return found;
}

static bool small(const json_t *data, const char *key, json_int_t low, json_int_t high, int *out)
{
	const json_t *v = json_object_get(data, key);
	if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high)
		return false;
	*out = (int)json_integer_value(v);
	return true;
}

static void set_layers(struct participant *p, const json_t *data, struct answer *a)
{
	struct consumer *c = consumer_of(p, data, a);
	int spatial, temporal = LAYERS_TEMPORAL_MAX - 1;
	if (!c)
		return;
	if (!small(data, "spatialLayer", 0, LAYERS_SPATIAL_MAX - 1, &spatial) ||
		(json_object_get(data, "temporalLayer") && !small(data, "temporalLayer", 0, LAYERS_TEMPORAL_MAX - 1, &temporal))) {
		refuse_with(a, "bad_request", "spatialLayer and temporalLayer: 0 to 2");
		return;
	}
	c->spatial_wish = (int8_t)spatial;
	c->temporal_wish = (int8_t)temporal;
	p->share_due = true;
}

static void set_priority(struct participant *p, const json_t *data, struct answer *a)
{
	struct consumer *c = consumer_of(p, data, a);
	int priority;
	if (!c)
		return;
	if (!small(data, "priority", 1, 255, &priority)) {
		refuse_with(a, "bad_request", "priority: 1 to 255");
		return;
	}
	c->priority = (uint8_t)priority;
	p->share_due = true;
}

static void request_key_frame(struct participant *p, const json_t *data, struct answer *a)
{
	struct consumer *c = consumer_of(p, data, a);
	if (c)
		consumer_want_key(c);
}

/* --- the rest */

static json_t *link_stats(const struct link *l)
{
	struct transport_stats s;
	transport_stats(l->transport, &s);
	return json_pack("{s:b,s:b,s:I,s:I,s:I,s:I}", "connected", l->connected, "tcp", s.tcp, "packetsIn", (json_int_t)s.packets_in, "bytesIn",
		(json_int_t)s.bytes_in, "packetsOut", (json_int_t)s.packets_out, "bytesOut", (json_int_t)s.bytes_out);
}

static json_t *producer_stats(const struct producer *p, int64_t now_us)
{
	json_t *streams = json_array();
	for (unsigned i = 0; i < p->streams_n; i++) {
		const struct stream *s = &p->streams[i];
		json_array_append_new(streams, json_pack("{s:b,s:I,s:i,s:i,s:I,s:I,s:I}", "active", stream_alive(s, now_us), "bitrate",
			(json_int_t)stream_rate(s, LAYERS_TEMPORAL_MAX - 1, now_us), "lost256", s->fraction_lost, "jitter", (int)(s->jitter >> 4),
			"keysAsked", (json_int_t)s->keys.asked, "keys", (json_int_t)s->keys.came, "keyMs", (json_int_t)(s->keys.took_us / 1000)));
	}
	return json_pack("{s:s,s:i,s:o}", "id", p->id, "score", p->score, "streams", streams);
}

static void stats(struct participant *p, const json_t *data, struct answer *a)
{
	json_t *producers = json_array(), *consumers = json_array();
	(void)data;
	for (unsigned s = 0; s < SOURCE_COUNT; s++)
		if (p->producers[s])
			json_array_append_new(producers, producer_stats(p->producers[s], p->room->router->now_us));
	for (size_t i = 0; i < p->consumers.n; i++) {
		const struct consumer *c = p->consumers.p[i];
		json_array_append_new(consumers, json_pack("{s:s,s:I,s:I,s:i,s:i,s:i,s:i,s:I,s:I}", "id", c->id, "packets", (json_int_t)c->packets, "bitrate",
			(json_int_t)c->rate, "spatialLayer", c->layers.open ? c->layers.current : -1, "temporalLayer", c->layers.temporal, "lost256",
			c->fraction_lost, "rttMs", (int)(c->rtt_us / 1000), "switches", (json_int_t)c->switches, "tooEarly", (json_int_t)c->too_early));
	}
	a->data = json_pack("{s:o,s:o,s:I,s:I}", "producers", producers, "consumers", consumers, "budget", (json_int_t)p->downlink.budget, "dropped",
		(json_int_t)p->dropped);
	if (p->up.transport)
		json_object_set_new(a->data, "send", link_stats(&p->up));
	if (p->down.transport)
		json_object_set_new(a->data, "recv", link_stats(&p->down));
}

static const struct { const char *name; void (*run)(struct participant *, const json_t *, struct answer *); } methods[] = {
	{"create_transport", create_transport}, {"connect_transport", connect_transport}, {"restart_ice", restart_ice}, {"produce", produce},
	{"pause_producer", pause_producer}, {"resume_producer", resume_producer}, {"close_producer", close_producer},
	{"capabilities", capabilities}, {"consume", consume}, {"resume_consumers", resume_consumers}, {"pause_consumers", pause_consumers},
	{"close_consumers", close_consumers}, {"set_layers", set_layers}, {"set_priority", set_priority},
	{"request_key_frame", request_key_frame}, {"stats", stats},
};

static void reply(struct participant *p, json_int_t id, struct answer *a)
{
	json_t *message = a->code ? json_pack("{s:I,s:b,s:{s:s,s:s}}", "id", id, "ok", 0, "error", "code", a->code, "message", a->message) :
		json_pack("{s:I,s:b,s:o}", "id", id, "ok", 1, "data", a->data ? a->data : json_object());
	char *text = json_dumps(message, JSON_COMPACT);
	CHECK(text);
	participant_text(p, str_of(text));
	free(text);
	json_decref(message);
}

/* Says goodbye and goes at once; p is gone afterwards. */
static void leave(struct participant *p, json_int_t id, struct answer *a)
{
	struct room *room = p->room;
	reply(p, id, a);
	room_remove(room, p);
	room_close_if_empty(room);
}

static void run(struct participant *p, const json_t *request, struct answer *a)
{
	const json_t *data = json_object_get(request, "data");
	const char *method = text_of(request, "method");
	if (data && !json_is_object(data)) {
		refuse_with(a, "bad_request", "data: an object");
		return;
	}
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (strcmp(methods[i].name, method) == 0) {
			methods[i].run(p, data, a);
			return;
		}
	refuse_with(a, "bad_request", "method: none of this server");
}

void signal_text(struct participant *p, struct str text)
{
	struct answer a = {0};
	bool over = !tokens_take(&p->requests, SIGNAL_REQUESTS_S, SIGNAL_REQUESTS_S, p->room->router->now_us);
	p->refused = over ? p->refused + 1 : 0;
	if (p->refused > SIGNAL_REQUESTS_S)
		return; /* whoever goes on and on is not even read */
	json_t *request = text.n <= SIGNAL_FRAME_MAX ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *id = json_object_get(request, "id");
	json_int_t number = json_is_integer(id) ? json_integer_value(id) : 0;
	if (over)
		refuse_with(&a, "limit", "too many requests");
	else if (!json_is_object(request) || !json_is_integer(id))
		refuse_with(&a, "bad_request", "a JSON object of at most 16 KiB with an integer id");
	else if (strcmp(text_of(request, "method"), "leave") == 0) {
		leave(p, number, &a);
		json_decref(request);
		return;
	} else
		run(p, request, &a);
	reply(p, number, &a);
	json_decref(request);
}
