/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's files inside the executable: packed at build time by tools/pack_assets.py (identity, gzip and brotli of each,
 * strong ETag by content). Names with a content hash are immutable for a year, the others are revalidated.
 */
#ifndef NET_STATIC_FILES_H
#define NET_STATIC_FILES_H

#include "net/http_server.h"

struct static_files;
/* pack: borrowed for ever (it lies in the executable). ERR_MALFORMED when it is no pack. */
enum err static_files_open(struct static_files **out, struct str pack) MUST_CHECK;
void static_files_free(struct static_files **s);
/* Answers GET and HEAD of a known path (with Range, If-None-Match, Accept-Encoding) and returns true. `extra`: security
 * field lines that go with every answer. Unknown: false, nothing was sent. Another method: 405. path is matched as it is: the
 * caller has decoded it, and says which file "/" is. */
bool static_files_respond(const struct static_files *s, struct http_request *r, struct str path, struct str extra);

#endif
