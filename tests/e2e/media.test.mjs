// SPDX-License-Identifier: Apache-2.0
// Three browsers and the media process: sound and moving pictures get from one to the others, by mediasoup-client as the product uses it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { Relay } from './media/relay.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const WEB = join(HERE, '../../web/node_modules');

async function bundled() {
	const { build } = await import(join(WEB, 'vite/dist/node/index.js'));
	const result = await build({
		configFile: false,
		logLevel: 'error',
		root: HERE,
		resolve: { alias: { 'mediasoup-client': join(WEB, 'mediasoup-client') } },
		build: { write: false, minify: false, target: 'es2022', lib: { entry: join(HERE, 'media/page.mjs'), formats: ['es'], fileName: 'page' } },
	});
	return [result].flat()[0].output[0].code;
}

let relay, browser;
const people = [];
const folder = mkdtempSync(join(tmpdir(), 'zvonok-media-'));

before(async () => {
	relay = await Relay.start(await bundled());
	browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: [...FLAGS, '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns'],
	});
});

after(async () => {
	await browser?.close();
	await relay?.stop();
	rmSync(folder, { recursive: true, force: true });
});

async function person(participant, room = 'lesson') {
	const context = await browser.newContext();
	const page = await context.newPage();
	page.on('pageerror', (error) => console.error(`page of ${participant}: ${error.stack}`));
	await page.goto(relay.origin);
	await page.waitForFunction(() => globalThis.join);
	const welcome = await page.evaluate((url) => globalThis.join(url), `${relay.origin.replace('http', 'ws')}/?room=${room}&participant=${participant}`);
	const one = {
		page,
		welcome,
		produce: (...args) => page.evaluate((list) => globalThis.produce(...list), args),
		consume: (ids) => page.evaluate((list) => globalThis.consume(list), ids),
		received: (id) => page.evaluate((one) => globalThis.received(one), id),
		ask: (method, data) => page.evaluate(([m, d]) => globalThis.ask(m, d), [method, data]),
		events: () => page.evaluate(() => globalThis.events()),
		path: () => page.evaluate(() => globalThis.path()),
		leave: async () => {
			people.splice(people.indexOf(one), 1);
			await context.close();
		},
	};
	people.push(one);
	return one;
}

async function eventually(look, good, timeoutMs = 30_000) {
	let last;
	for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
		last = await look();
		if (good(last)) return last;
		await new Promise((resolve) => setTimeout(resolve, 250));
	}
	const stats = await Promise.all(people.map(({ ask }) => ask('stats').catch(() => undefined)));
	assert.fail(`it did not come about, the last: ${JSON.stringify(last)}\n${JSON.stringify(stats)}\n${relay.log}`);
}

test('sound and pictures get through', async (t) => {
	const anna = await person(1);
	const boris = await person(2);
	assert.deepEqual(boris.welcome.peers, [{ participant: 1, producers: [] }]);
	let mic, camera, made;

	await t.test('a voice and a camera are received', async () => {
		mic = await anna.produce('mic');
		camera = await anna.produce('camera');
		const started = Date.now();
		({ made } = await boris.consume([mic, camera]));
		assert.equal(made.length, 2);
		const picture = await eventually(() => boris.received(camera), ({ frames }) => frames >= 1);
		t.diagnostic(`first picture after ${Date.now() - started} ms: ${JSON.stringify(picture)}`);
		await eventually(() => boris.received(camera), ({ frames }) => frames >= 20);
		const sound = await eventually(() => boris.received(mic), ({ energy }) => energy > 0.01);
		t.diagnostic(`sound: ${JSON.stringify(sound)}; ${JSON.stringify(await boris.path())}`);
		assert.equal((await boris.path()).protocol, 'udp');
		assert.equal((await relay.told('connected')).room, 'lesson');
	});

	await t.test('a third one who comes later sees it too, after one key frame', async () => {
		const vera = await person(3);
		assert.deepEqual(vera.welcome.peers.find(({ participant }) => participant === 1).producers.map(({ source }) => source).sort(), ['camera', 'mic']);
		await vera.consume([camera, mic]);
		await eventually(() => vera.received(camera), ({ frames }) => frames >= 10);
		await vera.leave();
	});

	await t.test('whoever is in another room hears nothing', async () => {
		const other = await person(9, 'another');
		assert.deepEqual(other.welcome.peers, []);
		const { made: none, refused } = await other.consume([mic, camera]);
		assert.deepEqual([none.length, refused.map(({ code }) => code)], [0, ['not_found', 'not_found']]);
		await other.leave();
	});

	await t.test('who speaks is told', async () => {
		await eventually(boris.events, (list) => list.some(({ event, data }) => event === 'active_speaker' && data.participant === 1));
	});

	await t.test('a right that is taken ends it within 200 ms', async () => {
		relay.send({ m: 'rights', room: 'lesson', participant: 1, rights: { audio: false, video: true, screen: false } });
		await eventually(boris.events, (list) => list.some(({ event, data }) => event === 'consumer_closed' && data.consumerId === made.find(({ producerId }) => producerId === mic).id));
		await new Promise((resolve) => setTimeout(resolve, 200));
		const { packets } = await boris.received(mic).catch(() => ({ packets: 0 }));
		await new Promise((resolve) => setTimeout(resolve, 1000));
		assert.equal((await boris.received(mic).catch(() => ({ packets: 0 }))).packets, packets);
		const { frames } = await boris.received(camera);
		await eventually(() => boris.received(camera), (now) => now.frames > frames + 5);
		await assert.rejects(anna.produce('screen'), /forbidden/);
	});

	await t.test('a pause stops the pictures, a resumption brings them back', async () => {
		await anna.ask('pause_producer', { producerId: camera });
		await new Promise((resolve) => setTimeout(resolve, 500));
		const { packets, frames } = await boris.received(camera);
		await new Promise((resolve) => setTimeout(resolve, 1000));
		assert.ok((await boris.received(camera)).packets - packets <= 2);
		await anna.ask('resume_producer', { producerId: camera });
		await eventually(() => boris.received(camera), (now) => now.frames > frames + 10);
	});

	await anna.leave();
	await boris.leave();
});

test('layers of one camera', async (t) => {
	const anna = await person(11, 'layers');
	const boris = await person(12, 'layers');
	const camera = await anna.produce('camera', true);
	const { made } = await boris.consume([camera]);
	const [{ id: consumerId }] = made;
	await eventually(() => boris.received(camera), ({ width }) => width === 640, 60_000);
	await boris.ask('set_layers', { consumerId, spatialLayer: 0 });
	await eventually(() => boris.received(camera), ({ width }) => width === 320);
	await boris.ask('set_layers', { consumerId, spatialLayer: 1 });
	await eventually(() => boris.received(camera), ({ width }) => width === 640, 90_000); // on a busy machine the sender lowers its own
	const before = await boris.received(camera);
	for (let i = 0; i < 10; i++) {
		await boris.ask('set_layers', { consumerId, spatialLayer: i % 2, temporalLayer: i % 3 });
		await new Promise((resolve) => setTimeout(resolve, 700));
	}
	const at = await boris.received(camera);
	const later = await eventually(() => boris.received(camera), ({ frames }) => frames > at.frames + 10);
	t.diagnostic(`ten switches: ${JSON.stringify({ before, later })}`);
	assert.ok(later.plis - before.plis <= 10, 'the receiver need not ask for more than a key frame a switch');
	await anna.leave();
	await boris.leave();
});

test('the process ends by itself when its channel closes', async () => {
	assert.deepEqual(await relay.stop(), { code: 0, signal: null });
	relay = undefined;
});
