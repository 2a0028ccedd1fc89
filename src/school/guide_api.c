/* SPDX-License-Identifier: Apache-2.0
 *
 * How far an organisation has been set up (R119) and who is responsible for what (R118); api/org.yaml. Nothing is ticked by hand: each
 * step is what the store says.
 */
#include "policy/audit.h"
#include "school/org.h"
#include "school/org_sql.h"
#include "school/roster.h"

#define STEPS (API_GUIDE_STEP_NAME_CHECK + 1)

static void decide(const struct api_org_guide *g, struct api_guide_step steps[STEPS])
{
	for (int i = 0; i < STEPS; i++)
		steps[i] = (struct api_guide_step){.step = (enum api_guide_step_name)i};
	steps[API_GUIDE_STEP_NAME_ORGANISATION].done = !g->draft && g->card_gaps == 0;
	steps[API_GUIDE_STEP_NAME_STRUCTURE].done = g->units > 0 && g->units_without_lead == 0;
	steps[API_GUIDE_STEP_NAME_LINKS].done = g->units > 0 && g->units_without_people == 0;
	steps[API_GUIDE_STEP_NAME_CHANNELS].done = g->chats_spoken > 0;
	bool all = g->staff_unconfirmed == 0 && g->not_come_in == 0;
	for (int i = 0; i < API_GUIDE_STEP_NAME_CHECK; i++)
		all = all && steps[i].done;
	steps[API_GUIDE_STEP_NAME_CHECK].done = all;
}

static enum err fill(struct tx *tx, struct org_id org, struct api_org_guide *out)
{
	struct api_org_card card;
	struct school_activity activity = {0};
	struct duty duties[STEPS];
	size_t n = 0;
	struct api_guide_step *steps = arena_array(tx->arena, STEPS, sizeof *steps);
	if (!steps)
		return ERR_NOMEM;
	enum err e = org_sql_guide(tx, org, out);
	if (!e)
		e = org_sql_card(tx, org, &card);
	if (!e && school_hooks()->activity)
		e = school_hooks()->activity(tx, org, &activity);
	if (e)
		return e;
	out->draft = card.org.state == API_ORG_STATE_DRAFT;
	out->card_gaps = (card.region.n == 0) + (card.address.n == 0) + (card.director.n == 0);
	out->chats = activity.chats;
	out->chats_spoken = activity.chats_spoken;
	decide(out, steps);
	e = org_sql_duties(tx, org, duties, STEPS, &n);
	for (size_t i = 0; !e && i < n; i++) {
		if (duties[i].step >= STEPS)
			continue;
		steps[duties[i].step].has_responsible = true;
		e = account_person_get(tx, duties[i].person, &steps[duties[i].step].responsible);
	}
	out->steps.items = steps;
	out->steps.n = STEPS;
	return e;
}

enum err org_guide(struct tx *tx, const struct api_org_guide_get *in, struct api_org_guide *out)
{
	(void)in;
	return fill(tx, tx_org(tx), out);
}

enum err org_guide_assign(struct tx *tx, const struct api_org_guide_assign *in, struct api_org_guide *out)
{
	struct org_id org = tx_org(tx);
	struct person_id person = {in->has_person_id ? in->person_id : 0};
	enum err e = ERR_OK;
	if (person.v) {
		enum role role;
		e = school_member_role(tx, org, person, &role);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
		if (!e && !school_is_staff(role))
			return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.not_staff");
	}
	if (!e)
		e = org_sql_duty_set(tx, org, in->step, person);
	if (!e)
		e = audit_add(tx, org, "guide_assign", "person", person.v, audit_detail(tx, "s", "step", str_of(api_guide_step_name_name(in->step))));
	if (!e)
		e = org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_GUIDE);
	return e ? e : fill(tx, org, out);
}
