/* SPDX-License-Identifier: Apache-2.0
 *
 * How one code goes out by a program or by mail; private to the account room, on the sender's own thread, where it may block up to
 * CODE_SENDER_LIMIT_S.
 */
#ifndef ACCOUNT_CODE_CARRIER_H
#define ACCOUNT_CODE_CARRIER_H

#include "account/code_sender.h"

struct code_letter {
	char phone[40]; /* E.164 */
	char code[16];
	bool english;
};

enum err code_carry_command(const struct code_sender_config *c, const struct code_letter *l) MUST_CHECK;
enum err code_carry_smtp(const struct code_sender_config *c, const struct code_letter *l) MUST_CHECK;

#endif
