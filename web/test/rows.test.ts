// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { matches } from '../src/features/messenger/list.ts';
import { rowsOf } from '../src/features/messenger/rows.ts';
import { message } from './helpers.ts';

const noon = new Date(2026, 2, 5, 12).getTime();
const at = (minutes: number, number: number, sender: number) => message(number, number, sender, 'x', noon + minutes * 60_000);

describe('rows of a conversation', () => {
	it('joins what one person wrote within five minutes', () => {
		const rows = rowsOf([at(0, 1, 2), at(1, 2, 2), at(2, 3, 3), at(10, 4, 3)], undefined, 1);
		expect(rows.map((row) => (row.kind === 'run' ? row.messages.length : row.kind))).toEqual(['day', 2, 1, 1]);
	});
	it('begins every day with its date', () => {
		const rows = rowsOf([at(0, 1, 2), at(24 * 60, 2, 2)], undefined, 1);
		expect(rows.map((row) => row.kind)).toEqual(['day', 'run', 'day', 'run']);
	});
	it('marks the first unread one of somebody else', () => {
		const rows = rowsOf([at(0, 1, 2), at(1, 2, 1), at(2, 3, 2), at(3, 4, 2)], 1, 1);
		expect(rows.map((row) => row.kind)).toEqual(['day', 'run', 'run', 'unread', 'run']);
	});
	it('has a key of its own for every row', () => {
		const rows = rowsOf(Array.from({ length: 50 }, (_, i) => at(i * 60, i + 1, i % 3)), 20, 1);
		expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
	});
});

describe('finding a chat', () => {
	it('does not mind case and ё', () => {
		expect(matches('Зелёный кружок', 'зеленый')).toBe(true);
		expect(matches('7А Школа № 98', '98 7а')).toBe(true);
		expect(matches('7А', '7б')).toBe(false);
	});
});
