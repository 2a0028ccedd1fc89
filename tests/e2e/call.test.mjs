// SPDX-License-Identifier: Apache-2.0
// A lesson of four in real browsers with pretended cameras and microphones: everybody sees and hears everybody, a screen, a hand, the host's
// deeds, a cut, leaving. What comes through is read from the browsers' own counters, not from the page.
import assert from 'node:assert/strict';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { CLASS, CODE, command, PEOPLE, startDemo } from './demo.mjs';

/** Of class 7А. */
const WHO = { teacher: PEOPLE.teacher, first: PEOPLE.pupil, second: '+79000004115', third: '+79000004116' };
/** The goal of issue 4 is 1.5 s on a machine of its own; here four browsers encode and decode on two cores. */
const FIRST_FRAME_MS = Number(process.env.FIRST_FRAME_MS ?? 15000);

let server;
let browser;
after(async () => {
	await browser?.close();
	await server?.kill();
	server?.release();
});

/** Small pictures: two cores carry four cameras and twelve decoders. And the connections, to ask them what came. */
function prepare() {
	const media = navigator.mediaDevices;
	const ask = media.getUserMedia.bind(media);
	media.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 10 } } : wanted);
	const show = media.getDisplayMedia.bind(media);
	media.getDisplayMedia = (wanted) => show({ ...wanted, video: { width: 640, height: 360, frameRate: 5 } });
	const Real = globalThis.RTCPeerConnection;
	globalThis.connections = [];
	globalThis.RTCPeerConnection = class extends Real {
		constructor(...args) {
			super(...args);
			globalThis.connections.push(this);
		}
	};
	globalThis.violations = [];
	addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
}

/** By track: what has come so far. */
function come() {
	return (async () => {
		const rows = [];
		for (const connection of globalThis.connections) {
			if (connection.connectionState === 'closed') continue;
			for (const row of (await connection.getStats()).values()) {
				if (row.type === 'inbound-rtp') rows.push({ kind: row.kind, track: row.trackIdentifier, frames: row.framesDecoded ?? 0, energy: row.totalAudioEnergy ?? 0, packets: row.packetsReceived, height: row.frameHeight ?? 0 });
			}
		}
		return rows;
	})();
}

async function person(name) {
	const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, locale: 'ru-RU', timezoneId: 'Europe/Moscow' });
	context.setDefaultTimeout(20_000);
	const one = { name, context, origin: server.origin, faults: [] };
	await command(one, 'code_request', { phone: WHO[name], locale: 'ru' });
	await command(one, 'sign_in', { phone: WHO[name], code: CODE, device: 'Chromium' });
	const me = await command(one, 'me_snapshot');
	one.chatId = me.chats.find(({ title }) => title === CLASS).id;
	one.family = me.person.family_name;
	await context.addInitScript(prepare);
	await context.addInitScript((id) => localStorage.setItem('zvonok.person', String(id)), me.person.id);
	one.page = await context.newPage();
	one.page.on('pageerror', (error) => one.faults.push(`${name}: ${error.stack ?? error}`));
	await one.page.goto(`${server.origin}/chat/${one.chatId}`);
	await one.page.locator('[data-client-id]').first().waitFor();
	return one;
}

/** Looks again and again until it holds; the last answer is told when it never does. */
async function until(what, look, limit = 12_000) {
	let last;
	for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
		last = await look();
		if (last.ok) return last;
	}
	await pictures(what);
	assert.fail(`${what}: ${JSON.stringify(last)}`);
}

/** What each sees, into the folder that ZVONOK_PICTURES names. */
async function pictures(name) {
	const folder = process.env.ZVONOK_PICTURES;
	if (!folder) return;
	for (const context of browser.contexts()) {
		for (const page of context.pages()) await page.screenshot({ path: path(folder, `${name} - ${browser.contexts().indexOf(context)}.png`.replaceAll('/', ' ')) }).catch(() => undefined);
	}
}

/** Over two looks: how many pictures move and how many voices sound, of those that were there at both. */
async function moving(one, ms = 1500, met = undefined) {
	const before = new Map((await one.page.evaluate(come)).map((row) => [row.track, row]));
	await new Promise((resolve) => setTimeout(resolve, ms));
	const now = await one.page.evaluate(come);
	const grown = now.filter((row) => {
		const old = before.get(row.track);
		return old && (row.kind === 'video' ? row.frames > old.frames : row.energy > old.energy);
	});
	for (const { kind, track } of met ? grown : []) met[kind].add(track);
	return { video: grown.filter(({ kind }) => kind === 'video').length, audio: grown.filter(({ kind }) => kind === 'audio').length };
}

/** Voices of all n, and pictures of some: where a laden machine makes the way narrow the server rests pictures, never voices. */
const hears = (people, n) =>
	Promise.all(people.map((one) => until(`${one.name} hears ${n}`, async () => {
		const got = await moving(one);
		return { ...got, ok: got.audio === n && got.video >= 1 && got.video <= n };
	}, 30_000)));

/** Each has seen each other's picture move and heard each other's voice, not all in the same moment. */
const meets = (people, n) =>
	Promise.all(people.map((one) => {
		const met = { video: new Set(), audio: new Set() };
		return until(`${one.name} has seen and heard ${n}`, async () => {
			await moving(one, 1000, met);
			return { video: met.video.size, audio: met.audio.size, ok: met.video.size === n && met.audio.size === n };
		}, 60_000);
	}));

const tile = (one, who, source = 'camera') => one.page.locator(`.tile[data-source="${source}"]`).filter({ hasText: who });
const bar = (one) => one.page.locator('.bar');

/** From the press to the first moving picture of somebody else. */
async function join(one, others) {
	const button = one.page.locator('.card footer button').last();
	await one.page.locator('.preview video').waitFor();
	const started = performance.now();
	await button.click();
	if (!others) {
		await bar(one).waitFor();
		return undefined;
	}
	await one.page.waitForFunction(() => [...document.querySelectorAll('.tile video:not(.mirrored)')].some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 0), undefined, { polling: 50 });
	return performance.now() - started;
}

test('a lesson of four', { timeout: 240_000 }, async (t) => {
	server = await startDemo();
	browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
	const everybody = {};
	for (const name of Object.keys(WHO)) everybody[name] = await person(name);
	const { teacher, first, second, third } = everybody;
	const all = Object.values(everybody);

	await t.test('the teacher starts it from the chat; the others see it and join', async () => {
		assert.equal(await second.page.locator('header button[aria-label*="видеозвонок"]').count(), 0, 'a pupil may not start one');
		await teacher.page.locator('header button[aria-label*="видеозвонок"]').click();
		await join(teacher, false);
		const times = [];
		for (const one of [first, second, third]) {
			await one.page.locator('.going button').click();
			times.push(await join(one, true));
		}
		t.diagnostic(`first frame after joining: ${times.map((ms) => Math.round(ms)).join(', ')} ms`);
		for (const ms of times) assert.ok(ms < FIRST_FRAME_MS, `${ms} ms`);
	});

	await t.test('everybody sees and hears everybody', () => meets(all, 3));

	await t.test('a pupil shows the screen', async () => {
		const frames = (one) => one.page.evaluate(() => document.querySelector('.tile[data-source="screen"] video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
		await bar(second).getByRole('button', { name: 'Показать экран' }).click();
		for (const one of [teacher, first, third]) await tile(one, 'Экран', 'screen').locator('video').waitFor();
		for (const one of [teacher, first, third]) {
			const shown = await frames(one);
			await until(`${one.name} sees the screen move`, async () => ({ ok: (await frames(one)) > shown + 2 }), 30_000);
		}
		await bar(second).getByRole('button', { name: 'Закончить показ экрана' }).click();
		await tile(teacher, 'Экран', 'screen').waitFor({ state: 'detached' });
	});

	await t.test('hands go up in order, and a reaction is seen', async () => {
		await bar(third).getByRole('button', { name: 'Поднять руку' }).click();
		await teacher.page.locator('.tile .hand').waitFor();
		await bar(first).getByRole('button', { name: 'Поднять руку' }).click();
		await teacher.page.locator('.tile .hand').nth(1).waitFor();
		await teacher.page.locator('.top .count').click();
		const order = await teacher.page.locator('.people ol .name').allTextContents();
		assert.deepEqual(order.map((name) => name.split(' ')[0]), [third.family, first.family]);
		await bar(first).getByRole('button', { name: 'Показать реакцию' }).click();
		await first.page.getByRole('button', { name: 'Аплодисменты' }).click();
		await teacher.page.locator('.tile .reaction').waitFor();
	});

	await t.test('muted by the host: not a packet of the voice comes any more, and the pupil is told', async () => {
		const row = teacher.page.locator('.people ul li').filter({ hasText: first.family });
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Выключить микрофон' }).click();
		await first.page.getByText('Ведущий выключил ваш микрофон').waitFor();
		await until('two voices are left', async () => {
			const got = await moving(third);
			return { ...got, ok: got.audio === 2 && got.video >= 1 };
		});
		assert.ok(await bar(first).locator('button[aria-disabled=true]').first().isVisible());
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Попросить включить микрофон' }).click();
		await first.page.locator('.told').getByRole('button', { name: 'Включить микрофон' }).click();
		await hears([third], 3);
	});

	await t.test('going to another chat keeps the voices and one picture', async () => {
		await second.page.locator('.room .top .small').click();
		await second.page.locator('.floating').waitFor();
		await second.page.locator('[data-chat]').nth(1).click();
		await second.page.locator('.floating video').waitFor();
		await until('voices of all, one picture', async () => {
			const got = await moving(second);
			return { ...got, ok: got.audio === 3 && got.video <= 1 };
		});
		await second.page.locator('.floating').getByRole('button', { name: 'Развернуть звонок' }).click();
		await hears([second], 3);
	});

	await t.test('after a cut of the network one is back in one’s place', async () => {
		await third.context.setOffline(true);
		await third.page.evaluate(() => globalThis.connections.forEach((connection) => connection.close()));
		await third.context.setOffline(false);
		await third.page.reload();
		await third.page.locator('.going button').click();
		await join(third, true);
		await hears([third, teacher], 3);
		await teacher.page.locator('.people ol .name').filter({ hasText: third.family }).waitFor(); // the hand is still up
	});

	await t.test('removed: he is told, and the others lose him', async () => {
		const row = teacher.page.locator('.people ul li').filter({ hasText: third.family });
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Вывести из звонка' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Вывести' }).click();
		await third.page.getByRole('heading', { name: 'Вас вывели из звонка' }).waitFor();
		await hears([teacher, first, second], 2);
	});

	await t.test('leaving, and the end for all', async () => {
		await bar(first).getByRole('button', { name: 'Выйти из звонка' }).click();
		await first.page.locator('.going button').waitFor();
		await hears([teacher, second], 1);
		await bar(teacher).getByRole('button', { name: 'Выйти из звонка' }).click();
		await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
		await second.page.getByRole('heading', { name: 'Звонок завершён' }).waitFor();
		await first.page.locator('.going button').waitFor({ state: 'detached' });
	});

	for (const one of all) {
		assert.deepEqual(one.faults, []);
		assert.deepEqual(await one.page.evaluate(() => globalThis.violations), []);
	}
});
