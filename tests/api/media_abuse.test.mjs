// SPDX-License-Identifier: Apache-2.0
// Strangers and people of ill will against the media process, on the wire: what they send goes to nobody, comes back in no more bytes, and a call beside it
// loses nothing. And what a host decides holds for packets that come all the same. The calls are spoken by a WebRTC stack of its own.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { readdirSync, readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { SecondStack } from '../e2e/media/second_stack.mjs';
import { newId } from '../lib/client.mjs';
import { flood } from '../lib/flood.mjs';
import { Server } from '../lib/server.mjs';
import { claimOperator, Organisation } from '../lib/world.mjs';

const EVERY_MS = 10;
const FLOOD_MS = 2500;
/** Beside the other files of a run; 0: as many as this machine can. */
const FLOOD_PER_S = Number(process.env.FLOOD_PER_S ?? 20000);
const server = await Server.start({ args: ['--rate-limit', '0'] });
server.forFile = true;
const org = await Organisation.create(server, await claimOperator(server));
const calls = [];
after(async () => {
	// werift keeps sockets and timers of connections that broke, and the file would not end by itself.
	setTimeout(() => process.exit(), 15_000);
	for (const { speaker, listener } of calls) await Promise.all([speaker.leave(), listener.leave()]);
	await server.stop();
	setTimeout(() => process.exit(), 1000);
});

const opened = () => [...server.err.matchAll(/"media\.open".*?"udp_port":(\d+)/g)].map((m) => Number(m[1]));

async function until(look, ms, what) {
	for (const end = performance.now() + ms; performance.now() < end; await wait(10)) {
		const found = await look();
		if (found) return found;
	}
	return assert.fail(`not within ${ms} ms: ${what}`);
}

/** A call of two with sound from one to the other: each packet holds the call's letter and its number. */
async function talk(letter) {
	const unit = await org.unit();
	const call = { letter, unit, lead: await org.person('teacher', unit, { lead: true }), pupil: await org.person('student', unit), said: 0, heard: [], strange: 0 };
	call.call_id = (await call.lead.call('call_start', { chat_id: unit.chat_id, kind: 'video', client_id: newId() })).id;
	calls.push(call);
	await meet(call);
	return call;
}

/** The pupil speaks, the lead hears. */
async function meet(call) {
	call.speaker = await SecondStack.join(call.pupil, call.call_id);
	call.listener = await SecondStack.join(call.lead, call.call_id);
	await call.speaker.publish({ video: false });
	await call.listener.receive([call.speaker.mic], (_kind, { payload }) => {
		const text = payload.toString('latin1');
		const number = Number(/^([AB])(\d{8})/.exec(text)?.[1] === call.letter ? text.slice(1, 9) : NaN);
		if (Number.isNaN(number)) call.strange++;
		else call.heard.push({ number, at: performance.now() });
	});
	const began = performance.now() - call.said * EVERY_MS;
	call.timer = setInterval(() => {
		for (let left = 30; left > 0 && call.said * EVERY_MS < performance.now() - began; left--) { // a laden machine wakes us late
			if (!call.speaker.say(Buffer.from(`${call.letter}${String(call.said + 1).padStart(8, '0')}${'.'.repeat(60)}`, 'latin1'))) break;
			call.said++;
		}
	}, EVERY_MS).unref();
	const before = call.heard.length;
	await until(() => call.heard.length > before + 20, 15_000, `call ${call.letter} is heard`);
}

/** How much of what B says while this goes on is not heard. */
async function beside(deed) {
	const [, b] = calls;
	const from = b.said;
	const result = await deed();
	const to = b.said;
	await wait(400);
	const numbers = new Set(b.heard.map(({ number }) => number).filter((number) => number > from && number <= to));
	const lost = to - from - numbers.size;
	assert.ok(to - from >= 50, `${to - from} packets are too few to tell`);
	assert.ok(lost <= (to - from) / 1000, `the call beside lost ${lost} of ${to - from}`);
	assert.equal(b.strange, 0);
	return { result, said: to - from, lost };
}

let a;
test('two calls of one process', async () => {
	await until(() => opened().length, 5000, 'a media process');
	a = await talk('A');
	await talk('B');
});

for (const kinds of [['junk'], ['stun', 'password'], ['hello'], ['rtp'], ['junk', 'stun', 'password', 'hello', 'rtp']]) {
	test(`a flood of ${kinds.join(', ')}`, async (t) => {
		const heard = a.heard.length;
		const { result, said, lost } = await beside(() => flood({ port: opened().at(-1), ms: FLOOD_MS, perSecond: FLOOD_PER_S, kinds, names: [a.speaker.options.iceParameters.usernameFragment],
			ssrcs: [a.speaker.tracks.audio.ssrc] }));
		t.diagnostic(`${result.sent} datagrams of ${result.bytes} bytes in ${FLOOD_MS / 1000} s, ${result.answers} answers of ${result.answerBytes} bytes; beside it ${lost} of ${said} lost`);
		assert.ok(result.sent > 2000);
		assert.ok(result.answerBytes <= result.bytes, 'more bytes out than in');
		assert.ok(result.longest <= 120, 'an answer longer than the request');
		if (!kinds.includes('stun')) assert.equal(result.answers, 0, 'only a check of ICE is answered');
		assert.equal(a.strange, 0, 'something that the speaker did not say');
		assert.ok(a.heard.length > heard + 20, 'the call that was aimed at goes on');
	});
}

test('tickets are for one person, one session, one use', async () => {
	const { ticket } = await a.pupil.call('call_join', { call_id: a.call_id });
	const code = (client) => new Promise((resolve) => {
		const ws = new WebSocket(`ws://${server.host}/api/v1/media?ticket=${ticket}`, { headers: { Origin: server.origin, Cookie: client.cookie } });
		ws.on('close', resolve).on('error', () => {});
	});
	assert.equal(await code(a.lead), 4401, 'another session');
	const [, b] = calls;
	assert.equal(await code(b.pupil), 4401, 'another room');
	const answer = await b.pupil.try('call_join', { call_id: a.call_id });
	assert.equal(answer.error?.code, 'not_found');
});

const refusal = async (who, method, data) => {
	try {
		await who.ask(method, data);
	} catch (error) {
		return JSON.parse(error.message.slice(error.message.indexOf('{'))).code;
	}
	return 'it was done';
};

test('tracks of another room, and of another person, do not exist', async () => {
	const [, b] = calls;
	const transport = await b.listener.ask('create_transport', { direction: 'send' });
	const refused = await b.listener.ask('consume', { transportId: (await recvOf(b.listener)), producerIds: [a.speaker.mic] });
	assert.deepEqual([refused.consumers, refused.refused], [[], [{ producerId: a.speaker.mic, code: 'not_found' }]]);
	for (const method of ['pause_producer', 'close_producer', 'resume_producer']) {
		assert.equal(await refusal(b.listener, method, { producerId: a.speaker.mic }), 'not_found', method);
		assert.equal(await refusal(a.listener, method, { producerId: a.speaker.mic }), 'not_found', `${method} in the same room`);
	}
	assert.equal(await refusal(b.listener, 'restart_ice', { transportId: a.speaker.options.id }), 'not_found');
	assert.equal(await refusal(b.listener, 'connect_transport', { transportId: a.speaker.options.id, dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: transport.dtlsParameters.fingerprints[0].value }] } }), 'not_found');
	assert.equal(await refusal(a.listener, 'consume', { transportId: a.speaker.options.id, producerIds: [a.speaker.mic] }), 'not_found');
});

const recvOf = async (one) => one.downOptions.id;

test('frames too large, too many, and of nonsense', async (t) => {
	const { lost, said } = await beside(async () => {
		const [, b] = calls;
		const one = await SecondStack.join(a.pupil2 ??= await org.person('student', a.unit), a.call_id);
		for (const text of ['', '{', '[]', 'null', '{"id":1}', '{"id":{},"method":7,"data":[]}', `{"id":1,"method":"consume","data":${'['.repeat(4000)}${']'.repeat(4000)}}`, `{"id":1,"method":"${'x'.repeat(15000)}"}`])
			one.socket.send(text);
		assert.equal(await refusal(one, 'consume', { transportId: 'x', producerIds: Array(65).fill('p') }), 'bad_request');
		for (let i = 0; i < 90; i++) one.socket.send(JSON.stringify({ id: 5000 + i, method: 'create_transport', data: { direction: 'send' } }));
		await wait(1500);
		const big = await SecondStack.join(a.pupil2, a.call_id);
		assert.equal(await one.closed, 4409);
		big.socket.send(JSON.stringify({ id: 1, method: 'x', data: 'x'.repeat(17 * 1024) }));
		assert.equal(await big.closed, 1009);
		const many = await SecondStack.join(a.pupil2, a.call_id);
		for (let i = 0; i < 400; i++) many.socket.send(JSON.stringify({ id: i, method: 'stats', data: {} }));
		assert.equal(await many.closed, 1008);
		assert.ok(b.speaker.socket.readyState === 1);
	});
	t.diagnostic(`beside it ${lost} of ${said} lost`);
});

test('people who come and go without end', async (t) => {
	const comer = (a.pupil2 ??= await org.person('student', a.unit));
	const { lost, said } = await beside(async () => {
		for (let i = 0; i < 60; i++) {
			const one = await SecondStack.join(comer, a.call_id);
			await one.ask('create_transport', { direction: i % 2 ? 'send' : 'recv' });
			if (i % 3 === 0) await one.ask('leave').catch(() => {});
			else if (i % 3 === 1) one.socket.terminate();
			else one.socket.close();
		}
	});
	t.diagnostic(`60 times; beside it ${lost} of ${said} lost`);
	assert.equal(opened().length, 1, 'the process is the same');
});

/** When the last packet of the speaker came to the listener, after `at`. */
async function silentAfter(call, at, what) {
	const said = call.said;
	await wait(1500);
	assert.ok(call.said > said + 20, `${what}: he goes on sending`);
	const late = call.heard.map((one) => one.at - at).filter((ms) => ms > 0);
	return late.length ? Math.max(...late) : 0;
}

test('muted: what he sends all the same reaches nobody', async (t) => {
	await a.lead.call('call_mute', { call_id: a.call_id, participant_id: a.speaker.participant, client_id: newId() });
	const ms = await silentAfter(a, performance.now(), 'muted');
	t.diagnostic(`the last packet ${ms.toFixed(0)} ms after the acknowledgement`);
	assert.ok(ms <= 200, `${ms} ms`);
	assert.equal(await refusal(a.speaker, 'resume_producer', { producerId: a.speaker.mic }), 'not_found');
	assert.equal(await refusal(a.speaker, 'produce', { transportId: a.speaker.options.id, kind: 'audio', appData: { source: 'mic' }, rtpParameters: { mid: '0', headerExtensions: [], rtcp: { cname: 'x' },
		encodings: [{ ssrc: 77 }], codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }] } }), 'forbidden');
	await a.lead.call('call_ask_unmute', { call_id: a.call_id, participant_id: a.speaker.participant, client_id: newId() });
	clearInterval(a.timer);
	await a.speaker.leave();
	await a.listener.leave();
	await meet(a);
});

test('removed: what he sends all the same reaches nobody', async (t) => {
	await a.lead.call('call_remove', { call_id: a.call_id, participant_id: a.speaker.participant, client_id: newId() });
	const ms = await silentAfter(a, performance.now(), 'removed');
	t.diagnostic(`the last packet ${ms.toFixed(0)} ms after the acknowledgement`);
	assert.ok(ms <= 200, `${ms} ms`);
	assert.equal(await a.speaker.closed, 4403);
	assert.equal((await a.pupil.try('call_join', { call_id: a.call_id })).error?.code, 'forbidden', 'until he is admitted');
	clearInterval(a.timer);
	await a.lead.call('call_admit', { call_id: a.call_id, participant_ids: [a.speaker.participant], client_id: newId() });
	await a.listener.leave();
	await meet(a);
});

const mediaPid = () => Number(readdirSync('/proc').find((name) => {
	try {
		return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[1] === 'media' && new RegExp(`^PPid:\t${server.pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
	} catch {
		return false;
	}
}));

test('killed under two calls: chats do not notice, and both are heard again', async (t) => {
	const [, b] = calls;
	const socket = await b.pupil.socket();
	let slowest = 0;
	let on = true;
	const chatting = (async () => {
		for (let i = 0; on; i++) {
			const began = performance.now();
			await b.lead.call('message_post', { chat_id: b.unit.chat_id, text: `строка ${i}`, client_id: newId() });
			slowest = Math.max(slowest, performance.now() - began);
			await wait(50);
		}
	})();
	await wait(300);
	for (const call of calls) clearInterval(call.timer);
	const killed = performance.now();
	process.kill(mediaPid(), 'SIGKILL');
	for (const call of calls) assert.deepEqual(await Promise.all([call.speaker.closed, call.listener.closed]), [4503, 4503]);
	await until(() => opened().length === 2, 5000, 'another process');
	await Promise.all(calls.map(async (call) => {
		await Promise.all([call.speaker.up.pc.close(), call.listener.down.pc.close()]);
		await meet(call);
	}));
	const ms = performance.now() - killed;
	on = false;
	await chatting;
	t.diagnostic(`both heard again ${Math.round(ms)} ms after the kill; the slowest message of the chat ${Math.round(slowest)} ms`);
	assert.ok(ms <= 5000, `${ms} ms`);
	assert.ok(slowest < 1000, `${slowest} ms for a message`);
	await socket.close();
});
