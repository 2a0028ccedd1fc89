/* SPDX-License-Identifier: Apache-2.0
 *
 * See tracks.h.
 */
#include "record/tracks.h"

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/index.h"
#include "record/opus.h"
#include "record/pictures.h"
#include "record/reorder.h"
#include "record/timeline.h"
#include <stdio.h>
#include <unistd.h>

#define ASK_EVERY_US 1000000
#define FLUSH_EVERY_US 1000000

struct sender { struct sender_clock clock; int64_t id; };

struct track {
	/* owned */
	struct reorder order;
	struct pictures pictures;
	struct muxer *file;      /* NULL: nothing has come yet */
	/* borrowed */
	struct sender *sender;
	/* state */
	uint32_t id;             /* the tape's */
	enum tape_source source;
	enum tape_codec codec;
	uint8_t layer;
	struct track_clock clocks[PRODUCER_ENCODINGS_MAX];
	size_t entry;            /* of the file, in the index */
	int64_t start_us;        /* of the file */
	int64_t last_ms;         /* of what was written last */
	int64_t samples;         /* sound: written so far; else pictures */
	int64_t asked_us, flushed_us;
	bool written;            /* since the last flush */
};

struct recording {
	/* owned */
	VEC(struct track *) tracks;
	struct map *senders;
	struct index index;
	/* borrowed */
	struct shelf *shelf;
	void (*ask)(void *user, uint32_t track, uint8_t layer);
	void *user;
	/* state */
	int64_t zero_us, now_us;
	bool begun;
};

struct recording *recording_new(struct shelf *shelf, void (*ask)(void *, uint32_t, uint8_t), void *user)
{
	struct recording *r = mem_alloc(sizeof *r);
	r->shelf = shelf;
	r->ask = ask;
	r->user = user;
	r->senders = map_new();
	return r;
}

/* --- files */

static void index_changed(struct recording *r)
{
	if (!r->shelf->failed)
		(void)!index_write(&r->index, r->shelf); /* failed says it */
}

static void close_file(struct recording *r, struct track *t)
{
	if (!t->file)
		return;
	struct index_track *x = &r->index.tracks.p[t->entry];
	bool audio = t->codec == TAPE_OPUS;
	x->duration_ms = audio ? t->samples * 1000 / OPUS_RATE : t->last_ms + 40;
	muxer_flush(t->file);
	x->bytes = muxer_bytes(t->file);
	muxer_close(&t->file);
	index_changed(r);
}

static bool open_file(struct recording *r, struct track *t, int64_t start_us, const struct muxer_track *what)
{
	struct index_track x = {.participant = t->sender->id, .start_us = start_us - r->zero_us, .duration_ms = -1, .source = t->source, .codec = t->codec};
	if (r->shelf->failed || r->index.tracks.n == RECORD_TRACKS_MAX)
		return false;
	snprintf(x.file, sizeof x.file, "%zu.%s", r->index.tracks.n + 1, t->codec == TAPE_H264 ? "mkv" : "webm");
	if (muxer_open(&t->file, r->shelf, x.file, what) != ERR_OK)
		return false;
	t->entry = r->index.tracks.n;
	t->start_us = start_us;
	t->samples = t->last_ms = 0;
	VEC_PUSH(&r->index.tracks, x);
	index_changed(r);
	return true;
}

/* --- sound */

static void write_sound(struct track *t, const uint8_t *p, size_t n, unsigned samples)
{
	int64_t ms = t->samples * 1000 / OPUS_RATE;
	muxer_write(t->file, ms, samples * 1000 / OPUS_RATE, p, n, true);
	t->last_ms = ms;
	t->samples += samples;
	t->written = true;
}

static void write_silence(struct track *t, int64_t samples)
{
	uint8_t p[OPUS_SILENCE_MAX];
	for (int64_t frames = samples / OPUS_FRAME; frames > 0;) {
		unsigned some = frames < 6 ? (unsigned)frames : 6;
		size_t n = opus_silence(some, p);
		write_sound(t, p, n, some * OPUS_FRAME);
		frames -= some;
	}
}

static void sound(struct recording *r, struct track *t, const struct reorder_packet *p)
{
	unsigned samples = opus_samples(p->payload, p->n);
	int64_t at_us = track_clock_time(&t->clocks[t->layer], &t->sender->clock, p->ts, p->at_us);
	if (samples == 0)
		return;
	if (!t->file) {
		uint8_t head[OPUS_HEAD];
		opus_head(head);
		if (!open_file(r, t, at_us, &(struct muxer_track){.codec = TAPE_OPUS, .extra = head, .extra_n = sizeof head}))
			return;
	}
	int64_t off = (at_us - t->start_us) * 48 / 1000 - t->samples, most = (int64_t)RECORD_SOUND_OFF_MS * OPUS_RATE / 1000;
	if (off <= -most)
		return; /* its time has been filled already */
	if (off >= most)
		write_silence(t, off);
	write_sound(t, p->payload, p->n, samples);
}

/* --- pictures */

static void ask(struct recording *r, struct track *t)
{
	if (!t->pictures.wants_key || (t->asked_us && r->now_us - t->asked_us < ASK_EVERY_US))
		return;
	t->asked_us = r->now_us;
	r->ask(r->user, t->id, t->layer);
}

static bool open_pictures(struct recording *r, struct track *t, int64_t at_us)
{
	struct pictures *p = &t->pictures;
	uint8_t extra[2 * (PARAMETERS_MAX + 4)];
	struct muxer_track what = {.codec = t->codec, .width = p->width ? p->width : 640, .height = p->height ? p->height : 360, .extra = extra};
	if (t->codec == TAPE_H264) {
		static const uint8_t code[] = {0, 0, 0, 1};
		memcpy(extra, code, 4);
		memcpy(extra + 4, p->sps, p->sps_n);
		memcpy(extra + 4 + p->sps_n, code, 4);
		memcpy(extra + 8 + p->sps_n, p->pps, p->pps_n);
		what.extra_n = 8 + p->sps_n + p->pps_n;
	}
	return open_file(r, t, at_us, &what);
}

static void picture(struct recording *r, struct track *t, int64_t packet_us)
{
	struct pictures *p = &t->pictures;
	int64_t at_us = track_clock_time(&t->clocks[t->layer], &t->sender->clock, p->ts, packet_us);
	if (t->file && t->source == TAPE_CAMERA && (at_us - t->start_us) / 1000 - t->last_ms > RECORD_CAMERA_GAP_MS) {
		close_file(r, t);
		p->wants_key = !p->key;
	}
	if (!t->file && (!p->key || !open_pictures(r, t, at_us)))
		return;
	int64_t ms = (at_us - t->start_us) / 1000;
	if (t->samples++ > 0)
		ms = ms > t->last_ms ? ms : t->last_ms + 1;
	muxer_write(t->file, ms < 0 ? 0 : ms, 0, (const uint8_t *)p->data.p, p->data.n, p->key);
	t->last_ms = ms < 0 ? 0 : ms;
	t->written = true;
}

/* --- packets */

static void drain(struct recording *r, struct track *t, bool force)
{
	struct reorder_packet *p;
	bool lost;
	while ((p = reorder_take(&t->order, r->now_us, force, &lost)) != NULL) {
		if (t->codec == TAPE_OPUS)
			sound(r, t, p);
		else if (pictures_packet(&t->pictures, p->payload, p->n, p->ts, p->marker, lost))
			picture(r, t, p->at_us);
		mem_free(p);
	}
	if (t->codec != TAPE_OPUS)
		ask(r, t);
}

static struct sender *sender_of(struct recording *r, int64_t id)
{
	struct sender *s = map_find(r->senders, (uint64_t)id);
	if (!s) {
		s = mem_alloc(sizeof *s);
		s->id = id;
		map_put(r->senders, (uint64_t)id, s);
	}
	return s;
}

static struct track *track_of(struct recording *r, const struct tape_message *m)
{
	for (size_t i = 0; i < r->tracks.n; i++)
		if (r->tracks.p[i]->id == m->track)
			return r->tracks.p[i]->codec == m->codec ? r->tracks.p[i] : NULL;
	if (r->tracks.n == RECORD_OPEN_MAX)
		return NULL;
	struct track *t = mem_alloc(sizeof *t);
	t->id = m->track;
	t->source = m->source;
	t->codec = m->codec;
	t->layer = m->layer;
	t->sender = sender_of(r, m->participant);
	for (unsigned i = 0; i < PRODUCER_ENCODINGS_MAX; i++)
		t->clocks[i].rate = m->codec == TAPE_OPUS ? OPUS_RATE : 90000;
	pictures_init(&t->pictures, m->codec);
	reorder_release(&t->order);
	VEC_PUSH(&r->tracks, t);
	return t;
}

static void end_track(struct recording *r, size_t i)
{
	struct track *t = r->tracks.p[i];
	drain(r, t, true);
	close_file(r, t);
	reorder_release(&t->order);
	pictures_release(&t->pictures);
	mem_free(t);
	VEC_SWAP_REMOVE(&r->tracks, i);
}

static void packet(struct recording *r, struct track *t, const struct tape_message *m)
{
	if (m->layer != t->layer) { /* begins with a key frame */
		drain(r, t, true);
		reorder_release(&t->order);
		t->layer = m->layer;
	}
	reorder_put(&t->order, m);
	drain(r, t, false);
}

static void report(struct recording *r, struct track *t, const struct tape_message *m)
{
	int64_t set = track_clock_report(&t->clocks[m->layer], &t->sender->clock, m->ts, m->ntp, m->at_us);
	for (size_t i = 0; i < r->tracks.n && set; i++)
		for (unsigned k = 0; k < PRODUCER_ENCODINGS_MAX; k++)
			if (r->tracks.p[i]->sender == t->sender && (r->tracks.p[i] != t || k != m->layer))
				track_clock_shift(&r->tracks.p[i]->clocks[k], set);
}

static void speaker(struct recording *r, const struct tape_message *m)
{
	struct index_speaker s = {m->at_us - r->zero_us, m->participant};
	if (r->index.speakers.n < RECORD_SPEAKERS_MAX)
		VEC_PUSH(&r->index.speakers, s);
}

void recording_hear(struct recording *r, const struct tape_message *m)
{
	struct track *t = NULL;
	if (m->at_us > r->now_us)
		r->now_us = m->at_us;
	if (!r->begun) {
		r->begun = true;
		r->zero_us = m->at_us;
	}
	if (m->type == TAPE_SPEAKER)
		speaker(r, m);
	if (m->type == TAPE_PACKET || m->type == TAPE_REPORT)
		t = track_of(r, m);
	if (t && m->type == TAPE_PACKET && m->n)
		packet(r, t, m);
	else if (t && m->type == TAPE_REPORT)
		report(r, t, m);
	for (size_t i = 0; i < r->tracks.n && m->type == TAPE_END; i++)
		if (r->tracks.p[i]->id == m->track) {
			end_track(r, i);
			break;
		}
}

void recording_turn(struct recording *r, int64_t now_us)
{
	if (now_us > r->now_us)
		r->now_us = now_us;
	for (size_t i = 0; i < r->tracks.n; i++) {
		struct track *t = r->tracks.p[i];
		drain(r, t, false);
		if (!t->file || r->now_us - t->flushed_us < FLUSH_EVERY_US)
			continue;
		t->flushed_us = r->now_us;
		if (!t->written)
			muxer_flush(t->file);
		t->written = false;
	}
}

int64_t recording_now(const struct recording *r) { return r->now_us; }

void recording_end(struct recording **recording)
{
	struct recording *r = *recording;
	void *sender;
	uint64_t id;
	while (r->tracks.n > 0)
		end_track(r, r->tracks.n - 1);
	index_changed(r);
	for (size_t at = 0; map_next(r->senders, &at, &id, &sender);)
		mem_free(sender);
	map_free(&r->senders);
	VEC_RELEASE(&r->tracks);
	index_release(&r->index);
	mem_free(r);
	*recording = NULL;
}

/* --- after a process that was killed */

static bool mend_track(struct shelf *shelf, struct index_track *x)
{
	char to[INDEX_FILE_NAME + 8];
	if (x->duration_ms >= 0)
		return true;
	snprintf(to, sizeof to, "mended.%s", x->codec == TAPE_H264 ? "mkv" : "webm");
	if (muxer_mend(shelf, x->file, to, &x->duration_ms, &x->bytes) != ERR_OK)
		return false;
	return renameat(shelf->folder, to, shelf->folder, x->file) == 0;
}

enum err recording_mend(struct shelf *shelf)
{
	struct index x;
	size_t kept = 0;
	enum err e = index_read(&x, shelf->folder);
	if (e)
		return e;
	for (size_t i = 0; i < x.tracks.n; i++) {
		if (mend_track(shelf, &x.tracks.p[i]))
			x.tracks.p[kept++] = x.tracks.p[i];
		else
			unlinkat(shelf->folder, x.tracks.p[i].file, 0);
		if (shelf->failed)
			break;
	}
	x.tracks.n = kept;
	e = shelf->failed ? shelf->failed : index_write(&x, shelf);
	index_release(&x);
	return e;
}
