/* SPDX-License-Identifier: Apache-2.0
 *
 * What the handlers of sessions share; private to the account room.
 */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include "account/account.h"

/* A session whose last visit is not after this moment has expired. */
int64_t session_seen_after(const struct tx *tx);

/* Begins a session without asking for a second factor: the caller has. */
enum err session_begin(struct tx *tx, struct person_id person, const struct account_device *device) MUST_CHECK;
/* Notes that he has come in, and tells it the first time. */
enum err session_came_in(struct tx *tx, struct person_id person) MUST_CHECK;
/* *ended_out false: no such living session of his. */
enum err session_finish(struct tx *tx, struct person_id person, struct session_id session, bool *ended_out) MUST_CHECK;
/* Who has proved to be the holder of the number, by whatever steps: the organisations that await him are asked, the session begins. */
enum err sign_in_person(struct tx *tx, struct str phone, struct person_id known, const struct account_device *device,
	struct person_id *out) MUST_CHECK;
/* "192.0.2.*", "2001:db8:85a3:*"; empty for what is no address. */
struct str address_short(struct arena *a, struct str address);

/* The hooks of app; places gives none without them. */
struct str phone_masked(struct tx *tx, struct str phone); /* "+7 ••• •••-12-34" */
const struct account_hooks *account_hooks(void);
enum err places_of(struct tx *tx, struct person_id person, struct account_place **out, size_t *n_out) MUST_CHECK;

#endif
