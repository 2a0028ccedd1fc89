// SPDX-License-Identifier: Apache-2.0
// Another WebRTC than browsers' in a call of the product: it hears and sees a Chromium, and Chromium decodes what it sends.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Client } from '../lib/client.mjs';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { CLASS, CODE, command, PEOPLE, startDemo } from './demo.mjs';
import { SecondStack } from './media/second_stack.mjs';

let server;
let browser;
let second;
after(async () => {
	// werift keeps sockets and timers of connections, and the file would not end by itself.
	setTimeout(() => process.exit(), 5000);
	void second?.leave();
	await browser?.close();
	if (server?.process.exitCode === null) await server.kill();
	server?.release();
});

function keepConnections() {
	const Real = globalThis.RTCPeerConnection;
	globalThis.connections = [];
	globalThis.RTCPeerConnection = class extends Real {
		constructor(...args) {
			super(...args);
			globalThis.connections.push(this);
		}
	};
	const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	navigator.mediaDevices.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 10 } } : wanted);
}

/** What this browser received and decoded. */
async function inbound() {
	const sum = { frames: 0, energy: 0, audio: 0, video: 0 };
	for (const connection of globalThis.connections) {
		if (connection.connectionState === 'closed') continue;
		for (const row of (await connection.getStats()).values()) {
			if (row.type !== 'inbound-rtp') continue;
			sum.frames += row.framesDecoded ?? 0;
			sum.energy += row.totalAudioEnergy ?? 0;
			sum[row.kind] += row.packetsReceived;
		}
	}
	return sum;
}

async function until(what, look, limit = 40_000) {
	let last;
	for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
		last = await look();
		if (last.ok) return last;
	}
	return assert.fail(`${what}: ${JSON.stringify(last)}`);
}

test('a second WebRTC stack takes part in a call with Chromium', { timeout: 120_000 }, async (t) => {
	server = await startDemo();
	browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
	const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, locale: 'ru-RU' });
	context.setDefaultTimeout(20_000);
	const teacher = { context, origin: server.origin };
	await command(teacher, 'code_request', { phone: PEOPLE.teacher, locale: 'ru' });
	await command(teacher, 'sign_in', { phone: PEOPLE.teacher, code: CODE, device: 'Chromium' });
	const me = await command(teacher, 'me_snapshot');
	const chatId = me.chats.find(({ title }) => title === CLASS).id;
	await context.addInitScript(keepConnections);
	await context.addInitScript((id) => localStorage.setItem('zvonok.person', String(id)), me.person.id);
	const page = await context.newPage();
	await page.goto(`${server.origin}/chat/${chatId}`);
	await page.locator('header button[aria-label*="видеозвонок"]').click();
	await page.locator('.preview video').waitFor();
	await page.locator('.card footer button').last().click();
	await page.locator('.bar').waitFor();

	const pupil = new Client(server);
	await pupil.call('code_request', { phone: PEOPLE.pupil, locale: 'ru' });
	await pupil.call('sign_in', { phone: PEOPLE.pupil, code: CODE, device: 'werift' });
	const call = await until('the call is in the chat', async () => {
		const found = (await pupil.call('me_snapshot')).chats.find(({ id }) => id === chatId).call;
		return { ok: found !== undefined && found !== null, found };
	});
	second = await SecondStack.join(pupil, call.found.call_id);
	const theirs = await until('Chromium sends sound and picture', async () => {
		const told = [...second.welcome.peers.flatMap(({ producers }) => producers), ...second.events.filter(({ event }) => event === 'producer_added').map(({ data }) => data.producer)];
		return { ok: told.length >= 2, ids: told.map(({ id }) => id) };
	});
	await second.publish();
	await second.receive(theirs.ids);

	await t.test('it receives the sound and the picture of Chromium', async () => {
		await until('packets of both', async () => ({ ok: second.received.audio.packets >= 50 && second.received.video.packets >= 50, ...second.received }));
	});

	await t.test('Chromium hears it and decodes its picture', async () => {
		const before = await page.evaluate(inbound);
		const now = await until('sound with energy, pictures decoded', async () => {
			const got = await page.evaluate(inbound);
			return { ok: got.frames >= before.frames + 30 && got.energy > before.energy && got.audio >= before.audio + 100, before, got };
		});
		t.diagnostic(`received ${JSON.stringify(second.received)}, sent back ${JSON.stringify(second.sent)}, Chromium ${JSON.stringify(now.got)}, key frames asked of it ${second.keyFramesAsked}`);
		assert.ok(await page.locator('.tile video:not(.mirrored)').first().isVisible());
	});

	await t.test('it leaves, and Chromium is alone', async () => {
		await second.leave();
		await page.locator('.tile video:not(.mirrored)').waitFor({ state: 'detached' });
	});
	pupil.close();
});
