// SPDX-License-Identifier: Apache-2.0
// A minute each of a call of two with 5 % of all datagrams lost: on the way to one of them, on his own, on both; no stage runs it.
//   LOSSY_MS=60000 node --test tests/e2e/call_loss.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comeToCall, endCalls, join, meets, openPerson, pause, startCall, startCalls } from './calls.mjs';
import { closeWays, repair, since, through } from './ways.mjs';

const LOSSY_MS = Number(process.env.LOSSY_MS ?? 60_000);
before(() => startCalls());
after(async () => {
	await endCalls();
	closeWays();
});

test(`5 % lost for ${LOSSY_MS / 1000} s`, { timeout: 3 * LOSSY_MS + 120_000 }, async (t) => {
	const moved = {};
	const camera = { width: 640, height: 360, frameRate: 24 };
	const teacher = await openPerson('teacher', { camera });
	const second = await openPerson('second', { camera, route: through(moved) });
	await startCall(teacher);
	await join(teacher, false);
	await comeToCall(second);
	await join(second, true);
	await meets([teacher, second], 1);
	await pause(5000);
	for (const [name, up, down] of [['on the way to him', 0, 0.05], ['on his way to the server', 0.05, 0], ['both ways', 0.05, 0.05]]) {
		moved.relay.up.rules = { loss: up };
		moved.relay.down.rules = { loss: down };
		await pause(1000);
		const before = [await repair(second), await repair(teacher)];
		await pause(LOSSY_MS);
		const [here, there] = [since(await repair(second), before[0]), since(await repair(teacher), before[1])];
		t.diagnostic(`5 % lost ${name}: received there ${JSON.stringify(here)}; of what was sent from there ${JSON.stringify(there)}`);
		// On a lossy way copies go out twice, so that this asks for two of most. Where requests are lost too, a browser does not ask again for a picture that no other one stands on.
		if (!up) assert.ok(here.resent >= here.lost * 0.95, `${here.resent} of ${here.lost} holes repaired`);
		assert.equal(here.plis + there.plis, 0, 'no decoder lost its way');
		for (const { freezes } of [here, there]) assert.ok(freezes <= Math.ceil(LOSSY_MS / 60_000), `${freezes} freezes`);
	}
});
