// SPDX-License-Identifier: Apache-2.0
// Recordings of calls: who may make one, who hears of it and when, who may watch, publish, delete, what is written down about it, when it goes. What a recorder writes: tests/unit/record.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Client, newId } from '../lib/client.mjs';
import { record, webm } from '../lib/recording.mjs';
import { Server, serverForFile, sleep } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const elsewhere = await Organisation.create(server, operator);
const unit = await org.unit();
const [lead, colleague, pupil, second, parent] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('teacher', unit),
	org.person('student', unit), org.person('student', unit), org.person('guardian', unit)]);
const stranger = await org.person('student', await org.unit());
const foreign = await elsewhere.person('teacher', await elsewhere.unit(), { lead: true });

const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};
async function callOf(host, ...people) {
	const { id: chat_id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student', 'guardian'], client_id: newId() });
	const others = [host, ...people].filter((one) => one !== lead);
	if (others.length) await lead.call('chat_member_add', { chat_id, person_ids: others.map((one) => one.person.id), client_id: newId() });
	await lead.call('call_rules_set', { chat_id, starters: 'everybody', client_id: newId() });
	const { id: call_id } = await host.call('call_start', { chat_id, kind: 'video', client_id: newId() });
	const ids = new Map();
	for (const one of [host, ...people]) ids.set(one, (await one.call('call_join', { call_id })).participant.id);
	return { chat_id, call_id, id: (one) => ids.get(one) };
}
const fetchFile = (client, id, headers = {}) => fetch(`${server.origin}/api/v1/files/${id}`, { headers: { cookie: client.cookie, ...headers } });

test('staff that runs the call records it; everybody in it is told, a second before the recorder begins', async () => {
	const call = await callOf(lead, pupil, parent);
	const socket = await pupil.socket();
	await refused(pupil, 'call_record_start', { call_id: call.call_id }, 'forbidden');
	await refused(stranger, 'call_record_start', { call_id: call.call_id }, 'not_found');
	await refused(foreign, 'call_record_start', { call_id: call.call_id }, 'not_found');
	await refused(lead, 'call_record_stop', { call_id: call.call_id }, 'conflict');
	const { recording } = await lead.call('call_record_start', { call_id: call.call_id });
	assert.deepEqual(recording, { id: recording.id, since: recording.since, starter_id: lead.person.id, keep_days: 30 });
	await socket.settle();
	const told = socket.frames.filter((frame) => JSON.stringify(frame).includes('"call_changed"'));
	assert.match(JSON.stringify(told.at(-1)), /"keep_days":30/);
	assert.ok(!existsSync(`${server.data}/recordings/${recording.id}`), 'the recorder began before everybody was told');
	await refused(lead, 'call_record_start', { call_id: call.call_id }, 'conflict');
	for (let i = 0; i < 50 && !existsSync(`${server.data}/recordings/${recording.id}`); i++) await sleep(100);
	assert.ok(existsSync(`${server.data}/recordings/${recording.id}`));
	const call_now = await lead.call('call_record_stop', { call_id: call.call_id });
	assert.equal(call_now.recording, undefined);
	await refused(pupil, 'call_record_stop', { call_id: call.call_id }, 'forbidden');
	await socket.close();
	await lead.call('call_end', { call_id: call.call_id });
	await refused(lead, 'call_record_start', { call_id: call.call_id }, 'conflict');
	await refused(lead, 'call_record_stop', { call_id: call.call_id }, 'conflict');
});

test('who runs a call and is no staff does not record it', async () => {
	const call = await callOf(parent, pupil);
	await refused(parent, 'call_record_start', { call_id: call.call_id }, 'forbidden');
	await refused(parent, 'call_record_stop', { call_id: call.call_id }, 'forbidden');
});

test('whoever comes later accepts it first; whoever was there need not', async () => {
	const call = await callOf(lead, pupil, colleague);
	await pupil.call('call_leave', { call_id: call.call_id });
	await lead.call('chat_member_add', { chat_id: call.chat_id, person_ids: [parent.person.id, second.person.id], client_id: newId() });
	await second.call('call_join', { call_id: call.call_id });
	await lead.call('call_record_start', { call_id: call.call_id });
	for (const late of [pupil, parent]) {
		await refused(late, 'call_join', { call_id: call.call_id }, 'conflict', 'accept_recording');
		await refused(late, 'call_join', { call_id: call.call_id, accept_recording: false }, 'conflict', 'accept_recording');
		assert.ok((await late.call('call_join', { call_id: call.call_id, accept_recording: true })).ticket);
		assert.ok((await late.call('call_join', { call_id: call.call_id })).ticket, 'once is enough');
	}
	await second.call('call_leave', { call_id: call.call_id });
	assert.ok((await second.call('call_join', { call_id: call.call_id })).ticket, 'he was there when it was told');
	await lead.call('call_end', { call_id: call.call_id });
});

test('a guest accepts it too', async () => {
	const { id: chat_id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff'], client_id: newId() });
	const { lessons: [{ id: lesson_id }] } = await lead.call('lesson_create', { chat_id, kind: 'meeting', title: newWord(), starts_at: Date.now() + 6e4, minutes: 40, client_id: newId() });
	const { id: call_id } = await lead.call('lesson_open', { chat_id, lesson_id, client_id: newId() });
	await lead.call('call_join', { call_id });
	const { token } = await lead.call('lesson_guest_link', { chat_id, lesson_id, client_id: newId() });
	const guest = new Client(server);
	const { key } = await guest.call('guest_enter', { token, name: 'Гость' });
	await lead.call('call_record_start', { call_id });
	assert.equal((await guest.call('guest_join', { key })).state, 'waiting');
	await lead.call('call_admit', { call_id, client_id: newId() });
	await refused(guest, 'guest_join', { key }, 'conflict', 'accept_recording');
	assert.ok((await guest.call('guest_join', { key, accept_recording: true })).ticket);
	await lead.call('call_end', { call_id });
});

test('those of one lesson are listed by themselves, for whom they are open', async () => {
	const { id: chat_id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'], client_id: newId() });
	await lead.call('chat_member_add', { chat_id, person_ids: [pupil.person.id], client_id: newId() });
	const { lessons: [{ id: lesson_id }] } = await lead.call('lesson_create', { chat_id, kind: 'lesson', title: newWord(), starts_at: Date.now() + 864e5, minutes: 40, client_id: newId() });
	const recorded = async (call_id) => {
		const { participant } = await lead.call('call_join', { call_id });
		const made = await record(server, lead, { chat_id, call_id }, [{ participant: participant.id, source: 'mic', bytes: webm() }]);
		await lead.call('call_end', { call_id });
		return made.id;
	};
	const its = await recorded((await lead.call('lesson_open', { chat_id, lesson_id, client_id: newId() })).id);
	const other = await recorded((await lead.call('call_start', { chat_id, kind: 'audio', client_id: newId() })).id);
	const listed = async (who, more) => (await who.call('recording_list', { chat_id, ...more })).recordings.map(({ id }) => id);
	assert.deepEqual([await listed(lead), await listed(lead, { lesson_id }), await listed(lead, { lesson_id: 999983 })], [[other, its], [its], []]);
	assert.deepEqual(await listed(pupil, { lesson_id }), []);
	await lead.call('recording_publish', { chat_id, recording_id: its, published: true });
	assert.deepEqual(await listed(pupil, { lesson_id }), [its]);
});

test('who may see, watch, publish and delete it', async () => {
	const call = await callOf(lead, pupil, parent, colleague);
	const recorded = await record(server, lead, call, [{ participant: call.id(lead), source: 'mic', bytes: webm('lead') }, { participant: call.id(pupil), source: 'camera', bytes: webm('pupil') }]);
	assert.deepEqual([recorded.state, recorded.published, recorded.may_manage, recorded.duration_ms], ['ready', false, true, 6000]);
	assert.ok(Math.abs(recorded.expires_at - Date.now() - 30 * 864e5) < 6e4);
	await lead.call('call_end', { call_id: call.call_id });
	const of = { chat_id: call.chat_id, recording_id: recorded.id };
	const listed = async (who) => (await who.call('recording_list', { chat_id: call.chat_id })).recordings.map(({ id }) => id);
	for (const who of [pupil, parent, colleague]) {
		assert.deepEqual(await listed(who), []);
		await refused(who, 'recording_open', of, 'not_found');
	}
	await refused(colleague, 'recording_publish', { ...of, published: true }, 'not_found');
	await refused(stranger, 'recording_list', { chat_id: call.chat_id }, 'not_found');
	await refused(foreign, 'recording_open', of, 'not_found');
	assert.deepEqual(await listed(org.admin), [recorded.id]);

	// Watched by who made it: fetched by opening alone, by this session alone, in parts.
	const journal = async () => (await org.admin.call('audit_list', { org_id: org.id })).entries.filter(({ action }) => action === 'recording_watch').length;
	const before = await journal();
	const opened = await lead.call('recording_open', of);
	assert.equal(await journal(), before + 1);
	assert.deepEqual(opened.tracks.map(({ source, participant_id, start_ms, media_type }) => [source, participant_id, start_ms, media_type]),
		[['mic', call.id(lead), 0, 'audio/webm'], ['camera', call.id(pupil), 1000, 'video/webm']]);
	assert.equal(opened.tracks[1].person.id, pupil.person.id);
	assert.deepEqual(opened.speakers, [{ at_ms: 0, participant_id: call.id(lead) }, { at_ms: 2000, participant_id: 0 }]);
	const [first] = opened.tracks;
	const whole = await fetchFile(lead, first.file_id);
	assert.equal(whole.status, 200);
	assert.equal(whole.headers.get('content-type'), 'video/webm');
	assert.ok(Buffer.from(await whole.arrayBuffer()).equals(webm('lead')));
	const part = await fetchFile(lead, first.file_id, { range: 'bytes=0-3' });
	assert.equal(part.status, 206);
	assert.deepEqual([...Buffer.from(await part.arrayBuffer())], [0x1a, 0x45, 0xdf, 0xa3]);
	for (const who of [pupil, org.admin, foreign]) assert.equal((await fetchFile(who, first.file_id)).status, 404, 'without opening it');

	// Published: the members of the chat see it, on the card of the call too.
	assert.equal((await lead.call('recording_publish', { ...of, published: true })).published, true);
	assert.deepEqual(await listed(pupil), [recorded.id]);
	const card = async () => (await pupil.call('message_list', { chat_id: call.chat_id })).messages.find(({ card: one }) => one?.call_id === call.call_id).card;
	assert.deepEqual((await card()).recording_ids, [recorded.id]);
	const his = await pupil.call('recording_open', of);
	assert.equal(his.may_manage, false);
	assert.equal((await fetchFile(pupil, first.file_id)).status, 200);
	for (const command of ['recording_publish', 'recording_delete']) await refused(pupil, command, command === 'recording_publish' ? { ...of, published: false } : of, 'forbidden');
	await refused(stranger, 'recording_open', of, 'not_found');

	// Withdrawn, or out of the chat: the next request finds nothing.
	await lead.call('recording_publish', { ...of, published: false });
	assert.equal((await fetchFile(pupil, first.file_id)).status, 404);
	assert.equal((await card()).recording_ids, undefined);
	await lead.call('recording_publish', { ...of, published: true });
	await lead.call('chat_member_remove', { chat_id: call.chat_id, person_id: pupil.person.id });
	assert.equal((await fetchFile(pupil, first.file_id)).status, 404);

	assert.deepEqual(await org.admin.call('recording_delete', of), {});
	assert.equal((await fetchFile(lead, first.file_id)).status, 404);
	for (const command of ['recording_open', 'recording_delete']) await refused(lead, command, of, 'not_found');
	await refused(lead, 'recording_publish', { ...of, published: true }, 'not_found');
	await refused(lead, 'recording_open', { chat_id: unit.chat_id, recording_id: recorded.id }, 'not_found');
});

test('nothing was recorded: it says so, and cannot be watched', async () => {
	const call = await callOf(lead, pupil);
	const recorded = await record(server, lead, call, []);
	assert.equal(recorded.state, 'failed');
	const of = { chat_id: call.chat_id, recording_id: recorded.id };
	await refused(lead, 'recording_open', of, 'conflict');
	await refused(lead, 'recording_publish', { ...of, published: true }, 'conflict');
	const { recording } = await lead.call('call_record_start', { call_id: call.call_id });
	await refused(lead, 'recording_delete', { chat_id: call.chat_id, recording_id: recording.id }, 'conflict');
	await lead.call('call_record_stop', { call_id: call.call_id });
	await lead.call('recording_delete', of);
});

test('another call goes on in the chat while a recording of the former is published', async () => {
	const call = await callOf(lead, pupil);
	const recorded = await record(server, lead, call, [{ participant: call.id(lead), source: 'mic', bytes: webm() }]);
	await lead.call('call_end', { call_id: call.call_id });
	const { id: call_id } = await lead.call('call_start', { chat_id: call.chat_id, kind: 'audio', client_id: newId() });
	await lead.call('recording_publish', { chat_id: call.chat_id, recording_id: recorded.id, published: true });
	const { chat } = await pupil.call('chat_snapshot', { chat_id: call.chat_id });
	assert.equal(chat.call.call_id, call_id);
	await lead.call('call_end', { call_id });
});

test('a server that is killed while it records keeps what there is; days are kept to; without them nothing is recorded', async () => {
	const own = await Server.start({});
	const host = await claimOperator(own);
	const mine = await Organisation.create(own, host);
	const teacher = await mine.person('teacher', await mine.unit(), { lead: true });
	const { id: chat_id } = await teacher.call('chat_create', { org_id: mine.id, title: newWord(), audience: ['staff'], client_id: newId() });
	const { id: call_id } = await teacher.call('call_start', { chat_id, kind: 'video', client_id: newId() });
	await teacher.call('call_join', { call_id });
	await teacher.call('call_record_start', { call_id });
	await sleep(1500);
	assert.ok((await teacher.call('call_get', { call_id })).call.recording, 'it goes on while nobody has sent anything yet');
	own.kill();
	await sleep(500);
	const again = await Server.start({ data: own.data, owned: true, args: ['--recording-days', '0'] });
	teacher.server = again;
	const found = async () => (await teacher.call('recording_list', { chat_id })).recordings[0];
	for (let i = 0; i < 100 && (await found()).state !== 'failed'; i++) await sleep(100);
	const { state, problem } = await found();
	assert.deepEqual([state, problem], ['failed', 'failed']);
	const { call } = await teacher.call('call_get', { call_id });
	assert.deepEqual([call.recording, call.recording_problem], [undefined, 'failed']);
	assert.ok(!existsSync(`${own.data}/recordings/1`));
	await refused(teacher, 'call_record_start', { call_id }, 'conflict');
	await again.stop();
});
