// SPDX-License-Identifier: Apache-2.0
// kill -9 in the middle of uploads: what was acknowledged is there, the upload goes on from it, and no bytes are left over.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, sleep, temporaryFolder } from '../lib/server.mjs';
import { create, download, head, idOf, patch } from '../lib/upload.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';

const data = temporaryFolder();
after(() => rmSync(data, { recursive: true, force: true }));
const KILLS = Number(process.env.KILLS ?? 10);
const SIZE = 5 * (1 << 20) + 123;
const PIECE = 300000;
const args = ['--rate-limit', '0'];

const blobs = () => readdirSync(join(data, 'blobs'), { recursive: true }).filter((name) => /\/[0-9a-f]{64}$/.test(name)).map((name) => name.split('/')[1]);

test(`${KILLS} kills within uploads lose nothing that was acknowledged`, { timeout: 60000 + KILLS * 5000 }, async (t) => {
	let server = await Server.start({ data, args });
	const operator = await claimOperator(server);
	const org = await Organisation.create(server, operator);
	const what = { purpose: 'document', org: org.id, name: 'a.bin' };
	const files = await Promise.all(Array.from({ length: 3 }, async () => {
		const bytes = randomBytes(SIZE);
		return { bytes, id: idOf(await create(org.admin, SIZE, what)), acked: 0, done: false };
	}));

	/** Pieces until the end or until the server is gone. */
	async function send(file) {
		try {
			const where = await head(org.admin, file.id);
			assert.equal(where.status, 200);
			const has = Number(where.headers['upload-offset']);
			assert.ok(has >= file.acked, `${file.acked} bytes were acknowledged, ${has} are there`);
			for (file.acked = has; file.acked < SIZE; ) {
				const part = file.bytes.subarray(file.acked, file.acked + PIECE);
				const answer = await patch(org.admin, file.id, file.acked, part);
				assert.equal(answer.status, 204, answer.body.toString());
				file.acked += part.length;
				assert.equal(Number(answer.headers['upload-offset']), file.acked);
			}
			file.done = true;
		} catch (error) {
			if (error.code === 'ERR_ASSERTION') throw error;
		}
	}

	let kills = 0;
	for (; kills < KILLS && !files.every(({ done }) => done); kills++) {
		const sending = Promise.all(files.filter(({ done }) => !done).map(send));
		await sleep(10 + Math.random() * 60);
		await server.kill('SIGKILL');
		await sending;
		server = await Server.start({ data, listen: `127.0.0.1:${server.port}`, args });
		for (const client of [org.admin, operator]) client.server = server;
	}
	await Promise.all(files.filter(({ done }) => !done).map(send));
	for (const { id, bytes } of files) assert.ok((await download(org.admin, id)).body.equals(bytes));

	// Bytes without a row, as a crash between two steps leaves them, go at the start; the others stay.
	const waiting = idOf(await create(org.admin, 100, what));
	assert.equal((await patch(org.admin, waiting, 0, Buffer.alloc(40))).status, 204);
	const gone = await (async () => idOf(await create(org.admin, 100, what)))();
	assert.equal((await patch(org.admin, gone, 0, Buffer.alloc(40))).status, 204);
	await org.admin.call('file_delete', { file_id: gone });
	await server.kill('SIGKILL');
	writeFileSync(join(data, 'uploads', '4711'), 'x');
	writeFileSync(join(data, 'uploads', 'no name of ours'), 'x');
	const [first] = blobs();
	writeFileSync(join(data, 'blobs', first.slice(0, 2), `${first.slice(0, 2)}${'0'.repeat(62)}`), 'x');
	writeFileSync(join(data, 'trash', 'x'), 'x');
	server = await Server.start({ data, listen: `127.0.0.1:${server.port}`, args });
	org.admin.server = server;
	assert.deepEqual(readdirSync(join(data, 'uploads')), [String(waiting)]);
	assert.deepEqual(readdirSync(join(data, 'trash')), []);
	assert.deepEqual(blobs().sort(), files.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')).sort());
	assert.equal((await patch(org.admin, waiting, 40, Buffer.alloc(60))).status, 204);
	t.diagnostic(`${kills} kills`);
	await server.stop();
});
