/* SPDX-License-Identifier: Apache-2.0
 *
 * Who must agree to which document. On a worker's thread, inside a transaction.
 */
#include "account/document.h"

#include "account/session.h"

/* These numbers lie in stores. */
_Static_assert(API_DOCUMENT_KIND_AGREEMENT == 0 && API_DOCUMENT_KIND_CONSENT == 1 && API_DOCUMENT_KIND_CHILD_CONSENT == 2 &&
	API_DOCUMENT_KIND_RULES == 3, "kinds of documents");

/* The whole of the rule. An adult consents for himself; for a pupil his guardian does, whatever the pupil's age: the organisation
 * may ask an older pupil on paper. Whoever is in no organisation (an operator) is an adult. */
static const struct requirement { enum api_document_kind kind; bool adult, pupil, of_guardian_for_child; } requirements[] = {
	{API_DOCUMENT_KIND_AGREEMENT, true, true, false},
	{API_DOCUMENT_KIND_CONSENT, true, false, false},
	{API_DOCUMENT_KIND_CHILD_CONSENT, false, false, true},
	{API_DOCUMENT_KIND_RULES, true, true, false},
};

static enum err is_adult(struct tx *tx, struct person_id person, bool *out)
{
	struct account_place *places;
	size_t n;
	enum err e = places_of(tx, person, &places, &n);
	*out = n == 0;
	for (size_t i = 0; i < n; i++)
		*out |= places[i].role != ROLE_STUDENT;
	return e;
}

struct due { struct api_document_due *items; size_t n; };

static enum err add(struct tx *tx, struct due *d, enum api_document_kind kind, struct person_id person, struct person_id by)
{
	int64_t version;
	struct str title;
	bool has = false;
	enum err e = document_sql_newest(tx, kind, tx->actor.lang_en, &version, &title);
	if (!e && version)
		e = acceptance_sql_has(tx, person, by, kind, version, &has);
	if (e || !version || has || d->n == DOCUMENTS_DUE_MAX)
		return e;
	struct api_document_due *one = &d->items[d->n++];
	*one = (struct api_document_due){.kind = kind, .version = version, .title = title};
	if (by.v)
		return ERR_OK;
	one->has_for_person = true;
	return account_person_get(tx, person, &one->for_person);
}

static enum err add_children(struct tx *tx, struct due *d, enum api_document_kind kind, struct person_id guardian)
{
	struct person_id *children = NULL;
	size_t n = 0;
	enum err e = account_hooks()->children ? account_hooks()->children(tx, guardian, &children, &n) : ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = add(tx, d, kind, children[i], (struct person_id){0}); /* one guardian's consent is enough */
	return e;
}

enum err documents_due(struct tx *tx, struct person_id person, struct api_document_due **out, size_t *n_out)
{
	struct due d = {.items = arena_array(tx->arena, DOCUMENTS_DUE_MAX, sizeof *d.items)};
	bool adult;
	enum err e = d.items ? is_adult(tx, person, &adult) : ERR_NOMEM;
	for (size_t i = 0; !e && i < sizeof requirements / sizeof *requirements; i++) {
		const struct requirement *r = &requirements[i];
		if (adult ? r->adult : r->pupil)
			e = add(tx, &d, r->kind, person, person);
		if (!e && r->of_guardian_for_child)
			e = add_children(tx, &d, r->kind, person);
	}
	*out = d.items;
	*n_out = d.n;
	return e;
}

enum err account_documents_seed(struct db *db, int64_t now_ms)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < document_text_count; i++)
		e = document_sql_put(db, &document_texts[i], now_ms);
	return e;
}

enum err account_documents_accept_all(struct tx *tx, struct person_id person)
{
	struct api_document_due *due;
	size_t n;
	enum err e = documents_due(tx, person, &due, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool added;
		struct person_id whose = {due[i].has_for_person ? due[i].for_person.id : person.v};
		e = acceptance_sql_add(tx, whose, person, due[i].kind, due[i].version, &added);
	}
	return e;
}
