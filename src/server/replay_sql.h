/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_REPLAY_SQL_H
#define SERVER_REPLAY_SQL_H

#include "server/tx.h"

struct replay_row { struct str command, request_hash, answer; }; /* in the arena */

enum err replay_sql_find(struct tx *tx, struct str client_id, struct replay_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err replay_sql_insert(struct tx *tx, struct str client_id, struct str command, struct str request_hash, struct str answer) MUST_CHECK;

#endif
