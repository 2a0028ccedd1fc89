/* SPDX-License-Identifier: Apache-2.0
 *
 * People as a chat shows them: name, role, lead, left. Private to room chat; on a worker's thread, inside a transaction.
 */
#ifndef CHAT_CHAT_PEOPLE_H
#define CHAT_CHAT_PEOPLE_H

#include "chat/chat_sql.h"

/* Room for ids that are wanted once each. */
struct chat_ids { int64_t items[CHAT_PAGE_MAX]; size_t n; };
void chat_ids_add(struct chat_ids *ids, int64_t id); /* once; what does not fit is left out */

enum err chat_person(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat_member *out) MUST_CHECK;
/* With what he teaches to the chat's unit, where that is why he is here. */
enum err chat_person_with_subjects(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat_member *out) MUST_CHECK;
/* Members, and people who have left and wrote here since the caller came; others are left out, and so are the readers of a channel. items is
 * in the arena. */
enum err chat_people(struct tx *tx, int64_t org, int64_t chat, const struct chat_ids *ids, struct api_chat_member **items_out, size_t *n_out) MUST_CHECK;
/* The authors of a page of messages. */
enum err chat_authors(struct tx *tx, int64_t org, int64_t chat, const struct chat_page *page, struct api_chat_member **items_out,
	size_t *n_out) MUST_CHECK;

#endif
