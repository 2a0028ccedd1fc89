/* SPDX-License-Identifier: Apache-2.0
 *
 * See speaker.h.
 */
#include "media/speaker.h"

void voice_packet(struct voice *v, uint8_t level)
{
	v->sum += 127u - (level & 127u);
	v->count++;
}

int voice_turn(struct voice *v)
{
	int mean = v->count ? (int)((v->sum << 8) / v->count) : 0;
	/* Rises at once, so that a first word is not missed; falls over a few turns, so that a pause for breath is none. */
	v->loud = mean > v->loud ? (v->loud + mean * 3) / 4 : (v->loud * 7 + mean) / 8;
	v->sum = v->count = 0;
	return v->loud >> 8;
}

void speaker_begin(struct speaker *s)
{
	s->loudest = 0;
	s->loudest_loud = s->current_loud = 0;
}

void speaker_hear(struct speaker *s, int64_t participant, int loud)
{
	if (participant == s->current && loud > s->current_loud)
		s->current_loud = loud;
	if (loud > s->loudest_loud) {
		s->loudest_loud = loud;
		s->loudest = participant;
	}
}

bool speaker_end(struct speaker *s, int64_t now_us)
{
	int64_t before = s->current;
	if (s->loudest_loud < SPEAKER_LOUD) {
		s->rival_turns = 0;
		if (s->current && now_us - s->heard_us > SPEAKER_SILENCE_US)
			s->current = 0;
		return s->current != before;
	}
	s->heard_us = now_us;
	/* silent ones are overtaken by anybody who is heard, speaking ones by somebody clearly louder */
	bool louder = s->current_loud < SPEAKER_LOUD || s->loudest_loud >= s->current_loud + SPEAKER_MARGIN;
	if (s->loudest == s->current || !louder) {
		s->rival_turns = 0;
		return false;
	}
	s->rival_turns = s->loudest == s->rival ? s->rival_turns + 1 : 1;
	s->rival = s->loudest;
	if (s->current && s->rival_turns < SPEAKER_TURNS)
		return false;
	s->current = s->loudest;
	s->rival_turns = 0;
	return true;
}

bool speaker_gone(struct speaker *s, int64_t participant)
{
	if (s->rival == participant)
		s->rival = 0;
	if (s->current != participant)
		return false;
	s->current = 0;
	return true;
}
