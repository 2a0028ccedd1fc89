// SPDX-License-Identifier: Apache-2.0
// Calls under hardship: a browser that gets no time at all for a while, and a link of 64 kbit/s.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { bar, come, comeToCall, endCalls, join, meets, openPerson, pause, sent, startCall, startCalls, until } from './calls.mjs';
import { closeWays, marks, since, sound, through } from './ways.mjs';

const BACK_MS = 5000;
const LADEN = Math.max(1.5, loadavg()[0] / cpus().length);
/** Seconds without a processor; by hand also 20 and 75. */
const STOPS = (process.env.STOPS ?? '40').split(',').map(Number);
const SLIDES_MS = Number(process.env.SLIDES_MS ?? 15_000);

before(() => startCalls());
after(async () => {
	await endCalls();
	closeWays();
});

/** A process and all that came of it. */
function family(pid) {
	const parents = new Map();
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		try {
			const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
			parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
		} catch {
			// it ended meanwhile
		}
	}
	const all = [pid];
	for (let i = 0; i < all.length; i++) for (const [child, parent] of parents) if (parent === all[i]) all.push(child);
	return all;
}

const signal = (pids, name) => {
	for (const pid of pids) {
		try {
			process.kill(pid, name);
		} catch {
			// ended
		}
	}
};

const faultless = async (people) => {
	for (const one of people) {
		assert.deepEqual(one.faults, []);
		assert.deepEqual(await one.page.evaluate(() => globalThis.violations), []);
	}
};

const end = async (teacher) => {
	await teacher.page.evaluate(() => document.querySelector('.room')?.focus());
	await bar(teacher).getByRole('button', { name: 'Выйти из звонка' }).click();
	await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
};

/** From now until packets of both his voice and his picture come, three looks in a row. */
async function comesAgain(one, limit) {
	const started = performance.now();
	const of = async () => {
		const sum = { audio: 0, video: 0 };
		for (const { kind, packets } of await come(one)) sum[kind] += packets;
		return sum;
	};
	let last = await of();
	let run = 0;
	let from = 0;
	await until(`${one.name} sees and hears again`, async () => {
		const asked = performance.now();
		const now = await of();
		run = now.video > last.video && now.audio > last.audio ? run + 1 : 0;
		if (run === 1) from = asked;
		last = now;
		return { ok: run >= 3, now };
	}, limit, 500); // between words a voice is a packet in 0.4 s
	return Math.round(from - started);
}

test('a browser that got no time comes back by itself', { timeout: (STOPS.reduce((sum, s) => sum + s, 0) + 150) * 1000 }, async (t) => {
	const apart = await chromium.launchServer({ executablePath: CHROMIUM, args: FLAGS });
	const within = await chromium.connect(apart.wsEndpoint());
	t.after(async () => {
		signal(family(apart.process().pid), 'SIGCONT');
		await within.close();
		await apart.close();
	});
	const teacher = await openPerson('teacher');
	const first = await openPerson('first', { within });
	await startCall(teacher);
	await join(teacher, false);
	await comeToCall(first);
	await join(first, true);
	await meets([teacher, first], 1);
	for (const seconds of STOPS) {
		await pause(2000);
		const all = family(apart.process().pid);
		signal(all, 'SIGSTOP');
		await pause(seconds * 1000);
		signal(all, 'SIGCONT');
		await first.page.evaluate(() => performance.mark('call: cut'));
		const times = await Promise.all([comesAgain(first, 60_000), comesAgain(teacher, 60_000)]);
		t.diagnostic(`no time for ${seconds} s: it sees and hears after ${times[0]} ms, is seen and heard after ${times[1]} ms; ${await marks(first)}`);
		assert.ok(Math.max(...times) < BACK_MS * LADEN, `${times.join(', ')} ms`);
		await meets([teacher, first], 1);
		await bar(first).getByRole('button', { name: 'Выключить микрофон' }).waitFor();
		await bar(first).getByRole('button', { name: 'Выключить камеру' }).waitFor();
	}
	await faultless([teacher, first]);
	await end(teacher);
	await teacher.context.close();
	await first.context.close();
});

test('sound and slides go through 64 kbit/s', { timeout: 240_000 }, async (t) => {
	const narrow = {};
	const teacher = await openPerson('teacher', { camera: { width: 640, height: 360, frameRate: 12 } });
	const second = await openPerson('second', { route: through(narrow), choices: { saving: 'screen' } });
	await startCall(teacher);
	await join(teacher, false);
	await comeToCall(second);
	await second.page.locator('.card footer button').last().click();
	await bar(second).waitFor();
	await until('the voice comes', async () => ({ ok: (await come(second)).some(({ kind, packets }) => kind === 'audio' && packets > 20) }), 30_000);
	narrow.relay.rules = { rate: 64_000, delay: 30 };
	await bar(teacher).getByRole('button', { name: 'Показать экран' }).click();
	const pictures = async () => (await come(second)).filter(({ kind }) => kind === 'video').reduce((sum, { frames, bytes }) => ({ frames: sum.frames + frames, bytes: sum.bytes + bytes }), { frames: 0, bytes: 0 });
	const shown = performance.now();
	await until('the first slide', async () => ({ ok: (await pictures()).frames > 0 }), 30_000, 100);
	const first = Math.round(performance.now() - shown);
	await pause(2000);
	const [soundBefore, before] = [await sound(second), await pictures()];
	const counts = { ...narrow.relay.down.counts };
	await pause(SLIDES_MS);
	const [heard, seen] = [since(await sound(second), soundBefore), since(await pictures(), before)];
	const down = since(narrow.relay.down.counts, counts);
	const gaps = heard.concealed / heard.samples;
	t.diagnostic(`64 kbit/s: first slide after ${first} ms; in ${SLIDES_MS / 1000} s ${seen.frames} pictures (${Math.round((seen.bytes * 8) / SLIDES_MS)} kbit/s), ${(gaps * 100).toFixed(1)} % of the sound made up (${heard.events} times), link: ${JSON.stringify(down)}`);
	assert.ok(heard.energy > 0, 'a voice is heard');
	assert.ok(gaps <= 0.05, `${gaps}`);
	assert.ok(first < 10_000 * LADEN, `${first} ms`);
	assert.ok(seen.frames >= SLIDES_MS / 5000, 'slides come');
	// and the other way: his own voice is heard
	const own = (await sent(second)).filter(({ kind }) => kind === 'video');
	assert.deepEqual(own, [], 'no face of his');
	await until('his voice is heard', async () => {
		const at = await sound(teacher);
		await pause(1500);
		return { ok: since(await sound(teacher), at).energy > 0 };
	}, 15_000);
	await faultless([teacher, second]);
	await end(teacher);
});
