/* SPDX-License-Identifier: Apache-2.0
 *
 * Help (R13): pages that the operator writes for everybody or for a region, and whom to ask. On a worker's thread, inside a transaction.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include "api.gen.h"
#include "db/db.h"
#include "server/tx.h"

#define HELP_PAGES_MAX 300
#define HELP_LINKS_MAX 10
#define HELP_CONTACTS_MAX 100 /* regions, and everybody */

extern const struct migration support_migrations[]; /* numbers 600-619 */
extern const size_t support_migration_count;

/* --- support_sql.c; private to the room */
/* all: of every region; else those for everybody and of the region. By category, place and id. */
enum err help_sql_list(struct tx *tx, bool all, struct str region, struct api_help_page *items, size_t max, size_t *n_out) MUST_CHECK;
enum err help_sql_get(struct tx *tx, int64_t id, struct api_help_page *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err help_sql_count(struct tx *tx, int64_t *out) MUST_CHECK;
enum err help_sql_add(struct tx *tx, const struct api_help_page *p, int64_t *id_out) MUST_CHECK;
enum err help_sql_set(struct tx *tx, const struct api_help_page *p) MUST_CHECK;
enum err help_sql_remove(struct tx *tx, int64_t id) MUST_CHECK;
enum err help_sql_contacts(struct tx *tx, struct api_help_contact *items, size_t max, size_t *n_out) MUST_CHECK;
enum err help_sql_contact(struct tx *tx, struct str region, struct str *out) MUST_CHECK; /* empty: none */
enum err help_sql_contact_set(struct tx *tx, struct str region, struct str text) MUST_CHECK;

#endif
