/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of reports of taken accounts; private to the account room. org 0: the operator's. A worker's thread.
 */
#ifndef ACCOUNT_REPORT_SQL_H
#define ACCOUNT_REPORT_SQL_H

#include "account/account.h"

#define REPORTS_TOLD 100 /* open ones, and as many closed ones */

struct report { struct person_id person; int64_t ended; bool revoked, by_phone; };
/* An open report of the same person is brought up to date: a frightened hand that presses five times makes one row. */
enum err report_sql_put(struct tx *tx, struct org_id org, const struct report *r, int64_t *id_out) MUST_CHECK;
/* Open ones first, newest first. */
enum err report_sql_list(struct tx *tx, struct org_id org, struct api_security_reports *out) MUST_CHECK;
enum err report_sql_get(struct tx *tx, struct org_id org, int64_t id, struct api_security_report *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err report_sql_close(struct tx *tx, struct org_id org, int64_t id, bool *closed_out) MUST_CHECK;

#endif
