/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of documents (api/own.yaml). Rights were checked before.
 */
#include "account/document.h"
#include "account/session.h"

enum err document_get(struct tx *tx, const struct api_document_get *in, struct api_document *out)
{
	bool english = in->has_locale ? in->locale == API_DOCUMENT_GET_LOCALE_EN : tx->actor.lang_en;
	int64_t version = in->has_version ? in->version : 0;
	struct str title;
	enum err e = version ? ERR_OK : document_sql_newest(tx, in->kind, english, &version, &title);
	if (!e)
		e = document_sql_get(tx, in->kind, version, english, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, in->has_version ? "version" : "kind", NULL) : e;
}

/* Only for a child of his own. Whether there is such a person at all is not told. */
static enum err check_child(struct tx *tx, int64_t child)
{
	struct person_id *children = NULL;
	size_t n = 0;
	enum err e = account_hooks()->children ? account_hooks()->children(tx, tx->actor.person, &children, &n) : ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		if (children[i].v == child)
			return ERR_OK;
	return e ? e : tx_refuse(tx, API_NOT_FOUND, "for_person_id", NULL);
}

enum err document_accept(struct tx *tx, const struct api_document_accept *in, struct api_empty *out)
{
	(void)out;
	struct person_id whose = {in->has_for_person_id ? in->for_person_id : tx->actor.person.v};
	bool for_child = in->kind == API_DOCUMENT_KIND_CHILD_CONSENT, added;
	int64_t newest;
	struct str title;
	enum err e = ERR_OK;
	if (for_child != in->has_for_person_id)
		return tx_refuse(tx, API_NOT_FOUND, "for_person_id", NULL);
	if (for_child)
		e = check_child(tx, in->for_person_id);
	if (!e)
		e = document_sql_newest(tx, in->kind, tx->actor.lang_en, &newest, &title);
	if (e)
		return e;
	if (!newest || newest != in->version)
		return tx_refuse(tx, API_CONFLICT, "version", "conflict.document_version");
	e = acceptance_sql_add(tx, whose, tx->actor.person, in->kind, in->version, &added);
	if (!e && in->kind == API_DOCUMENT_KIND_RULES && account_hooks()->rules_signed)
		e = account_hooks()->rules_signed(tx, tx->actor.person, in->version);
	if (e || !added)
		return e;
	return event_document_accepted(tx, person_stream(tx->actor.person), &(struct api_document_accepted_event){.kind = in->kind,
		.version = in->version, .has_for_person_id = for_child, .for_person_id = for_child ? in->for_person_id : 0});
}

static enum err state_of(struct tx *tx, struct person_id person, struct api_document_state *out)
{
	enum err e = account_person_get(tx, person, &out->person);
	if (!e)
		e = acceptance_sql_list(tx, person, &out->accepted.items, &out->accepted.n);
	return e ? e : documents_due(tx, person, &out->due.items, &out->due.n);
}

enum err document_state_list(struct tx *tx, const struct api_document_state_list *in, struct api_document_states *out)
{
	struct person_id ids[DOCUMENT_STATES_PAGE + 1], after = {in->has_after ? in->after : 0};
	size_t n = 0;
	out->people.items = arena_array(tx->arena, DOCUMENT_STATES_PAGE, sizeof *out->people.items);
	enum err e = !out->people.items ? ERR_NOMEM
		: account_hooks()->members ? account_hooks()->members(tx, tx_org(tx), after, ids, DOCUMENT_STATES_PAGE + 1, &n) : ERR_OK;
	out->people.n = n < DOCUMENT_STATES_PAGE ? n : DOCUMENT_STATES_PAGE;
	for (size_t i = 0; !e && i < out->people.n; i++)
		e = state_of(tx, ids[i], &out->people.items[i]);
	out->has_next_after = n > DOCUMENT_STATES_PAGE;
	if (out->has_next_after)
		out->next_after = ids[DOCUMENT_STATES_PAGE - 1].v;
	return e;
}
