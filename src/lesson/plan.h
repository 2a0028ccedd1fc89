/* SPDX-License-Identifier: Apache-2.0
 *
 * Lessons and meetings in the calendar of chats (R71-R76), and guests. Private to room lesson; on a worker's thread, inside a transaction.
 * Every query names the organisation, but for those by a secret (of a guest's link or key, of a calendar), by a person, and upkeep's.
 */
#ifndef LESSON_PLAN_H
#define LESSON_PLAN_H

#include "lesson/call.h"

#define PLAN_WEEKS_MAX 60
#define PLAN_AHEAD_MAX 2000                        /* lessons of a chat that are still to come */
#define PLAN_LIST_MAX 500
#define PLAN_INVITED_MAX 100
#define PLAN_LINKS_MAX 100                         /* guests' links of a lesson */
#define PLAN_DAY_MS (24 * 60 * 60 * 1000LL)
#define PLAN_STALE_MS (60 * 60 * 1000LL)           /* begun that long ago, its call does not begin by itself */
#define PLAN_LATE_MS (5 * 60 * 1000LL)
#define PLAN_EMPTY_MS (15 * 60 * 1000LL)           /* of a lesson's call, in place of LESSON_EMPTY_MS */
#define PLAN_SECRET_TEXT 32                        /* 128 random bits in hexadecimal */

struct plan {
	int64_t id, org_id, chat_id;
	enum api_lesson_kind kind;
	struct str title;
	int64_t subject_id, starts_at, minutes, creator_id, series_id, call_id; /* 0: none */
	bool cancelled, waiting_room, told, silent;
	int64_t slot_minutes; /* 0: no appointments */
	struct str materials; /* JSON: an array of LessonMaterial */
	struct str agenda, protocol;
};

/* --- plan_sql.c */
enum err plan_sql_insert(struct tx *tx, const struct plan *p, int64_t *id_out) MUST_CHECK;
enum err plan_sql_put(struct tx *tx, const struct plan *p) MUST_CHECK;
enum err plan_sql_get(struct tx *tx, int64_t org, int64_t id, struct plan *out, bool *found_out) MUST_CHECK;
enum err plan_sql_get_any(struct tx *tx, int64_t id, struct plan *out, bool *found_out) MUST_CHECK; /* of any organisation */
enum err plan_sql_following(struct tx *tx, const struct plan *from, struct plan **items_out, size_t *n_out) MUST_CHECK;
enum err plan_sql_of_chat(struct tx *tx, int64_t chat, int64_t from, int64_t to, struct plan **items_out, size_t *n_out) MUST_CHECK;
enum err plan_sql_invited_to(struct tx *tx, int64_t person, int64_t from, int64_t to, struct plan **items_out, size_t *n_out) MUST_CHECK;
enum err plan_sql_ahead(struct tx *tx, int64_t org, int64_t chat, int64_t *out) MUST_CHECK;
enum err plan_sql_due(struct tx *tx, struct plan **items_out, size_t *n_out) MUST_CHECK;
enum err plan_sql_invite(struct tx *tx, const struct plan *p, int64_t person, bool *new_out) MUST_CHECK;
enum err plan_sql_invited(struct tx *tx, int64_t org, int64_t lesson, int64_t **persons_out, size_t *n_out) MUST_CHECK;
enum err plan_sql_is_invited(struct tx *tx, int64_t org, int64_t lesson, int64_t person, bool *out) MUST_CHECK;

struct secret { unsigned char hash[32]; char text[PLAN_SECRET_TEXT + 1]; };
static inline struct str secret_str(const struct secret *s) { return str_n(s->hash, sizeof s->hash); } /* as it lies in the store */
struct secret secret_new(void);
struct secret secret_of(struct str text);
enum err plan_sql_link_add(struct tx *tx, const struct plan *p, const struct secret *s, struct str name, int64_t expires_at) MUST_CHECK;
enum err plan_sql_link_count(struct tx *tx, const struct plan *p, int64_t *out) MUST_CHECK;
/* Usable ones only. */
enum err plan_sql_link_find(struct tx *tx, const struct secret *s, struct plan *out, bool *found_out) MUST_CHECK;
/* Also one that is used up, expired, or of a lesson that was called off. */
struct link { bool used; int64_t expires_at; struct str name; };
enum err plan_sql_link_look(struct tx *tx, const struct secret *s, struct link *out, struct plan *plan_out, bool *found_out) MUST_CHECK;
enum err plan_sql_link_use(struct tx *tx, const struct secret *s, struct str name) MUST_CHECK; /* name: as he calls himself */
enum err plan_sql_guest_add(struct tx *tx, const struct participant *p, const struct secret *s) MUST_CHECK;
enum err plan_sql_guest_find(struct tx *tx, const struct secret *s, struct call_row *call_out, struct participant *out, bool *found_out) MUST_CHECK;
enum err plan_sql_calendar(struct tx *tx, int64_t person, bool *found_out) MUST_CHECK;
enum err plan_sql_calendar_put(struct tx *tx, int64_t person, const struct secret *s) MUST_CHECK;
enum err plan_sql_calendar_of(struct tx *tx, const struct secret *s, int64_t *person_out) MUST_CHECK; /* 0: nobody's */
/* The calls of a lesson, ended or not. */
enum err plan_sql_calls(struct tx *tx, int64_t org, int64_t lesson, int64_t **calls_out, size_t *n_out) MUST_CHECK;

/* --- guest_links_sql.c */
struct link_row {
	int64_t id, maker_id, made_at, expires_at; /* made_at 0: not known */
	struct str name, used_name;
	bool used;
	int64_t used_at;
};
enum err plan_sql_links(struct tx *tx, const struct plan *p, struct link_row **items_out, size_t *n_out) MUST_CHECK; /* the newest first */
enum err plan_sql_link_get(struct tx *tx, const struct plan *p, int64_t id, struct link_row *out, bool *found_out) MUST_CHECK;
enum err plan_sql_link_delete(struct tx *tx, const struct plan *p, int64_t id) MUST_CHECK;

/* --- plan_slots_sql.c: appointments at a consultation */
#define PLAN_SLOTS_MAX 60
struct slot { int64_t slot, person_id; };
enum err plan_sql_slots(struct tx *tx, const struct plan *p, struct slot items[PLAN_SLOTS_MAX], size_t *n_out) MUST_CHECK;
enum err plan_sql_slot_give_up(struct tx *tx, const struct plan *p, int64_t person) MUST_CHECK;
enum err plan_sql_slot_take(struct tx *tx, const struct plan *p, int64_t slot, int64_t person, bool *free_out) MUST_CHECK;
enum err plan_sql_slot_free(struct tx *tx, const struct plan *p, int64_t slot) MUST_CHECK;
static inline int64_t plan_slots(const struct plan *p) { return p->slot_minutes ? p->minutes / p->slot_minutes : 0; }
enum err plan_slots_taken(struct tx *tx, const struct plan *p, int64_t **slots_out, size_t *n_out) MUST_CHECK;
/* -1: none */
enum err plan_slot_of(struct tx *tx, const struct plan *p, int64_t person, int64_t *out) MUST_CHECK;

/* --- plan_table.c: who was there, as a table in the language of the request and the words of the organisation's type */
enum err plan_table_csv(struct tx *tx, const struct api_lesson_attendance *a, struct str *out) MUST_CHECK;

/* --- plan_card.c */
enum plan_news { PLAN_PLANNED, PLAN_CHANGED, PLAN_CANCELLED };
/* A message of the actor in the chat, where he writes in it. n lessons of a series, by start. */
enum err plan_card(struct tx *tx, const struct plan *all, size_t n, enum plan_news news) MUST_CHECK;

/* --- plan.c */
enum err plan_to_api(struct tx *tx, const struct plan *p, struct api_lesson *out) MUST_CHECK;
enum err plan_answer(struct tx *tx, const struct plan *p, struct api_lesson *out) MUST_CHECK; /* with what is the caller's own */
/* A lesson of this chat of the command's organisation; refused as lesson_id otherwise. _mine: and the caller may change it. */
enum err plan_find(struct tx *tx, int64_t chat, int64_t id, struct plan *out) MUST_CHECK;
enum err plan_find_mine(struct tx *tx, int64_t chat, int64_t id, struct plan *out) MUST_CHECK;
bool plan_is_mine(const struct tx *tx, const struct plan *p);
enum err plan_tell(struct tx *tx, const struct plan *p) MUST_CHECK;
/* Lessons of the person's chats, and those that he is invited to, by start. */
enum err plan_of_person(struct tx *tx, struct person_id person, int64_t from, int64_t to, struct plan **items_out, size_t *n_out) MUST_CHECK;
/* Its call begins, or the one that goes on in the chat becomes its own. host: who has called. */
enum err plan_open(struct tx *tx, struct plan *p, struct person_id host, struct call_row *out) MUST_CHECK;
enum err plan_upkeep(struct tx *tx) MUST_CHECK;

#endif
