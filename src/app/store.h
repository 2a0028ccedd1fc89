/* SPDX-License-Identifier: Apache-2.0
 *
 * Making the store ready before anything runs on it: folder, migrations (with a backup before them), the installation's secret,
 * the first operator's link, the demonstration's data. One thread, at start.
 */
#ifndef APP_STORE_H
#define APP_STORE_H

#include "account/account.h"
#include "app/config.h"
#include "server/setting_sql.h"

struct store {
	char url[4096];          /* of the SQLite file */
	unsigned char secret[SETTING_SECRET_BYTES];
	bool operator_needed;
	char operator_token[ACCOUNT_TOKEN_TEXT];
};

/* Says on stderr what is wrong before it returns an error. inst: for the demonstration's data; its secret is set here. */
enum err store_prepare(struct store *s, const struct config *c, struct installation *inst) MUST_CHECK;

#endif
