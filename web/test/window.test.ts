// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { growDown, growUp, inWindow, keepShort, MOST, newestWindow, STEP, type Window } from '../src/features/messenger/window.ts';
import { message } from './helpers.ts';

const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, from + i, 2, 'x'));
const shown = (messages: ReturnType<typeof run>, window: Window) => {
	const numbers = inWindow(messages, window).map(({ number }) => number);
	return numbers.length === 0 ? [] : [numbers[0], numbers[numbers.length - 1]];
};

describe('the window of a conversation', () => {
	it('begins with the newest, and with all from the unread mark on', () => {
		expect(shown(run(951, 1000), newestWindow(run(951, 1000), 20))).toEqual([981, 1000]);
		expect(shown(run(951, 1000), newestWindow(run(951, 1000), 20, 960))).toEqual([955, 1000]);
		expect(shown(run(951, 1000), newestWindow(run(951, 1000), 20, 951))).toEqual([951, 1000]);
		expect(shown(run(1, 7), newestWindow(run(1, 7), 20))).toEqual([1, 7]);
		expect(shown([], newestWindow([], 20))).toEqual([]);
	});

	it('follows new messages while nobody set its end', () => {
		const window = growUp(run(951, 1000), newestWindow(run(951, 1000), 20));
		expect(shown(run(951, 1003), window)).toEqual([951, 1003]);
	});

	it('wanders to the beginning and back without growing above its size or losing a message at its edge', () => {
		const messages = run(1, 1000);
		let window = newestWindow(messages, 20);
		for (let at = 981; at > 1; ) {
			window = growUp(messages, window);
			const [first, last] = shown(messages, window) as [number, number];
			expect(first).toBe(Math.max(at - STEP, 1));
			expect(last - first).toBeLessThan(MOST);
			at = first;
		}
		expect(growUp(messages, window)).toBe(window);
		expect(shown(messages, window)).toEqual([1, MOST]);
		for (let at = MOST; at < 1000; ) {
			window = growDown(messages, window);
			const [first, last] = shown(messages, window) as [number, number];
			expect(last).toBe(Math.min(at + STEP, 1000));
			expect(last - first).toBeLessThan(MOST);
			at = last;
		}
		expect(window.last).toBeUndefined();
		expect(growDown(messages, window)).toBe(window);
	});

	it('keeps its place when history joins at the front or is forgotten there', () => {
		const window = growUp(run(951, 1000), newestWindow(run(951, 1000), 20));
		expect(shown(run(901, 1000), window)).toEqual([951, 1000]);
		expect(shown(run(971, 1000), window)).toEqual([971, 1000]);
	});

	it('does not grow for ever under new messages', () => {
		const window = { first: 1, last: undefined };
		expect(keepShort(run(1, MOST + STEP), window, true)).toBe(window);
		expect(shown(run(1, 400), keepShort(run(1, 400), window, true))).toEqual([201, 400]);
		const frozen = keepShort(run(1, 400), window, false);
		expect(shown(run(1, 500), frozen)).toEqual([1, 400]);
	});
});
