/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands that read the audit journal (api/audit.yaml). They stand here and not in policy because a reader wants names, which
 * policy does not know.
 */
#include "policy/audit.h"
#include "school/org_sql.h"

#include <jansson.h>

#define IDS_A_ROW 3 /* whoever did it, whom it was done to, whom the detail means */

struct people {
	struct api_person *items;
	size_t n;
};

/* A person of the store: whoever is gone has no name, and is left out. */
static enum err add_person(struct tx *tx, struct people *all, int64_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].id == id)
			return ERR_OK;
	enum err e = id > 0 ? account_person_get(tx, (struct person_id){id}, &all->items[all->n]) : ERR_NOT_FOUND;
	if (!e)
		all->n++;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int64_t person_in_detail(struct str detail)
{
	json_t *root = json_loadb(detail.p, detail.n, 0, NULL);
	int64_t id = json_integer_value(json_object_get(root, "person_id"));
	json_decref(root);
	return id;
}

static enum err entry_of(struct tx *tx, struct org_id org, const struct audit_row *row, struct people *all, struct api_audit_entry *out)
{
	*out = (struct api_audit_entry){.seq = row->seq,
		.at = row->at,
		.has_actor_id = row->actor.v != 0, .actor_id = row->actor.v,
		.action = row->action,
		.object_kind = row->object_kind,
		.has_object_id = row->object_id > 0, .object_id = row->object_id,
		.detail = row->detail};
	enum err e = add_person(tx, all, row->actor.v);
	if (!e && str_eq(row->object_kind, STR("person")))
		e = add_person(tx, all, row->object_id);
	if (!e)
		e = add_person(tx, all, person_in_detail(row->detail));
	if (!e)
		e = audit_sql_object_name(tx, org, row->object_kind, row->object_id, &out->has_object_name, &out->object_name);
	return e;
}

static enum err read_page(struct tx *tx, struct org_id org, const struct audit_filter *filter, size_t limit, struct api_audit_page *out)
{
	size_t n;
	struct audit_row *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	struct api_audit_entry *entries = arena_array(tx->arena, limit, sizeof *entries);
	struct people all = {.items = arena_array(tx->arena, limit * IDS_A_ROW + 1, sizeof *all.items)};
	if (!rows || !entries || !all.items)
		return ERR_NOMEM;
	enum err e = audit_rows(tx, org, filter, rows, limit + 1, &n);
	out->entries.items = entries;
	out->entries.n = n < limit ? n : limit;
	for (size_t i = 0; !e && i < out->entries.n; i++)
		e = entry_of(tx, org, &rows[i], &all, &entries[i]);
	out->people.items = all.items;
	out->people.n = all.n;
	out->has_next_before = n > limit;
	if (n > limit)
		out->next_before = rows[limit - 1].seq;
	return e;
}

enum err audit_list(struct tx *tx, const struct api_audit_list *in, struct api_audit_page *out)
{
	struct audit_filter filter = {.before = in->has_before ? in->before : 0,
		.action = in->has_action ? in->action : STR(""),
		.person.v = in->has_person_id ? in->person_id : 0};
	return read_page(tx, tx_org(tx), &filter, in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, out);
}

enum err operator_audit_list(struct tx *tx, const struct api_operator_audit_list *in, struct api_audit_page *out)
{
	struct audit_filter filter = {.before = in->has_before ? in->before : 0,
		.action = in->has_action ? in->action : STR(""),
		.person.v = in->has_person_id ? in->person_id : 0};
	return read_page(tx, AUDIT_INSTALLATION, &filter, in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, out);
}

static enum err verify(struct tx *tx, struct org_id org, struct api_audit_verdict *out)
{
	struct audit_verdict verdict;
	enum err e = audit_verify_journal(tx->db, org, &verdict);
	if (e)
		return e;
	*out = (struct api_audit_verdict){.whole = verdict.broken_seq == 0,
		.rows = verdict.rows,
		.has_broken_seq = verdict.broken_seq != 0, .broken_seq = verdict.broken_seq,
		.hash = arena_str(tx->arena, str_of(verdict.hash))};
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err audit_verify(struct tx *tx, const struct api_audit_verify *in, struct api_audit_verdict *out)
{
	(void)in;
	return verify(tx, tx_org(tx), out);
}

enum err operator_audit_verify(struct tx *tx, const struct api_empty *in, struct api_audit_verdict *out)
{
	(void)in;
	return verify(tx, AUDIT_INSTALLATION, out);
}
