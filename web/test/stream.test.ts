// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { accept, behind, cursorAt, jump, tell } from '../src/model/stream.ts';
import { dice, posted, shuffled } from './helpers.ts';

describe('the order of a stream', () => {
	const event = (seq: number) => posted(seq, seq, 2);

	it('applies the next, drops the known, holds the later', () => {
		let { cursor, apply } = accept(cursorAt(4), event(5));
		expect(apply.map((e) => e.seq)).toEqual([5]);
		({ cursor, apply } = accept(cursor, event(5)));
		expect(apply).toEqual([]);
		({ cursor, apply } = accept(cursor, event(8)));
		expect(apply).toEqual([]);
		expect(behind(cursor)).toBe(true);
		({ cursor, apply } = accept(cursor, event(7)));
		expect(apply).toEqual([]);
		({ cursor, apply } = accept(cursor, event(6)));
		expect(apply.map((e) => e.seq)).toEqual([6, 7, 8]);
		expect(behind(cursor)).toBe(false);
		expect(cursor.held.size).toBe(0);
	});

	it('gives each event once and in order, however they come', () => {
		for (let seed = 1; seed <= 100; seed++) {
			const roll = dice(seed);
			const coming = shuffled(Array.from({ length: 60 }, (_, i) => event(1 + (i % 40))), roll);
			let cursor = cursorAt(0);
			const seen: number[] = [];
			for (const one of coming) {
				const accepted = accept(cursor, one);
				cursor = accepted.cursor;
				seen.push(...accepted.apply.map((e) => e.seq));
			}
			expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
		}
	});

	it('knows what it lacks from a head it is told', () => {
		expect(behind(tell(cursorAt(4), 4))).toBe(false);
		expect(behind(tell(cursorAt(4), 6))).toBe(true);
	});

	it('takes a snapshot and what was held behind it', () => {
		const { cursor } = accept(accept(cursorAt(2), event(9)).cursor, event(6));
		const jumped = jump(cursor, 8);
		expect(jumped.apply.map((e) => e.seq)).toEqual([9]);
		expect(jumped.cursor.head).toBe(9);
		expect(jump(jumped.cursor, 5).cursor.head).toBe(9);
	});

	it('keeps a limited number of events that came too early', () => {
		let cursor = cursorAt(0);
		for (let seq = 2; seq < 2000; seq++) cursor = accept(cursor, event(seq)).cursor;
		expect(cursor.held.size).toBe(500);
		expect(cursor.known).toBe(1999);
	});
});
