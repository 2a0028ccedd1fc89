// SPDX-License-Identifier: Apache-2.0
// What ends, ends with the answer (B4): files of documents, downloads under way, the places of leavers, links in the middle of their use.
import test from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { loadModel } from '../lib/model.mjs';
import { eventually, serverForFile, sleep } from '../lib/server.mjs';
import { claimOperator, codeFor, newPhone, newWord, Organisation } from '../lib/world.mjs';
import { create, download, head, idOf, patch, upload } from '../lib/upload.mjs';

const MIB = 1 << 20;
const server = await serverForFile({ args: ['--rate-limit', '0'] });
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(24 * MIB)]);
const document = await paper(org.admin, { purpose: 'document', org: org.id, bytes });
await org.admin.call('org_document_add', { org_id: org.id, kind: 'other', title: 'Устав', date: '2026-09-01', file_id: document.id });

/** How the right to the organisation's documents ends. */
const WAYS = [
	['member_remove', 'head', (person) => org.admin.call('member_remove', { org_id: org.id, person_id: person.person.id })],
	['a dismissal', 'coadmin', (person) => org.admin.call('movement_apply', { org_id: org.id, kind: 'dismiss', person_ids: [person.person.id] })],
	['coadmin_revoke', 'coadmin', (person) => org.admin.call('coadmin_revoke', { org_id: org.id, person_id: person.person.id, role: 'teacher' })],
	['sign_out by himself', 'head', (person) => person.call('sign_out')],
];

for (const [what, role, end] of WAYS)
	test(`${what}: the next request for a document's file is refused, in the middle of ranges too`, async () => {
		const person = await org.person(role);
		const range = (from) => download(person, document.id, { Range: `bytes=${from}-${from + 99999}` });
		for (const from of [0, 100000]) {
			const part = await range(from);
			assert.equal(part.status, 206);
			assert.ok(part.body.equals(bytes.subarray(from, from + 100000)));
		}
		const own = await upload(person, Buffer.from('Черновик'), { purpose: 'document', org: org.id });
		const begun = idOf(await create(person, 2000, { purpose: 'document', org: org.id }));
		assert.equal((await patch(person, begun, 0, Buffer.alloc(1000))).status, 204);
		assert.ok(JSON.stringify(await person.call('org_document_list', { org_id: org.id })).includes('Устав'));
		await end(person);
		const out = what.includes('himself');
		for (const from of [200000, 0]) assert.equal((await range(from)).status, out ? 401 : 404);
		assert.equal((await download(person, document.id)).status, out ? 401 : 404);
		assert.notEqual((await head(person, document.id)).status, 200);
		assert.notEqual((await patch(person, begun, 1000, Buffer.alloc(1000))).status, 204, 'an upload that had begun');
		for (const [command, params] of [['file_get', { file_id: document.id }], ['org_document_list', { org_id: org.id }], ['roster_export', { org_id: org.id, format: 'csv' }]])
			assert.ok((await person.try(command, params)).error, command);
		if (what !== 'coadmin_revoke') assert.notEqual((await download(person, own)).status, 200, 'what he brought himself');
	});

/** A download that is read only when it is told to: how many bytes came in all. */
function slowly(client, id) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port: server.port, path: `/api/v1/files/${id}`, headers: { Host: server.host, Cookie: client.cookie }, agent: false }, (answer) => {
			let got = 0;
			const whole = new Promise((done) => {
				answer.on('close', () => done(got));
				answer.on('error', () => {});
			});
			answer.once('data', (part) => {
				got += part.length;
				answer.pause();
				answer.on('data', (more) => (got += more.length));
				answer.pause();
				resolve({ status: answer.statusCode, rest: () => (answer.resume(), whole) });
			});
		});
		request.on('error', reject);
		request.end();
	});
}

for (const [what, role, end] of WAYS)
	test(`${what}: a download under way is cut off`, async () => {
		const person = await org.person(role);
		const staying = await org.person('head');
		const [cut, kept] = [await slowly(person, document.id), await slowly(staying, document.id)];
		assert.deepEqual([cut.status, kept.status], [200, 200]);
		await sleep(100); // as much as fits lies in the two sockets
		await end(person);
		const [got, all] = await Promise.all([cut.rest(), kept.rest()]);
		assert.equal(all, bytes.length, 'nobody else is disturbed');
		assert.ok(got < bytes.length, `${got} of ${bytes.length} bytes came`);
	});

test('the next school year: leavers and their parents hear and read nothing more, on sockets that were open', async () => {
	const own = await Organisation.create(server, operator);
	const [last, other] = [await own.unit('class', '11А'), await own.unit('class', '9А')];
	const lead = await own.person('teacher', last, { lead: true });
	const [leaver, mother, stays] = [await own.person('student', last), await own.person('guardian', last), await own.person('student', other)];
	await own.admin.call('guardian_bind', { unit_id: last.id, guardian_id: mother.person.id, child_id: leaver.person.id });
	const chats = [...(await leaver.call('me_snapshot')).chats, ...(await mother.call('me_snapshot')).chats].map(({ id }) => id);
	const sockets = [await leaver.socket(), await mother.socket()];
	const staying = await stays.socket();
	await own.admin.call('rollover_apply', { org_id: own.id, steps: [{ unit_id: last.id, action: 'leave' }, { unit_id: other.id, action: 'rename', new_name: '10А' }] });
	const secret = newWord('Тайна');
	const wide = (await own.admin.call('me_snapshot')).chats.find(({ kind }) => kind === 'everybody');
	await own.admin.call('message_post', { chat_id: wide.id, client_id: newId(), text: secret });
	await lead.try('message_post', { chat_id: last.chat_id, client_id: newId(), text: secret });
	await staying.event(({ type, data }) => type === 'message_posted' && data.message.text === secret);
	for (const [i, who] of [leaver, mother].entries()) {
		await sockets[i].settle();
		assert.ok(!JSON.stringify(sockets[i].frames).includes(secret));
		assert.deepEqual([...sockets[i].heads.keys()], [`p${who.person.id}`], 'nothing but his own stream is followed');
		const me = await who.call('me_snapshot');
		assert.deepEqual([me.memberships, me.chats], [[], []]);
		for (const chat of chats)
			for (const way of [who, sockets[i]])
				for (const [command, params] of [['chat_snapshot', {}], ['message_list', {}], ['chat_members', {}], ['chat_read', { seq: 1 }]])
					assert.equal((await way.try(command, { chat_id: chat, ...params })).error?.code, 'not_found', command);
		for (const [command, params] of [['member_list', {}], ['unit_list', {}], ['chat_directory', {}], ['chat_candidates', {}]])
			assert.ok((await who.try(command, { org_id: own.id, ...params })).error, command);
	}
	for (const socket of [...sockets, staying]) await socket.close();
});

test('a link that is annulled while somebody is registering lets nobody in, and leaves no account behind', async () => {
	const unit = await org.unit();
	const link = await org.invite('student', unit);
	const stranger = new Client(server);
	const phone = newPhone();
	assert.equal((await stranger.call('invite_preview', { token: link.token })).role, 'student');
	const code = await codeFor(stranger, phone);
	await org.admin.call('invite_annul', { invite_id: link.id });
	const entry = { token: link.token, phone, code, given_name: newWord('Имя'), family_name: newWord('Фамилия') };
	assert.equal((await stranger.try('invite_accept', entry)).error?.code, 'link_unusable');
	assert.equal((await stranger.try('me_snapshot')).error?.code, 'not_signed_in');
	for (const [command, params] of [['invite_preview', { token: link.token }], ['invite_by_code', { code: link.code }]]) assert.ok((await stranger.try(command, params)).error, command);
	assert.ok(!JSON.stringify(await org.admin.call('member_list', { org_id: org.id, unit_id: unit.id })).includes(entry.family_name));
	// The same by somebody who has an account: he is not let in either.
	const known = await org.person('student', await org.unit());
	assert.equal((await known.try('invite_accept', { token: link.token })).error?.code, 'link_unusable');
	assert.equal((await known.try('chat_snapshot', { chat_id: unit.chat_id })).error?.code, 'not_found');
	// Two at the same moment as the annulling: whoever was first is in, everybody else is not, and the counter says the same.
	const race = await org.invite('student', unit, { max_uses: 10 });
	const racers = await Promise.all(Array.from({ length: 6 }, async () => {
		const client = new Client(server);
		client.phone = newPhone();
		return { client, entry: { token: race.token, phone: client.phone, code: await codeFor(client, client.phone), given_name: newWord('Имя'), family_name: newWord('Фамилия') } };
	}));
	const [annulled, ...answers] = await Promise.all([org.admin.try('invite_annul', { invite_id: race.id }), ...racers.map(({ client, entry: own }) => client.try('invite_accept', own))]);
	assert.equal(annulled.error, undefined);
	const inside = (await org.admin.call('member_list', { org_id: org.id, unit_id: unit.id })).members.map(({ person }) => person.family_name).sort();
	assert.deepEqual(inside, racers.filter((_, i) => !answers[i].error).map(({ entry: own }) => own.family_name).sort());
	for (const [i, { client }] of racers.entries()) if (answers[i].error) assert.equal((await client.try('me_snapshot')).error?.code, 'not_signed_in');
});

test('a link into a chat ends with its annulling, with the chat, and with the place of whoever has it', async () => {
	const unit = await org.unit();
	const [lead, mother, father, late] = [await org.person('teacher', unit, { lead: true }), await org.person('guardian', unit), await org.person('guardian', unit), await org.person('guardian', unit)];
	const chat = await lead.call('chat_create', { org_id: org.id, title: newWord('Поездка'), audience: ['guardian'], unit_id: unit.id, client_id: newId() });
	const link = await lead.call('chat_link_create', { chat_id: chat.id, max_uses: 10 });
	for (const who of [mother, father]) await who.call('chat_link_join', { token: link.token });
	const sockets = [await mother.socket(), await father.socket()];

	// Out of the chat: nothing more is heard, and the link brings nobody back whom the keeper has put out.
	await lead.call('chat_member_remove', { chat_id: chat.id, person_id: mother.person.id });
	const secret = newWord('Тайна');
	await lead.call('message_post', { chat_id: chat.id, client_id: newId(), text: secret });
	await sockets[0].settle();
	assert.ok(!JSON.stringify(sockets[0].frames).includes(secret));
	for (const way of [mother, sockets[0]]) assert.equal((await way.try('message_list', { chat_id: chat.id })).error?.code, 'not_found');

	// Out of the organisation: the chat that a link let him into ends with his place.
	await org.admin.call('member_remove', { org_id: org.id, person_id: father.person.id });
	await lead.call('message_post', { chat_id: chat.id, client_id: newId(), text: secret });
	await sockets[1].settle();
	assert.equal(sockets[1].events.filter(({ type, data }) => type === 'message_posted' && data.message.text === secret).length, 1, 'the one from before');
	for (const way of [father, sockets[1]]) assert.equal((await way.try('message_list', { chat_id: chat.id })).error?.code, 'not_found');
	assert.equal((await father.try('chat_link_join', { token: link.token })).error?.code, 'forbidden');

	// Annulled between looking and joining; and a link into a chat that is put away.
	assert.equal((await late.call('chat_link_preview', { token: link.token })).state, 'may_join');
	await lead.call('chat_link_annul', { chat_id: chat.id, link_id: link.id });
	assert.equal((await late.try('chat_link_join', { token: link.token })).error?.code, 'link_unusable');
	const next = await lead.call('chat_link_create', { chat_id: chat.id });
	assert.equal((await late.call('chat_link_preview', { token: next.token })).state, 'may_join');
	await lead.call('chat_change', { chat_id: chat.id, archived: true });
	assert.equal((await late.try('chat_link_join', { token: next.token })).error?.code, 'link_unusable');
	for (const socket of sockets) await socket.close();
});

test('the own stream of somebody who has left a chat does not tell again what was said in it', async () => {
	const unit = await org.unit();
	const lead = await org.person('teacher', unit, { lead: true });
	const secret = newWord('Тайна');
	await lead.call('message_post', { chat_id: unit.chat_id, client_id: newId(), text: secret });
	const colleague = await org.person('teacher', unit);
	const own = async () => JSON.stringify(await colleague.call('events_since', { stream: `p${colleague.person.id}`, after: 0 }));
	assert.ok((await own()).includes(secret), 'staff takes over with what was said before');
	await org.admin.call('unit_member_remove', { unit_id: unit.id, person_id: colleague.person.id });
	assert.ok(!(await own()).includes(secret));
	assert.ok(!JSON.stringify(await colleague.call('me_snapshot')).includes(secret));
});

test('whoever was a teacher there and is a parent now reads what is said from now on, and a page that was open knows the same', async () => {
	const { Replica, fingerprint } = await loadModel();
	const unit = await org.unit();
	const [lead, teacher, child] = [await org.person('teacher', unit, { lead: true }), await org.person('teacher', unit), await org.person('student', unit)];
	const say = async (prefix) => {
		const text = newWord(prefix);
		await lead.call('message_post', { chat_id: unit.chat_id, client_id: newId(), text });
		return text;
	};
	const before = await say('Прежде');
	const page = new Replica((command, params) => teacher.call(command, params), () => {});
	const socket = await teacher.socket({ hear: (frame) => page.frame(frame) });
	await page.load();
	await page.openChat(unit.chat_id);
	assert.ok(JSON.stringify([...page.world.chats.values()]).includes(before));
	const same = async () => {
		await socket.settle();
		const fresh = new Replica((command, params) => teacher.call(command, params), () => {});
		await fresh.load();
		await eventually(() => fingerprint(page.world, []) === fingerprint(fresh.world, []), 3000).catch(() => assert.equal(fingerprint(page.world, []), fingerprint(fresh.world, [])));
	};
	const reads = async () => (await teacher.call('message_list', { chat_id: unit.chat_id })).messages.map(({ text }) => text).filter((text) => text);

	// A colleague whose child is in the class, taken out of its staff: in the same moment a parent there.
	await org.admin.call('guardian_bind', { unit_id: unit.id, guardian_id: teacher.person.id, child_id: child.person.id });
	await org.admin.call('unit_member_remove', { unit_id: unit.id, person_id: teacher.person.id });
	const heard = await say('После');
	await same();
	assert.deepEqual(await reads(), [heard]);

	// Dismissed, and back within a day as a parent.
	const other = await org.person('teacher', unit);
	await org.admin.call('member_remove', { org_id: org.id, person_id: other.person.id });
	const between = await say('Между');
	const { token } = await org.invite('guardian', unit);
	await other.call('invite_accept', { token });
	assert.deepEqual((await other.call('message_list', { chat_id: unit.chat_id })).messages, []);
	assert.ok(!JSON.stringify([await other.call('chat_snapshot', { chat_id: unit.chat_id }), await other.call('me_snapshot')]).includes(between));
	page.stop();
	await socket.close();
});
