/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of room chat share about calls. Private to it; on a worker's thread, inside a transaction.
 */
#ifndef CHAT_CHAT_CALL_H
#define CHAT_CHAT_CALL_H

#include "chat/chat.h"

/* A message of the actor without a text, that the card stands for. client_id: 16 bytes. */
enum err chat_post_card(struct tx *tx, const struct relation *rel, struct str client_id, struct str card, struct api_message_posted *out) MUST_CHECK;
/* The hook: somebody has left the chat. */
enum err chat_call_member_left(struct tx *tx, int64_t org, int64_t chat, struct person_id p) MUST_CHECK;

#endif
