// SPDX-License-Identifier: Apache-2.0
// A third party's program, simple-whip-client as Debian ships it, publishes picture and sound by WHIP; a real Chromium watches and hears it in the product.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newId } from '../lib/client.mjs';
import { CLASS, command, signedIn, startDemo } from './demo.mjs';

const folder = mkdtempSync(join(tmpdir(), 'zvonok-whip-'));
const profiles = [];
let server;
let program;
after(async () => {
	program?.kill('SIGKILL');
	for (const profile of profiles) await profile.close();
	await server?.kill();
	server?.release();
	rmSync(folder, { recursive: true, force: true });
});

const PICTURE = 'videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=10/1 ! videoconvert ! queue ! vp8enc deadline=1 keyframe-max-dist=50 ! rtpvp8pay pt=96 ssrc=2 ! queue ! application/x-rtp,media=video,encoding-name=VP8,payload=96';
const SOUND = 'audiotestsrc is-live=true wave=sine ! audioconvert ! audioresample ! queue ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue ! application/x-rtp,media=audio,encoding-name=OPUS,payload=100';

/** The program itself is Debian's; only its way to ask routers for ports is taken from it (media/no_upnp.c says why). */
function whip(url, token) {
	const here = dirname(fileURLToPath(import.meta.url));
	const soname = 'libgupnp-igd-1.0.so.4';
	execFileSync('gcc', ['-shared', '-fPIC', '-o', join(folder, soname), `-Wl,-soname,${soname}`, join(here, 'media', 'no_upnp.c')]);
	const one = spawn('whip-client', ['-u', url, '-t', token, '-o', '-V', PICTURE, '-A', SOUND], { env: { ...process.env, LD_LIBRARY_PATH: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
	one.said = '';
	for (const stream of [one.stdout, one.stderr]) stream.setEncoding('utf8').on('data', (text) => (one.said += text));
	one.on('error', (error) => (one.said += error));
	return one;
}

async function until(what, look, limit = 30_000) {
	let last;
	for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
		last = await look();
		if (last.ok) return last;
	}
	const shots = process.env.ZVONOK_PICTURES;
	if (shots) for (const { page, name } of profiles) await page.screenshot({ path: join(shots, `${what} - ${name}.png`) }).catch(() => undefined);
	assert.fail(`${what}: ${JSON.stringify(last)}\n${program?.said ?? ''}`);
}

async function opened(who) {
	const profile = await signedIn(server, who, { timeout: 40_000 });
	profiles.push(profile);
	await profile.context.addInitScript(() => {
		const Real = globalThis.RTCPeerConnection;
		globalThis.connections = [];
		globalThis.RTCPeerConnection = class extends Real {
			constructor(...args) {
				super(...args);
				globalThis.connections.push(this);
			}
		};
	});
	return profile;
}

/** What came so far, by the browser's own counters. */
const received = ({ page }) => page.evaluate(async () => {
	const sum = { frames: 0, energy: 0 };
	for (const connection of globalThis.connections) {
		for (const row of (await connection.getStats()).values()) {
			if (row.type !== 'inbound-rtp') continue;
			sum.frames += row.framesDecoded ?? 0;
			sum.energy += row.totalAudioEnergy ?? 0;
		}
	}
	return sum;
});

test('a program streams by WHIP into a broadcast, a pupil of the class watches it', { timeout: 180_000 }, async (t) => {
	server = await startDemo();
	const teacher = await opened('teacher');
	const { chats } = await command(teacher, 'me_snapshot');
	const chatId = chats.find(({ title }) => title === CLASS).id;
	const { lessons: [lesson] } = await command(teacher, 'lesson_create', { chat_id: chatId, kind: 'broadcast', title: 'Последний звонок', starts_at: Date.now() + 6e5, minutes: 45, client_id: newId() });
	const call = await command(teacher, 'lesson_open', { chat_id: chatId, lesson_id: lesson.id, client_id: newId() });
	const made = await command(teacher, 'call_key_create', { call_id: call.id, kind: 'publish', name: 'Камера зала', client_id: newId() });
	program = whip(server.origin + made.path, made.key);

	await t.test('the server takes it as somebody who sends', () => until('it is connected', async () => {
		const { keys } = await command(teacher, 'call_keys', { call_id: call.id });
		return { keys, ok: keys[0].connected };
	}));

	const pupil = await opened('pupil');
	const { page } = pupil;
	await t.test('its picture moves and its sound is heard in Chromium', async () => {
		await page.goto(`${server.origin}/chat/${chatId}`);
		await page.locator('.going button').click();
		await page.getByRole('heading', { name: 'Последний звонок' }).waitFor();
		await page.locator('.card footer button').last().click();
		const tile = page.locator('.tile').filter({ hasText: 'Камера зала' });
		await tile.locator('video').waitFor();
		const first = await until('something has come', async () => {
			const now = await received(pupil);
			return { ...now, ok: now.frames > 0 && now.energy > 0 };
		});
		const later = await until('it goes on', async () => {
			const now = await received(pupil);
			return { ...now, ok: now.frames > first.frames + 20 && now.energy > first.energy };
		});
		t.diagnostic(`${later.frames} pictures decoded`);
		await until('the picture on the screen moves', async () => {
			const frames = await tile.locator('video').evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
			return { frames, ok: frames > 10 };
		});
	});

	await t.test('whoever watches has no microphone and no camera here, but a hand, a reaction and the chat', async () => {
		const bar = page.locator('.bar');
		await bar.getByRole('button', { name: 'Поднять руку' }).waitFor();
		for (const name of [/икрофон/, /амер/, /экран/]) assert.equal(await bar.getByRole('button', { name }).count(), 0);
		assert.equal(await page.locator('.tile').count(), 1); // not oneself
		assert.equal(await page.evaluate(() => globalThis.connections.flatMap((one) => one.getSenders()).filter(({ track }) => track).length), 0);
	});

	await t.test('his hand is seen by who runs it; on the stage he is seen by all', async () => {
		await page.locator('.bar').getByRole('button', { name: 'Поднять руку' }).click();
		const { participants: [one] } = await until('the hand is up', async () => {
			const { participants } = await command(teacher, 'broadcast_hands', { call_id: call.id });
			return { participants, ok: participants.length === 1 };
		});
		await command(teacher, 'broadcast_stage', { call_id: call.id, participant_id: one.id, speaks: true, client_id: newId() });
		await page.locator('.bar').getByRole('button', { name: /икрофон/ }).waitFor();
		await page.locator('.tile').nth(1).waitFor();
		await command(teacher, 'broadcast_stage', { call_id: call.id, participant_id: one.id, speaks: false, client_id: newId() });
		await page.locator('.tile').nth(1).waitFor({ state: 'detached' });
	});

	await t.test('a revoked key ends it at once, and it cannot come back', async () => {
		await command(teacher, 'call_key_revoke', { call_id: call.id, key_id: made.id, client_id: newId() });
		await page.locator('.tile').filter({ hasText: 'Камера зала' }).waitFor({ state: 'detached' });
		program.kill('SIGKILL'); // asked to end it waits for its connection, and the file with it
		program = whip(server.origin + made.path, made.key);
		await until('it is refused', async () => ({ ok: /401/.test(program.said) }));
	});
	assert.deepEqual(profiles.flatMap(({ faults }) => faults).filter((fault) => !fault.includes('favicon')), []); // of the picture that signedIn() opens
});
