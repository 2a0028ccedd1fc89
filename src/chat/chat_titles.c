/* SPDX-License-Identifier: Apache-2.0
 *
 * What preset chats are called, by the words of the organisation's kind. On a worker's thread, inside a transaction.
 */
#include "chat/chat_roster.h"
#include "school/words.h"

static enum err joined(struct tx *tx, struct str a, const char *between, struct str b, struct str *out)
{
	char *text = arena_printf(tx->arena, "%.*s%s%.*s", (int)a.n, a.p, between, (int)b.n, b.p);
	*out = str_of(text);
	return text ? ERR_OK : ERR_NOMEM;
}

enum err chat_preset_title(struct tx *tx, struct org_id org, const struct chat_preset *p, struct str *out)
{
	struct str org_name, unit = {0}, subject = {0};
	enum api_org_type type;
	bool living;
	enum err e = school_org_name(tx, org, &org_name, &type);
	if (!e && p->unit)
		e = school_unit_name(tx, org, (struct unit_id){p->unit}, &unit, &living);
	if (!e && p->subject)
		e = school_subject_name(tx, org, (struct subject_id){p->subject}, &subject, &living);
	if (e)
		return e;
	switch (p->kind) {
	case API_CHAT_KIND_UNIT:
	case API_CHAT_KIND_STAFF:
		*out = unit;
		return ERR_OK;
	case API_CHAT_KIND_ADMINISTRATION:
		*out = STR("Администрация");
		return ERR_OK;
	case API_CHAT_KIND_PARENTS:
		return joined(tx, STR("Родители"), " ", unit, out);
	case API_CHAT_KIND_TEACHERS:
		return joined(tx, school_word(type, SCHOOL_WORD_TEACHERS), " ", unit, out);
	case API_CHAT_KIND_SUBJECT:
		return joined(tx, unit, " · ", subject, out);
	case API_CHAT_KIND_SET:
		return school_set_name(tx, org, (struct set_id){p->set}, out, &living);
	case API_CHAT_KIND_EVERYBODY:
		return school_org_channel(tx, org, out);
	case API_CHAT_KIND_EMPLOYEES:
		*out = STR("Канал «Сотрудники»");
		return ERR_OK;
	case API_CHAT_KIND_CURATOR:
		return joined(tx, STR("Муниципальный куратор"), " · ", org_name, out);
	case API_CHAT_KIND_FREE:
		break;
	}
	BUG("title of a chat of kind %d", (int)p->kind);
}
