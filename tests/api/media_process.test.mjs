// SPDX-License-Identifier: Apache-2.0
// The media process beside the server: it is there, it is shut in, it comes again when it dies, and the messenger does not notice.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import { newId } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { check } from '../lib/stun.mjs';
import { claimOperator, Organisation } from '../lib/world.mjs';

/** Processes `media` of a server. */
function mediaOf(server) {
	const found = [];
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		try {
			const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
			const parent = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))[1]);
			if (words[1] === 'media' && parent === server.pid) found.push(Number(name));
		} catch {
			// it ended meanwhile
		}
	}
	return found;
}

/** How many times slower the program is than it should be: `make tsan` says so. */
const SLOWER = Number(process.env.ZVONOK_SLOW ?? 1);

async function until(look, ms, what) {
	const end = performance.now() + ms * SLOWER;
	for (;;) {
		const found = await look();
		if (found) return found;
		assert.ok(performance.now() < end, `not within ${ms} ms: ${what}`);
		await wait(10);
	}
}

const opened = (server) => [...server.err.matchAll(/"media\.open".*?"udp_port":(\d+)/g)].map((m) => Number(m[1]));

const frame = (p) => Buffer.concat([Buffer.from([p.length >> 8, p.length & 255]), p]);
const healthy = async (server) => (await fetch(`${server.origin}/readyz`)).status === 200;

test('it comes again within a second after a kill, and the server does not notice', async () => {
	const server = await Server.start();
	const [first] = await until(() => opened(server).length && mediaOf(server), 5000, 'a media process');
	assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^Seccomp:\t2$/m);
	assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^NoNewPrivs:\t1$/m);
	const figure = async (name) => (await server.metrics()).get(`zvonok_media_${name}{process="0"}`);
	await until(async () => (await figure('up')) === 1, 1000, 'it is up');
	assert.deepEqual([await figure('restarts_total'), await figure('participants')], [0, 0]);
	let before = first;
	for (let i = 0; i < 3; i++) {
		const killed = performance.now();
		process.kill(before, 'SIGKILL');
		await until(() => opened(server).length === i + 2, i === 0 ? 1000 : 3000, 'another one');
		const [now] = mediaOf(server);
		assert.notEqual(now, before);
		assert.ok(performance.now() - killed < 3000 * SLOWER);
		assert.ok(await healthy(server));
		before = now;
	}
	assert.equal(mediaOf(server).length, 1);
	await until(async () => (await figure('up')) === 1, 1000, 'it is up again');
	assert.equal(await figure('restarts_total'), 3);
	assert.equal((server.err.match(/"media\.ended"/g) ?? []).length, 3);
	await server.stop();
	assert.throws(() => process.kill(before, 0), 'it ends with the server');
});

/** A session of a call at the media process: its texts, its requests, its end. */
async function join(server, client, call_id) {
	const { ticket } = await client.call('call_join', { call_id });
	const ws = new WebSocket(`ws://${server.host}/api/v1/media?ticket=${ticket}`, { headers: { Origin: server.origin, Cookie: client.cookie }, localAddress: client.address });
	const texts = [];
	ws.on('message', (data) => texts.push(JSON.parse(data.toString('utf8')))).on('error', () => {});
	const ended = new Promise((resolve) => ws.on('close', resolve));
	let id = 0;
	return {
		ws,
		ended,
		event: (name) => until(() => texts.find((t) => t.event === name), 5000, name),
		ask: async (method, data) => {
			const mine = ++id;
			ws.send(JSON.stringify({ id: mine, method, data }));
			return until(() => texts.find((t) => t.id === mine), 5000, method);
		},
	};
}

test('a call goes on after a kill: everybody is told to come again, and may within a second', async () => {
	const server = await Server.start();
	const org = await Organisation.create(server, await claimOperator(server));
	const unit = await org.unit();
	const [lead, pupil] = [await org.person('teacher', unit, { lead: true }), await org.person('student', unit)];
	await until(() => opened(server).length, 5000, 'a media process');
	const { id: call_id } = await lead.call('call_start', { chat_id: unit.chat_id, kind: 'video', client_id: newId() });
	const first = [await join(server, lead, call_id), await join(server, pupil, call_id)];
	for (const one of first) await one.event('welcome');
	const made = await first[0].ask('create_transport', { direction: 'send' });
	assert.ok(made.ok, JSON.stringify(made));
	const told = made.data.iceCandidates.map(({ protocol, ip, port }) => `${protocol} ${ip}:${port}`);
	assert.deepEqual(told, [`udp 127.0.0.1:${opened(server)[0]}`, `tcp 127.0.0.1:${server.port}`]);
	process.kill(mediaOf(server)[0], 'SIGKILL');
	assert.deepEqual(await Promise.all(first.map(({ ended }) => ended)), [4503, 4503]);
	const killed = performance.now();
	await until(() => opened(server).length === 2, 1000, 'another one');
	const again = [await join(server, lead, call_id), await join(server, pupil, call_id)];
	for (const one of again) await one.event('welcome');
	assert.ok((await again[0].ask('create_transport', { direction: 'send' })).ok);
	assert.ok(performance.now() - killed < 5000);
	assert.ok(await healthy(server));
	await server.stop();
});

test('killed without a word, the server takes it along', async () => {
	const server = await Server.start();
	const [pid] = await until(() => opened(server).length && mediaOf(server), 5000, 'a media process');
	await server.kill('SIGKILL');
	await until(() => {
		try {
			process.kill(pid, 0);
			return readFileSync(`/proc/${pid}/status`, 'utf8').includes('State:\tZ');
		} catch {
			return true;
		}
	}, 2000, 'its end');
});

test('frames on the port of the product reach it, and a stranger is refused in fewer bytes than he sent', async () => {
	const server = await Server.start();
	await until(() => opened(server).length, 5000, 'a media process');
	const socket = createConnection(server.port, '127.0.0.1');
	const asked = check('anobody:x');
	const answer = await new Promise((resolve, reject) => {
		let got = Buffer.alloc(0);
		socket.on('data', (part) => {
			got = Buffer.concat([got, part]);
			if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) resolve(got.subarray(2));
		});
		socket.on('error', reject).on('close', () => reject(new Error('closed')));
		socket.write(frame(asked));
	});
	assert.equal(answer.readUInt16BE(0), 0x0111);
	assert.ok(answer.length <= asked.length);
	assert.ok(answer.includes(asked.subarray(8, 20)));
	socket.removeAllListeners('close').destroy();
	// the product's own port is none the worse
	assert.ok(await healthy(server));
	// and over UDP: an answer to a check of nobody, none to junk
	const udp = createSocket('udp4');
	const heard = [];
	udp.on('message', (m) => heard.push(m));
	const [port] = opened(server);
	const send = (p) => new Promise((resolve) => udp.send(p, port, '127.0.0.1', resolve));
	for (let i = 0; i < 200; i++) await send(Buffer.concat([Buffer.from([[0, 1, 22, 64, 0x80, 0xff][i % 6]]), randomBytes(60 + i)]));
	const second = check('anobody:x');
	await send(second);
	await until(() => heard.length, 5000, 'a refusal');
	await wait(100);
	assert.equal(heard.length, 1);
	assert.ok(heard[0].length <= second.length);
	udp.close();
	await server.stop();
});

test('a thousand connections of frames that say nothing do not touch the product', async () => {
	const server = await Server.start();
	await until(() => opened(server).length, 5000, 'a media process');
	const sockets = Array.from({ length: 1000 }, () => createConnection(server.port, '127.0.0.1').on('error', () => {}));
	for (const s of sockets) s.write(Buffer.from([0]));
	await wait(300);
	assert.ok(await healthy(server));
	for (const s of sockets) s.destroy();
	assert.ok(await healthy(server));
	await server.stop();
});

test('none is started when there are to be no calls; several when asked; wrong settings are told', async () => {
	const none = await Server.start({ args: ['--media-processes', '0'] });
	assert.deepEqual(mediaOf(none), []);
	await none.stop();
	const two = await Server.start({ args: ['--media-processes', '2'] });
	await until(() => opened(two).length === 2, 5000, 'two of them');
	assert.equal(mediaOf(two).length, 2);
	// a connection is given to the one whose user name it carries, and to none otherwise
	for (const [name, answered] of [['anobody:x', true], ['bnobody:x', true], ['cnobody:x', false]]) {
		const socket = createConnection(two.port, '127.0.0.1').on('error', () => {});
		socket.write(frame(check(name)));
		const end = await new Promise((resolve) => socket.on('data', () => resolve('answer')).on('close', () => resolve('closed')));
		assert.equal(end, answered ? 'answer' : 'closed', name);
		socket.destroy();
	}
	await two.stop();
	for (const args of [['--media-processes', '9'], ['--media-port', 'x'], ['--media-address', 'school.example'], ['--media-tcp-port', '70000']])
		await assert.rejects(Server.start({ args }), /media_/);
});

test('its port is taken: the server runs on and says so', async () => {
	const busy = createSocket('udp6');
	await new Promise((resolve) => busy.bind(0, '::', resolve));
	const server = await Server.start({ args: ['--media-port', String(busy.address().port)] });
	await until(() => server.err.includes('"media.no_port"'), 5000, 'a line in the log');
	assert.ok(await healthy(server));
	await new Promise((resolve) => busy.close(resolve));
	await until(() => opened(server).length, 5000, 'its coming back by itself');
	await server.stop();
});
