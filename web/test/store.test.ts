// SPDX-License-Identifier: Apache-2.0
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import type { OutboxItem } from '../src/model/outbox.ts';
import { Store } from '../src/state/store.ts';

const item = (order: number, clientId = `c${order}`): OutboxItem => ({ order, clientId, chatId: 10, text: `text ${order}`, createdAt: 1, state: 'waiting' });

describe('what a browser keeps of a person', () => {
	it('keeps the outbox in order over a closed tab', async () => {
		const one = new Store(1);
		await one.putOutbox(item(3));
		await one.putOutbox(item(1));
		await one.putOutbox(item(2));
		await one.close();
		const two = new Store(1);
		expect((await two.outbox()).map((kept) => kept.order)).toEqual([1, 2, 3]);
		await two.deleteOutbox('c1');
		await two.putOutbox({ ...item(3), state: 'failed' });
		expect((await two.outbox()).map((kept) => kept.state)).toEqual(['waiting', 'failed']);
		await two.wipe(1);
	});

	it('gives orders that only grow', () => {
		const store = new Store(2);
		const orders = Array.from({ length: 1000 }, () => store.order());
		expect(orders).toEqual([...orders].sort((a, b) => a - b));
		expect(new Set(orders).size).toBe(1000);
	});

	it('keeps people apart and forgets whom it should', async () => {
		const one = new Store(3);
		const other = new Store(4);
		await one.putDraft(10, 'черновик');
		await other.putDraft(10, 'другой');
		await one.keep('world', { a: new Map([[1, 2]]) });
		expect(await one.kept('world')).toEqual({ a: new Map([[1, 2]]) });
		await one.forget('world');
		expect(await one.kept('world')).toBeUndefined();
		expect(await one.draft(10)).toBe('черновик');
		await one.wipe(3);
		expect((await new Store(3).drafts()).size).toBe(0);
		expect(await other.draft(10)).toBe('другой');
	});

	it('deletes although another tab has it open', async () => {
		const tab = new Store(5);
		const other = new Store(5);
		await tab.putDraft(1, 'x');
		await other.draft(1);
		await tab.wipe(5);
		expect((await new Store(5).drafts()).size).toBe(0);
	});
});
