/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message's text becomes before it is stored. Pure; any thread.
 */
#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include "base/arena.h"

#define CHAT_TEXT_MAX 4000 /* code points, after normalisation */

enum chat_text_result { CHAT_TEXT_OK, CHAT_TEXT_EMPTY, CHAT_TEXT_TOO_LONG, CHAT_TEXT_NOT_UTF8, CHAT_TEXT_NOMEM };

/* Into a: Unicode normal form C; CR, CR LF, NEL, U+2028 and U+2029 become LF, a tab becomes a space, other control
 * characters are dropped; white space (Unicode's White_Space) is dropped at both ends. EMPTY when nothing that can be
 * seen is left (only white space and format characters such as U+200B). */
enum chat_text_result chat_text_clean(struct arena *a, struct str text, struct str *out);

/* Is any sequence of these code points already in normal form C? A quick yes for what people mostly write
 * (ASCII, Cyrillic, punctuation, emoji); no means "ask utf8proc". */
bool chat_text_plain(int32_t cp);

#endif
