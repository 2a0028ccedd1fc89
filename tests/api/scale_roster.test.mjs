// SPDX-License-Identifier: Apache-2.0
// A school of 2,000 people out of a file (B3), and the same file once more.
import test from 'node:test';
import assert from 'node:assert/strict';
import { apply, begin, changes, exported, preview, schoolRows, settled, table } from '../lib/roster.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, Organisation } from '../lib/world.mjs';

const server = await serverForFile({ args: ['--rate-limit', '0'] });
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const rows = schoolRows();

test('2,000 people in under ten seconds, with its progress seen and others served meanwhile', { timeout: 120000 }, async (t) => {
	const start = Date.now();
	const { id } = await begin(org.admin, org, table(rows));
	const seen = await settled(org.admin, org, id);
	const planned = Date.now();
	assert.equal(seen.import.state, 'ready', JSON.stringify(seen.import));
	assert.deepEqual([seen.import.counts.errors, seen.import.counts.questions], [0, 0], JSON.stringify(seen.problems.slice(0, 5)));
	assert.deepEqual([seen.import.counts.people, seen.import.counts.students_new, seen.import.counts.teachers_new, seen.import.counts.guardians_new], [2020, 1200, 120, 700]);
	assert.deepEqual([seen.import.counts.units_new, seen.import.counts.bonds_new], [61, 1200]);
	const progress = new Set();
	const applying = org.admin.call('roster_import_apply', { org_id: org.id, import_id: id });
	await applying;
	let slowest = 0;
	for (;;) {
		const asked = Date.now();
		const { import: now } = await org.admin.call('roster_import_get', { org_id: org.id, import_id: id, limit: 0 });
		await org.admin.call('message_post', { chat_id: org.staff.chat_id, client_id: `${progress.size}`.padStart(32, '0').replace(/^0/, 'a'), text: 'между делом' }).catch((error) => {
			if (error.code !== 'id_reused') throw error;
		});
		slowest = Math.max(slowest, Date.now() - asked);
		if (now.total) progress.add(now.done);
		if (now.state !== 'applying') {
			assert.equal(now.state, 'done');
			assert.equal(now.counts.refused, 0);
			break;
		}
	}
	const took = Date.now() - start;
	t.diagnostic(`preview ${planned - start} ms, whole ${took} ms, ${progress.size} values of progress, the slowest of other requests ${slowest} ms`);
	assert.ok(progress.size > 5, `${progress.size} values of progress`);
	if (!process.env.ZVONOK_SLOW) assert.ok(took < 10000, `${took} ms`);
	const { units } = await org.admin.call('unit_list', { org_id: org.id });
	assert.equal(units.filter((unit) => unit.kind === 'class').length, 60);
	assert.equal(units.find((unit) => unit.name === '1А').member_count, 20 + 20 + 1);
});

test('the same file once more changes nothing', async () => {
	const seen = await preview(org.admin, org, table(rows));
	assert.equal(changes(seen.import.counts), 0, JSON.stringify(seen.import.counts));
	assert.deepEqual(seen.changes, []);
	assert.equal(seen.import.counts.unchanged, 2020);
	const after = await apply(org.admin, org, seen.import.id);
	assert.equal(after.import.state, 'done');
});

for (const format of ['csv', 'xlsx', 'oneroster'])
	test(`what is exported as ${format} changes nothing when it is imported`, { timeout: 60000 }, async () => {
		const file = await exported(org.admin, org, format);
		assert.equal(file.status, 200, file.body.toString());
		const seen = await preview(org.admin, org, file.body, file.file_name);
		assert.equal(seen.import.state, 'ready', JSON.stringify(seen));
		assert.equal(seen.import.counts.errors, 0, JSON.stringify(seen.problems.slice(0, 5)));
		assert.equal(changes(seen.import.counts), 0, JSON.stringify([seen.import.counts, seen.changes.slice(0, 5)]));
		assert.ok(seen.import.counts.unchanged >= 2020, JSON.stringify(seen.import.counts));
	});
