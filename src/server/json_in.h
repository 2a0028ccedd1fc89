/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a stranger's JSON (RFC 8259) into jansson's tree, strictly: one object, nothing behind it, no key twice in an object,
 * valid UTF-8 without U+0000, integers that fit 64 bits, nested at most JSON_DEPTH_MAX deep. Any thread.
 */
#ifndef SERVER_JSON_IN_H
#define SERVER_JSON_IN_H

#include "base/str.h"
#include <jansson.h>

#define JSON_DEPTH_MAX 32

/* limit: bytes that the text may have. *out is the caller's to json_decref.
 * Refuses with API_TOO_LARGE or API_BAD_REQUEST; ERR_NOMEM. */
enum err json_read(struct str text, size_t limit, json_t **out, struct refusal *r) MUST_CHECK;

#endif
