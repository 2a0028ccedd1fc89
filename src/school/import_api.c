/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on imports and exports of the roster (api/roster.yaml). The rights were checked before.
 */
#include "base/clock.h"
#include "policy/audit.h"
#include "school/import_sql.h"
#include "school/org_sql.h"
#include "server/file_port.h"

#include <sodium.h>
#include <unistd.h>

#define EXPORT_MS (5 * 60 * 1000LL)
#define TOKEN_BYTES 24

static void (*wake_runner)(void); /* set by app before the first thread */

void roster_import_set_wake(void (*wake)(void))
{
	wake_runner = wake;
}

static void wake(void)
{
	if (wake_runner)
		wake_runner();
}

static enum err find(struct tx *tx, int64_t id, struct import_row *out)
{
	enum err e = import_sql_get(tx, tx_org(tx), id, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "import_id", NULL) : e;
}

static bool busy(const struct import_row *row)
{
	return row->api.state == API_ROSTER_IMPORT_STATE_APPLYING;
}

/* An earlier one that nobody waits for. */
static enum err clear_earlier(struct tx *tx)
{
	struct import_row row;
	bool done;
	enum err e = import_sql_get(tx, tx_org(tx), 0, &row);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (!e && busy(&row))
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.import_runs");
	if (!e && row.api.state <= API_ROSTER_IMPORT_STATE_READY)
		e = import_sql_set_state(tx, tx_org(tx), row.api.id, row.api.state, API_ROSTER_IMPORT_STATE_CANCELLED, &done);
	return e ? e : import_sql_forget(tx, tx_org(tx), 0);
}

enum err roster_import_begin(struct tx *tx, const struct api_roster_import_begin *in, struct api_roster_import *out)
{
	struct file_claim claim = {.file_id = in->file_id, .purpose = FILE_FOR_ROSTER, .org = tx_org(tx), .field = "file_id"};
	struct import_row row;
	struct file_info file;
	int64_t id = 0;
	int fd = -1;
	enum err e = clear_earlier(tx);
	if (!e)
		e = file_ports()->open(tx, &claim, &file, &fd);
	if (fd >= 0)
		close(fd); /* it is there and may be read; the runner opens it again */
	if (!e)
		e = import_sql_add(tx, tx_org(tx), in->file_id, file.name, &id);
	if (!e)
		e = audit_add(tx, tx_org(tx), "roster_import_begin", "roster_import", id, STR(""));
	if (!e)
		e = import_sql_get(tx, tx_org(tx), id, &row);
	if (e)
		return e;
	*out = row.api;
	wake();
	return ERR_OK;
}

enum err roster_import_get(struct tx *tx, const struct api_roster_import_get *in, struct api_roster_import_view *out)
{
	struct import_row row;
	size_t limit = in->has_limit ? (size_t)in->limit : ROSTER_PAGE, n = 0;
	enum err e = import_sql_get(tx, tx_org(tx), in->has_import_id ? in->import_id : 0, &row);
	if (e == ERR_NOT_FOUND)
		return in->has_import_id ? tx_refuse(tx, API_NOT_FOUND, "import_id", NULL) : ERR_OK;
	if (e)
		return e;
	out->has_import = true;
	out->import = row.api;
	out->problems.items = arena_array(tx->arena, limit + 1, sizeof *out->problems.items);
	out->changes.items = arena_array(tx->arena, limit + 1, sizeof *out->changes.items);
	if (!out->problems.items || !out->changes.items)
		return ERR_NOMEM;
	if (!limit)
		return ERR_OK;
	e = import_sql_problems(tx, tx_org(tx), row.api.id, in->has_problems_after ? in->problems_after : 0, out->problems.items, limit + 1, &n);
	out->problems.n = n < limit ? n : limit;
	out->has_problems_next = n > limit;
	out->problems_next = n > limit ? out->problems.items[limit - 1].id : 0;
	if (!e)
		e = import_sql_changes(tx, tx_org(tx), row.api.id, in->has_changes_after ? in->changes_after : 0, out->changes.items, limit + 1, &n);
	out->changes.n = n < limit ? n : limit;
	out->has_changes_next = n > limit;
	out->changes_next = n > limit ? out->changes.items[limit - 1].id : 0;
	return e;
}

enum err roster_import_apply(struct tx *tx, const struct api_roster_import_apply *in, struct api_roster_import *out)
{
	struct import_row row;
	int64_t open = 0;
	bool done = true;
	enum err e = find(tx, in->import_id, &row);
	if (!e && row.api.state != API_ROSTER_IMPORT_STATE_READY)
		return tx_refuse(tx, API_CONFLICT, "import_id", "conflict.import_not_ready");
	if (!e && row.api.counts.errors)
		return tx_refuse(tx, API_CONFLICT, "import_id", "conflict.import_errors");
	for (size_t i = 0; !e && in->has_answers && i < in->answers.n; i++) {
		e = import_sql_answer(tx, tx_org(tx), row.api.id, in->answers.items[i].problem_id, in->answers.items[i].same, &done);
		if (!e && !done)
			return tx_refuse(tx, API_NOT_FOUND, "answers", NULL);
	}
	if (!e)
		e = import_sql_unanswered(tx, tx_org(tx), row.api.id, &open);
	if (!e && open)
		return tx_refuse(tx, API_CONFLICT, "answers", "conflict.import_questions");
	if (!e)
		e = import_sql_apply(tx, tx_org(tx), row.api.id, in->has_leave_absent && in->leave_absent);
	if (!e)
		e = import_sql_set_state(tx, tx_org(tx), row.api.id, API_ROSTER_IMPORT_STATE_READY, API_ROSTER_IMPORT_STATE_APPLYING, &done);
	if (!e)
		e = audit_add(tx, tx_org(tx), "roster_import_apply", "roster_import", row.api.id,
			audit_detail(tx, "b", "leave_absent", (int)(in->has_leave_absent && in->leave_absent)));
	if (!e)
		e = import_sql_get(tx, tx_org(tx), row.api.id, &row);
	if (e)
		return e;
	*out = row.api;
	wake();
	return ERR_OK;
}

enum err roster_import_cancel(struct tx *tx, const struct api_roster_import_cancel *in, struct api_roster_import *out)
{
	struct import_row row;
	bool done;
	enum err e = find(tx, in->import_id, &row);
	bool open = !e && (row.api.state <= API_ROSTER_IMPORT_STATE_READY || busy(&row));
	if (open)
		e = import_sql_set_state(tx, tx_org(tx), row.api.id, row.api.state, API_ROSTER_IMPORT_STATE_CANCELLED, &done);
	if (!e && open)
		e = import_sql_forget_changes(tx, tx_org(tx), row.api.id);
	if (!e && open)
		e = audit_add(tx, tx_org(tx), "roster_import_cancel", "roster_import", row.api.id, STR(""));
	if (!e)
		e = import_sql_get(tx, tx_org(tx), row.api.id, &row);
	if (!e)
		*out = row.api;
	return e;
}

/* --- export */

static struct str hash_of(struct str token, unsigned char hash[crypto_hash_sha256_BYTES])
{
	crypto_hash_sha256(hash, (const unsigned char *)token.p, token.n);
	return str_n(hash, crypto_hash_sha256_BYTES);
}

enum err roster_export(struct tx *tx, const struct api_roster_export *in, struct api_roster_exported *out)
{
	unsigned char random[TOKEN_BYTES], hash[crypto_hash_sha256_BYTES];
	char token[sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	enum roster_format format = (enum roster_format)in->format;
	random_fill(random, sizeof random);
	sodium_bin2base64(token, sizeof token, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	enum err e = export_sql_add(tx, tx_org(tx), hash_of(str_of(token), hash), format, tx->now_ms + EXPORT_MS);
	if (!e)
		e = audit_add(tx, tx_org(tx), "roster_export", "org", tx_org(tx).v, audit_detail(tx, "s", "format", str_of(api_roster_export_format_name(in->format))));
	char *path = arena_printf(tx->arena, ROSTER_EXPORT_PATH "/%s", token);
	out->path = str_of(path);
	out->file_name = roster_export_file_name(format);
	return e ? e : path ? ERR_OK : ERR_NOMEM;
}

enum err roster_export_take(struct tx *tx, struct str token, struct org_id *org_out, enum roster_format *format_out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	bool found, confirmed = false;
	enum role role;
	enum err e = export_sql_take(tx, hash_of(token, hash), org_out, format_out, &found);
	if (!e && !found)
		return ERR_NOT_FOUND;
	if (!e) /* between the command and now he may have lost it */
		e = school_member_role(tx, *org_out, tx->actor.person, &role);
	if (!e && role <= ROLE_COADMIN)
		e = school_confirmed(tx, *org_out, tx->actor.person, &confirmed);
	return e ? e : confirmed ? ERR_OK : ERR_NOT_FOUND;
}
