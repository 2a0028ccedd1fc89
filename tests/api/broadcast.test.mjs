// SPDX-License-Identifier: Apache-2.0
// Programs that stream into a call or play it (WHIP, WHEP): their keys, what HTTP answers, what a key does not open. Real programs: tests/e2e/broadcast.test.mjs.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { eventually, serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile({ args: ['--rate-limit', '0'] });
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const [unit, other] = [await org.unit(), await org.unit()];
const [lead, pupil, stranger] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('student', unit), org.person('student', other)]);

const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};
const callOf = async () => {
	const { id: chat_id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'], client_id: newId() });
	await lead.call('chat_member_add', { chat_id, person_ids: [pupil.person.id], client_id: newId() });
	return (await lead.call('call_start', { chat_id, kind: 'video', client_id: newId() })).id;
};
const keyOf = (call_id, kind = 'publish') => lead.call('call_key_create', { call_id, kind, name: 'Камера зала', client_id: newId() });

const PRINT = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':');
const offer = (direction = 'sendonly', codec = 'VP8') => ['v=0', 'o=- 1 0 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=group:BUNDLE 0 1',
	...[['audio', 111, 'opus/48000/2'], ['video', 96, `${codec}/90000`]].flatMap(([kind, pt, name], mid) => [`m=${kind} 9 UDP/TLS/RTP/SAVPF ${pt}`, 'c=IN IP4 0.0.0.0', 'a=setup:actpass',
		'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', `a=fingerprint:sha-256 ${PRINT}`, 'a=rtcp-mux', `a=mid:${mid}`, `a=${direction}`, `a=rtpmap:${pt} ${name}`, `a=ssrc:${mid + 1} cname:x`]), ''].join('\r\n');
const ask = (path, key, { method = 'POST', body = method === 'POST' ? offer() : undefined, type = 'application/sdp', ...headers } = {}) =>
	fetch(server.origin + path, { method, body, headers: { ...(type && body ? { 'Content-Type': type } : {}), ...(key ? { Authorization: `Bearer ${key}` } : {}), ...headers } });

test('a key is made by a host, told once, listed without its secret, and gone when revoked', async () => {
	const call_id = await callOf();
	await pupil.call('call_join', { call_id });
	for (const [command, more] of [['call_key_create', { kind: 'publish', name: 'x' }], ['call_keys', {}], ['call_key_revoke', { key_id: 1 }]]) {
		await refused(pupil, command, { call_id, ...more }, 'forbidden');
		await refused(stranger, command, { call_id, ...more }, 'not_found');
	}
	const made = await keyOf(call_id);
	assert.match(made.key, /^[0-9a-f]{32}$/);
	assert.equal(made.path, `/api/v1/whip/${call_id}`);
	assert.equal((await keyOf(call_id, 'watch')).path, `/api/v1/whep/${call_id}`);
	const { keys } = await lead.call('call_keys', { call_id });
	assert.deepEqual(keys.map(({ kind, name, connected, used_at }) => [kind, name, connected, used_at]), [['publish', 'Камера зала', false, undefined], ['watch', 'Камера зала', false, undefined]]);
	assert.ok(!JSON.stringify(keys).includes(made.key));
	await refused(lead, 'call_key_revoke', { call_id: await callOf(), key_id: made.id }, 'not_found', 'key_id');
	await lead.call('call_key_revoke', { call_id, key_id: made.id, client_id: newId() });
	assert.equal((await ask(made.path, made.key)).status, 401);
	for (let i = 1; i < 10; i++) await keyOf(call_id);
	await refused(lead, 'call_key_create', { call_id, kind: 'publish', name: 'x' }, 'conflict');
	await refused(lead, 'call_key_create', { call_id: await callOf(), kind: 'publish', name: ' ' }, 'invalid_field', 'name');
});

test('a program comes by its key, is seen by its name, ends by DELETE; another of the same key takes its place', async () => {
	const call_id = await callOf();
	const { key, path } = await keyOf(call_id);
	const people = async () => (await lead.call('call_get', { call_id })).participants;
	const first = await ask(path, key, { Origin: 'https://studio.example.org' });
	const answer = await first.text();
	assert.equal(first.status, 201, answer);
	assert.equal(first.headers.get('content-type'), 'application/sdp');
	assert.equal(first.headers.get('access-control-allow-origin'), '*');
	assert.match(answer, /^v=0\r\n/);
	assert.match(answer, /a=ice-lite\r\n/);
	assert.match(answer, /a=candidate:1 1 UDP \d+ 127\.0\.0\.1 \d+ typ host\r\n/);
	const place = first.headers.get('location');
	assert.match(place, new RegExp(`^${path}/[0-9a-f]{32}$`));
	const [one] = await people();
	assert.deepEqual([one.guest_name, one.role, one.state, one.rights], ['Камера зала', 'guest', 'in', { audio: true, video: true, screen: false }]);
	const second = await ask(path, key);
	assert.equal(second.status, 201);
	assert.deepEqual((await people()).map(({ id }) => id), [one.id]);
	// The first session's address is nobody's any more; the second's ends it.
	assert.equal((await ask(place, key, { method: 'DELETE' })).status, 404);
	const { key: foreign } = await keyOf(call_id);
	assert.equal((await ask(second.headers.get('location'), foreign, { method: 'DELETE' })).status, 404);
	assert.equal((await ask(second.headers.get('location'), newId(), { method: 'DELETE' })).status, 401);
	assert.equal((await ask(second.headers.get('location'), key, { method: 'DELETE' })).status, 200);
	assert.deepEqual(await people(), []);
	// Revoking puts it out, and so does a host, for good.
	assert.equal((await ask(path, key)).status, 201);
	await lead.call('call_join', { call_id });
	await lead.call('call_remove', { call_id, participant_id: one.id, client_id: newId() });
	assert.equal((await ask(path, key)).status, 403);
	const { id, key: revoked } = await keyOf(call_id);
	assert.equal((await ask(path, revoked)).status, 201);
	assert.equal((await people()).length, 2);
	await lead.call('call_key_revoke', { call_id, key_id: id, client_id: newId() });
	await eventually(async () => (await people()).length === 1);
});

test('a key opens its own call only, and only what it was made for', async () => {
	const [call_id, elsewhere] = [await callOf(), await callOf()];
	const { key } = await keyOf(call_id);
	const { key: watching } = await keyOf(call_id, 'watch');
	for (const [path, token, status] of [[`/api/v1/whip/${elsewhere}`, key, 401], [`/api/v1/whep/${call_id}`, key, 401], [`/api/v1/whip/${call_id}`, watching, 401],
		[`/api/v1/whip/${call_id}`, newId(), 401], [`/api/v1/whip/${call_id}`, 'short', 401], [`/api/v1/whip/${call_id}`, undefined, 401], ['/api/v1/whip/999983', key, 401],
		['/api/v1/whip', key, 404], ['/api/v1/whip/', key, 404], ['/api/v1/whip/x', key, 404], [`/api/v1/whip/${call_id}/x`, key, 404], [`/api/v1/whip/-${call_id}`, key, 404]]) {
		const answer = await ask(path, token);
		assert.equal(answer.status, status, `${path} ${token}`);
		if (status === 401) assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
	}
	// A session's cookie is no key.
	const cookie = await fetch(`${server.origin}/api/v1/whip/${call_id}`, { method: 'POST', body: offer(), headers: { 'Content-Type': 'application/sdp', Cookie: lead.cookie ?? '' } });
	assert.equal(cookie.status, 401);
	assert.equal((await lead.call('call_get', { call_id: elsewhere })).participants.length, 0);
	// Nothing is shown yet; then what the program sends is.
	const empty = await ask(`/api/v1/whep/${call_id}`, watching, { body: offer('recvonly') });
	assert.deepEqual([empty.status, empty.headers.get('retry-after')], [409, '5']);
	assert.equal((await ask(`/api/v1/whip/${call_id}`, key)).status, 201);
	const watch = await ask(`/api/v1/whep/${call_id}`, watching, { body: offer('recvonly') });
	const text = await watch.text();
	assert.equal(watch.status, 201, text);
	assert.equal(text.match(/a=sendonly\r\n/g).length, 2);
	await lead.call('call_end', { call_id, client_id: newId() });
	assert.equal((await ask(`/api/v1/whip/${call_id}`, key)).status, 404);
});

test('what HTTP answers to what is no offer', async () => {
	const call_id = await callOf();
	const { key, path } = await keyOf(call_id);
	for (const [how, status] of [[{ body: 'hello' }, 400], [{ body: '' }, 415], [{ type: 'text/plain' }, 415], [{ body: offer().replaceAll('actpass', 'passive') }, 422],
		[{ body: offer('recvonly') }, 422], [{ body: offer().replace('a=group:BUNDLE 0 1\r\n', '') }, 422], [{ body: `${offer()}${'\r\n'.repeat(17000)}` }, 413],
		[{ body: Buffer.from([0x76, 0x3d, 0x30, 0x0a, 0xff]) }, 400], [{ method: 'GET' }, 405], [{ method: 'DELETE' }, 405],
		[{ method: 'PATCH', body: 'a=candidate', type: 'application/trickle-ice-sdpfrag' }, 405]]) {
		const answer = await ask(path, key, how);
		assert.equal(answer.status, status, JSON.stringify(how).slice(0, 100));
		if (status === 405) assert.equal(answer.headers.get('allow'), 'POST, OPTIONS');
	}
	assert.deepEqual((await lead.call('call_get', { call_id })).participants.filter(({ connected }) => connected), []);
	const options = await ask(path, undefined, { method: 'OPTIONS' });
	assert.deepEqual([options.status, options.headers.get('accept-post')], [200, 'application/sdp']);
	const session = `${path}/${newId()}`;
	assert.equal((await ask(session, undefined, { method: 'OPTIONS' })).headers.get('allow'), 'DELETE, OPTIONS');
	for (const method of ['POST', 'PATCH', 'GET']) assert.equal((await ask(session, key, { method, body: method === 'GET' ? undefined : 'x' })).status, 405);
	assert.equal((await new Client(server).try('call_keys', { call_id })).error.code, 'not_signed_in');
});

// --- broadcasts

const plan = async (more = {}, who = lead) => (await who.call('lesson_create', { chat_id: unit.chat_id, kind: 'broadcast', title: newWord('Линейка'), starts_at: Date.now() + 6e5, minutes: 40, client_id: newId(), ...more })).lessons[0];
const begun = async (more) => {
	const lesson = await plan(more);
	return { lesson, call: await lead.call('lesson_open', { chat_id: unit.chat_id, lesson_id: lesson.id, client_id: newId() }) };
};
const ends = (call_id) => lead.call('call_end', { call_id, client_id: newId() });

test('a broadcast: its people come as viewers whom nobody is told of, speakers as speakers', async () => {
	const [speaker, watcher] = await Promise.all([org.person('student', unit), org.person('student', unit)]);
	const lesson = await plan();
	await lead.call('lesson_invite', { chat_id: unit.chat_id, lesson_id: lesson.id, person_id: speaker.person.id, client_id: newId() });
	const call = await lead.call('lesson_open', { chat_id: unit.chat_id, lesson_id: lesson.id, client_id: newId() });
	assert.deepEqual([call.broadcast, call.viewers, call.hands, call.lesson_id], [true, 0, 0, lesson.id]);
	const host = await lead.call('call_join', { call_id: call.id });
	assert.equal(host.participant.role, 'host');
	const socket = await lead.socket();
	const spoken = await speaker.call('call_join', { call_id: call.id });
	assert.deepEqual([spoken.participant.role, spoken.participant.rights.audio], ['member', true]);
	const seen = [];
	for (const one of [pupil, watcher]) {
		const entry = await one.call('call_join', { call_id: call.id });
		assert.deepEqual([entry.participant.role, entry.participant.rights], ['viewer', { audio: false, video: false, screen: false }]);
		assert.deepEqual(entry.participants.map(({ role }) => role), ['host', 'member', 'viewer']); // himself, and no other viewer
		assert.equal(entry.participants.at(-1).id, entry.participant.id);
		seen.push(entry.participant.id);
	}
	assert.deepEqual((await lead.call('call_get', { call_id: call.id })).participants.map(({ role }) => role), ['host', 'member']);
	// A hand: the number is told to all, the name to who runs it.
	await pupil.call('call_hand', { call_id: call.id, raised: true, client_id: newId() });
	const told = await socket.event(({ type, data }) => type === 'call_changed' && data.call.hands === 1);
	assert.equal(told.data.call.viewers, 2);
	for (const one of [pupil, watcher, speaker]) await refused(one, 'broadcast_hands', { call_id: call.id }, 'forbidden');
	for (const one of [pupil, watcher, speaker]) await refused(one, 'broadcast_stage', { call_id: call.id, participant_id: seen[0], speaks: true }, 'forbidden');
	const { participants } = await lead.call('broadcast_hands', { call_id: call.id });
	assert.deepEqual(participants.map(({ id, person }) => [id, person.id]), [[seen[0], pupil.person.id]]);
	// On the stage and back.
	for (const command of ['call_cohost', 'call_rights', 'call_ask_unmute', 'call_hand_over']) {
		await refused(lead, command, { call_id: call.id, participant_id: seen[0], ...(command === 'call_cohost' ? { cohost: true } : command === 'call_rights' ? { audio: true } : {}) }, 'conflict', 'participant_id');
	}
	await lead.call('broadcast_stage', { call_id: call.id, participant_id: seen[0], speaks: true, client_id: newId() });
	const up = await socket.event(({ type, data }) => type === 'participant_changed' && data.participant.id === seen[0]);
	assert.deepEqual([up.data.participant.role, up.data.participant.rights, up.data.participant.hand], ['member', { audio: true, video: true, screen: false }, undefined]);
	assert.deepEqual((await lead.call('broadcast_hands', { call_id: call.id })).participants, []);
	assert.equal((await pupil.call('call_join', { call_id: call.id })).participant.role, 'member'); // after a cut too
	await lead.call('broadcast_stage', { call_id: call.id, participant_id: seen[0], speaks: false, client_id: newId() });
	const down = await socket.event(({ type, data }) => type === 'participant_changed' && data.participant.id === seen[0] && data.participant.role === 'viewer');
	assert.equal(down.data.participant.rights.audio, false);
	await refused(lead, 'broadcast_stage', { call_id: call.id, participant_id: host.participant.id, speaks: false }, 'forbidden');
	await refused(lead, 'broadcast_stage', { call_id: call.id, participant_id: 999983, speaks: true }, 'not_found', 'participant_id');
	await watcher.call('call_leave', { call_id: call.id });
	await refused(lead, 'broadcast_stage', { call_id: call.id, participant_id: seen[1], speaks: true }, 'conflict', 'participant_id'); // he has gone
	assert.ok(!socket.frames?.some(({ type, data }) => type === 'participant_changed' && data.participant.id === seen[1]));
	await refused(stranger, 'call_join', { call_id: call.id }, 'not_found');
	await ends(call.id);
	await socket.close();
	const plain = await callOf();
	await refused(lead, 'broadcast_hands', { call_id: plain }, 'conflict');
	await refused(lead, 'broadcast_stage', { call_id: plain, participant_id: 1, speaks: true }, 'conflict');
});

test('further chats: their people watch, find the card and the calendar, and are out when they leave', async () => {
	const { id: club } = await org.admin.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'], client_id: newId() });
	const guest = await org.person('student', other);
	await org.admin.call('chat_member_add', { chat_id: club, person_ids: [guest.person.id, lead.person.id], client_id: newId() });
	const alien = await Organisation.create(server, operator);
	for (const [ids, field] of [[[alien.chat ?? 999983], 'also_chat_ids'], [[unit.chat_id], 'also_chat_ids'], [[999983], 'also_chat_ids']]) {
		await refused(lead, 'lesson_create', { chat_id: unit.chat_id, kind: 'broadcast', title: 'x', starts_at: Date.now() + 6e5, minutes: 40, also_chat_ids: ids }, 'not_found', field);
	}
	await refused(lead, 'lesson_create', { chat_id: unit.chat_id, kind: 'lesson', title: 'x', starts_at: Date.now() + 6e5, minutes: 40, also_chat_ids: [club] }, 'invalid_field', 'also_chat_ids');
	const socket = await guest.socket();
	const { lesson, call } = await begun({ also_chat_ids: [club] });
	assert.deepEqual(lesson.also_chat_ids, [club]);
	const started = await socket.event(({ type, stream }) => type === 'call_started' && stream === `c${club}`);
	assert.deepEqual([started.data.card.call_id, started.data.card.broadcast], [call.id, true]);
	assert.deepEqual((await guest.call('lesson_list', { from: Date.now() - 1e6, to: Date.now() + 1e7 })).lessons.map(({ id }) => id), [lesson.id]);
	assert.equal((await guest.call('call_join', { call_id: call.id })).participant.role, 'viewer');
	await refused(stranger, 'call_get', { call_id: call.id }, 'not_found');
	await org.admin.call('chat_member_remove', { chat_id: club, person_id: guest.person.id, client_id: newId() });
	await refused(guest, 'call_get', { call_id: call.id }, 'not_found');
	await lead.call('call_join', { call_id: call.id });
	await eventually(async () => (await lead.call('call_attendance', { call_id: call.id })).visitors.length === 2);
	await ends(call.id);
	await socket.close();
});
