// SPDX-License-Identifier: Apache-2.0
// Days and weeks by the clock of this device, and what of the lessons belongs where. Pure.
import type { Lesson } from '../../api/index.ts';

export const MINUTE = 60_000;

export function dayStart(at: number, days = 0): number {
	const day = new Date(at);
	return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** The Monday before, at midnight. */
export function weekStart(at: number, weeks = 0): number {
	const weekday = (new Date(at).getDay() + 6) % 7;
	return dayStart(at, weeks * 7 - weekday);
}

export const endOf = (lesson: Lesson): number => lesson.starts_at + lesson.minutes * MINUTE;

export interface Day {
	readonly at: number;
	readonly lessons: readonly Lesson[];
}

/** All days of [from, from + n), each with its lessons in order. */
export function daysOf(lessons: readonly Lesson[], from: number, n: number): Day[] {
	return Array.from({ length: n }, (_, i) => {
		const [at, end] = [dayStart(from, i), dayStart(from, i + 1)];
		return { at, lessons: lessons.filter(({ starts_at }) => starts_at >= at && starts_at < end) };
	});
}

export interface Today {
	readonly now: readonly Lesson[];
	readonly later: readonly Lesson[];
	readonly before: readonly Lesson[];
	/** Of the days behind, the first few. */
	readonly next: readonly Lesson[];
}

const NEXT = 6;

/** `going`: its call goes on. Planned minutes end nothing, so what goes on is now however late it is. */
export function todayOf(lessons: readonly Lesson[], at: number, going: (lesson: Lesson) => boolean): Today {
	const end = dayStart(at, 1);
	const now = lessons.filter((one) => going(one) || (!one.cancelled && one.starts_at <= at && at < endOf(one)));
	const today = lessons.filter((one) => one.starts_at >= dayStart(at) && one.starts_at < end && !now.includes(one));
	return {
		now,
		later: today.filter(({ starts_at }) => starts_at > at),
		before: today.filter(({ starts_at }) => starts_at <= at),
		next: lessons.filter((one) => one.starts_at >= end && !now.includes(one)).slice(0, NEXT),
	};
}

/** A day and a time as their fields hold them, as a moment; undefined: not whole. */
export function moment(day: string, time: string): number | undefined {
	const found = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2})$/.exec(`${day} ${time}`);
	if (!found) return undefined;
	const [year, month, date, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number];
	const at = new Date(year, month - 1, date, hour, minute);
	return at.getMonth() === month - 1 && at.getHours() === hour ? at.getTime() : undefined;
}

const two = (value: number): string => String(value).padStart(2, '0');
export function dayField(at: number): string {
	const day = new Date(at);
	return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
export function timeField(at: number): string {
	const time = new Date(at);
	return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** By start; a lesson that is known already is replaced. An event does not tell what is one's own: a slot stays one's own while it is taken. */
export function merged(lessons: readonly Lesson[], lesson: Lesson): Lesson[] {
	const before = lessons.find(({ id }) => id === lesson.id);
	const own = lesson.my_slot ?? (before?.my_slot !== undefined && lesson.slots_taken?.includes(before.my_slot) ? before.my_slot : undefined);
	const now: Lesson = own === undefined ? lesson : { ...lesson, my_slot: own };
	return [...lessons.filter(({ id }) => id !== lesson.id), now].sort((a, b) => a.starts_at - b.starts_at || a.id - b.id);
}
