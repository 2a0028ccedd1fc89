// SPDX-License-Identifier: Apache-2.0
// The last file of a run: what the files before it have not exercised. Each wrote down what it called and saw.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { commands, coverage, ended, events, signals } from '../lib/contract.mjs';

/** Several files run at a time: the last of the others may still be under way. Run alone, it waits for nobody. */
async function others() {
	const wanted = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.mjs')).length - 1;
	for (let i = 0; i < 2400; i++) {
		if (ended() === 0 || ended() >= wanted) break;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	await new Promise((resolve) => setTimeout(resolve, 200)); // the last one's file is whole by now
}

await others();
const { all, folder } = coverage();
rmSync(folder, { recursive: true, force: true });
const alone = all.ok.size === 0 ? 'no other test file was run before this one' : false;
const lacking = (wanted, seen) => [...wanted].filter((name) => !seen.has(name));

test('every command was done', { skip: alone }, () => assert.deepEqual(lacking(commands.keys(), all.ok), []));

test('every event and signal was seen', { skip: alone }, () => {
	assert.deepEqual(lacking(events.keys(), all.events), []);
	assert.deepEqual(lacking(signals.keys(), all.signals), []);
});

test('every error that a command declares was seen', { skip: alone }, () => {
	const declared = [...commands.values()].flatMap(({ name, errors }) => [...errors].map((code) => `${name} ${code}`));
	// Of these the general ones are tried on some commands only, and trouble of the machine in tests/fault.
	const elsewhere = /(rate_limited|too_large|bad_origin|unavailable|uncertain|storage_full)$/;
	const missing = lacking(declared.filter((pair) => !elsewhere.test(pair)), all.errors).filter((pair) => {
		const [name, code] = pair.split(' ');
		const { admit, target } = commands.get(name);
		if (code === 'not_signed_in') return !admit.includes('anyone');
		if (code === 'forbidden') return target.kind !== 'none' && !['chat', 'stream', 'call'].includes(target.kind) && !admit.includes('member') && !admit.includes('person');
		return true;
	});
	assert.deepEqual(missing, []);
});
