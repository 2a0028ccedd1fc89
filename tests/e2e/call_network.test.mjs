// SPDX-License-Identifier: Apache-2.0
// Calls on bad ways: UDP does not get through, the network changes, layers change all the time, the media process dies. On the way of each
// socket to the media process stands the test, which sends the browser's media through a relay of its own (ways.mjs).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import { newId } from '../lib/client.mjs';
import { bar, come, comeToCall, endCalls, hears, join, meets, openPerson, pause, sent, startCall, startCalls, until } from './calls.mjs';
import { command } from './demo.mjs';
import { back, closeWays, marks, repair, since, TcpRelay, through } from './ways.mjs';

/** The goals of issue 4, and how much longer a laden machine may take. */
const TCP_MS = 3000;
const BACK_MS = 5000;
const LADEN = Math.max(1.5, loadavg()[0] / cpus().length);
const SWITCHES = Number(process.env.SWITCHES ?? 100);
const LOSSY_MS = Number(process.env.LOSSY_MS ?? 15_000);
/** What the changes may take together: a machine that is busy with other things does fewer. */
const SWITCHING_MS = 150_000;

let server;
before(async () => {
	server = await startCalls();
});
after(async () => {
	await endCalls();
	closeWays();
});

const protocol = (one) =>
	one.page.evaluate(async () => {
		for (const connection of globalThis.connections) {
			if (connection.connectionState !== 'connected') continue;
			const rows = [...(await connection.getStats()).values()];
			const pair = rows.find(({ id }) => id === rows.find(({ type }) => type === 'transport')?.selectedCandidatePairId);
			const remote = rows.find(({ id }) => id === pair?.remoteCandidateId);
			if (remote) return remote.protocol;
		}
		return undefined;
	});

const faultless = async (people) => {
	for (const one of people) {
		assert.deepEqual(one.faults, []);
		assert.deepEqual(await one.page.evaluate(() => globalThis.violations), []);
	}
};
const leave = (one) => bar(one).getByRole('button', { name: 'Выйти из звонка' }).click();

test('narrow and changing ways', { timeout: 480_000 }, async (t) => {
	const walled = {};
	const moved = {};
	const teacher = await openPerson('teacher', { camera: { width: 640, height: 360, frameRate: 12 } });
	const first = await openPerson('first', { route: through(walled, { deaf: true }) });
	const wire = await TcpRelay.start(server.port);
	const second = await openPerson('second', { route: through(moved), origin: wire.origin });
	await startCall(teacher);
	await join(teacher, false);

	await t.test('UDP is blocked: by TCP, and the picture is decoded', async () => {
		await comeToCall(first);
		const steps = await join(first, true);
		t.diagnostic(`UDP blocked: ${JSON.stringify(steps)}`);
		assert.equal(await protocol(first), 'tcp');
		const ms = steps['recv connected'] - steps.consumed;
		assert.ok(ms < TCP_MS * LADEN, `${ms} ms`);
		await meets([first], 1);
		await first.page.locator('.top .sign .quality:not(.good)').waitFor(); // and one is told why it may lag
		await leave(first);
	});

	/** The way is lost by what `lose` does; pictures move again in time, and both hear and see each other. */
	const regained = async (what, lose) => {
		await pause(4000); // a call that goes on, not one that begins
		await lose();
		const { ms, packets } = await back(second, BACK_MS * LADEN * 2);
		t.diagnostic(`${what}: pictures after ${ms} ms, packets after ${packets} ms, by ${await protocol(second)}; ${await marks(second)}`);
		await meets([teacher, second], 1);
		assert.ok(ms < BACK_MS * LADEN, `${what}: ${ms} ms`);
	};

	await t.test('the network changes: ICE begins anew, and the pictures are back', async () => {
		await comeToCall(second);
		await join(second, true);
		await meets([second], 1);
		assert.equal(await protocol(second), 'udp');
		let ports;
		await regained('the way is cut for good, the server’s socket lives', () => (ports = moved.relay.cut()));
		assert.ok(moved.relay.ports > ports, 'ICE began anew, from other ports');
		assert.equal(await second.page.evaluate(() => performance.getEntriesByName('call: welcome').length), 1, 'without joining anew');
	});

	await t.test('a router on the way forgets: the pictures are back', () => regained('address rewritten', () => moved.relay.rebind()));

	await t.test('all connections are broken, another network is there', () =>
		regained('every connection reset, UDP from other ports', () => {
			moved.relay.cut();
			wire.reset();
		}));

	await t.test('all connections hang without a word, another network is there', () =>
		regained('every connection silent, UDP from other ports', () => {
			moved.relay.cut();
			wire.hold();
		}));

	await t.test('nothing at all for three seconds, then as before', () =>
		regained('nothing for 3 s', () => {
			moved.relay.deaf = wire.holds = true;
			wire.hold();
			setTimeout(() => {
				moved.relay.deaf = false;
				wire.release();
			}, 3000);
		}));

	await t.test(`${SWITCHES} changes of layers: no decoder stumbles, one key frame each at most`, async () => {
		const seen = async () => (await come(second)).filter(({ kind }) => kind === 'video').sort((a, b) => b.frames - a.frames)[0];
		const out = async () => (await sent(teacher)).filter(({ kind }) => kind === 'video').reduce((sum, { asked, keys }) => ({ asked: sum.asked + asked, keys: sum.keys + keys }), { asked: 0, keys: 0 });
		const small = (on) => second.page.evaluate((wanted) => {
			// One's own picture large: that of the teacher becomes small.
			const pin = document.querySelector('.tile:has(video.mirrored) .pin');
			if ((pin.getAttribute('aria-pressed') === 'true') !== wanted) pin.click();
		}, on);
		await until('the large layer comes', async () => ({ ...(await seen()), ok: (await seen()).height === 360 }), 60_000);
		const [before, askedBefore] = [await seen(), await out()];
		const repairBefore = await repair(second);
		const switches = async () => (await moved.ask('stats')).consumers.reduce((sum, one) => ({ switches: sum.switches + one.switches, tooEarly: sum.tooEarly + one.tooEarly }), { switches: 0, tooEarly: 0 });
		const made = await switches();
		[moved.asked, moved.told] = [[], []];
		let done = 0;
		let tried = 0;
		for (const stop = Date.now() + SWITCHING_MS; tried < SWITCHES && Date.now() < stop; tried++) {
			const height = tried % 2 === 0 ? 180 : 360;
			await small(height === 180);
			for (const end = Date.now() + 4000; Date.now() < end; await pause(50)) {
				if ((await seen()).height !== height) continue;
				done++;
				break;
			}
		}
		await pause(1000);
		const [now, asked] = [await seen(), await out()];
		const told = { tried, done, frames: now.frames - before.frames, keys: now.keys - before.keys, asked: asked.asked - askedBefore.asked, plis: now.asked - before.asked, dropped: now.dropped - before.dropped, freezes: now.freezes - before.freezes, keysDecoded: since(await repair(second), repairBefore).keys, ...since(await switches(), made) };
		if (process.env.WAYS_LOG) for (const one of [...moved.asked, ...moved.told].sort((a, b) => a.at - b.at)) console.error(JSON.stringify(one));
		t.diagnostic(`changes of layers: ${JSON.stringify(told)}`);
		assert.ok(done >= tried * 0.9 && done >= 10, 'layers do change');
		assert.ok(told.keys <= 2 * tried + 2, 'a key frame a change; the browser makes one of each size when it is asked for one');
		// a machine that is busy with other things may not make one within the two and a half seconds after which it is asked again
		assert.ok(told.asked <= tried + (LADEN > 1.5 ? 3 : 0), 'asked for at most one a change');
		assert.ok(told.plis <= 1, 'the decoder never lost its way');
		const { frames } = await seen();
		await until('and goes on', async () => ({ ok: (await seen()).frames > frames + 5 }));
	});
	await t.test(`${LOSSY_MS / 1000} s with 5 % of all datagrams lost on the way: repaired`, async () => {
		const budget = async () => Math.round((await moved.ask('stats')).budget / 1000);
		const budgets = [await budget()];
		moved.relay.down.rules = { loss: 0.05 };
		await pause(1000);
		const before = await repair(second);
		for (const stop = Date.now() + LOSSY_MS; Date.now() < stop; await pause(Math.max(1000, LOSSY_MS / 15))) budgets.push(await budget());
		const here = since(await repair(second), before);
		moved.relay.down.rules = {};
		t.diagnostic(`5 % lost: ${JSON.stringify(here)}; kbit/s that the server gives: ${budgets.join(' ')}`);
		assert.ok(here.lost >= 2, 'something was lost');
		assert.ok(here.resent >= Math.floor(here.lost * 0.95), 'at least 95 % of the holes were repaired'); // the newest may be under way
		assert.ok(here.freezes <= (LADEN > 1.5 ? 3 : 1), `${here.freezes} freezes`);
		assert.equal(here.plis, 0);
	});
	await faultless([teacher, first, second]);
	await teacher.page.evaluate(() => document.querySelector('.room')?.focus());
	await leave(teacher);
	await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
	await second.page.getByRole('heading', { name: 'Звонок завершён' }).waitFor();
	for (const one of [teacher, first, second]) await one.context.close();
});

test('the media process dies: the call is back by itself, the chat does not notice', { timeout: 240_000 }, async (t) => {
	const all = [];
	for (const name of ['teacher', 'first', 'second', 'third']) all.push(await openPerson(name));
	const [teacher, ...pupils] = all;
	await startCall(teacher);
	await join(teacher, false);
	for (const one of pupils) {
		await comeToCall(one);
		await join(one, true);
	}
	await hears(all, 3);
	const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(server.process.pid)], { encoding: 'utf8' }).trim().split('\n');
	const pid = Number(children.find((line) => / media /.test(line)).trim().split(' ')[0]);
	process.kill(pid, 'SIGKILL');
	const killed = performance.now();
	const written = command(teacher, 'message_post', { chat_id: teacher.chatId, text: 'Сейчас вернёмся', client_id: newId() }).then(() => Math.round(performance.now() - killed));
	const times = (await Promise.all(all.map((one) => back(one, BACK_MS * LADEN * 2)))).map(({ ms }) => ms);
	t.diagnostic(`kill -9 of the media process: pictures are back after ${times.join(', ')} ms; a message was stored after ${await written} ms`);
	t.diagnostic(`steps of the teacher: ${await marks(teacher)}`);
	assert.ok(await written < 1000);
	for (const ms of times) assert.ok(ms < BACK_MS * LADEN, `${ms} ms`);
	await hears(all, 3);
	assert.equal(await teacher.page.locator('.tile[data-source="camera"]').count(), 4, 'nobody lost his place');
	await faultless(all);
});
