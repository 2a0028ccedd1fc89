// SPDX-License-Identifier: Apache-2.0
// A lesson of four browsers for as long as CALL_MINUTES says (30), beside `make test`: meant for a program with sanitizers. People talk, mute themselves, stop and start their
// cameras, show screens, change what they look at, come anew; the host mutes. Each minute everybody must hear everybody, and what the two processes hold is printed.
//   CALL_MINUTES=30 ZVONOK_PROGRAM=build-asan/src/app/zvonok ASAN_OPTIONS=quarantine_size_mb=16 node --test tests/e2e/call_long.mjs
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { bar, closeBrowser, come, comeToCall, endCalls, join, openPerson, startCall, startCalls, WHO } from './calls.mjs';

const MINUTES = Number(process.env.CALL_MINUTES ?? 30);
const STEP_MS = 6000;

after(endCalls);

/** Presses the button of this name if it is there. */
async function press(one, name) {
	const button = bar(one).getByRole('button', { name, exact: true });
	if ((await button.count()) === 0) return false;
	await button.first().click();
	return true;
}

/** Voices and pictures that came within ten seconds. */
async function moving(one) {
	const before = new Map((await come(one)).map((row) => [row.track, row]));
	await wait(10_000);
	const grown = (await come(one)).filter((row) => {
		const old = before.get(row.track) ?? { frames: 0, energy: 0 };
		return row.kind === 'video' ? row.frames > old.frames : row.energy > old.energy;
	});
	return { audio: grown.filter(({ kind }) => kind === 'audio').length, video: grown.filter(({ kind }) => kind === 'video').length };
}

const mediaOf = (pid) =>
	readdirSync('/proc').filter((name) => {
		try {
			return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[1] === 'media' && new RegExp(`^PPid:\t${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
		} catch {
			return false;
		}
	});

const held = (pid) => ({ mib: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024), fds: readdirSync(`/proc/${pid}/fd`).length });

/** What people do, one thing after the other. */
function deeds({ teacher, first, second, third }) {
	const all = [teacher, first, second, third];
	const of = (one, ...names) => async () => {
		for (const name of names) {
			await press(one, name);
			await wait(2000);
		}
	};
	return [
		of(first, 'Выключить микрофон', 'Включить микрофон'),
		of(second, 'Показать экран'),
		...all.map((one) => async () => one.page.setViewportSize({ width: 500, height: 800 })),
		of(third, 'Выключить камеру', 'Включить камеру'),
		of(second, 'Закончить показ экрана'),
		...all.map((one) => async () => one.page.setViewportSize({ width: 1300, height: 800 })),
		of(teacher, 'Показать экран', 'Выключить микрофон', 'Включить микрофон', 'Закончить показ экрана'),
		async () => {
			await third.page.reload();
			await comeToCall(third);
			await join(third, false);
		},
		...all.map((one) => async () => one.page.setViewportSize({ width: 900, height: 600 })),
		of(first, 'Поднять руку', 'Опустить руку'),
	];
}

test(`a lesson of four for ${MINUTES} minutes`, { timeout: (MINUTES + 10) * 60_000 }, async (t) => {
	const server = await startCalls();
	const people = {};
	for (const name of Object.keys(WHO)) people[name] = await openPerson(name, { viewport: { width: 900, height: 600 }, timeout: 180_000 });
	const all = Object.values(people);
	await startCall(people.teacher);
	await join(people.teacher, false);
	for (const one of all.slice(1)) {
		await comeToCall(one);
		await join(one, false);
	}
	const [media] = mediaOf(server.pid);
	const begun = performance.now();
	const list = deeds(people);
	const held_all = [];
	let done = 0;
	let looked = 0;
	let quiet = 0;
	while (performance.now() - begun < MINUTES * 60_000) {
		await list[done++ % list.length]();
		await wait(STEP_MS);
		if (performance.now() - begun < (looked + 1) * 60_000) continue;
		looked = Math.floor((performance.now() - begun) / 60_000);
		for (const one of all) await press(one, 'Включить микрофон');
		const got = await Promise.all(all.map(moving));
		quiet += got.some(({ audio }) => audio < 3) ? 1 : 0;
		held_all.push({ media: held(media), server: held(server.pid) });
		t.diagnostic(`minute ${looked}, ${done} deeds: voices ${got.map(({ audio }) => audio).join(' ')}, pictures ${got.map(({ video }) => video).join(' ')}; media ${held_all.at(-1).media.mib} MiB, ${held_all.at(-1).media.fds} fds; server ${held_all.at(-1).server.mib} MiB, ${held_all.at(-1).server.fds} fds`);
		if (process.env.CALL_WATCH) console.error(JSON.stringify({ looked, done, got, held: held_all.at(-1) }));
	}
	const last = mediaOf(server.pid);
	const log = server.err;
	await closeBrowser();
	await server.stop(); // and what the sanitizers have to say
	assert.deepEqual(last, [media], 'the media process is the one of the beginning');
	assert.doesNotMatch(log, /"media\.ended"/);
	assert.equal(quiet, 0, 'looks at which somebody did not hear everybody');
	for (const one of all) assert.deepEqual(one.faults, []);
	assert.ok(held_all.length > 0);
	// where UDP starves, up to eight transports go over TCP
	for (const which of ['media', 'server']) assert.ok(held_all.at(-1)[which].fds <= held_all[0][which].fds + 8, `${which} holds more and more descriptors`);
});
