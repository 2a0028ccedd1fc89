/* SPDX-License-Identifier: Apache-2.0
 *
 * Persons, phone and one-time code, sessions. The contract of the room: what school, chat, server and app call. Everything here
 * runs on a worker's thread inside a transaction, unless it says otherwise. Nothing here knows organisations.
 *
 * Codes (reference/reliability.md rows 1-3): six digits, single use, bound to the number; the last one sent is the only one that
 * counts. A number need not be registered to be sent a code, and the work done does not depend on whether it is.
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "api.gen.h"
#include "db/db.h"
#include "server/installation.h"
#include "server/tx.h"

#define ACCOUNT_CODE_DIGITS 6
#define ACCOUNT_CODE_TTL_MS (5 * 60 * 1000LL)
#define ACCOUNT_CODE_TRIES 5                       /* wrong codes for one code sent */
#define ACCOUNT_CODE_PAUSE_MS (60 * 1000LL)        /* between two codes to a number */
#define ACCOUNT_CODES_A_DAY 5                      /* to a number, in any 24 hours */
#define ACCOUNT_CODES_AN_HOUR_ADDRESS 300          /* from an address, in any 60 minutes: a school behind one address registers at once */
#define ACCOUNT_CODES_AN_HOUR 2000                 /* of the installation */
#define ACCOUNT_WRONG_AN_HOUR_ADDRESS 60           /* wrong codes from an address */
#define ACCOUNT_WRONG_AN_HOUR 500                  /* of the installation, counted only where a code could have been hit */
#define ACCOUNT_DEMO_CODE "000000"

#define ACCOUNT_TOKEN_BYTES 32                     /* of a session and of the operator's link */
#define ACCOUNT_TOKEN_TEXT 44                      /* the same in base64url, with its NUL */
#define ACCOUNT_SESSIONS_LISTED 50
#define ACCOUNT_DELETE_AFTER_MS (14 * 24 * 60 * 60 * 1000LL) /* of the person's own wish */
#define ACCOUNT_SEEN_EVERY_MS (60 * 60 * 1000LL)

extern const struct migration account_migrations[]; /* numbers 100-199 */
extern const size_t account_migration_count;

/* The stream of a person, for stream_register(STREAM_PERSON, ...). */
extern const struct stream_ops account_person_stream;

/* --- persons */

/* Names only. ERR_NOT_FOUND when there is none. */
enum err account_person_get(struct tx *tx, struct person_id id, struct api_person *out) MUST_CHECK;
/* false: he is on a roster, but has never signed in. */
enum err account_came_in(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
/* As if he had signed in once: for the demonstration's data. */
enum err account_set_came_in(struct tx *tx, struct person_id id) MUST_CHECK;
enum err account_is_operator(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
/* *out is 0 when nobody has the number. */
enum err account_person_by_phone(struct tx *tx, struct str phone, struct person_id *out) MUST_CHECK;
/* phone: normalised E.164, or empty for a person without one. The number must be free. */
enum err account_person_new(struct tx *tx, struct str phone, struct str given_name, struct str family_name, struct str patronymic,
	struct person_id *out) MUST_CHECK;

/* Gives a number to somebody who has none; *given_out false: he has one. The number must be free. */
enum err account_phone_give(struct tx *tx, struct person_id id, struct str phone, bool *given_out) MUST_CHECK;
/* Whether he can sign in by a number. */
enum err account_phone_known(struct tx *tx, struct person_id id, bool *out) MUST_CHECK;
/* His number, for the administrator's own list (R89); empty: none. */
enum err account_phone_get(struct tx *tx, struct person_id id, struct str *out) MUST_CHECK;
/* Another name; those who show it are told by the caller. */
enum err account_rename(struct tx *tx, struct person_id id, struct str given_name, struct str family_name, struct str patronymic) MUST_CHECK;

/* --- codes */

/* Spends the code that was sent to the number, or refuses (code_wrong, code_expired, rate_limited) and sets tx->keep_on_refusal,
 * so that the try counts. Call it before anything else is written. */
enum err account_code_spend(struct tx *tx, struct str phone, struct str code) MUST_CHECK;

/* --- guesses of short codes (of links and of cards): refused beyond so many wrong ones in an hour */
enum account_guess { ACCOUNT_GUESS_LINK, ACCOUNT_GUESS_CARD };
enum err account_guess_check(struct tx *tx, enum account_guess kind, int64_t of_address, int64_t of_installation) MUST_CHECK;
/* Counts a wrong one and refuses with the code and key given; sets tx->keep_on_refusal, so that nothing else may have been written. */
enum err account_guess_wrong(struct tx *tx, enum account_guess kind, int code, const char *field, const char *key) MUST_CHECK;

/* --- sessions */

struct account_device {
	struct str name; /* "Firefox, Windows" */
	struct str key;  /* 128 random bits in hexadecimal that the browser keeps; empty: it keeps none */
};

/* A new session of the person; its token goes to tx->set_session_token. Refuses (conflict) whoever has a second factor: his way in
 * is sign_in. Tells his other devices when this one is new to him (R92). */
enum err account_session_start(struct tx *tx, struct person_id person, struct str device) MUST_CHECK;
enum err account_session_start_on(struct tx *tx, struct person_id person, const struct account_device *device) MUST_CHECK;
/* Ends all living sessions of the person but one (0: all); their sockets are closed before the answer. */
enum err account_sessions_end(struct tx *tx, struct person_id person, struct session_id but, int64_t *ended_out) MUST_CHECK;
/* Ends sessions that are too old, so that their open sockets close, and other work of the hour. By app, in a job of the writer; *more_out: there is more to do at once. */
enum err account_upkeep(struct tx *tx, bool *more_out) MUST_CHECK;
/* Puts the documents of this program into the store, each version once. By app at start, inside a write transaction. */
enum err account_documents_seed(struct db *db, int64_t now_ms) MUST_CHECK;
/* The person agrees to everything that is wanted of him now: for the demonstration's people. */
enum err account_documents_accept_all(struct tx *tx, struct person_id person) MUST_CHECK;
/* The account's part of me_snapshot. */
enum err account_fill_me(struct tx *tx, struct api_me_snapshot *out) MUST_CHECK;
/* The session that was begun last; 0: none is alive. */
enum err account_session_newest(struct tx *tx, struct person_id person, struct session_id *out) MUST_CHECK;
/* Ends a session of the person and closes its sockets; one that has ended already changes nothing. */
enum err account_session_stop(struct tx *tx, struct person_id person, struct session_id session) MUST_CHECK;
/* Fills person, session and is_operator of *io; ERR_NOT_FOUND for an unknown, ended or expired token. On a writable tx the moment
 * of the last visit is brought up to date, at most once an hour. */
enum err account_session_find(struct tx *tx, struct str token, struct actor *io) MUST_CHECK;
/* ERR_OK or ERR_NOT_FOUND; one look-up by primary key. Notes the visit like account_session_find: a person who only ever posts
 * over a socket stays signed in. */
enum err account_session_alive(struct tx *tx, struct session_id session) MUST_CHECK;

/* --- hooks and the first operator */

/* Somebody who was put on a roster signs in for the first time; runs inside the sign-in's transaction. By app. */
typedef enum err (*account_came_in_hook)(struct tx *tx, struct person_id person);
void account_set_came_in_hook(account_came_in_hook hook);

/* Who signs in with a proved number may be awaited by an organisation: the hook makes him a person when he is none yet (and gives
 * him his place) and says who he is; *out stays 0 when nobody awaits him. existing is 0 for an unknown number. By app, before the
 * first thread. */
typedef enum err (*account_newcomer_hook)(struct tx *tx, struct str phone, struct person_id existing_or_zero, struct person_id *out);
void account_set_newcomer_hook(account_newcomer_hook hook);

/* What the room must know of organisations; app sets it before the first thread. NULL: as if nobody were in one. */
struct account_place { struct org_id org; enum role role; };
struct account_hooks {
	/* Living memberships of a person, in the arena. */
	enum err (*places)(struct tx *tx, struct person_id person, struct account_place **out, size_t *n_out);
	/* Refuses (conflict) whoever his organisations cannot do without: the last administrator. */
	enum err (*may_leave)(struct tx *tx, struct person_id person);
	/* Ends all memberships, and makes what is kept of his name the given one. */
	enum err (*leave)(struct tx *tx, struct person_id person, const struct api_person *nameless);
	/* Ids of living members above `after`, ascending. */
	enum err (*members)(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out);
	/* Somebody's session has ended; NULL: nobody asks. */
	enum err (*session_ended)(struct tx *tx, struct person_id person, struct session_id session);
	/* He has agreed to the rules of conduct, perhaps not for the first time; NULL: nobody asks. */
	enum err (*rules_signed)(struct tx *tx, struct person_id person, int64_t version);
	/* Children whose guardian he is, in any organisation; in the arena. */
	enum err (*children)(struct tx *tx, struct person_id guardian, struct person_id **out, size_t *n_out);
};
void account_set_hooks(const struct account_hooks *hooks); /* copied; NULL: none */

/* When the installation has no operator yet: makes a fresh one-time link, ends earlier ones, and writes its token. By app at
 * start, inside a write transaction. The link is <public_url>/operator/<token>. */
enum err account_operator_link_make(struct db *db, int64_t now_ms, bool *needed_out, char token_out[ACCOUNT_TOKEN_TEXT]) MUST_CHECK;
/* For the demonstration's data. */
enum err account_operator_make(struct tx *tx, struct person_id person) MUST_CHECK;

#endif
