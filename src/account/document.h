/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents that people agree to (R88, R89, R95): versions with their texts, who must agree to what, who has; private to the account
 * room. The newest version of a kind is the one in force. On a worker's thread, inside a transaction.
 */
#ifndef ACCOUNT_DOCUMENT_H
#define ACCOUNT_DOCUMENT_H

#include "account/account.h"

#define DOCUMENT_KINDS (API_DOCUMENT_KIND_RULES + 1)
#define DOCUMENTS_DUE_MAX 64
#define DOCUMENT_STATES_PAGE 100

struct document_text { enum api_document_kind kind; int64_t version; const char *title_ru, *text_ru, *title_en, *text_en; };
extern const struct document_text document_texts[]; /* made from texts/ by tools/embed_texts.py */
extern const size_t document_text_count;

/* What the person has not agreed to yet; in the arena. */
enum err documents_due(struct tx *tx, struct person_id person, struct api_document_due **out, size_t *n_out) MUST_CHECK;

/* --- document_sql.c */
/* *version_out 0: there is none of the kind. */
enum err document_sql_newest(struct tx *tx, enum api_document_kind kind, bool english, int64_t *version_out, struct str *title_out) MUST_CHECK;
enum err document_sql_get(struct tx *tx, enum api_document_kind kind, int64_t version, bool english, struct api_document *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err document_sql_put(struct db *db, const struct document_text *text, int64_t now_ms) MUST_CHECK; /* keeps what is there */
/* by 0: by anybody. */
enum err acceptance_sql_has(struct tx *tx, struct person_id person, struct person_id by, enum api_document_kind kind, int64_t version, bool *out) MUST_CHECK;
enum err acceptance_sql_add(struct tx *tx, struct person_id person, struct person_id by, enum api_document_kind kind, int64_t version, bool *added_out) MUST_CHECK;
enum err acceptance_sql_list(struct tx *tx, struct person_id person, struct api_document_accepted **out, size_t *n_out) MUST_CHECK;

#endif
