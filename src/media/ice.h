/* SPDX-License-Identifier: Apache-2.0
 *
 * An ICE-lite agent (RFC 8445): one component, one browser that is always controlling. It never asks, it answers: the browser's paths are learned from its
 * valid checks, at most ICE_TUPLES_MAX of them, and one is selected: by nomination, or by where authenticated media comes from. Pure: bytes
 * and times in, answers and changes out; the owner sends and keeps the tables. One thread.
 */
#ifndef MEDIA_ICE_H
#define MEDIA_ICE_H

#include "media/stun.h"
#include "media/tuple.h"

#define ICE_TUPLES_MAX 8
#define ICE_UFRAG_N 16     /* letters and digits; RFC 8445 wants 24 bits of chance, these have 78 */
#define ICE_PASSWORD_N 32  /* RFC 8445 wants 128 bits of chance, these have 165 */
/* Media on another path than the selected one takes the selection over when the selected path has brought none for as long. */
#define ICE_MEDIA_SWITCH_US 200000
/* A path that is left after such a silence was broken. */
#define ICE_BROKEN_US 2000000
/* After a restart the first path with a valid check takes the selection over from one that has been silent for as long: browsers nominate it up to two seconds later. */
#define ICE_DOUBT_US 800000

struct ice_credentials { char ufrag[ICE_UFRAG_N + 1], password[ICE_PASSWORD_N + 1]; };

struct ice_path {
	struct tuple tuple;
	int64_t checked_us, media_us; /* last valid check, last authentic media */
};

struct ice {
	/* state */
	struct ice_credentials now, old; /* old.ufrag empty: no restart is under way */
	struct ice_path paths[ICE_TUPLES_MAX];
	unsigned count;
	int selected;        /* -1: none yet */
	bool nominated;      /* the browser has nominated a path since the last restart */
	uint32_t nomination; /* the highest number of a nomination */
	int64_t checked_us;  /* last valid check on any path; 0: none yet */
	uint32_t changes;    /* of the selected path, after the first */
	uint32_t breaks;     /* those of them after which nothing that was sent of late can be thought to have come */
	bool restarted;      /* since the path was selected */
};

void ice_init(struct ice *i, char letter); /* letter: the first of the user name fragment */
/* New credentials; the old ones stay good until the first check with the new. What `old` held before is void. */
void ice_restart(struct ice *i, char letter);

enum ice_verdict {
	ICE_VALID,      /* to be answered with success; the path is one of ours now */
	ICE_WRONG       /* the password is not ours, or the name is of credentials that are void */
};
struct ice_change {
	bool added, removed; /* removed: the path that gave its place away */
	bool old_ended;      /* the first check with the new credentials: `ended` names the old ones */
	struct tuple gone;
	struct ice_credentials ended;
};
/* A binding request that stun_judge finds right, whose first name part is one of ours. password_out: the one that it was made with, to sign the answer. */
enum ice_verdict ice_check(struct ice *i, const struct stun *m, const uint8_t *p, size_t n, const struct tuple *from, int64_t now_us,
	struct ice_change *change_out, struct str *password_out);
/* Authentic media came from a path: it may become the selected one. False: the path is not known. */
bool ice_media(struct ice *i, const struct tuple *from, int64_t now_us);
/* The path is no more (its connection closed). */
void ice_forget(struct ice *i, const struct tuple *t);
const struct tuple *ice_selected(const struct ice *i); /* NULL: none */

#endif
