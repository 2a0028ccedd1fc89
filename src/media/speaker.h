/* SPDX-License-Identifier: Apache-2.0
 *
 * Who speaks: from the loudness that senders write into each audio packet (RFC 6464), without decoding. struct voice is of one microphone,
 * struct speaker of one room. Pure; times are microseconds.
 */
#ifndef MEDIA_SPEAKER_H
#define MEDIA_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#define SPEAKER_TURN_US 100000     /* how often voices are weighed */
#define SPEAKER_LOUD 77            /* above -50 dBov somebody is heard */
#define SPEAKER_MARGIN 6           /* dB by which another one must be louder to take over at once */
#define SPEAKER_TURNS 3            /* turns in a row that it must be so */
#define SPEAKER_SILENCE_US 5000000 /* nobody heard for as long: nobody speaks */

struct voice {
	uint32_t sum, count; /* of this turn */
	int loud;            /* 0 (silence) .. 127, smoothed, in 1/256 */
};

struct speaker {
	int64_t current;  /* participant, 0: nobody */
	int64_t rival;
	unsigned rival_turns;
	int64_t heard_us; /* when anybody was heard last */
	/* of the turn that goes on */
	int64_t loudest;
	int loudest_loud, current_loud;
};

void voice_packet(struct voice *v, uint8_t level); /* level: 0 is the loudest, 127 silence, as in the packet */
int voice_turn(struct voice *v);                   /* its loudness now, 0..127; without packets it fades */

/* A turn: begin, one call for each voice, end. true: the speaker changed, see current. */
void speaker_begin(struct speaker *s);
void speaker_hear(struct speaker *s, int64_t participant, int loud);
bool speaker_end(struct speaker *s, int64_t now_us);
bool speaker_gone(struct speaker *s, int64_t participant); /* true: it was the speaker, nobody is now */

#endif
