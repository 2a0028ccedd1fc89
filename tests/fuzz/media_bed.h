/* SPDX-License-Identifier: Apache-2.0
 *
 * A room with three people over the unit tests' recording transport, always the same one: clock and randomness are fixed. For the
 * targets that feed it strangers' texts and packets.
 */
#ifndef TESTS_FUZZ_MEDIA_BED_H
#define TESTS_FUZZ_MEDIA_BED_H

#include "fuzz.h"
#include "../unit/media/fake_transport.h"
#include "media/control.h"

enum { BED_PEOPLE = 3 };

struct bed {
	struct router *router;
	struct packets *packets;
	struct transport *transports[BED_PEOPLE * 2]; /* send, recv of each; NULL: gone */
	/* ids by their places: transports of the first (0, 1), its producers (2 mic, 3 camera, 4 screen), the second's transports (5, 6), its consumers (7-9) */
	char ids[10][MEDIA_ID_SIZE];
};
extern struct bed bed;

/* careful: every message that goes out is looked at, and whatever is allocated is watched by the sanitizer. */
void bed_start(bool careful);
void bed_stop(void);
void bed_say(unsigned person, struct str text); /* a browser's frame; the bytes 16-25 in it become the ids above */
void bed_wait(int64_t us);

#endif
