// SPDX-License-Identifier: Apache-2.0
// Bad input, made from each command's schema: always a declared error with its status, nothing changed, and the server goes on.
import test from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { commands, schemas } from '../lib/contract.mjs';
import { Client } from '../lib/client.mjs';
import { sample, wrongRequests } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { buildWorld, dump } from '../lib/world.mjs';

const server = await serverForFile();
const world = await buildWorld(server);
const { a } = world;
const who = (command) => (commands.get(command).admit.includes('operator') ? world.operator : ['chat', 'stream', 'call'].includes(commands.get(command).target.kind) ? a.student : a.admin);

async function unchanged(run) {
	const before = await dump(world);
	await run();
	assert.equal(await dump(world), before);
	assert.equal((await world.nobody.request('GET', '/readyz')).status, 200);
}

/** Limits how many run at once. */
async function inTurns(list, run, width = 16) {
	let at = 0;
	await Promise.all(Array.from({ length: width }, async () => {
		while (at < list.length) await run(list[at++]);
	}));
}

for (const command of commands.keys()) {
	test(`${command}: every field missing, unknown, mistyped and out of its range`, () =>
		unchanged(async () => {
			const client = who(command);
			const socket = await client.socket();
			const wrong = wrongRequests(command, a);
			assert.ok(wrong.length > 1);
			await inTurns(wrong, async ([what, params, field]) => {
				const body = JSON.stringify(params);
				const over = await client.post(command, body);
				if (body.includes('\\u0000')) { // no text here may hold it: it is refused with the JSON
					assert.equal(over.error?.code, 'bad_request', what);
					return;
				}
				assert.equal(over.error?.code, 'invalid_field', `${what}: ${JSON.stringify(over.error ?? over.result)}`);
				assert.equal(over.error.field?.split(/[.[]/)[0], field, what);
				if (field === '__proto__') return;
				const answer = await socket.try(command, params);
				assert.equal(answer.error?.code, 'invalid_field', `socket, ${what}`);
				assert.equal(answer.error.field, over.error.field);
			});
			await socket.close();
		}));

	test(`${command}: what is no JSON object`, () =>
		unchanged(async () => {
			const client = who(command);
			const valid = JSON.stringify(sample(command, a));
			const fields = Object.keys(schemas[commands.get(command).request].properties ?? {});
			const first = fields[0] ?? 'nonsense';
			const nested = (depth, open, close) => `{"${first}":${open.repeat(depth)}${close.repeat(depth)}}`;
			const cases = [
				'', ' ', 'x', 'null', '1', '"text"', '[]', `[${valid}]`, valid.slice(0, -1), `${valid}}`, `${valid}${valid}`, `\ufeff${valid}`,
				'{', '{"', `{${'"a":1,'.repeat(3)}}`, "{'a': 1}", '{a: 1}', '{"a": NaN}', '{"a": Infinity}', '{"a": 01}', '{"a": +1}', '{"a": .5}', '{"a": 1.}', '{"a": 0x10}',
				`{"${first}": 1, "${first}": 1}`, `{"${first}": 1e999}`, `{"${first}": -1e999}`, `{"${first}": 9223372036854775808}`,
				`{"${first}": 99999999999999999999999999}`, `{"${first}": "\\ud800"}`, `{"${first}": "\\udc00\\ud800"}`, `{"${first}": "\\u12"}`, `{"${first}": "\\x41"}`, `{"${first}": "a\nb"}`,
				nested(33, '[', ']'), nested(10000, '[', ']'), nested(33, '{"a":', '}').replace('}}', '1}}'), '['.repeat(30000), '{"a":'.repeat(10000),
				Buffer.concat([Buffer.from(`{"${first}": "`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
				Buffer.concat([Buffer.from(`{"${first}": "`), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
				Buffer.concat([Buffer.from(`{"${first}": "`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
				Buffer.concat([Buffer.from(`{"${first}": "`), Buffer.from([0xf4, 0x90, 0x80, 0x80]), Buffer.from('"}')]),
				Buffer.concat([Buffer.from(valid), Buffer.from([0])]),
				Buffer.alloc(1000),
			];
			await inTurns(cases, async (body) => {
				const answer = await client.post(command, body);
				assert.equal(answer.error?.code, 'bad_request', `${String(body).slice(0, 60)}: ${JSON.stringify(answer.error ?? answer.result)}`);
			});
			for (const value of ['-0', '1E400', '9007199254740993', '-9223372036854775809', '0.1e1', '"\\u0000"', '"a\\u0000b"']) {
				if (first === 'nonsense') continue;
				const params = `{"${first}": ${value}}`;
				const answer = await client.post(command, params);
				assert.ok(['bad_request', 'invalid_field'].includes(answer.error?.code) || fields.length === 1, `${params}: ${JSON.stringify(answer.error ?? answer.result)}`);
			}
			// Refused by its announced length, before anything of it is read: no JSON then.
			const json = { 'Content-Type': 'application/json', 'X-Zvonok': '1', Origin: server.origin };
			const large = await new Client(server).request('POST', `/api/v1/${command}`, { headers: json, body: `{"${first}": "${'x'.repeat(70000)}"}` });
			assert.equal(large.status, 413);
		}));
}

test('lengths count code points, not bytes and not UTF-16 units', async () => {
	const text = (n) => ({ ...sample('message_post', a), text: '𝒜'.repeat(n) });
	assert.equal((await a.student.try('message_post', text(4001))).error?.code, 'invalid_field');
	const posted = await a.student.call('message_post', text(4000));
	const { messages } = await a.student.call('message_list', { chat_id: a.chat, after: posted.seq - 1 });
	assert.equal(messages[0].text, '𝒜'.repeat(4000));
	for (const empty of [' ', '\n\t ', '\u00a0', '\u2003\u3000']) assert.equal((await a.student.try('message_post', { ...text(1), text: empty })).error?.code, 'invalid_field', JSON.stringify(empty));
	const odd = 'а\u0301 e\u0301 \u202e‮ 👨‍👩‍👧 \\ " </script> \ufffd 𝒜';
	const kept = await a.student.call('message_post', { ...text(1), text: odd });
	assert.equal((await a.student.call('message_list', { chat_id: a.chat, after: kept.seq - 1 })).messages[0].text, odd.normalize('NFC'));
});

test('requests that no page of ours makes', () =>
	unchanged(async () => {
		const body = JSON.stringify(sample('message_post', a));
		const refused = async (headers, code) => {
			const answer = await a.student.post('message_post', body, { headers });
			assert.equal(answer.error?.code, code, JSON.stringify(headers));
		};
		const port = server.port;
		for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', 'application/json5', 'text/json', '']) await refused({ 'Content-Type': type }, 'bad_origin');
		await refused({ 'X-Zvonok': undefined }, 'bad_origin');
		for (const origin of ['null', 'http://evil.example', `http://127.0.0.1:${port}.evil.example`, `http://127.0.0.1:${port}1`, 'http://127.0.0.1', `https://127.0.0.1:${port}`, `http://x@127.0.0.1:${port}`,
			`http://127.0.0.1:${port}/`, ` http://evil.example`, `http://localhost:${port}`, 'file://']) await refused({ Origin: origin }, 'bad_origin');
	}));

test('unknown commands and paths', async () => {
	for (const name of ['', 'x', 'message_post/', 'MESSAGE_POST', 'message_post%00', 'a'.repeat(3000), '../readyz', 'message_post?x=1'].slice(0, -1)) {
		const answer = await a.student.post(name, '{}');
		assert.equal(answer.error?.code, 'bad_request', name);
		assert.equal(answer.status, 400);
	}
	for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
		const answer = await a.student.request(method, '/api/v1/me_snapshot', { headers: { Origin: server.origin, 'X-Zvonok': '1', 'Content-Type': 'application/json' } });
		assert.equal(answer.status, 405, method);
		assert.equal(answer.headers.allow, 'POST');
	}
});

test('a WebSocket of another origin, or of none, is refused before its session is looked at', async () => {
	const upgrade = (headers) => new Promise((resolve) => {
		const ws = new WebSocket(`ws://${server.host}/api/v1/socket`, { headers });
		ws.on('unexpected-response', (_request, answer) => resolve(answer.statusCode));
		ws.on('open', () => ws.on('close', (code) => resolve(code)));
		ws.on('error', () => {});
	});
	for (const cookie of [a.student.cookie, 'zvonok=nonsense', '']) {
		for (const origin of [undefined, 'null', 'http://evil.example', `${server.origin}.evil.example`, `${server.origin}1`]) {
			const headers = { ...(cookie ? { Cookie: cookie } : {}), ...(origin ? { Origin: origin } : {}) };
			assert.equal(await upgrade(headers), 403, `${origin} ${cookie}`);
		}
	}
	for (const cookie of ['', 'zvonok=', 'zvonok=nonsense', `zvonok=${'x'.repeat(5000)}`]) assert.equal(await upgrade({ Origin: server.origin, Cookie: cookie }), 4401, cookie.slice(0, 20));
});

test('frames that are no commands', () =>
	unchanged(async () => {
		const socket = await a.student.socket();
		const refused = async (text, id, code = 'bad_request') => {
			const answer = await socket.raw(text, id);
			assert.equal(answer.error?.code, code, text.slice(0, 60));
		};
		for (const text of ['', 'x', '[]', 'null', '1', '{}', '{"id": "1"}', '{"command": "session_list"}', '{"id": -1, "command": "session_list"}', '{"id": 1.5, "command": "session_list"}',
			'{"id": 9223372036854775808, "command": "session_list"}', '{"id": 1e999, "command": "session_list"}', '{"id": null, "command": "session_list"}', `{"id":${'['.repeat(40)}`]) await refused(text, 0);
		await refused('{"id": 7}', 7);
		await refused('{"id": 8, "command": 1}', 8);
		await refused('{"id": 9, "command": "session_list", "params": {}, "more": 1}', 9);
		await refused('{"id": 10, "command": "nonsense", "params": {}}', 10);
		for (const params of ['null', '[]', '1', '"x"']) await refused(`{"id": 11, "command": "session_list", "params": ${params}}`, 11, 'invalid_field');
		const largest = 9223372036854775807n;
		const answer = await new Promise((resolve) => {
			socket.ws.once('message', (data) => resolve(data.toString()));
			socket.ws.send(`{"id": ${largest}, "command": "session_list"}`);
		});
		assert.ok(answer.startsWith(`{"id":${largest},"result"`), answer.slice(0, 80));
		await socket.close();
	}));
