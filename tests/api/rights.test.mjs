// SPDX-License-Identifier: Apache-2.0
// Every command x everybody x every kind of id, on the wire. What must come is computed by lib/policy.mjs from the description.
import test from 'node:test';
import assert from 'node:assert/strict';
import { commands } from '../lib/contract.mjs';
import { newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { expectation, personas } from '../lib/policy.mjs';
import { preview, settled, table } from '../lib/roster.mjs';
import { sample } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { upload } from '../lib/upload.mjs';
import { buildWorld, comeIn, dump, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const world = await buildWorld(server);
server.operatorClient = world.operator;
const { a, b } = world;
for (const org of [a, b]) Object.assign(org, { leadInvite: await org.invite('teacher', org.first, { lead: true }), staffInvite: await org.invite('head') });
for (const org of [a, b]) org.call = (await org.lead.call('call_start', { chat_id: org.chat, kind: 'video' })).id;
const everybody = personas(world);
const ABSENT = Symbol('absent');
const BAD = [0, -1, 2 ** 53, '', null, ABSENT, '1', 1.5, true, [], {}];
const tried = new Map([...commands.keys()].map((command) => [command, new Map()])); // command -> who -> calls
const count = (command, who) => tried.get(command).set(who, (tried.get(command).get(who) ?? 0) + 1);
const NEVER = { org: 999983, unit: 999983, chat: 999983, invite: 999983, file: 999983, stream: 'c999983', call: 999983 };

/** id in the field -> the object that it means. */
function objects(kind) {
	const both = (of) => [of(a), of(b)];
	switch (kind) {
		case 'org':
			return both((org) => [org.id, { org }]);
		case 'unit':
			return [a, b].flatMap((org) => [org.first, org.second, org.staff].map((unit) => [unit.id, { org, unit }]));
		case 'chat':
			return [a, b].flatMap((org) => [org.first, org.second, org.staff].map((unit) => [unit.chat_id, { org, unit }]));
		case 'invite':
			return [
				...[a, b].flatMap((org) => [org.openInvite, org.annulledInvite].map((invite) => [invite.id, { org, unit: org.first, family: true }])),
				...[a, b].map((org) => [org.leadInvite.id, { org, unit: org.first }]),
				...[a, b].map((org) => [org.staffInvite.id, { org }]),
			];
		case 'call':
			return both((org) => [org.call, { org, unit: org.first, host: org.lead }]);
		case 'file':
			return both((org) => [org.file, { org, person: org.admin }]);
		case 'stream':
			return [
				...[a, b].flatMap((org) => [org.first, org.second, org.staff].map((unit) => [`c${unit.chat_id}`, { org, unit }])),
				...both((org) => [`o${org.id}`, { org }]),
				...[a.student, b.admin, a.removed, world.operator].map((person) => [`p${person.person.id}`, { person }]),
				['p999983', undefined], ['o999983', undefined],
			];
		default:
			return [];
	}
}

/** The refusals that cannot change anything are tried by everybody at once; one dump before, one behind. */
for (const [command, { target }] of commands) {
	test(`${command}: nobody without the right does it, and nothing changes`, async () => {
		const before = await dump(world);
		const tries = [];
		for (const [who, persona] of Object.entries(everybody)) {
			const one = async (params, expected, what) => {
				const answer = await persona.client.try(command, params);
				count(command, who);
				assert.ok(answer.error, `${who}, ${what}: was not refused: ${JSON.stringify(answer.result)}`);
				assert.ok(expected.includes(answer.error.code), `${who}, ${what}: ${answer.error.code}, not ${expected.join(' or ')}`);
			};
			if (target.kind === 'none') {
				const expected = expectation(command, persona);
				if (expected !== 'ok') tries.push(one(sample(command, a), [expected], 'as it is'));
				continue;
			}
			for (const [id, object] of [...objects(target.kind), [NEVER[target.kind], undefined]]) {
				const expected = expectation(command, persona, object);
				if (expected === 'ok') continue;
				tries.push(one({ ...sample(command, object?.org ?? a), [target.field]: id }, [expected], `${target.field} ${id}`));
			}
			for (const id of BAD) {
				const params = { ...sample(command, a), [target.field]: id };
				if (id === ABSENT) delete params[target.field];
				tries.push(one(params, ['invalid_field'], `${target.field} ${String(id)}`));
			}
		}
		await Promise.all(tries);
		assert.equal(await dump(world), before);
	});
}

/** Somebody new asks to come into the first class. */
async function requestInto(org) {
	const { token } = await org.invite('guardian', org.first, { approval: true });
	const asker = await comeIn(server, token);
	return (await asker.call('join_request_mine')).requests[0].id;
}

/** What needs an object of its own each time, so that it can succeed for everybody who may. */
const freeChat = async (maker = a.admin, more = {}) => (await maker.call('chat_create', { ...sample('chat_create', a), audience: ['staff', 'student', 'guardian'], ...more })).id;
const freeLink = async () => {
	const chat_id = await freeChat();
	return { chat_id, link: await a.admin.call('chat_link_create', { chat_id }) };
};
/** A call in a chat of its own, that `client` has started (or the lead for him), with a pupil and him in it. */
async function callBy(client) {
	const chat_id = await freeChat(a.lead);
	const people = [a.student, client, a.teacher].filter((one) => one !== a.lead);
	await a.lead.call('chat_member_add', { chat_id, person_ids: [...new Set(people.map((one) => one.person.id))] });
	const { id: call_id } = await a.lead.call('call_start', { chat_id, kind: 'audio' });
	const of = new Map();
	for (const one of [a.lead, a.student, a.teacher, client]) of.set(one, (await one.call('call_join', { call_id })).participant.id);
	return { chat_id, call_id, of };
}
let recordedCall;
const picked = (command, whom = a.student) => async ({ client }) => {
	const { call_id, of } = await callBy(client);
	return { ...sample(command, a), call_id, participant_id: of.get(whom) };
};
/** A lesson in a chat of its own, planned by `client`; whoever of the chat may start its call. */
async function lessonBy(client) {
	const chat_id = await freeChat(a.lead);
	if (client !== a.lead) await a.lead.call('chat_member_add', { chat_id, person_ids: [client.person.id] });
	await a.lead.call('call_rules_set', { chat_id, starters: 'everybody' });
	const maker = [a.student, a.guardian, a.waiting].includes(client) ? a.lead : client;
	return { chat_id, lesson_id: (await maker.call('lesson_create', { ...sample('lesson_create', a), chat_id })).lessons[0].id };
}
/** A broadcast of the lead in a chat of its own, that a pupil watches; `client` is of the chat. */
async function broadcastBy(client) {
	const chat_id = await freeChat(a.lead);
	const people = [a.student, client].filter((one) => one !== a.lead);
	await a.lead.call('chat_member_add', { chat_id, person_ids: [...new Set(people.map((one) => one.person.id))] });
	const { id: lesson_id } = (await a.lead.call('lesson_create', { ...sample('lesson_create', a), chat_id, kind: 'broadcast' })).lessons[0];
	const { id: call_id } = await a.lead.call('lesson_open', { chat_id, lesson_id });
	return { call_id, participant_id: (await a.student.call('call_join', { call_id })).participant.id };
}
const planned = (command) => async ({ client }) => ({ ...sample(command, a), ...(await lessonBy(client)) });
const prepared = {
	lesson_update: planned('lesson_update'), lesson_cancel: planned('lesson_cancel'), lesson_open: planned('lesson_open'), lesson_invite: planned('lesson_invite'),
	lesson_attendance: planned('lesson_attendance'), lesson_guest_link: planned('lesson_guest_link'), lesson_guest_links: planned('lesson_guest_links'),
	lesson_guest_link_annul: async ({ client }) => {
		const lesson = await lessonBy(client);
		await a.lead.call('lesson_guest_link', lesson);
		return { ...lesson, link_id: (await a.lead.call('lesson_guest_links', lesson)).links[0].id, client_id: newId() };
	},
	lesson_slot_free: planned('lesson_slot_free'), lesson_slots: planned('lesson_slots'), lesson_attendance_file: planned('lesson_attendance_file'),
	lesson_get: null, lesson_slot_take: null, guest_look: null, guest_hand: null, guest_reaction: null, // planning.test.mjs
	guest_enter: null, guest_get: null, guest_join: null, guest_leave: null, // lesson.test.mjs
	call_start: async ({ client }) => {
		const chat_id = await freeChat();
		if (client !== a.admin) await a.admin.call('chat_member_add', { chat_id, person_ids: [client.person.id] });
		await a.admin.call('call_rules_set', { chat_id, starters: 'everybody' });
		return { ...sample('call_start', a), chat_id };
	},
	content_remove: async () => ({ ...sample('content_remove', a), content_id: (await a.admin.call('content_put', sample('content_put', a))).id }),
	content_verify: async () => ({ ...sample('content_verify', a), content_id: (await a.admin.call('content_put', sample('content_put', a))).id }),
	call_show: async ({ client }) => ({ ...sample('call_show', a), call_id: (await callBy(client)).call_id }),
	broadcast_hands: async ({ client }) => ({ call_id: (await broadcastBy(client)).call_id }),
	broadcast_stage: async ({ client }) => ({ ...(await broadcastBy(client)), speaks: true, client_id: newId() }),
	call_key_create: async ({ client }) => ({ ...sample('call_key_create', a), call_id: (await callBy(client)).call_id }),
	call_key_revoke: async ({ client }) => {
		const { call_id } = await callBy(client);
		return { call_id, key_id: (await a.lead.call('call_key_create', { ...sample('call_key_create', a), call_id })).id, client_id: newId() };
	},
	call_end: async ({ client }) => ({ call_id: (await callBy(client)).call_id }),
	call_hand: async ({ client }) => ({ call_id: (await callBy(client)).call_id, raised: true }),
	call_reaction: async ({ client }) => ({ call_id: (await callBy(client)).call_id, reaction: 'like' }),
	call_mute: picked('call_mute'), call_ask_unmute: picked('call_ask_unmute'), call_remove: picked('call_remove'), call_refuse: picked('call_refuse'),
	call_classroom: async ({ client }) => ({ ...sample('call_classroom', a), call_id: (await callBy(client)).call_id }),
	call_in_room: async ({ client }) => ({ ...sample('call_in_room', a), call_id: (await callBy(client)).call_id }),
	call_record_start: async ({ client }) => ({ call_id: (recordedCall = await callBy(client)).call_id }),
	call_record_stop: async ({ client }) => {
		recordedCall = await callBy(client);
		await a.lead.call('call_record_start', { call_id: recordedCall.call_id });
		return { call_id: recordedCall.call_id };
	},
	recording_open: null, recording_publish: null, recording_delete: null, // recording.test.mjs
	call_cohost: picked('call_cohost', a.teacher), call_hand_over: picked('call_hand_over', a.teacher),
	chat_change: async () => ({ ...sample('chat_change', a), chat_id: await freeChat() }),
	chat_member_add: async () => ({ ...sample('chat_member_add', a), chat_id: await freeChat() }),
	chat_member_remove: async () => {
		const chat_id = await freeChat();
		await a.admin.call('chat_member_add', { chat_id, person_ids: [a.student.person.id] });
		return { ...sample('chat_member_remove', a), chat_id };
	},
	chat_member_set: async () => ({ chat_id: await freeChat(), person_id: a.admin.person.id, keeper: false }),
	chat_leave: async ({ client }) => {
		const chat_id = await freeChat();
		if (client !== a.admin) await a.admin.call('chat_member_add', { chat_id, person_ids: [client.person.id] });
		return { chat_id };
	},
	chat_join: async () => ({ org_id: a.id, chat_id: await freeChat(await a.person('teacher'), { open: true }) }),
	chat_link_create: async () => ({ chat_id: await freeChat() }),
	chat_link_annul: async () => {
		const { chat_id, link } = await freeLink();
		return { chat_id, link_id: link.id };
	},
	chat_link_preview: async () => ({ token: (await freeLink()).link.token }),
	chat_link_join: null, // commands.test.mjs
	chat_open_by_duty: async () => ({ ...sample('chat_open_by_duty', a), chat_id: await freeChat(a.coadmin) }),
	sign_in: null, operator_claim: null, code_request: null, invite_accept: null, session_end: null, sign_out: null, // commands.test.mjs
	phone_change: null, account_delete_request: null, // account.test.mjs
	person_delete: async () => ({ phone: (await a.person('guardian', a.second)).phone, reason: 'Просьба по почте', client_id: newId() }),
	passkey_add: null, passkey_rename: null, passkey_delete: null, passkey_sign_in: null, // passkey.test.mjs
	session_confirm: null, totp_confirm: null, totp_disable: null, recovery_codes_renew: null, second_factor: null, account_taken_by_phone: null, // account.test.mjs
	security_report_close: async () => {
		await a.student.call('account_taken');
		const { reports } = await a.admin.call('security_report_list', { org_id: a.id });
		return { org_id: a.id, report_id: reports[0].id, client_id: newId() };
	},
	security_report_settle: async () => {
		await a.student.call('account_taken');
		return { report_id: (await world.operator.call('security_report_queue')).reports[0].id, client_id: newId() };
	},
	second_factor_reset: async () => ({ phone: (await a.person('guardian', a.second)).phone, reason: 'Потерян телефон', client_id: newId() }),
	application_send: null, application_status: null, application_resend: null, application_get: null, application_approve: null, // orgs.test.mjs
	application_return: null, application_reject: null, handover_offer: null, handover_answer: null, org_reappoint: null,
	org_document_add: async () => ({ ...sample('org_document_add', a), file_id: (await paper(a.admin, { purpose: 'document', org: a.id })).id }),
	coadmin_grant: async () => ({ org_id: a.id, person_id: (await a.person('teacher')).person.id, client_id: newId() }),
	coadmin_revoke: async () => ({ org_id: a.id, person_id: (await a.person('coadmin')).person.id, client_id: newId() }),
	curator_revoke: async () => ({ curator_id: (await world.operator.call('curator_grant', sample('curator_grant', a))).id, client_id: newId() }),
	org_create: async () => ({ ...sample('org_create', a), admin_phone: `+7900444${String(Math.floor(Math.random() * 10000)).padStart(4, '0')}` }),
	unit_member_remove: async () => {
		await a.admin.call('unit_member_add', { unit_id: a.second.id, person_id: a.guardian.person.id });
		return { unit_id: a.second.id, person_id: a.guardian.person.id };
	},
	verification_submit: async (persona) => {
		if (!persona.unconfirmed) await a.admin.call('verification_decide', { org_id: a.id, person_ids: [persona.client.person.id], confirm: false, reason: 'Ещё раз' });
		return sample('verification_submit', a);
	},
	unit_end: async () => ({ org_id: a.id, unit_id: (await a.unit()).id }),
	unit_restore: async () => {
		const unit = await a.unit();
		await a.admin.call('unit_end', { org_id: a.id, unit_id: unit.id });
		return { org_id: a.id, unit_id: unit.id };
	},
	unit_level_set: async () => sample('unit_level_set', a),
	unit_lead_set: async () => sample('unit_lead_set', a),
	unit_lead_unset: async () => {
		await a.admin.call('unit_lead_set', sample('unit_lead_set', a));
		return sample('unit_lead_unset', a);
	},
	subject_end: async () => ({ org_id: a.id, subject_id: (await a.admin.call('subject_create', { org_id: a.id, names: [newWord('Предмет')] })).subjects[0].id }),
	teaching_set: async () => sample('teaching_set', a),
	teaching_end: async () => {
		await a.admin.call('teaching_set', sample('teaching_set', a));
		return sample('teaching_end', a);
	},
	set_end: async () => ({ org_id: a.id, set_id: (await a.admin.call('set_create', { org_id: a.id, kind: 'other', name: newWord('Актив') })).id }),
	set_person_remove: async () => {
		await a.admin.call('set_person_add', sample('set_person_add', a));
		return sample('set_person_remove', a);
	},
	roster_import_begin: async ({ client }) => ({ org_id: a.id, file_id: await upload(client, Buffer.from(table([{ Роль: 'Учитель', Фамилия: newWord('Ли'), Имя: 'Ян' }])), { purpose: 'roster', org: a.id, name: 'p.csv' }) }),
	roster_import_apply: async ({ client }) => ({ org_id: a.id, import_id: (await preview(client, a, table([{ Роль: 'Учитель', Фамилия: newWord('Ли'), Имя: 'Ян' }]))).import.id }),
	roster_import_cancel: async ({ client }) => ({ org_id: a.id, import_id: (await preview(client, a, table([{ Роль: 'Учитель', Фамилия: newWord('Ли'), Имя: 'Ян' }]))).import.id }),
	guardian_bind: async () => sample('guardian_bind', a),
	guardian_unbind: async () => {
		await a.admin.call('guardian_bind', sample('guardian_bind', a));
		return sample('guardian_unbind', a);
	},
	file_delete: async () => ({ file_id: await upload(a.admin, Buffer.from('x'), { purpose: 'document', org: a.id, name: 'x' }) }),
	invite_annul: async () => ({ invite_id: (await a.invite('student', a.first)).id, client_id: newId() }),
	violation_record: async () => ({ ...sample('violation_record', a), person_id: (await a.person('student', a.first)).person.id }),
	violation_withdraw: async () => {
		const pupil = await a.person('student', a.first);
		const { id } = await a.admin.call('violation_record', { ...sample('violation_record', a), person_id: pupil.person.id });
		return { ...sample('violation_withdraw', a), violation_id: id };
	},
	help_remove: async ({ client }) => ({ page_id: (await client.call('help_save', sample('help_save', a))).id, client_id: newId() }),
	invite_by_code: null, join_ask: null, sign_in_card: null, name_flag_resolve: null, // join.test.mjs
	unit_invite_create: async () => sample('unit_invite_create', a),
	member_expect_many: async () => sample('member_expect_many', a),
	card_issue: async () => sample('card_issue', a),
	card_revoke: async () => sample('card_revoke', a),
	org_public: async () => {
		await a.admin.call('join_settings_set', { org_id: a.id, published: true });
		return { org_id: a.id };
	},
	name_change_decide: async () => {
		const { id } = await a.student.call('name_change_request', sample('name_change_request', a));
		return { ...sample('name_change_decide', a), request_id: id };
	},
	join_request_decide: async () => ({ ...sample('join_request_decide', a), request_id: await requestInto(a) }),
	unit_request_decide: async () => ({ ...sample('unit_request_decide', a), request_id: await requestInto(a) }),
	movement_undo: async () => {
		const someone = await a.person('student', a.second);
		const { batch_id } = await a.admin.call('movement_apply', { org_id: a.id, kind: 'leave', person_ids: [someone.person.id] });
		return { org_id: a.id, batch_id, client_id: newId() };
	},
	member_remove: async () => {
		const someone = await a.person('guardian', a.second);
		return { org_id: a.id, person_id: someone.person.id, client_id: newId() };
	},
};

/** What a success took from the world, or goes on by itself: the next test sees a world that rests. */
const restored = {
	call_record_start: async () => {
		await a.lead.call('call_record_stop', { call_id: recordedCall.call_id });
		await restored.call_record_stop();
	},
	call_record_stop: async () => {
		for (let i = 0; i < 300; i++) {
			const { recordings } = await a.lead.call('recording_list', { chat_id: recordedCall.chat_id });
			if (recordings.every(({ state }) => state === 'failed')) return;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		assert.fail('the recording was not put away');
	},
	roster_import_apply: async ({ client }) => settled(client, a, (await client.call('roster_import_get', { org_id: a.id })).import.id),
	verification_submit: (persona) => !persona.unconfirmed && a.confirm(persona.client),
};

for (const [command, { target }] of commands) {
	if (prepared[command] === null) continue;
	test(`${command}: everybody who may do it can`, async () => {
		let done = 0;
		for (const [who, persona] of Object.entries(everybody)) {
			const all = target.kind === 'none' ? [[undefined, undefined]] : objects(target.kind);
			for (const [id, object] of all) {
				if (expectation(command, persona, object) !== 'ok') continue;
				if (command in prepared && object?.org === b) continue;
				if (object?.unit === a.staff && command.startsWith('unit_member')) continue; // staff only, and by itself
				const base = prepared[command] ? await prepared[command](persona) : sample(command, object?.org ?? a);
				const params = target.kind === 'none' || prepared[command] ? base : { ...base, [target.field]: id };
				const answer = await persona.client.try(command, params);
				count(command, who);
				const last = command === 'unit_member_add' && answer.error?.code === 'conflict';
				assert.ok(answer.result || last, `${who} ${target.field} ${id}: ${JSON.stringify(answer.error)}`);
				await restored[command]?.(persona);
				done += 1;
			}
		}
		assert.ok(done > 0);
	});
}

test('a deputy appoints no deputies and removes neither administrators nor deputies', async () => {
	const before = await dump(world);
	const refused = async (command, params, code) => assert.equal((await a.coadmin.try(command, params)).error?.code, code);
	await refused('invite_create', { org_id: a.id, role: 'coadmin' }, 'forbidden');
	for (const person of [a.coadmin, a.waiting, a.head]) {
		await refused('verification_decide', { org_id: a.id, person_ids: [person.person.id], confirm: false, reason: 'нет' }, 'forbidden');
	}
	await refused('member_remove', { org_id: a.id, person_id: a.admin.person.id }, 'forbidden');
	assert.equal((await a.admin.try('member_remove', { org_id: a.id, person_id: a.admin.person.id })).error?.code, 'conflict');
	assert.equal(await dump(world), before);
});

test('second ids of another organisation are not found either', async () => {
	const { id: foreignViolation } = await b.admin.call('violation_record', { ...sample('violation_record', b), person_id: (await b.person('student', b.first)).person.id });
	const { id: foreignName } = await b.student.call('name_change_request', sample('name_change_request', b));
	const before = await dump(world);
	for (const [command, params] of [
		['unit_member_add', { unit_id: a.first.id, person_id: b.student.person.id }],
		['unit_member_remove', { unit_id: a.first.id, person_id: b.student.person.id }],
		['unit_member_remove', { unit_id: a.second.id, person_id: a.student.person.id }],
		['unit_member_add', { unit_id: a.first.id, person_id: a.removed.person.id }],
		['unit_member_add', { unit_id: a.first.id, person_id: 999983 }],
		['member_remove', { org_id: a.id, person_id: b.student.person.id }],
		['movement_apply', { org_id: a.id, kind: 'leave', person_ids: [b.student.person.id] }],
		['movement_apply', { org_id: a.id, kind: 'transfer', person_ids: [a.student.person.id], to_unit_id: b.first.id }],
		['unit_merge', { org_id: a.id, unit_id: a.first.id, into_unit_id: b.second.id }],
		['rollover_apply', { org_id: a.id, steps: [{ unit_id: b.first.id, action: 'leave' }] }],
		['rollover_apply', { org_id: a.id, steps: [], repeaters: [{ person_id: b.student.person.id, to_unit_id: a.first.id }] }],
		['movement_undo', { org_id: a.id, batch_id: 999983 }],
		['member_remove', { org_id: a.id, person_id: a.removed.person.id }],
		['invite_create', { org_id: a.id, role: 'student', unit_id: b.first.id }],
		['member_list', { org_id: a.id, unit_id: b.first.id }],
		['verification_decide', { org_id: a.id, person_ids: [a.teacher.person.id, b.teacher.person.id], confirm: false, reason: 'нет' }],
		['verification_decide', { org_id: a.id, person_ids: [a.removed.person.id], confirm: true }],
		['unit_invite_create', { unit_id: a.first.id, role: 'guardian', child_id: b.student.person.id }],
		['invite_create_many', { org_id: a.id, unit_ids: [a.first.id, b.first.id], roles: ['student'] }],
		['invite_hand', { invite_id: a.openInvite.id, person_id: b.teacher.person.id }],
		['join_request_decide', { org_id: a.id, request_id: 999983, accept: true }],
		['name_change_decide', { org_id: a.id, request_id: foreignName, accept: true }],
		['name_flag_resolve', { org_id: a.id, person_id: b.student.person.id }],
		['card_issue', { unit_id: a.first.id, person_ids: [a.student.person.id, b.student.person.id] }],
		['card_issue', { unit_id: a.second.id, person_ids: [a.student.person.id] }],
		['card_issue', { unit_id: a.first.id, person_ids: [a.lead.person.id] }],
		['card_revoke', { unit_id: a.first.id, person_ids: [b.student.person.id] }],
		['guardian_bind', { unit_id: a.first.id, guardian_id: b.guardian.person.id, child_id: a.student.person.id }],
		['guardian_bind', { unit_id: a.first.id, guardian_id: a.guardian.person.id, child_id: b.student.person.id }],
		['guardian_unbind', { unit_id: a.first.id, guardian_id: b.guardian.person.id, child_id: b.student.person.id }],
		['violation_record', { unit_id: a.first.id, person_id: b.student.person.id, reason: 'нет' }],
		['violation_record', { unit_id: a.second.id, person_id: a.student.person.id, reason: 'нет' }],
		['violation_record', { unit_id: a.first.id, person_id: a.student.person.id, reason: 'нет', chat_id: b.chat, seq: 1 }],
		['violation_withdraw', { unit_id: a.first.id, violation_id: foreignViolation, reason: 'нет' }],
		['unit_end', { org_id: a.id, unit_id: b.first.id }],
		['unit_restore', { org_id: a.id, unit_id: b.archived.id }],
		['unit_lead_set', { unit_id: a.second.id, person_id: b.teacher.person.id }],
		['unit_lead_unset', { unit_id: a.second.id, person_id: b.teacher.person.id }],
		['subject_rename', { org_id: a.id, subject_id: b.subject.id, name: 'Наш' }],
		['subject_end', { org_id: a.id, subject_id: b.subject.id }],
		['teaching_set', { unit_id: a.second.id, subject_id: b.subject.id, teacher_id: a.teacher.person.id }],
		['teaching_set', { unit_id: a.second.id, subject_id: a.subject.id, teacher_id: b.teacher.person.id }],
		['teaching_end', { unit_id: a.second.id, subject_id: b.subject.id, teacher_id: b.teacher.person.id }],
		['teaching_of', { org_id: a.id, person_id: b.teacher.person.id }],
		['set_rename', { org_id: a.id, set_id: b.set.id, name: 'Наш' }],
		['set_end', { org_id: a.id, set_id: b.set.id }],
		['set_people', { org_id: a.id, set_id: b.set.id }],
		['set_person_add', { org_id: a.id, set_id: b.set.id, person_ids: [a.student.person.id] }],
		['set_person_add', { org_id: a.id, set_id: a.set.id, person_ids: [a.student.person.id, b.student.person.id] }],
		['set_person_remove', { org_id: a.id, set_id: a.set.id, person_id: b.student.person.id }],
		['guardian_list', { unit_id: a.first.id, child_id: b.student.person.id }],
		['family_get', { org_id: a.id, person_id: b.student.person.id }],
	]) {
		assert.equal((await a.admin.try(command, params)).error?.code, 'not_found', `${command} ${JSON.stringify(params)}`);
	}
	const { people } = await a.student.call('people_get', { chat_id: a.chat, person_ids: [b.student.person.id, a.teacher.person.id, 999983] });
	assert.deepEqual(people, []);
	assert.equal(await dump(world), before);
});

test('the matrix is whole: every command, by everybody that it is not for, and by everybody that it is for', (t) => {
	const calls = [...tried.values()].flatMap((by) => [...by.values()]).reduce((sum, n) => sum + n, 0);
	const unlisted = [];
	for (const [command, { target }] of commands) {
		for (const [who, persona] of Object.entries(everybody)) {
			const rightful = target.kind === 'none' && expectation(command, persona) === 'ok';
			if (!tried.get(command).has(who) && !(rightful && prepared[command] === null)) unlisted.push(`${command} by ${who}`);
		}
	}
	t.diagnostic(`${commands.size} commands, ${Object.keys(everybody).length} people, ${calls} calls`);
	assert.deepEqual(unlisted, []);
	assert.ok(calls >= 2000, `${calls} calls`);
});
