// SPDX-License-Identifier: Apache-2.0
// No acknowledgement before its commit is on disk: read from the order of the server's own system calls.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../lib/client.mjs';
import { Server, temporaryFolder } from '../lib/server.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';

const POSTS = 300;
const usable = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

/** Lines of strace as calls: {began, ended, name, fd, file, text, ok}; unfinished ones are joined. */
function callsOf(text) {
	const calls = [];
	const open = new Map();
	text.split('\n').forEach((line, at) => {
		const match = /^(\d+)\s+([\d.]+) (.*)$/.exec(line);
		if (!match) return;
		const [, pid, , rest] = match;
		const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
		if (resumed) {
			const call = open.get(pid);
			if (!call) return;
			open.delete(pid);
			call.ended = at;
			call.text += resumed[2];
			call.ok = /= \d+/.test(resumed[2].slice(-80));
			return;
		}
		const start = /^(\w+)\((\d+)<(.*?)>(.*)$/s.exec(rest);
		if (!start) return;
		const file = start[3].replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
		const call = { began: at, ended: at, name: start[1], file, text: start[4], ok: /\) += \d+/.test(rest) };
		calls.push(call);
		if (rest.endsWith('<unfinished ...>')) open.set(pid, call);
	});
	return calls;
}

test('an answer leaves after the fdatasync of the log that holds its commit', { skip: usable ? false : 'strace may not trace here', timeout: 120000 }, async (t) => {
	const trace = join(folder, 'trace');
	const server = await Server.start({
		args: ['--rate-limit', '0', '--ws-deflate', 'off', '--log-level', 'error'],
		wrapper: ['strace', '-f', '-y', '-ttt', '-xx', '-s', '100000', '-o', trace, '-e', 'trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg'],
	});
	const operator = await claimOperator(server);
	const org = await Organisation.create(server, operator);
	const unit = await org.unit();
	const people = [await org.person('teacher', unit), await org.person('student', unit)];
	const sockets = await Promise.all(people.map((person) => person.socket({ deflate: false })));
	const sent = [];
	for (let i = 0; i < POSTS; i += 6) {
		await Promise.all(Array.from({ length: 6 }, (_, k) => {
			const id = newId();
			sent.push(id);
			return sockets[k % 2].call('message_post', { chat_id: unit.chat_id, client_id: id, text: `письмо ${i + k}` });
		}));
	}
	for (const socket of sockets) await socket.close();
	for (const client of server.clients) client.close();
	// The tracer stands before the program: it is the program that is told to end.
	const [child] = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');
	process.kill(Number(child), 'SIGTERM');
	await server.ended;
	server.release();

	const calls = callsOf(readFileSync(trace, 'latin1'));
	const wal = calls.filter(({ file }) => file.endsWith('-wal'));
	const syncs = wal.filter(({ name, ok }) => (name === 'fdatasync' || name === 'fsync') && ok);
	const writes = wal.filter(({ name }) => name === 'pwrite64' || name === 'write');
	const sends = calls.filter(({ file }) => file.startsWith('socket:'));
	assert.ok(syncs.length > 10 && writes.length > syncs.length, `${syncs.length} syncs, ${writes.length} writes`);
	// strace prints every byte as \\x..: the id is told as text and stored as its 16 bytes.
	const hex = (bytes) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
	const commits = new Set();
	for (const id of sent) {
		const [asText, asBytes] = [hex(Buffer.from(id, 'latin1')), hex(Buffer.from(id, 'hex'))];
		const told = sends.filter(({ text }) => text.includes(asText));
		assert.ok(told.length > 0, `no answer seen of ${id}`);
		const first = Math.min(...told.map(({ began }) => began));
		const written = writes.find(({ text }) => text.includes(asBytes));
		assert.ok(written, `no write of ${id} into the log seen`);
		const sync = syncs.find(({ began }) => began > written.ended);
		assert.ok(sync, `${id} was never brought to the disk`);
		assert.ok(sync.ended < first, `${id} was told in line ${first}, its sync ended in line ${sync.ended}`);
		commits.add(sync);
	}
	t.diagnostic(`${sent.length} messages in ${commits.size} commits: each was told behind its sync`);
});
