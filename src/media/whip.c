/* SPDX-License-Identifier: Apache-2.0
 *
 * See whip.h. Nothing of the room changes before the offer was understood.
 */
#include "media/whip.h"
#include "media/sdp.h"
#include "media/signal.h"
#include "base/clock.h"

struct refused { int status; const char *why; };

static bool refuse_with(struct refused *out, int status, const char *why)
{
	*out = (struct refused){status, why};
	return false;
}

/* A participant for the offer, with its transport; undone by itself when it never connects (participant_is_over). */
static struct link *enter(struct room *room, const struct whip_offer *w, const struct sdp_offer *o, struct refused *why)
{
	struct participant *p = room_enter(room, w->participant, w->watch, w->session);
	if (!p) {
		refuse_with(why, 503, "the room is full");
		return NULL;
	}
	p->plain = true;
	p->rights = w->rights;
	struct link *l = participant_open(p, !w->watch);
	if (l && transport_connect(l->transport, o->fingerprint) == ERR_OK)
		return l;
	refuse_with(why, l ? 400 : 503, l ? "a=fingerprint: none by sha-256" : "no transport is left");
	room_remove(room, p);
	return NULL;
}

static void say_answer(struct router *r, const struct whip_offer *w, const struct sdp_offer *o, const struct sdp_part parts[2], const struct link *l)
{
	struct buf text;
	json_t *options = transport_options(l->transport);
	buf_init(&text, SDP_MAX);
	sdp_answer(&text, o, parts, options, random_u64());
	CHECK(!text.err);
	router_send(r, json_pack("{s:s,s:I,s:s%}", "m", "answer", "session", (json_int_t)w->session, "sdp", text.p, text.n));
	buf_release(&text);
	json_decref(options);
}

/* --- it sends */

static bool publish(struct room *room, const struct whip_offer *w, const struct sdp_offer *o, struct refused *why)
{
	static const enum media_source sources[2] = {SOURCE_MIC, SOURCE_CAMERA};
	struct sdp_part parts[2] = {0};
	for (int kind = 0; kind < 2; kind++) {
		bool may = kind == MEDIA_AUDIO ? w->rights.audio : w->rights.video;
		parts[kind].taken = may && sdp_send_of(o, (enum media_kind)kind, &parts[kind].receive);
		parts[kind].codec = parts[kind].receive.codec;
	}
	const struct ortc_encoding *sound = &parts[0].receive.encodings[0], *picture = &parts[1].receive.encodings[0];
	if (!parts[0].taken && !parts[1].taken)
		return refuse_with(why, 422, "nothing that is sent is Opus, VP8 or H264 (baseline, packetization-mode=1)");
	if (parts[0].taken && parts[1].taken && ((sound->ssrc && (sound->ssrc == picture->ssrc || sound->ssrc == picture->rtx_ssrc)) ||
		(parts[0].receive.by_pt && parts[1].receive.by_pt && parts[0].receive.pt == parts[1].receive.pt)))
		return refuse_with(why, 400, "a=ssrc: one for two lines m=");
	struct link *l = enter(room, w, o, why);
	if (!l)
		return false;
	struct participant *p = l->participant;
	for (int kind = 0; kind < 2; kind++) {
		if (!parts[kind].taken)
			continue;
		struct producer *made = participant_produce(p, sources[kind], &parts[kind].receive, false);
		room_tell(room, p, "producer_added", json_pack("{s:I,s:o}", "participant", (json_int_t)p->id, "producer", signal_producer(made)));
	}
	say_answer(room->router, w, o, parts, l);
	return true;
}

/* --- it watches */

/* Whom a program is shown: another one that sends, else whoever shares a screen, else who speaks, else the first with a picture or a voice. */
static unsigned rank(const struct participant *p)
{
	if (p->plain && (p->producers[SOURCE_CAMERA] || p->producers[SOURCE_MIC]))
		return 5;
	if (p->producers[SOURCE_SCREEN])
		return 4;
	if (p->room->speaker.current == p->id)
		return 3;
	return p->producers[SOURCE_CAMERA] ? 2 : p->producers[SOURCE_MIC] ? 1 : 0;
}

static const struct participant *shown(const struct room *room)
{
	const struct participant *best = NULL;
	for (size_t i = 0; i < room->participants.n; i++) {
		const struct participant *p = room->participants.p[i];
		if (!p->viewer && rank(p) > (best ? rank(best) : 0))
			best = p;
	}
	return best;
}

static struct producer *producer_for(const struct participant *from, enum media_kind kind, const struct sdp_offer *o)
{
	const struct sdp_media *m = &o->media[kind];
	struct producer *p = from->producers[kind == MEDIA_VIDEO ? SOURCE_SCREEN : SOURCE_MIC];
	if (!p)
		p = from->producers[kind == MEDIA_VIDEO ? SOURCE_CAMERA : SOURCE_SCREEN_AUDIO];
	return p && m->there && m->receives && m->codecs[p->send.codec].pt ? p : NULL;
}

static void read_caps(const struct sdp_offer *o, struct ortc_caps *caps)
{
	*caps = (struct ortc_caps){.known = true};
	for (unsigned c = 0; c < CODEC_COUNT; c++) {
		const struct sdp_codec *from = &o->media[c == CODEC_OPUS ? MEDIA_AUDIO : MEDIA_VIDEO].codecs[c];
		caps->codec[c].can = from->pt != 0;
		caps->codec[c].rtx = from->rtx_pt != 0;
		caps->codec[c].nack = from->nack;
		caps->codec[c].pli = from->pli;
		caps->codec[c].fir = from->fir;
	}
}

static bool watch(struct room *room, const struct whip_offer *w, const struct sdp_offer *o, struct refused *why)
{
	const struct participant *from = shown(room);
	struct producer *of[2] = {0};
	struct sdp_part parts[2] = {0};
	char stream[24];
	for (int kind = 0; kind < 2 && from && from->id != w->participant; kind++)
		of[kind] = producer_for(from, (enum media_kind)kind, o);
	if (!from)
		return refuse_with(why, 409, "nothing is shown yet");
	if (!of[0] && !of[1])
		return refuse_with(why, 422, "the offer receives none of what is shown");
	struct link *l = enter(room, w, o, why);
	if (!l)
		return false;
	struct participant *p = l->participant;
	read_caps(o, &p->caps);
	snprintf(stream, sizeof stream, "%s", from->cname);
	for (int kind = 0; kind < 2; kind++) {
		if (!of[kind])
			continue;
		struct consumer *c = consumer_new(p, of[kind]);
		const struct sdp_codec *codec = &o->media[kind].codecs[of[kind]->send.codec];
		c->pt = codec->pt;
		c->rtx_pt = codec->rtx_pt;
		c->paused = false;
		consumer_update(c);
		parts[kind] = (struct sdp_part){.taken = true, .sending = true, .codec = of[kind]->send.codec, .ssrc = c->ssrc, .rtx_ssrc = c->rtx_ssrc,
			.cname = from->cname, .stream = stream, .track = c->id};
	}
	say_answer(room->router, w, o, parts, l);
	return true;
}

void whip_take(struct router *r, const struct whip_offer *w)
{
	struct sdp_offer o;
	struct refused refused = {0};
	const char *why = NULL;
	enum err e = sdp_read(w->sdp, &o, &why);
	struct room *room = e ? NULL : room_get(r, w->room);
	if (e)
		refuse_with(&refused, e == ERR_MALFORMED ? 400 : 422, why);
	else if (w->watch ? watch(room, w, &o, &refused) : publish(room, w, &o, &refused))
		return;
	if (room)
		room_close_if_empty(room);
	router_send(r, json_pack("{s:s,s:I,s:i,s:s}", "m", "refused", "session", (json_int_t)w->session, "status", refused.status, "why", refused.why));
}
