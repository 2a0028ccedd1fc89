// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Offline, Refusal } from '../src/api/errors.ts';
import { afterAttempt, backoffMs, nextToSend, outcomeOf, pendingOf, tryAgain, type OutboxItem } from '../src/model/outbox.ts';
import { message } from './helpers.ts';

const item = (order: number, chatId = 10, state: OutboxItem['state'] = 'waiting'): OutboxItem => ({
	order,
	clientId: order.toString(16).padStart(32, '0'),
	chatId,
	text: `text ${order}`,
	createdAt: order,
	state,
});
const refusal = (code: string, retry_after_s?: number) => new Refusal({ code: code as never, message: 'нет', ...(retry_after_s === undefined ? {} : { retry_after_s }) });

describe('the outbox', () => {
	it('sends the first of each chat, in order, past refused ones', () => {
		const items = [item(5, 20), item(2, 10), item(1, 10, 'failed'), item(3, 10), item(4, 20)];
		expect(nextToSend(items).map((one) => one.order)).toEqual([2, 4]);
	});

	it('tries again whatever may pass, and keeps the item', () => {
		for (const error of [new Offline('x'), refusal('unavailable'), refusal('uncertain'), refusal('storage_full'), refusal('rate_limited', 3)]) {
			const outcome = outcomeOf(error);
			expect(outcome.kind).toBe('again');
			expect(afterAttempt(item(1), outcome)).toEqual(item(1));
		}
		expect(outcomeOf(refusal('rate_limited', 3))).toEqual({ kind: 'again', afterMs: 3000 });
	});

	it('shows a refusal with its words, and tries again with the same client_id', () => {
		const after = afterAttempt(item(1), outcomeOf(refusal('not_found')))!;
		expect(after).toMatchObject({ state: 'failed', error: { code: 'not_found', message: 'нет' } });
		const again = tryAgain(after, 9);
		expect(again).toEqual({ ...item(1), order: 9 });
	});

	it('forgets what is sent, waits when the session is over, never hides a bug', () => {
		expect(afterAttempt(item(1), { kind: 'sent' })).toBeUndefined();
		expect(afterAttempt(item(1), outcomeOf(refusal('not_signed_in')))).toEqual(item(1));
		expect(() => outcomeOf(new TypeError('bug'))).toThrow(TypeError);
	});

	it('shows what has not come back as a message of one s own', () => {
		const items = [item(2), item(1), item(3, 20)];
		const there = { ...message(1, 1, 1), client_id: item(1).clientId };
		expect(pendingOf(items, 10, [there], 1).map((one) => one.order)).toEqual([2]);
		expect(pendingOf(items, 10, [{ ...there, sender_id: 2 }], 1).map((one) => one.order)).toEqual([1, 2]);
	});

	it('backs off between half a second and thirty', () => {
		expect(backoffMs(0, () => 0)).toBe(500);
		expect(backoffMs(0, () => 1)).toBe(1000);
		expect(backoffMs(100, () => 1)).toBe(30_000);
	});
});
