// SPDX-License-Identifier: Apache-2.0
// Lessons and meetings: planned, changed, begun; who was there; pupils who are connected; guests; the calendar for other programs.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { eventually, serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const [unit, other] = [await org.unit(), await org.unit()];
const foreign = await Organisation.create(server, operator);
const [lead, colleague, pupil, second, absent, alien] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('teacher', unit), org.person('student', unit),
	org.person('student', unit), org.person('student', other), foreign.person('teacher')]);
const chat_id = unit.chat_id;
const DAY = 864e5;

const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};
const plan = async (more = {}, who = lead) => (await who.call('lesson_create', { chat_id, kind: 'lesson', title: newWord('Урок'), starts_at: Date.now() + DAY, minutes: 40, client_id: newId(), ...more })).lessons;
const listed = async (who, from = Date.now() - DAY, to = Date.now() + 90 * DAY) => (await who.call('lesson_list', { from, to })).lessons;

test('a weekly lesson is planned, shifted with those behind it, and called off; the class hears it', async () => {
	const socket = await pupil.socket();
	const subject = (await org.admin.call('subject_create', { org_id: org.id, names: [newWord('Предмет')] })).subjects[0];
	const starts_at = Date.now() + DAY;
	const lessons = await plan({ starts_at, repeat_until: starts_at + 22 * DAY, subject_id: subject.id, agenda: ' План \r\n урока ', materials: [{ title: 'Учебник' }, { title: 'Видео', url: 'https://example.org/a?b=1' }] });
	assert.deepEqual(lessons.map((one) => (one.starts_at - starts_at) / DAY), [0, 7, 14, 21]);
	assert.deepEqual(new Set(lessons.map(({ series_id }) => series_id)), new Set([lessons[0].id]));
	assert.deepEqual([lessons[0].subject, lessons[0].agenda, lessons[0].materials], [subject.name, 'План \n урока', [{ title: 'Учебник' }, { title: 'Видео', url: 'https://example.org/a?b=1' }]]);
	const told = await socket.event(({ type, data }) => type === 'lesson_changed' && data.lesson.id === lessons[3].id);
	assert.deepEqual(told.data.lesson, lessons[3]);
	assert.deepEqual((await listed(pupil)).map(({ id }) => id), lessons.map(({ id }) => id));
	assert.deepEqual(await listed(absent), []);
	assert.deepEqual((await listed(pupil, starts_at + DAY, starts_at + 8 * DAY)).map(({ id }) => id), [lessons[1].id]);

	const changed = (await lead.call('lesson_update', { chat_id, lesson_id: lessons[1].id, following: true, starts_at: lessons[1].starts_at + 36e5, minutes: 45, protocol: 'Решили', client_id: newId() })).lessons;
	assert.deepEqual(changed.map((one, i) => one.starts_at - lessons[i + 1].starts_at), [36e5, 36e5, 36e5]);
	assert.deepEqual(changed.map(({ protocol }) => protocol), ['Решили', undefined, undefined]);
	await refused(colleague, 'lesson_update', { chat_id, lesson_id: lessons[0].id, minutes: 45 }, 'forbidden');
	await refused(colleague, 'lesson_cancel', { chat_id, lesson_id: lessons[0].id }, 'forbidden');
	assert.equal((await lead.call('lesson_cancel', { chat_id, lesson_id: lessons[2].id, following: true, client_id: newId() })).lessons.length, 2);
	assert.deepEqual((await listed(pupil)).map(({ cancelled }) => cancelled), [false, false, true, true]);
	await refused(lead, 'lesson_update', { chat_id, lesson_id: lessons[3].id, minutes: 5 }, 'conflict');
	await socket.close();
});

test('what planning refuses, at the edge of its limits', async () => {
	for (const [more, field] of [[{ starts_at: Date.now() - 2 * DAY }, 'starts_at'], [{ starts_at: Date.now() + 800 * DAY }, 'starts_at'], [{ repeat_until: Date.now() + 450 * DAY }, 'repeat_until'],
		[{ repeat_until: 1 }, 'repeat_until'], [{ title: ' \u202e' }, 'title'], [{ materials: [{ title: 'x', url: 'javascript:alert(1)' }] }, 'materials'],
		[{ materials: [{ title: 'x', url: 'https://a"b' }] }, 'materials']]) {
		await refused(lead, 'lesson_create', { chat_id, kind: 'lesson', title: 'Урок', starts_at: Date.now() + DAY, minutes: 40, ...more }, 'invalid_field', field);
	}
	await refused(lead, 'lesson_create', { chat_id, kind: 'lesson', title: 'Урок', starts_at: Date.now() + DAY, minutes: 40, subject_id: 999983 }, 'not_found', 'subject_id');
	await refused(pupil, 'lesson_create', { chat_id, kind: 'lesson', title: 'Урок', starts_at: Date.now() + DAY, minutes: 40 }, 'forbidden');
	await refused(alien, 'lesson_create', { chat_id, kind: 'lesson', title: 'Урок', starts_at: Date.now() + DAY, minutes: 40 }, 'not_found');
	assert.equal((await plan({ starts_at: Date.now() + DAY, repeat_until: Date.now() + DAY + 59 * 7 * DAY })).length, 60);
	const [{ id }] = await plan();
	const elsewhere = (await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'] })).id;
	for (const command of ['lesson_update', 'lesson_cancel', 'lesson_open', 'lesson_attendance', 'lesson_guest_link']) {
		await refused(lead, command, { chat_id: elsewhere, lesson_id: id }, 'not_found', 'lesson_id');
		await refused(alien, command, { chat_id, lesson_id: id }, 'not_found');
	}
	await refused(lead, 'lesson_invite', { chat_id: elsewhere, lesson_id: id, person_id: absent.person.id }, 'not_found', 'lesson_id');
	await refused(lead, 'lesson_invite', { chat_id, lesson_id: id, person_id: alien.person.id }, 'not_found', 'person_id');
	await refused(pupil, 'lesson_list', { from: 5, to: 4 }, 'invalid_field', 'to');
	await refused(pupil, 'lesson_list', { from: 0, to: 367 * DAY }, 'invalid_field', 'to');
	await lead.call('chat_change', { chat_id: elsewhere, archived: true });
	await refused(lead, 'lesson_create', { chat_id: elsewhere, kind: 'lesson', title: 'Урок', starts_at: Date.now() + DAY, minutes: 40 }, 'conflict');
});

test('at its start the call begins by itself, with a card in the chat; the absent pupil comes, and no other', async () => {
	const chat = (await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'] })).id;
	await lead.call('chat_member_add', { chat_id: chat, person_ids: [pupil.person.id, second.person.id] });
	const [socket, away] = [await pupil.socket(), await absent.socket()];
	const [{ id: lesson_id, title }] = await plan({ chat_id: chat, starts_at: Date.now() + 1000 });
	await lead.call('lesson_invite', { chat_id: chat, lesson_id, person_id: absent.person.id, client_id: newId() });
	assert.deepEqual((await away.event(({ type }) => type === 'lesson_invited')).data.lesson.invited_ids, [absent.person.id]);
	assert.deepEqual((await listed(absent)).map(({ id }) => id), [lesson_id]);
	const started = await socket.event(({ type, stream }) => type === 'call_started' && stream === `c${chat}`, 25000);
	assert.deepEqual([started.data.card.lesson_id, started.data.card.title, started.data.card.host_id], [lesson_id, title, lead.person.id]);
	const call_id = started.data.card.call_id;
	await away.event(({ type, data }) => type === 'lesson_invited' && data.lesson.call_id === call_id);
	assert.equal((await lead.call('lesson_open', { chat_id: chat, lesson_id })).id, call_id);
	await refused(pupil, 'lesson_open', { chat_id: chat, lesson_id }, 'forbidden');
	await lead.call('call_join', { call_id });
	await pupil.call('call_join', { call_id });
	assert.ok((await absent.call('call_join', { call_id })).ticket);
	await refused(absent, 'chat_snapshot', { chat_id: chat }, 'not_found');
	await refused(await org.person('student', other), 'call_join', { call_id }, 'not_found');
	const { visitors, csv } = await lead.call('lesson_attendance', { chat_id: chat, lesson_id });
	assert.deepEqual(new Set(visitors.slice(0, 2).map(({ person }) => person.id)), new Set([pupil, second].map(({ person }) => person.id)));
	assert.deepEqual(visitors.map(({ present, minutes }) => [present, minutes]), [[false, 0], [false, 0], [false, 0]]);
	assert.equal(visitors[2].person.id, absent.person.id);
	assert.deepEqual(csv.split('\r\n').length, 6);
	assert.ok(csv.startsWith('\ufeff') && csv.includes(pupil.person.family_name));
	await lead.call('call_end', { call_id });
	await lead.call('lesson_cancel', { chat_id: chat, lesson_id });
	await refused(lead, 'lesson_open', { chat_id: chat, lesson_id }, 'conflict');
	await refused(lead, 'lesson_guest_link', { chat_id: chat, lesson_id }, 'conflict');
	await socket.close();
	await away.close();
});

test('a guest comes by a link for one, through the waiting room, into this call only', async () => {
	const chat = (await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'guardian'] })).id;
	const [{ id: lesson_id, title }] = await plan({ chat_id: chat, kind: 'parents_meeting' });
	const link = async () => (await lead.call('lesson_guest_link', { chat_id: chat, lesson_id, client_id: newId() })).token;
	const guest = new Client(server);
	const token = await link();
	await refused(guest, 'guest_enter', { token: newId(), name: 'Гость' }, 'link_unusable');
	await refused(guest, 'guest_enter', { token, name: ' ' }, 'invalid_field', 'name');
	await refused(guest, 'guest_enter', { token, name: 'Бабушка Оли' }, 'conflict'); // it has not begun; the link is kept
	const { id: call_id } = await lead.call('lesson_open', { chat_id: chat, lesson_id, client_id: newId() });
	await lead.call('call_join', { call_id });
	const host = await lead.socket();
	const entered = await guest.call('guest_enter', { token, name: 'Бабушка Оли' });
	assert.deepEqual([entered.state, entered.title, entered.participants, entered.call], ['waiting', title, [], undefined]);
	const { key } = entered;
	assert.deepEqual((await host.event(({ type, data }) => type === 'participant_changed' && data.participant.state === 'waiting')).data.participant.guest_name, 'Бабушка Оли');
	await refused(new Client(server), 'guest_enter', { token, name: 'Другой' }, 'link_unusable');
	for (const command of ['guest_get', 'guest_join', 'guest_leave']) await refused(guest, command, { key: newId() }, 'not_found', 'key');
	assert.equal((await guest.call('guest_join', { key })).ticket, undefined);
	for (const command of ['me_snapshot', 'lesson_list']) await refused(guest, command, command === 'lesson_list' ? { from: 0, to: 1 } : {}, 'not_signed_in');
	await refused(guest, 'call_get', { call_id }, 'not_signed_in');

	await lead.call('call_admit', { call_id, participant_ids: [entered.participant_id] });
	assert.deepEqual([(await guest.call('guest_get', { key })).state, (await guest.call('guest_get', { key })).admitted], ['left', true]);
	const inside = await guest.call('guest_join', { key });
	assert.match(inside.ticket, /^[0-9a-f]{32}$/);
	assert.deepEqual(inside.participants.map(({ role, rights }) => [role, rights.screen]), [['host', true], ['guest', false]]);
	assert.notEqual((await guest.call('guest_join', { key })).ticket, inside.ticket); // back after a cut
	await lead.call('call_remove', { call_id, participant_id: entered.participant_id });
	await refused(guest, 'guest_join', { key }, 'forbidden');
	assert.deepEqual((await guest.call('guest_get', { key })).participants, []);

	const [late, shy] = [new Client(server), new Client(server)];
	const knocks = await late.call('guest_enter', { token: await link(), name: '=СУММ(А1)' });
	await lead.call('call_refuse', { call_id, participant_id: knocks.participant_id });
	await refused(late, 'guest_join', { key: knocks.key }, 'forbidden');
	const asks = await shy.call('guest_enter', { token: await link(), name: 'Скромный' });
	await shy.call('guest_leave', { key: asks.key });
	await refused(shy, 'guest_join', { key: asks.key }, 'forbidden');
	const unused = await link();
	await lead.call('call_end', { call_id });
	await refused(guest, 'guest_enter', { token: unused, name: 'Опоздавший' }, 'conflict');
	await refused(guest, 'guest_join', { key }, 'conflict');
	assert.ok((await guest.call('guest_get', { key })).call.ended_at);
	const { visitors } = await lead.call('lesson_attendance', { chat_id: chat, lesson_id });
	assert.deepEqual(visitors.map(({ guest_name, person }) => guest_name ?? person.id), [lead.person.id, 'Бабушка Оли']);
	await host.close();
	for (let i = 4; i < 100; i++) await link();
	await refused(lead, 'lesson_guest_link', { chat_id: chat, lesson_id }, 'conflict');
});

test('the calendar for other programs: by a secret address, which can be made anew', async () => {
	const [{ title, starts_at }] = await plan({ title: 'Алгебра; задачи, часть 1' });
	const first = await pupil.call('calendar_link');
	assert.deepEqual(await pupil.call('calendar_link'), { made: false });
	const get = (path) => new Client(server).request('GET', path);
	const answer = await get(first.path);
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-type'], /^text\/calendar/);
	const text = answer.body.toString('utf8');
	const stamp = new Date(Math.floor(starts_at / 1000) * 1000).toISOString().replace(/[-:]|\.000/g, '');
	assert.ok(text.startsWith('BEGIN:VCALENDAR\r\n') && text.endsWith('END:VCALENDAR\r\n'));
	assert.ok(text.includes(`DTSTART:${stamp}\r\nDURATION:PT40M\r\nSUMMARY:${title.replace(/([;,])/g, '\\$1')}\r\n`), text.slice(0, 600));
	for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
	const renewed = await pupil.call('calendar_link', { renew: true });
	assert.equal((await get(first.path)).status, 404);
	assert.equal((await get(renewed.path)).status, 200);
	for (const wrong of ['', '/x.ics', `/${'0'.repeat(32)}.ics`, `/${'0'.repeat(32)}`]) assert.equal((await get(`/api/v1/calendar${wrong}`)).status, 404, wrong);
	assert.equal((await new Client(server).request('POST', renewed.path)).status, 405);
	await eventually(async () => !(await get(renewed.path)).body.toString('utf8').includes('Тайна'), 1000);
});
