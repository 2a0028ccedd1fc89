// SPDX-License-Identifier: Apache-2.0
// A lesson of a class of 25 on the wire: its register; guests who enter only when admitted; and whoever is not of the class, who comes in by no
// id, key or ticket that he may have got hold of. Minutes on a virtual clock, with reconnects: tests/unit/lesson/test_attendance.c.
import test from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const PUPILS = 25;
const server = await serverForFile();
const operator = await claimOperator(server);
const [org, elsewhere] = [await Organisation.create(server, operator), await Organisation.create(server, operator)];
const [unit, other] = [await org.unit(), await org.unit()];
const teacher = await org.person('teacher', unit, { lead: true });
const pupils = [];
for (let i = 0; i < PUPILS; i++) pupils.push(await org.person('student', unit));
const [outsider, parent, colleague, alien] = await Promise.all([org.person('student', other), org.person('guardian', other), org.person('teacher', other), elsewhere.person('student', await elsewhere.unit())]);
const { chat_id } = unit;
const [{ id: lesson_id }] = (await teacher.call('lesson_create', { chat_id, kind: 'lesson', title: newWord('Урок'), starts_at: Date.now() + 36e5, minutes: 45 })).lessons;
const link = async () => (await teacher.call('lesson_guest_link', { chat_id, lesson_id, client_id: newId() })).token;
const spare = await link();
const { id: call_id } = await teacher.call('lesson_open', { chat_id, lesson_id, client_id: newId() });
await teacher.call('call_join', { call_id });

/** The first word of the relay's socket: an event, or the code it closes with. */
function relay(client, ticket) {
	const ws = new WebSocket(`ws://${server.host}/api/v1/media?ticket=${ticket}`, { headers: { Origin: server.origin, ...(client.cookie ? { Cookie: client.cookie } : {}) }, localAddress: client.address });
	return new Promise((resolve) => {
		ws.on('message', (data) => {
			ws.close();
			resolve(JSON.parse(data.toString('utf8')).event);
		});
		ws.on('close', (code) => resolve(code));
		ws.on('error', () => undefined);
	});
}
const tried = async (client, command, params) => (await client.try(command, params)).error?.code ?? 'done';

test('the register of 25: everybody of the class once, by name, however often he came', async () => {
	for (const pupil of pupils.slice(0, 5)) {
		await pupil.call('call_join', { call_id });
		await pupil.call('call_leave', { call_id });
		await pupil.call('call_join', { call_id });
	}
	const { visitors } = await teacher.call('lesson_attendance', { chat_id, lesson_id });
	const names = visitors.map(({ person }) => person.family_name);
	assert.deepEqual(names, pupils.map(({ person }) => person.family_name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
	assert.ok(visitors.every(({ present, minutes }) => !present && minutes === 0), 'a place is no presence: nobody had a connection to media');
});

test('whoever is not of the class comes in by no id', async () => {
	const { participants } = await teacher.call('call_get', { call_id });
	const participant_id = participants.find(({ person }) => person.id === pupils[0].person.id).id;
	const ways = {
		call_join: { call_id }, call_get: { call_id }, call_leave: { call_id }, call_decline: { call_id }, call_hand: { call_id, raised: true }, call_reaction: { call_id, reaction: 'clap' },
		call_mute: { call_id, participant_id }, call_admit: { call_id }, call_remove: { call_id, participant_id }, call_end: { call_id }, call_attendance: { call_id },
		lesson_open: { chat_id, lesson_id }, lesson_get: { lesson_id }, lesson_slots: { chat_id, lesson_id }, lesson_attendance: { chat_id, lesson_id }, lesson_attendance_file: { chat_id, lesson_id },
		lesson_invite: { chat_id, lesson_id, person_id: outsider.person.id }, lesson_guest_link: { chat_id, lesson_id }, events_since: { stream: `v${call_id}`, after: 0 }, chat_snapshot: { chat_id },
	};
	for (const who of [outsider, parent, colleague, alien]) {
		for (const [command, params] of Object.entries(ways)) assert.equal(await tried(who, command, params), 'not_found', `${command} by ${who.person.id}`);
		const { lessons } = await who.call('lesson_list', { from: Date.now() - 864e5, to: Date.now() + 864e5 });
		assert.deepEqual(lessons, []);
	}
	for (const [command, params] of Object.entries(ways)) assert.equal(await tried(new Client(server), command, params), 'not_signed_in', command);
	// An id of one's own lesson does not open another's.
	const [{ id: own }] = (await colleague.call('lesson_create', { chat_id: other.chat_id, kind: 'lesson', title: 'Свой', starts_at: Date.now() + 36e5, minutes: 45 })).lessons;
	assert.equal(await tried(colleague, 'lesson_open', { chat_id: other.chat_id, lesson_id }), 'not_found');
	assert.equal(await tried(colleague, 'lesson_guest_link', { chat_id: other.chat_id, lesson_id }), 'not_found');
	assert.equal(await tried(colleague, 'lesson_open', { chat_id, lesson_id: own }), 'not_found');
});

test('nor by a ticket: of a pupil, of a guest who was put out, or made up', async () => {
	const ticket = async () => (await pupils[0].call('call_join', { call_id })).ticket;
	for (const who of [outsider, alien, teacher, new Client(server)]) assert.equal(await relay(who, await ticket()), 4401);
	assert.equal(await relay(outsider, newId()), 4401);
	assert.equal(await relay(outsider, spare), 4401, 'a link is no ticket');
	assert.equal(await relay(pupils[0], await ticket()), 'welcome');
});

test('guests enter only when admitted, and by nothing else', async () => {
	const [first, second] = [new Client(server), new Client(server)];
	const knock = async (client) => client.call('guest_enter', { token: await link(), name: 'Гость' });
	const [one, two] = [await knock(first), await knock(second)];
	for (const { key } of [one, two]) {
		const state = await first.call('guest_join', { key });
		assert.deepEqual([state.state, state.ticket, state.media, state.call, state.participants], ['waiting', undefined, undefined, undefined, []]);
		assert.deepEqual((await first.call('guest_get', { key })).participants, []);
	}
	// What a guest has is no way in for anybody: a link where a key is wanted, a key where a link or a ticket is.
	assert.equal(await tried(second, 'guest_join', { key: spare }), 'not_found');
	assert.equal(await tried(second, 'guest_enter', { token: two.key, name: 'Гость' }), 'link_unusable');
	assert.equal(await relay(second, two.key), 4401);
	// Whoever is not of the class cannot let him in.
	for (const who of [outsider, colleague, pupils[0]]) assert.notEqual(await tried(who, 'call_admit', { call_id, participant_ids: [one.participant_id] }), 'done');
	assert.equal((await first.call('guest_join', { key: one.key })).ticket, undefined);

	await teacher.call('call_admit', { call_id, participant_ids: [one.participant_id] });
	const { ticket } = await first.call('guest_join', { key: one.key });
	assert.equal(await relay(first, ticket), 'welcome');
	assert.equal((await second.call('guest_join', { key: two.key })).ticket, undefined, 'one is admitted, the other waits still');
	const unspent = (await first.call('guest_join', { key: one.key })).ticket;
	await teacher.call('call_remove', { call_id, participant_id: one.participant_id });
	assert.equal(await relay(first, unspent), 4401, 'put out before the ticket was spent');
	assert.equal(await tried(first, 'guest_join', { key: one.key }), 'forbidden');
	await teacher.call('call_refuse', { call_id, participant_id: two.participant_id });
	assert.equal(await tried(second, 'guest_join', { key: two.key }), 'forbidden');
	// Guests stand apart in the register; whoever was never let in is in none.
	const { visitors } = await teacher.call('lesson_attendance', { chat_id, lesson_id });
	assert.deepEqual(visitors.slice(PUPILS).map(({ guest_name }) => guest_name), ['Гость']);
});

test('moved out of the class, a pupil is out of its lesson at once', async () => {
	const leaver = pupils[1];
	const { ticket } = await leaver.call('call_join', { call_id });
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'leave', person_ids: [leaver.person.id], client_id: newId() });
	assert.notEqual(await relay(leaver, ticket), 'welcome');
	assert.equal(await tried(leaver, 'call_join', { call_id }), 'not_found');
	assert.equal(await tried(leaver, 'lesson_get', { lesson_id }), 'not_found');
});
