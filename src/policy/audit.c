/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of the audit journal. A row is hashed as lines of text: whoever holds a copy of the store can check it with any SHA-256,
 * knowing only this file.
 */
#include "policy/audit_sql.h"

#include "server/installation.h"

#include <sodium.h>

#define ADDRESS_BYTES 16

_Static_assert(AUDIT_HASH_BYTES == crypto_hash_sha256_BYTES, "hash");

/* SHA-256 of the hash before, then of the row's values, one a line. Only detail could hold a line end, and it is the last. */
static void chain(unsigned char hash[AUDIT_HASH_BYTES], struct org_id org, const struct audit_row *row)
{
	crypto_hash_sha256_state s;
	struct buf head;
	buf_init(&head, 1024);
	buf_addf(&head, "%lld\n%lld\n%lld\n%lld\n%lld\n", (long long)org.v, (long long)row->seq, (long long)row->at, (long long)row->actor.v,
		(long long)row->session);
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, hash, AUDIT_HASH_BYTES);
	crypto_hash_sha256_update(&s, (const unsigned char *)head.p, head.n);
	const struct str texts[] = {row->address, row->action, row->object_kind};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (texts[i].n)
			crypto_hash_sha256_update(&s, (const unsigned char *)texts[i].p, texts[i].n);
		crypto_hash_sha256_update(&s, (const unsigned char *)"\n", 1);
	}
	buf_clear(&head);
	buf_addf(&head, "%lld\n", (long long)row->object_id);
	CHECK(!head.err);
	crypto_hash_sha256_update(&s, (const unsigned char *)head.p, head.n);
	crypto_hash_sha256_update(&s, (const unsigned char *)row->detail.p, row->detail.n);
	crypto_hash_sha256_final(&s, hash);
	buf_release(&head);
}

static void hex(const unsigned char *p, size_t n, char *out)
{
	sodium_bin2hex(out, n * 2 + 1, p, n);
}

/* Whether two rows came from one place can be seen, the place cannot. */
static struct str address_of(const struct tx *tx, char out[ADDRESS_BYTES * 2 + 1])
{
	unsigned char hash[ADDRESS_BYTES];
	struct str address = tx->actor.address;
	if (!address.n || !tx->inst)
		return STR("");
	CHECK(!crypto_generichash(hash, sizeof hash, (const unsigned char *)address.p, address.n, (const unsigned char *)tx->inst->secret.p,
		tx->inst->secret.n));
	hex(hash, sizeof hash, out);
	return str_of(out);
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_'))
			return false;
	return s.n > 0;
}

enum err audit_add(struct tx *tx, struct org_id org, const char *action, const char *object_kind, int64_t object_id, struct str detail_json)
{
	char address[ADDRESS_BYTES * 2 + 1];
	struct audit_end end;
	if (arena_failed(tx->arena))
		return ERR_NOMEM;
	if (detail_json.n > AUDIT_DETAIL_MAX)
		return ERR_TOO_LARGE;
	CHECK(is_word(str_of(action)) && is_word(str_of(object_kind)));
	enum err e = audit_sql_end(tx->db, org, &end);
	if (e)
		return e;
	struct audit_row row = {.seq = end.seq + 1,
		.at = tx->now_ms,
		.actor = tx->actor.person,
		.session = tx->actor.session.v,
		.address = address_of(tx, address),
		.action = str_of(action),
		.object_kind = str_of(object_kind),
		.object_id = object_id,
		.detail = detail_json.n ? detail_json : STR("{}")};
	end.seq = row.seq;
	chain(end.hash, org, &row);
	return audit_sql_add(tx->db, org, &row, &end);
}

struct str audit_detail(struct tx *tx, const char *types, ...)
{
	struct buf out;
	struct json_writer w;
	va_list values;
	/* One byte more than a row may have: what is longer shows by its length. */
	buf_init(&out, AUDIT_DETAIL_MAX + 1);
	json_writer_init(&w, &out);
	va_start(values, types);
	json_open_object(&w);
	for (const char *t = types; *t; t++) {
		json_key(&w, va_arg(values, const char *));
		switch (*t) {
		case 's':
			json_str(&w, va_arg(values, struct str));
			break;
		case 'i':
			json_int(&w, va_arg(values, int64_t));
			break;
		case 'b':
			json_bool(&w, va_arg(values, int) != 0);
			break;
		default:
			BUG("type %c of an audit row's detail", *t);
		}
	}
	json_close_object(&w);
	va_end(values);
	/* What does not fit is a row without its detail, not a command that fails. */
	struct str text = out.err || out.n > AUDIT_DETAIL_MAX ? STR("{\"too_long\":true}") : arena_str(tx->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

enum err audit_rows(struct tx *tx, struct org_id org, const struct audit_filter *f, struct audit_row *rows, size_t max, size_t *n_out)
{
	return audit_sql_rows(tx, org, f, rows, max, n_out);
}

struct walk { struct org_id org; struct audit_end at; bool broken; };

static bool check_row(void *user, const struct audit_row *row, struct str hash)
{
	struct walk *w = user;
	unsigned char next[AUDIT_HASH_BYTES];
	memcpy(next, w->at.hash, sizeof next);
	chain(next, w->org, row);
	if (row->seq != w->at.seq + 1 || !str_eq(hash, str_n(next, sizeof next))) {
		w->broken = true;
		return false;
	}
	w->at.seq = row->seq;
	memcpy(w->at.hash, next, sizeof next);
	return true;
}

enum err audit_verify_journal(struct db *db, struct org_id org, struct audit_verdict *out)
{
	struct walk w = {.org = org};
	struct audit_end end;
	enum err e = audit_sql_walk(db, org, check_row, &w);
	if (!e)
		e = audit_sql_end(db, org, &end);
	if (e)
		return e;
	/* Rows cut off at the end leave a chain that is whole in itself. */
	if (end.seq != w.at.seq || memcmp(end.hash, w.at.hash, sizeof end.hash) != 0)
		w.broken = true;
	*out = (struct audit_verdict){.rows = w.at.seq, .broken_seq = w.broken ? w.at.seq + 1 : 0};
	hex(w.at.hash, sizeof w.at.hash, out->hash);
	return ERR_OK;
}

enum err audit_each_journal(struct db *db, enum err (*each)(void *user, struct org_id org), void *user)
{
	return audit_sql_journals(db, each, user);
}
