// SPDX-License-Identifier: Apache-2.0
// What is pushed: a word that stands in one secret only must never reach a socket without the right to it, and what ends, ends at once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { Server, serverForFile, sleep } from '../lib/server.mjs';
import { buildWorld, comeIn, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const world = await buildWorld(server);
const { a, b } = world;
const NAMES = ['admin', 'coadmin', 'head', 'lead', 'teacher', 'student', 'guardian'];
const FOLLOWS_ORG = ['admin', 'coadmin', 'head'];

const everybody = async () => {
	const sockets = new Map();
	for (const org of [a, b]) for (const name of [...NAMES, 'removed']) sockets.set(`${org === a ? 'a' : 'b'}.${name}`, await org[name].socket());
	sockets.set('operator', await world.operator.socket());
	return sockets;
};

test('a secret reaches those who may know it and nobody else', async () => {
	const sockets = await everybody();
	const secrets = [];
	const tell = async (words, who, run) => {
		await run();
		secrets.push([words, who]);
	};
	const inFirst = ['a.lead', 'a.student', 'a.guardian'];
	const inStaff = ['a.admin', 'a.coadmin', 'a.head', 'a.lead', 'a.teacher'];
	const staffOfOrg = FOLLOWS_ORG.map((name) => `a.${name}`);
	const word = () => newWord('Тайна');
	const post = async (client, chat, who) => {
		const text = word();
		await tell(text, who, () => client.call('message_post', { chat_id: chat, client_id: newId(), text }));
	};
	await post(a.student, a.chat, inFirst);
	await post(a.teacher, a.second.chat_id, ['a.teacher']);
	await post(a.head, a.staff.chat_id, inStaff);
	await post(b.lead, b.chat, ['b.lead', 'b.student', 'b.guardian']);
	const title = word();
	await tell(title, [...inFirst, ...staffOfOrg], () => a.admin.call('unit_rename', { unit_id: a.first.id, name: title }));
	const fresh = word();
	await tell(fresh, staffOfOrg, () => a.admin.call('unit_create', { org_id: a.id, kind: 'circle', name: fresh }));
	const invite = await a.invite('teacher', a.second, { lead: true });
	const family = word();
	await tell(family, [...inStaff], () => comeIn(server, invite.token, { family_name: family }));
	for (const socket of sockets.values()) await socket.settle();
	for (const [secret, who] of secrets) {
		const heard = [...sockets].filter(([, { frames }]) => JSON.stringify(frames).includes(secret)).map(([name]) => name);
		assert.deepEqual(heard.sort(), [...who].sort(), secret);
	}
	// A link's token goes to nobody by itself, nor does a phone.
	for (const [name, { frames }] of sockets) {
		const text = JSON.stringify(frames);
		assert.ok(!text.includes(invite.token), name);
		for (const org of [a, b]) for (const who of NAMES) assert.ok(!text.includes(org[who].phone.slice(2)), `${name} hears a phone`);
	}
	for (const socket of sockets.values()) await socket.close();
});

/** The preset chats of an organisation as somebody who runs nothing may not ask for them: by their members' own lists. */
async function presets(org, owners) {
	const found = new Map();
	for (const owner of owners) {
		for (const chat of (await owner.call('me_snapshot')).chats) if (chat.org_id === org.id) found.set(`${chat.kind} ${chat.unit_id ?? ''}`.trim(), chat);
	}
	return found;
}

test('what is said in a preset chat reaches those whom the roster puts there', async () => {
	const chats = await presets(a, [a.admin, a.lead, a.guardian]);
	const sockets = await everybody();
	const all = NAMES.map((name) => `a.${name}`);
	const staff = ['admin', 'coadmin', 'head', 'lead', 'teacher'].map((name) => `a.${name}`);
	const expected = [
		['administration', a.head, ['a.admin', 'a.coadmin', 'a.head']],
		[`staff ${a.staff.id}`, a.teacher, staff],
		[`parents ${a.first.id}`, a.guardian, ['a.lead', 'a.guardian']],
		[`teachers ${a.first.id}`, a.lead, ['a.lead']],
		[`unit ${a.first.id}`, a.student, ['a.lead', 'a.student', 'a.guardian']],
		['everybody', a.admin, all],
		['employees', a.coadmin, staff],
	];
	for (const [key, from, who] of expected) {
		const chat = chats.get(key);
		assert.ok(chat, key);
		const text = newWord('Тайна');
		await from.call('message_post', { chat_id: chat.id, client_id: newId(), text });
		for (const socket of sockets.values()) await socket.settle();
		const heard = [...sockets].filter(([, { frames }]) => JSON.stringify(frames).includes(text)).map(([name]) => name);
		assert.deepEqual(heard.sort(), [...who].sort(), key);
		// Nor by asking: whoever is not in it gets none of its words by any command.
		for (const [name, socket] of sockets) {
			if (who.includes(name)) continue;
			for (const [command, params] of [['chat_snapshot', {}], ['message_list', {}], ['chat_members', {}], ['people_get', { person_ids: [1] }], ['presence_get', {}]]) {
				const { error } = await socket.try(command, { chat_id: chat.id, ...params });
				assert.ok(['not_found', 'forbidden'].includes(error?.code), `${name} ${command} ${key}`);
			}
			assert.equal((await socket.try('events_since', { stream: `c${chat.id}`, after: 0 })).error?.code, 'not_found', `${name} ${key}`);
		}
	}
	// In a channel the readers only read, and are not told of each other.
	const channel = chats.get('everybody');
	assert.equal((await a.student.try('message_post', { chat_id: channel.id, client_id: newId(), text: 'Можно?' })).error?.code, 'forbidden');
	const { members } = await a.student.call('chat_members', { chat_id: channel.id });
	assert.deepEqual([...new Set(members.map(({ role }) => role))].sort(), ['admin', 'coadmin', 'head']);
	for (const socket of sockets.values()) await socket.close();
});

test('whoever comes into a class later reads nothing of what was said before, by no way', async () => {
	const before = newWord('Прежде');
	await a.student.call('message_post', { chat_id: a.chat, client_id: newId(), text: before });
	const chats = await presets(a, [a.lead]);
	const parents = chats.get(`parents ${a.first.id}`).id;
	await a.lead.call('message_post', { chat_id: parents, client_id: newId(), text: before });
	for (const role of ['student', 'guardian']) {
		const late = await a.person(role, a.first);
		const socket = await late.socket();
		const heard = [];
		for (const chat of role === 'guardian' ? [a.chat, parents] : [a.chat]) {
			const head = socket.heads.get(`c${chat}`);
			heard.push(await late.call('chat_snapshot', { chat_id: chat }), await late.call('message_list', { chat_id: chat }),
				await late.call('message_list', { chat_id: chat, after: 0 }), await late.call('message_list', { chat_id: chat, before: 1 << 30, limit: 100 }));
			const own = (await late.call('me_snapshot')).chats.find(({ id }) => id === chat);
			assert.equal(own.message_count, own.read_count);
			assert.ok(own.first_number > 1);
			for (let after = 0; after <= head; after++) {
				const answer = await late.try('events_since', { stream: `c${chat}`, after });
				if (answer.error) assert.equal(answer.error.code, 'too_far');
				heard.push(answer);
			}
		}
		heard.push(await late.call('me_snapshot'), await late.call('events_since', { stream: `p${late.person.id}`, after: 0 }), socket.frames);
		assert.ok(!JSON.stringify(heard).includes(before), role);
		const after = newWord('После');
		await a.lead.call('message_post', { chat_id: a.chat, client_id: newId(), text: after });
		assert.deepEqual((await late.call('message_list', { chat_id: a.chat })).messages.map(({ text }) => text), [after]);
		await socket.close();
	}
	const colleague = await a.person('teacher', a.first);
	assert.ok(JSON.stringify(await colleague.call('message_list', { chat_id: a.chat })).includes(before), 'who takes over a class reads on');
});

test('typing is heard in the chat only', async () => {
	const sockets = await everybody();
	await sockets.get('a.student').call('typing', { chat_id: a.chat });
	for (const socket of sockets.values()) await socket.settle();
	assert.deepEqual([...sockets].filter(([, { signals }]) => signals.length).map(([name]) => name), ['a.lead', 'a.guardian']);
	for (const socket of sockets.values()) await socket.close();
});

/** From the acknowledgement on: no frame of the chat, no reading of it. */
async function hearsNothing(gone, remaining, chat, sockets) {
	const socket = sockets.get('gone');
	await socket.settle();
	assert.ok(!socket.heads.has(`c${chat}`), 'the stream is still followed');
	const at = socket.frames.length;
	for (let i = 0; i < 20; i++) await remaining.call('message_post', { chat_id: chat, client_id: newId(), text: newWord('После') });
	await sockets.get('other').call('typing', { chat_id: chat });
	await socket.settle();
	assert.deepEqual(socket.frames.slice(at).filter(({ id }) => id === undefined), []);
	for (const [command, params] of [['chat_snapshot', {}], ['message_list', {}], ['chat_members', {}], ['people_get', { person_ids: [1] }], ['presence_get', {}], ['typing', {}],
		['chat_read', { seq: 1 }], ['message_post', { client_id: newId(), text: 'Ещё здесь?' }]]) {
		for (const way of [gone, socket]) assert.equal((await way.try(command, { chat_id: chat, ...params })).error?.code, 'not_found', command);
	}
	for (const way of [gone, socket]) assert.equal((await way.try('events_since', { stream: `c${chat}`, after: 0 })).error?.code, 'not_found');
	assert.ok(!(await gone.call('me_snapshot')).chats.some(({ id }) => id === chat));
}

for (const [what, end] of [
	['unit_member_remove', (person) => a.admin.call('unit_member_remove', { unit_id: a.first.id, person_id: person.person.id })],
	['member_remove', (person) => a.admin.call('member_remove', { org_id: a.id, person_id: person.person.id })],
]) {
	test(`${what} ends events and reading at once, also under a stream of messages`, async () => {
		const person = await a.person('guardian', a.first);
		const sockets = new Map([['gone', await person.socket()], ['other', await a.student.socket()]]);
		// Others write all the while.
		let writing = true;
		const posted = [];
		const noise = (async () => {
			while (writing) posted.push(await a.lead.call('message_post', { chat_id: a.chat, client_id: newId(), text: newWord('Шум') }));
		})();
		await sleep(30);
		await end(person);
		const ended = posted.length;
		await sleep(50);
		writing = false;
		await noise;
		const socket = sockets.get('gone');
		await socket.settle();
		const last = socket.events.filter(({ stream }) => stream === `c${a.chat}`).at(-1)?.seq ?? 0;
		const left = posted.filter(({ seq }) => seq > last);
		assert.ok(left.length >= posted.length - ended - 2, `${left.length} of ${posted.length - ended} messages behind the removal were not heard`);
		await hearsNothing(person, a.lead, a.chat, sockets);
		for (const each of sockets.values()) await each.close();
	});
}

test('a head who is removed hears no more of the organisation', async () => {
	const head = await a.person('head');
	const socket = await head.socket();
	assert.ok(socket.heads.has(`o${a.id}`));
	await a.admin.call('member_remove', { org_id: a.id, person_id: head.person.id });
	await socket.settle();
	const at = socket.frames.length;
	await a.unit();
	await a.invite('teacher');
	await a.lead.call('message_post', { chat_id: a.staff.chat_id, client_id: newId(), text: newWord() });
	await socket.settle();
	assert.deepEqual(socket.frames.slice(at).filter(({ id }) => id === undefined), []);
	assert.equal((await head.try('events_since', { stream: `o${a.id}`, after: 0 })).error?.code, 'not_found');
	await socket.close();
});

test('sessions: two of one person, ended by the other and by themselves; their sockets close before the answer', async () => {
	const demo = await Server.start({ mode: 'demo', args: ['--rate-limit', '0'] });
	const phone = /\+7[\d -]+/.exec(demo.out)[0];
	const enter = async (device) => {
		const client = new Client(demo);
		await client.call('code_request', { phone });
		client.person = (await client.call('sign_in', { phone, code: '000000', device })).person;
		return client;
	};
	const [first, second, third] = [await enter('Первый'), await enter('Второй'), await enter('Третий')];
	const wrong = await new Client(demo).try('sign_in', { phone, code: '111111' });
	assert.equal(wrong.error.code, 'code_wrong');
	const { sessions } = await first.call('session_list');
	assert.deepEqual(sessions.map(({ device, current }) => [device, current]), [['Третий', false], ['Второй', false], ['Первый', true]]);
	const sockets = [await first.socket(), await second.socket(), await second.socket(), await third.socket()];
	const mine = sessions.find(({ device }) => device === 'Второй').id;
	await first.call('session_end', { session_id: mine });
	assert.equal((await second.try('me_snapshot')).error?.code, 'not_signed_in');
	assert.deepEqual(await Promise.all([sockets[1].closed, sockets[2].closed]), [1008, 1008]);
	await assert.rejects(second.socket(), { closed: 4401 });
	assert.equal((await first.try('session_end', { session_id: mine })).error?.code, 'not_found');
	const out = await third.try('sign_out');
	assert.equal(out.status, 200);
	assert.match(out.headers['set-cookie'][0], /^zvonok=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/);
	assert.equal(out.headers['clear-site-data'], '"storage"');
	assert.equal(await sockets[3].closed, 1008);
	assert.equal((await third.try('sign_out')).error?.code, 'not_signed_in');
	await sockets[0].settle();
	assert.equal((await first.call('session_list')).sessions.length, 1);
	await sockets[0].close();
	await demo.stop();
});

test('a cookie of a session that ended opens nothing', async () => {
	const person = await a.person('teacher');
	const stolen = new Client(server);
	for (const [key, value] of person.cookies) stolen.cookies.set(key, value);
	assert.equal((await stolen.call('me_snapshot')).person.id, person.person.id);
	const socket = await stolen.socket();
	await person.call('sign_out');
	assert.equal(await socket.closed, 1008);
	for (const command of ['me_snapshot', 'session_list']) assert.equal((await stolen.try(command)).error?.code, 'not_signed_in');
	await assert.rejects(stolen.socket(), { closed: 4401 });
});
