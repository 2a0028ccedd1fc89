// SPDX-License-Identifier: Apache-2.0
// The audit journal on the wire and on the command line: what it tells, to whom, and that a changed row is found.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PROGRAM, serverForFile } from '../lib/server.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const verify = () => spawnSync(PROGRAM, ['audit', 'verify', '--data', server.data], { encoding: 'utf8' });

test('the journal of an organisation tells who did what, with names of today', async () => {
	const { entries, people } = await org.admin.call('audit_list', { org_id: org.id });
	const made = entries.find(({ action }) => action === 'org_create');
	assert.equal(made.actor_id, operator.person.id);
	assert.equal(made.object_name, org.word);
	const arrived = entries.find(({ action }) => action === 'admin_arrived');
	assert.equal(arrived.object_id, org.admin.person.id);
	const known = new Set(people.map(({ id }) => id));
	assert.ok(known.has(operator.person.id) && known.has(org.admin.person.id));
	assert.deepEqual(entries.map(({ seq }) => seq), [...entries.keys()].map((i) => entries.length - i));
	const only = await org.admin.call('audit_list', { org_id: org.id, action: 'org_create' });
	assert.deepEqual(only.entries, [made]);
	const mine = await org.admin.call('audit_list', { org_id: org.id, person_id: org.admin.person.id });
	assert.ok(mine.entries.every(({ actor_id, object_id }) => [actor_id, object_id].includes(org.admin.person.id)));
	const page = await org.admin.call('audit_list', { org_id: org.id, limit: 1 });
	assert.equal(page.next_before, entries[0].seq);
	assert.deepEqual((await org.admin.call('audit_list', { org_id: org.id, before: page.next_before, limit: 1 })).entries, [entries[1]]);
});

test("the installation's journal is another one", async () => {
	const { entries } = await operator.call('operator_audit_list');
	assert.ok(entries.some(({ action, object_id }) => action === 'org_create' && object_id === org.id));
	assert.ok(!entries.some(({ action }) => action === 'admin_arrived'));
	const [theirs, mine] = [await operator.call('operator_audit_verify'), await org.admin.call('audit_verify', { org_id: org.id })];
	assert.ok(theirs.whole && mine.whole);
	assert.notEqual(theirs.hash, mine.hash);
});

test('a row that was changed behind the back of the program is found', async () => {
	const whole = verify();
	assert.equal(whole.status, 0, whole.stderr);
	assert.match(whole.stdout, new RegExp(`organisation ${org.id}: \\d+ rows in order`));
	const script = `import sqlite3; db = sqlite3.connect(${JSON.stringify(join(server.data, 'zvonok.sqlite'))}); db.execute('DROP TRIGGER audit_no_update'); db.execute("UPDATE audit SET actor_id = 99 WHERE org_id = ${org.id} AND seq = 2"); db.commit()`;
	execFileSync('python3', ['-c', script]);
	const verdict = await org.admin.call('audit_verify', { org_id: org.id });
	assert.deepEqual([verdict.whole, verdict.rows, verdict.broken_seq], [false, 1, 2]);
	assert.ok((await operator.call('operator_audit_verify')).whole);
	const broken = verify();
	assert.equal(broken.status, 3);
	assert.match(broken.stdout, new RegExp(`organisation ${org.id}: BROKEN at row 2`));
});
