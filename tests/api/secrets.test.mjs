// SPDX-License-Identifier: Apache-2.0
// Every secret holds a word that stands nowhere else. Everybody listens all the while, and asks afterwards by every command that reads, on every id of
// both organisations: exactly those who may know a word have seen it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { commands } from '../lib/contract.mjs';
import { paper } from '../lib/files.mjs';
import { applicationForm, sample } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { buildWorld, comeIn, newPhone, newWord, signIn } from '../lib/world.mjs';

const server = await serverForFile();
const world = await buildWorld(server);
const { a, b, operator, curator } = world;
const ROLES = ['admin', 'coadmin', 'waiting', 'head', 'lead', 'teacher', 'student', 'guardian', 'removed'];
const everybody = new Map([['nobody', world.nobody], ['operator', operator], ['curator', curator]]);
for (const org of [a, b]) for (const role of ROLES) everybody.set(`${org === a ? 'a' : 'b'}.${role}`, org[role]);
const [colleague, asker, pupil] = [await a.person('teacher', a.second), await comeIn(server, (await a.invite('guardian', a.first, { approval: true })).token), await a.person('student', a.second)];
everybody.set('colleague', colleague).set('asker', asker).set('pupil', pupil);

const sockets = new Map();
for (const [name, client] of everybody) if (client.person) sockets.set(name, await client.socket());

const texts = new Map([...everybody.keys()].map((name) => [name, []])); // all that each was answered
const secrets = []; // {what, word, who}
/** One more secret: `tell(word)` puts it into the world; `who` may know it, by name. */
async function secret(what, who, tell, word = newWord('Тайна')) {
	secrets.push({ what, word, who: [...who].sort() });
	return tell(word);
}
const chats = new Map();
const calls = [];
const streams = () => [...[...chats.values()].map((id) => `c${id}`), ...[a, b].map(({ id }) => `o${id}`), ...[...everybody.values()].filter(({ person }) => person).map(({ person }) => `p${person.id}`), ...calls.map((id) => `v${id}`)];

const names = (...roles) => roles.map((role) => `a.${role}`);
const ADMINS = names('admin', 'coadmin');
const WATCHERS = names('admin', 'coadmin', 'waiting', 'head'); // who follows the organisation
const STAFF = [...WATCHERS, ...names('lead', 'teacher'), 'colleague'];
const MEMBERS = [...STAFF, ...names('student', 'guardian'), 'pupil']; // whoever asks to come in is none yet
const FIRST = names('lead', 'student', 'guardian');
const POSTS = 12; // into each kind of chat

test('secrets of every kind are told', async () => {
	for (const [owner, org] of [[a.admin, a], [a.lead, a], [a.guardian, a], [a.teacher, a], [b.admin, b], [b.lead, b], [b.guardian, b]]) {
		for (const chat of (await owner.call('me_snapshot')).chats) if (chat.org_id === org.id) chats.set(`${org === a ? 'a' : 'b'} ${chat.kind} ${chat.unit_id ?? ''}`.trim(), chat.id);
	}
	const free = await secret('title of a closed chat', [...WATCHERS, ...names('teacher', 'lead')],
		(title) => a.teacher.call('chat_create', { ...sample('chat_create', a), title, audience: ['staff'] }));
	await a.teacher.call('chat_member_add', { chat_id: free.id, person_ids: [a.lead.person.id], client_id: newId() });
	chats.set('a free', free.id);
	const talk = [
		[`a unit ${a.first.id}`, a.student, FIRST],
		[`a unit ${a.second.id}`, a.teacher, ['a.teacher', 'colleague', 'pupil']],
		[`a parents ${a.first.id}`, a.guardian, names('lead', 'guardian', 'admin')], // the administrator opens it by duty, below
		[`a teachers ${a.first.id}`, a.lead, names('lead')],
		['a administration', a.head, WATCHERS],
		[`a staff ${a.staff.id}`, a.teacher, STAFF],
		['a employees', a.coadmin, STAFF],
		['a everybody', a.admin, MEMBERS],
		['a free', a.lead, names('teacher', 'lead')],
		[`b unit ${b.first.id}`, b.student, ['b.lead', 'b.student', 'b.guardian']],
		[`b parents ${b.first.id}`, b.lead, ['b.lead', 'b.guardian']],
	];
	for (const [key, from, who] of talk) {
		assert.ok(chats.has(key), key);
		for (let i = 0; i < POSTS; i++) await secret(`message in ${key}`, who, (text) => from.call('message_post', { chat_id: chats.get(key), client_id: newId(), text }));
	}

	// Coming in.
	await secret('name in a request', [...ADMINS, 'a.waiting', 'a.lead', 'asker'], () => undefined, asker.person.family_name);
	await secret('name of somebody expected', [...WATCHERS, ...FIRST], // he stands in the class list at once
		(family_name) => a.lead.call('member_expect_many', { unit_id: a.first.id, role: 'student', people: [{ given_name: 'Ожидаемый', family_name }], client_id: newId() }));
	const link = await secret('note of a link', ADMINS, (note) => a.invite('head', undefined, { note }));
	await secret('token of a link', ADMINS, () => undefined, link.token);
	await secret('code of a link', ADMINS, () => undefined, link.code);
	await secret('position that is claimed', ['b.admin', 'b.coadmin', 'b.waiting'], (position) => b.waiting.call('verification_submit', { org_id: b.id, position, client_id: newId() }));
	await secret('reason of a refusal', WATCHERS,
		(reason) => a.admin.call('verification_decide', { org_id: a.id, person_ids: [a.waiting.person.id], confirm: false, reason, client_id: newId() }));
	const { cards } = await a.lead.call('card_issue', { unit_id: a.first.id, person_ids: [a.student.person.id] });
	await secret('code of a card', [], () => undefined, cards[0].code);

	// The organisation and its papers.
	const file = await paper(a.admin, { purpose: 'document', org: a.id });
	await secret('title of a document', names('admin', 'coadmin', 'waiting', 'head'),
		(title) => a.admin.call('org_document_add', { ...sample('org_document_add', a), title, file_id: file.id }));
	await secret('address in the card', [...MEMBERS, 'curator'], (address) => a.admin.call('org_card_set', { org_id: a.id, address, client_id: newId() }));
	await secret('order of a lead', [...WATCHERS, 'a.lead'],
		(order_no) => a.admin.call('unit_lead_set', { unit_id: a.first.id, person_id: a.lead.person.id, order_no, order_date: 1693526400000, client_id: newId() }));
	await secret('order of a hand-over', [...WATCHERS, 'colleague'],
		(order_number) => a.admin.call('handover_offer', { ...sample('handover_offer', a), person_id: colleague.person.id, order_number }));
	await secret('title of content', STAFF, (title) => a.admin.call('content_put', { ...sample('content_put', a), title }));
	await secret('name of a set', WATCHERS, (name) => a.admin.call('set_create', { org_id: a.id, kind: 'other', name, client_id: newId() }));
	await secret('subject', STAFF, (name) => a.admin.call('subject_create', { org_id: a.id, names: [name], client_id: newId() }));
	await secret('unit in the archive', WATCHERS, async (name) => {
		const unit = await a.unit('circle', name);
		await a.admin.call('unit_end', { org_id: a.id, unit_id: unit.id, client_id: newId() });
	});
	await secret('reason of opening a chat by duty', names('admin', 'head', 'lead', 'guardian'),
		(reason) => a.admin.call('chat_open_by_duty', { chat_id: chats.get(`a parents ${a.first.id}`), reason, client_id: newId() }));

	// A call and lessons in the class.
	const spoken = await a.lead.call('call_start', { chat_id: a.chat, kind: 'audio', client_id: newId() });
	calls.push(spoken.id);
	for (const who of [a.lead, a.student]) await who.call('call_join', { call_id: spoken.id });
	await secret('key of a program', [], () => undefined, (await a.lead.call('call_key_create', { call_id: spoken.id, kind: 'publish', name: 'Камера', client_id: newId() })).key);
	const starts_at = Date.now() - 1000;
	const { lessons: [lesson] } = await secret('title of a lesson', FIRST, (title) => a.lead.call('lesson_create', { ...sample('lesson_create', a), title, starts_at }));
	await secret('minutes of a meeting', FIRST, (protocol) => a.lead.call('lesson_update', { chat_id: a.chat, lesson_id: lesson.id, protocol, client_id: newId() }));
	await a.lead.call('lesson_open', { chat_id: a.chat, lesson_id: lesson.id, client_id: newId() });
	const { token: guests } = await a.lead.call('lesson_guest_link', { chat_id: a.chat, lesson_id: lesson.id, client_id: newId() });
	await secret('token of a guest', [], () => undefined, guests);
	const knocks = await secret('name of a guest', FIRST, (name) => new Client(server).call('guest_enter', { token: guests, name }));
	await secret('key of a guest', [], () => undefined, knocks.key);
	await secret('address of a calendar', [], () => undefined, (await a.student.call('calendar_link')).path);

	// The operator's.
	const applicant = new Client(server);
	const scan = await paper(applicant);
	const token = randomBytes(32).toString('base64url');
	const form = applicationForm({ admin_phone: newPhone(), admin_email: `tajna${randomBytes(6).toString('hex')}@school.ru`, head_name: `${newWord('Тайна')} Мария Петровна`, order_number: newWord('Тайна') });
	const sent = await applicant.call('application_send', { token, form, file_id: scan.id, file_token: scan.token });
	for (const field of ['admin_email', 'head_name', 'order_number', 'name', 'admin_family_name']) await secret(`application: ${field}`, ['operator'], () => undefined, form[field]);
	await secret('application: phone', ['operator'], () => undefined, form.admin_phone.slice(2));
	await secret('reason of a return', ['operator'], (reason) => operator.call('application_return', { application_id: sent.number, reason, client_id: newId() }));
	const area = newWord('Тайна');
	await secret('area of a curator', ['operator'], () => operator.call('curator_grant', { ...sample('curator_grant', b), phone: newPhone(), area, client_id: newId() }), area);
	const lost = await a.person('guardian', a.second);
	await secret('reason of a reset', ['operator'], (reason) => operator.call('second_factor_reset', { phone: lost.phone, reason, client_id: newId() }));
	await secret('reason of a deletion', ['operator'], (reason) => operator.call('person_delete', { phone: lost.phone, reason, client_id: newId() }));

	// Everybody's own; a number is told to nobody, not even to its owner.
	const own = newPhone();
	await operator.call('org_create', { ...sample('org_create', a), admin_phone: own });
	const device = newWord('Тайна');
	everybody.set('owner', await signIn(server, own, { device }));
	texts.set('owner', []);
	await secret('device', ['owner'], () => undefined, device);
	for (const [name, { phone }] of everybody) if (phone) await secret(`phone of ${name}`, [], () => undefined, phone.slice(2));
});

const IDS = {
	org: () => [a.id, b.id],
	unit: () => [a, b].flatMap((org) => [org.first.id, org.second.id, org.staff.id]),
	chat: () => [...chats.values()],
	invite: () => [a, b].flatMap((org) => [org.openInvite.id, org.annulledInvite.id]),
	file: () => [a.file, b.file],
	stream: streams,
	call: () => calls,
};
const BY_TOKEN = ['application_status', 'application_get', 'invite_preview', 'chat_link_preview', 'typing', 'guest_get']; // whoever has the token may know

test('whoever asks is told what he may know', async () => {
	for (const [name, client] of everybody) {
		const answers = texts.get(name);
		for (const [command, { access, target }] of commands) {
			if (access !== 'read' || BY_TOKEN.includes(command)) continue;
			const ids = target.kind === 'none' ? [undefined] : IDS[target.kind]();
			for (const id of ids) {
				const org = IDS.org().includes(id) ? [a, b].find((one) => one.id === id) : a;
				const params = { ...sample(command, org), ...(target.kind === 'none' ? {} : { [target.field]: id }) };
				if (command === 'message_list') params.limit = 100;
				if (command === 'lesson_list') Object.assign(params, { from: Date.now() - 864e5, to: Date.now() + 864e5 });
				answers.push(`${command} ${id ?? ''}: ${JSON.stringify(await client.try(command, params).then(({ result, error }) => result ?? error))}`);
			}
		}
	}
	for (const { id } of (await operator.call('application_list', { state: 'returned' })).applications) {
		texts.get('operator').push(`application_get: ${JSON.stringify(await operator.call('application_get', { application_id: id }))}`);
	}
});

test('each word came to those who may know it and to nobody else', async (t) => {
	let deliveries = 0;
	for (const [name, socket] of sockets) {
		await socket.settle();
		const pushed = socket.frames.filter(({ id }) => id === undefined);
		deliveries += pushed.filter(({ type, signal }) => type || signal).length;
		texts.get(name).push(`a push: ${JSON.stringify(pushed)}`);
	}
	const answers = [...texts.values()].reduce((sum, list) => sum + list.length, 0);
	const whole = new Map([...texts].map(([name, list]) => [name, list.join('\n')]));
	const wrong = [];
	for (const { what, word, who } of secrets) {
		for (const [name, text] of whole) {
			if (text.includes(word) === who.includes(name)) continue;
			const by = texts.get(name).filter((answer) => answer.includes(word)).map((answer) => answer.split(':')[0]);
			wrong.push(`${what}: ${name} ${by.length ? `knows it by ${[...new Set(by)].join(', ')}` : 'does not know it'}`);
		}
	}
	t.diagnostic(`${secrets.length} secrets, ${everybody.size} people, ${deliveries} deliveries, ${answers} answers`);
	assert.deepEqual(wrong, []);
	assert.ok(deliveries >= 500, `${deliveries} deliveries`);
	for (const socket of sockets.values()) await socket.close();
});
