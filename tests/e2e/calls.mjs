// SPDX-License-Identifier: Apache-2.0
// People in a call in real browsers with pretended cameras and microphones. What comes through is read from the browsers' own counters, not
// from the page.
import assert from 'node:assert/strict';
import { join as path } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { CLASS, CODE, command, PEOPLE, startDemo } from './demo.mjs';

/** Of class 7А. */
export const WHO = { teacher: PEOPLE.teacher, first: PEOPLE.pupil, second: '+79000004115', third: '+79000004116' };

let server;
let browser;

export async function startCalls(...flags) {
	server = await startDemo();
	browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
	return server;
}

export async function closeBrowser() {
	await browser?.close();
	browser = undefined;
}

export async function endCalls() {
	await closeBrowser();
	if (server?.process.exitCode === null) await server.kill();
	server?.release();
}

/** Small pictures: two cores carry four cameras and twelve decoders. And the connections, to ask them what came. */
function prepare(camera) {
	const media = navigator.mediaDevices;
	const ask = media.getUserMedia.bind(media);
	media.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: camera } : wanted);
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
	/** From the press to the first moving picture of somebody else. */
	globalThis.watchFirstFrame = () => {
		performance.clearMarks();
		const timer = setInterval(() => {
			const moves = [...document.querySelectorAll('.tile video:not(.mirrored)')].some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 0);
			if (!moves) return;
			performance.mark('call: first frame');
			clearInterval(timer);
		}, 20);
	};
}

/** By track: what has come so far; `sent` also what went out, by stream. */
function counters(sent) {
	return (async () => {
		const rows = [];
		for (const connection of globalThis.connections) {
			if (connection.connectionState === 'closed') continue;
			for (const row of (await connection.getStats()).values()) {
				if (row.type !== (sent ? 'outbound-rtp' : 'inbound-rtp')) continue;
				rows.push({
					kind: row.kind, track: row.trackIdentifier ?? row.id, frames: row.framesDecoded ?? row.framesEncoded ?? 0, energy: row.totalAudioEnergy ?? 0, packets: row.packetsReceived ?? row.packetsSent,
					height: row.frameHeight ?? 0, keys: row.keyFramesDecoded ?? row.keyFramesEncoded ?? 0, asked: (row.pliCount ?? 0) + (row.firCount ?? 0), dropped: row.framesDropped ?? 0,
					freezes: row.freezeCount ?? 0, bytes: (row.bytesReceived ?? row.bytesSent ?? 0) + (row.headerBytesReceived ?? 0), rid: row.rid,
				});
			}
		}
		return rows;
	})();
}
export const come = (one) => one.page.evaluate(counters, false);
export const sent = (one) => one.page.evaluate(counters, true);

/** In the chat of the class. options: the camera's picture; route(page) before it is opened; a script that its pages begin with; how long a step may take; another way to the
 *  server (origin), another browser (within); what he chose in earlier calls. */
export async function openPerson(name, { camera = { width: 320, height: 180, frameRate: 10 }, route, script, viewport = { width: 1000, height: 700 }, timeout = 60_000, origin = server.origin, within = browser, choices } = {}) {
	const context = await within.newContext({ viewport, locale: 'ru-RU', timezoneId: 'Europe/Moscow' });
	context.setDefaultTimeout(timeout);
	const one = { name, context, origin, faults: [] };
	await command(one, 'code_request', { phone: WHO[name], locale: 'ru' });
	await command(one, 'sign_in', { phone: WHO[name], code: CODE, device: 'Chromium' });
	const me = await command(one, 'me_snapshot');
	one.chatId = me.chats.find(({ title }) => title === CLASS).id;
	one.family = me.person.family_name;
	await context.addInitScript(prepare, camera);
	if (script) await context.addInitScript(script);
	await context.addInitScript((id) => localStorage.setItem('zvonok.person', String(id)), me.person.id);
	if (choices) await context.addInitScript((kept) => localStorage.setItem('zvonok.call', JSON.stringify(kept)), choices);
	one.page = await context.newPage();
	one.page.on('pageerror', (error) => one.faults.push(`${name}: ${error.stack ?? error}`));
	await route?.(one.page);
	await one.page.goto(`${origin}/chat/${one.chatId}`);
	await one.page.locator('[data-client-id]').first().waitFor();
	return one;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again and again until it holds; the last answer is told when it never does. */
export async function until(what, look, limit = 12_000, every = 250) {
	let last;
	for (const end = Date.now() + limit; Date.now() < end; await pause(every)) {
		last = await look();
		if (last.ok) return last;
	}
	await pictures(what);
	assert.fail(`${what}: ${JSON.stringify(last)}`);
}

/** What each sees, into the folder that ZVONOK_PICTURES names. */
export async function pictures(name) {
	const folder = process.env.ZVONOK_PICTURES;
	if (!folder) return;
	for (const context of browser.contexts()) {
		for (const page of context.pages()) await page.screenshot({ path: path(folder, `${name} - ${browser.contexts().indexOf(context)}.png`.replaceAll('/', ' ')) }).catch(() => undefined);
	}
}

/** Over two looks: how many pictures move and how many voices sound, of those that were there at both. */
export async function moving(one, ms = 1500, met = undefined) {
	const before = new Map((await come(one)).map((row) => [row.track, row]));
	await pause(ms);
	const now = await come(one);
	const grown = now.filter((row) => {
		const old = before.get(row.track);
		return old && (row.kind === 'video' ? row.frames > old.frames : row.energy > old.energy);
	});
	for (const { kind, track } of met ? grown : []) met[kind].add(track);
	return { video: grown.filter(({ kind }) => kind === 'video').length, audio: grown.filter(({ kind }) => kind === 'audio').length };
}

/** Voices of all n, and pictures of some: where a laden machine makes the way narrow the server rests pictures, never voices. */
export const hears = (people, n) =>
	Promise.all(people.map((one) => until(`${one.name} hears ${n}`, async () => {
		const got = await moving(one);
		return { ...got, ok: got.audio === n && got.video >= 1 && got.video <= n };
	}, 30_000)));

/** Each has seen each other's picture move and heard each other's voice, not all in the same moment. */
export const meets = (people, n) =>
	Promise.all(people.map((one) => {
		const met = { video: new Set(), audio: new Set() };
		return until(`${one.name} has seen and heard ${n}`, async () => {
			await moving(one, 1000, met);
			return { video: met.video.size, audio: met.audio.size, ok: met.video.size === n && met.audio.size === n };
		}, 60_000);
	}));

export const tile = (one, who, source = 'camera') => one.page.locator(`.tile[data-source="${source}"]`).filter({ hasText: who });
export const bar = (one) => one.page.locator('.bar');
export const startCall = (one) => one.page.locator('header button[aria-label*="видеозвонок"]').click();
export const comeToCall = (one) => one.page.locator('.going button').click();

/** Through the door, by its last button or that of this name. others: somebody's picture is to be seen; then the milliseconds from the press to each step are answered. */
export async function join(one, others, name) {
	const buttons = one.page.locator('.card footer');
	const button = name ? buttons.getByRole('button', { name, exact: true }) : buttons.locator('button').last();
	await one.page.locator('.preview video').waitFor();
	await one.page.evaluate(() => globalThis.watchFirstFrame());
	await button.click();
	if (!others) {
		await bar(one).waitFor();
		return undefined;
	}
	await one.page.waitForFunction(() => performance.getEntriesByName('call: first frame').length > 0, undefined, { polling: 50 });
	return one.page.evaluate(() => {
		const marks = performance.getEntriesByType('mark').filter(({ name }) => name.startsWith('call: '));
		const pressed = marks.find(({ name }) => name === 'call: pressed').startTime;
		return Object.fromEntries(marks.map(({ name, startTime }) => [name.slice(6), Math.round(startTime - pressed)]).reverse());
	});
}
