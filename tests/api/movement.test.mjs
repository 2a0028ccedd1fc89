// SPDX-License-Identifier: Apache-2.0
// Movement on the wire (R16, R19, R21): previews, access that ends at once on open sockets, taking back.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { Organisation, claimOperator, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const [first, second] = [await org.unit('class', '5А'), await org.unit('class', '11А')];
const code = async (command, params) => (await org.admin.try(command, params)).error?.code;

test('a preview says what would happen and changes nothing', async () => {
	const pupil = await org.person('student', first);
	const before = JSON.stringify(await org.admin.call('member_list', { org_id: org.id }));
	const socket = await pupil.socket();
	const seen = await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: second.id, preview: true });
	assert.equal(seen.preview, true);
	assert.equal(seen.batch_id, undefined);
	assert.deepEqual(seen.people.map(({ person, from_name, to_name }) => [person.id, from_name, to_name]), [[pupil.person.id, '5А', '11А']]);
	assert.ok(seen.chats.some(({ title, left }) => title === '5А' && left === 1));
	assert.ok(seen.chats.some(({ title, joined }) => title === '11А' && joined === 1));
	assert.equal(JSON.stringify(await org.admin.call('member_list', { org_id: org.id })), before);
	assert.equal((await pupil.call('chat_snapshot', { chat_id: first.chat_id })).chat.id, first.chat_id);
	await socket.close();
});

test('access ends with the answer, on open sockets too, and comes back with the undo', async () => {
	const pupil = await org.person('student', first);
	const mate = await org.person('student', first);
	const socket = await pupil.socket();
	const moved = await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: second.id, order_no: '17-у', order_date: '2026-09-01' });
	const secret = newWord('Тайна');
	await mate.call('message_post', { chat_id: first.chat_id, client_id: newId(), text: secret });
	assert.equal((await pupil.try('chat_snapshot', { chat_id: first.chat_id })).error.code, 'not_found');
	await socket.call('chat_snapshot', { chat_id: second.chat_id }); // whatever was on its way has come before this answer
	assert.ok(!JSON.stringify(socket.frames).includes(secret));
	await org.admin.call('movement_undo', { org_id: org.id, batch_id: moved.batch_id });
	assert.equal((await pupil.call('chat_snapshot', { chat_id: first.chat_id })).chat.id, first.chat_id);
	assert.equal((await pupil.try('chat_snapshot', { chat_id: second.chat_id })).error.code, 'not_found');
	const { movements } = await org.admin.call('movement_list', { org_id: org.id, person_id: pupil.person.id });
	assert.equal(movements.length, 1);
	assert.equal(movements[0].order_no, '17-у');
	assert.equal(movements[0].undone, true);
	assert.equal(await code('movement_undo', { org_id: org.id, batch_id: moved.batch_id }), 'conflict');
	await socket.close();
});

test('what cannot be is refused in words, and nobody moves', async () => {
	const pupil = await org.person('student', first);
	const apply = (more) => code('movement_apply', { org_id: org.id, person_ids: [pupil.person.id], ...more });
	assert.equal(await apply({ kind: 'enroll', to_unit_id: second.id }), 'conflict');
	assert.equal(await apply({ kind: 'transfer', to_unit_id: org.staff.id }), 'conflict');
	assert.equal(await apply({ kind: 'dismiss' }), 'conflict');
	assert.equal(await apply({ kind: 'transfer' }), 'invalid_field');
	assert.equal(await apply({ kind: 'leave', order_date: '2026-13-01' }), 'invalid_field');
	assert.equal(await apply({ kind: 'leave', person_ids: [pupil.person.id, 999983] }), 'not_found');
	assert.equal(await code('unit_merge', { org_id: org.id, unit_id: first.id, into_unit_id: first.id }), 'invalid_field');
	assert.equal(await code('unit_merge', { org_id: org.id, unit_id: first.id, into_unit_id: org.staff.id }), 'conflict');
	assert.equal(await code('rollover_apply', { org_id: org.id, steps: [{ unit_id: first.id, action: 'rename', new_name: '11А' }] }), 'conflict');
	assert.equal(await code('rollover_apply', { org_id: org.id, steps: [{ unit_id: first.id, action: 'rename' }] }), 'invalid_field');
	assert.equal((await pupil.call('chat_snapshot', { chat_id: first.chat_id })).chat.id, first.chat_id);
});

test('the next school year, and back', async () => {
	const leaver = await org.person('student', second);
	const stays = await org.person('student', first);
	await stays.call('message_post', { chat_id: first.chat_id, client_id: newId(), text: 'Из пятого' });
	const { lines, new_units } = await org.admin.call('rollover_propose', { org_id: org.id });
	const steps = lines.map(({ unit_id, action, new_name }) => ({ unit_id, action, ...(new_name ? { new_name } : {}) }));
	assert.deepEqual(lines.map(({ name, action, new_name }) => [name, action, new_name]).sort(), [['11А', 'leave', undefined], ['5А', 'rename', '6А']]);
	assert.deepEqual(new_units, []);
	const done = await org.admin.call('rollover_apply', { org_id: org.id, steps, new_units: [{ kind: 'class', name: '1А' }], client_id: newId() });
	const yearOf = async (name) => (await org.admin.call('unit_list', { org_id: org.id })).units.find((unit) => unit.name === name)?.level;
	assert.equal(await yearOf('6А'), 6, 'the year of study goes on with the name');
	const { movements } = await org.admin.call('movement_list', { org_id: org.id });
	assert.equal(movements[0].batch_kind, 'rollover');
	assert.ok(movements.some(({ kind, batch_kind, person }) => kind === 'leave' && batch_kind === 'rollover' && person.id === leaver.person.id));
	// The class chat stays with its people, under its new name.
	const { chat, messages } = await stays.call('chat_snapshot', { chat_id: first.chat_id });
	assert.equal(chat.title, '6А');
	assert.ok(messages.some(({ text }) => text === 'Из пятого'));
	assert.deepEqual((await leaver.call('me_snapshot')).memberships, []);
	assert.deepEqual((await org.admin.call('unit_list', { org_id: org.id })).units.map(({ name }) => name).filter((name) => /^\d/.test(name)).sort(), ['1А', '6А']);
	await org.admin.call('movement_undo', { org_id: org.id, batch_id: done.batch_id });
	assert.equal((await stays.call('chat_snapshot', { chat_id: first.chat_id })).chat.title, '5А');
	assert.equal(await yearOf('5А'), 5);
	assert.equal((await leaver.call('me_snapshot')).memberships.length, 1);
	assert.deepEqual((await org.admin.call('unit_list', { org_id: org.id })).units.map(({ name }) => name).filter((name) => /^\d/.test(name)).sort(), ['11А', '5А']);
});

test('what is done by hand stands in the journal too: into a unit, out of it, out of the organisation; each is taken back', async () => {
	const [pupil, mother, teacher] = [await org.person('student', first), await org.person('guardian', first), await org.person('teacher')];
	await org.admin.call('guardian_bind', { unit_id: first.id, guardian_id: mother.person.id, child_id: pupil.person.id });
	const circle = await org.unit('circle');
	const journal = async (who) => (await org.admin.call('movement_list', { org_id: org.id, person_id: who.person.id })).movements;
	const reads = async (who, chat) => (await who.try('chat_snapshot', { chat_id: chat })).error?.code ?? 'ok';
	const takeBack = async (who, kind, from, to) => {
		const [line] = await journal(who);
		assert.deepEqual([line.kind, line.batch_kind, line.from_name, line.to_name, line.actor.id, line.undone, line.can_undo], [kind, kind, from, to, org.admin.person.id, false, true]);
		await org.admin.call('movement_undo', { org_id: org.id, batch_id: line.batch_id });
		assert.equal((await journal(who))[0].undone, true);
	};

	await org.admin.call('unit_member_add', { unit_id: circle.id, person_id: pupil.person.id, client_id: newId() });
	assert.equal(await reads(pupil, circle.chat_id), 'ok');
	await takeBack(pupil, 'unit_join', undefined, circle.name);
	assert.equal(await reads(pupil, circle.chat_id), 'not_found');

	await org.admin.call('unit_member_remove', { unit_id: first.id, person_id: pupil.person.id, client_id: newId() });
	assert.deepEqual([await reads(pupil, first.chat_id), await reads(mother, first.chat_id)], ['not_found', 'not_found']);
	await takeBack(pupil, 'unit_leave', '5А', undefined);
	assert.equal(await reads(pupil, first.chat_id), 'ok');
	assert.deepEqual((await mother.call('me_snapshot')).memberships[0].units.map(({ unit_id }) => unit_id), [first.id], 'his mother is back with him');

	await org.admin.call('unit_member_add', { unit_id: first.id, person_id: teacher.person.id, lead: true });
	const lines = (await journal(teacher)).length;
	await org.admin.call('unit_member_add', { unit_id: first.id, person_id: teacher.person.id, lead: false });
	assert.equal((await journal(teacher)).length, lines, 'who leads is no movement');
	for (const [who, kind, from] of [[teacher, 'dismiss', '5А'], [pupil, 'leave', '5А']]) {
		await org.admin.call('member_remove', { org_id: org.id, person_id: who.person.id });
		assert.deepEqual((await who.call('me_snapshot')).memberships, []);
		await takeBack(who, kind, from, undefined);
		assert.equal((await who.call('me_snapshot')).memberships.length, 1);
		assert.equal(await reads(who, first.chat_id), 'ok');
	}
	assert.equal(await code('unit_member_remove', { unit_id: circle.id, person_id: pupil.person.id }), 'not_found');
});

test('a deputy does not bring back whom he could not have dismissed', async () => {
	const [deputy, other] = [await org.person('coadmin'), await org.person('coadmin')];
	const { batch_id } = await org.admin.call('movement_apply', { org_id: org.id, kind: 'dismiss', person_ids: [other.person.id] });
	assert.equal((await deputy.try('movement_undo', { org_id: org.id, batch_id })).error?.code, 'forbidden');
	assert.deepEqual((await other.call('me_snapshot')).memberships, []);
	await org.admin.call('movement_undo', { org_id: org.id, batch_id });
	assert.equal((await other.call('me_snapshot')).memberships.length, 1);
});

test('a new class that teaching was set in since is taken back with the year that made it', async () => {
	const own = await Organisation.create(server, operator);
	const old = await own.unit('class', '4А');
	const teacher = await own.person('teacher', old);
	const [subject] = (await own.admin.call('subject_create', { org_id: own.id, names: ['Музыка'] })).subjects;
	const { batch_id } = await own.admin.call('rollover_apply', { org_id: own.id, steps: [{ unit_id: old.id, action: 'rename', new_name: '5А' }], new_units: [{ kind: 'class', name: '1А' }] });
	const made = (await own.admin.call('unit_list', { org_id: own.id })).units.find(({ name }) => name === '1А');
	await own.admin.call('teaching_set', { unit_id: made.id, subject_id: subject.id, teacher_id: teacher.person.id });
	await own.admin.call('movement_undo', { org_id: own.id, batch_id });
	assert.deepEqual((await own.admin.call('unit_list', { org_id: own.id })).units.map(({ name }) => name).filter((name) => /^\d/.test(name)), ['4А']);
});

test('who repeats the year may go into a class that is made with it, also out of the class that leaves; and back', async () => {
	const own = await Organisation.create(server, operator);
	const [last, one] = [await own.unit('class', '11А'), await own.unit('class', '1А')];
	const [eleventh, firstGrader, leaver] = [await own.person('student', last), await own.person('student', one), await own.person('student', last)];
	const steps = [{ unit_id: last.id, action: 'leave' }, { unit_id: one.id, action: 'rename', new_name: '2А' }];
	const apply = (repeaters, new_units = [{ kind: 'class', name: '1А' }, { kind: 'class', name: '11Б' }]) => own.admin.try('rollover_apply', { org_id: own.id, steps, new_units, repeaters });
	for (const [repeaters, expected] of [[[{ person_id: eleventh.person.id, to_new: '12А' }], 'not_found'], [[{ person_id: eleventh.person.id }], 'invalid_field'],
		[[{ person_id: eleventh.person.id, to_new: '11Б', to_unit_id: one.id }], 'invalid_field']]) {
		const { error } = await apply(repeaters);
		assert.deepEqual([error?.code, error?.field], [expected, 'repeaters']);
	}
	assert.equal((await apply([{ person_id: eleventh.person.id, to_new: 'Шахматы' }], [{ kind: 'circle', name: 'Шахматы' }])).error?.code, 'not_found');
	const { result } = await apply([{ person_id: firstGrader.person.id, to_new: '1А' }, { person_id: eleventh.person.id, to_new: '11Б' }]);
	const where = async (who) => (await who.call('me_snapshot')).chats.filter(({ kind }) => kind === 'unit').map(({ title }) => title);
	assert.deepEqual([await where(firstGrader), await where(eleventh)], [['1А'], ['11Б']]);
	assert.deepEqual((await leaver.call('me_snapshot')).memberships, []);
	const { movements } = await own.admin.call('movement_list', { org_id: own.id, person_id: eleventh.person.id });
	assert.deepEqual(movements.map(({ kind, from_name, to_name }) => [kind, from_name, to_name]), [['transfer', '11А', '11Б']]);
	await own.admin.call('movement_undo', { org_id: own.id, batch_id: result.batch_id });
	assert.deepEqual([await where(firstGrader), await where(eleventh), await where(leaver)], [['1А'], ['11А'], ['11А']]);
	assert.deepEqual((await own.admin.call('unit_list', { org_id: own.id })).units.map(({ name }) => name).filter((name) => /^\d/.test(name)).sort(), ['11А', '1А']);
});
