/* SPDX-License-Identifier: Apache-2.0
 *
 * See layers.h.
 */
#include "media/layers.h"
#include <stddef.h>
#include <string.h>

void layers_init(struct layers *l, uint16_t first_seq)
{
	memset(l, 0, sizeof *l);
	l->target = l->current = -1;
	l->temporal_target = 2;
	seq_map_init(&l->seqs, first_seq);
}

void layers_target(struct layers *l, int spatial, unsigned temporal)
{
	l->target = (int8_t)spatial;
	l->temporal_target = (uint8_t)temporal;
	if (spatial < 0)
		layers_pause(l);
}

void layers_pause(struct layers *l)
{
	l->open = false;
}

bool layers_wants_key(const struct layers *l)
{
	return l->target >= 0 && (!l->open || l->target != l->current);
}

/* The picture id without its wrap, near the newest one. */
static int32_t unwrap_pid(const struct layers *l, const struct layers_in *in)
{
	int32_t bits = in->pid15 ? 1 << 15 : 1 << 7, diff = (in->pid - l->in_pid) & (bits - 1);
	return l->in_pid + (diff >= bits / 2 ? diff - bits : diff);
}

static struct layers_picture *picture_at(struct layers *l, int32_t pid)
{
	return &l->pictures[(uint32_t)pid % LAYERS_PICTURES];
}

/* The sender's ids begin anew with this key frame: ours go on. */
static int32_t restart_pictures(struct layers *l, const struct layers_in *in)
{
	memset(l->pictures, 0, sizeof l->pictures);
	l->in_pid = (int32_t)in->pid - 1;
	l->tl0_delta = (uint8_t)(in->tl0 - (uint8_t)(l->tl0 + 1));
	return in->pid;
}

/* Decides about a picture that is seen for the first time: its layer in time, and its id. newest: no packet of a later number came yet. */
static const struct layers_picture *new_picture(struct layers *l, const struct layers_in *in, int32_t pid, bool newest)
{
	bool sent = true;
	if (newest && in->key && (pid <= l->in_pid || pid - l->in_pid > LAYERS_PICTURES))
		pid = restart_pictures(l, in);
	if (in->has_tid) {
		if (l->temporal > l->temporal_target)
			l->temporal = l->temporal_target;
		if (in->tid > l->temporal && in->tid <= l->temporal_target && in->sync)
			l->temporal = in->tid;
		sent = in->tid <= l->temporal;
	}
	struct layers_picture *p = picture_at(l, pid);
	if (pid > l->in_pid) { /* pictures between the newest and this one that did not come keep their places */
		l->pid = (uint16_t)(l->pid + (pid - l->in_pid) - (sent ? 0 : 1));
		l->in_pid = pid;
		*p = (struct layers_picture){.in = pid, .out = l->pid, .tl0 = (uint8_t)(in->tl0 - l->tl0_delta), .sent = sent, .known = true};
		if (sent)
			l->tl0 = p->tl0;
		return p;
	}
	for (int32_t back = 1; back < LAYERS_PICTURES; back++) {
		const struct layers_picture *at = picture_at(l, pid - back);
		if (at->known && at->in == pid - back) {
			*p = (struct layers_picture){.in = pid, .out = (uint16_t)(at->out + back), .tl0 = (uint8_t)(in->tl0 - l->tl0_delta), .sent = sent, .known = true};
			return p;
		}
	}
	return NULL;
}

static bool picture(struct layers *l, const struct layers_in *in, bool newest, struct layers_out *out)
{
	if (!in->vp8 || !in->has_pid)
		return true;
	int32_t pid = unwrap_pid(l, in);
	const struct layers_picture *p = picture_at(l, pid);
	if (!p->known || p->in != pid)
		p = new_picture(l, in, pid, newest);
	if (!p || !p->sent)
		return false;
	out->pid = p->out & 0x7fff;
	out->tl0 = p->tl0;
	return true;
}

/* A key frame of the target: the numbers go on from what went out last. */
static enum layers_verdict begin(struct layers *l, const struct layers_in *in, uint32_t aligned)
{
	bool other = l->current != l->target;
	uint32_t ts = other ? aligned : in->ts - l->ts_delta;
	if (l->used && (int32_t)(ts - l->ts) <= 0) {
		if (l->ts - ts > LAYERS_STEP_BACK && other && l->again < 3) {
			l->again++;
			return LAYERS_KEY_AGAIN;
		}
		ts = l->ts + 90;
	}
	if (!l->used && !other)
		ts = in->ts;
	l->again = 0;
	l->ts_delta = in->ts - ts;
	/* one number is left out where a picture was broken off, so that the receiver does not take both for one */
	seq_map_init(&l->seqs, (uint16_t)(seq_map_next(&l->seqs) + (l->used && !l->marker ? 1 : 0)));
	restart_pictures(l, in);
	l->temporal = l->temporal_target;
	l->current = l->target;
	l->open = true;
	return LAYERS_SWITCHED;
}

enum layers_verdict layers_take(struct layers *l, const struct layers_in *in, uint32_t aligned, struct layers_out *out)
{
	enum layers_verdict verdict = LAYERS_SEND;
	*out = (struct layers_out){.pid = in->pid, .tl0 = in->tl0};
	if (in->stream == l->target && layers_wants_key(l)) {
		if (!in->key)
			return LAYERS_DROP;
		verdict = begin(l, in, aligned);
		if (verdict == LAYERS_KEY_AGAIN)
			return verdict;
	} else if (!l->open || in->stream != l->current) {
		return LAYERS_DROP;
	}
	out->ts = in->ts - l->ts_delta;
	bool newest = l->seqs.behind == 0 || (int16_t)(uint16_t)(in->seq - l->seqs.in_high) > 0;
	if (in->empty || !picture(l, in, newest, out))
		return seq_map_drop(&l->seqs, (uint16_t)in->seq, &out->seq) ? LAYERS_BLANK : LAYERS_DROP;
	if (!seq_map_forward(&l->seqs, (uint16_t)in->seq, &out->seq))
		return LAYERS_DROP;
	if (newest)
		l->marker = in->marker;
	if (!l->used || (int32_t)(out->ts - l->ts) > 0)
		l->ts = out->ts;
	l->used = true;
	return verdict;
}
