/* SPDX-License-Identifier: Apache-2.0
 *
 * Chats that people make, links into them, the directory and the administration's list: the SQL and what the commands share. Private to
 * room chat; on a worker's thread, inside a transaction.
 */
#ifndef CHAT_CHAT_FREE_H
#define CHAT_CHAT_FREE_H

#include "chat/chat_roster.h"

#define CHAT_FREE_MAX 500      /* living free chats of an organisation */
#define CHAT_LINKS_MAX 50      /* usable links of a chat */
#define CHAT_CANDIDATES_MAX 1000
#define CHAT_DIRECTORY_MAX 200
#define CHAT_OVERSIGHT_PAGE 200
#define CHAT_LINK_HOURS 168
#define CHAT_LINK_USES 100

unsigned chat_audience_of(enum role role);
/* A member of the organisation as he comes into a free chat. ERR_NOT_FOUND: he is none. */
enum err chat_member_as(struct tx *tx, struct org_id org, struct person_id p, enum api_chat_why why, struct chat_member *out) MUST_CHECK;
/* The command's chat; refused when it is one that follows the roster. */
enum err chat_free_get(struct tx *tx, int64_t chat, struct chat *out) MUST_CHECK;
/* The chat as the caller sees it now. */
enum err chat_answer(struct tx *tx, int64_t org, int64_t chat, struct api_chat *out) MUST_CHECK;

enum err chat_free_sql_count(struct tx *tx, int64_t org, int64_t *out) MUST_CHECK;
enum err chat_free_sql_set(struct tx *tx, const struct chat *c) MUST_CHECK; /* open, archived */
/* Whether the two share a chat that is no channel. */
enum err chat_free_sql_acquainted(struct tx *tx, int64_t org, int64_t person, int64_t other, bool *out) MUST_CHECK;
enum err chat_free_sql_acquaintances(struct tx *tx, int64_t org, int64_t person, struct chat_member *items, size_t max, size_t *n_out) MUST_CHECK;
/* Open chats for an audience that the person is not in, those of units too. */
enum err chat_free_sql_open(struct tx *tx, int64_t org, int64_t person, unsigned audience, struct chat *items, size_t max, size_t *n_out) MUST_CHECK;
enum err chat_free_sql_all(struct tx *tx, int64_t org, int64_t after, struct api_chat_seen *items, size_t max, size_t *n_out) MUST_CHECK;

struct chat_link { struct api_chat_link api; int64_t org; unsigned audience; };
enum err chat_link_sql_add(struct tx *tx, const struct chat_link *link, int64_t *id_out) MUST_CHECK;
/* Usable ones, newest first. */
enum err chat_link_sql_list(struct tx *tx, int64_t org, int64_t chat, struct chat_link *items, size_t max, size_t *n_out) MUST_CHECK;
enum err chat_link_sql_annul(struct tx *tx, int64_t org, int64_t chat, int64_t id, bool *done_out) MUST_CHECK;
/* By the token, which is the way across organisations: usable ones only. */
enum err chat_link_sql_find(struct tx *tx, struct str token, struct chat_link *out, bool *found_out) MUST_CHECK;
enum err chat_link_sql_use(struct tx *tx, int64_t org, int64_t id) MUST_CHECK;
/* Bits to the list of the API; in the arena. */
enum err chat_audience_list(struct tx *tx, unsigned audience, struct api_audience_array *out) MUST_CHECK;

#endif
