// SPDX-License-Identifier: Apache-2.0
// Calls of chats: who may start and join them, what those who run them may do, what everybody is told, how they end. The media itself: tests/media.
import test from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const unit = await org.unit();
const other = await org.unit();
const [lead, colleague, pupil, second, parent, stranger] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('teacher', unit),
	org.person('student', unit), org.person('student', unit), org.person('guardian', unit), org.person('student', other)]);
const unconfirmed = await org.person('teacher', unit, { unconfirmed: true });

const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};

/** A free chat with these people in it, made by the lead. */
async function chatOf(...people) {
	const { id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student', 'guardian'], client_id: newId() });
	if (people.length) await lead.call('chat_member_add', { chat_id: id, person_ids: people.map((one) => one.person.id), client_id: newId() });
	return id;
}
/** A call of the lead in a chat with these people, all of them in it. */
async function callOf(...people) {
	const chat_id = await chatOf(...people);
	const { id: call_id } = await lead.call('call_start', { chat_id, kind: 'video', client_id: newId() });
	const entries = new Map();
	for (const one of [lead, ...people]) entries.set(one, await one.call('call_join', { call_id }));
	return { chat_id, call_id, entries, id: (one) => entries.get(one).participant.id };
}
const snapshot = async (call_id, who = lead) => who.call('call_get', { call_id });
const shown = async (call_id, id) => (await snapshot(call_id)).participants.find((one) => one.id === id);

test('who may start a call: staff anywhere, guardians in free chats, pupils where they are let', async () => {
	for (const client of [pupil, parent, unconfirmed]) await refused(client, 'call_start', { chat_id: unit.chat_id, kind: 'audio' }, 'forbidden');
	await refused(stranger, 'call_start', { chat_id: unit.chat_id, kind: 'audio' }, 'not_found');
	const free = await chatOf(parent, pupil);
	assert.deepEqual(await parent.call('call_rules', { chat_id: free }), { starters: 'grown_ups', may_start: true });
	assert.deepEqual(await pupil.call('call_rules', { chat_id: free }), { starters: 'grown_ups', may_start: false });
	assert.deepEqual(await pupil.call('call_rules', { chat_id: unit.chat_id }), { starters: 'staff', may_start: false });
	await refused(pupil, 'call_start', { chat_id: free, kind: 'audio' }, 'forbidden');
	await refused(pupil, 'call_rules_set', { chat_id: free, starters: 'everybody' }, 'forbidden');
	assert.equal((await lead.call('call_rules_set', { chat_id: free, starters: 'everybody', client_id: newId() })).starters, 'everybody');
	const call = await pupil.call('call_start', { chat_id: free, kind: 'audio', client_id: newId() });
	assert.equal(call.host_id, pupil.person.id);
	// Where a call goes on, starting one is coming to that one.
	assert.equal((await parent.call('call_start', { chat_id: free, kind: 'video' })).id, call.id);
	assert.equal((await lead.call('call_rules', { chat_id: free })).call_id, call.id);
	await lead.call('chat_change', { chat_id: free, archived: true });
	await refused(lead, 'call_start', { chat_id: free, kind: 'audio' }, 'forbidden');
});

test('a call from its start to its end: events, the card, the snapshot', async () => {
	const chat_id = await chatOf(pupil, second);
	const [teacher, reader] = [await lead.socket(), await pupil.socket()];
	const call = await lead.call('call_start', { chat_id, kind: 'video', client_id: newId() });
	const posted = await reader.event(({ type, stream }) => type === 'message_posted' && stream === `c${chat_id}`);
	const started = await reader.event(({ type, stream }) => type === 'call_started' && stream === `c${chat_id}`);
	assert.deepEqual(posted.data.message.card, started.data.card);
	assert.equal(posted.data.message.text, '');
	assert.deepEqual((await pupil.call('chat_snapshot', { chat_id })).chat.call, started.data.card);
	assert.equal(started.data.card.call_id, call.id);

	const mine = await lead.call('call_join', { call_id: call.id });
	assert.equal(mine.participant.role, 'host');
	assert.match(mine.ticket, /^[0-9a-f]{32}$/);
	assert.equal(mine.media, '/api/v1/media');
	assert.equal(await teacher.event(({ type }) => type === 'call_place_changed').then(({ data }) => data.state), 'in');
	const his = await pupil.call('call_join', { call_id: call.id });
	assert.deepEqual(his.participants.map(({ role }) => role), ['host', 'member']);
	const came = await teacher.event(({ type, data }) => type === 'participant_changed' && data.participant.id === his.participant.id);
	assert.equal(came.stream, `v${call.id}`);
	// A page that was away asks for what it lacks, or looks anew.
	const { events, head } = await pupil.call('events_since', { stream: `v${call.id}`, after: 0 });
	assert.deepEqual(events.map(({ seq }) => seq), Array.from({ length: head }, (_, i) => i + 1));
	await refused(second, 'events_since', { stream: `v${call.id}`, after: 0 }, 'not_found'); // he is not in it
	assert.equal((await snapshot(call.id, second)).participants.length, 2);
	await refused(stranger, 'call_get', { call_id: call.id }, 'not_found');
	await refused(stranger, 'call_join', { call_id: call.id }, 'not_found');

	// What is known by events is what a fresh look says.
	const known = new Map();
	for (const { type, data } of teacher.events.filter(({ stream }) => stream === `v${call.id}`)) {
		if (type !== 'participant_changed') continue;
		if (['in', 'waiting'].includes(data.participant.state)) known.set(data.participant.id, data.participant);
		else known.delete(data.participant.id);
	}
	assert.deepEqual([...new Map([...mine.participants.map((one) => [one.id, one]), ...known]).values()], (await snapshot(call.id)).participants);

	await pupil.call('call_leave', { call_id: call.id });
	await pupil.call('call_leave', { call_id: call.id });
	assert.equal((await snapshot(call.id)).participants.length, 1);
	await refused(pupil, 'call_end', { call_id: call.id }, 'forbidden');
	await lead.call('call_end', { call_id: call.id, client_id: newId() });
	await lead.call('call_end', { call_id: call.id });
	const last = await teacher.event(({ type, data }) => type === 'call_changed' && data.call.ended_at);
	assert.equal(last.data.call.id, call.id);
	const ended = await reader.event(({ type, stream }) => type === 'call_ended' && stream === `c${chat_id}`);
	assert.equal(ended.data.seq, posted.seq);
	assert.equal(ended.data.card.took_part, 2);
	assert.deepEqual(ended.data.card.person_ids, [lead.person.id, pupil.person.id]);
	assert.equal('missed' in ended.data.card, false);
	const after = await pupil.call('chat_snapshot', { chat_id });
	assert.equal('call' in after.chat, false);
	assert.deepEqual(after.messages.find(({ seq }) => seq === posted.seq).card, ended.data.card);
	await teacher.settle();
	assert.ok(!teacher.heads.has(`v${call.id}`));
	await teacher.close();
	await reader.close();
});

test('a call between two: hanging up ends it, and one that nobody took is told as missed', async () => {
	const chat_id = await chatOf(parent);
	const card = async () => (await lead.call('chat_snapshot', { chat_id })).messages.at(-1).card;
	const ring = async () => {
		const { id } = await parent.call('call_start', { chat_id, kind: 'audio' });
		await parent.call('call_join', { call_id: id });
		return id;
	};
	await parent.call('call_leave', { call_id: await ring() });
	assert.equal((await card()).missed, true);
	await lead.call('call_decline', { call_id: await ring() });
	assert.equal((await card()).missed, true);
	const call_id = await ring();
	await lead.call('call_join', { call_id });
	await lead.call('call_leave', { call_id });
	assert.deepEqual([(await card()).missed, (await card()).took_part], [undefined, 2]);
	await refused(parent, 'call_join', { call_id }, 'conflict');
	// In a larger chat declining is one's own affair.
	const { call_id: group } = await callOf(pupil, parent);
	await parent.call('call_decline', { call_id: group });
	assert.equal((await snapshot(group)).participants.length, 3);
});

test('hands are raised and lowered in the order of time; reactions are shown', async () => {
	const { call_id, id } = await callOf(pupil, second, parent);
	const socket = await second.socket();
	for (const one of [second, pupil, parent]) await one.call('call_hand', { call_id, raised: true, client_id: newId() });
	await second.call('call_hand', { call_id, raised: true }); // again: his place stays
	const order = async () => (await snapshot(call_id)).participants.filter(({ hand }) => hand).sort((x, y) => x.hand - y.hand).map((one) => one.id);
	assert.deepEqual(await order(), [second, pupil, parent].map(id));
	await lead.call('call_hand', { call_id, raised: false, participant_id: id(second) });
	assert.deepEqual(await order(), [pupil, parent].map(id));
	await refused(pupil, 'call_hand', { call_id, raised: false, participant_id: id(parent) }, 'forbidden');
	await refused(lead, 'call_hand', { call_id, raised: true, participant_id: id(parent) }, 'forbidden');
	await refused(lead, 'call_hand', { call_id, raised: false, participant_id: 999983 }, 'not_found', 'participant_id');
	await pupil.call('call_reaction', { call_id, reaction: 'clap' });
	await socket.settle();
	assert.deepEqual(socket.signals.map(({ signal, data }) => [signal, data.participant_id, data.reaction]), [['call_reaction', id(pupil), 'clap']]);
	await pupil.call('call_leave', { call_id });
	await refused(pupil, 'call_hand', { call_id, raised: true }, 'conflict');
	await refused(pupil, 'call_reaction', { call_id, reaction: 'clap' }, 'conflict');
	assert.equal((await pupil.call('call_join', { call_id })).participant.id, id(pupil)); // his place, but a hand is lowered by going
	assert.deepEqual(await order(), [id(parent)]);
	await socket.close();
});

test('who runs a call takes and gives the rights', async () => {
	const { call_id, id } = await callOf(pupil, second, colleague);
	const socket = await pupil.socket();
	await lead.call('call_mute', { call_id, participant_id: id(pupil), client_id: newId() });
	assert.deepEqual((await shown(call_id, id(pupil))).rights, { audio: false, video: true, screen: true });
	await lead.call('call_ask_unmute', { call_id, participant_id: id(pupil), client_id: newId() });
	await socket.settle();
	assert.deepEqual(socket.signals.map(({ signal, data }) => [signal, data.participant_id]), [['call_asked', id(pupil)]]);
	assert.equal((await shown(call_id, id(pupil))).rights.audio, true);
	await lead.call('call_cohost', { call_id, participant_id: id(colleague), cohost: true, client_id: newId() });
	await lead.call('call_mute_all', { call_id, hold: false, client_id: newId() });
	assert.equal((await shown(call_id, id(second))).rights.audio, true);
	await lead.call('call_mute_all', { call_id, hold: true });
	for (const [one, audio] of [[pupil, false], [second, false], [colleague, true], [lead, true]]) assert.equal((await shown(call_id, id(one))).rights.audio, audio);
	assert.equal((await snapshot(call_id)).call.rights.audio, false);
	await lead.call('call_rights', { call_id, screen: false, client_id: newId() });
	await lead.call('call_rights', { call_id, participant_id: id(second), screen: true, video: false });
	assert.deepEqual((await shown(call_id, id(second))).rights, { audio: false, video: false, screen: true });
	assert.deepEqual((await shown(call_id, id(pupil))).rights, { audio: false, video: true, screen: false });
	// A co-host does it too, but not to the host; a pupil to nobody.
	await colleague.call('call_mute', { call_id, participant_id: id(second) });
	for (const command of ['call_mute', 'call_remove', 'call_rights']) await refused(colleague, command, { call_id, participant_id: id(lead) }, 'forbidden', 'participant_id');
	await refused(pupil, 'call_mute', { call_id, participant_id: id(second) }, 'forbidden');
	await refused(lead, 'call_cohost', { call_id, participant_id: id(pupil), cohost: true }, 'conflict', 'participant_id');
	await refused(lead, 'call_hand_over', { call_id, participant_id: id(pupil) }, 'conflict', 'participant_id');
	await lead.call('call_hand_over', { call_id, participant_id: id(colleague), client_id: newId() });
	const { call, participants } = await snapshot(call_id);
	assert.equal(call.host_id, colleague.person.id);
	assert.deepEqual(participants.filter(({ role }) => role !== 'member').map((one) => [one.id, one.role]), [[id(lead), 'cohost'], [id(colleague), 'host']]);
	await refused(lead, 'call_cohost', { call_id, participant_id: id(colleague), cohost: false }, 'forbidden');
	for (const command of ['call_mute', 'call_ask_unmute', 'call_remove', 'call_refuse', 'call_rights', 'call_hand_over']) {
		await refused(lead, command, { call_id, participant_id: 999983 }, 'not_found', 'participant_id');
	}
	await refused(lead, 'call_cohost', { call_id, participant_id: 999983, cohost: true }, 'not_found', 'participant_id');
	await second.call('call_leave', { call_id });
	for (const command of ['call_mute', 'call_ask_unmute', 'call_rights']) await refused(lead, command, { call_id, participant_id: id(second) }, 'conflict', 'participant_id');
	await socket.close();
});

test('the waiting room, the lock, and whoever is put out', async () => {
	const chat_id = await chatOf(pupil, second, parent, colleague);
	const { id: call_id } = await lead.call('call_start', { chat_id, kind: 'audio', waiting_room: true });
	await lead.call('call_join', { call_id });
	assert.ok((await colleague.call('call_join', { call_id })).ticket, 'staff does not wait');
	const socket = await pupil.socket();
	const waits = await pupil.call('call_join', { call_id });
	assert.deepEqual([waits.participant.state, waits.ticket, waits.participants.length], ['waiting', undefined, 1]);
	await refused(pupil, 'events_since', { stream: `v${call_id}`, after: 0 }, 'not_found');
	const another = await second.call('call_join', { call_id });
	assert.deepEqual((await snapshot(call_id)).participants.filter(({ state }) => state === 'waiting').map(({ id }) => id), [waits, another].map(({ participant }) => participant.id));
	await refused(pupil, 'call_admit', { call_id }, 'forbidden');
	await lead.call('call_refuse', { call_id, participant_id: another.participant.id, client_id: newId() });
	await lead.call('call_admit', { call_id, client_id: newId() });
	await socket.event(({ type, data }) => type === 'call_place_changed' && data.state === 'in');
	assert.ok((await pupil.call('call_join', { call_id })).ticket);
	assert.equal((await second.call('call_join', { call_id })).participant.state, 'waiting'); // he knocks again
	await lead.call('call_admit', { call_id, participant_ids: [another.participant.id] });
	await refused(lead, 'call_admit', { call_id, participant_ids: [999983] }, 'not_found', 'participant_ids');
	assert.ok((await second.call('call_join', { call_id })).ticket);

	await lead.call('call_lock', { call_id, locked: true, waiting_room: false, client_id: newId() });
	await refused(parent, 'call_join', { call_id }, 'conflict');
	await second.call('call_leave', { call_id });
	assert.ok((await second.call('call_join', { call_id })).ticket, 'who was in it comes back');

	await lead.call('call_remove', { call_id, participant_id: waits.participant.id, client_id: newId() });
	await socket.event(({ type, data }) => type === 'call_place_changed' && data.state === 'removed');
	await refused(pupil, 'call_join', { call_id }, 'forbidden');
	await lead.call('call_admit', { call_id, participant_ids: [waits.participant.id] });
	assert.ok((await pupil.call('call_join', { call_id })).ticket);
	await socket.close();

	await lead.call('call_end', { call_id });
	const { participant } = waits;
	for (const [command, more] of [['call_join', {}], ['call_hand', { raised: true }], ['call_reaction', { reaction: 'wow' }]]) await refused(pupil, command, { call_id, ...more }, 'conflict');
	for (const [command, more] of [['call_mute', { participant_id: participant.id }], ['call_ask_unmute', { participant_id: participant.id }], ['call_mute_all', { hold: true }],
		['call_remove', { participant_id: participant.id }], ['call_admit', {}], ['call_refuse', { participant_id: participant.id }], ['call_lock', { locked: true }],
		['call_rights', { audio: true }], ['call_cohost', { participant_id: participant.id, cohost: true }], ['call_hand_over', { participant_id: participant.id }]]) {
		await refused(lead, command, { call_id, ...more }, 'conflict');
	}
});

test('one device stands for the classroom, and who is in it is present with it', async () => {
	const { call_id, chat_id, id } = await callOf(pupil, parent);
	await lead.call('chat_member_add', { chat_id, person_ids: [second.person.id] });
	for (const [command, more] of [['call_classroom', { name: 'Кабинет 12' }], ['call_in_room', { person_ids: [second.person.id], here: true }], ['call_roster', {}]]) {
		await refused(pupil, command, { call_id, ...more }, 'forbidden');
		await refused(stranger, command, { call_id, ...more }, 'not_found');
	}
	await refused(lead, 'call_classroom', { call_id, name: '  ' }, 'invalid_field', 'name');
	await lead.call('call_classroom', { call_id, name: ' Кабинет 12 ', client_id: newId() });
	assert.equal((await shown(call_id, id(lead))).classroom, 'Кабинет 12');
	await refused(lead, 'call_in_room', { call_id, person_ids: [stranger.person.id], here: true }, 'not_found', 'person_ids');
	await refused(lead, 'call_in_room', { call_id, person_ids: [lead.person.id], here: true }, 'not_found', 'person_ids'); // staff is no roster
	const { people } = await lead.call('call_in_room', { call_id, person_ids: [second.person.id], here: true, client_id: newId() });
	assert.deepEqual(people.map(({ person }) => person.id).sort(), [pupil, parent, second].map((one) => one.person.id).sort());
	const told = async () => new Map((await lead.call('call_roster', { call_id })).people.map(({ person, in_room, in_call }) => [person.id, [in_room, in_call]]));
	assert.deepEqual([(await told()).get(second.person.id), (await told()).get(pupil.person.id)], [[true, false], [false, true]]);
	// He who is in the classroom is in the list of those who were there; in the call itself he is nobody.
	const row = async () => (await lead.call('call_attendance', { call_id })).visitors.find(({ person }) => person?.id === second.person.id);
	assert.equal((await row()).in_room, true);
	assert.equal((await snapshot(call_id)).participants.length, 3);
	await lead.call('call_in_room', { call_id, person_ids: [second.person.id], here: false });
	assert.equal(await row(), undefined);
	await lead.call('call_classroom', { call_id });
	assert.equal((await shown(call_id, id(lead))).classroom, undefined);
	// By another device of his own he comes as everybody does, with the rights of now.
	await lead.call('call_in_room', { call_id, person_ids: [second.person.id], here: true });
	await lead.call('call_rights', { call_id, video: false });
	assert.deepEqual((await second.call('call_join', { call_id })).participant.rights, { audio: true, video: false, screen: true });
	await lead.call('call_leave', { call_id });
	await refused(lead, 'call_classroom', { call_id, name: 'Кабинет 12' }, 'conflict');
	await lead.call('call_end', { call_id });
	await refused(lead, 'call_in_room', { call_id, person_ids: [second.person.id], here: true }, 'conflict');
});

test('who may do what a host may is told, whatever his role in the call', async () => {
	const { id: call_id } = await colleague.call('call_start', { chat_id: unit.chat_id, kind: 'audio' });
	assert.deepEqual([(await lead.call('call_get', { call_id })).runs, (await pupil.call('call_get', { call_id })).runs], [true, false]);
	assert.equal((await colleague.call('call_join', { call_id })).runs, true);
	assert.equal((await pupil.call('call_join', { call_id })).runs, false);
	const { participant, runs } = await lead.call('call_join', { call_id });
	assert.deepEqual([participant.role, runs], ['cohost', true]);
	// The host takes the co-host's place from him; who leads the class runs its calls all the same.
	await colleague.call('call_cohost', { call_id, participant_id: participant.id, cohost: false });
	assert.equal((await lead.call('call_get', { call_id })).runs, true);
	await lead.call('call_mute_all', { call_id, hold: false });
	await colleague.call('call_end', { call_id });
});

test('whoever leaves the chat, or whose session ends, is out of its call at once', async () => {
	const guest = await org.person('guardian', unit);
	const { chat_id, call_id, id } = await callOf(pupil, guest);
	const socket = await pupil.socket();
	await socket.settle();
	assert.ok(socket.heads.has(`v${call_id}`));
	await lead.call('chat_member_remove', { chat_id, person_id: pupil.person.id });
	await socket.settle();
	assert.ok(!socket.heads.has(`v${call_id}`));
	assert.equal(await shown(call_id, id(pupil)), undefined);
	await refused(pupil, 'call_join', { call_id }, 'not_found');
	await refused(pupil, 'call_get', { call_id }, 'not_found');
	await guest.call('sign_out');
	assert.equal(await shown(call_id, id(guest)), undefined);
	await socket.close();
	const { visitors } = await lead.call('call_attendance', { call_id });
	assert.deepEqual(visitors.map(({ participant_id, minutes }) => [participant_id, minutes]), [lead, pupil, guest].map((one) => [id(one), 0]));
	await refused(guest, 'call_attendance', { call_id }, 'not_signed_in');
	await refused(stranger, 'call_attendance', { call_id }, 'not_found');
});

/** What comes first of the relay's socket: {frame}, {code} of a close, or {status} of an answer that is no upgrade. */
function relay(client, ticket, { origin = server.origin, cookie = client.cookie } = {}) {
	const ws = new WebSocket(`ws://${server.host}/api/v1/media?ticket=${ticket}`, { headers: { ...(origin ? { Origin: origin } : {}), Cookie: cookie }, localAddress: client.address });
	return new Promise((resolve) => {
		ws.on('message', (data) => resolve({ frame: JSON.parse(data.toString('utf8')), ws }));
		ws.on('close', (code) => resolve({ code }));
		ws.on('unexpected-response', (_request, answer) => resolve({ status: answer.statusCode }));
		ws.on('error', () => undefined);
	});
}
const isIn = ({ frame }) => frame?.event === 'welcome';

test('the relay: a ticket opens it once, for its own person, session and call, from our page only', async () => {
	const { call_id } = await callOf(pupil, second);
	const ticket = async (who) => (await who.call('call_join', { call_id })).ticket;
	assert.deepEqual(await relay(pupil, '0'.repeat(32)), { code: 4401 });
	for (const wrong of ['', 'x', '0'.repeat(31), '0'.repeat(33)]) assert.deepEqual(await relay(pupil, wrong), { status: 400 });
	for (const origin of ['http://evil.example', 'null', '']) assert.deepEqual(await relay(pupil, await ticket(pupil), { origin }), { status: 403 });
	assert.equal((await pupil.request('GET', `/api/v1/media?ticket=${await ticket(pupil)}`)).status, 426);
	const good = await ticket(pupil);
	const first = await relay(pupil, good);
	assert.ok(isIn(first), JSON.stringify(first.code));
	assert.deepEqual(await relay(pupil, good), { code: 4401 });
	// Another's ticket, or one without the session that it was given to.
	assert.deepEqual(await relay(stranger, await ticket(second)), { code: 4401 });
	assert.deepEqual(await relay(second, await ticket(second), { cookie: '' }), { code: 4401 });
	const removed = await ticket(second);
	await second.call('call_leave', { call_id });
	assert.deepEqual(await relay(second, removed), { code: 4401 });
	const late = await ticket(second);
	await lead.call('call_end', { call_id });
	assert.deepEqual(await relay(second, late), { code: 4401 });
	first.ws?.close();
});

test('the media process hears of a mute and of a removal before they are answered; a relay takes no flood and no giant', async () => {
	const { call_id, id } = await callOf(pupil, second);
	const open = async (who) => {
		const { ticket } = await who.call('call_join', { call_id });
		const ws = new WebSocket(`ws://${server.host}/api/v1/media?ticket=${ticket}`, { headers: { Origin: server.origin, Cookie: who.cookie }, localAddress: who.address });
		const events = [];
		const heard = (type) => new Promise((resolve) => {
			const look = () => events.some(({ event }) => event === type) && resolve(events.find(({ event }) => event === type).data);
			ws.on('message', look);
			look();
		});
		ws.on('message', (data) => events.push(JSON.parse(data.toString('utf8'))));
		const closed = new Promise((resolve) => ws.on('close', resolve));
		const welcome = await heard('welcome');
		return { ws, events, heard, closed, welcome };
	};
	const his = await open(pupil);
	assert.deepEqual([his.welcome.participant, his.welcome.rights], [id(pupil), { audio: true, video: true, screen: true }]);
	const told = his.heard('rights');
	const asked = performance.now();
	await lead.call('call_mute', { call_id, participant_id: id(pupil) });
	assert.equal((await told).audio, false);
	assert.ok(performance.now() - asked < 1000);
	await lead.call('call_remove', { call_id, participant_id: id(pupil) });
	assert.equal(await his.closed, 4403);
	// Another socket of the same participant takes the place over.
	const first = await open(second);
	const newer = await open(second);
	assert.equal(await first.closed, 4409);
	newer.ws.send('x'.repeat(16385));
	assert.equal(await newer.closed, 1009);
	const flood = await open(second);
	for (let i = 0; i < 200; i++) flood.ws.send('{}');
	assert.equal(await flood.closed, 1008);
	const last = await open(second);
	await lead.call('call_end', { call_id });
	assert.equal(await last.closed, 4410);
});
