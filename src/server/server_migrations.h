/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SERVER_MIGRATIONS_H
#define SERVER_SERVER_MIGRATIONS_H

#include "db/db.h"

extern const struct migration server_migrations[]; /* numbers 1-99 */
extern const size_t server_migration_count;

#endif
