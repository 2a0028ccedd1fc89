/* SPDX-License-Identifier: Apache-2.0
 *
 * What the handlers of sessions share; private to the account room.
 */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include "account/account.h"

/* A session whose last visit is not after this moment has expired. */
int64_t session_seen_after(const struct tx *tx);

#endif
