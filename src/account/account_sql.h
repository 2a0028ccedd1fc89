/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL of the account room, one function a statement; private to the room. No rule lives here. A worker's thread.
 */
#ifndef ACCOUNT_ACCOUNT_SQL_H
#define ACCOUNT_ACCOUNT_SQL_H

#include "account/account.h"

/* --- persons */
enum err account_sql_person(struct tx *tx, struct person_id id, struct api_person *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err account_sql_by_phone(struct tx *tx, struct str phone, struct person_id *out) MUST_CHECK;   /* 0 when none */
enum err account_sql_person_add(struct tx *tx, struct str phone, struct str given_name, struct str family_name, struct str patronymic,
	struct person_id *out) MUST_CHECK;
enum err account_sql_came_in(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
/* *first_out: he had not before. */
enum err account_sql_set_came_in(struct tx *tx, struct person_id id, bool *first_out) MUST_CHECK;
enum err account_sql_phone_give(struct tx *tx, struct person_id id, struct str phone, bool *given_out) MUST_CHECK;
enum err account_sql_phone_known(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
enum err account_sql_rename(struct tx *tx, struct person_id id, struct str given, struct str family, struct str patronymic) MUST_CHECK;
enum err account_sql_is_operator(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
enum err account_sql_make_operator(struct tx *tx, struct person_id id) MUST_CHECK;

/* Empty: none. */
enum err account_sql_phone(struct tx *tx, struct person_id id, struct str *out) MUST_CHECK;

/* --- codes */
struct sign_in_code {
	int64_t id; /* 0: none was sent */
	struct str hash;
	int64_t expires_at, tries;
	bool used;
};
enum err account_sql_code_add(struct tx *tx, struct str phone_hash, struct str address_hash, struct str code_hash,
	int64_t expires_at) MUST_CHECK;
enum err account_sql_code_last(struct tx *tx, struct str phone_hash, struct sign_in_code *out) MUST_CHECK;
/* Counts a try against the code, if it still has one; *left_out false: it had none. */
enum err account_sql_code_try(struct tx *tx, int64_t id, bool *left_out) MUST_CHECK;
enum err account_sql_code_use(struct tx *tx, int64_t id, bool *used_out) MUST_CHECK;
/* When the n-th newest row after `since` was written; 0 when there are fewer than n. */
enum err account_sql_codes_to_number(struct tx *tx, struct str phone_hash, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_codes_to_address(struct tx *tx, struct str address_hash, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_codes(struct tx *tx, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_wrong_from_address(struct tx *tx, struct str address_hash, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_wrong_live(struct tx *tx, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_wrong_add(struct tx *tx, struct str address_hash, bool live) MUST_CHECK;
enum err account_sql_forget(struct tx *tx, int64_t codes_before, int64_t wrong_before) MUST_CHECK;

enum err account_sql_guesses_from(struct tx *tx, int64_t kind, struct str address_hash, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err account_sql_guesses(struct tx *tx, int64_t kind, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
/* And forgets what is older than `before`. */
enum err account_sql_guess_add(struct tx *tx, int64_t kind, struct str address_hash, int64_t before) MUST_CHECK;

/* --- sessions */
struct session_new { struct str token_hash, device, address, device_hash; bool is_new; }; /* device_hash empty: NULL */
enum err account_sql_session_add(struct tx *tx, struct person_id person, const struct session_new *s, struct session_id *out) MUST_CHECK;
/* Whether the person ever had a session, and whether one from this device. */
enum err account_sql_device_known(struct tx *tx, struct person_id person, struct str device_hash, bool *any_out, bool *known_out) MUST_CHECK;
struct session_row { struct session_id id; struct person_id person; bool is_operator; int64_t seen_at; };
enum err account_sql_session_by_hash(struct tx *tx, struct str token_hash, int64_t seen_after, struct session_row *out) MUST_CHECK;
enum err account_sql_session_alive(struct tx *tx, struct session_id id, int64_t seen_after, bool *alive_out,
	int64_t *seen_at_out) MUST_CHECK;
enum err account_sql_session_seen(struct tx *tx, struct session_id id, struct str address) MUST_CHECK;
enum err account_sql_session_end(struct tx *tx, struct person_id person, struct session_id id, bool *ended_out, bool *was_new_out) MUST_CHECK;
enum err account_sql_session_confirm(struct tx *tx, struct person_id person, struct session_id id, bool *done_out) MUST_CHECK;
/* Living sessions of a person but one; at most max, oldest first. */
enum err account_sql_session_others(struct tx *tx, struct person_id person, struct session_id but, struct session_id *ids, size_t max,
	size_t *n_out) MUST_CHECK;
/* Not ended, but not seen after that moment. */
enum err account_sql_sessions_stale(struct tx *tx, int64_t seen_after, struct session_row *rows, size_t max, size_t *n_out) MUST_CHECK;
/* Told as new, not ended, not confirmed; newest first. */
enum err account_sql_new_devices(struct tx *tx, struct person_id person, struct api_new_device *items, size_t max, size_t *n_out) MUST_CHECK;
enum err account_sql_session_newest(struct tx *tx, struct person_id person, struct session_id *out) MUST_CHECK;
/* Newest first; room for max rows. */
enum err account_sql_sessions(struct tx *tx, struct person_id person, int64_t seen_after, struct api_session *items, size_t max,
	size_t *n_out) MUST_CHECK;

/* --- the operator's link */
enum err account_sql_has_operator(struct db *db, bool *out) MUST_CHECK;
enum err account_sql_links_end(struct db *db, int64_t now_ms) MUST_CHECK;
enum err account_sql_link_add(struct db *db, struct str token_hash, int64_t now_ms) MUST_CHECK;
enum err account_sql_link_open(struct tx *tx, struct str token_hash, bool *out) MUST_CHECK;
enum err account_sql_link_use(struct tx *tx, struct str token_hash, bool *used_out) MUST_CHECK;

#endif
