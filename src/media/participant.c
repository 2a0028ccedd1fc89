/* SPDX-License-Identifier: Apache-2.0
 *
 * See participant.h.
 */
#include "media/room.h"
#include "media/tape.h"
#include "base/clock.h"

enum { SHARE_EVERY_US = 250000, CODE_REJOIN = 4503 };

bool tokens_take(struct tokens *t, int64_t per_second, int64_t burst, int64_t now_us)
{
	int64_t full = burst * 1000000, passed = now_us - t->at_us;
	if (t->at_us == 0 || passed > 1000000000)
		t->left_micro = full;
	else if (passed > 0)
		t->left_micro = t->left_micro + passed * per_second > full ? full : t->left_micro + passed * per_second;
	if (passed > 0 || t->at_us == 0)
		t->at_us = now_us > 0 ? now_us : 1;
	if (t->left_micro < 1000000)
		return false;
	t->left_micro -= 1000000;
	return true;
}

struct participant *participant_new(struct room *room, int64_t id)
{
	struct participant *p = mem_alloc(sizeof *p);
	int64_t now_us = room->router->now_us;
	p->room = room;
	p->id = id;
	p->gone_us = now_us;
	p->up.participant = p->down.participant = p;
	p->up.up = true;
	p->share_us = p->report_us = p->sr_us = p->feedback_us = now_us;
	media_id('u', p->cname);
	p->next_ssrc = 0x10000000u + (uint32_t)random_below(0x10000000u);
	p->own_ssrc = p->next_ssrc++;
	twcc_log_init(&p->arrivals);
	downlink_init(&p->downlink, now_us);
	room->router->participants++;
	return p;
}

void participant_free(struct participant **participant)
{
	struct participant *p = *participant;
	if (!p)
		return;
	p->room->router->participants--;
	p->room->router->dropped += p->dropped;
	while (p->consumers.n > 0)
		participant_close_consumer(p, p->consumers.p[0], false);
	for (unsigned s = 0; s < SOURCE_COUNT; s++)
		if (p->producers[s])
			participant_close_producer(p, p->producers[s]);
	transport_free(&p->up.transport);
	transport_free(&p->down.transport);
	VEC_RELEASE(&p->consumers);
	mem_free(p);
	*participant = NULL;
}

static void tell_front(struct participant *p, bool connected)
{
	if (p->told_connected == connected)
		return;
	p->told_connected = connected;
	router_send(p->room->router, json_pack("{s:s,s:s,s:I}", "m", connected ? "connected" : "disconnected", "room", p->room->name, "participant",
		(json_int_t)p->id));
}

static void close_link(struct participant *p, struct link *l)
{
	transport_free(&l->transport);
	l->connected = l->closed = l->broken = false;
	l->id[0] = '\0';
	if (l->up) {
		for (unsigned s = 0; s < SOURCE_COUNT; s++)
			if (p->producers[s])
				participant_close_producer(p, p->producers[s]);
		memset(p->ext, 0, sizeof p->ext);
		twcc_log_init(&p->arrivals);
	} else {
		while (p->consumers.n > 0)
			participant_close_consumer(p, p->consumers.p[0], true);
	}
}

void participant_reset(struct participant *p)
{
	close_link(p, &p->up);
	close_link(p, &p->down);
	p->caps = (struct ortc_caps){0};
	p->refused = 0;
	p->next_mid = 0;
	downlink_init(&p->downlink, p->room->router->now_us);
	tell_front(p, false);
}

/* --- transports */

static void on_rtp(void *user, struct packet *packet)
{
	struct link *l = user;
	struct participant *p = l->participant;
	struct router *r = p->room->router;
	struct str data;
	int64_t now_us = router_now(r);
	r->packets_in++;
	r->bytes_in += packet->n;
	if (!l->up || !tokens_take(&p->packets, UP_PACKETS_S, UP_PACKETS_BURST, now_us)) {
		p->dropped++;
		return;
	}
	if (p->ext[EXT_TWCC] && rtp_ext_find(packet->data, &packet->rtp, p->ext[EXT_TWCC], &data) && data.n >= 2)
		twcc_log_arrived(&p->arrivals, (uint16_t)((uint8_t)data.p[0] << 8 | (uint8_t)data.p[1]), packet->received_us);
	bool rtx;
	struct stream *s = participant_stream(p, packet, &rtx);
	if (!s || s->producer->paused) /* a muted one that keeps sending is thrown away here */
		p->dropped++;
	else
		producer_packet(s, packet, rtx);
}

static void on_rtcp(void *user, const uint8_t *bytes, size_t n, int64_t now_us)
{
	struct link *l = user;
	(void)now_us;
	participant_rtcp(l, bytes, n, router_now(l->participant->room->router));
}

static void on_connected(void *user)
{
	struct link *l = user;
	struct participant *p = l->participant;
	router_now(p->room->router);
	l->connected = true;
	tell_front(p, true);
	for (size_t i = 0; i < p->consumers.n && !l->up; i++)
		consumer_update(p->consumers.p[i]);
}

/* Takes effect at the next turn: who called may still be in the midst of the participant's things. */
static void on_closed(void *user, const char *why)
{
	struct link *l = user;
	l->closed = true;
	l->broken = strcmp(why, "closed") != 0;
	l->participant->room->router->paths_lost += l->broken;
	l->connected = false;
	for (size_t i = 0; i < l->participant->consumers.n && !l->up; i++)
		consumer_update(l->participant->consumers.p[i]);
}

static const struct transport_listener listener = {.rtp = on_rtp, .rtcp = on_rtcp, .connected = on_connected, .closed = on_closed};

struct link *participant_open(struct participant *p, bool up)
{
	struct link *l = up ? &p->up : &p->down;
	CHECK(!l->transport);
	l->transport = transport_new(p->room->router->transports, &listener, l);
	if (!l->transport)
		return NULL;
	l->connected = l->closed = false;
	l->path_breaks = 0;
	media_id('t', l->id);
	return l;
}

struct link *participant_link(struct participant *p, const char *id)
{
	if (p->up.transport && strcmp(p->up.id, id) == 0)
		return &p->up;
	return p->down.transport && strcmp(p->down.id, id) == 0 ? &p->down : NULL;
}

struct producer *participant_producer(struct participant *p, const char *id)
{
	for (unsigned s = 0; s < SOURCE_COUNT; s++)
		if (p->producers[s] && strcmp(p->producers[s]->id, id) == 0)
			return p->producers[s];
	return NULL;
}

struct consumer *participant_consumer(struct participant *p, const char *id)
{
	for (size_t i = 0; i < p->consumers.n; i++)
		if (strcmp(p->consumers.p[i]->id, id) == 0)
			return p->consumers.p[i];
	return NULL;
}

/* --- what it may send, and sends */

bool participant_may(const struct participant *p, enum media_source source)
{
	return source == SOURCE_MIC ? p->rights.audio : source == SOURCE_CAMERA ? p->rights.video : p->rights.screen;
}

bool participant_rights(struct participant *p, struct rights rights)
{
	if (p->rights.audio == rights.audio && p->rights.video == rights.video && p->rights.screen == rights.screen)
		return false;
	p->rights = rights;
	for (unsigned s = 0; s < SOURCE_COUNT; s++)
		if (p->producers[s] && !participant_may(p, (enum media_source)s)) {
			participant_tell(p, "producer_closed", json_pack("{s:s}", "producerId", p->producers[s]->id));
			participant_close_producer(p, p->producers[s]);
		}
	return true;
}

static void list_stream(struct participant *p, uint32_t ssrc, struct stream *s, bool rtx)
{
	if (ssrc == 0 || p->streams_n == STREAMS_MAX)
		return;
	p->streams[p->streams_n].ssrc = ssrc;
	p->streams[p->streams_n].stream = s;
	p->streams[p->streams_n++].rtx = rtx;
}

static bool ssrc_known(const struct participant *p, uint32_t ssrc)
{
	for (unsigned i = 0; i < p->streams_n; i++)
		if (p->streams[i].ssrc == ssrc)
			return true;
	return false;
}

bool participant_collides(const struct participant *p, const struct ortc_send *send)
{
	for (unsigned i = 0; i < send->encodings_n; i++)
		if (ssrc_known(p, send->encodings[i].ssrc) || ssrc_known(p, send->encodings[i].rtx_ssrc))
			return true;
	for (unsigned s = 0; s < SOURCE_COUNT; s++) {
		const struct producer *other = p->producers[s];
		if (other && send->mid_n && str_eq(str_n(other->send.mid, other->send.mid_n), str_n(send->mid, send->mid_n)))
			return true;
	}
	return false;
}

struct producer *participant_produce(struct participant *p, enum media_source source, const struct ortc_send *send, bool paused)
{
	struct producer *made = producer_new(p, source, send, paused);
	p->producers[source] = made;
	for (unsigned i = 0; i < made->streams_n; i++) {
		list_stream(p, made->streams[i].ssrc, &made->streams[i], false);
		list_stream(p, made->streams[i].rtx_ssrc, &made->streams[i], true);
	}
	for (unsigned e = 0; e < EXT_COUNT; e++)
		if (send->ext[e])
			p->ext[e] = send->ext[e];
	return made;
}

void participant_close_producer(struct participant *p, struct producer *producer)
{
	if (p->room->tape)
		tape_end(p->room->tape, producer);
	while (producer->consumers.n > 0) {
		struct consumer *c = producer->consumers.p[0];
		participant_close_consumer(c->participant, c, true);
	}
	for (unsigned i = p->streams_n; i-- > 0;)
		if (p->streams[i].stream->producer == producer)
			p->streams[i] = p->streams[--p->streams_n];
	p->producers[producer->source] = NULL;
	room_tell(p->room, p, "producer_closed", json_pack("{s:s}", "producerId", producer->id));
	producer_free(&producer);
}

void participant_close_consumer(struct participant *p, struct consumer *consumer, bool tell)
{
	for (size_t i = 0; i < p->consumers.n; i++)
		if (p->consumers.p[i] == consumer) {
			VEC_SWAP_REMOVE(&p->consumers, i);
			break;
		}
	if (tell)
		participant_tell(p, "consumer_closed", json_pack("{s:s}", "consumerId", consumer->id));
	p->share_due = true;
	consumer_free(&consumer);
}

static struct str ext_text(const struct packet *packet, int id)
{
	struct str data = {0};
	if (!id || !rtp_ext_find(packet->data, &packet->rtp, id, &data))
		return (struct str){0};
	return data;
}

/* Which of its streams an SSRC that was not seen before belongs to: by what the extensions say of it. */
static struct stream *learn(struct participant *p, const struct packet *packet, bool *rtx_out)
{
	struct str mid = ext_text(packet, p->ext[EXT_MID]), rid = ext_text(packet, p->ext[EXT_RID]), repaired = ext_text(packet, p->ext[EXT_RRID]);
	for (unsigned s = 0; s < SOURCE_COUNT && mid.n > 0; s++) {
		struct producer *one = p->producers[s];
		if (!one || !one->send.mid_n || !str_eq(mid, str_n(one->send.mid, one->send.mid_n)))
			continue;
		bool rtx = one->send.rtx_pt && packet->rtp.pt == one->send.rtx_pt;
		struct str name = rtx ? repaired : rid;
		for (unsigned i = 0; i < one->streams_n; i++) {
			struct stream *stream = &one->streams[i];
			uint32_t *ssrc = rtx ? &stream->rtx_ssrc : &stream->ssrc;
			bool it = one->send.encodings[i].rid_n ? str_eq(name, str_n(one->send.encodings[i].rid, one->send.encodings[i].rid_n)) : one->streams_n == 1;
			if (!it || *ssrc != 0) /* an SSRC that was learned or told stays */
				continue;
			*ssrc = packet->rtp.ssrc;
			list_stream(p, *ssrc, stream, rtx);
			*rtx_out = rtx;
			return stream;
		}
	}
	for (unsigned s = 0; s < SOURCE_COUNT; s++) {
		struct producer *one = p->producers[s];
		bool rtx = one && one->send.rtx_pt && packet->rtp.pt == one->send.rtx_pt;
		if (!one || !one->send.by_pt || (packet->rtp.pt != one->send.pt && !rtx))
			continue;
		uint32_t *ssrc = rtx ? &one->streams[0].rtx_ssrc : &one->streams[0].ssrc;
		if (*ssrc != 0)
			continue;
		*ssrc = packet->rtp.ssrc;
		list_stream(p, *ssrc, &one->streams[0], rtx);
		*rtx_out = rtx;
		return &one->streams[0];
	}
	return NULL;
}

struct stream *participant_stream(struct participant *p, const struct packet *packet, bool *rtx_out)
{
	for (unsigned i = 0; i < p->streams_n; i++)
		if (p->streams[i].ssrc == packet->rtp.ssrc) {
			*rtx_out = p->streams[i].rtx;
			return p->streams[i].stream;
		}
	return learn(p, packet, rtx_out);
}

/* --- turns */

bool participant_is_over(const struct participant *p)
{
	return p->plain && (!p->session || (p->viewer ? !p->down.transport || p->down.closed || p->consumers.n == 0 : !p->up.transport || p->up.closed));
}

static void fill_want(struct consumer *c, int64_t now_us)
{
	const struct producer *producer = c->producer;
	struct bandwidth_want *w = &c->want;
	*w = (struct bandwidth_want){.priority = c->priority, .audio = producer->send.kind == MEDIA_AUDIO, .spatial = -1, .temporal = -1};
	w->temporal_max = c->temporal_wish;
	w->spatial_max = c->spatial_wish;
	for (unsigned i = 0; i < producer->streams_n; i++) {
		const struct stream *s = &producer->streams[i];
		for (unsigned t = 0; t < producer->send.encodings[i].temporal; t++) {
			uint32_t rate = stream_rate(s, t, now_us);
			/* a seventh more is asked of what is not had yet, so that it is not taken and given up all the time */
			w->rate[i][t] = c->layers.open && (int)i <= c->layers.current ? rate : rate + rate / 7;
		}
	}
	/* where the wished one and all below it are silent, the next that comes */
	bool any = false;
	for (int s = 0; s <= w->spatial_max; s++)
		any |= w->rate[s][0] > 0;
	while (!any && w->spatial_max < LAYERS_SPATIAL_MAX - 1)
		any = w->rate[++w->spatial_max][0] > 0;
}

static void tell_layers(struct consumer *c)
{
	int8_t spatial = c->flows && c->layers.open ? c->layers.current : -1, temporal = spatial < 0 ? -1 : (int8_t)c->layers.temporal_target;
	if (c->producer->send.kind == MEDIA_AUDIO || (c->spatial_told == spatial && c->temporal_told == temporal))
		return;
	c->spatial_told = spatial;
	c->temporal_told = temporal;
	participant_tell(c->participant, "consumer_layers", json_pack("{s:s,s:i,s:i}", "consumerId", c->id, "spatialLayer", spatial, "temporalLayer",
		temporal));
}

static void share(struct participant *p, int64_t now_us)
{
	struct router *r = p->room->router;
	int64_t passed = now_us - p->share_us, sent = 0, voices = 0;
	p->share_due = false;
	if (passed >= SHARE_EVERY_US) {
		for (size_t i = 0; i < p->consumers.n; i++) {
			struct consumer *c = p->consumers.p[i];
			c->rate = (uint32_t)((int64_t)c->bytes * 8 * 1000000 / passed);
			sent += c->rate;
			voices += c->producer->send.kind == MEDIA_AUDIO ? c->rate : 0;
			c->bytes = 0;
		}
		p->sent_rate = (p->sent_rate + sent) / 2;
		p->sent_voices = (p->sent_voices + voices) / 2;
		p->share_us = now_us;
		downlink_turn(&p->downlink, p->sent_rate, now_us);
	}
	VEC_CLEAR(&r->wants);
	for (size_t i = 0; i < p->consumers.n; i++) {
		struct consumer *c = p->consumers.p[i];
		fill_want(c, now_us);
		if (c->flows)
			VEC_PUSH(&r->wants, &c->want);
	}
	bandwidth_share(r->wants.p, r->wants.n, p->downlink.budget);
	for (size_t i = 0; i < p->consumers.n; i++) {
		struct consumer *c = p->consumers.p[i];
		if (c->flows)
			consumer_target(c, c->want.spatial, c->want.temporal);
		tell_layers(c);
	}
}

/* Another way than the one that broke: what went over that is not asked for and not waited for. */
static void look_at_path(struct link *l)
{
	uint32_t breaks = l->transport ? transport_path_breaks(l->transport) : l->path_breaks;
	if (breaks == l->path_breaks)
		return;
	l->path_breaks = breaks;
	for (size_t i = 0; i < l->participant->consumers.n; i++)
		consumer_restart(l->participant->consumers.p[i]);
}

void participant_turn(struct participant *p, int64_t now_us)
{
	if (p->up.closed || p->down.closed) {
		struct link *l = p->up.closed ? &p->up : &p->down;
		bool broken = l->broken;
		participant_tell(p, "transport_closed", json_pack("{s:s}", "transportId", l->id));
		close_link(p, l);
		if (!p->up.connected && !p->down.connected)
			tell_front(p, false);
		if (broken) /* it comes back with new transports; its place is kept */
			participant_kick(p, CODE_REJOIN, "transport");
	}
	for (unsigned s = 0; s < SOURCE_COUNT; s++)
		if (p->producers[s] && now_us - p->producers[s]->turned_us >= RATE_TURN_US)
			producer_turn(p->producers[s], now_us);
	participant_uplink_turn(p, now_us);
	look_at_path(&p->down);
	if (p->consumers.n > 0 && (p->share_due || now_us - p->share_us >= SHARE_EVERY_US))
		share(p, now_us);
	for (size_t i = 0; i < p->consumers.n; i++)
		if (p->consumers.p[i]->twice_n)
			consumer_turn(p->consumers.p[i], now_us);
	participant_downlink_turn(p, now_us);
}
