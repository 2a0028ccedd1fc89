/* SPDX-License-Identifier: Apache-2.0 */
#include "server/replay_sql.h"

enum err replay_sql_find(struct tx *tx, struct str client_id, struct replay_row *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT command, request_hash, answer FROM replay WHERE person_id = ?1 AND client_id = ?2", "ib",
		tx->actor.person.v, client_id);
	bool found = rows_next(&r);
	if (found)
		*out = (struct replay_row){rows_str(&r, 0, tx->arena), rows_str(&r, 1, tx->arena), rows_str(&r, 2, tx->arena)};
	enum err e = rows_close(&r);
	if (e)
		return e;
	return found ? ERR_OK : ERR_NOT_FOUND;
}

enum err replay_sql_insert(struct tx *tx, struct str client_id, struct str command, struct str request_hash, struct str answer)
{
	return db_run(tx->db, "INSERT INTO replay (person_id, client_id, command, request_hash, answer, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		"ibsbsi", tx->actor.person.v, client_id, command, request_hash, answer, tx->now_ms);
}
