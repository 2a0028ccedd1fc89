/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences of refusals, Russian and English: what happened and what to do. Pure; any thread.
 */
#ifndef SERVER_MESSAGES_H
#define SERVER_MESSAGES_H

#include "base/str.h"

/* key: of the table ("conflict.last_admin"), NULL for the code's own sentence; a handler that had to put a name into its
 * sentence hands over the whole sentence instead of a key (keys have no space), and gets it back. Never empty. */
struct str message_text(int code, const char *key, bool english);

#endif
