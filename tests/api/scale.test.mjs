// SPDX-License-Identifier: Apache-2.0
// A school of 2,000 (60 classes, 120 teachers, 1,200 pupils, 700 parents) moves 100 pupils, begins the next year and takes it back:
// quickly enough, nobody keeps access that he lost, nothing is left over in the store. ZVONOK_SCALE_PRINT=1 prints the times.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { newId } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { download, upload } from '../lib/upload.mjs';
import { Organisation, claimOperator, comeIn, newWord } from '../lib/world.mjs';

const MOST_MS = 30_000; // on a busy machine; the figures of a quiet one stand in docs/TESTING.md
const SUBJECTS = ['Алгебра', 'Русский язык', 'Литература', 'История'];

let server = await Server.start({ args: ['--rate-limit', '0'] });
server.owned = false;
server.forFile = true; // stopped below, and looked at
const { data } = server;
after(async () => {
	server.owned = true;
	await server.stop();
});

const times = [];
async function timed(what, run) {
	const at = performance.now();
	const result = await run();
	const ms = performance.now() - at;
	times.push(`${what}: ${Math.round(ms)} ms`);
	assert.ok(ms < MOST_MS, `${what} took ${Math.round(ms)} ms`);
	return result;
}

/** Several at a time: the store commits them in groups. */
async function each(items, run, width = 16) {
	const left = [...items.entries()];
	await Promise.all(Array.from({ length: width }, async () => {
		for (let next = left.shift(); next; next = left.shift()) await run(next[1], next[0]);
	}));
}

/** Rows of the store, read beside the running server. */
function rows(query, write = false) {
	const { status, stdout, stderr } = spawnSync('python3', ['-c',
		'import json,sqlite3,sys\ndb=sqlite3.connect(sys.argv[1],timeout=20)\nprint(json.dumps(db.execute(sys.argv[2]).fetchall()))\nif sys.argv[3]=="w": db.commit()',
		join(data, 'zvonok.sqlite'), query, write ? 'w' : 'r'], { encoding: 'utf8', maxBuffer: 1 << 27 });
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
}

/** Everything that must never be, each as a query that finds nothing. Roles: 5 is a guardian. Kinds of units: 2 is a circle. */
const ORPHANS = {
	'in a unit without being in the organisation':
		'SELECT u.unit_id, u.person_id FROM unit_member u WHERE u.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m WHERE m.org_id = u.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL)',
	'in a unit that has ended':
		'SELECT m.unit_id, m.person_id FROM unit_member m JOIN unit u ON u.id = m.unit_id WHERE m.ended_at IS NULL AND u.ended_at IS NOT NULL',
	'in a living chat without being in the organisation':
		'SELECT c.chat_id, c.person_id FROM chat_member c JOIN chat h ON h.id = c.chat_id WHERE c.left_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m WHERE m.org_id = c.org_id AND m.person_id = c.person_id AND m.ended_at IS NULL)',
	'in the chat of a living class without being in the class':
		"SELECT c.chat_id, c.person_id FROM chat_member c JOIN chat h ON h.id = c.chat_id JOIN unit u ON u.id = h.unit_id WHERE h.preset LIKE 'unit/%' AND u.ended_at IS NULL AND c.left_at IS NULL AND NOT EXISTS (SELECT 1 FROM unit_member m WHERE m.unit_id = h.unit_id AND m.person_id = c.person_id AND m.ended_at IS NULL)",
	'a bond of somebody who is not in the organisation':
		'SELECT g.guardian_id, g.child_id FROM guardianship g WHERE g.ended_at IS NULL AND (SELECT COUNT(*) FROM member m WHERE m.org_id = g.org_id AND m.person_id IN (g.guardian_id, g.child_id) AND m.ended_at IS NULL) < 2',
	'a bound guardian in a unit without a child of his':
		'SELECT u.unit_id, u.person_id FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL AND m.role = 5 WHERE u.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM guardianship g JOIN unit_member k ON k.org_id = g.org_id AND k.person_id = g.child_id AND k.unit_id = u.unit_id AND k.ended_at IS NULL WHERE g.org_id = u.org_id AND g.guardian_id = u.person_id AND g.ended_at IS NULL)',
	'a count of a chat that is wrong':
		'SELECT h.id, h.member_count FROM chat h WHERE h.archived = 0 AND h.member_count <> (SELECT COUNT(*) FROM chat_member c WHERE c.chat_id = h.id AND c.left_at IS NULL)',
	'teaching in a unit that has ended':
		'SELECT t.id FROM teaching t JOIN unit u ON u.id = t.unit_id WHERE t.ended_at IS NULL AND u.ended_at IS NOT NULL',
};
const noOrphans = () => {
	for (const [what, query] of Object.entries(ORPHANS)) assert.deepEqual(rows(query).slice(0, 5), [], what);
};

/** Who is where, without the rows' own ids and times. */
const places = () => JSON.stringify({
	members: rows('SELECT person_id, role FROM member WHERE ended_at IS NULL ORDER BY 1'),
	units: rows('SELECT id, name, level, letter FROM unit WHERE ended_at IS NULL ORDER BY 1'),
	places: rows('SELECT unit_id, person_id, lead FROM unit_member WHERE ended_at IS NULL ORDER BY 1, 2'),
	bonds: rows('SELECT guardian_id, child_id FROM guardianship WHERE ended_at IS NULL ORDER BY 1, 2'),
	teaching: rows('SELECT unit_id, subject_id, teacher_id FROM teaching WHERE ended_at IS NULL ORDER BY 1, 2, 3'),
	chats: rows('SELECT c.chat_id, c.person_id, c.role, c.why, c.writer FROM chat_member c JOIN chat h ON h.id = c.chat_id WHERE c.left_at IS NULL AND h.archived = 0 ORDER BY 1, 2'),
});

const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const names = (n) => Array.from({ length: n }, () => ({ given_name: 'Имя', family_name: newWord('Ученик') }));
const levels = Array.from({ length: 60 }, (_, i) => `${1 + Math.floor(i / 6)}${'АБВГДЕ'[i % 6]}`); // 1А to 10Е
const classes = [];
const kids = new Map(); // class -> persons
let teachers = [];

test('the school is made', async () => {
	const at = performance.now();
	for (const name of levels) classes.push(await org.unit('class', name));
	const { token } = await org.invite('teacher', org.staff, { max_uses: 200 });
	await each(Array.from({ length: 120 }), async () => void teachers.push(await comeIn(server, token)), 8);
	await org.confirm(...teachers.slice(0, 100));
	await org.confirm(...teachers.slice(100));
	const { subjects } = await org.admin.call('subject_create', { org_id: org.id, names: SUBJECTS });
	await each(classes, async (unit, i) => {
		const { people } = await org.admin.call('member_expect_many', { unit_id: unit.id, role: 'student', people: names(20) });
		const pupils = people.map(({ person }) => person);
		kids.set(unit.id, pupils);
		const all = (await org.admin.call('member_expect_many', { unit_id: unit.id, role: 'guardian', people: names(i < 40 ? 12 : 11) })).people;
		const parents = all.filter(({ role }) => role === 'guardian');
		for (const [k, { person }] of parents.entries()) await org.admin.call('guardian_bind', { unit_id: unit.id, guardian_id: person.id, child_id: pupils[k].id });
		await org.admin.call('unit_lead_set', { unit_id: unit.id, person_id: teachers[i].person.id });
		for (const [s, subject] of subjects.entries()) await org.admin.call('teaching_set', { unit_id: unit.id, subject_id: subject.id, teacher_id: teachers[(i + s * 17) % 120].person.id });
	}, 6);
	times.push(`making it by single commands: ${Math.round(performance.now() - at)} ms`);
	assert.deepEqual(rows('SELECT role, COUNT(*) FROM member WHERE ended_at IS NULL GROUP BY role ORDER BY role'), [[0, 1], [3, 120], [4, 1200], [5, 700]]);
	noOrphans();
});

/** A pupil of the roster comes in himself, with a socket open. */
const joined = [];
test('a sample of the pupils comes in by the links of their classes', async () => {
	for (const unit of classes.slice(0, 10)) {
		const { token } = await org.invite('student', unit, { max_uses: 5 });
		const [pupil] = kids.get(unit.id);
		const client = await comeIn(server, token, { given_name: pupil.given_name, family_name: pupil.family_name });
		assert.equal(client.person.id, pupil.id, 'his place was waiting for him');
		joined.push({ client, unit, socket: await client.socket() });
	}
});

test('100 pupils are transferred: from the answer on they hear, read and fetch nothing of their old classes', async () => {
	const moved = classes.slice(0, 10).flatMap((unit) => kids.get(unit.id).slice(0, 10).map(({ id }) => id));
	const to = classes[30];
	// The ones who stay teach on: 40 messages go into the old chats as soon as the answer is there.
	const order = { org_id: org.id, kind: 'transfer', person_ids: moved, to_unit_id: to.id, order_no: '100-у' };
	const preview = await timed('preview of 100 transfers', () => org.admin.call('movement_apply', { ...order, preview: true }));
	assert.equal(preview.people_count, 100);
	const before = places();
	const done = await timed('transfer of 100 pupils', () => org.admin.call('movement_apply', { ...order, client_id: newId() }));
	const secrets = [];
	await each(classes.slice(0, 10), async (unit, i) => {
		for (let k = 0; k < 4; k++) {
			secrets.push(newWord('Тайна'));
			await teachers[i].call('message_post', { chat_id: unit.chat_id, client_id: newId(), text: secrets.at(-1) });
		}
	});
	const file = await upload(org.admin, Buffer.from('приказ'), { purpose: 'document', org: org.id, name: 'order.txt' });
	assert.equal((await download(org.admin, file)).status, 200);
	for (const { client, unit, socket } of joined) {
		for (const [command, more] of [['chat_snapshot', {}], ['message_list', {}], ['chat_members', {}], ['presence_get', {}], ['message_post', { client_id: newId(), text: 'Я ещё здесь?' }]]) {
			for (const way of [client, socket]) assert.equal((await way.try(command, { chat_id: unit.chat_id, ...more })).error?.code, 'not_found', command);
		}
		assert.equal((await client.try('events_since', { stream: `c${unit.chat_id}`, after: 0 })).error?.code, 'not_found');
		assert.equal((await download(client, file)).status, 404);
		await socket.settle();
		const heard = JSON.stringify(socket.frames);
		for (const secret of secrets) assert.ok(!heard.includes(secret));
		assert.equal((await client.call('chat_snapshot', { chat_id: to.chat_id })).chat.id, to.chat_id);
	}
	noOrphans();
	await timed('undo of 100 transfers', () => org.admin.call('movement_undo', { org_id: org.id, batch_id: done.batch_id }));
	assert.equal(places(), before);
	noOrphans();
});

test('the next year, and back', async () => {
	const before = places();
	const plan = await timed('proposal of the rollover', () => org.admin.call('rollover_propose', { org_id: org.id, last_level: 10 }));
	const steps = plan.lines.map(({ unit_id, action, new_name }) => ({ unit_id, action, ...(new_name ? { new_name } : {}) }));
	assert.equal(steps.filter(({ action }) => action === 'leave').length, 6);
	// One of 10А repeats the year with those who come from 9А.
	const repeaters = [{ person_id: kids.get(classes[54].id)[0].id, to_unit_id: classes[48].id }];
	const all = { org_id: org.id, steps, repeaters, new_units: plan.new_units };
	const preview = await timed('preview of the rollover', () => org.admin.call('rollover_apply', { ...all, preview: true }));
	assert.equal(places(), before, 'a preview changes nothing');
	const done = await timed('rollover', () => org.admin.call('rollover_apply', { ...all, client_id: newId() }));
	assert.equal(done.people_count, preview.people_count);
	const [[pupils]] = rows('SELECT COUNT(*) FROM member WHERE ended_at IS NULL AND role = 4');
	assert.equal(pupils, 1200 - 119, 'six classes have left, but for one who repeats');
	assert.deepEqual(rows('SELECT COUNT(*) FROM teaching WHERE ended_at IS NULL'), [[0]]);
	assert.equal(rows('SELECT COUNT(*) FROM unit WHERE ended_at IS NULL AND kind = 0')[0][0], 60);
	noOrphans();
	await timed('undo of the rollover', () => org.admin.call('movement_undo', { org_id: org.id, batch_id: done.batch_id }));
	assert.equal(places(), before);
	noOrphans();
});

test('the screens of 2,000 people are answered at once', async () => {
	await timed('search among 2,000', () => org.admin.call('member_list', { org_id: org.id, query: 'ученик', limit: 50 }));
	await timed('journal of movements', () => org.admin.call('movement_list', { org_id: org.id, limit: 200 }));
});

test('the chats are what the roster says: made anew from it, they do not change', async () => {
	for (const { socket } of joined) await socket.close();
	const before = places();
	server.owned = false;
	await server.stop();
	rows('DELETE FROM chat_org', true); // an organisation without its row gets its chats at the start
	server = await Server.start({ data, args: ['--rate-limit', '0'] });
	server.forFile = true;
	assert.equal(places(), before);
	if (process.env.ZVONOK_SCALE_PRINT) console.log(times.join('\n'));
});
