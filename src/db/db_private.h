/* SPDX-License-Identifier: Apache-2.0
 *
 * What db.c shares with db_migrate.c and worker.c. Private to src/db.
 */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H

#include "db/db_driver.h"

#define DB_SLOTS (DB_STATEMENTS_MAX * 2) /* a power of two */

struct statement {
	/* owned */
	struct db_prepared prepared;
	char *text;                   /* catches a caller whose SQL is no literal */
	/* borrowed */
	const char *sql;              /* the literal's address is the key */
	struct statement *prev, *next; /* of the open ones */
	/* state */
	uint64_t used; /* when it was last taken, for the eviction */
	bool open, cached;
};

struct db {
	/* owned */
	void *conn;
	char *url;
	struct statement *slots[DB_SLOTS]; /* open addressing by address */
	/* borrowed */
	const struct db_driver *driver;
	struct statement *open; /* taken and not yet given back */
	/* state */
	enum db_mode mode;
	size_t cached;
	uint64_t uses;
	int depth;  /* savepoints */
	enum err lost; /* why the store rolled the transaction back by itself */
	bool begun; /* between db_begin and its end, whatever the store did meanwhile */
};

/* Logs and ends the process at once: the store's answer can no longer be believed, and a second try would believe it. */
_Noreturn void db_fatal(const char *what, int code, const char *detail);

bool db_in_transaction(const struct db *db); /* false also after the store itself rolled everything back */
enum err db_lost(const struct db *db);       /* why it did, between db_begin and the end of the transaction; else ERR_OK */
/* Checkpoints by the writer, outside a transaction. db_begin does what is due by itself. */
bool db_upkeep_due(const struct db *db, enum db_upkeep kind);
enum err db_upkeep(struct db *db, enum db_upkeep kind); /* a failure is logged; the log stays as it was */

#endif
