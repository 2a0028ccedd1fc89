// SPDX-License-Identifier: Apache-2.0
// Школа № 98, Санкт-Петербург: the regulation's rows through the API, in the order in which the school comes to life.
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { totp } from '../lib/totp.mjs';
import { claimOperator, comeIn, Organisation } from '../lib/world.mjs';
import { regulation } from './lib.mjs';
import { actions, apply, approve, bringAct, card, chatOf, chatsOf, join, me, named, post, refused, textsIn } from './scene.mjs';

const step = regulation('S3');
const server = await serverForFile();
const operator = await claimOperator(server);
const other = await Organisation.create(server, operator);

const application = await apply(server, {
	type: 'school', name: 'ГБОУ школа № 98 Калининского района Санкт-Петербурга', short_name: 'Школа № 98', region: '78', address: 'Санкт-Петербург, Калининский район, пр. Науки, 9',
	head_name: 'Фетисова И. В.', admin_family_name: 'Соловьёв', admin_given_name: 'Антон', order_number: '57-р', order_date: '2023-06-19',
});
const org = await approve(server, operator, application);
await bringAct(org, { title: 'Положение об использовании платформы', number: '58-р', date: '2023-06-20' });
const unitsOf = async () => (await org.admin.call('unit_list', { org_id: org.id })).units;
let class7, class7b, director, lead, chemist, pupil, mate, mother, forPupils, chemistry, theatre;

step('R8', '2.1/1', 'the card of the school: entered, edited, deleted, with its logo and its history', () => card(org, other.admin));

step('R15', '2.1/2', 'the administrator makes the classes of the school by a list at once, and circles beside them', async () => {
	const names = ['5А', '5Б', '6А', '7А', '7Б', '11Б'];
	const { units } = await org.admin.call('unit_create_many', { org_id: org.id, kind: 'class', names, client_id: newId() });
	assert.deepEqual(units.map(({ name, level, letter }) => `${level}${letter}${name}`).sort(), names.map((name) => `${name}${name}`).sort());
	await refused(org.admin, 'unit_create_many', { org_id: org.id, kind: 'class', names: ['8А', '7А'] }, 'conflict');
	assert.ok(!(await unitsOf()).some(({ name }) => name === '8А'));
	[class7, class7b] = ['7А', '7Б'].map((name) => units.find((unit) => unit.name === name));
	await org.unit('circle', 'Театральная студия');
	await refused(other.admin, 'unit_create_many', { org_id: org.id, kind: 'class', names: ['8А'] }, 'not_found');
});

step(['R23'], ['1.4', '2.2/1'], 'the administration of the school comes in by the link that the administrator sent, above the teachers', async () => {
	const invite = await org.invite('head');
	assert.equal((await new Client(server).call('invite_preview', { token: invite.token })).role, 'head');
	director = await comeIn(server, invite.token, named(['Фетисова', 'Ирина', 'Васильевна']));
	await org.confirm(director);
	assert.equal((await me(director)).memberships[0].role, 'head');
	for (const command of ['member_list', 'org_guide', 'chat_oversight_list', 'audit_list']) await director.call(command, { org_id: org.id });
	assert.ok(await chatOf(director, 'Администрация'));
});

step('R31', '2.2–2.4/1', 'administration, class teacher and subject teacher join by the administrator\'s link: page, account and place in one step', async () => {
	for (const [role, more, names] of [['head', {}, ['Громова', 'Алла']], ['teacher', { unit: class7, lead: true }, ['Васильева', 'Мария', 'Олеговна']], ['teacher', {}, ['Химичев', 'Борис', 'Ильич']]]) {
		const { unit, ...rest } = more;
		const invite = await org.invite(role, unit, rest);
		const page = await new Client(server).call('invite_preview', { token: invite.token });
		assert.deepEqual([page.org_short_name, page.role], ['Школа № 98', role]);
		await refused(new Client(server), 'invite_accept', { token: invite.token, phone: '+79005550000', code: '000000', ...named(names) }, 'code_expired');
		const client = await comeIn(server, invite.token, named(names));
		const [membership] = (await me(client)).memberships;
		assert.equal(membership.role, role);
		assert.ok(membership.units.some(({ unit_id }) => unit_id === org.staff.id));
		assert.equal(membership.units.some(({ unit_id, lead: leads }) => unit_id === class7.id && leads), Boolean(unit));
		await refused(new Client(server), 'invite_preview', { token: invite.token }, 'link_unusable');
		await org.confirm(client);
		if (unit) lead = client;
		else if (role === 'teacher') chemist = client;
	}
});

step('R22', '1.3', 'the catalogue of the school\'s subjects, with courses beyond the lessons', async () => {
	const lessons = await org.admin.call('subject_create', { org_id: org.id, names: ['Химия', 'Алгебра', 'химия'], client_id: newId() });
	assert.equal(lessons.subjects.filter(({ name }) => /химия/i.test(name)).length, 1);
	const courses = await org.admin.call('subject_create', { org_id: org.id, names: ['Разговоры о важном', 'Школьный театр'], extracurricular: true, client_id: newId() });
	const { subjects } = await lead.call('subject_list', { org_id: org.id });
	assert.deepEqual(subjects.map(({ name, extracurricular }) => [name, extracurricular]).sort(), [['Алгебра', false], ['Разговоры о важном', true], ['Химия', false], ['Школьный театр', true]]);
	chemistry = lessons.subjects.find(({ name }) => name === 'Химия');
	theatre = courses.subjects.find(({ name }) => name === 'Школьный театр');
	await refused(lead, 'subject_create', { org_id: org.id, names: ['Магия'] }, 'forbidden');
});

step(['R27'], '2.1/3', 'the administrator makes links for teachers and pupils: unit, role, term, uses, code', async () => {
	const { invites } = await org.admin.call('invite_create_many', { org_id: org.id, unit_ids: [class7.id, class7b.id], roles: ['student', 'guardian'], expires_in_h: 240, client_id: newId() });
	assert.equal(invites.length, 4);
	for (const { code, expires_at, created_at, max_uses } of invites) assert.ok(code.length === 8 && expires_at - created_at === 240 * 3600000 && max_uses > 1);
	forPupils = invites.find(({ role, unit_id }) => role === 'student' && unit_id === class7.id);
	const once = await org.invite('teacher');
	await join(org, 'teacher', undefined, ['Первый', 'Антон']);
	await comeIn(server, once.token, named(['Второй', 'Егор']));
	await refused(new Client(server), 'invite_preview', { token: once.token }, 'link_unusable');
	// The role is in the link; whoever comes asks for none.
	await refused(new Client(server), 'invite_accept', { token: forPupils.token, role: 'head' }, 'invalid_field', 'role');
});

step('R28', ['2.1/4–5', '2.3/2'], 'the pupils\' link is handed to the class teacher, who finds it in his own cabinet and passes it on', async () => {
	const told = await lead.socket();
	const handed = await org.admin.call('invite_hand', { invite_id: forPupils.id, person_id: lead.person.id, client_id: newId() });
	assert.equal(handed.holder.id, lead.person.id);
	assert.equal((await told.event(({ type }) => type === 'invite_handed')).data.invite_id, forPupils.id);
	await told.close();
	const forTeachers = await org.invite('teacher', undefined, { max_uses: 10 });
	await org.admin.call('invite_hand', { invite_id: forTeachers.id, person_id: chemist.person.id, client_id: newId() });
	const mine = async (client) => (await client.call('invite_mine', { org_id: org.id })).invites.map(({ id }) => id);
	assert.ok((await mine(lead)).includes(forPupils.id) && !(await mine(lead)).includes(forTeachers.id));
	assert.ok((await mine(chemist)).includes(forTeachers.id) && !(await mine(chemist)).includes(forPupils.id));
	await refused(lead, 'invite_hand', { invite_id: forPupils.id, person_id: chemist.person.id }, 'forbidden');
	const { token } = (await lead.call('invite_mine', { org_id: org.id })).invites.find(({ id }) => id === forPupils.id);
	pupil = await comeIn(server, token, named(['Тимофеев', 'Лев']));
	mate = await comeIn(server, token, named(['Уварова', 'Ника']));
	await refused(org.admin, 'invite_hand', { invite_id: forTeachers.id, person_id: pupil.person.id, client_id: newId() }, 'conflict');
});

step(['R19', 'R33'], '2.5/1', 'the class teacher\'s link makes a pupil and nothing else, in his class and its chats; a pupil is in one class only, joining another is a transfer', async () => {
	const [membership] = (await me(pupil)).memberships;
	assert.deepEqual([membership.role, membership.units.map(({ unit_id }) => unit_id)], ['student', [class7.id]]);
	assert.ok(await chatOf(pupil, '7А'));
	// For pupils only: a teacher, a parent or another role cannot use it.
	await refused(chemist, 'invite_accept', { token: forPupils.token }, 'conflict');
	await refused(lead, 'unit_invite_create', { unit_id: class7.id, role: 'teacher' }, 'invalid_field', 'role');
	// Another class: neither by a link, nor by the administrator's hand, nor by enrolling a second time.
	const second = await org.invite('student', class7b);
	await refused(pupil, 'invite_accept', { token: second.token }, 'conflict');
	await refused(org.admin, 'unit_member_add', { unit_id: class7b.id, person_id: pupil.person.id, client_id: newId() }, 'conflict');
	await refused(org.admin, 'movement_apply', { org_id: org.id, kind: 'enroll', person_ids: [pupil.person.id], to_unit_id: class7b.id, client_id: newId() }, 'conflict');
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class7b.id, client_id: newId() });
	assert.deepEqual((await me(pupil)).memberships[0].units.map(({ unit_id }) => unit_id), [class7b.id]);
	assert.deepEqual([await chatOf(pupil, '7А'), Boolean(await chatOf(pupil, '7Б'))], [undefined, true]);
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class7.id, client_id: newId() });
	// A circle is no class: he may be in it as well.
	const circle = (await unitsOf()).find(({ kind }) => kind === 'circle');
	await org.admin.call('unit_member_add', { unit_id: circle.id, person_id: pupil.person.id, client_id: newId() });
	assert.deepEqual((await me(pupil)).memberships[0].units.map(({ unit_id }) => unit_id).sort(), [class7.id, circle.id].sort());
});

step(['R17', 'R18'], '2.1/7', 'teachers are attached to classes: as class teachers by an order, and as subject teachers by class and subject, which gives the subject its chat', async () => {
	await org.admin.call('unit_lead_set', { unit_id: class7b.id, person_id: chemist.person.id, order_no: '63-р', order_date: Date.UTC(2023, 7, 31), client_id: newId() });
	assert.deepEqual((await org.admin.call('unit_lead_list', { unit_id: class7b.id })).leads.map(({ person, order_no, order_date }) => [person.id, order_no, order_date]), [[chemist.person.id, '63-р', Date.UTC(2023, 7, 31)]]);
	await chemist.call('unit_invite_create', { unit_id: class7b.id, role: 'student', client_id: newId() });
	await refused(org.admin, 'unit_lead_set', { unit_id: class7b.id, person_id: mate.person.id, client_id: newId() }, 'conflict');
	const teaching = { unit_id: class7.id, subject_id: chemistry.id, teacher_id: chemist.person.id, client_id: newId() };
	await refused(lead, 'teaching_set', { ...teaching, client_id: newId() }, 'forbidden');
	await refused(org.admin, 'teaching_set', { ...teaching, teacher_id: mate.person.id, client_id: newId() }, 'conflict');
	await org.admin.call('teaching_set', teaching);
	const { teachings } = await org.admin.call('teaching_list', { unit_id: class7.id });
	assert.deepEqual(teachings.map(({ unit, subject_name, teacher }) => [unit.name, subject_name, teacher.id]), [['7А', 'Химия', chemist.person.id]]);
	assert.deepEqual((await chemist.call('teaching_of', { org_id: org.id })).teachings.length, 1);
	const chat = await chatOf(chemist, '7А · Химия');
	assert.deepEqual([chat.kind, chat.why, Boolean(await chatOf(pupil, '7А · Химия'))], ['subject', 'teaches', true]);
	await org.admin.call('teaching_end', { ...teaching, client_id: newId() });
	await refused(chemist, 'message_post', { chat_id: chat.id, client_id: newId(), text: 'Я ещё здесь?' }, (await chatsOf(chemist)).some(({ id }) => id === chat.id) ? 'forbidden' : 'not_found');
	await org.admin.call('teaching_set', { ...teaching, client_id: newId() });
});

step('R52', '2.4/3', 'a subject teacher has the chat of his subject with each class, and no other teacher\'s', async () => {
	await org.admin.call('teaching_set', { unit_id: class7.id, subject_id: theatre.id, teacher_id: lead.person.id, client_id: newId() });
	await org.admin.call('teaching_set', { unit_id: class7b.id, subject_id: chemistry.id, teacher_id: chemist.person.id, client_id: newId() });
	await join(org, 'student', class7b, ['Седьмов', 'Яков']);
	const subjects = async (client) => (await chatsOf(client)).filter(({ kind }) => kind === 'subject').map(({ title }) => title).sort();
	assert.ok((await subjects(chemist)).includes('7А · Химия') && (await subjects(chemist)).includes('7Б · Химия'));
	assert.ok(!(await subjects(chemist)).includes('7А · Школьный театр'));
	assert.deepEqual(await subjects(mate), ['7А · Химия', '7А · Школьный театр']);
	const chat = await chatOf(chemist, '7А · Химия');
	await post(chemist, chat.id, 'Лабораторная завтра');
	assert.deepEqual((await textsIn(mate, chat.id)).slice(-1), ['Лабораторная завтра']);
});

step('R49', '2.3/3', 'the class has one chat that is there by itself, and its class teacher keeps it', async () => {
	const all = (await chatsOf(lead)).filter(({ kind, unit_id }) => kind === 'unit' && unit_id === class7.id);
	assert.deepEqual(all.map(({ title, id }) => [title, id]), [['7А', class7.chat_id]]);
	await post(lead, class7.chat_id, 'Здравствуйте, 7А!');
	assert.ok((await textsIn(mate, class7.chat_id)).includes('Здравствуйте, 7А!'));
	await post(mate, class7.chat_id, 'Здравствуйте!');
	assert.ok((await textsIn(lead, class7.chat_id)).includes('Здравствуйте!'));
	await refused(other.admin, 'chat_snapshot', { chat_id: class7.chat_id }, 'not_found');
});

step('R35', ['2.3/4', '2.4/4'], 'class teacher and subject teacher invite into a chat by a link that asks who comes: pupils into pupils\' chats, parents into parents\'', async () => {
	mother = await join(org, 'guardian', class7, ['Уварова', 'Ольга']);
	for (const [owner, title, audience, inside, outside] of [[lead, 'Поход 7А', ['student'], mate, mother], [lead, 'Родители: экскурсия', ['guardian'], mother, mate], [chemist, 'Химия: кружок', ['student'], pupil, mother]]) {
		const chat = await owner.call('chat_create', { org_id: org.id, title, audience, client_id: newId() });
		const { token } = await owner.call('chat_link_create', { chat_id: chat.id, max_uses: 5, client_id: newId() });
		await refused(outside, 'chat_link_join', { token, client_id: newId() }, 'forbidden');
		await refused(other.admin, 'chat_link_join', { token, client_id: newId() }, 'forbidden');
		await refused(new Client(server), 'chat_link_preview', { token }, 'not_signed_in');
		assert.equal((await outside.call('chat_link_preview', { token })).state, 'other_people');
		assert.equal((await inside.call('chat_link_join', { token, client_id: newId() })).id, chat.id);
		assert.deepEqual((await inside.call('chat_link_preview', { token })).state, 'inside');
		await refused(outside, 'chat_link_create', { chat_id: chat.id }, 'not_found');
		await refused(inside, 'chat_link_create', { chat_id: chat.id }, 'forbidden');
	}
});

step('R56', '2.5/2', 'a pupil finds and joins open chats of his school and his class, and of nothing else', async () => {
	const open = (title, audience, unit_id) => org.admin.call('chat_create', { org_id: org.id, title, audience, open: true, ...(unit_id ? { unit_id } : {}), client_id: newId() });
	const [school, own, theirs, adults] = [await open('Школьный театр: все', ['student']), await open('Стенгазета 7А', ['student'], class7.id), await open('Стенгазета 7Б', ['student'], class7b.id), await open('Спорт для учителей', ['staff'])];
	const closed = await org.admin.call('chat_create', { org_id: org.id, title: 'Сборная', audience: ['student'], client_id: newId() });
	const foreign = await other.admin.call('chat_create', { org_id: other.id, title: 'Чужой клуб', audience: ['student'], open: true, client_id: newId() });
	const seen = (await mate.call('chat_directory', { org_id: org.id })).chats.map(({ title }) => title).sort();
	assert.deepEqual(seen, ['Стенгазета 7А', 'Школьный театр: все']);
	for (const { id } of [theirs, adults, closed, foreign]) await refused(mate, 'chat_join', { org_id: org.id, chat_id: id, client_id: newId() }, 'not_found');
	await refused(mate, 'chat_directory', { org_id: other.id }, 'not_found');
	for (const { id } of [school, own]) assert.equal((await mate.call('chat_join', { org_id: org.id, chat_id: id, client_id: newId() })).why, 'joined');
});

step('R55', '2.1/8', 'the administrator makes school-wide chats and channels and keeps order in them', async () => {
	const channel = await org.admin.call('chat_create', { org_id: org.id, title: 'Новости школы', audience: ['staff', 'student', 'guardian'], channel: true, client_id: newId() });
	const chat = await org.admin.call('chat_create', { org_id: org.id, title: 'Спортивная жизнь', audience: ['staff', 'student', 'guardian'], client_id: newId() });
	for (const { id } of [channel, chat]) assert.equal((await org.admin.call('chat_member_add', { chat_id: id, person_ids: [lead, mate, mother].map(({ person }) => person.id), client_id: newId() })).added, 3);
	await post(org.admin, channel.id, 'Линейка в 9:00');
	assert.deepEqual((await textsIn(mother, channel.id)).slice(-1), ['Линейка в 9:00']);
	await refused(mate, 'message_post', { chat_id: channel.id, client_id: newId(), text: 'Ура' }, 'forbidden');
	await org.admin.call('chat_member_set', { chat_id: channel.id, person_id: lead.person.id, writer: true, client_id: newId() });
	await post(lead, channel.id, 'Сбор у входа');
	await post(mate, chat.id, 'Спам');
	await org.admin.call('chat_member_remove', { chat_id: chat.id, person_id: mate.person.id, client_id: newId() });
	await refused(mate, 'message_post', { chat_id: chat.id, client_id: newId(), text: 'Ещё спам' }, 'not_found');
	await org.admin.call('chat_change', { chat_id: chat.id, title: 'Спорт', archived: true, client_id: newId() });
	await refused(mother, 'message_post', { chat_id: chat.id, client_id: newId(), text: 'Можно?' }, 'forbidden');
	assert.equal((await chatOf(org.admin, 'Общешкольный канал')).kind, 'everybody');
});

step('R48', '2.2/5', 'the administration makes and keeps staff chats of its own, into which no pupil or parent comes', async () => {
	const chat = await director.call('chat_create', { org_id: org.id, title: 'Воспитательная работа', audience: ['staff'], client_id: newId() });
	assert.equal(chat.keeper, true);
	await director.call('chat_member_add', { chat_id: chat.id, person_ids: [lead.person.id], client_id: newId() });
	for (const client of [mate, mother]) await refused(director, 'chat_member_add', { chat_id: chat.id, person_ids: [client.person.id], client_id: newId() }, 'conflict', 'person_ids');
	await post(director, chat.id, 'План на четверть');
	assert.deepEqual((await textsIn(lead, chat.id)).slice(-1), ['План на четверть']);
	await refused(chemist, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	await refused(lead, 'chat_member_add', { chat_id: chat.id, person_ids: [chemist.person.id] }, 'forbidden');
	await director.call('chat_member_set', { chat_id: chat.id, person_id: lead.person.id, keeper: true, client_id: newId() });
	await lead.call('chat_member_add', { chat_id: chat.id, person_ids: [chemist.person.id], client_id: newId() });
	await director.call('chat_member_remove', { chat_id: chat.id, person_id: chemist.person.id, client_id: newId() });
	await refused(chemist, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
});

step('R93', '2.2/3', 'the administration sees the chats and how they live; what is said it opens only by an act in the journal', async () => {
	await post(lead, class7.chat_id, 'Тайна седьмого класса');
	const page = await director.call('chat_oversight_list', { org_id: org.id });
	const seen = page.chats.find(({ id }) => id === class7.chat_id);
	assert.ok(seen.message_count > 0 && seen.member_count >= 3 && seen.last_at > 0);
	assert.ok(page.chats.some(({ kind }) => kind === 'subject') && !JSON.stringify(page).includes('Тайна'));
	await refused(lead, 'chat_oversight_list', { org_id: org.id }, 'forbidden');
	for (const command of ['chat_snapshot', 'message_list', 'chat_members']) await refused(director, command, { chat_id: class7.chat_id }, 'forbidden');
	await refused(director, 'chat_open_by_duty', { chat_id: class7.chat_id, reason: '', client_id: newId() }, 'invalid_field', 'reason');
	await director.call('chat_open_by_duty', { chat_id: class7.chat_id, reason: 'Проверка уроков на дистанте', client_id: newId() });
	assert.ok((await textsIn(director, class7.chat_id)).includes('Тайна седьмого класса'));
	assert.ok((await textsIn(mate, class7.chat_id)).some((text) => text.includes('Проверка уроков на дистанте')));
	assert.ok((await actions(org)).includes('chat_open_by_duty'));
	await director.call('chat_leave', { chat_id: class7.chat_id });
});

step('R25', '1.4', 'administration, teachers, class teachers and pupils use the school as what they are; so do administrator, deputy, parent, operator and curator', async () => {
	const deputy = await join(org, 'coadmin', undefined, ['Помощникова', 'Вера']);
	const roles = await Promise.all([director, org.admin, deputy, lead, chemist, pupil, mother].map(async (client) => (await me(client)).memberships[0].role));
	assert.deepEqual(roles, ['head', 'admin', 'coadmin', 'teacher', 'teacher', 'student', 'guardian']);
	const phone = '+79214440098';
	await operator.call('curator_grant', { phone, given_name: 'Нина', family_name: 'Калининская', area: 'Калининский район', org_ids: [org.id], client_id: newId() });
	assert.equal((await operator.call('curator_list')).curators.find(({ area }) => area === 'Калининский район').came_in, false);
	assert.equal((await me(operator)).operator, true);
	const leads = async (client) => (await me(client)).memberships[0].units.filter(({ lead: one }) => one).map(({ unit_id }) => unit_id);
	assert.deepEqual([await leads(lead), await leads(chemist)], [[class7.id], [class7b.id]]);
	// Each may what the other may not.
	await lead.call('guardian_list', { unit_id: class7.id });
	await refused(chemist, 'guardian_list', { unit_id: class7.id }, 'forbidden');
	await deputy.call('invite_list', { org_id: org.id });
	for (const client of [director, lead, pupil, mother]) await refused(client, 'invite_list', { org_id: org.id }, 'forbidden');
	await refused(deputy, 'coadmin_grant', { org_id: org.id, person_id: lead.person.id }, 'forbidden');
	await refused(pupil, 'chat_create', { org_id: org.id, title: 'Мой', audience: ['student'] }, 'forbidden');
});

step('R21', '2.1/6', 'enrolment, transfer and leaving move the chats and close access at once; what was written keeps its author; the journal of movements has the orders', async () => {
	await post(pupil, class7.chat_id, 'Пока, 7А');
	const socket = await pupil.socket();
	const preview = await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class7b.id, preview: true });
	assert.ok(preview.chats.some(({ title, left }) => title === '7А' && left === 1) && preview.chats.some(({ title, left }) => title === '7А · Химия' && left === 1));
	assert.ok(await chatOf(pupil, '7А'));
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [pupil.person.id], to_unit_id: class7b.id, order_no: '21-у', order_date: '2023-10-02', client_id: newId() });
	for (const command of ['chat_snapshot', 'message_list', 'chat_members']) await refused(pupil, command, { chat_id: class7.chat_id }, 'not_found');
	await refused(pupil, 'message_post', { chat_id: class7.chat_id, client_id: newId(), text: 'Я ещё тут' }, 'not_found');
	await post(lead, class7.chat_id, 'Без него');
	await socket.settle();
	assert.ok(!JSON.stringify(socket.frames).includes('Без него'));
	await socket.close();
	assert.deepEqual((await chatsOf(pupil)).filter(({ unit_id }) => unit_id === class7.id), []);
	assert.ok(await chatOf(pupil, '7Б · Химия'));
	assert.equal((await mate.call('chat_snapshot', { chat_id: class7.chat_id })).messages.find(({ text }) => text === 'Пока, 7А').sender_id, pupil.person.id);
	const leaver = await join(org, 'student', class7, ['Переехавший', 'Ян']);
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'leave', person_ids: [leaver.person.id], order_no: '22-у', reason: 'Переезд', client_id: newId() });
	await refused(leaver, 'chat_snapshot', { chat_id: class7.chat_id }, 'not_found');
	const { movements } = await org.admin.call('movement_list', { org_id: org.id, limit: 2 });
	assert.deepEqual(movements.map(({ kind, order_no, reason }) => [kind, order_no, reason]), [['leave', '22-у', 'Переезд'], ['transfer', '21-у', undefined]]);
	await refused(lead, 'movement_apply', { org_id: org.id, kind: 'leave', person_ids: [mate.person.id] }, 'forbidden');
});

step('R16', '2.1/2', 'a class is renamed, merged, archived and taken back, its class teacher changes; what was before is kept', async () => {
	const of = async (name) => (await unitsOf()).find((unit) => unit.name === name);
	const [five, other5, eleven] = [await of('5А'), await of('5Б'), await of('11Б')];
	await org.admin.call('unit_lead_set', { unit_id: five.id, person_id: chemist.person.id, order_no: '63-р', client_id: newId() });
	const child = await join(org, 'student', other5, ['Пятаков', 'Федя']);
	await post(child, other5.chat_id, 'Мы из 5Б');
	await org.admin.call('unit_rename', { unit_id: five.id, name: '5А (физмат)', client_id: newId() });
	assert.equal((await chatOf(chemist, '5А (физмат)')).id, five.chat_id);
	await org.admin.call('unit_lead_unset', { unit_id: five.id, person_id: chemist.person.id, client_id: newId() });
	await org.admin.call('unit_lead_set', { unit_id: five.id, person_id: lead.person.id, order_no: '70-р', client_id: newId() });
	const { leads } = await org.admin.call('unit_lead_list', { unit_id: five.id });
	assert.deepEqual(leads.map(({ person, order_no, ended_at }) => [person.id, order_no, ended_at !== undefined]), [[lead.person.id, '70-р', false], [chemist.person.id, '63-р', true]]);
	await refused(chemist, 'arrival_list', { unit_id: five.id }, 'forbidden');
	await org.admin.call('unit_merge', { org_id: org.id, unit_id: other5.id, into_unit_id: five.id, order_no: '71-р', client_id: newId() });
	assert.ok(await chatOf(child, '5А (физмат)'));
	assert.equal(await of('5Б'), undefined);
	await org.admin.call('unit_end', { org_id: org.id, unit_id: eleven.id, client_id: newId() });
	const archive = (await org.admin.call('unit_archive_list', { org_id: org.id })).units.map(({ name }) => name);
	assert.ok(archive.includes('5Б') && archive.includes('11Б'));
	await org.admin.call('unit_restore', { org_id: org.id, unit_id: eleven.id, client_id: newId() });
	assert.ok(await of('11Б'));
	const { movements } = await org.admin.call('movement_list', { org_id: org.id, limit: 200 });
	assert.ok(movements.some(({ kind, order_no, from_name, to_name }) => kind === 'merge' && order_no === '71-р' && from_name === '5Б' && to_name === '5А (физмат)'));
	const done = await actions(org);
	for (const action of ['unit_rename', 'unit_end', 'unit_restore', 'unit_lead_set', 'unit_lead_unset']) assert.ok(done.includes(action), action);
	const { entries } = await org.admin.call('audit_list', { org_id: org.id, action: 'unit_rename' });
	assert.deepEqual(entries.map(({ detail, actor_id }) => [detail.was, detail.became, actor_id]), [['5А', '5А (физмат)', org.admin.person.id]]);
	for (const [command, params] of [['unit_rename', { unit_id: five.id, name: 'Х' }], ['unit_end', { org_id: org.id, unit_id: five.id }], ['unit_merge', { org_id: org.id, unit_id: five.id, into_unit_id: class7.id }]]) await refused(lead, command, params, 'forbidden');
});

step('R90', '2.2–2.5/last', 'everybody keeps his account by a second factor, sees his sessions and signs out everywhere', async () => {
	// In the demonstration a code may be asked for at any time: everybody signs in again and again.
	const demo = await serverForFile({ mode: 'demo' });
	const enter = async (phone) => {
		const client = new Client(demo);
		const answer = await client.call('sign_in', { phone, code: '000000', device: 'Телефон' });
		return Object.assign(client, { answer });
	};
	for (const phone of ['+79000004001', '+79000004000', '+79000004010', '+79000004114']) { // administration, administrator, teacher, pupil
		const first = await enter(phone);
		const { secret } = await first.call('totp_begin');
		await refused(first, 'totp_confirm', { code: totp(secret, 7) }, 'code_wrong', 'code');
		const { codes } = await first.call('totp_confirm', { code: totp(secret, -1) });
		assert.equal(new Set(codes).size, 10);
		const second = await enter(phone);
		assert.deepEqual([second.answer.person, second.cookies.size], [undefined, 0]);
		await refused(second, 'me_snapshot', {}, 'not_signed_in');
		await refused(second, 'second_factor', { token: second.answer.second_factor.token, code: totp(secret, 5) }, 'code_wrong', 'code');
		await second.call('second_factor', { token: second.answer.second_factor.token, code: totp(secret) });
		const third = await enter(phone);
		await third.call('second_factor', { token: third.answer.second_factor.token, code: codes[0] });
		assert.equal((await third.call('session_list')).sessions.length, 3);
		assert.deepEqual(await third.call('session_end_others'), { ended: 2 });
		for (const client of [first, second]) await refused(client, 'me_snapshot', {}, 'not_signed_in');
		await third.call('totp_disable', { code: codes[1] });
	}
	const card = async () => (await lead.call('card_issue', { unit_id: class7.id, person_ids: [mate.person.id] })).cards[0].token;
	const token = await card();
	const others = [new Client(server), new Client(server)];
	for (const client of others) await client.call('sign_in_card', { token, device: 'Компьютерный класс' });
	const { sessions } = await mate.call('session_list');
	assert.deepEqual([sessions.length, sessions.filter(({ current }) => current).length, sessions.filter(({ device }) => device === 'Компьютерный класс').length], [3, 1, 2]);
	await mate.call('session_end', { session_id: sessions.find(({ current }) => !current).id });
	assert.deepEqual(await mate.call('session_end_others'), { ended: 1 });
	for (const client of others) await refused(client, 'me_snapshot', {}, 'not_signed_in');
	await mate.call('me_snapshot');
	for (const client of [director, lead, chemist, pupil]) assert.equal((await client.call('session_list')).sessions.filter(({ current }) => current).length, 1);
	await mate.call('sign_out');
	await refused(mate, 'me_snapshot', {}, 'not_signed_in');
});
