// SPDX-License-Identifier: Apache-2.0
// A command in haste: by the open socket, and by new connections while no answer comes.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandBeside, Offline, Refusal, useSocket } from '../src/api/index.ts';
import type { Socket } from '../src/api/socket.ts';

interface Asked {
	answer(status: number, body: unknown): void;
	fail(): void;
}

describe('a command beside itself', () => {
	let asked: Asked[];
	beforeEach(() => {
		vi.useFakeTimers();
		asked = [];
		vi.stubGlobal('fetch', () => {
			return new Promise((resolve, reject) => {
				asked.push({ answer: (status, body) => resolve({ ok: status === 200, status, json: () => Promise.resolve(body) }), fail: () => reject(new TypeError('no way')) });
			});
		});
	});
	afterEach(() => {
		useSocket(undefined);
		vi.unstubAllGlobals();
		vi.useRealTimers();
	});
	const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
	const through = (command: () => Promise<unknown>): void => useSocket({ open: true, command } as unknown as Socket);
	const ask = () => commandBeside('call_join', { call_id: 1 });

	it('is one command where it is answered', async () => {
		const done = ask();
		await turn(200);
		asked[0]!.answer(200, { ticket: 'a' });
		await expect(done).resolves.toEqual({ ticket: 'a' });
		await turn(10_000);
		expect(asked).toHaveLength(1);
	});

	it('does not wait for a socket that is dead without a word', async () => {
		through(() => new Promise(() => undefined));
		const done = ask();
		await turn(299);
		expect(asked).toHaveLength(0);
		await turn(2);
		asked[0]!.answer(200, { ticket: 'b' });
		await expect(done).resolves.toEqual({ ticket: 'b' });
	});

	it('goes on at once when the socket breaks with it', async () => {
		through(() => Promise.reject(new Offline('lost')));
		const done = ask();
		await turn();
		asked[0]!.answer(200, { ticket: 'c' });
		await expect(done).resolves.toEqual({ ticket: 'c' });
	});

	it('the second connection overtakes the first, and a late failure of that changes nothing', async () => {
		const done = ask();
		await turn(700);
		expect(asked).toHaveLength(3);
		asked[2]!.answer(200, { ticket: 'd' });
		await expect(done).resolves.toEqual({ ticket: 'd' });
		asked[0]!.fail();
		asked[1]!.fail();
		await turn(10_000);
		expect(asked).toHaveLength(3);
	});

	it('a refusal ends it, and so does a network that is not there', async () => {
		const refused = expect(ask()).rejects.toBeInstanceOf(Refusal);
		asked[0]!.answer(403, { error: { code: 'forbidden', message: 'Нельзя' } });
		await refused;
		const gone = expect(ask()).rejects.toBeInstanceOf(Offline);
		asked[1]!.fail();
		await gone;
		await turn(10_000);
		expect(asked).toHaveLength(2);
	});
});
