/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL around an organisation that is not its roster: names for the journal; private to the room. A worker's thread.
 */
#ifndef SCHOOL_ORG_SQL_H
#define SCHOOL_ORG_SQL_H

#include "school/school_sql.h"

/* What an object of the journal is called now: units of the organisation; of the installation's journal (org 0) organisations and applications. */
enum err audit_sql_object_name(struct tx *tx, struct org_id org, struct str kind, int64_t id, bool *found_out, struct str *out) MUST_CHECK;

#endif
