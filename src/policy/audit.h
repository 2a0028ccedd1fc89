/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit journal: who did what to whom, in rows that are only ever added. Each organisation has a journal of its own, the
 * installation has one more (organisation 0: applications, operators, curators). A row's hash covers the row and the hash of the
 * row before it, so that a row which was changed, taken out or put between is found; triggers keep this program itself from it.
 *
 * Whoever writes decides the words: action "admin_grant", object_kind "person" and the like, in lower-case Latin letters and underscores. detail
 * is one JSON object of plain values (audit_detail makes it); a person in it stands as "person_id", never by his name, so that the
 * journal holds no names of people. On a worker's thread, inside the transaction of what it tells.
 */
#ifndef POLICY_AUDIT_H
#define POLICY_AUDIT_H

#include "server/tx.h"

#define AUDIT_DETAIL_MAX 16384 /* bytes of a row's detail */
#define AUDIT_HASH_BYTES 32    /* SHA-256 */
#define AUDIT_INSTALLATION ((struct org_id){0})

extern const struct migration policy_migrations[]; /* numbers 60-69 */
extern const size_t policy_migration_count;

/* Adds a row in the name of tx->actor. object_id 0: none. An empty detail is {}. ERR_TOO_LARGE when the detail is. */
enum err audit_add(struct tx *tx, struct org_id org, const char *action, const char *object_kind, int64_t object_id,
	struct str detail_json) MUST_CHECK;

/* {"name": "7А", "person_id": 5} from audit_detail(tx, "si", "name", name, "person_id", (int64_t)5): for each letter a key and a
 * value, s struct str, i int64_t, b int as a boolean. Lives in the arena; when that is full the next audit_add says ERR_NOMEM. */
struct str audit_detail(struct tx *tx, const char *types, ...);

struct audit_row {
	int64_t seq, at;         /* seq: dense from 1 in its journal */
	struct person_id actor;  /* 0: nobody was signed in */
	int64_t session;
	struct str address;      /* of the peer; hashed with the installation's secret, in hexadecimal */
	struct str action, object_kind;
	int64_t object_id;
	struct str detail;
};
struct audit_filter {
	int64_t before;          /* only rows below this seq; 0: from the newest */
	struct str action;       /* empty: any */
	struct person_id person; /* who did it or whom it was done to; 0: anybody */
};
/* Newest first, at most max. */
enum err audit_rows(struct tx *tx, struct org_id org, const struct audit_filter *f, struct audit_row *rows, size_t max,
	size_t *n_out) MUST_CHECK;

struct audit_verdict {
	int64_t rows;                    /* that are in order, from the first */
	int64_t broken_seq;              /* the first that is not; 0: the journal is whole */
	char hash[AUDIT_HASH_BYTES * 2 + 1]; /* of the last row in order, hexadecimal: who notes it elsewhere can prove later that nothing before it changed */
};
/* Recomputes the whole chain of one journal. */
enum err audit_verify_journal(struct db *db, struct org_id org, struct audit_verdict *out) MUST_CHECK;
/* The journals that there are, the installation's first: calls each with its organisation until it fails. */
enum err audit_each_journal(struct db *db, enum err (*each)(void *user, struct org_id org), void *user) MUST_CHECK;

#endif
