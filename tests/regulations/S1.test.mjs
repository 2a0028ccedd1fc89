// SPDX-License-Identifier: Apache-2.0
// Лицей № 1, Терек: the regulation's rows through the API, in the order in which the lyceum comes to life.
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { commands, schemas } from '../lib/contract.mjs';
import { paper } from '../lib/files.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, codeFor, comeIn, makeCurator, newPhone, Organisation } from '../lib/world.mjs';
import { regulation } from './lib.mjs';
import { actions, apply, approve, bringAct, card, chatOf, chatsOf, comesByCards, join, me, named, newToken, post, refused, textsIn } from './scene.mjs';

const step = regulation('S1');
const server = await serverForFile();
const operator = await claimOperator(server);
const other = await Organisation.create(server, operator);
let org, application, class7, class5, director, lead, teacher, pupil, mate, mother;
const people = {};

/* --- 3.3.1: the application */

step(['R2', 'R3', 'R4'], '3.3.1', 'the lyceum applies with its questionnaire and the order; the operator returns, sees the contacts, approves', async () => {
	const form = {
		type: 'school', name: 'МКОУ «Лицей № 1 г.п. Терек»', short_name: 'Лицей № 1', region: '07', address: '361200, КБР, г. Терек, ул. Ленина, 11',
		head_name: 'Балкарова Людмила Замдиновна', admin_family_name: 'Кушхова', admin_given_name: 'Марина', admin_patronymic: 'Хасановна', admin_email: 'kushhova@licey1-terek.ru',
		order_number: '74', order_date: '2024-09-19', duty_move: 'Классные руководители', duty_connect: 'Администратор платформы', duty_inform: 'Заместитель директора',
	};
	application = await apply(server, form);
	const send = (drop, more = {}) => {
		const whole = { ...application.form, ...more };
		delete whole[drop];
		return { token: newToken(), form: whole, file_id: application.file.id, file_token: application.file.token };
	};
	for (const field of ['head_name', 'order_number', 'students', 'staff', 'duty_move', 'admin_phone', 'admin_email']) await refused(application.client, 'application_send', send(field), 'invalid_field', `form.${field}`);
	await refused(application.client, 'application_send', send('', { consent: false }), 'invalid_field', 'form.consent');
	const { file_id, file_token, ...bare } = send('');
	await refused(application.client, 'application_send', { ...bare, file_token }, 'invalid_field', 'file_id');
	await refused(application.client, 'application_send', { ...bare, file_id: 999999, file_token }, 'not_found', 'file_id');

	const { applications } = await operator.call('application_list', { state: 'sent' });
	assert.ok(applications.some(({ id, short_name }) => id === application.sent.number && short_name === 'Лицей № 1'));
	assert.ok(!JSON.stringify(applications).includes(form.admin_email));
	const seen = await operator.call('application_get', { application_id: application.sent.number });
	assert.deepEqual([seen.form.admin_email, seen.form.admin_phone, seen.file.name], [form.admin_email, application.form.admin_phone, 'приказ.pdf']);
	assert.equal((await operator.request('GET', `/api/v1/files/${seen.file.id}`)).status, 200);
	await refused(other.admin, 'application_get', { application_id: application.sent.number }, 'forbidden');
	await refused(other.admin, 'application_list', { state: 'sent' }, 'forbidden');
	assert.notEqual((await other.admin.request('GET', `/api/v1/files/${seen.file.id}`)).status, 200);

	await operator.call('application_return', { application_id: application.sent.number, reason: 'На приказе нет печати', client_id: newId() });
	const returned = await application.client.call('application_status', { token: application.token });
	assert.deepEqual([returned.state, returned.reason], ['returned', 'На приказе нет печати']);
	await application.client.call('application_resend', { token: application.token, form: application.form });
	org = await approve(server, operator, application);
	assert.equal((await application.client.call('application_status', { token: application.token })).state, 'approved');
	assert.equal((await me(org.admin)).memberships[0].role, 'admin');
	assert.ok(!JSON.stringify(await org.admin.call('org_card_get', { org_id: org.id })).includes(form.admin_email));

	const junk = await apply(server, { short_name: 'Кафе' });
	await operator.call('application_reject', { application_id: junk.sent.number, reason: 'Это не образовательная организация', client_id: newId() });
	assert.equal((await junk.client.call('application_status', { token: junk.token })).state, 'rejected');
	await refused(junk.client, 'application_resend', { token: junk.token, form: junk.form }, 'conflict');
	// An application that came by mail: the operator enters the organisation himself, with the number of the letter.
	const byMail = await operator.call('org_create', { name: 'Лицей по письму', short_name: 'По письму', type: 'school', admin_phone: newPhone(), client_id: newId() });
	assert.equal(byMail.admin_pending, true);
});

step('R8', '3.3.2', 'the card of the lyceum: entered, edited, deleted, with its logo and its history', () => card(org, other.admin));

step('R6', '3.2.2', 'the order of appointment stands in the cabinet; a new administrator takes over in two logged steps', async () => {
	const appointed = async (client) => (await client.call('appointment_list', { org_id: org.id })).appointments;
	const [first] = await appointed(org.admin);
	assert.deepEqual([first.how, first.order_number, first.order_date, first.person.id], ['application', '74', '2024-09-19', org.admin.person.id]);
	const next = await join(org, 'teacher', undefined, ['Шомахова', 'Залина', 'Аслановна']);
	const offer = { org_id: org.id, person_id: next.person.id, order_number: '81', order_date: '2024-10-01', stay_as: 'teacher' };
	await refused(next, 'handover_offer', { ...offer, client_id: newId() }, 'forbidden');
	const scan = await paper(org.admin, { purpose: 'document', org: org.id, name: 'приказ 81.pdf' });
	await org.admin.call('handover_offer', { ...offer, file_id: scan.id, client_id: newId() });
	await org.admin.call('invite_list', { org_id: org.id });
	await refused(next, 'invite_list', { org_id: org.id }, 'forbidden');
	const answer = (client, word) => client.call('handover_answer', { org_id: org.id, answer: word, client_id: newId() });
	await answer(next, 'accept');
	await refused(org.admin, 'invite_list', { org_id: org.id }, 'forbidden');
	const both = await appointed(next);
	assert.deepEqual(both.map(({ how, order_number, order_date }) => [how, order_number, order_date]), [['handover', '81', '2024-10-01'], ['application', '74', '2024-09-19']]);
	assert.equal(both[0].file.name, 'приказ 81.pdf');
	assert.equal((await next.request('GET', `/api/v1/files/${scan.id}`)).status, 200);
	const done = await actions(org, next);
	assert.ok(done.includes('handover_offer') && done.includes('handover_accept'));
	await next.call('handover_offer', { ...offer, person_id: org.admin.person.id, client_id: newId() });
	await answer(org.admin, 'accept');
	people.next = next;
});

step('R1', '3.2.1', 'without its regulation the lyceum is a draft: no pupils; with it active; a new version keeps the old one', async () => {
	class7 = await org.unit('class', '7А');
	const { state } = await org.admin.call('org_get', { org_id: org.id });
	assert.equal(state, 'draft');
	for (const role of ['student', 'guardian']) await refused(org.admin, 'invite_create', { org_id: org.id, role, unit_id: class7.id }, 'conflict');
	await refused(org.admin, 'invite_create_many', { org_id: org.id, unit_ids: [class7.id], roles: ['student'] }, 'conflict');
	const first = await bringAct(org, { title: 'Положение о порядке применения сервисов взаимодействия', number: '75', date: '2024-09-20' });
	assert.deepEqual([first.version, first.number], [1, '75']);
	assert.equal((await org.admin.call('org_get', { org_id: org.id })).state, 'active');
	await org.invite('student', class7);
	assert.equal((await bringAct(org, { title: 'Положение, новая редакция', number: '12', date: '2025-01-15', replaces: first.document })).version, 2);
	const { documents } = await org.admin.call('org_document_list', { org_id: org.id });
	assert.deepEqual(documents.filter(({ kind }) => kind === 'act').map(({ version, number }) => [version, number]), [[2, '12'], [1, '75']]);
	await refused(people.next, 'org_document_add', { org_id: org.id, kind: 'act', title: 'Чужое', date: '2025-01-01', file_id: 1 }, 'forbidden');
});

/* --- 3.3: the administrator prepares the place */

step(['R118', 'R119'], ['3.1', '3.3/0'], 'the guide goes organisation, structure, links, channels, check, each with somebody responsible', async () => {
	const guide = () => org.admin.call('org_guide', { org_id: org.id });
	const first = await guide();
	assert.deepEqual(first.steps.map(({ step: name }) => name), ['organisation', 'structure', 'links', 'channels', 'check']);
	const done = (of, name) => of.steps.find(({ step: one }) => one === name).done;
	assert.deepEqual([first.draft, done(first, 'organisation'), done(first, 'structure'), done(first, 'check')], [false, true, false, false]);
	const assigned = await org.admin.call('org_guide_assign', { org_id: org.id, step: 'channels', person_id: people.next.person.id, client_id: newId() });
	assert.equal(assigned.steps.find(({ step: name }) => name === 'channels').responsible.id, people.next.person.id);
	await refused(people.next, 'org_guide_assign', { org_id: org.id, step: 'channels' }, 'forbidden');
	await refused(org.admin, 'org_guide_assign', { org_id: org.id, step: 'channels', person_id: other.admin.person.id }, 'not_found', 'person_id');
	await refused(other.admin, 'org_guide', { org_id: org.id }, 'not_found');
});

step('R15', '3.3.4', 'the structure of the lyceum: classes by a list at once, and kinds of units', async () => {
	const names = ['5А', '5Б', '6А', '6Б', '7А', '7Б', '11А'];
	await refused(org.admin, 'unit_create_many', { org_id: org.id, kind: 'class', names }, 'conflict');
	const { units, skipped } = await org.admin.call('unit_create_many', { org_id: org.id, kind: 'class', names, skip_existing: true, client_id: newId() });
	assert.deepEqual([units.length, skipped], [6, ['7А']]);
	class5 = units.find(({ name }) => name === '5А');
	assert.deepEqual([class5.level, class5.letter], [5, 'А']);
	people.circle = await org.unit('circle', 'Кружок робототехники');
	const all = (await org.admin.call('unit_list', { org_id: org.id })).units;
	assert.deepEqual([...new Set(all.map(({ kind }) => kind))].sort(), ['circle', 'class', 'staff']);
	await refused(people.next, 'unit_create_many', { org_id: org.id, kind: 'class', names: ['1А'] }, 'forbidden');
});

step(['R14', 'R31'], '3.4.1', 'a class teacher comes by the administrator\'s link into the teachers\' class that is there by itself, account and place in one step', async () => {
	assert.equal(org.staff.kind, 'staff');
	const invite = await org.invite('teacher', class7, { lead: true });
	const guest = new Client(server);
	const page = await guest.call('invite_preview', { token: invite.token });
	assert.deepEqual([page.org_short_name, page.role, page.lead, page.unit_name], ['Лицей № 1', 'teacher', true, '7А']);
	lead = await comeIn(server, invite.token, named(['Хамукова', 'Фатима', 'Руслановна']));
	const [membership] = (await me(lead)).memberships;
	assert.equal(membership.role, 'teacher');
	assert.deepEqual(membership.units.map(({ unit_id, lead: leads }) => [unit_id, leads]).sort((a, b) => a[0] - b[0]), [[org.staff.id, false], [class7.id, true]].sort((a, b) => a[0] - b[0]));
	assert.ok((await chatsOf(lead)).some(({ id }) => id === org.staff.chat_id));
});

step(['R36', 'R37'], '2.5', 'a teacher is confirmed by the administrator, and before that makes no chat with pupils, no link, no broadcast; it ends with the dismissal', async () => {
	const state = async () => (await me(lead)).memberships[0]?.verification;
	assert.equal(await state(), 'claimed');
	const deeds = () => [
		['unit_invite_create', { unit_id: class7.id, role: 'student', max_uses: 30, client_id: newId() }],
		['chat_create', { org_id: org.id, title: 'Кружок чтения', audience: ['staff', 'student'], client_id: newId() }],
		['chat_create', { org_id: org.id, title: 'Объявления', audience: ['student'], channel: true, client_id: newId() }],
		['card_issue', { unit_id: class7.id, person_ids: [lead.person.id] }],
	];
	for (const [command, params] of deeds()) await refused(lead, command, params, 'forbidden');
	await lead.call('verification_submit', { org_id: org.id, position: 'учитель русского языка', subjects: 'русский язык, литература', client_id: newId() });
	assert.equal(await state(), 'under_review');
	await refused(lead, 'verification_decide', { org_id: org.id, person_ids: [lead.person.id], confirm: true, client_id: newId() }, 'forbidden');
	await org.admin.call('verification_decide', { org_id: org.id, person_ids: [lead.person.id], confirm: false, reason: 'Нет приказа о приёме', client_id: newId() });
	assert.deepEqual([await state(), (await me(lead)).memberships[0].verification_reason], ['refused', 'Нет приказа о приёме']);
	for (const [command, params] of deeds()) await refused(lead, command, params, 'forbidden');
	await lead.call('verification_submit', { org_id: org.id, position: 'учитель русского языка', client_id: newId() });
	await org.confirm(lead);
	assert.equal(await state(), 'confirmed');
	for (const [command, params] of deeds().slice(0, 3)) await lead.call(command, params);

	const leaver = await join(org, 'teacher', undefined, ['Уходящий', 'Артур']);
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'dismiss', person_ids: [leaver.person.id], order_no: '9-к', client_id: newId() });
	assert.deepEqual((await me(leaver)).memberships, []);
	await leaver.call('invite_accept', { token: (await org.invite('teacher')).token });
	assert.equal((await me(leaver)).memberships[0].verification, 'claimed');
});

step(['R17'], '3.3.7', 'class teachers are attached to classes by the order; the class teacher keeps the class, and a new one takes over', async () => {
	teacher = await join(org, 'teacher', undefined, ['Тлупова', 'Инна', 'Мухамедовна']);
	const appoint = { unit_id: class5.id, person_id: teacher.person.id, order_no: '60-р', order_date: Date.UTC(2024, 7, 30), client_id: newId() };
	await refused(lead, 'unit_lead_set', { ...appoint, client_id: newId() }, 'forbidden');
	await refused(teacher, 'unit_invite_create', { unit_id: class5.id, role: 'student' }, 'forbidden');
	await org.admin.call('unit_lead_set', appoint);
	const { leads } = await org.admin.call('unit_lead_list', { unit_id: class5.id });
	assert.deepEqual(leads.map(({ person, order_no }) => [person.id, order_no]), [[teacher.person.id, '60-р']]);
	const keeps = await chatOf(teacher, '5А');
	assert.equal(keeps.why, 'lead');
	// What a class teacher may do in his class, and nobody else of the staff.
	await teacher.call('unit_invite_create', { unit_id: class5.id, role: 'student', client_id: newId() });
	await teacher.call('arrival_list', { unit_id: class5.id });
	await refused(teacher, 'arrival_list', { unit_id: class7.id }, 'forbidden');
	await refused(lead, 'arrival_list', { unit_id: class5.id }, 'forbidden');
});

step(['R27', 'R32'], '2.8', 'the pupils\' page of registration opens by a link with unit, role, term, uses and code; the lyceum says who makes such links', async () => {
	const made = await lead.call('unit_invite_create', { unit_id: class7.id, role: 'student', expires_in_h: 48, max_uses: 2, client_id: newId() });
	assert.deepEqual([made.unit_id, made.role, made.max_uses, made.uses], [class7.id, 'student', 2, 0]);
	assert.ok(Math.abs(made.expires_at - made.created_at - 48 * 3600000) < 1000);
	const guest = new Client(server);
	assert.equal((await guest.call('invite_by_code', { code: made.code })).token, made.token);
	const page = await guest.call('invite_preview', { token: made.token });
	assert.deepEqual([page.org_name, page.role, page.unit_name], ['МКОУ «Лицей № 1 г.п. Терек»', 'student', '7А']);
	// The role is the link's: there is no way to ask for another.
	await refused(guest, 'invite_accept', { token: made.token, role: 'teacher' }, 'invalid_field', 'role');
	pupil = await comeIn(server, made.token, named(['Ахметов', 'Тимур']));
	mate = await comeIn(server, made.token, named(['Бекова', 'Алина']));
	assert.equal((await me(pupil)).memberships[0].role, 'student');
	await refused(guest, 'invite_preview', { token: made.token }, 'link_unusable');

	const settings = (student_invites) => org.admin.call('join_settings_set', { org_id: org.id, student_invites, client_id: newId() });
	await settings('admins');
	await refused(lead, 'unit_invite_create', { unit_id: class7.id, role: 'student', client_id: newId() }, 'forbidden');
	await org.admin.call('unit_invite_create', { unit_id: class7.id, role: 'student', client_id: newId() });
	await refused(lead, 'join_settings_set', { org_id: org.id, student_invites: 'admins_and_leads' }, 'forbidden');
	await settings('admins_and_leads');
	await lead.call('unit_invite_create', { unit_id: class7.id, role: 'student', client_id: newId() });
});

step('R27', '3.3.6', 'the administrator makes links for teachers and pupils and sends them to teachers, who find them in their cabinet', async () => {
	const { invites } = await org.admin.call('invite_create_many', { org_id: org.id, unit_ids: [class5.id], roles: ['student', 'lead'], client_id: newId() });
	const forTeachers = await org.invite('teacher', undefined, { max_uses: 40, note: 'на педсовет' });
	assert.deepEqual(invites.map(({ role }) => role).sort(), ['student', 'teacher']);
	for (const { token, code, expires_at, max_uses } of [...invites, forTeachers]) assert.ok(token && /^[2-9A-HJ-KM-NP-TV-Z]{8}$/.test(code) && expires_at > Date.now() && max_uses > 0);
	await org.admin.call('invite_hand', { invite_id: forTeachers.id, person_id: teacher.person.id, client_id: newId() });
	const mine = (await teacher.call('invite_mine', { org_id: org.id })).invites;
	assert.ok(mine.some(({ id }) => id === forTeachers.id));
	await refused(pupil, 'invite_create', { org_id: org.id, role: 'student', unit_id: class7.id }, 'forbidden');
	await refused(pupil, 'invite_mine', { org_id: org.id }, 'forbidden');
});

step('R29', '3.3.9', 'links with counters of use; one is annulled, all unused ones are annulled, and an annulled link refuses clearly', async () => {
	const [used, one, unused] = [await org.invite('student', class5, { max_uses: 5 }), await org.invite('student', class5), await org.invite('guardian', class5)];
	await comeIn(server, used.token, named(['Гутов', 'Мурат']));
	const state = async (id) => (await org.admin.call('invite_list', { org_id: org.id, limit: 200 })).invites.find((invite) => invite.id === id);
	assert.deepEqual([(await state(used.id)).uses, (await state(one.id)).uses], [1, 0]);
	await org.admin.call('invite_annul', { invite_id: one.id, client_id: newId() });
	const { message } = await refused(new Client(server), 'invite_preview', { token: one.token }, 'link_unusable');
	assert.match(message, /[Сс]сылк/);
	await refused(new Client(server), 'invite_by_code', { code: one.code }, 'link_unusable');
	await refused(pupil, 'invite_annul', { invite_id: used.id }, 'forbidden');
	const annul = (days, dry_run) => org.admin.call('invite_annul_unused', { org_id: org.id, days, dry_run, client_id: newId() });
	assert.equal((await annul(30, true)).count, 0);
	assert.ok((await annul(0, true)).count > 0);
	await annul(0, false);
	assert.deepEqual([(await state(unused.id)).state, (await state(used.id)).state], ['annulled', 'open']);
	await refused(new Client(server), 'invite_accept', { token: unused.token, phone: newPhone(), code: '123456', given_name: 'А', family_name: 'Б' }, 'link_unusable');
});

step('R23', '2.4', 'the director comes in by a staff link as administration, above the teachers', async () => {
	const { token } = await org.invite('head');
	director = await comeIn(server, token, named(['Балкарова', 'Людмила', 'Замдиновна']));
	await org.confirm(director);
	assert.equal((await me(director)).memberships[0].role, 'head');
	assert.ok(await chatOf(director, 'Администрация'));
	assert.ok((await chatsOf(director)).some(({ id }) => id === org.staff.chat_id));
	for (const command of ['org_guide', 'chat_oversight_list', 'member_list', 'audit_list']) {
		await director.call(command, { org_id: org.id });
		await refused(lead, command, { org_id: org.id }, 'forbidden');
	}
	assert.equal(await chatOf(lead, 'Администрация'), undefined);
	await director.call('chat_create', { org_id: org.id, title: 'Педагогический совет', audience: ['staff'], client_id: newId() });
});

step('R25', ['3.2–3.4', '2.10'], 'administration, administrator, deputy, class teacher, teacher, pupil and parent are roles of their own; so are operator and municipal curator', async () => {
	const deputy = await join(org, 'coadmin', undefined, ['Жилова', 'Рита']);
	mother = await join(org, 'guardian', class7, ['Ахметова', 'Лейла']);
	const curator = await makeCurator(server, operator, [org]);
	const role = async (client) => (await me(client)).memberships[0]?.role;
	assert.deepEqual(await Promise.all([director, org.admin, deputy, lead, teacher, pupil, mother].map(role)), ['head', 'admin', 'coadmin', 'teacher', 'teacher', 'student', 'guardian']);
	assert.deepEqual([(await me(operator)).operator, (await me(curator)).curator, await role(operator), await role(curator)], [true, true, undefined, undefined]);
	const may = async (client, command, params) => (await client.try(command, params)).error === undefined;
	const deeds = [
		['org_list', {}, [operator]],
		['org_card_set', { org_id: org.id, phone: '8 (86632) 41-5-67' }, [org.admin]],
		['unit_create_many', { org_id: org.id, kind: 'class', names: ['7А'], skip_existing: true }, [org.admin, deputy]],
		['audit_list', { org_id: org.id }, [org.admin, director]],
		['arrival_list', { unit_id: class7.id }, [org.admin, deputy, director, lead]],
		['subject_list', { org_id: org.id }, [org.admin, deputy, director, lead, teacher]],
		['my_children', { org_id: org.id }, [org.admin, deputy, director, lead, teacher, mother]],
		['chat_snapshot', { chat_id: class7.chat_id }, [lead, pupil, mother]],
		['chat_snapshot', { chat_id: org.staff.chat_id }, [org.admin, deputy, director, lead, teacher]],
		['org_figures', { org_id: org.id }, [org.admin, director, curator]],
	];
	const everybody = [operator, curator, org.admin, deputy, director, lead, teacher, pupil, mother];
	for (const [command, params, allowed] of deeds) {
		for (const client of everybody) assert.equal(await may(client, command, params), allowed.includes(client), `${command} by ${client.person.family_name}`);
	}
	// The parent has his own place: the chat of the parents of his child's class.
	assert.equal((await chatOf(mother, 'Родители 7А')).kind, 'parents');
	Object.assign(people, { deputy, curator });
});

step('R12', '3.3.3', 'the municipal curator sees cards and figures, and talks with the administrators in a chat of their own; nothing else is open to him', async () => {
	const { curator, deputy } = people;
	assert.deepEqual((await curator.call('curator_orgs')).orgs.map((card) => card.org.short_name), ['Лицей № 1']);
	assert.ok((await curator.call('org_figures', { org_id: org.id })).roles.length > 0);
	const [chat, ...none] = await chatsOf(curator);
	assert.deepEqual([chat.kind, chat.why, none], ['curator', 'curator', []]);
	await post(curator, chat.id, 'Нужна сводка за четверть');
	await post(org.admin, chat.id, 'Отправлю сегодня');
	assert.deepEqual(await textsIn(deputy, chat.id), ['Нужна сводка за четверть', 'Отправлю сегодня']);
	for (const one of [director, lead, teacher, pupil, mother]) assert.ok(!(await chatsOf(one)).some(({ id }) => id === chat.id));
	for (const { id } of (await chatsOf(org.admin)).filter(({ kind }) => kind !== 'curator')) await refused(curator, 'chat_snapshot', { chat_id: id }, 'not_found');
	for (const command of ['member_list', 'unit_list', 'chat_oversight_list', 'audit_list']) await refused(curator, command, { org_id: org.id }, 'forbidden');
	// It ends with the appointment; appointed again he finds it again.
	const appointed = { phone: curator.phone, given_name: 'Нина', family_name: 'Кураторова', area: 'Терский район', org_ids: [org.id] };
	await operator.call('curator_revoke', { curator_id: curator.curatorId, client_id: newId() });
	assert.deepEqual(await chatsOf(curator), []);
	await refused(curator, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	curator.curatorId = (await operator.call('curator_grant', { ...appointed, client_id: newId() })).id;
	assert.equal((await chatsOf(curator))[0].id, chat.id);
});

/* --- 2.7: the teacher, his badge and his chats */

step(['R35', 'R38', 'R50'], '2.7', 'the parents\' chat of the class is there by itself; a teacher makes chats and invites by a link that checks who comes; the badge is set by confirmation only', async () => {
	const parents = await chatOf(lead, 'Родители 7А');
	assert.equal(parents.kind, 'parents');
	assert.equal((await chatsOf(lead)).filter(({ kind, unit_id }) => kind === 'parents' && unit_id === class7.id).length, 1);
	await refused(pupil, 'chat_snapshot', { chat_id: parents.id }, 'not_found');

	const chat = await lead.call('chat_create', { org_id: org.id, title: 'Поездка в Нальчик', audience: ['guardian'], client_id: newId() });
	const link = await lead.call('chat_link_create', { chat_id: chat.id, max_uses: 30, client_id: newId() });
	await refused(pupil, 'chat_link_join', { token: link.token, client_id: newId() }, 'forbidden');
	await refused(other.admin, 'chat_link_join', { token: link.token, client_id: newId() }, 'forbidden');
	await refused(new Client(server), 'chat_link_join', { token: link.token, client_id: newId() }, 'not_signed_in');
	assert.equal((await pupil.call('chat_link_preview', { token: link.token })).title, undefined);
	assert.equal((await mother.call('chat_link_join', { token: link.token, client_id: newId() })).why, 'link');
	const withColleagues = await lead.call('chat_create', { org_id: org.id, title: 'Методическое объединение словесников', audience: ['staff'], client_id: newId() });
	await refused(mother, 'chat_link_join', { token: (await lead.call('chat_link_create', { chat_id: withColleagues.id, client_id: newId() })).token, client_id: newId() }, 'forbidden');
	await refused(pupil, 'chat_create', { org_id: org.id, title: 'Без взрослых', audience: ['student'], client_id: newId() }, 'forbidden');

	const newcomer = await join(org, 'teacher', class7, ['Новиков', 'Пётр'], { unconfirmed: true });
	const badges = async () => Object.fromEntries((await pupil.call('chat_members', { chat_id: class7.chat_id })).members.map(({ person, confirmed }) => [person.id, confirmed]));
	const before = await badges();
	assert.deepEqual([before[lead.person.id], before[newcomer.person.id], before[mate.person.id] ?? false], [true, false, false]);
	await newcomer.call('verification_submit', { org_id: org.id, position: 'учитель физики', client_id: newId() });
	assert.equal((await badges())[newcomer.person.id], false);
	await org.confirm(newcomer);
	assert.equal((await badges())[newcomer.person.id], true);
	await org.admin.call('member_remove', { org_id: org.id, person_id: newcomer.person.id, client_id: newId() });
});

step('R55', '3.3.5', 'the administrator makes a chat where it is needed, of any kind, and keeps order in it', async () => {
	for (const [title, audience, channel] of [['Олимпиада', ['staff', 'student'], false], ['Новости лицея', ['staff', 'student', 'guardian'], true], ['Родительский комитет', ['guardian'], false]]) {
		const chat = await org.admin.call('chat_create', { org_id: org.id, title, audience, channel, client_id: newId() });
		const guest = audience.includes('student') ? pupil : mother;
		await org.admin.call('chat_member_add', { chat_id: chat.id, person_ids: [guest.person.id], client_id: newId() });
		await post(org.admin, chat.id, 'Здравствуйте');
		assert.deepEqual((await textsIn(guest, chat.id)).slice(-1), ['Здравствуйте']);
		if (channel) await refused(guest, 'message_post', { chat_id: chat.id, client_id: newId(), text: 'И я' }, 'forbidden');
		else await post(guest, chat.id, 'И вам');
		await org.admin.call('chat_member_remove', { chat_id: chat.id, person_id: guest.person.id, client_id: newId() });
		await refused(guest, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
		await org.admin.call('chat_change', { chat_id: chat.id, archived: true, client_id: newId() });
	}
	// What a teacher made is kept in order by the administrator too.
	const theirs = await chatOf(lead, 'Поездка в Нальчик');
	await org.admin.call('chat_member_remove', { chat_id: theirs.id, person_id: mother.person.id, client_id: newId() });
	await refused(mother, 'chat_snapshot', { chat_id: theirs.id }, 'not_found');
});

step('R21', '3.3.8', 'a transfer moves the chats, closes access at once and keeps authorship; leaving closes all; both stand in the journal of movements', async () => {
	await post(pupil, class7.chat_id, 'Моё сообщение в 7А');
	const socket = await pupil.socket();
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class5.id, order_no: '17-у', order_date: '2024-11-05', client_id: newId() });
	await refused(pupil, 'chat_snapshot', { chat_id: class7.chat_id }, 'not_found');
	await post(lead, class7.chat_id, 'После перевода');
	await socket.settle();
	assert.ok(!JSON.stringify(socket.frames).includes('После перевода'));
	await socket.close();
	assert.ok(await chatOf(pupil, '5А'));
	const { messages } = await mate.call('chat_snapshot', { chat_id: class7.chat_id });
	assert.equal(messages.find(({ text }) => text === 'Моё сообщение в 7А').sender_id, pupil.person.id);
	const leaver = await join(org, 'student', class7, ['Уехавший', 'Идар']);
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'leave', person_ids: [leaver.person.id], order_no: '18-у', client_id: newId() });
	assert.deepEqual((await me(leaver)).memberships, []);
	const { movements } = await org.admin.call('movement_list', { org_id: org.id });
	assert.deepEqual(movements.slice(0, 2).map(({ kind, order_no, person }) => [kind, order_no, person.id]), [['leave', '18-у', leaver.person.id], ['transfer', '17-у', pupil.person.id]]);
	await refused(lead, 'movement_apply', { org_id: org.id, kind: 'leave', person_ids: [mate.person.id] }, 'forbidden');
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class7.id, client_id: newId() });
});

step('R61', '3.4.5–6', 'the class teacher sees who has not come yet and sends the link, or a card, again', async () => {
	const list = async () => (await lead.call('arrival_list', { unit_id: class7.id })).people;
	await lead.call('member_expect_many', { unit_id: class7.id, role: 'student', people: [{ family_name: 'Дышеков', given_name: 'Ислам' }], client_id: newId() });
	const absent = (await list()).filter(({ state }) => state !== 'joined');
	assert.deepEqual(absent.map(({ person, state }) => [person.family_name, state]), [['Дышеков', 'expected']]);
	const [card] = (await lead.call('card_issue', { unit_id: class7.id, person_ids: [absent[0].person.id] })).cards;
	assert.equal((await list()).find(({ person }) => person.id === absent[0].person.id).state, 'invited');
	const again = await lead.call('unit_invite_create', { unit_id: class7.id, role: 'student', client_id: newId() });
	assert.ok(card.token !== again.token);
	const late = await comeIn(server, again.token, named(['Дышеков', 'Ислам']));
	assert.equal(late.person.id, absent[0].person.id);
	assert.ok((await list()).every(({ state }) => state === 'joined'));
	assert.ok(await chatOf(late, '7А'));
	await refused(mate, 'arrival_list', { unit_id: class7.id }, 'forbidden');
});

step('R93', '3.2.5', 'the administration sees which chats there are and how lively they are, and what is said only by an act that the journal and the chat tell', async () => {
	await post(lead, class7.chat_id, 'Контрольная в пятницу');
	const page = await director.call('chat_oversight_list', { org_id: org.id });
	const seen = page.chats.find(({ id }) => id === class7.chat_id);
	assert.ok(seen.message_count >= 2 && seen.member_count >= 3 && seen.last_at > 0);
	assert.ok(!JSON.stringify(page).includes('Контрольная'));
	await refused(director, 'chat_snapshot', { chat_id: class7.chat_id }, 'forbidden');
	await refused(people.deputy, 'chat_open_by_duty', { chat_id: class7.chat_id, reason: 'Жалоба', client_id: newId() }, 'forbidden');
	await director.call('chat_open_by_duty', { chat_id: class7.chat_id, reason: 'Обращение родителя от 12.11', client_id: newId() });
	assert.ok((await textsIn(director, class7.chat_id)).includes('Контрольная в пятницу'));
	assert.ok((await textsIn(mate, class7.chat_id)).some((text) => text.includes('Обращение родителя от 12.11')));
	assert.ok((await actions(org)).includes('chat_open_by_duty'));
	await director.call('chat_leave', { chat_id: class7.chat_id });
	await refused(director, 'chat_snapshot', { chat_id: class7.chat_id }, 'forbidden');
});

/* --- 2.3: closed and safe */

step(['R40', 'R41', 'R42'], '2.3', 'own accounts; no phone in any answer and no search by one; nobody comes in but by a closed link or admitted by staff', async () => {
	const withPhone = [...commands.values()].filter(({ request }) => 'phone' in (schemas[request].properties ?? {})).map(({ name }) => name);
	// A number proves who one is, or is the operator's: nobody is looked up by it.
	assert.deepEqual(withPhone.sort(), ['account_taken_by_phone', 'code_request', 'curator_grant', 'invite_accept', 'join_ask', 'operator_claim', 'org_card_set', 'person_delete', 'phone_change', 'second_factor_reset', 'sign_in']);
	for (const command of ['person_delete', 'second_factor_reset']) await refused(org.admin, command, { phone: pupil.phone, reason: 'Кто это?' }, 'forbidden');
	const phones = [pupil, mate, mother, lead, teacher, director, org.admin].map(({ phone }) => phone.slice(-10));
	const told = JSON.stringify([
		...await Promise.all([pupil, mother, lead, director, org.admin].map(me)),
		...await Promise.all([pupil, lead].map((client) => client.call('chat_members', { chat_id: class7.chat_id }))),
		...await Promise.all(['member_list', 'audit_list', 'movement_list', 'appointment_list', 'verification_list', 'invite_list', 'document_state_list'].map((command) => org.admin.call(command, { org_id: org.id }))),
		await lead.call('arrival_list', { unit_id: class7.id }), await lead.call('guardian_list', { unit_id: class7.id }), await org.admin.call('family_get', { org_id: org.id, person_id: pupil.person.id }),
	]).replace(/\D/g, '');
	for (const phone of phones) assert.ok(!told.includes(phone));
	for (const query of [pupil.phone, pupil.phone.slice(1), pupil.phone.slice(-4)]) assert.deepEqual((await org.admin.call('member_list', { org_id: org.id, query })).members, []);

	// One's own account: the number and the code, no other service; an unknown number is nobody.
	assert.deepEqual(Object.keys(schemas.SignIn.properties).sort(), ['code', 'device', 'device_key', 'phone']);
	const stranger = new Client(server);
	const phone = newPhone();
	await refused(stranger, 'sign_in', { phone, code: await codeFor(stranger, phone) }, 'no_account');
	await refused(stranger, 'member_list', { org_id: org.id }, 'not_signed_in');
	await refused(stranger, 'org_public', { org_id: org.id }, 'not_found');
	for (const [command, params] of [['chat_snapshot', { chat_id: class7.chat_id }], ['org_get', { org_id: org.id }], ['member_list', { org_id: org.id }], ['chat_directory', { org_id: org.id }], ['chat_join', { org_id: org.id, chat_id: class7.chat_id }]]) await refused(other.admin, command, params, 'not_found');
	await refused(lead, 'chat_member_add', { chat_id: (await chatOf(lead, 'Поездка в Нальчик')).id, person_ids: [other.admin.person.id], client_id: newId() }, 'not_found', 'person_ids');
	// A guest waits until somebody of the staff admits him.
	const asked = await comeIn(server, (await org.invite('student', class7, { approval: true })).token, named(['Гостев', 'Олег']));
	assert.deepEqual((await me(asked)).memberships, []);
	await refused(asked, 'chat_snapshot', { chat_id: class7.chat_id }, 'not_found');
	const request = (await lead.call('unit_request_list', { unit_id: class7.id })).requests.find(({ person }) => person.id === asked.person.id);
	await refused(pupil, 'unit_request_decide', { unit_id: class7.id, request_id: request.id, accept: true, client_id: newId() }, 'forbidden');
	await lead.call('unit_request_decide', { unit_id: class7.id, request_id: request.id, accept: false, reason: 'Не наш ученик', client_id: newId() });
	assert.deepEqual((await me(asked)).memberships, []);
});

/* --- 4: rights and duties */

/** Another device of a pupil: his class teacher's card signs it in. */
async function byCard(who, device = {}) {
	const [{ token }] = (await lead.call('card_issue', { unit_id: class7.id, person_ids: [who.person.id] })).cards;
	const client = new Client(server);
	client.person = (await client.call('sign_in_card', { token, ...device })).person;
	assert.equal(client.person.id, who.person.id);
	return client;
}

step('R39', '4.2.1', 'a name that the class list does not know is shown to the administrator; nobody renames himself', async () => {
	const [expected] = (await lead.call('member_expect_many', { unit_id: class7.id, role: 'student', people: [{ family_name: 'Езиева', given_name: 'Дана' }], client_id: newId() })).people.filter(({ person }) => person.family_name === 'Езиева');
	const { token } = await org.invite('student', class7, { max_uses: 5 });
	const liar = await comeIn(server, token, named(['Мстительница', 'Дана']));
	const flag = async () => (await org.admin.call('name_flag_list', { org_id: org.id })).flags.find(({ member }) => member.person.id === liar.person.id);
	assert.ok((await flag()).candidates.some(({ id }) => id === expected.person.id));
	await refused(liar, 'name_flag_resolve', { org_id: org.id, person_id: liar.person.id }, 'forbidden');
	// No command takes a new name of one's own; a second link with another name changes nothing.
	const circle = await org.invite('student', people.circle);
	await liar.call('invite_accept', { token: circle.token, given_name: 'Супер', family_name: 'Звезда' });
	assert.equal((await me(liar)).person.family_name, 'Мстительница');
	const merged = await org.admin.call('name_flag_resolve', { org_id: org.id, person_id: liar.person.id, expected_id: expected.person.id, client_id: newId() });
	assert.equal(merged.person.family_name, 'Езиева');
	assert.equal((await me(liar)).person.family_name, 'Езиева');
	assert.equal(await flag(), undefined);
});

step('R91', '4.2.2', '"my account was taken": the other sessions end at once, the administrator and the operator are told', async () => {
	const thief = await byCard(mate);
	const [socket, watching] = [await thief.socket(), await org.admin.socket()];
	assert.deepEqual(await mate.call('account_taken'), { ended: 1 });
	assert.equal(await socket.closed, 1008);
	await refused(thief, 'me_snapshot', {}, 'not_signed_in');
	await mate.call('me_snapshot');
	const { data } = await watching.event(({ type }) => type === 'security_reported');
	const mine = (await org.admin.call('security_report_list', { org_id: org.id })).reports.find(({ id }) => id === data.report_id);
	assert.equal(mine.person.id, mate.person.id);
	assert.ok((await operator.call('security_report_queue')).reports.some(({ person }) => person.id === mate.person.id));
	assert.ok(!(await other.admin.call('security_report_list', { org_id: other.id })).reports.length);
	await watching.close();
});

step('R92', '4.2.3', 'a sign-in from another device is told on the first one, which sees both and ends the stranger', async () => {
	const socket = await mate.socket();
	const second = await byCard(mate, { device: 'Firefox, Linux', device_key: newId() });
	const { data } = await socket.event(({ type }) => type === 'device_signed_in');
	assert.equal(data.device.device, 'Firefox, Linux');
	assert.equal((await me(mate)).new_devices.length, 1);
	const { sessions } = await mate.call('session_list');
	assert.deepEqual(sessions.map(({ current, is_new }) => [current, is_new]).sort(), [[false, true], [true, false]]);
	await refused(second, 'session_confirm', { session_id: data.device.session_id }, 'not_found');
	await mate.call('session_end', { session_id: data.device.session_id });
	await refused(second, 'me_snapshot', {}, 'not_signed_in');
	assert.deepEqual((await me(mate)).new_devices, []);
	await socket.close();
});

step('R94', '4.1.2', 'an account is deleted by its owner with days of grace, or by support at once', async () => {
	const parent = await join(org, 'guardian', class7, ['Прощальная', 'Вера']);
	const { delete_at } = await parent.call('account_delete_request');
	assert.ok(delete_at - Date.now() > 13 * 86400000);
	assert.equal((await me(parent)).delete_at, delete_at);
	await chatOf(parent, 'Родители 7А');
	await parent.call('account_delete_cancel');
	assert.equal((await me(parent)).delete_at, undefined);
	await refused(org.admin, 'person_delete', { phone: parent.phone, reason: 'Просьба' }, 'forbidden');
	await operator.call('person_delete', { phone: parent.phone, reason: 'Просьба по почте', client_id: newId() });
	await refused(parent, 'me_snapshot', {}, 'not_signed_in');
	assert.deepEqual((await org.admin.call('member_list', { org_id: org.id, query: 'Прощальная' })).members, []);
});

step('R95', ['4.1.6', '4.2.7'], 'the agreement has versions; who accepted which, and when, is kept', async () => {
	const due = (await me(pupil)).documents_due;
	assert.ok(due.some(({ kind }) => kind === 'agreement'));
	const text = await new Client(server).call('document_get', { kind: 'agreement' });
	assert.ok(text.version >= 1 && text.published_at > 0 && text.text.length > 1000);
	await refused(pupil, 'document_accept', { kind: 'agreement', version: text.version + 1, client_id: newId() }, 'conflict', 'version');
	await pupil.call('document_accept', { kind: 'agreement', version: text.version, client_id: newId() });
	assert.ok(!(await me(pupil)).documents_due.some(({ kind }) => kind === 'agreement'));
	const state = (await org.admin.call('document_state_list', { org_id: org.id })).people.find(({ person }) => person.id === pupil.person.id);
	const [accepted] = state.accepted;
	assert.deepEqual([accepted.kind, accepted.version, accepted.by_person_id], ['agreement', text.version, pupil.person.id]);
	assert.ok(accepted.at > 0);
	await refused(lead, 'document_state_list', { org_id: org.id }, 'forbidden');
});

step('R88', '3.4.3', 'after a violation the rules of conduct and liability are read and signed anew before one writes; the parent is told; all of it is in the journal', async () => {
	const someone = await join(org, 'student', class7, ['Кардангушев', 'Аслан']);
	const parent = await join(org, 'guardian', class7, ['Кардангушева', 'Мадина']);
	await org.admin.call('guardian_bind', { unit_id: class7.id, guardian_id: parent.person.id, child_id: someone.person.id, client_id: newId() });
	const rules = await someone.call('document_get', { kind: 'rules' });
	const accept = () => someone.call('document_accept', { kind: 'rules', version: rules.version, client_id: newId() });
	await accept(); // at his first sign-in, as everybody
	const chat = await chatOf(someone, '7А');
	const { seq } = await post(someone, chat.id, 'Обидные слова');
	const recorded = { unit_id: class7.id, person_id: someone.person.id, reason: 'Оскорбил одноклассника в чате', chat_id: chat.id, seq };
	await refused(someone, 'violation_record', { ...recorded, client_id: newId() }, 'forbidden');
	await refused(other.admin, 'violation_record', { ...recorded, client_id: newId() }, 'not_found');
	const { id } = await lead.call('violation_record', { ...recorded, client_id: newId() });
	assert.deepEqual((await me(someone)).violations.map(({ reason }) => reason), [recorded.reason]);
	assert.deepEqual((await me(parent)).child_violations.map(({ person, reason }) => [person.id, reason]), [[someone.person.id, recorded.reason]]);
	assert.ok((await textsIn(someone, chat.id)).length > 0); // he reads
	assert.match((await refused(someone, 'message_post', { chat_id: chat.id, client_id: newId(), text: 'Ещё' }, 'forbidden')).message, /правила/);
	assert.match(rules.text, /\S/);
	await accept();
	await post(someone, chat.id, 'Прошу прощения');
	assert.equal((await me(parent)).child_violations, undefined);
	assert.equal((await lead.call('violation_list', { unit_id: class7.id })).violations.find((one) => one.id === id).state, 'signed');
	// One that was recorded by mistake is taken back.
	const again = await lead.call('violation_record', { ...recorded, reason: 'По ошибке', client_id: newId() });
	await lead.call('violation_withdraw', { unit_id: class7.id, violation_id: again.id, reason: 'Это был другой ученик', client_id: newId() });
	await post(someone, chat.id, 'Пишу');
	const journal = await actions(org);
	for (const action of ['violation_record', 'violation_sign', 'violation_withdraw']) assert.ok(journal.includes(action), action);
});

step('R89', '4.2.6', 'nobody but the administration gets lists of people, nobody gets a number, and nothing personal is kept without consent', async () => {
	for (const client of [lead, teacher, pupil, mother]) {
		for (const command of ['member_list', 'document_state_list', 'arrival_counts', 'name_flag_list']) await refused(client, command, { org_id: org.id }, 'forbidden');
		await refused(client, 'unit_archive_list', { org_id: org.id }, 'forbidden');
	}
	for (const client of [teacher, pupil, mother]) await refused(client, 'guardian_list', { unit_id: class7.id }, 'forbidden');
	// Page by page at most 200, with no contact in any row.
	await refused(org.admin, 'member_list', { org_id: org.id, limit: 201 }, 'invalid_field', 'limit');
	const { members } = await org.admin.call('member_list', { org_id: org.id, limit: 200 });
	assert.ok(members.length > 5);
	assert.doesNotMatch(JSON.stringify(members), /phone|email|\+7\d/);
	assert.match((await pupil.call('security_get')).phone, /^\+7 ••• •••-\d\d-\d\d$/);
	const { form, file } = application;
	await refused(new Client(server), 'application_send', { token: newToken(), form: { ...form, consent: false }, file_id: file.id, file_token: file.token }, 'invalid_field', 'form.consent');
	assert.match((await new Client(server).call('document_get', { kind: 'consent' })).title, /персональных данных/);
	assert.ok((await me(mother)).documents_due.some(({ kind }) => kind === 'consent'));
});

step('R43', '2.3', 'no advertisements and nothing to pay for; floods of messages, codes and guessed links are stopped', async () => {
	assert.deepEqual([...commands.keys()].filter((name) => /pay|price|tariff|advert|banner|promo/.test(name)), []);
	const strict = await serverForFile({ args: ['--rate-limit', '1'] });
	const own = await Organisation.create(strict, await claimOperator(strict));
	// A flood comes many at once: one after the other, a machine with much else to do could be slower than what is allowed.
	const flood = async (send) => {
		let stopped;
		for (let i = 0; i < 20 && !stopped; i++) stopped = (await Promise.all(Array.from({ length: 25 }, send))).map(({ error }) => error).find((error) => error?.code === 'rate_limited');
		return stopped;
	};
	const stopped = await flood(() => own.admin.try('message_post', { chat_id: own.staff.chat_id, client_id: newId(), text: 'Купите!' }));
	assert.deepEqual([stopped?.code, stopped?.retry_after_s > 0], ['rate_limited', true]);
	const guest = new Client(strict);
	const phone = newPhone();
	await guest.call('code_request', { phone });
	await refused(guest, 'code_request', { phone }, 'rate_limited');
	assert.equal((await flood(() => guest.try('invite_by_code', { code: '33333333' })))?.code, 'rate_limited');
	// A link is checked before anything of what it leads to is told.
	await refused(pupil, 'chat_link_preview', { token: 'A'.repeat(32) }, 'link_unusable');
	await refused(new Client(server), 'invite_preview', { token: 'A'.repeat(32) }, 'link_unusable');
});

step('R102', '3.3.11', 'the administrator sees who is expected, invited, in or shut out, and gives a way in again', () => comesByCards(server, org, class7, lead, mate, 'Калмыков'));
