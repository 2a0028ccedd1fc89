/* SPDX-License-Identifier: Apache-2.0
 *
 * Coming into a chat and leaving it: rows, events, who hears what. Private to room chat; on a worker's thread, inside a transaction.
 */
#ifndef CHAT_CHAT_ROSTER_H
#define CHAT_CHAT_ROSTER_H

#include "chat/chat_sql.h"

/* now says who and as what (role, lead, confirmed, why, added_by, and of whoever comes keeper); marks and what he may see are worked out. In it already: brought up to
 * date. c->head must be the present one; it is not changed. */
enum err chat_join_now(struct tx *tx, struct chat *c, const struct chat_member *now) MUST_CHECK;
enum err chat_leave_now(struct tx *tx, int64_t org, int64_t chat, struct person_id p) MUST_CHECK;
/* The member as m says now (writer, keeper); tells the chat. */
enum err chat_member_tell(struct tx *tx, const struct chat *c, const struct chat_member *m, bool was_writer) MUST_CHECK;
/* Tells the chat that it is in the archive or out of it, open or closed. */
enum err chat_tell_changed(struct tx *tx, const struct chat *c) MUST_CHECK;
enum err chat_rename_to(struct tx *tx, struct chat *c, struct str title) MUST_CHECK; /* no event when it is so already */

/* Brings everybody named to where his place says (persons: ids). Each in memory of his own. */
enum err chat_place_all(struct tx *tx, struct org_id org, const int64_t *persons, size_t n) MUST_CHECK;
enum err chat_place(struct tx *tx, struct org_id org, struct person_id p) MUST_CHECK;
/* The organisation's setting; moves every guardian. */
enum err chat_set_guardians_in_class(struct tx *tx, struct org_id org, bool on) MUST_CHECK;
/* What his place puts him in, in the arena: what chat_place brings about and chat_reconcile_org proves. */
enum err chat_wanted_of(struct tx *tx, struct org_id org, const struct school_place *place, struct chat_wanted **items_out, size_t *n_out) MUST_CHECK;

/* The title of a preset chat by the words of the organisation's kind. ERR_NOT_FOUND: its unit, subject or set was never there. */
enum err chat_preset_title(struct tx *tx, struct org_id org, const struct chat_preset *p, struct str *out) MUST_CHECK;

#endif
