// SPDX-License-Identifier: Apache-2.0
// Another name (R39): asked for, approved, and seen in chats without a reload.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { Organisation, claimOperator, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
org.first = await org.unit();

const decide = (id, more) => org.admin.try('name_change_decide', { org_id: org.id, request_id: id, client_id: newId(), ...more });
const mine = async (who) => (await who.call('name_change_mine')).changes.map(({ state, family_name, answer }) => [state, family_name, answer]);

test('a name is asked for, declined with a reason, asked for again and accepted; everybody hears it', async () => {
	const pupil = await org.person('student', org.first);
	const friend = await org.person('student', org.first);
	const own = await pupil.socket();
	const watch = await org.admin.socket();
	const class_ = await friend.socket();
	const [bad, good] = [newWord('Плохая'), newWord('Хорошая')];
	const first = await pupil.call('name_change_request', { org_id: org.id, given_name: 'Инна', family_name: bad, reason: 'Так зовут' });
	assert.equal(first.person.family_name, pupil.person.family_name);
	assert.equal((await watch.event(({ type }) => type === 'name_queue_changed')).data.waiting, 1);
	const { changes: [row] } = await org.admin.call('name_change_list', { org_id: org.id });
	assert.deepEqual([row.id, row.role, row.family_name, row.reason], [first.id, 'student', bad, 'Так зовут']);
	assert.equal((await decide(first.id, { accept: false })).error.field, 'reason');
	assert.ok((await decide(first.id, { accept: false, reason: 'Нет документа' })).result);
	assert.equal((await own.event(({ type, data }) => type === 'name_change_changed' && data.change.state === 'declined')).data.change.answer, 'Нет документа');
	assert.equal((await decide(first.id, { accept: true })).error.code, 'conflict');

	const { id } = await pupil.call('name_change_request', { org_id: org.id, given_name: 'Инна', family_name: good, patronymic: 'Львовна' });
	assert.ok((await decide(id, { accept: true })).result);
	const { data: { person } } = await own.event(({ type }) => type === 'person_renamed');
	assert.deepEqual([person.id, person.family_name, person.patronymic], [pupil.person.id, good, 'Львовна']);
	const heard = await class_.event(({ stream, type, data }) => stream === `c${org.first.chat_id}` && type === 'chat_member_joined' && data.member.person.id === pupil.person.id);
	assert.equal(heard.data.member.person.family_name, good);
	const { members } = await friend.call('chat_members', { chat_id: org.first.chat_id });
	assert.equal(heard.data.member_count, members.length);
	assert.equal(members.find(({ person: { id: who } }) => who === pupil.person.id).person.family_name, good);
	assert.equal((await pupil.call('me_snapshot')).person.family_name, good);
	assert.deepEqual(await mine(pupil), [['accepted', good, undefined], ['declined', bad, 'Нет документа']]);
	assert.equal((await pupil.try('name_change_request', { org_id: org.id, given_name: 'Инна', family_name: good, patronymic: 'Львовна' })).error.code, 'conflict');
	await Promise.all([own, watch, class_].map((socket) => socket.close()));
});

test('a newer request takes the place of the one that waits, which nobody can accept any more', async () => {
	const pupil = await org.person('student', org.first);
	const ask = (family_name) => pupil.call('name_change_request', { org_id: org.id, given_name: 'Инна', family_name });
	const [old, young] = [await ask(newWord('Старая')), await ask(newWord('Молодая'))];
	assert.equal((await org.admin.call('name_change_list', { org_id: org.id })).changes.filter(({ person }) => person.id === pupil.person.id).length, 1);
	assert.equal((await decide(old.id, { accept: true })).error.code, 'not_found');
	assert.ok((await decide(young.id, { accept: true })).result);
});

test('a deputy approves neither his own name nor an administrator’s', async () => {
	const deputy = await org.person('coadmin');
	const asked = (who) => who.call('name_change_request', { org_id: org.id, given_name: 'Инна', family_name: newWord('Новая') });
	for (const who of [deputy, org.admin]) {
		const { id } = await asked(who);
		assert.equal((await deputy.try('name_change_decide', { org_id: org.id, request_id: id, accept: true })).error.code, 'forbidden');
		assert.ok((await decide(id, { accept: true })).result);
	}
});
