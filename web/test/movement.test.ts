// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Unit } from '../src/api/index.ts';
import { batches, kindsFor, planProblems, planSteps, repeatProposal, repeatTargets, takenNames, targetsOf, type Movement, type PlanLine } from '../src/features/admin/movement.ts';

const line = (unit_id: number, name: string, action: PlanLine['action'], newName = '', kind: PlanLine['kind'] = 'class'): PlanLine => ({ unit_id, kind, name, members: 20, action, newName });
const unit = (id: number, kind: Unit['kind']): Unit => ({ id, org_id: 1, kind, name: `${id}`, chat_id: id, member_count: 0, created_at: 0 }) as Unit;

describe('what can be done with whom', () => {
	it('pupils are moved, staff is dismissed, families leave', () => {
		expect(kindsFor(['student', 'student'])).toEqual(['transfer', 'enroll', 'leave']);
		expect(kindsFor(['teacher', 'admin'])).toEqual(['dismiss']);
		expect(kindsFor(['student', 'guardian'])).toEqual(['leave']);
		expect(kindsFor(['student', 'teacher'])).toEqual([]);
		expect(kindsFor([])).toEqual([]);
	});

	it('a class comes once, a circle on top of it', () => {
		const units = [unit(1, 'class'), unit(2, 'group'), unit(3, 'circle'), unit(4, 'staff')];
		const ids = (kind: Parameters<typeof targetsOf>[0], placed: boolean) => targetsOf(kind, units, placed).map(({ id }) => id);
		expect(ids('transfer', true)).toEqual([1, 2]);
		expect(ids('enroll', true)).toEqual([3]);
		expect(ids('enroll', false)).toEqual([1, 2, 3]);
		expect(ids('leave', true)).toEqual([]);
	});
});

describe('the plan of the next year', () => {
	const plan = [line(1, '5А', 'rename', '6А'), line(2, '4А', 'rename', '5А'), line(3, '11А', 'leave'), line(4, 'Хор', 'keep', '', 'circle')];

	it('a row of classes that all move on is no problem', () => expect(planProblems(plan).size).toBe(0));

	it('a name that is missing, or there twice, is told at its line', () => {
		expect([...planProblems([line(1, '5А', 'rename', ' '), line(2, '4А', 'rename', '5А')])]).toEqual([[1, 'empty']]);
		expect([...planProblems([line(1, '5А', 'keep'), line(2, '4А', 'rename', ' 5а ')])]).toEqual([[2, 'same']]);
		expect([...planProblems([line(1, '5Е', 'rename', '6Е'), line(2, '4А', 'rename', '6ё')])]).toEqual([[1, 'same'], [2, 'same']]);
		expect(planProblems([line(1, 'Хор', 'keep', '', 'circle'), line(2, '4А', 'rename', 'Хор')]).size).toBe(0);
	});

	it('new units take names that are free then', () => {
		expect(takenNames(['4А', '1А', '6а', 'Хор'], 'class', plan)).toEqual(['6а']);
	});

	it('only what changes is sent', () => {
		expect(planSteps(plan)).toEqual([
			{ unit_id: 1, action: 'rename', new_name: '6А' },
			{ unit_id: 2, action: 'rename', new_name: '5А' },
			{ unit_id: 3, action: 'leave' },
		]);
		expect(planSteps([line(1, '5А', 'rename', '5А')])).toEqual([]);
	});

	it('a repeater goes where his class was', () => {
		expect(repeatTargets(plan, [1]).map(({ unit_id }) => unit_id)).toEqual([2]);
		expect(repeatProposal(plan, [1])).toBe(2);
		expect(repeatProposal(plan, [2])).toBe(0);
	});
});

it('lines of one movement stand together, the newest first', () => {
	const row = (id: number, batch_id: number) => ({ id, batch_id, kind: 'transfer', batch_kind: 'transfer', at: id, undone: false, can_undo: true }) as Movement;
	expect(batches([row(9, 3), row(8, 3), row(7, 2), row(6, 3)]).map(({ id, lines }) => [id, lines.map((l) => l.id)])).toEqual([[3, [9, 8, 6]], [2, [7]]]);
});
