// SPDX-License-Identifier: Apache-2.0
// Content of an organisation and showing it in a call: who keeps it, what it may be, whose word the mark is, who shows, what ends it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { download, upload } from '../lib/upload.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile({ args: ['--rate-limit', '0'] });
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const alien = await Organisation.create(server, operator);
const [unit, other] = [await org.unit(), await org.unit()];
const [lead, teacher, pupil, stranger] = await Promise.all([org.person('teacher', unit, { lead: true }), org.person('teacher', unit), org.person('student', unit), org.person('student', other)]);

const WEBM = Buffer.concat([Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'), Buffer.alloc(200)]);
const MP4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom'), Buffer.alloc(200)]);
const put = (more = {}, who = org.admin) => who.call('content_put', { org_id: org.id, kind: 'link', title: newWord('Атлас'), url: 'https://atlas.example/map', client_id: newId(), ...more });
const file = (bytes, more = {}, who = org.admin, to = org) => upload(who, bytes, { purpose: 'content', org: to.id, name: 'опыт.webm', ...more });
const verify = (content_id, list = 'Федеральный перечень') => org.admin.call('content_verify', { org_id: org.id, content_id, ...(list ? { list } : {}), client_id: newId() });
const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};

test('administrators keep it, staff finds it, nobody else knows of it', async () => {
	const file_id = await file(WEBM);
	const film = await put({ kind: 'file', url: undefined, file_id, title: 'Опыт', subject: 'Физика', grade: '7 класс', source: 'Издательство' });
	assert.deepEqual([film.media_type, film.size, film.file_id, film.verified], ['video/webm', WEBM.length, file_id, undefined]);
	assert.equal((await put({ kind: 'file', url: undefined, file_id: await file(MP4) })).media_type, 'video/mp4');
	await put();
	for (const one of [org.admin, lead]) assert.equal((await one.call('content_list', { org_id: org.id })).content.length, 3);
	for (const one of [pupil, alien.admin]) await refused(one, 'content_list', { org_id: org.id }, one === pupil ? 'forbidden' : 'not_found');
	for (const command of ['content_put', 'content_remove', 'content_verify']) {
		const more = command === 'content_put' ? { kind: 'link', title: 'x', url: 'https://a.example' } : { content_id: film.id };
		await refused(lead, command, { org_id: org.id, ...more }, 'forbidden');
		if (command !== 'content_put') await refused(alien.admin, command, { org_id: alien.id, ...more }, 'not_found', 'content_id');
	}
	await refused(alien.admin, 'content_put', { org_id: alien.id, content_id: film.id, kind: 'link', title: 'x', url: 'https://a.example' }, 'not_found', 'content_id');
	// Its bytes are the staff's, until it is removed.
	for (const [one, status] of [[lead, 200], [pupil, 404], [alien.admin, 404]]) assert.equal((await download(one, file_id)).status, status);
	await org.admin.call('content_remove', { org_id: org.id, content_id: film.id, client_id: newId() });
	assert.equal((await download(lead, file_id)).status, 404);
	await refused(org.admin, 'content_verify', { org_id: org.id, content_id: film.id, list: 'x' }, 'not_found', 'content_id');
});

test('what is no content', async () => {
	for (const url of ['http://atlas.example/', 'https:///x', 'https://a.example/ x', 'javascript:alert(1)//']) await refused(org.admin, 'content_put', { org_id: org.id, kind: 'link', title: 'x', url }, 'invalid_field', 'url');
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'link', title: 'x' }, 'invalid_field', 'url');
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'file', title: 'x' }, 'invalid_field', 'file_id');
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'link', title: ' ', url: 'https://a.example' }, 'invalid_field', 'title');
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'file', title: 'x', file_id: 999983 }, 'not_found', 'file_id');
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'file', title: 'x', file_id: await file(WEBM, {}, alien.admin, alien) }, 'not_found', 'file_id');
	const taken = await file(WEBM);
	await put({ kind: 'file', url: undefined, file_id: taken });
	await refused(org.admin, 'content_put', { org_id: org.id, kind: 'file', title: 'x', file_id: taken }, 'not_found', 'file_id');
	await assert.rejects(file(Buffer.from('%PDF-1.7 no film')), /MP4/); // not of a kind that browsers play
	const { result, error } = await lead.try('content_list', { org_id: org.id });
	assert.ok(!error && result.content.every(({ title }) => title !== 'x'));
});

test('shown in a call: by staff that is in it; the mark is the list\'s, at once', async () => {
	const piece = await put({ source: 'Издательство' });
	const second = await put();
	const { id: chat_id } = await lead.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'], client_id: newId() });
	await lead.call('chat_member_add', { chat_id, person_ids: [pupil.person.id, teacher.person.id], client_id: newId() });
	const { id: call_id } = await lead.call('call_start', { chat_id, kind: 'video', client_id: newId() });
	await refused(teacher, 'call_show', { call_id, content_id: piece.id }, 'forbidden'); // not in it yet
	const ids = new Map();
	for (const one of [lead, teacher, pupil]) ids.set(one, (await one.call('call_join', { call_id })).participant.id);
	await refused(pupil, 'call_show', { call_id, content_id: piece.id }, 'forbidden');
	await refused(stranger, 'call_show', { call_id, content_id: piece.id }, 'not_found');
	await refused(teacher, 'call_show', { call_id, content_id: (await alien.admin.call('content_put', { org_id: alien.id, kind: 'link', title: 'x', url: 'https://a.example' })).id }, 'not_found', 'content_id');
	const socket = await pupil.socket();
	const told = async (look) => (await socket.event(({ type, data }) => type === 'call_changed' && look(data.call.showing))).data.call.showing;
	await teacher.call('call_show', { call_id, content_id: piece.id, client_id: newId() });
	assert.deepEqual(await told((showing) => showing), { content_id: piece.id, participant_id: ids.get(teacher), kind: 'link', title: piece.title, source: 'Издательство', url: piece.url });
	// The link stands in the chat.
	const { messages } = await pupil.call('message_list', { chat_id, limit: 5 });
	const card = messages.map((one) => one.card).find((one) => one?.type === 'content');
	assert.deepEqual([card.title, card.url, card.verified_list], [piece.title, piece.url, undefined]);
	await refused(lead, 'call_show', { call_id, content_id: second.id }, 'conflict');
	await refused(pupil, 'call_show', { call_id }, 'forbidden');
	await verify(piece.id);
	assert.equal((await told((showing) => showing?.verified_list)).verified_list, 'Федеральный перечень');
	assert.equal((await pupil.call('call_get', { call_id })).call.showing.verified_list, 'Федеральный перечень');
	await verify(piece.id, '');
	await told((showing) => showing && !showing.verified_list);
	await verify(piece.id);
	assert.equal((await put({ content_id: piece.id, title: 'Другой' })).verified, undefined); // what was verified was the former
	await told((showing) => showing?.title === 'Другой' && !showing.verified_list);
	// It ends: by a host, when he may not share, when he goes, when it is removed.
	await lead.call('call_show', { call_id, client_id: newId() });
	await told((showing) => !showing);
	await teacher.call('call_show', { call_id, content_id: piece.id });
	await lead.call('call_rights', { call_id, participant_id: ids.get(teacher), screen: false, client_id: newId() });
	assert.equal((await pupil.call('call_get', { call_id })).call.showing, undefined);
	await refused(teacher, 'call_show', { call_id, content_id: piece.id }, 'forbidden');
	await lead.call('call_rights', { call_id, participant_id: ids.get(teacher), screen: true, client_id: newId() });
	await teacher.call('call_show', { call_id, content_id: piece.id });
	await teacher.call('call_leave', { call_id });
	assert.equal((await pupil.call('call_get', { call_id })).call.showing, undefined);
	await lead.call('call_show', { call_id, content_id: piece.id });
	await org.admin.call('content_remove', { org_id: org.id, content_id: piece.id, client_id: newId() });
	assert.equal((await pupil.call('call_get', { call_id })).call.showing, undefined);
	await lead.call('call_end', { call_id, client_id: newId() });
	await refused(lead, 'call_show', { call_id, content_id: second.id }, 'conflict');
	await socket.close();
});

test('there are 500 at most', async () => {
	const full = await Organisation.create(server, operator);
	const add = () => full.admin.try('content_put', { org_id: full.id, kind: 'link', title: newWord(), url: 'https://a.example/', client_id: newId() });
	for (let i = 0; i < 500; i += 20) assert.ok((await Promise.all(Array.from({ length: 20 }, add))).every(({ error }) => !error));
	assert.equal((await add()).error.code, 'conflict');
	assert.equal((await full.admin.call('content_list', { org_id: full.id })).content.length, 500);
});
