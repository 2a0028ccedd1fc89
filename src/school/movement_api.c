/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on movements (api/movement.yaml). The rights were checked before; tx->rel says who asks.
 */
#include "policy/audit.h"
#include "school/import_sql.h"
#include "school/movement.h"

static bool is_date(struct str s)
{
	if (s.n != 10)
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
			return false;
	int month = (s.p[5] - '0') * 10 + s.p[6] - '0', day = (s.p[8] - '0') * 10 + s.p[9] - '0';
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Who may be moved how. A deputy does not dismiss administrators and deputies; the last administrator stays. */
static enum err check_person(struct tx *tx, const struct api_movement_apply *in, struct person_id person, enum role role)
{
	bool staff = school_is_staff(role);
	if (in->kind == API_MOVEMENT_APPLY_KIND_DISMISS ? !staff : staff)
		return tx_refuse(tx, API_CONFLICT, "kind", staff ? "conflict.staff_is_dismissed" : "conflict.dismiss_staff_only");
	if (in->kind != API_MOVEMENT_APPLY_KIND_DISMISS && in->kind != API_MOVEMENT_APPLY_KIND_LEAVE && role != ROLE_STUDENT)
		return tx_refuse(tx, API_CONFLICT, "kind", "conflict.students_are_moved");
	return staff || role == ROLE_GUARDIAN ? school_may_remove(tx, person, role) : ERR_OK;
}

static enum err move_one(struct movement *m, const struct api_movement_apply *in, struct person_id person, const struct api_unit *to)
{
	struct tx *tx = m->tx;
	enum role role;
	enum err e = school_member_role(tx, m->org, person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	if (!e)
		e = check_person(tx, in, person, role);
	if (e)
		return e;
	switch (in->kind) {
	case API_MOVEMENT_APPLY_KIND_LEAVE:
		return movement_leave_org(m, person, role, API_MOVEMENT_KIND_LEAVE);
	case API_MOVEMENT_APPLY_KIND_DISMISS:
		return movement_leave_org(m, person, role, API_MOVEMENT_KIND_DISMISS);
	case API_MOVEMENT_APPLY_KIND_TRANSFER:
	case API_MOVEMENT_APPLY_KIND_ENROLL:
		break;
	}
	struct unit_id now;
	e = roster_sql_only_one(tx, m->org, person, &now);
	if (!e && to->kind == API_UNIT_KIND_CIRCLE && in->kind == API_MOVEMENT_APPLY_KIND_ENROLL)
		now.v = 0; /* a circle comes on top of a class */
	if (!e && in->kind == API_MOVEMENT_APPLY_KIND_ENROLL && now.v)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.student_in_class");
	if (!e && in->kind == API_MOVEMENT_APPLY_KIND_TRANSFER && !now.v)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.no_class_yet");
	return e ? e : movement_transfer(m, person, to);
}

/* The unit that a movement leads to; enrolling and transferring need one. */
static enum err find_target(struct tx *tx, const struct api_movement_apply *in, struct api_unit *out)
{
	bool needs = in->kind == API_MOVEMENT_APPLY_KIND_ENROLL || in->kind == API_MOVEMENT_APPLY_KIND_TRANSFER;
	*out = (struct api_unit){0};
	if (!needs)
		return in->has_to_unit_id ? tx_refuse(tx, API_INVALID_FIELD, "to_unit_id", NULL) : ERR_OK;
	if (!in->has_to_unit_id)
		return tx_refuse(tx, API_INVALID_FIELD, "to_unit_id", "invalid_field.missing");
	enum err e = unit_sql_get(tx, tx_org(tx), (struct unit_id){in->to_unit_id}, out);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "to_unit_id", NULL);
	bool fits = out->kind == API_UNIT_KIND_CLASS || out->kind == API_UNIT_KIND_GROUP ||
		(out->kind == API_UNIT_KIND_CIRCLE && in->kind == API_MOVEMENT_APPLY_KIND_ENROLL);
	return e || fits ? e : tx_refuse(tx, API_CONFLICT, "to_unit_id", "conflict.no_place_for_students");
}

enum err movement_apply(struct tx *tx, const struct api_movement_apply *in, struct api_movement_done *out)
{
	static const enum api_movement_kind kinds[] = {[API_MOVEMENT_APPLY_KIND_ENROLL] = API_MOVEMENT_KIND_ENROLL,
		[API_MOVEMENT_APPLY_KIND_TRANSFER] = API_MOVEMENT_KIND_TRANSFER, [API_MOVEMENT_APPLY_KIND_LEAVE] = API_MOVEMENT_KIND_LEAVE,
		[API_MOVEMENT_APPLY_KIND_DISMISS] = API_MOVEMENT_KIND_DISMISS};
	struct api_unit to;
	struct movement m;
	if (in->has_order_date && !is_date(in->order_date))
		return tx_refuse(tx, API_INVALID_FIELD, "order_date", NULL);
	enum err e = find_target(tx, in, &to);
	if (e)
		return e;
	e = movement_begin(&m, tx, tx_org(tx), kinds[in->kind]);
	m.order_no = in->has_order_no ? in->order_no : STR("");
	m.order_date = in->has_order_date ? in->order_date : STR("");
	m.reason = in->has_reason ? in->reason : STR("");
	for (size_t i = 0; !e && i < in->person_ids.n; i++)
		e = move_one(&m, in, (struct person_id){in->person_ids.items[i]}, &to);
	return movement_end(&m, e, in->has_preview && in->preview, out);
}

enum err unit_merge(struct tx *tx, const struct api_unit_merge *in, struct api_movement_done *out)
{
	struct unit_id from = {in->unit_id};
	struct api_unit a, b;
	struct person_id *people;
	enum role *roles;
	struct movement m;
	size_t n;
	enum err e = unit_sql_get(tx, tx_org(tx), from, &a);
	if (!e)
		e = unit_sql_get(tx, tx_org(tx), (struct unit_id){in->into_unit_id}, &b);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e && a.id == b.id)
		return tx_refuse(tx, API_INVALID_FIELD, "into_unit_id", NULL);
	if (!e && (a.kind != b.kind || a.kind == API_UNIT_KIND_STAFF))
		return tx_refuse(tx, API_CONFLICT, "into_unit_id", "conflict.merge_of_kinds");
	if (!e)
		e = movement_sql_people_of(tx, tx_org(tx), from, &people, &roles, &n);
	if (e)
		return e;
	e = movement_begin(&m, tx, tx_org(tx), API_MOVEMENT_KIND_MERGE);
	if (!e)
		e = movement_close_unit(&m, from);
	m.order_no = in->has_order_no ? in->order_no : STR("");
	m.reason = in->has_reason ? in->reason : STR("");
	/* Pupils first, guardians go with them; who is left comes by himself. A lead leads on. */
	for (int students = 1; !e && students >= 0; students--)
		for (size_t i = 0; !e && i < n; i++)
			if ((roles[i] == ROLE_STUDENT) == students)
				e = movement_carry(&m, &a, &b, people[i], roles[i]);
	if (!e)
		e = movement_end_unit(&m, from);
	if (!e)
		e = movement_write_line(&m, &(struct movement_line){API_MOVEMENT_KIND_MERGE, 0, a.id, b.id, a.name, b.name});
	return movement_end(&m, e, in->has_preview && in->preview, out);
}

enum err movement_undo(struct tx *tx, const struct api_movement_undo *in, struct api_movement_done *out)
{
	struct step *steps;
	struct movement m;
	size_t n;
	int64_t at;
	bool undone, running = false;
	enum err e = movement_sql_steps(tx, tx_org(tx), in->batch_id, &steps, &n, &at, &undone);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "batch_id", NULL);
	if (!e && undone)
		return tx_refuse(tx, API_CONFLICT, "batch_id", "conflict.undone_already");
	if (!e && tx->now_ms - at >= MOVEMENT_UNDO_MS)
		return tx_refuse(tx, API_CONFLICT, "batch_id", "conflict.too_late_to_undo");
	if (!e)
		e = import_sql_runs(tx, tx_org(tx), in->batch_id, &running);
	if (!e && running)
		return tx_refuse(tx, API_CONFLICT, "batch_id", "conflict.import_runs");
	if (e)
		return e;
	/* A batch of its own holds what is told; it has no steps and cannot be taken back itself. */
	e = movement_begin(&m, tx, tx_org(tx), API_MOVEMENT_KIND_TRANSFER);
	int64_t own = m.batch;
	for (size_t i = 0; !e && i < n; i++)
		e = movement_undo_step(&m, &steps[i]);
	if (!e)
		e = movement_sql_set_undone(tx, m.org, in->batch_id);
	if (!e)
		e = movement_sql_drop(tx, m.org, own);
	e = movement_end(&m, e, false, out);
	out->has_batch_id = out->has_undo_until = false;
	return e;
}

enum err movement_list(struct tx *tx, const struct api_movement_list *in, struct api_movement_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct api_movement *items = arena_array(tx->arena, limit + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = movement_sql_list(tx, tx_org(tx), in->has_person_id ? in->person_id : 0, in->has_unit_id ? in->unit_id : 0,
		in->has_before ? in->before : INT64_MAX, items, limit + 1, &n);
	for (size_t i = 0; !e && i < n; i++) {
		if (items[i].has_person)
			e = account_person_get(tx, (struct person_id){items[i].person.id}, &items[i].person);
		if (!e && items[i].has_actor)
			e = account_person_get(tx, (struct person_id){items[i].actor.id}, &items[i].actor);
	}
	out->movements.items = items;
	out->movements.n = n < limit ? n : limit;
	out->has_next_before = n > limit;
	if (out->has_next_before)
		out->next_before = items[limit - 1].id;
	return e;
}
