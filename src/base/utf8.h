/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 after RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

bool utf8_valid(struct str s);
size_t utf8_count(struct str s);   /* code points of valid text */
/* The next code point of valid text at *at, which moves on; -1 at the end. */
int32_t utf8_next(struct str s, size_t *at);
size_t utf8_put(uint32_t cp, char out[4]); /* bytes written */
/* For text in pieces (WebSocket): state 0 at start; 0 again means "complete so far"; UTF8_BAD stays bad. */
#define UTF8_BAD 0xffffffffu
uint32_t utf8_feed(uint32_t state, const unsigned char *p, size_t n);
/* Lower case and ё -> е for Latin and Cyrillic, for comparing names; out has room for s.n bytes. Returns its length. */
size_t utf8_fold_name(struct str s, char *out);

#endif
