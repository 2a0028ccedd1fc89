/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams in the store: heads, the event table, catching up (DESIGN section 3). Used by tx.c, by the handler events_since and by
 * socket.c. On a worker's thread, inside a transaction.
 */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include "server/tx.h"

#define API_ID_MAX 9007199254740991 /* 2^53 - 1: what JavaScript can count */
#define STREAM_PAGE_MAX 200         /* events in one answer of events_since */
#define STREAM_FAR 2000             /* a client further behind takes a snapshot instead */

/* {"stream":"c12","seq":7,"type":"...","at":...,"data":...} appended to out. */
void stream_event_json(struct buf *out, struct stream_id s, int64_t seq, int64_t at, const char *type, struct str data);

/* Takes the next seq and stores the event's row. */
enum err stream_append(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out) MUST_CHECK;

/* ERR_NOT_FOUND when there is no such stream. */
enum err stream_head(struct tx *tx, struct stream_id s, int64_t *head_out) MUST_CHECK;
int64_t stream_head_or_zero(struct tx *tx, struct stream_id s); /* 0 also when the store fails: heads told are hints */

/* Takes a text out of all stored events: the name of somebody whose account has ended. */
/* Takes a part out of stored events of the stream: those of `type` whose number at `path` is `id`. Paths of SQLite's JSON, constants. */
enum err stream_event_without(struct tx *tx, struct stream_id s, const char *type, const char *path, int64_t id, const char *part) MUST_CHECK;
enum err stream_replace_text(struct tx *tx, struct str from, struct str to) MUST_CHECK;

/* Everything that a person follows, by the lister that app has set. */
enum err stream_list(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user) MUST_CHECK;

#endif
