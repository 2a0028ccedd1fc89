/* SPDX-License-Identifier: Apache-2.0
 *
 * Exactly-once effect of write commands: (person, client_id) -> the first answer, kept for ever. Inside the command's own
 * transaction, so that the answer and the effect are on disk together.
 */
#ifndef SERVER_REPLAY_H
#define SERVER_REPLAY_H

#include "server/command.h"

/* *answer_out (in the arena) is set when this request has been answered before; refused with id_reused when the id was used for
 * another command or other fields; empty: run it. */
enum err replay_find(struct tx *tx, const struct command *c, struct str client_id, const json_t *in, struct str *answer_out) MUST_CHECK;
enum err replay_keep(struct tx *tx, const struct command *c, struct str client_id, const json_t *in, struct str answer) MUST_CHECK;

#endif
