/* SPDX-License-Identifier: Apache-2.0
 *
 * Making one-time codes; private to the account room. Spending them is in account.h.
 */
#ifndef ACCOUNT_CODE_H
#define ACCOUNT_CODE_H

#include "account/account.h"

/* Refuses with rate_limited and the time to wait. */
enum err code_make_and_send(struct tx *tx, struct str phone, bool english) MUST_CHECK;

#endif
