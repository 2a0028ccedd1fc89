// SPDX-License-Identifier: Apache-2.0
// A valid request of every command, and every wrong one that its schema forbids.
import { commands, schemas } from './contract.mjs';
import { newId } from './client.mjs';
import { newWord } from './world.mjs';

const TOKEN = 'A'.repeat(32);

/** What an applicant fills in. */
export const applicationForm = (more = {}) => ({
	type: 'school', name: newWord('Школа'), short_name: newWord('Школа'), region: '78', address: 'Санкт-Петербург, Невский пр., 1', inn: '7707083893',
	head_name: 'Иванова Мария Петровна', admin_family_name: newWord('Админ'), admin_given_name: 'Анна', admin_email: 'admin@school.ru', admin_phone: '+79005559995',
	order_number: '17-к', order_date: '2026-08-20', students: 640, staff: 52, guardians: true, start_date: '2026-09-01',
	duty_move: 'Классные руководители', duty_connect: 'Администратор', duty_inform: 'Заместитель директора', consent: true, ...more,
});

/** Parameters that the persona could rightly use in organisation `org`; the target's field is there. */
export function sample(command, org) {
	const make = {
		code_request: () => ({ phone: '+79005559999' }),
		sign_in: () => ({ phone: '+79005559999', code: '000000' }),
		sign_out: () => ({}),
		session_list: () => ({}),
		session_end: () => ({ session_id: 999999 }),
		operator_claim: () => ({ token: TOKEN, phone: '+79005559999', code: '000000', given_name: 'Имя', family_name: 'Фамилия' }),
		me_snapshot: () => ({}),
		phone_change: () => ({ phone: '+79005559997', code: '000000' }),
		account_delete_request: () => ({}),
		account_delete_cancel: () => ({}),
		person_delete: () => ({ phone: '+79005559999', reason: 'Просьба по почте', client_id: newId() }),
		document_get: () => ({ kind: 'rules' }),
		document_accept: () => ({ kind: 'rules', version: 1, client_id: newId() }),
		document_state_list: () => ({ org_id: org.id }),
		session_end_others: () => ({}),
		session_confirm: () => ({ session_id: 999999 }),
		security_get: () => ({}),
		passkey_begin: () => ({}),
		passkey_add: () => ({ name: 'Ключ', client_data: 'e30', attestation: 'oA' }),
		passkey_rename: () => ({ passkey_id: 999999, name: 'Ключ' }),
		passkey_delete: () => ({ passkey_id: 999999 }),
		passkey_challenge: () => ({}),
		passkey_sign_in: () => ({ credential_id: 'AAAA', client_data: 'e30', authenticator_data: 'AAAA', signature: 'AAAA' }),
		totp_begin: () => ({}),
		totp_confirm: () => ({ code: '000000' }),
		totp_disable: () => ({ code: '000000' }),
		recovery_codes_renew: () => ({ code: '000000' }),
		second_factor: () => ({ token: TOKEN, code: '000000' }),
		account_taken: () => ({}),
		account_taken_by_phone: () => ({ phone: '+79005559999', code: '000000' }),
		security_report_list: () => ({ org_id: org.id }),
		security_report_close: () => ({ org_id: org.id, report_id: 999999, client_id: newId() }),
		security_report_queue: () => ({}),
		security_report_settle: () => ({ report_id: 999999, client_id: newId() }),
		second_factor_reset: () => ({ phone: '+79005559999', reason: 'Потерян телефон', client_id: newId() }),
		org_create: () => ({ name: newWord(), short_name: 'Ш', type: 'school', admin_phone: '+79005559998', client_id: newId() }),
		org_list: () => ({}),
		org_get: () => ({ org_id: org.id }),
		org_card_get: () => ({ org_id: org.id }),
		org_card_set: () => ({ org_id: org.id, address: newWord(), client_id: newId() }),
		org_logo_set: () => ({ org_id: org.id, client_id: newId() }),
		org_card_history: () => ({ org_id: org.id }),
		org_document_add: () => ({ org_id: org.id, kind: 'other', title: newWord(), date: '2026-09-01', file_id: 999999, client_id: newId() }),
		org_document_list: () => ({ org_id: org.id }),
		org_guide: () => ({ org_id: org.id }),
		org_guide_assign: () => ({ org_id: org.id, step: 'structure', person_id: org.teacher.person.id, client_id: newId() }),
		coadmin_grant: () => ({ org_id: org.id, person_id: org.teacher.person.id, client_id: newId() }),
		coadmin_revoke: () => ({ org_id: org.id, person_id: org.coadmin.person.id, client_id: newId() }),
		handover_offer: () => ({ org_id: org.id, person_id: org.teacher.person.id, order_number: '7-к', order_date: '2026-09-01', stay_as: 'teacher', client_id: newId() }),
		handover_get: () => ({ org_id: org.id }),
		handover_answer: () => ({ org_id: org.id, answer: 'accept', client_id: newId() }),
		appointment_list: () => ({ org_id: org.id }),
		org_reappoint: () => ({ org_id: org.id, admin_phone: '+79005559997', end_previous: false, client_id: newId() }),
		org_figures: () => ({ org_id: org.id }),
		curator_grant: () => ({ phone: '+79005559996', given_name: 'Нина', family_name: 'Кураторова', area: newWord('Район'), org_ids: [org.id], client_id: newId() }),
		curator_revoke: () => ({ curator_id: 999999, client_id: newId() }),
		curator_list: () => ({}),
		curator_orgs: () => ({}),
		application_send: () => ({ token: 'A'.repeat(43), form: applicationForm(), file_id: 999999, file_token: newId() }),
		application_status: () => ({ token: 'A'.repeat(43) }),
		application_resend: () => ({ token: 'A'.repeat(43), form: applicationForm() }),
		application_list: () => ({ state: 'sent' }),
		application_get: () => ({ application_id: 999999 }),
		application_approve: () => ({ application_id: 999999, client_id: newId() }),
		application_return: () => ({ application_id: 999999, reason: newWord(), client_id: newId() }),
		application_reject: () => ({ application_id: 999999, reason: newWord(), client_id: newId() }),
		audit_list: () => ({ org_id: org.id }),
		audit_verify: () => ({ org_id: org.id }),
		operator_audit_list: () => ({}),
		operator_audit_verify: () => ({}),
		unit_create: () => ({ org_id: org.id, kind: 'class', name: newWord('Класс'), client_id: newId() }),
		unit_rename: () => ({ unit_id: org.second.id, name: newWord('Класс'), client_id: newId() }),
		unit_list: () => ({ org_id: org.id }),
		member_list: () => ({ org_id: org.id }),
		unit_member_add: () => ({ unit_id: org.second.id, person_id: org.guardian.person.id, client_id: newId() }),
		unit_member_remove: () => ({ unit_id: org.second.id, person_id: org.guardian.person.id, client_id: newId() }),
		guardian_bind: () => ({ unit_id: org.first.id, guardian_id: org.guardian.person.id, child_id: org.student.person.id, client_id: newId() }),
		guardian_unbind: () => ({ unit_id: org.first.id, guardian_id: org.guardian.person.id, child_id: org.student.person.id, client_id: newId() }),
		guardian_list: () => ({ unit_id: org.first.id }),
		family_get: () => ({ org_id: org.id, person_id: org.student.person.id }),
		unit_create_many: () => ({ org_id: org.id, kind: 'class', names: [newWord('Класс'), newWord('Класс')], skip_existing: true, client_id: newId() }),
		unit_level_set: () => ({ unit_id: org.second.id, level: 5, letter: 'А', client_id: newId() }),
		unit_end: () => ({ org_id: org.id, unit_id: org.second.id, client_id: newId() }),
		unit_archive_list: () => ({ org_id: org.id }),
		unit_restore: () => ({ org_id: org.id, unit_id: org.archived.id, client_id: newId() }),
		unit_lead_set: () => ({ unit_id: org.second.id, person_id: org.teacher.person.id, order_no: '58-р', order_date: 1693526400000, client_id: newId() }),
		unit_lead_unset: () => ({ unit_id: org.second.id, person_id: org.teacher.person.id, stay: true, client_id: newId() }),
		unit_lead_list: () => ({ unit_id: org.second.id }),
		subject_list: () => ({ org_id: org.id }),
		subject_create: () => ({ org_id: org.id, names: [newWord('Предмет')], extracurricular: true, client_id: newId() }),
		subject_rename: () => ({ org_id: org.id, subject_id: org.subject.id, name: newWord('Предмет'), extracurricular: false, client_id: newId() }),
		subject_end: () => ({ org_id: org.id, subject_id: org.subject.id, client_id: newId() }),
		teaching_set: () => ({ unit_id: org.second.id, subject_id: org.subject.id, teacher_id: org.teacher.person.id, client_id: newId() }),
		teaching_end: () => ({ unit_id: org.second.id, subject_id: org.subject.id, teacher_id: org.teacher.person.id, client_id: newId() }),
		teaching_list: () => ({ unit_id: org.second.id }),
		teaching_of: () => ({ org_id: org.id }),
		set_list: () => ({ org_id: org.id }),
		set_create: () => ({ org_id: org.id, kind: 'other', name: newWord('Актив'), client_id: newId() }),
		set_rename: () => ({ org_id: org.id, set_id: org.set.id, name: newWord('Актив'), client_id: newId() }),
		set_end: () => ({ org_id: org.id, set_id: org.set.id, client_id: newId() }),
		set_people: () => ({ org_id: org.id, set_id: org.set.id }),
		set_person_add: () => ({ org_id: org.id, set_id: org.set.id, person_ids: [org.student.person.id], client_id: newId() }),
		set_person_remove: () => ({ org_id: org.id, set_id: org.set.id, person_id: org.student.person.id, client_id: newId() }),
		my_children: () => ({ org_id: org.id }),
		movement_apply: () => ({ org_id: org.id, kind: 'transfer', person_ids: [org.student.person.id], to_unit_id: org.second.id, preview: true }),
		unit_merge: () => ({ org_id: org.id, unit_id: org.first.id, into_unit_id: org.second.id, preview: true }),
		rollover_propose: () => ({ org_id: org.id }),
		rollover_apply: () => ({ org_id: org.id, steps: [{ unit_id: org.first.id, action: 'rename', new_name: newWord('Класс') }],
			repeaters: [{ person_id: org.student.person.id, to_unit_id: org.second.id }], new_units: [{ kind: 'class', name: newWord('Класс') }], preview: true }),
		movement_undo: () => ({ org_id: org.id, batch_id: 999999, client_id: newId() }),
		movement_list: () => ({ org_id: org.id }),
		member_remove: () => ({ org_id: org.id, person_id: 999999, client_id: newId() }),
		verification_submit: () => ({ org_id: org.id, position: newWord('учитель '), client_id: newId() }),
		verification_decide: () => ({ org_id: org.id, person_ids: [org.teacher.person.id], confirm: true, client_id: newId() }),
		verification_list: () => ({ org_id: org.id }),
		roster_import_begin: () => ({ org_id: org.id, file_id: 999999, client_id: newId() }),
		roster_import_get: () => ({ org_id: org.id }),
		roster_import_apply: () => ({ org_id: org.id, import_id: 999999, client_id: newId() }),
		roster_import_cancel: () => ({ org_id: org.id, import_id: 999999, client_id: newId() }),
		roster_export: () => ({ org_id: org.id, format: 'csv', client_id: newId() }),
		invite_create: () => ({ org_id: org.id, role: 'teacher', client_id: newId() }),
		unit_invite_create: () => ({ unit_id: org.first.id, role: 'guardian', client_id: newId() }),
		unit_link_list: () => ({ unit_id: org.first.id }),
		unit_link_delegate: () => ({ unit_id: org.first.id, teachers_send: true, client_id: newId() }),
		invite_create_many: () => ({ org_id: org.id, unit_ids: [org.first.id], roles: ['student', 'guardian', 'lead'], client_id: newId() }),
		invite_hand: () => ({ invite_id: org.annulledInvite.id, person_id: org.teacher.person.id, client_id: newId() }),
		invite_mine: () => ({ org_id: org.id }),
		invite_uses: () => ({ invite_id: org.openInvite.id }),
		invite_annul_unused: () => ({ org_id: org.id, days: 365, client_id: newId() }),
		invite_by_code: () => ({ code: '22222222' }),
		join_settings_get: () => ({ org_id: org.id }),
		join_settings_set: () => ({ org_id: org.id, contact: newWord(), client_id: newId() }),
		org_public: () => ({ org_id: org.id }),
		join_ask: () => ({ org_id: org.id, role: 'student', unit_id: org.first.id }),
		join_request_mine: () => ({}),
		join_request_list: () => ({ org_id: org.id }),
		join_request_decide: () => ({ org_id: org.id, request_id: 999983, accept: true, client_id: newId() }),
		unit_request_list: () => ({ unit_id: org.first.id }),
		unit_request_decide: () => ({ unit_id: org.first.id, request_id: 999983, accept: true, client_id: newId() }),
		member_expect_many: () => ({ unit_id: org.first.id, role: 'guardian', people: [{ given_name: 'Ожидаемая', family_name: newWord('Мать') }], client_id: newId() }),
		arrival_list: () => ({ unit_id: org.first.id }),
		arrival_counts: () => ({ org_id: org.id }),
		name_change_request: () => ({ org_id: org.id, given_name: 'Инна', family_name: newWord('Новая'), client_id: newId() }),
		name_change_mine: () => ({}),
		name_change_list: () => ({ org_id: org.id }),
		name_change_decide: () => ({ org_id: org.id, request_id: 999983, accept: false, reason: 'нет', client_id: newId() }),
		name_flag_list: () => ({ org_id: org.id }),
		name_flag_resolve: () => ({ org_id: org.id, person_id: 999983, client_id: newId() }),
		card_issue: () => ({ unit_id: org.first.id, person_ids: [org.student.person.id] }),
		card_list: () => ({ unit_id: org.first.id }),
		card_revoke: () => ({ unit_id: org.first.id, person_ids: [org.student.person.id], client_id: newId() }),
		sign_in_card: () => ({ code: '2222222222', family_name: 'Нет' }),
		invite_list: () => ({ org_id: org.id }),
		invite_annul: () => ({ invite_id: org.annulledInvite.id, client_id: newId() }),
		invite_preview: () => ({ token: org.openInvite.token }),
		invite_accept: () => ({ token: TOKEN }),
		violation_record: () => ({ unit_id: org.first.id, person_id: org.student.person.id, reason: newWord('Грубость'), client_id: newId() }),
		violation_list: () => ({ unit_id: org.first.id }),
		violation_withdraw: () => ({ unit_id: org.first.id, violation_id: 999983, reason: 'Ошибка', client_id: newId() }),
		help_list: () => ({ org_id: org.id }),
		help_all: () => ({}),
		help_save: () => ({ category: 'start', title: newWord('Вход'), text: 'Откройте ссылку.', links: [{ label: 'Сайт', url: 'https://example.ru/' }], place: 1, client_id: newId() }),
		help_remove: () => ({ page_id: 999983, client_id: newId() }),
		help_contact_set: () => ({ text: newWord('Поддержка'), client_id: newId() }),
		chat_create: () => ({ org_id: org.id, title: newWord('Чат'), audience: ['staff', 'student'], client_id: newId() }),
		chat_change: () => ({ chat_id: org.chat, title: newWord('Чат'), client_id: newId() }),
		chat_member_add: () => ({ chat_id: org.chat, person_ids: [org.student.person.id], client_id: newId() }),
		chat_member_remove: () => ({ chat_id: org.chat, person_id: org.student.person.id, client_id: newId() }),
		chat_member_set: () => ({ chat_id: org.chat, person_id: org.student.person.id, client_id: newId() }),
		chat_leave: () => ({ chat_id: org.chat }),
		chat_candidates: () => ({ org_id: org.id }),
		chat_directory: () => ({ org_id: org.id }),
		chat_join: () => ({ org_id: org.id, chat_id: org.chat, client_id: newId() }),
		chat_link_create: () => ({ chat_id: org.chat, client_id: newId() }),
		chat_link_list: () => ({ chat_id: org.chat }),
		chat_link_annul: () => ({ chat_id: org.chat, link_id: 999999, client_id: newId() }),
		chat_link_preview: () => ({ token: TOKEN }),
		chat_link_join: () => ({ token: TOKEN, client_id: newId() }),
		chat_settings_get: () => ({ org_id: org.id }),
		chat_settings_set: () => ({ org_id: org.id, guardians_in_class: true, client_id: newId() }),
		chat_oversight_list: () => ({ org_id: org.id }),
		chat_open_by_duty: () => ({ chat_id: org.chat, reason: 'Проверка', client_id: newId() }),
		chat_snapshot: () => ({ chat_id: org.chat }),
		message_list: () => ({ chat_id: org.chat }),
		message_post: () => ({ chat_id: org.chat, client_id: newId(), text: newWord() }),
		chat_read: () => ({ chat_id: org.chat, seq: 1 }),
		chat_members: () => ({ chat_id: org.chat }),
		people_get: () => ({ chat_id: org.chat, person_ids: [org.student.person.id] }),
		call_start: () => ({ chat_id: org.chat, kind: 'video', client_id: newId() }),
		call_join: () => ({ call_id: org.call ?? 999983 }),
		call_leave: () => ({ call_id: org.call ?? 999983 }),
		call_decline: () => ({ call_id: org.call ?? 999983 }),
		call_end: () => ({ call_id: org.call ?? 999983, client_id: newId() }),
		call_get: () => ({ call_id: org.call ?? 999983 }),
		call_hand: () => ({ call_id: org.call ?? 999983, raised: true, client_id: newId() }),
		call_reaction: () => ({ call_id: org.call ?? 999983, reaction: 'clap' }),
		call_mute: () => ({ call_id: org.call ?? 999983, participant_id: 999983, client_id: newId() }),
		call_ask_unmute: () => ({ call_id: org.call ?? 999983, participant_id: 999983, client_id: newId() }),
		call_mute_all: () => ({ call_id: org.call ?? 999983, hold: true, client_id: newId() }),
		call_remove: () => ({ call_id: org.call ?? 999983, participant_id: 999983, client_id: newId() }),
		call_admit: () => ({ call_id: org.call ?? 999983, client_id: newId() }),
		call_refuse: () => ({ call_id: org.call ?? 999983, participant_id: 999983, client_id: newId() }),
		call_lock: () => ({ call_id: org.call ?? 999983, locked: false, client_id: newId() }),
		call_rights: () => ({ call_id: org.call ?? 999983, screen: false, client_id: newId() }),
		call_cohost: () => ({ call_id: org.call ?? 999983, participant_id: 999983, cohost: true, client_id: newId() }),
		call_hand_over: () => ({ call_id: org.call ?? 999983, participant_id: 999983, client_id: newId() }),
		call_rules: () => ({ chat_id: org.chat }),
		call_rules_set: () => ({ chat_id: org.chat, starters: 'staff', client_id: newId() }),
		call_classroom: () => ({ call_id: org.call ?? 999983, name: 'Кабинет 12', client_id: newId() }),
		call_in_room: () => ({ call_id: org.call ?? 999983, person_ids: [org.student.person.id], here: true, client_id: newId() }),
		call_roster: () => ({ call_id: org.call ?? 999983 }),
		call_key_create: () => ({ call_id: org.call ?? 999983, kind: 'publish', name: newWord('Камера'), client_id: newId() }),
		broadcast_hands: () => ({ call_id: org.call ?? 999983 }),
		content_list: () => ({ org_id: org.id }),
		content_put: () => ({ org_id: org.id, kind: 'link', title: newWord('Атлас'), url: 'https://atlas.example/map', client_id: newId() }),
		content_remove: () => ({ org_id: org.id, content_id: 999983, client_id: newId() }),
		content_verify: () => ({ org_id: org.id, content_id: 999983, list: 'Федеральный перечень', client_id: newId() }),
		call_show: () => ({ call_id: org.call ?? 999983, client_id: newId() }),
		broadcast_stage: () => ({ call_id: org.call ?? 999983, participant_id: 999983, speaks: true, client_id: newId() }),
		call_keys: () => ({ call_id: org.call ?? 999983 }),
		call_key_revoke: () => ({ call_id: org.call ?? 999983, key_id: 999983, client_id: newId() }),
		call_attendance: () => ({ call_id: org.call ?? 999983 }),
		call_record_start: () => ({ call_id: org.call ?? 999983 }),
		call_record_stop: () => ({ call_id: org.call ?? 999983 }),
		recording_list: () => ({ chat_id: org.chat }),
		recording_open: () => ({ chat_id: org.chat, recording_id: org.recording ?? 999983 }),
		recording_publish: () => ({ chat_id: org.chat, recording_id: org.recording ?? 999983, published: true }),
		recording_delete: () => ({ chat_id: org.chat, recording_id: org.recording ?? 999983 }),
		lesson_create: () => ({ chat_id: org.chat, kind: 'lesson', title: newWord('Урок'), starts_at: Date.now() + 864e5, minutes: 40, client_id: newId() }),
		lesson_update: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, minutes: 45, client_id: newId() }),
		lesson_cancel: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, client_id: newId() }),
		lesson_open: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, client_id: newId() }),
		lesson_invite: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, person_id: org.student.person.id, client_id: newId() }),
		lesson_attendance: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983 }),
		lesson_guest_link: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, client_id: newId() }),
		lesson_guest_links: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983 }),
		lesson_guest_link_annul: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, link_id: 999983, client_id: newId() }),
		lesson_list: () => ({ from: 0, to: 864e5 }),
		lesson_get: () => ({ lesson_id: org.lesson ?? 999983 }),
		lesson_slot_take: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, slot: 0, client_id: newId() }),
		lesson_slot_free: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983, client_id: newId() }),
		lesson_slots: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983 }),
		lesson_attendance_file: () => ({ chat_id: org.chat, lesson_id: org.lesson ?? 999983 }),
		guest_look: () => ({ token: newId() }),
		guest_hand: () => ({ key: newId(), raised: true }),
		guest_reaction: () => ({ key: newId(), reaction: 'like' }),
		calendar_link: () => ({}),
		guest_enter: () => ({ token: newId(), name: 'Гость' }),
		guest_get: () => ({ key: newId() }),
		guest_join: () => ({ key: newId() }),
		guest_leave: () => ({ key: newId() }),
		file_get: () => ({ file_id: org.file }),
		file_delete: () => ({ file_id: org.file }),
		presence_get: () => ({ chat_id: org.chat }),
		typing: () => ({ chat_id: org.chat }),
		events_since: () => ({ stream: `c${org.chat}`, after: 0 }),
	}[command];
	if (!make) throw new Error(`no sample of ${command}: write one`);
	return make();
}

const resolved = (schema) => (schema.$ref ? { ...schemas[schema.$ref.split('/').at(-1)], ...schema } : schema);

const WRONG = { string: [0, 1.5, true, null, [], {}], integer: ['1', '', 1.5, true, null, [], {}, 1e300], boolean: ['true', 0, 1, null, [], {}], array: ['', 0, null, {}, true], object: ['', 0, null, [], true, {}, { nonsense: 1 }] };

function wrongValues(schema) {
	const s = resolved(schema);
	const out = [...WRONG[s.type]];
	if (s.enum) out.push('', 'nonsense', `${s.enum[0]} `, s.enum[0].toUpperCase());
	if (s.type === 'integer') {
		if (s.minimum !== undefined) out.push(s.minimum - 1, -9007199254740991);
		if (s.maximum !== undefined) out.push(s.maximum + 1);
	}
	if (s.type === 'string' && !s.enum) {
		if (s.minLength) out.push('', 'я'.repeat(s.minLength - 1));
		if (s.maxLength) out.push('я'.repeat(s.maxLength + 1), '𝒜'.repeat(s.maxLength + 1));
		if (s.format) out.push({ phone: 'abcdef', code: '12345a', token: '!'.repeat(30), 'client-id': 'G'.repeat(32), 'person-name': '<b>', stream: 'x12', date: '2026-02-30', email: 'школа@почта' }[s.format]);
		if (s.format === 'client-id') out.push('A'.repeat(32), 'я'.repeat(32));
		if (s.format === 'stream') out.push('c0', 'c01', 'c-1', 'c9999999999999999', 'p', 'c1 ', 'c1.5');
		if (s.format === 'phone') out.push('+', '12345', '+0123456789', '+12345678901234567');
		if (s.format === 'code') out.push('1234567', '１２３４５６');
		if (s.format === 'person-name') out.push('   ', '\u0000', 'a\u0000b', '1', 'имя\u202e');
	}
	if (s.type === 'object') out.push({});
	if (s.type === 'array') {
		if (s.minItems) out.push([]);
		if (s.maxItems) out.push(Array(s.maxItems + 1).fill(1));
		for (const item of wrongValues(s.items)) out.push([item]);
	}
	return out;
}

/** [what is wrong, parameters, field that the answer must name] of everything that one wrong field can be. */
export function wrongRequests(command, org) {
	const schema = schemas[commands.get(command).request];
	const valid = () => sample(command, org);
	const out = [];
	for (const field of schema.required ?? []) {
		const params = valid();
		delete params[field];
		out.push([`without ${field}`, params, field]);
	}
	out.push(['with a field of nobody', { ...valid(), nonsense: 1 }, 'nonsense']);
	out.push(['with __proto__', JSON.parse(`{"__proto__": {"a": 1}, ${JSON.stringify(valid()).slice(1)}`.replace(', }', '}')), '__proto__']);
	for (const [field, property] of Object.entries(schema.properties ?? {})) {
		for (const value of wrongValues(property)) {
			if (value === undefined) continue;
			out.push([`${field} = ${JSON.stringify(value).slice(0, 40)}`, { ...valid(), [field]: value }, field]);
		}
		// One level of an object within: its fields too.
		const inner = resolved(property);
		for (const [name, part] of inner.type === 'object' ? Object.entries(inner.properties) : []) {
			for (const value of wrongValues(part)) {
				const params = valid();
				params[field] = { ...params[field], [name]: value };
				if (value !== undefined) out.push([`${field}.${name} = ${JSON.stringify(value).slice(0, 40)}`, params, field]);
			}
		}
	}
	return out;
}
