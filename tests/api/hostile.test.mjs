// SPDX-License-Identifier: Apache-2.0
// Peers that mean harm or cannot do better: each is cut at its stated limit and counted, and the others do not notice.
import test from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { newId } from '../lib/client.mjs';
import { eventually, serverForFile, sleep } from '../lib/server.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const unit = await org.unit();
const [writer, reader, sleeper] = await Promise.all([org.person('teacher', unit), org.person('student', unit), org.person('guardian', unit)]);
const chat = unit.chat_id;

/** A bare connection: what came, and when it ended. */
function connect() {
	const socket = net.connect(server.port, '127.0.0.1');
	const peer = { socket, text: '', bytes: Buffer.alloc(0), began: performance.now() };
	socket.on('data', (part) => {
		peer.bytes = Buffer.concat([peer.bytes, part]);
		peer.text += part.toString('latin1');
	});
	socket.on('error', () => {});
	peer.ended = new Promise((resolve) => socket.on('close', () => resolve(performance.now() - peer.began)));
	peer.opened = new Promise((resolve) => socket.on('connect', resolve));
	return peer;
}

const status = (peer) => Number(/^HTTP\/1\.1 (\d+)/.exec(peer.text)?.[1]);

async function upgraded(client, { deflate = false } = {}) {
	const peer = connect();
	await peer.opened;
	peer.socket.write(`GET /api/v1/socket HTTP/1.1\r\nHost: ${server.host}\r\nOrigin: ${server.origin}\r\nCookie: ${client.cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
		`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${deflate ? 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n' : ''}\r\n`);
	await eventually(() => peer.text.includes('"welcome"'), 5000, 'no welcome');
	if (deflate) assert.match(peer.text, /permessage-deflate/i);
	return peer;
}

/** A client's frame, masked. first: the first byte. */
function frame(first, payload) {
	const mask = randomBytes(4);
	const n = payload.length;
	const head = n < 126 ? Buffer.from([first, 0x80 | n]) : n < 65536 ? Buffer.from([first, 0x80 | 126, n >> 8, n & 255]) : Buffer.alloc(10);
	if (n >= 65536) {
		head[0] = first;
		head[1] = 0x80 | 127;
		head.writeBigUInt64BE(BigInt(n), 2);
	}
	return Buffer.concat([head, mask, Buffer.from(payload.map((byte, i) => byte ^ mask[i & 3]))]);
}

/** The code of the close frame that came last. */
function closeCode(peer) {
	const at = peer.bytes.lastIndexOf(0x88);
	return at < 0 || peer.bytes[at + 1] < 2 ? undefined : peer.bytes.readUInt16BE(at + 2);
}

async function cutsOf(reason, run) {
	const before = server.cut(await server.metrics(), reason);
	await run();
	const now = server.cut(await server.metrics(), reason);
	assert.ok(now > before, `zvonok_cut_total{reason="${reason}"} stays ${now}`);
}

const alive = async () => assert.equal((await writer.request('GET', '/healthz')).status, 200);

test('heads and bodies that come drop by drop are cut in time', { timeout: 60000 }, () =>
	cutsOf('slow', async () => {
		const peers = Array.from({ length: 20 }, connect);
		await Promise.all(peers.map(({ opened }) => opened));
		const drip = setInterval(() => {
			for (const { socket } of peers) if (!socket.destroyed) socket.write('X-A: b\r\n');
		}, 700);
		const bodies = Array.from({ length: 5 }, connect);
		const trickle = setInterval(() => {
			for (const { socket } of bodies) if (!socket.destroyed) socket.write(' ');
		}, 700);
		for (const { socket } of bodies) socket.write(`POST /api/v1/me_snapshot HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\nX-Zvonok: 1\r\nContent-Length: 1000\r\n\r\n{`);
		for (const { socket } of peers) socket.write(`GET / HTTP/1.1\r\nHost: ${server.host}\r\n`);
		await alive();
		const times = await Promise.all(peers.map(({ ended }) => ended));
		clearInterval(drip);
		for (const peer of peers) assert.equal(status(peer), 408);
		assert.ok(Math.min(...times) > 9000 && Math.max(...times) < 16000, `cut after ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`);
		await alive();
		const later = await Promise.all(bodies.map(({ ended }) => ended));
		clearInterval(trickle);
		for (const peer of bodies) assert.equal(status(peer), 408);
		assert.ok(Math.min(...later) > 28000 && Math.max(...later) < 38000, `bodies were cut after ${Math.min(...later).toFixed(0)} to ${Math.max(...later).toFixed(0)} ms`);
	}));

test('a head of 10 MB, a target of 10 KB, a thousand fields', () =>
	cutsOf('large', async () => {
		const big = connect();
		await big.opened;
		big.socket.write(`GET / HTTP/1.1\r\nHost: ${server.host}\r\n`);
		const line = `X-Fill: ${'x'.repeat(8000)}\r\n`;
		for (let i = 0; i < 1300 && !big.socket.destroyed; i++) {
			if (!big.socket.write(line)) await Promise.race([new Promise((resolve) => big.socket.once('drain', resolve)), big.ended]);
		}
		await big.ended;
		assert.equal(status(big), 431);
		const long = connect();
		long.socket.write(`GET /${'x'.repeat(10000)} HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`);
		await long.ended;
		assert.equal(status(long), 414);
		const many = connect();
		many.socket.write(`GET / HTTP/1.1\r\nHost: ${server.host}\r\n${'a: b\r\n'.repeat(1000)}\r\n`);
		await many.ended;
		assert.equal(status(many), 431);
		await alive();
	}));

test('an endless chunked body, and one that is announced too large', () =>
	cutsOf('large', async () => {
		const head = `POST /api/v1/me_snapshot HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\nX-Zvonok: 1\r\n`;
		const peer = connect();
		await peer.opened;
		peer.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
		const chunk = `1000\r\n${' '.repeat(4096)}\r\n`;
		for (let i = 0; i < 1000 && !peer.socket.destroyed && !peer.text; i++) {
			if (!peer.socket.write(chunk)) await Promise.race([new Promise((resolve) => peer.socket.once('drain', resolve)), peer.ended]);
			if (i % 20 === 0) await sleep(1);
		}
		await peer.ended;
		assert.equal(status(peer), 413);
		const announced = connect();
		announced.socket.write(`${head}Content-Length: 99999999999\r\n\r\n`);
		await announced.ended;
		assert.equal(status(announced), 413);
		await alive();
	}));

test('what two parsers could read differently is refused', () =>
	cutsOf('malformed', async () => {
		const base = `POST /api/v1/me_snapshot HTTP/1.1\r\nHost: ${server.host}\r\n`;
		for (const text of [
			`${base}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, `${base}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, `${base}Content-Length: +2\r\n\r\n{}`,
			`${base}Content-Length : 2\r\n\r\n{}`, `${base}X: a\r\n b\r\n\r\n`, `GET / HTTP/1.1\nHost: ${server.host}\n\n`, `GET / HTTP/1.1\r\n\r\n`,
			`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, `GET  / HTTP/1.1\r\nHost: a\r\n\r\n`, `GET / HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n`,
			`${base}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, `${base}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n`,
		]) {
			const peer = connect();
			peer.socket.write(text, 'latin1');
			await peer.ended;
			assert.ok([400, 501].includes(status(peer)), `${JSON.stringify(text.slice(-60))}: ${peer.text.slice(0, 40)}`);
		}
		await alive();
	}));

test('a huge frame, a compression bomb, text that is none, an unmasked frame', async () => {
	await cutsOf('large', async () => {
		const announced = await upgraded(reader);
		const head = Buffer.alloc(14);
		head[0] = 0x81;
		head[1] = 0xff;
		head.writeBigUInt64BE(2n ** 40n, 2);
		announced.socket.write(head);
		await announced.ended;
		assert.equal(closeCode(announced), 1009);
		const fragments = await upgraded(reader);
		fragments.socket.write(frame(0x01, Buffer.alloc(60000, 32)));
		fragments.socket.write(frame(0x80, Buffer.alloc(60000, 32)));
		await fragments.ended;
		assert.equal(closeCode(fragments), 1009);
		const bomb = await upgraded(reader, { deflate: true });
		const packed = deflateRawSync(Buffer.alloc(50 << 20, 32), { finishFlush: 2 }).subarray(0, -4);
		assert.ok(packed.length < 65000);
		bomb.socket.write(frame(0xc1, packed));
		await bomb.ended;
		assert.equal(closeCode(bomb), 1009);
	});
	await cutsOf('malformed', async () => {
		const text = await upgraded(reader);
		text.socket.write(frame(0x81, Buffer.from([0xff, 0xfe])));
		await text.ended;
		assert.equal(closeCode(text), 1007);
		const bare = await upgraded(reader);
		bare.socket.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
		await bare.ended;
		assert.equal(closeCode(bare), 1002);
		const binary = await upgraded(reader);
		binary.socket.write(frame(0x82, Buffer.from('{}')));
		await binary.ended;
		assert.equal(closeCode(binary), 1003);
	});
	await alive();
});

test('ten thousand tiny fragments are one message; twenty thousand pings are answered', { timeout: 30000 }, async () => {
	const peer = await upgraded(reader);
	const text = JSON.stringify({ id: 5, command: 'session_list', params: {} }).padEnd(10000);
	peer.socket.write(Buffer.concat([...text].map((char, i) => frame(i === 0 ? 0x01 : i === text.length - 1 ? 0x80 : 0x00, Buffer.from(char)))));
	await eventually(() => peer.text.includes('{"id":5,"result"'), 5000, 'no answer to a message in pieces');
	const pings = await upgraded(reader);
	const block = Buffer.concat(Array.from({ length: 1000 }, () => frame(0x89, Buffer.from('x'))));
	const before = pings.bytes.length;
	for (let i = 0; i < 20; i++) pings.socket.write(block);
	const other = await writer.socket();
	const began = performance.now();
	await other.settle();
	assert.ok(performance.now() - began < 2000);
	await eventually(() => pings.bytes.length >= before + 20000 * 3 || pings.socket.destroyed, 10000, 'pings go unanswered');
	await other.close();
	peer.socket.destroy();
	pings.socket.destroy();
	await alive();
});

test('whoever does not read is dropped when his queue is full; others get everything', { timeout: 60000 }, async (t) => {
	const deaf = await upgraded(sleeper);
	deaf.socket.pause();
	const listening = await reader.socket();
	const before = server.cut(await server.metrics(), 'overflow');
	let worst = 0;
	const posted = [];
	// Kernel buffers take megabytes of their own: it goes on until the server has had enough.
	for (let i = 0; i < 2000; i++) {
		const id = newId();
		const began = performance.now();
		await writer.call('message_post', { chat_id: chat, client_id: id, text: `${i} ${'ш'.repeat(3900)}` });
		await listening.event(({ data }) => data.message?.client_id === id);
		worst = Math.max(worst, performance.now() - began);
		posted.push(id);
		if (i % 20 === 19 && server.cut(await server.metrics(), 'overflow') > before) break;
	}
	assert.ok(server.cut(await server.metrics(), 'overflow') > before, 'the deaf one was never dropped');
	deaf.socket.resume();
	await deaf.ended;
	assert.equal(closeCode(deaf), 1013);
	const got = listening.events.filter(({ type }) => type === 'message_posted').map(({ data }) => data.message.client_id);
	assert.deepEqual(got, posted);
	assert.ok(worst < 2000, `a message took ${worst.toFixed(0)} ms`);
	t.diagnostic(`dropped behind ${posted.length} messages of 8 KB; the slowest of the others' took ${worst.toFixed(0)} ms`);
	await listening.close();
	await alive();
});

test('a thousand connections that say nothing do not keep others out', async () => {
	const idle = Array.from({ length: 1000 }, connect);
	await Promise.all(idle.map(({ opened }) => opened));
	await alive();
	const socket = await writer.socket();
	await socket.settle();
	await socket.close();
	for (const { socket: bare } of idle) bare.destroy();
});
