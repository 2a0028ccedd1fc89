// SPDX-License-Identifier: Apache-2.0
// A full disk: writes are refused and say so, reading goes on, and it heals when there is room again.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../lib/client.mjs';
import { history } from '../lib/load.mjs';
import { Server, temporaryFolder } from '../lib/server.mjs';
import { create, download, head, idOf, patch } from '../lib/upload.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';

const mountAt = temporaryFolder();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', mountAt]).status === 0;
const why = mounted ? false : 'no small disk can be mounted here';

test('a full disk', { skip: why, timeout: 60000 }, async (t) => {
	const data = join(mountAt, 'data');
	mkdirSync(data);
	const server = await Server.start({ data, args: ['--rate-limit', '0'] });
	const operator = await claimOperator(server);
	const org = await Organisation.create(server, operator);
	const unit = await org.unit();
	const teacher = await org.person('teacher', unit);
	const post = (text) => teacher.try('message_post', { chat_id: unit.chat_id, client_id: newId(), text });
	const acked = [];
	const said = async (answer, text) => {
		if (answer.result) acked.push([answer.result.seq, text]);
		return answer.error?.code;
	};
	assert.equal(await said(await post('до'), 'до'), undefined);
	const bytes = randomBytes(500000);
	const upload = idOf(await create(org.admin, bytes.length, { purpose: 'document', org: org.id }));
	assert.equal((await patch(org.admin, upload, 0, bytes.subarray(0, 1000))).status, 204);
	const room = () => statfsSync(mountAt).bavail * statfsSync(mountAt).bsize;
	writeFileSync(join(mountAt, 'ballast'), Buffer.alloc(Math.max(0, room() - 65536)));
	let refused = 0;
	for (let i = 0; i < 200 && refused < 20; i++) {
		const text = `${i} ${'щ'.repeat(3900)}`;
		const code = await said(await post(text), text);
		if (code === undefined) continue;
		assert.equal(code, 'storage_full');
		refused += 1;
		assert.deepEqual((await history(teacher, unit.chat_id)).map(({ seq, text: kept }) => [seq, kept]), acked);
	}
	assert.equal(refused, 20, 'the disk never became full');
	assert.equal((await teacher.request('GET', '/healthz')).status, 200);
	// a piece of a file that does not fit is refused whole, what came before it stays
	const piece = await patch(org.admin, upload, 1000, bytes.subarray(1000));
	assert.equal(piece.status, 507);
	assert.equal((await head(org.admin, upload)).headers['upload-offset'], '1000');
	rmSync(join(mountAt, 'ballast'));
	assert.equal(await said(await post('после'), 'после'), undefined, 'it does not heal');
	assert.equal((await patch(org.admin, upload, 1000, bytes.subarray(1000))).status, 204);
	assert.ok((await download(org.admin, upload)).body.equals(bytes));
	assert.deepEqual((await history(teacher, unit.chat_id)).map(({ seq, text }) => [seq, text]), acked);
	t.diagnostic(`${acked.length} messages kept, ${refused} refused`);
	await server.stop();
});

test('the disk is given back', { skip: why }, () => {
	assert.equal(spawnSync('umount', ['-l', mountAt]).status, 0);
	rmSync(mountAt, { recursive: true, force: true });
});
