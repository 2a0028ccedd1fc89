// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import type { Lesson } from '../src/api/index.ts';
import { dayField, daysOf, dayStart, merged, MINUTE, moment, timeField, todayOf, weekStart } from '../src/features/lesson/days.ts';

const at = (text: string): number => new Date(text).getTime();
const lesson = (id: number, start: string, more: Partial<Lesson> = {}): Lesson => ({
	id, org_id: 1, chat_id: 2, kind: 'lesson', title: `Урок ${id}`, starts_at: at(start), minutes: 40, creator_id: 3, cancelled: false, waiting_room: false, materials: [], ...more,
});

test('a week begins on Monday, also on a Sunday and over the end of a year', () => {
	for (const day of ['2026-11-16T00:00', '2026-11-22T23:59', '2026-11-19T12:00']) expect(dayField(weekStart(at(day)))).toBe('2026-11-16');
	expect(dayField(weekStart(at('2027-01-01T10:00')))).toBe('2026-12-28');
	expect(dayField(weekStart(at('2026-11-22T10:00'), 1))).toBe('2026-11-23');
	expect(timeField(dayStart(at('2026-11-22T10:35')))).toBe('00:00');
});

test('a week has seven days, each with its lessons', () => {
	const days = daysOf([lesson(1, '2026-11-16T00:00'), lesson(2, '2026-11-22T23:59'), lesson(3, '2026-11-23T00:00')], at('2026-11-16T00:00'), 7);
	expect(days.map(({ lessons }) => lessons.map(({ id }) => id))).toEqual([[1], [], [], [], [], [], [2]]);
});

test('what goes on is now, however late; what was called off is never', () => {
	const now = at('2026-11-22T12:00');
	const list = [
		lesson(1, '2026-11-22T08:00'), // still going on
		lesson(2, '2026-11-22T11:00'), // its time is over
		lesson(3, '2026-11-22T11:30'), // within its time
		lesson(4, '2026-11-22T11:50', { cancelled: true }),
		lesson(5, '2026-11-22T13:00'),
		lesson(6, '2026-11-23T09:00'),
		...Array.from({ length: 8 }, (_, i) => lesson(10 + i, `2026-11-2${i % 5 + 4}T09:00`)),
	];
	const found = todayOf(list, now, ({ id }) => id === 1);
	expect(found.now.map(({ id }) => id)).toEqual([1, 3]);
	expect(found.before.map(({ id }) => id)).toEqual([2, 4]);
	expect(found.later.map(({ id }) => id)).toEqual([5]);
	expect(found.next).toHaveLength(6);
	expect(found.next[0]!.id).toBe(6);
});

test('a day and a time make a moment, or none', () => {
	expect(moment('2026-11-23', '10:05')).toBe(at('2026-11-23T10:05'));
	for (const [day, time] of [['', '10:05'], ['2026-11-23', ''], ['2026-02-31', '10:00'], ['2026-11-23', '25:00']]) expect(moment(day!, time!)).toBeUndefined();
	const noon = at('2026-03-05T12:07');
	expect(moment(dayField(noon), timeField(noon))).toBe(noon);
});

test('an event takes the place of what was known; a slot of mine stays mine while it is taken', () => {
	const mine = lesson(1, '2026-11-22T10:00', { slot_minutes: 10, slots_taken: [1, 2], my_slot: 1 });
	const list = [lesson(2, '2026-11-22T09:00'), mine];
	const { my_slot: _, ...told } = mine;
	expect(merged(list, { ...told, title: 'Другое', slots_taken: [1] })[1]).toMatchObject({ title: 'Другое', my_slot: 1 });
	expect(merged(list, { ...told, slots_taken: [2] })[1]!.my_slot).toBeUndefined();
	expect(merged(list, { ...mine, starts_at: mine.starts_at - 90 * MINUTE }).map(({ id }) => id)).toEqual([1, 2]);
});
