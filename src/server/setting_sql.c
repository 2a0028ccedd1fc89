/* SPDX-License-Identifier: Apache-2.0 */
#include "server/setting_sql.h"

#include "base/clock.h"

enum err setting_sql_secret(struct db *db, unsigned char out[SETTING_SECRET_BYTES])
{
	struct rows r;
	db_query(db, &r, "SELECT value FROM setting WHERE name = 'secret'", "");
	bool found = rows_next(&r);
	if (found) {
		struct str value = rows_str(&r, 0, NULL);
		found = value.n == SETTING_SECRET_BYTES;
		if (found)
			memcpy(out, value.p, SETTING_SECRET_BYTES);
	}
	enum err e = rows_close(&r);
	if (e || found)
		return e;
	random_fill(out, SETTING_SECRET_BYTES);
	return db_run(db, "INSERT INTO setting (name, value) VALUES ('secret', ?1)", "b", str_n(out, SETTING_SECRET_BYTES));
}
