// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ReadMark } from '../src/api/types.ts';
import { advanceReaders, isRead } from '../src/model/chat.ts';
import { chat, dice, message } from './helpers.ts';

const mark = (person_id: number, seq: number): ReadMark => ({ person_id, seq });

describe('the two first readers (decision 0006)', () => {
	it('takes the first and the second', () => {
		expect(advanceReaders([], 1, 0)).toEqual([]);
		expect(advanceReaders([], 1, 5)).toEqual([mark(1, 5)]);
		expect(advanceReaders([mark(1, 5)], 2, 3)).toEqual([mark(1, 5), mark(2, 3)]);
		expect(advanceReaders([mark(1, 5)], 2, 7)).toEqual([mark(2, 7), mark(1, 5)]);
	});
	it('never lets a mark fall', () => {
		expect(advanceReaders([mark(1, 5)], 1, 3)).toEqual([mark(1, 5)]);
		expect(advanceReaders([mark(1, 5), mark(2, 4)], 2, 3)).toEqual([mark(1, 5), mark(2, 4)]);
	});
	it('of two equal marks keeps the earlier one before', () => {
		expect(advanceReaders([mark(1, 5), mark(2, 4)], 2, 5)).toEqual([mark(1, 5), mark(2, 5)]);
		expect(advanceReaders([mark(1, 5), mark(2, 5)], 3, 5)).toEqual([mark(1, 5), mark(2, 5)]);
	});
	it('pushes the third out', () => {
		expect(advanceReaders([mark(1, 5), mark(2, 4)], 3, 9)).toEqual([mark(3, 9), mark(1, 5)]);
	});
	it('agrees with sorting the marks of everybody, over random sequences', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const roll = dice(seed);
			const all = new Map<number, { seq: number; when: number }>();
			let kept: ReadMark[] = [];
			for (let when = 1; when <= 60; when++) {
				const person = 1 + roll(6);
				const seq = 1 + roll(40);
				if (seq > (all.get(person)?.seq ?? 0)) all.set(person, { seq, when });
				kept = advanceReaders(kept, person, seq);
				const sorted = [...all].sort(([, a], [, b]) => b.seq - a.seq || a.when - b.when).slice(0, 2);
				expect(kept, `seed ${seed}`).toEqual(sorted.map(([id, { seq: s }]) => mark(id, s)));
			}
		}
	});
	it('calls a message read when somebody other than its sender is there', () => {
		const mine = message(3, 6, 1);
		expect(isRead(chat({ first_readers: [mark(1, 6)] }), mine)).toBe(false);
		expect(isRead(chat({ first_readers: [mark(1, 6), mark(2, 5)] }), mine)).toBe(false);
		expect(isRead(chat({ first_readers: [mark(1, 6), mark(2, 6)] }), mine)).toBe(true);
	});
});
