/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON (RFC 8259) straight into a buf, for the hot path; reading is jansson's (server/json_in.h).
 * Commas are put by the writer. Pure.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"

struct json_writer {
	/* borrowed */
	struct buf *out;
	/* state */
	bool comma; /* the next value or key wants a comma before it */
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);      /* a literal that needs no escape */
void json_str(struct json_writer *w, struct str s);         /* must be valid UTF-8; escapes what must be, and U+2028/9 */
void json_int(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_raw(struct json_writer *w, struct str json);      /* a whole value, as it is */

#endif
