// SPDX-License-Identifier: Apache-2.0
// What stands around lessons and meetings: what the chat is told, appointments at a consultation, listeners, a guest's door and hand, the table
// of who was there.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const [unit, other] = [await org.unit(), await org.unit()];
const foreign = await Organisation.create(server, operator);
const [lead, colleague, parent, second, stranger, alien] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('teacher', unit), org.person('guardian', unit), org.person('guardian', unit),
	org.person('guardian', other), foreign.person('teacher')]);
const DAY = 864e5;
const chatOf = async (...people) => {
	const { id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'guardian', 'student'] });
	await lead.call('chat_member_add', { chat_id: id, person_ids: people.map(({ person }) => person.id) });
	return id;
};
const chat_id = await chatOf(colleague, parent, second);
const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};
const plan = async (more = {}, who = lead) => (await who.call('lesson_create', { chat_id, kind: 'meeting', title: newWord('Встреча'), starts_at: Date.now() + DAY, minutes: 40, client_id: newId(), ...more })).lessons;

test('the chat is told by a card what was planned, moved and called off, and nothing of the rest', async () => {
	const starts_at = Date.now() + DAY;
	const lessons = await plan({ starts_at, repeat_until: starts_at + 15 * DAY });
	await lead.call('lesson_update', { chat_id, lesson_id: lessons[0].id, agenda: 'Порядок', materials: [{ title: 'Листок' }], protocol: 'Решили' });
	await lead.call('lesson_update', { chat_id, lesson_id: lessons[0].id, title: lessons[0].title });
	await lead.call('lesson_update', { chat_id, lesson_id: lessons[0].id, starts_at: starts_at + 36e5 });
	await lead.call('lesson_cancel', { chat_id, lesson_id: lessons[1].id, following: true });
	await lead.call('lesson_cancel', { chat_id, lesson_id: lessons[1].id });
	const { messages } = await parent.call('message_list', { chat_id });
	const of = new Set(lessons.map(({ id }) => id));
	const base = { type: 'lesson', lesson_kind: 'meeting', title: lessons[0].title, minutes: 40 };
	assert.deepEqual(messages.filter(({ card }) => of.has(card?.lesson_id)).map(({ card, text, sender_id }) => [card, text, sender_id]), [
		[{ ...base, what: 'planned', lesson_id: lessons[0].id, starts_at, weekly_until: lessons[2].starts_at }, '', lead.person.id],
		[{ ...base, what: 'changed', lesson_id: lessons[0].id, starts_at: starts_at + 36e5 }, '', lead.person.id],
		[{ ...base, what: 'cancelled', lesson_id: lessons[1].id, starts_at: lessons[1].starts_at, weekly_until: lessons[2].starts_at }, '', lead.person.id],
	]);
	// Whoever runs the organisation plans in a chat that he does not write in: no message in his name.
	const before = (await parent.call('message_list', { chat_id })).messages.length;
	await plan({}, org.admin);
	assert.equal((await parent.call('message_list', { chat_id })).messages.length, before);
});

test('one lesson by itself: for those of the chat and those connected to it', async () => {
	const [lesson] = await plan({ silent: true });
	assert.equal(lesson.silent, true);
	assert.deepEqual(await parent.call('lesson_get', { lesson_id: lesson.id }), lesson);
	for (const one of [stranger, alien, org.admin, operator]) await refused(one, 'lesson_get', { lesson_id: lesson.id }, 'not_found', 'lesson_id');
	await lead.call('lesson_invite', { chat_id, lesson_id: lesson.id, person_id: stranger.person.id });
	assert.equal((await stranger.call('lesson_get', { lesson_id: lesson.id })).title, lesson.title);
	await refused(parent, 'lesson_get', { lesson_id: 999983 }, 'not_found', 'lesson_id');
});

test('where they listen, whoever is no host has to be let speak', async () => {
	const [{ id: lesson_id }] = await plan({ silent: true });
	const call = await lead.call('lesson_open', { chat_id, lesson_id, client_id: newId() });
	assert.deepEqual(call.rights, { audio: false, video: true, screen: true });
	assert.equal((await lead.call('call_join', { call_id: call.id })).participant.rights.audio, true);
	assert.equal((await parent.call('call_join', { call_id: call.id })).participant.rights.audio, false);
	await lead.call('call_end', { call_id: call.id });
	await lead.call('lesson_update', { chat_id, lesson_id, silent: false });
	const again = await lead.call('lesson_open', { chat_id, lesson_id, client_id: newId() });
	assert.equal(again.rights.audio, true);
	await lead.call('call_end', { call_id: again.id });
});

test('appointments: one slot each, seen by the staff alone', async () => {
	for (const more of [{ kind: 'meeting', slot_minutes: 10 }, { slot_minutes: 45 }, { slot_minutes: 5, minutes: 305 }]) {
		await refused(lead, 'lesson_create', { chat_id, kind: 'consultation', title: 'К', starts_at: Date.now() + DAY, minutes: 40, ...more }, 'invalid_field', 'slot_minutes');
	}
	assert.equal((await plan({ kind: 'consultation', slot_minutes: 5, minutes: 300 }))[0].slot_minutes, 5); // 60 of them
	const [lesson] = await plan({ kind: 'consultation', slot_minutes: 10, minutes: 45 });
	const here = { chat_id, lesson_id: lesson.id };
	assert.deepEqual([lesson.slot_minutes, lesson.slots_taken, lesson.my_slot], [10, [], undefined]);
	const socket = await second.socket();
	const took = await parent.call('lesson_slot_take', { ...here, slot: 2, client_id: newId() });
	assert.deepEqual([took.slots_taken, took.my_slot], [[2], 2]);
	const told = (await socket.event(({ type, data }) => type === 'lesson_changed' && data.lesson.id === lesson.id)).data.lesson;
	assert.deepEqual([told.slots_taken, told.my_slot], [[2], undefined]);
	await refused(second, 'lesson_slot_take', { ...here, slot: 2 }, 'conflict', 'slot');
	await refused(second, 'lesson_slot_take', { ...here, slot: 4 }, 'not_found', 'slot'); // 45 minutes are four
	assert.equal((await second.call('lesson_slot_take', { ...here, slot: 3 })).my_slot, 3);
	assert.deepEqual((await parent.call('lesson_slot_take', { ...here, slot: 0 })).slots_taken, [0, 3]); // the former one is given up
	await refused(second, 'lesson_slot_take', { ...here, slot: 0 }, 'conflict', 'slot');
	assert.equal((await second.call('lesson_get', { lesson_id: lesson.id })).my_slot, 3); // and what he had is his still
	const list = await parent.call('lesson_list', { from: Date.now(), to: Date.now() + 2 * DAY });
	assert.equal(list.lessons.find(({ id }) => id === lesson.id).my_slot, 0);
	assert.deepEqual((await colleague.call('lesson_slots', here)).slots.map(({ slot, person }) => [slot, person.id]), [[0, parent.person.id], [3, second.person.id]]);
	await refused(parent, 'lesson_slots', here, 'forbidden');
	await refused(lead, 'lesson_slot_take', { ...here, slot: 1 }, 'forbidden');
	for (const who of [stranger, alien]) {
		for (const [command, more] of [['lesson_slot_take', { slot: 1 }], ['lesson_slot_free', {}]]) await refused(who, command, { ...here, ...more }, 'not_found');
	}
	await refused(lead, 'lesson_update', { ...here, minutes: 30 }, 'conflict', 'minutes');
	await refused(second, 'lesson_slot_free', { ...here, slot: 0 }, 'forbidden');
	await refused(colleague, 'lesson_slot_free', { ...here, slot: 0 }, 'forbidden');
	assert.deepEqual((await lead.call('lesson_slot_free', { ...here, slot: 3, client_id: newId() })).slots_taken, [0]);
	assert.equal((await lead.call('lesson_update', { ...here, minutes: 30 })).lessons[0].minutes, 30);
	assert.deepEqual((await parent.call('lesson_slot_free', here)).slots_taken, []);
	await refused(lead, 'lesson_update', { ...here, minutes: 5 }, 'invalid_field', 'minutes');
	await lead.call('lesson_cancel', here);
	await refused(parent, 'lesson_slot_take', { ...here, slot: 0 }, 'conflict');
	const elsewhere = await chatOf(parent);
	for (const command of ['lesson_slots', 'lesson_attendance_file']) {
		await refused(lead, command, { ...here, chat_id: elsewhere }, 'not_found', 'lesson_id');
		await refused(alien, command, here, 'not_found');
	}
	for (const [command, more] of [['lesson_slot_take', { slot: 0 }], ['lesson_slot_free', {}]]) await refused(parent, command, { chat_id: elsewhere, lesson_id: lesson.id, ...more }, 'not_found', 'lesson_id');
	const [past] = await plan({ kind: 'consultation', slot_minutes: 10, minutes: 20, starts_at: Date.now() - 15 * 60e3 });
	await refused(parent, 'lesson_slot_take', { chat_id, lesson_id: past.id, slot: 0 }, 'conflict', 'slot');
	assert.equal((await parent.call('lesson_slot_take', { chat_id, lesson_id: past.id, slot: 1 })).my_slot, 1);
	const { card } = await socket.event(({ type, data }) => type === 'call_started' && data.card.lesson_id === past.id, 25000).then(({ data }) => data);
	await lead.call('call_end', { call_id: card.call_id });
	await socket.close();
});

test("a guest's door tells how things stand, without using the link up; in, he may raise a hand", async () => {
	const [{ id: lesson_id, title, starts_at }] = await plan({ kind: 'parents_meeting' });
	const link = async (more = {}) => (await lead.call('lesson_guest_link', { chat_id, lesson_id, client_id: newId(), ...more })).token;
	const guest = new Client(server);
	const [token, spare] = [await link({ name: 'Бабушка Оли' }), await link()];
	const look = (what = token) => guest.call('guest_look', { token: what });
	const name = (await org.admin.call('me_snapshot')).memberships[0].org.short_name;
	assert.deepEqual(await look(), { state: 'early', title, kind: 'parents_meeting', org_name: name, org_type: 'school', starts_at, minutes: 40, name: 'Бабушка Оли' });
	assert.equal((await look(spare)).name, undefined);
	await refused(guest, 'guest_look', { token: newId() }, 'link_unusable');
	await refused(lead, 'lesson_guest_link', { chat_id, lesson_id, name: ' ' }, 'invalid_field', 'name');
	const { id: call_id } = await lead.call('lesson_open', { chat_id, lesson_id, client_id: newId() });
	await lead.call('call_join', { call_id });
	assert.equal((await look()).state, 'open');
	const { key, participant_id, org_name, org_type } = await guest.call('guest_enter', { token, name: 'Бабушка Оли' });
	assert.deepEqual([(await look()).state, org_name, org_type], ['used', name, 'school']);
	await refused(guest, 'guest_hand', { key: newId(), raised: true }, 'not_found', 'key');
	await refused(guest, 'guest_hand', { key, raised: true }, 'conflict');
	await refused(guest, 'guest_reaction', { key: newId(), reaction: 'clap' }, 'not_found', 'key');
	await refused(guest, 'guest_reaction', { key, reaction: 'clap' }, 'conflict');
	await lead.call('call_admit', { call_id, participant_ids: [participant_id] });
	await guest.call('guest_join', { key });
	await guest.call('guest_hand', { key, raised: true });
	const hand = async () => (await guest.call('guest_get', { key })).participants.find(({ id }) => id === participant_id).hand;
	assert.equal(await hand(), 1);
	await lead.call('call_hand', { call_id, raised: false, participant_id });
	assert.equal(await hand(), undefined);
	const socket = await lead.socket();
	await guest.call('guest_reaction', { key, reaction: 'clap' });
	await socket.settle();
	assert.deepEqual(socket.signals.map(({ signal, data }) => [signal, data.participant_id, data.reaction]), [['call_reaction', participant_id, 'clap']]);
	await socket.close();
	await lead.call('call_end', { call_id });
	await refused(guest, 'guest_hand', { key, raised: true }, 'conflict');
	await refused(guest, 'guest_reaction', { key, reaction: 'clap' }, 'conflict');
	assert.equal((await look(spare)).state, 'over');
	await lead.call('lesson_cancel', { chat_id, lesson_id });
	assert.equal((await look(spare)).state, 'cancelled');
});

test("guests' links are listed, and those that nobody used are annulled", async () => {
	const [{ id: lesson_id }] = await plan({ kind: 'meeting' });
	const [{ id: another }] = await plan({ kind: 'meeting' });
	const here = { chat_id, lesson_id };
	assert.deepEqual(await lead.call('lesson_guest_links', here), { links: [] });
	const { token: opens } = await lead.call('lesson_guest_link', { ...here, name: 'Бабушка Оли', client_id: newId() });
	const { token: annulled } = await colleague.call('lesson_guest_link', { ...here, client_id: newId() });
	const links = async (who = lead) => (await who.call('lesson_guest_links', here)).links;
	const [last, one] = await links();
	assert.deepEqual([one.name, one.maker.id, one.used_at, one.may_annul, last.name, last.maker.id], ['Бабушка Оли', lead.person.id, undefined, true, undefined, colleague.person.id]);
	assert.ok(one.made_at > Date.now() - 60e3 && one.made_at <= Date.now() + 1e3 && one.expires_at > one.made_at);
	assert.ok(!JSON.stringify(await links()).includes(opens), 'what opens the door is told once');
	assert.deepEqual((await links(colleague)).map(({ may_annul }) => may_annul), [true, false], 'a colleague may annul his own');
	await refused(colleague, 'lesson_guest_link_annul', { ...here, link_id: one.id }, 'forbidden');
	for (const who of [parent, second]) for (const [command, more] of [['lesson_guest_links', {}], ['lesson_guest_link_annul', { link_id: one.id }]]) await refused(who, command, { ...here, ...more }, 'forbidden');
	for (const [command, more] of [['lesson_guest_links', {}], ['lesson_guest_link_annul', { link_id: one.id }]]) await refused(alien, command, { ...here, ...more }, 'not_found');
	await refused(lead, 'lesson_guest_link_annul', { chat_id, lesson_id: another, link_id: one.id }, 'not_found', 'link_id');
	await lead.call('lesson_guest_link_annul', { ...here, link_id: last.id, client_id: newId() });
	const guest = new Client(server);
	await refused(guest, 'guest_look', { token: annulled }, 'link_unusable');
	await refused(lead, 'lesson_guest_link_annul', { ...here, link_id: last.id }, 'not_found', 'link_id');
	const { id: call_id } = await lead.call('lesson_open', { ...here, client_id: newId() });
	await refused(guest, 'guest_enter', { token: annulled, name: 'Кто-то' }, 'link_unusable');
	await guest.call('guest_enter', { token: opens, name: 'Нина Павловна' });
	const [used] = await links();
	assert.deepEqual([used.used_name, used.may_annul, used.used_at >= used.made_at], ['Нина Павловна', false, true]);
	await refused(lead, 'lesson_guest_link_annul', { ...here, link_id: used.id }, 'conflict');
	await lead.call('call_end', { call_id });
});

test('who was there, as a workbook in the words of the organisation', async () => {
	const college = await Organisation.create(server, operator, { type: 'college' });
	const group = await college.unit();
	const teacher = await college.person('teacher', group, { lead: true });
	const student = await college.person('student', group);
	const [{ id: lesson_id }] = (await teacher.call('lesson_create', { chat_id: group.chat_id, kind: 'lesson', title: 'Пара', starts_at: Date.now() + DAY, minutes: 90 })).lessons;
	const here = { chat_id: group.chat_id, lesson_id };
	assert.match((await teacher.call('lesson_attendance', here)).csv, /Имя;Кто это;Был;Опоздал;Ушёл раньше;Минут\r\n[^\r]+;Студент;нет;нет;нет;0\r\n/);
	const { base64 } = await teacher.call('lesson_attendance_file', here);
	const folder = mkdtempSync(join(tmpdir(), 'zvonok-book-'));
	try {
		writeFileSync(join(folder, 'book.xlsx'), Buffer.from(base64, 'base64'));
		const text = execFileSync('python3', ['-c', 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); sys.stdout.write("".join(z.read(n).decode() for n in z.namelist() if n.endswith(".xml")))', join(folder, 'book.xlsx')], { encoding: 'utf8' });
		for (const wanted of ['Посещаемость', 'Студент', 'Опоздал', student.person.family_name]) assert.ok(text.includes(wanted), wanted);
	} finally {
		rmSync(folder, { recursive: true });
	}
	await refused(student, 'lesson_attendance_file', here, 'forbidden');
});
