// SPDX-License-Identifier: Apache-2.0
// After a violation of the rules of conduct (R88): who records it, who is told, who writes no more until he signs anew.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { buildWorld, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const { a, b, operator, curator } = await buildWorld(server);
const say = async (client, chat = a.chat) => (await client.try('message_post', { chat_id: chat, client_id: newId(), text: newWord() })).error;
const record = (client, person, more = {}) => client.try('violation_record', { unit_id: a.first.id, person_id: person.person.id, reason: newWord('Грубость'), client_id: newId(), ...more });
const own = async (client) => ((await client.call('me_snapshot')).violations ?? []).map(({ reason }) => reason);
const children = async (client) => ((await client.call('me_snapshot')).child_violations ?? []).map(({ reason, person }) => [person.id, reason]);
const sign = async (client) => client.call('document_accept', { kind: 'rules', version: (await client.call('document_get', { kind: 'rules' })).version, client_id: newId() });

test('whoever has a violation reads and does not write until he has signed the rules anew; he and his parent are told', async () => {
	const pupil = await a.person('student', a.first);
	const parent = await a.person('guardian', a.first);
	await a.admin.call('guardian_bind', { unit_id: a.first.id, guardian_id: parent.person.id, child_id: pupil.person.id });
	await sign(pupil); // as everybody did at his first sign-in
	assert.equal(await say(pupil), undefined);
	const [his, hers] = [await pupil.socket(), await parent.socket()];
	const { result } = await record(a.lead, pupil);
	assert.deepEqual([result.state, result.by.id, result.person.id], ['open', a.lead.person.id, pupil.person.id]);
	assert.deepEqual((await his.event(({ type }) => type === 'violations_changed')).data.own.map(({ id }) => id), [result.id]);
	assert.deepEqual((await hers.event(({ type }) => type === 'violations_changed')).data.children.map(({ person, reason }) => [person.id, reason]), [[pupil.person.id, result.reason]]);
	assert.deepEqual([await own(pupil), await own(parent), await children(parent), await children(a.guardian)], [[result.reason], [], [[pupil.person.id, result.reason]], []]);
	const error = await say(pupil);
	assert.equal(error.code, 'forbidden');
	assert.match(error.message, /подпишите правила/);
	assert.ok((await pupil.call('chat_snapshot', { chat_id: a.chat })).messages.length > 0);
	assert.equal(await say(parent, a.chat), undefined); // only he himself
	// Once more before he signs: both are answered for at once.
	await record(a.admin, pupil);
	await sign(pupil);
	assert.deepEqual((await his.event(({ type, data }) => type === 'violations_changed' && data.own.length === 0)).data.children, []);
	await hers.event(({ type, data }) => type === 'violations_changed' && data.children.length === 0);
	assert.deepEqual([await own(pupil), await children(parent)], [[], []]);
	assert.equal(await say(pupil), undefined);
	const { violations } = await a.lead.call('violation_list', { unit_id: a.first.id, person_id: pupil.person.id });
	assert.deepEqual(violations.map(({ state, signed_at }) => [state, signed_at > 0]), [['signed', true], ['signed', true]]);
	const actions = (await a.admin.call('audit_list', { org_id: a.id, limit: 200 })).entries.filter(({ action }) => action.startsWith('violation')).map(({ action }) => action);
	assert.deepEqual(actions, ['violation_sign', 'violation_record', 'violation_record']);
	for (const socket of [his, hers]) await socket.close();
});

test('it is withdrawn with a reason; then he writes at once', async () => {
	const pupil = await a.person('student', a.first);
	const { result: { id } } = await record(a.lead, pupil);
	const withdraw = (client, more = {}) => client.try('violation_withdraw', { unit_id: a.first.id, violation_id: id, reason: 'Ошибка', client_id: newId(), ...more });
	assert.equal((await withdraw(a.lead, { unit_id: a.second.id })).error.code, 'forbidden');
	assert.equal((await withdraw(a.admin, { unit_id: a.second.id })).error.code, 'not_found');
	assert.equal((await withdraw(b.admin)).error.code, 'not_found');
	assert.equal((await withdraw(pupil)).error.code, 'forbidden');
	assert.equal((await withdraw(a.lead, { reason: ' ' })).error.field, 'reason');
	assert.equal((await say(pupil)).code, 'forbidden');
	const { result } = await withdraw(a.lead);
	assert.deepEqual([result.state, result.withdrawn_reason], ['withdrawn', 'Ошибка']);
	assert.equal(await say(pupil), undefined);
	assert.equal((await withdraw(a.lead)).error.code, 'conflict');
	assert.deepEqual(await own(pupil), []);
});

test('a lead records pupils and parents of his class, a deputy no administration, nobody himself; the message must be there and his', async () => {
	const pupil = await a.person('student', a.first);
	const code = async (client, person, more) => (await record(client, person, more)).error?.code;
	const staff = { unit_id: a.staff.id };
	assert.equal(await code(a.lead, a.lead), 'conflict');
	assert.equal(await code(a.admin, a.admin, staff), 'conflict');
	assert.equal(await code(a.coadmin, a.admin, staff), 'forbidden');
	assert.equal(await code(a.coadmin, a.head, staff), 'forbidden');
	assert.equal(await code(a.lead, a.teacher, { unit_id: a.second.id }), 'forbidden');
	const colleague = await a.person('teacher', a.first);
	assert.equal(await code(a.lead, colleague), 'forbidden'); // of his class, but of the staff
	assert.equal(await code(a.coadmin, colleague), undefined);
	for (const who of [a.teacher, a.head, a.student, a.guardian]) assert.equal(await code(who, pupil), 'forbidden');
	for (const who of [b.admin, b.lead, operator, curator]) assert.equal(await code(who, pupil), 'not_found');
	assert.equal(await code(a.lead, a.removed), 'not_found');
	assert.equal(await code(a.lead, b.student), 'not_found');
	assert.equal(await code(a.lead, pupil, { reason: '  ' }), 'invalid_field');
	assert.equal(await code(a.lead, pupil, { reason: 'я'.repeat(301) }), 'invalid_field');
	// A message: by its chat and number, of that person, of this organisation.
	const { seq } = await pupil.call('message_post', { chat_id: a.chat, client_id: newId(), text: newWord() });
	const { seq: mates } = await a.student.call('message_post', { chat_id: a.chat, client_id: newId(), text: newWord() });
	const { seq: foreign } = await b.student.call('message_post', { chat_id: b.chat, client_id: newId(), text: newWord() });
	for (const more of [{ chat_id: a.chat }, { seq }]) assert.equal(await code(a.lead, pupil, more), 'invalid_field');
	for (const more of [{ chat_id: a.chat, seq: mates }, { chat_id: a.chat, seq: 999983 }, { chat_id: b.chat, seq: foreign }]) assert.equal(await code(a.lead, pupil, more), 'not_found');
	const { result } = await record(a.lead, pupil, { chat_id: a.chat, seq });
	assert.deepEqual([result.chat_id, result.seq], [a.chat, seq]);
	// Another organisation of his does not know of it; elsewhere he writes.
	const { token } = await b.invite('guardian', b.first);
	assert.equal((await pupil.try('invite_accept', { token })).error, undefined);
	assert.equal(await say(pupil, (await pupil.call('me_snapshot')).chats.find(({ org_id, channel }) => org_id === b.id && !channel).id), undefined);
	assert.deepEqual((await b.admin.call('violation_list', { unit_id: b.first.id })).violations, []);
	// Fifty are enough.
	for (let i = 1; i < 50; i++) await record(a.lead, pupil);
	assert.equal(await code(a.lead, pupil), 'conflict');
	await a.admin.call('member_remove', { org_id: a.id, person_id: pupil.person.id });
	assert.deepEqual(await own(pupil), []); // of an organisation that he has left nothing is asked
});
