// SPDX-License-Identifier: Apache-2.0
// Repetition, order and density of events, catching up.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { logo, paper } from '../lib/files.mjs';
import { eventsOf, history } from '../lib/load.mjs';
import { preview, table } from '../lib/roster.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { upload } from '../lib/upload.mjs';
import { Organisation, claimOperator, comeIn, makeCurator, newPhone, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const org = await Organisation.create(server, operator);
const unit = await org.unit();
const chat = unit.chat_id;
const people = await Promise.all(Array.from({ length: 8 }, (_, i) => org.person(i % 2 ? 'student' : 'guardian', unit)));
const [one, two] = people;

test('a message that is sent again is the same message: by HTTP, by socket, twenty at once', async () => {
	const params = { chat_id: chat, client_id: newId(), text: 'Один раз' };
	const first = await one.call('message_post', params);
	const socket = await one.socket();
	assert.deepEqual(await one.call('message_post', params), first);
	assert.deepEqual(await socket.call('message_post', params), first);
	assert.deepEqual(await socket.call('message_post', { ...params, text: '  Один раз\n' }), first);
	assert.equal((await socket.try('message_post', { ...params, text: 'Другое' })).error.code, 'id_reused');
	assert.equal((await one.try('message_post', { ...params, chat_id: chat, text: 'один раз' })).error.code, 'id_reused');
	const again = { chat_id: chat, client_id: newId(), text: 'Двадцать' };
	const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? socket : one).call('message_post', again)));
	for (const answer of answers) assert.deepEqual(answer, answers[0]);
	// Another person's id is another message.
	const theirs = await two.call('message_post', again);
	assert.notEqual(theirs.seq, answers[0].seq);
	const texts = (await history(one, chat)).map(({ text }) => text);
	assert.deepEqual(texts, ['Один раз', 'Двадцать', 'Двадцать']);
	await socket.close();
});

/** An application of somebody new; its number. */
async function apply() {
	const client = new Client(server);
	const file = await paper(client);
	const form = applicationForm({ admin_phone: newPhone() });
	return (await client.call('application_send', { token: randomBytes(32).toString('base64url'), form, file_id: file.id, file_token: file.token })).number;
}

test('every other write is done once for its client_id', async () => {
	const student = await org.person('student', unit);
	const second = await org.unit();
	const invite = await org.invite('teacher');
	const someone = await org.person('guardian', second);
	const asking = await org.invite('guardian', unit, { approval: true, max_uses: 2 });
	const askers = await Promise.all([comeIn(server, asking.token), comeIn(server, asking.token)]);
	const requests = await Promise.all(askers.map(async (asker) => (await asker.call('join_request_mine')).requests[0].id));
	const fourth = await org.unit();
	await org.admin.call('member_expect_many', { unit_id: fourth.id, role: 'student', people: [{ given_name: 'Яна', family_name: newWord() }] });
	const flagged = await org.person('student', fourth);
	const named = await flagged.call('name_change_request', { org_id: org.id, given_name: 'Инна', family_name: newWord('Новая') });
	const claimant = await org.person('teacher', undefined, { unconfirmed: true });
	const archived = await org.unit();
	const [subject] = (await org.admin.call('subject_create', { org_id: org.id, names: [newWord()] })).subjects;
	const set = await org.admin.call('set_create', { org_id: org.id, kind: 'other', name: newWord() });
	const child = await org.person('student', second);
	const removed = await org.person('guardian', second);
	const merged = await org.unit();
	const mover = await org.person('student', second);
	const leaver = await org.person('student', second);
	const left = await org.admin.call('movement_apply', { org_id: org.id, kind: 'leave', person_ids: [leaver.person.id] });
	await one.call('account_taken');
	const { reports: [report] } = await org.admin.call('security_report_list', { org_id: org.id });
	const { reports: [settled] } = await operator.call('security_report_queue');
	const teacher = await org.person('teacher');
	const applications = await Promise.all([0, 1, 2].map(apply));
	const curator = await makeCurator(server, operator, [org]);
	const file = await paper(org.admin, { purpose: 'document', org: org.id });
	const free = await org.admin.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student', 'guardian'], open: true });
	const [link, other] = [await org.admin.call('chat_link_create', { chat_id: free.id }), await org.admin.call('chat_link_create', { chat_id: free.id })];
	const roster = await preview(org.admin, org, table([{ Роль: 'Учитель', Фамилия: newWord('Ли'), Имя: 'Ян' }]));
	const list = await upload(org.admin, Buffer.from('Роль;ФИО'), { purpose: 'roster', org: org.id, name: 'список.csv' });
	const called = await org.admin.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'] });
	await org.admin.call('chat_member_add', { chat_id: called.id, person_ids: [teacher.person.id, student.person.id] });
	const spoken = await org.admin.call('call_start', { chat_id: called.id, kind: 'audio' });
	const [mine, his, pupils] = await Promise.all([org.admin, teacher, student].map(async (who) => (await who.call('call_join', { call_id: spoken.id })).participant.id));
	const hall = await org.admin.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'] });
	await org.admin.call('chat_member_add', { chat_id: hall.id, person_ids: [teacher.person.id, student.person.id] });
	const [show] = (await org.admin.call('lesson_create', { chat_id: hall.id, kind: 'broadcast', title: newWord(), starts_at: Date.now() + 864e5, minutes: 40 })).lessons;
	const shown = await org.admin.call('lesson_open', { chat_id: hall.id, lesson_id: show.id });
	const watching = await Promise.all([teacher, student].map(async (who) => (await who.call('call_join', { call_id: shown.id })).participant.id));
	const pieces = [];
	for (let i = 0; i < 3; i++) pieces.push((await org.admin.call('content_put', { org_id: org.id, kind: 'link', title: newWord(), url: 'https://a.example/' })).id);
	const [key1, key2] = await Promise.all([1, 2].map(() => org.admin.call('call_key_create', { call_id: spoken.id, kind: 'publish', name: newWord() })));
	const spare = await teacher.call('call_start', { chat_id: (await teacher.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff'] })).id, kind: 'audio' });
	const quiet = await org.admin.call('chat_create', { org_id: org.id, title: newWord(), audience: ['staff', 'student'] });
	const [{ id: planned }, { id: other1 }] = (await org.admin.call('lesson_create', { chat_id: quiet.id, kind: 'meeting', title: newWord(), starts_at: Date.now() + 864e5, minutes: 40, repeat_until: Date.now() + 9 * 864e5 })).lessons;
	for (let i = 0; i < 2; i++) await org.admin.call('lesson_guest_link', { chat_id: quiet.id, lesson_id: planned });
	const [{ id: guestLink1 }, { id: guestLink2 }] = (await org.admin.call('lesson_guest_links', { chat_id: quiet.id, lesson_id: planned })).links;
	const office = (await org.admin.call('lesson_create', { chat_id: quiet.id, kind: 'consultation', title: newWord(), starts_at: Date.now() + 864e5, minutes: 40, slot_minutes: 10 })).lessons[0].id;
	await org.admin.call('chat_member_add', { chat_id: quiet.id, person_ids: [student.person.id] });
	const broken = await org.person('guardian', unit);
	const violation = await org.admin.call('violation_record', { unit_id: unit.id, person_id: broken.person.id, reason: 'Спам' });
	const helpPage = await operator.call('help_save', { category: 'start', title: 'Лишнее', text: 'Текст', links: [], place: 1 });
	const all = [
		[org.admin, 'lesson_create', { chat_id: quiet.id, kind: 'lesson', title: newWord(), starts_at: Date.now() + 864e5, minutes: 40 }, { minutes: 45 }],
		[org.admin, 'lesson_update', { chat_id: quiet.id, lesson_id: planned, protocol: 'Решили' }, { protocol: 'Нет' }],
		[org.admin, 'lesson_invite', { chat_id: quiet.id, lesson_id: planned, person_id: one.person.id }, { person_id: two.person.id }],
		[student, 'lesson_slot_take', { chat_id: quiet.id, lesson_id: office, slot: 1 }, { slot: 2 }],
		[student, 'lesson_slot_free', { chat_id: quiet.id, lesson_id: office }, { slot: 2 }],
		[org.admin, 'lesson_guest_link', { chat_id: quiet.id, lesson_id: planned }, { lesson_id: other1 }],
		[org.admin, 'lesson_guest_link_annul', { chat_id: quiet.id, lesson_id: planned, link_id: guestLink1 }, { link_id: guestLink2 }],
		[org.admin, 'lesson_open', { chat_id: quiet.id, lesson_id: planned }, { lesson_id: other1 }],
		[org.admin, 'lesson_cancel', { chat_id: quiet.id, lesson_id: planned }, { lesson_id: other1 }],
		[org.admin, 'call_start', { chat_id: quiet.id, kind: 'audio' }, { kind: 'video' }],
		[org.admin, 'call_rules_set', { chat_id: quiet.id, starters: 'everybody' }, { starters: 'staff' }],
		[student, 'call_hand', { call_id: spoken.id, raised: true }, { raised: false }],
		[org.admin, 'call_mute', { call_id: spoken.id, participant_id: pupils }, { participant_id: his }],
		[org.admin, 'call_ask_unmute', { call_id: spoken.id, participant_id: pupils }, { participant_id: his }],
		[org.admin, 'call_mute_all', { call_id: spoken.id, hold: true }, { hold: false }],
		[org.admin, 'call_rights', { call_id: spoken.id, screen: false }, { screen: true }],
		[org.admin, 'content_put', { org_id: org.id, kind: 'link', title: newWord(), url: 'https://a.example/1' }, { url: 'https://a.example/2' }],
		[org.admin, 'content_verify', { org_id: org.id, content_id: pieces[0], list: 'Перечень' }, { list: 'Другой' }],
		[org.admin, 'content_remove', { org_id: org.id, content_id: pieces[1] }, { content_id: pieces[2] }],
		[org.admin, 'call_show', { call_id: spoken.id, content_id: pieces[0] }, { content_id: pieces[2] }],
		[org.admin, 'broadcast_stage', { call_id: shown.id, participant_id: watching[0], speaks: true }, { participant_id: watching[1] }],
		[org.admin, 'call_key_create', { call_id: spoken.id, kind: 'publish', name: 'Камера' }, { name: 'Другая' }],
		[org.admin, 'call_key_revoke', { call_id: spoken.id, key_id: key1.id }, { key_id: key2.id }],
		[org.admin, 'call_lock', { call_id: spoken.id, locked: true }, { locked: false }],
		[org.admin, 'call_refuse', { call_id: spoken.id, participant_id: pupils }, { participant_id: his }],
		[org.admin, 'call_remove', { call_id: spoken.id, participant_id: pupils }, { participant_id: his }],
		[org.admin, 'call_admit', { call_id: spoken.id, participant_ids: [pupils] }, { participant_ids: [his] }],
		[org.admin, 'call_classroom', { call_id: spoken.id, name: 'Класс' }, { name: 'Зал' }],
		[org.admin, 'call_in_room', { call_id: spoken.id, person_ids: [student.person.id], here: true }, { here: false }],
		[org.admin, 'call_cohost', { call_id: spoken.id, participant_id: his, cohost: true }, { cohost: false }],
		[org.admin, 'call_hand_over', { call_id: spoken.id, participant_id: his }, { participant_id: mine }],
		[teacher, 'call_end', { call_id: spoken.id }, { call_id: spare.id }],
		[org.admin, 'roster_import_apply', { org_id: org.id, import_id: roster.import.id }, { leave_absent: true }],
		[org.admin, 'roster_import_cancel', { org_id: org.id, import_id: roster.import.id }, { import_id: 999983 }],
		[org.admin, 'roster_export', { org_id: org.id, format: 'csv' }, { format: 'xlsx' }],
		[org.admin, 'chat_create', { org_id: org.id, title: newWord(), audience: ['staff'] }, { title: newWord() }],
		[org.admin, 'chat_change', { chat_id: free.id, title: newWord() }, { title: newWord() }],
		[org.admin, 'chat_member_add', { chat_id: free.id, person_ids: [one.person.id] }, { person_ids: [teacher.person.id] }],
		[org.admin, 'chat_member_remove', { chat_id: free.id, person_id: one.person.id }, { person_id: teacher.person.id }],
		[org.admin, 'chat_member_set', { chat_id: free.id, person_id: org.admin.person.id, writer: false }, { writer: true }],
		[two, 'chat_join', { org_id: org.id, chat_id: free.id }, { chat_id: free.id + 999 }],
		[people[2], 'chat_link_join', { token: link.token }, { token: other.token }],
		[org.admin, 'chat_link_create', { chat_id: free.id }, { max_uses: 7 }],
		[org.admin, 'chat_link_annul', { chat_id: free.id, link_id: link.id }, { link_id: link.id + 999 }],
		[org.admin, 'chat_settings_set', { org_id: org.id, guardians_in_class: true }, { guardians_in_class: false }],
		[org.admin, 'chat_open_by_duty', { chat_id: unit.chat_id, reason: newWord() }, { reason: newWord() }],
		[claimant, 'verification_submit', { org_id: org.id, position: 'учитель' }, { position: 'завуч' }],
		[org.admin, 'verification_decide', { org_id: org.id, person_ids: [claimant.person.id], confirm: false, reason: 'нет' }, { reason: 'да' }],
		[org.admin, 'unit_invite_create', { unit_id: unit.id, role: 'student' }, { role: 'guardian' }],
		[org.admin, 'unit_link_delegate', { unit_id: unit.id, teachers_send: true }, { teachers_send: false }],
		[org.admin, 'invite_create_many', { org_id: org.id, unit_ids: [unit.id], roles: ['guardian'] }, { roles: ['student'] }],
		[org.admin, 'invite_hand', { invite_id: invite.id, person_id: org.admin.person.id }, { invite_id: invite.id - 1 }],
		[org.admin, 'invite_annul_unused', { org_id: org.id, days: 300 }, { days: 299 }],
		[org.admin, 'join_settings_set', { org_id: org.id, published: true }, { published: false }],
		[org.admin, 'member_expect_many', { unit_id: second.id, role: 'student', people: [{ given_name: 'Ян', family_name: newWord() }] }, { role: 'guardian' }],
		[org.admin, 'join_request_decide', { org_id: org.id, request_id: requests[0], accept: false, reason: 'нет' }, { reason: 'да' }],
		[org.admin, 'unit_request_decide', { unit_id: unit.id, request_id: requests[1], accept: true }, { accept: false, reason: 'нет' }],
		[org.admin, 'card_revoke', { unit_id: unit.id, person_ids: [student.person.id] }, { person_ids: [student.person.id, student.person.id] }],
		[student, 'name_change_request', { org_id: org.id, given_name: 'Инна', family_name: newWord('Новая') }, { given_name: 'Анна' }],
		[org.admin, 'name_change_decide', { org_id: org.id, request_id: named.id, accept: true }, { accept: false, reason: 'нет' }],
		[org.admin, 'name_flag_resolve', { org_id: org.id, person_id: flagged.person.id }, { expected_id: 999983 }],
		[operator, 'org_create', { name: newWord(), short_name: 'Я', type: 'center', admin_phone: '+79009998877' }, { short_name: 'Ю' }],
		[org.admin, 'org_card_set', { org_id: org.id, address: newWord() }, { address: newWord() }],
		[org.admin, 'org_logo_set', { org_id: org.id, file_id: await logo(org.admin, org.id) }, { file_id: file.id }],
		[org.admin, 'org_document_add', { org_id: org.id, kind: 'other', title: newWord(), date: '2026-09-01', file_id: file.id }, { title: newWord() }],
		[org.admin, 'org_guide_assign', { org_id: org.id, step: 'check', person_id: teacher.person.id }, { step: 'links' }],
		[org.admin, 'coadmin_grant', { org_id: org.id, person_id: teacher.person.id }, { person_id: one.person.id }],
		[org.admin, 'coadmin_revoke', { org_id: org.id, person_id: teacher.person.id }, { role: 'head' }],
		[org.admin, 'handover_offer', { org_id: org.id, person_id: teacher.person.id, order_number: '1', order_date: '2026-09-01', stay_as: 'head' }, { stay_as: 'teacher' }],
		[org.admin, 'handover_answer', { org_id: org.id, answer: 'take_back' }, { answer: 'accept' }],
		[operator, 'org_reappoint', { org_id: org.id, admin_phone: '+79009998866', end_previous: false }, { end_previous: true }],
		[operator, 'application_return', { application_id: applications[0], reason: 'Нет печати' }, { reason: 'Другое' }],
		[operator, 'application_reject', { application_id: applications[1], reason: 'Не школа' }, { reason: 'Другое' }],
		[operator, 'application_approve', { application_id: applications[2] }, { application_id: applications[0] }],
		[org.admin, 'violation_record', { unit_id: unit.id, person_id: broken.person.id, reason: 'Грубость' }, { reason: 'Другое' }],
		[org.admin, 'violation_withdraw', { unit_id: unit.id, violation_id: violation.id, reason: 'Ошибка' }, { reason: 'Другое' }],
		[operator, 'help_save', { category: 'start', title: 'Вход', text: 'Откройте ссылку.', links: [], place: 1 }, { place: 2 }],
		[operator, 'help_contact_set', { text: 'Поддержка' }, { text: 'Другая' }],
		[operator, 'help_remove', { page_id: helpPage.id }, { page_id: helpPage.id + 999 }],
		[operator, 'curator_revoke', { curator_id: curator.curatorId }, { curator_id: curator.curatorId + 999 }],
		[operator, 'curator_grant', { phone: '+79009998855', given_name: 'Нина', family_name: newWord(), area: 'Район', org_ids: [org.id] }, { area: 'Город' }],
		[org.admin, 'roster_import_begin', { org_id: org.id, file_id: list }, { file_id: file.id }],
		[org.admin, 'unit_create', { org_id: org.id, kind: 'circle', name: newWord() }, { name: newWord() }],
		[org.admin, 'unit_rename', { unit_id: second.id, name: newWord() }, { name: newWord() }],
		[org.admin, 'invite_create', { org_id: org.id, role: 'head' }, { role: 'teacher' }],
		[org.admin, 'invite_annul', { invite_id: invite.id }, { invite_id: invite.id - 1 }],
		[org.admin, 'unit_create_many', { org_id: org.id, kind: 'circle', names: [newWord(), newWord()] }, { kind: 'group' }],
		[org.admin, 'unit_level_set', { unit_id: second.id, level: 5 }, { level: 6 }],
		[org.admin, 'unit_lead_set', { unit_id: second.id, person_id: org.admin.person.id, order_no: '1' }, { order_no: '2' }],
		[org.admin, 'unit_lead_unset', { unit_id: second.id, person_id: org.admin.person.id }, { stay: true }],
		[org.admin, 'subject_create', { org_id: org.id, names: [newWord()] }, { extracurricular: true }],
		[org.admin, 'subject_rename', { org_id: org.id, subject_id: subject.id, name: newWord() }, { name: newWord() }],
		[org.admin, 'teaching_set', { unit_id: second.id, subject_id: subject.id, teacher_id: org.admin.person.id }, { unit_id: unit.id }],
		[org.admin, 'teaching_end', { unit_id: second.id, subject_id: subject.id, teacher_id: org.admin.person.id }, { unit_id: unit.id }],
		[org.admin, 'subject_end', { org_id: org.id, subject_id: subject.id }, { subject_id: subject.id + 1 }],
		[org.admin, 'set_create', { org_id: org.id, kind: 'other', name: newWord() }, { kind: 'parents' }],
		[org.admin, 'set_rename', { org_id: org.id, set_id: set.id, name: newWord() }, { name: newWord() }],
		[org.admin, 'set_person_add', { org_id: org.id, set_id: set.id, person_ids: [someone.person.id] }, { person_ids: [child.person.id] }],
		[org.admin, 'set_person_remove', { org_id: org.id, set_id: set.id, person_id: someone.person.id }, { person_id: child.person.id }],
		[org.admin, 'set_end', { org_id: org.id, set_id: set.id }, { set_id: set.id + 1 }],
		[org.admin, 'unit_end', { org_id: org.id, unit_id: archived.id }, { unit_id: unit.id }],
		[org.admin, 'unit_restore', { org_id: org.id, unit_id: archived.id }, { unit_id: unit.id }],
		[org.admin, 'guardian_bind', { unit_id: second.id, guardian_id: someone.person.id, child_id: child.person.id }, { child_id: one.person.id }],
		[org.admin, 'guardian_unbind', { unit_id: second.id, guardian_id: someone.person.id, child_id: child.person.id }, { child_id: one.person.id }],
		[org.admin, 'movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [mover.person.id], to_unit_id: unit.id }, { kind: 'leave' }],
		[org.admin, 'unit_merge', { org_id: org.id, unit_id: merged.id, into_unit_id: second.id }, { into_unit_id: unit.id }],
		[org.admin, 'rollover_apply', { org_id: org.id, steps: [{ unit_id: second.id, action: 'keep' }] }, { steps: [] }],
		[org.admin, 'movement_undo', { org_id: org.id, batch_id: left.batch_id }, { batch_id: left.batch_id + 1 }],
		[org.admin, 'unit_member_remove', { unit_id: unit.id, person_id: student.person.id }, { person_id: one.person.id }],
		[org.admin, 'unit_member_add', { unit_id: second.id, person_id: student.person.id }, { lead: true }],
		[org.admin, 'member_remove', { org_id: org.id, person_id: someone.person.id }, { person_id: one.person.id }],
		[org.admin, 'security_report_close', { org_id: org.id, report_id: report.id }, { report_id: report.id + 999 }],
		[operator, 'security_report_settle', { report_id: settled.id }, { report_id: settled.id + 999 }],
		[operator, 'person_delete', { phone: removed.phone, reason: 'Просьба по почте' }, { reason: 'Другое' }],
		[one, 'document_accept', { kind: 'rules', version: 1 }, { kind: 'agreement' }],
		[operator, 'second_factor_reset', { phone: someone.phone, reason: 'Потерян телефон' }, { reason: 'Другое' }],
	];
	for (const [client, command, base, change] of all) {
		const params = { ...base, client_id: newId() };
		const answers = await Promise.all(Array.from({ length: 8 }, () => client.call(command, params)));
		const socket = await client.socket();
		answers.push(await socket.call(command, Object.fromEntries(Object.entries(params).reverse())));
		await socket.close();
		for (const answer of answers) assert.deepEqual(answer, answers[0], command);
		const head = async () => (await client.call('me_snapshot')).heads;
		const before = await head();
		assert.equal((await client.try(command, { ...params, ...change })).error?.code, 'id_reused', command);
		const other = command === 'unit_create' ? 'invite_create' : 'unit_create';
		if (client === org.admin) assert.equal((await client.try(other, { ...(other === 'unit_create' ? { kind: 'class', name: newWord() } : { role: 'head' }), org_id: org.id, client_id: params.client_id })).error?.code, 'id_reused', command);
		assert.deepEqual(await head(), before);
	}
	assert.equal((await operator.call('org_list')).orgs.length, 3); // ours, the one made, the one approved
});

test('eight who write at once: everybody hears everything in one dense order', async () => {
	const sockets = await Promise.all(people.map((person) => person.socket()));
	const from = (await one.call('chat_snapshot', { chat_id: chat })).chat.head;
	const results = await Promise.all(sockets.map(async (socket, i) => {
		const acks = [];
		for (let k = 0; k < 25; k++) acks.push(socket.call('message_post', { chat_id: chat, client_id: newId(), text: `${i}:${k}` }));
		return (await Promise.all(acks)).map(({ seq }) => seq);
	}));
	for (const seqs of results) assert.deepEqual(seqs, [...seqs].sort((x, y) => x - y), 'one sender\'s messages keep their order');
	for (const socket of sockets) await socket.settle();
	const stored = await eventsOf(one, `c${chat}`, from);
	assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, i) => from + 1 + i));
	assert.equal(stored.filter(({ type }) => type === 'message_posted').length, 200);
	for (const socket of sockets) {
		const live = socket.events.filter(({ stream }) => stream === `c${chat}`);
		assert.deepEqual(live, stored);
		await socket.close();
	}
});

test('events_since by pages is what came live, whatever the page', async () => {
	const all = await eventsOf(one, `c${chat}`);
	for (const limit of [1, 7, 200]) {
		const paged = [];
		for (let after = 0; after < all.length; after = paged.at(-1).seq) {
			const page = await one.call('events_since', { stream: `c${chat}`, after, limit });
			assert.ok(page.events.length > 0 && page.events.length <= limit);
			assert.equal(page.head, all.length);
			paged.push(...page.events);
			if (limit === 1 && paged.length >= 40) break;
		}
		assert.deepEqual(paged, all.slice(0, paged.length));
	}
	assert.deepEqual((await one.call('events_since', { stream: `c${chat}`, after: all.length })).events, []);
	const mine = await eventsOf(one, `p${one.person.id}`);
	assert.ok(mine.some(({ type }) => type === 'chat_joined') && mine.some(({ type }) => type === 'membership_changed'));
	assert.ok((await eventsOf(org.admin, `o${org.id}`)).some(({ type }) => type === 'unit_changed'));
	const beyond = await one.try('events_since', { stream: `c${chat}`, after: all.length + 1 });
	assert.equal(beyond.error?.code, 'too_far');
	assert.equal(beyond.status, 410);
});

test('every change is told to those whom it concerns', async () => {
	const [admin, reader, writer] = [await org.admin.socket(), await one.socket(), await two.socket()];
	const of = (type, more = () => true) => (event) => event.type === type && more(event.data);
	const title = newWord();
	await org.admin.call('unit_rename', { unit_id: unit.id, name: title });
	assert.equal((await reader.event(of('chat_renamed'))).data.title, title);
	assert.equal((await admin.event(of('unit_changed', (data) => data.unit.id === unit.id))).data.unit.name, title);
	const posted = await writer.call('message_post', { chat_id: chat, client_id: newId(), text: newWord() });
	await reader.event(of('message_posted', (data) => data.message.seq === posted.seq));
	await reader.call('chat_read', { chat_id: chat, seq: posted.seq });
	assert.equal((await reader.event(of('chat_read'))).data.read_seq, posted.seq);
	assert.deepEqual((await writer.event(of('read_advanced', (data) => data.person_id === one.person.id))).data, { person_id: one.person.id, read_seq: posted.seq });
	const count = reader.events.length;
	const lower = await reader.call('chat_read', { chat_id: chat, seq: 1 });
	assert.equal(lower.read_seq, posted.seq);
	await reader.settle();
	assert.equal(reader.events.length, count);
	const invite = await org.invite('student', unit);
	await admin.event(of('invite_changed', (data) => data.invite_id === invite.id));
	const club = await org.unit('circle');
	await org.admin.call('unit_member_add', { unit_id: club.id, person_id: one.person.id });
	assert.equal((await reader.event(of('chat_joined'))).data.chat.id, club.chat_id);
	await reader.event(of('membership_changed', (data) => data.membership.units.some(({ unit_id }) => unit_id === club.id)));
	await reader.settle();
	assert.ok(reader.heads.has(`c${club.chat_id}`));
	const newcomer = await org.person('guardian', unit);
	const joined = await reader.event(of('chat_member_joined', (data) => data.member.person.id === newcomer.person.id));
	assert.equal(joined.data.member_count, (await one.call('chat_snapshot', { chat_id: chat })).chat.member_count);
	await admin.event(of('member_changed', (data) => data.member.person.id === newcomer.person.id));
	const theirs = await newcomer.socket();
	await org.admin.call('member_remove', { org_id: org.id, person_id: newcomer.person.id });
	await theirs.event(of('chat_left', (data) => data.chat_id === chat));
	await theirs.event(of('membership_ended', (data) => data.org_id === org.id));
	await reader.event(of('chat_member_left', (data) => data.person_id === newcomer.person.id));
	await admin.event(of('member_ended', (data) => data.person_id === newcomer.person.id));
	for (const socket of [admin, reader, writer, theirs]) await socket.close();
});
