// SPDX-License-Identifier: Apache-2.0
// A minute of a call of two with 5 % of all datagrams lost, both ways; no stage runs it.
//   LOSSY_MS=60000 node --test tests/e2e/call_loss.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comeToCall, endCalls, join, meets, openPerson, pause, startCall, startCalls } from './calls.mjs';
import { closeWays, repair, since, through } from './ways.mjs';

const LOSSY_MS = Number(process.env.LOSSY_MS ?? 60_000);
before(startCalls);
after(async () => {
	await endCalls();
	closeWays();
});

test(`5 % lost for ${LOSSY_MS / 1000} s`, { timeout: LOSSY_MS + 120_000 }, async (t) => {
	const moved = {};
	const camera = { width: 640, height: 360, frameRate: 12 };
	const teacher = await openPerson('teacher', { camera });
	const second = await openPerson('second', { camera, route: through(moved) });
	await startCall(teacher);
	await join(teacher, false);
	await comeToCall(second);
	await join(second, true);
	await meets([teacher, second], 1);
	await pause(5000);
	moved.relay.rules = { loss: 0.05 };
	await pause(1000);
	const before = [await repair(second), await repair(teacher)];
	const lost = [moved.relay.up.counts.lost, moved.relay.down.counts.lost];
	await pause(LOSSY_MS);
	const [here, there] = [since(await repair(second), before[0]), since(await repair(teacher), before[1])];
	t.diagnostic(`5 % lost, datagrams up ${moved.relay.up.counts.lost - lost[0]}, down ${moved.relay.down.counts.lost - lost[1]}: received there ${JSON.stringify(here)}; of what was sent from there ${JSON.stringify(there)}`);
	assert.ok(here.resent >= here.lost * 0.95, `${here.resent} of ${here.lost} holes repaired`);
	assert.equal(there.plis, 0, 'what was lost on the sender’s way was repaired before it went on');
	for (const { freezes } of [here, there]) assert.ok(freezes <= Math.ceil(LOSSY_MS / 60_000), `${freezes} freezes`);
});
