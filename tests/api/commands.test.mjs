// SPDX-License-Identifier: Apache-2.0
// Signing in, links, sessions: the commands whose success takes more than a right, and the errors that they declare.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, newId } from '../lib/client.mjs';
import { ROOT, Server, serverForFile, sleep } from '../lib/server.mjs';
import { Organisation, claimOperator, codeFor, comeIn, newPhone, newWord, signIn } from '../lib/world.mjs';

const server = await serverForFile();
const refused = async (client, command, params, code, field) => {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, JSON.stringify(error));
	if (field) assert.equal(error.field, field);
	return error;
};
const names = () => ({ given_name: newWord('Имя'), family_name: newWord('Фамилия') });
const wrongCode = (code) => (code === '000000' ? '111111' : '000000');

let operator, org;
test('the first operator comes in by the printed link, once', async () => {
	const client = new Client(server);
	const phone = newPhone();
	const claim = { token: server.operatorToken, phone, ...names() };
	await refused(client, 'operator_claim', { ...claim, token: 'B'.repeat(43), code: '123456' }, 'link_unusable');
	await refused(client, 'operator_claim', { ...claim, code: '123456' }, 'code_expired');
	const code = await codeFor(client, phone);
	await refused(client, 'operator_claim', { ...claim, code: wrongCode(code) }, 'code_wrong', 'code');
	assert.equal(client.cookies.size, 0);
	await client.call('operator_claim', { ...claim, code });
	assert.equal(client.cookies.size, 1);
	assert.equal((await client.call('me_snapshot')).operator, true);
	operator = client;
	await refused(new Client(server), 'operator_claim', { ...claim, code }, 'link_unusable');
	assert.equal((await new Client(server).request('GET', '/readyz')).status, 200);
});

test('an organisation is made by the operator; its administrator is whoever holds the number', async () => {
	org = await Organisation.create(server, operator);
	const me = await org.admin.call('me_snapshot');
	assert.equal(me.operator, false);
	assert.deepEqual(me.memberships.map(({ org: { id }, role }) => [id, role]), [[org.id, 'admin']]);
	assert.deepEqual(me.chats.map(({ kind }) => kind).sort(), ['administration', 'employees', 'everybody', 'staff']);
	org.first = await org.unit();
	await refused(org.admin, 'unit_create', { org_id: org.id, kind: 'class', name: org.first.name }, 'conflict', 'name');
	await refused(org.admin, 'unit_create', { org_id: org.id, kind: 'class', name: ` ${org.first.name.toUpperCase()} ` }, 'conflict', 'name');
	const second = await org.unit();
	await refused(org.admin, 'unit_rename', { unit_id: second.id, name: org.first.name }, 'conflict', 'name');
	const more = newWord();
	assert.equal((await org.admin.call('unit_rename', { unit_id: second.id, name: more })).name, more);
	org.second = second;
});

test('structure: what is taken, full or not for such people is refused', async () => {
	const { id } = org;
	const [subject, other] = (await org.admin.call('subject_create', { org_id: id, names: [newWord('Предмет'), newWord('Предмет')] })).subjects;
	const set = await org.admin.call('set_create', { org_id: id, kind: 'students', name: newWord('Актив') });
	const student = await org.person('student', org.first);
	await refused(org.admin, 'unit_create_many', { org_id: id, kind: 'class', names: [newWord(), org.first.name] }, 'conflict', 'names');
	await refused(org.admin, 'unit_level_set', { unit_id: org.staff.id, level: 5 }, 'conflict', 'unit_id');
	await refused(org.admin, 'unit_end', { org_id: id, unit_id: org.staff.id }, 'conflict', 'unit_id');
	const old = await org.unit();
	await org.admin.call('unit_end', { org_id: id, unit_id: old.id });
	const heir = await org.unit('class', old.name);
	await refused(org.admin, 'unit_restore', { org_id: id, unit_id: old.id }, 'conflict', 'unit_id');
	await org.admin.call('unit_end', { org_id: id, unit_id: heir.id });
	assert.equal((await org.admin.call('unit_restore', { org_id: id, unit_id: old.id })).unit.name, old.name);
	await refused(org.admin, 'unit_lead_set', { unit_id: org.first.id, person_id: student.person.id }, 'conflict', 'lead');
	await refused(org.admin, 'unit_lead_unset', { unit_id: org.first.id, person_id: student.person.id }, 'not_found', 'person_id');
	await refused(org.admin, 'subject_rename', { org_id: id, subject_id: subject.id, name: other.name.toUpperCase() }, 'conflict', 'name');
	for (let k = 0; k < 2; k++) await org.admin.call('subject_create', { org_id: id, names: Array.from({ length: 100 }, () => newWord('Предмет')) });
	await org.admin.call('subject_create', { org_id: id, names: Array.from({ length: 98 }, () => newWord('Предмет')) });
	await refused(org.admin, 'subject_create', { org_id: id, names: [newWord('Предмет')] }, 'conflict', 'names');
	await refused(org.admin, 'teaching_set', { unit_id: org.first.id, subject_id: subject.id, teacher_id: student.person.id }, 'conflict', 'teacher_id');
	await refused(org.admin, 'set_create', { org_id: id, kind: 'other', name: set.name }, 'conflict', 'name');
	const second = await org.admin.call('set_create', { org_id: id, kind: 'parents', name: newWord('Актив') });
	await refused(org.admin, 'set_rename', { org_id: id, set_id: second.id, name: set.name }, 'conflict', 'name');
	await refused(org.admin, 'set_person_add', { org_id: id, set_id: set.id, person_ids: [student.person.id, org.admin.person.id] }, 'conflict', 'person_ids');
	assert.deepEqual((await org.admin.call('set_people', { org_id: id, set_id: set.id })).people, []);
	await org.admin.call('member_remove', { org_id: id, person_id: student.person.id });
	await org.admin.call('unit_end', { org_id: id, unit_id: old.id });
});

test('codes: five tries, single use, one a minute, nothing told of who is registered', async () => {
	const phone = newPhone();
	const client = new Client(server);
	const asked = await client.try('code_request', { phone });
	const known = await new Client(server).try('code_request', { phone: newPhone() });
	assert.deepEqual(asked.result, known.result);
	const pause = await refused(new Client(server), 'code_request', { phone }, 'rate_limited');
	assert.ok(pause.retry_after_s > 0 && pause.retry_after_s <= 60);
	const code = await server.code(phone);
	await refused(client, 'sign_in', { phone, code }, 'no_account');
	await refused(client, 'sign_in', { phone, code }, 'code_expired');
	assert.equal(client.cookies.size, 0);
	const other = newPhone();
	const right = await codeFor(client, other);
	for (let i = 0; i < 5; i++) await refused(new Client(server), 'sign_in', { phone: other, code: wrongCode(right) }, 'code_wrong');
	await refused(client, 'sign_in', { phone: other, code: right }, 'code_expired');
});

test('so many codes an hour for an address, and so many wrong ones', async () => {
	const header = readFileSync(join(ROOT, 'src/account/account.h'), 'utf8');
	const cap = (name) => Number(new RegExp(`#define ${name} (\\d+)`).exec(header)[1]);
	const client = new Client(server, { address: '127.250.0.1' });
	for (let i = 0; i < cap('ACCOUNT_CODES_AN_HOUR_ADDRESS'); i++) await client.call('code_request', { phone: newPhone() });
	await refused(client, 'code_request', { phone: newPhone() }, 'rate_limited');
	const guesser = new Client(server, { address: '127.250.0.2' });
	for (let i = 0; i < cap('ACCOUNT_WRONG_AN_HOUR_ADDRESS'); i++) await refused(guesser, 'sign_in', { phone: newPhone(), code: '123456' }, 'code_expired');
	await refused(guesser, 'sign_in', { phone: newPhone(), code: '123456' }, 'rate_limited');
	await refused(guesser, 'invite_accept', { token: (await org.invite('head')).token, phone: newPhone(), code: '123456', ...names() }, 'rate_limited');
});

test('a link carries role and unit; one used up or annulled says so, an invented one does not', async () => {
	const invite = await org.invite('teacher', org.first, { lead: true });
	const guest = new Client(server);
	const preview = await guest.call('invite_preview', { token: invite.token });
	assert.deepEqual(preview, { org_name: `${org.word} полное`, org_short_name: org.word, org_type: 'school', role: 'teacher', lead: true, unit_kind: 'class', unit_name: org.first.name, approval: false, for_child: false });
	for (const missing of ['phone', 'code', 'given_name', 'family_name']) {
		const all = { token: invite.token, phone: newPhone(), code: '123456', ...names() };
		delete all[missing];
		await refused(guest, 'invite_accept', all, 'invalid_field', missing);
	}
	const phone = newPhone();
	await refused(guest, 'invite_accept', { token: invite.token, phone, code: '123456', ...names() }, 'code_expired');
	const code = await codeFor(guest, phone);
	await refused(guest, 'invite_accept', { token: invite.token, phone, code: wrongCode(code), ...names() }, 'code_wrong');
	await guest.call('invite_accept', { token: invite.token, phone, code, ...names() });
	const me = await guest.call('me_snapshot');
	assert.deepEqual(me.memberships.map(({ role, units }) => [role, units]), [['teacher', [{ unit_id: org.staff.id, lead: false }, { unit_id: org.first.id, lead: true }].sort((x, y) => x.unit_id - y.unit_id)]]);
	const used = await refused(new Client(server), 'invite_preview', { token: invite.token }, 'link_unusable');
	const annulled = await org.invite('teacher');
	assert.equal((await org.admin.call('invite_annul', { invite_id: annulled.id })).state, 'annulled');
	assert.equal((await org.admin.call('invite_annul', { invite_id: annulled.id })).state, 'annulled');
	// Whoever holds a link may know what became of it; of one that never was nothing is said.
	assert.match(used.message, /уже вошли все/);
	assert.match((await refused(new Client(server), 'invite_preview', { token: annulled.token }, 'link_unusable')).message, /отозвали/);
	assert.match((await refused(new Client(server), 'invite_preview', { token: 'C'.repeat(24) }, 'link_unusable')).message, /больше не действует/);
	for (const token of [invite.token, annulled.token, 'C'.repeat(24)]) await refused(new Client(server), 'invite_accept', { token }, 'link_unusable');
	org.lead = guest;
	await refused(guest, 'invite_accept', { token: (await org.invite('head')).token }, 'conflict');
});

test('a pupil is in one class; a link for ten is used by fourteen who come at once', async () => {
	const invite = await org.invite('student', org.first, { max_uses: 10 });
	const came = await Promise.allSettled(Array.from({ length: 14 }, () => comeIn(server, invite.token)));
	assert.equal(came.filter(({ status }) => status === 'fulfilled').length, 10);
	for (const { reason } of came.filter(({ status }) => status === 'rejected')) assert.equal(reason.code, 'link_unusable');
	const student = came.find(({ status }) => status === 'fulfilled').value;
	await refused(org.admin, 'guardian_bind', { unit_id: org.first.id, guardian_id: student.person.id, child_id: student.person.id }, 'conflict', 'guardian_id');
	await refused(org.admin, 'unit_member_add', { unit_id: org.second.id, person_id: student.person.id }, 'conflict');
	await refused(student, 'invite_accept', { token: (await org.invite('student', org.second)).token }, 'conflict');
	await org.admin.call('unit_member_remove', { unit_id: org.first.id, person_id: student.person.id });
	const moved = await org.admin.call('unit_member_add', { unit_id: org.second.id, person_id: student.person.id });
	assert.deepEqual(moved.units, [{ unit_id: org.second.id, lead: false }]);
	org.student = student;
});

test('promises that a link cannot keep', async () => {
	const make = (params, code, field) => refused(org.admin, 'invite_create', { org_id: org.id, ...params }, code, field);
	await make({ role: 'student' }, 'invalid_field', 'unit_id');
	await make({ role: 'guardian' }, 'invalid_field', 'unit_id');
	await make({ role: 'student', unit_id: org.staff.id }, 'invalid_field', 'unit_id');
	await make({ role: 'student', unit_id: org.first.id, lead: true }, 'invalid_field', 'lead');
	await make({ role: 'head', lead: true }, 'invalid_field', 'lead');
	await make({ role: 'admin' }, 'invalid_field', 'role');
});

test('lists by pages are the list at once', async () => {
	const pages = async (command, params, items, next, into) => {
		const all = [];
		let cursor;
		do {
			const page = await org.admin.call(command, { ...params, limit: 2, ...(cursor === undefined ? {} : { [into]: cursor }) });
			assert.ok(page[items].length <= 2);
			all.push(...page[items]);
			cursor = page[next];
		} while (cursor !== undefined);
		return all;
	};
	const all = (await org.admin.call('member_list', { org_id: org.id, limit: 200 })).members;
	assert.ok(all.length > 10);
	assert.deepEqual(await pages('member_list', { org_id: org.id }, 'members', 'next_cursor', 'cursor'), all);
	const keys = all.map(({ person }) => `${person.family_name} ${person.given_name}`.toLowerCase().replaceAll('ё', 'е'));
	assert.deepEqual(keys, [...keys].sort());
	const invites = (await org.admin.call('invite_list', { org_id: org.id, limit: 200 })).invites;
	assert.deepEqual(await pages('invite_list', { org_id: org.id }, 'invites', 'next_before', 'before'), invites);
	const one = all.find(({ person }) => person.id === org.student.person.id);
	for (const query of [one.person.family_name, one.person.family_name.toUpperCase().slice(0, -1), one.person.given_name]) {
		const found = (await org.admin.call('member_list', { org_id: org.id, query })).members;
		assert.ok(found.some(({ person }) => person.id === one.person.id), query);
	}
	for (const query of ['%', '_', "' OR 1=1 --", '*', '"']) assert.deepEqual((await org.admin.call('member_list', { org_id: org.id, query })).members, []);
	await refused(org.admin, 'member_list', { org_id: org.id, cursor: 'nonsense' }, 'invalid_field', 'cursor');
	const chat = org.first.chat_id;
	const people = (await org.lead.call('chat_members', { chat_id: chat })).members;
	const paged = [];
	let after;
	do {
		const page = await org.lead.call('chat_members', { chat_id: chat, limit: 3, ...(after ? { after } : {}) });
		paged.push(...page.members);
		after = page.next_after;
	} while (after);
	assert.deepEqual(paged, people);
	const orgs = await operator.call('org_list', { limit: 1 });
	assert.equal(orgs.orgs.length, 1);
	assert.deepEqual((await operator.call('org_list', { after: org.id })).orgs, []);
	assert.deepEqual((await org.admin.call('unit_list', { org_id: org.id, after: org.second.id })).units, []);
});

test('history by pages is the history at once; both directions', async () => {
	const chat = org.first.chat_id;
	for (let i = 0; i < 57; i++) await org.lead.call('message_post', { chat_id: chat, client_id: newId(), text: `№ ${i}` });
	const forth = [];
	let page = await org.lead.call('message_list', { chat_id: chat, after: 0, limit: 10 });
	for (;;) {
		forth.push(...page.messages);
		if (!page.more) break;
		page = await org.lead.call('message_list', { chat_id: chat, after: forth.at(-1).seq, limit: 10 });
	}
	const back = [];
	page = await org.lead.call('message_list', { chat_id: chat, limit: 7 });
	for (;;) {
		back.unshift(...page.messages);
		if (!page.more) break;
		page = await org.lead.call('message_list', { chat_id: chat, before: back[0].seq, limit: 7 });
	}
	assert.equal(forth.length, 57);
	assert.deepEqual(back, forth);
	assert.deepEqual(forth.map(({ number }) => number), forth.map((_, i) => i + 1));
	const snapshot = await org.lead.call('chat_snapshot', { chat_id: chat });
	assert.deepEqual(snapshot.messages, forth.slice(-50));
	await refused(org.lead, 'message_list', { chat_id: chat, before: 5, after: 5 }, 'invalid_field');
	assert.deepEqual((await org.lead.call('message_list', { chat_id: chat, before: 0 })).messages, []);
	assert.deepEqual((await org.lead.call('message_list', { chat_id: chat, after: 2 ** 53 - 1 })).messages, []);
});

test('presence and typing', async () => {
	const chat = org.second.chat_id;
	const other = await org.person('guardian', org.second);
	const [one, two] = [await org.student.socket(), await other.socket()];
	await one.call('typing', { chat_id: chat });
	await two.settle();
	assert.deepEqual(two.signals.map(({ signal, data }) => [signal, data]), [['typing', { chat_id: chat, person_id: org.student.person.id }]]);
	assert.deepEqual(one.signals, []);
	const { online } = await two.call('presence_get', { chat_id: chat });
	assert.deepEqual(online.sort((x, y) => x - y), [org.student.person.id, other.person.id].sort((x, y) => x - y));
	await one.close();
	// Our side hears of the end before the loop of the other has counted it.
	let left = [];
	for (let i = 0; i < 100 && left.length !== 1; i++) {
		left = (await two.call('presence_get', { chat_id: chat })).online;
		await sleep(10);
	}
	assert.deepEqual(left, [other.person.id]);
	await two.close();
});

test('a number in two organisations is one person; the second answer of a link changes nothing', async () => {
	const second = await Organisation.create(server, operator, { type: 'center' });
	const invite = await second.invite('head', undefined, { max_uses: 5 });
	await org.lead.call('invite_accept', { token: invite.token });
	const before = await org.lead.call('me_snapshot');
	await org.lead.call('invite_accept', { token: invite.token });
	assert.deepEqual(await org.lead.call('me_snapshot'), before);
	assert.equal((await second.admin.call('invite_list', { org_id: second.id })).invites[0].uses, 1);
	assert.deepEqual(before.memberships.map(({ org: { id }, role }) => [id, role]), [[org.id, 'teacher'], [second.id, 'head']]);
});

test('rates: whoever asks too much is told when to come back', async () => {
	const strict = await Server.start();
	const client = new Client(strict);
	let answer;
	for (let i = 0; i < 400 && !answer?.error?.retry_after_s; i++) answer = await client.try('invite_preview', { token: 'A'.repeat(24) });
	assert.equal(answer.error.code, 'rate_limited');
	assert.equal(answer.status, 429);
	assert.ok(answer.error.retry_after_s >= 1);
	assert.equal((await new Client(strict).try('invite_preview', { token: 'A'.repeat(24) })).error.code, 'link_unusable');
	// A person is limited wherever he asks from, on a socket and over HTTP.
	const operator = await claimOperator(strict);
	const socket = await operator.socket();
	let limited;
	for (let i = 0; i < 200 && !limited; i++) limited = (await Promise.all(Array.from({ length: 10 }, () => socket.try('me_snapshot')))).find(({ error }) => error)?.error;
	assert.equal(limited.code, 'rate_limited');
	assert.ok(limited.retryAfter >= 1);
	const over = (await Promise.all(Array.from({ length: 20 }, () => operator.try('me_snapshot')))).find(({ error }) => error);
	assert.equal(over.error.code, 'rate_limited');
	assert.ok(over.error.retry_after_s >= 1);
	await strict.stop();
});

test('the language of a sentence', async () => {
	const english = await org.admin.post('org_get', '{}', { headers: { 'Accept-Language': 'en-GB,en;q=0.9' } });
	assert.match(english.error.message, /^[\x20-\x7e]+$/);
	assert.match((await org.admin.post('org_get', '{}')).error.message, /[а-я]/);
	const socket = await org.admin.socket({ lang: 'en' });
	assert.match((await socket.try('org_get', {})).error.message, /^org_get: invalid_field \(org_id\): [\x20-\x7e]+$/);
	await socket.close();
});

test('signing in again makes no second person', async () => {
	assert.ok(org.admin.person.id > 0);
	const { orgs } = await operator.call('org_list', { limit: 1 });
	assert.equal(orgs[0].admin_pending, false);
	const phone = newPhone();
	const pending = await operator.call('org_create', { name: 'Ещё одна', short_name: 'ЕО', type: 'college', admin_phone: phone });
	assert.equal(pending.admin_pending, true);
	const admin = await signIn(server, phone, { device: 'Телефон' });
	assert.deepEqual((await admin.call('session_list')).sessions.map(({ device, current }) => [device, current]), [['Телефон', true]]);
});
