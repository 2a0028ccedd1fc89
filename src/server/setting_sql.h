/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings that live in the store: what must survive with the data and stay secret with it.
 */
#ifndef SERVER_SETTING_SQL_H
#define SERVER_SETTING_SQL_H

#include "db/db.h"

#define SETTING_SECRET_BYTES 32

/* The installation's secret, made at its first start. In a write transaction. */
enum err setting_sql_secret(struct db *db, unsigned char out[SETTING_SECRET_BYTES]) MUST_CHECK;

#endif
