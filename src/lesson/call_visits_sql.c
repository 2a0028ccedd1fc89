/* SPDX-License-Identifier: Apache-2.0
 *
 * Tickets to the relay, and who was there when: the only SQL on call_visit and call_ticket. Private to room lesson; on a worker's thread,
 * inside a transaction.
 */
#include "lesson/call.h"

#include "base/clock.h"
#include <sodium.h>

/* --- visits */

enum err call_visit_begin(struct tx *tx, const struct participant *p)
{
	enum err e = call_visit_end(tx, p, tx->now_ms); /* when the end of an earlier one was not heard */
	return e ? e
		 : db_run(tx->db, "INSERT INTO call_visit (org_id, call_id, participant_id, from_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)", "iiii", p->org_id,
			 p->call_id, p->id, tx->now_ms);
}

enum err call_visit_end(struct tx *tx, const struct participant *p, int64_t at)
{
	return db_run(tx->db, "UPDATE call_visit SET to_at = ?3, seen_at = ?3 WHERE participant_id = ?1 AND org_id = ?2 AND to_at IS NULL", "iii", p->id,
		p->org_id, at);
}

enum err call_presence(struct tx *tx, int64_t org, int64_t call, int64_t participant, struct presence *out)
{
	struct rows r;
	*out = (struct presence){0};
	for (db_query(tx->db, &r,
		     "SELECT from_at, to_at FROM call_visit WHERE call_id = ?1 AND org_id = ?3 AND (participant_id = ?2 OR participant_id IN"
		     " (SELECT room.id FROM call_person p JOIN call_person room ON room.call_id = p.call_id AND room.org_id = p.org_id AND room.classroom <> ''"
		     " WHERE p.id = ?2 AND p.call_id = ?1 AND p.org_id = ?3 AND p.in_room <> 0)) ORDER BY from_at",
		     "iii", call, participant, org);
		rows_next(&r);) {
		int64_t from = rows_int(&r, 0), to = rows_null(&r, 1) ? tx->now_ms : rows_int(&r, 1);
		out->there |= rows_null(&r, 1);
		if (!out->first_at)
			out->first_at = out->last_at = from;
		if (from - out->last_at < LESSON_CUT_MS && from > out->last_at)
			from = out->last_at;
		if (from < out->last_at)
			from = out->last_at;
		if (to > from)
			out->ms += to - from;
		if (to > out->last_at)
			out->last_at = to;
	}
	return rows_close(&r);
}

enum err call_visits_seen(struct tx *tx)
{
	return db_run(tx->db, "UPDATE call_visit SET seen_at = ?1 WHERE to_at IS NULL AND seen_at <= ?1 - 30000", "i", tx->now_ms);
}

enum err call_visits_close_all(struct tx *tx)
{
	enum err e = db_run(tx->db, "UPDATE call_visit SET to_at = seen_at WHERE to_at IS NULL", "");
	return e ? e
		 : db_run(tx->db, "UPDATE call_person SET connected = 0, away_at = ?1 WHERE state = 1", "i", tx->now_ms);
}

/* --- tickets: the store has their hashes only */

struct ticket_hash { unsigned char p[32]; };

static struct ticket_hash hash_of(struct str ticket)
{
	struct ticket_hash h;
	crypto_hash_sha256(h.p, (const unsigned char *)ticket.p, ticket.n);
	return h;
}

enum err call_ticket_add(struct tx *tx, const struct participant *p, struct str *ticket_out)
{
	unsigned char raw[LESSON_TICKET_TEXT / 2];
	char text[LESSON_TICKET_TEXT + 1];
	random_fill(raw, sizeof raw);
	sodium_bin2hex(text, sizeof text, raw, sizeof raw);
	*ticket_out = arena_str(tx->arena, str_of(text));
	struct ticket_hash h = hash_of(str_of(text));
	sodium_memzero(raw, sizeof raw);
	sodium_memzero(text, sizeof text);
	if (!ticket_out->p)
		return ERR_NOMEM;
	/* an earlier one that was not used counts no more */
	enum err e = db_run(tx->db, "DELETE FROM call_ticket WHERE participant_id = ?1 AND org_id = ?2", "ii", p->id, p->org_id);
	return e ? e
		 : db_run(tx->db,
			 "INSERT INTO call_ticket (hash, org_id, call_id, participant_id, session_id, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "biiiii",
			 str_n(h.p, sizeof h.p), p->org_id, p->call_id, p->id, p->session_id, tx->now_ms + LESSON_TICKET_MS);
}

enum err call_tickets_sweep(struct tx *tx)
{
	return db_run(tx->db, "DELETE FROM call_ticket WHERE expires_at <= ?1", "i", tx->now_ms);
}

enum err call_ticket_take(struct tx *tx, struct str ticket, struct call_pass *out, bool *found_out)
{
	struct ticket_hash h = hash_of(ticket);
	struct rows r;
	db_query(tx->db, &r, "DELETE FROM call_ticket WHERE hash = ?1 RETURNING org_id, call_id, participant_id, session_id, expires_at", "b",
		str_n(h.p, sizeof h.p));
	*found_out = rows_next(&r);
	if (*found_out) {
		*out = (struct call_pass){.org_id = rows_int(&r, 0), .call_id = rows_int(&r, 1), .participant_id = rows_int(&r, 2), .session_id = rows_int(&r, 3)};
		*found_out = rows_int(&r, 4) > tx->now_ms;
	}
	return rows_close(&r);
}
