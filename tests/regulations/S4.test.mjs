// SPDX-License-Identifier: Apache-2.0
// The regulation of the Центр детского творчества of Балахна (order 121 of 28.08.2025), from the application to a living roster.
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { comeIn } from '../lib/world.mjs';
import * as acts from './acts.mjs';
import { refused, say } from './acts.mjs';
import { regulation } from './lib.mjs';

const step = regulation('S4');
const s = await acts.scene(await serverForFile(), {
	type: 'center',
	name: 'МБУ ДО «Центр детского творчества» г. Балахна', short: 'МБУ ДО «ЦДТ»', region: '52', address: 'Нижегородская область, г. Балахна',
	director: ['Цой', 'Наталья', 'Борисовна'], admin: ['Орехова', 'Юлия', 'Игоревна'], email: 'orehova@cdt.example',
	order: ['121', '2025-08-28'], act: ['121', '2025-08-28'],
	staffUnit: 'Педагоги', channel: 'Общеучрежденческий канал', teachers: 'Педагоги', studentSet: 'Детский актив',
	kind: 'circle', units: ['Театральная студия', 'Робототехника', 'Вокал', 'Шахматы'],
	someone: ['Панина', 'Галина', 'Петровна'],
	students: [['Кораблёв', 'Матвей'], ['Лисина', 'Ева'], ['Морозова', 'Аня']],
});
const [CIRCLE, OTHER, THIRD] = s.words.units;
const who = (family) => s.people[family];
const circlesOf = async (client) => (await s.membership(client)).units.map(({ unit_id }) => unit_id).sort((a, b) => a - b);

step(['R2', 'R3'], '2.1/1', 'the application with the order and the questionnaire: not sent without them, returned, corrected', () => acts.application(s));
step(['R2', 'R4'], '2.1/1', 'name, e-mail and phone of the administrator are the operator’s only; he approves', () => acts.applicationIsTheOperators(s));
step('R5', '2.1/2', 'the number of the application becomes the administrator, any other number gets nothing', () => acts.firstSignIn(s));
step('R6', '2.1/0', 'the administrator is appointed by an order, with its number, date and scan', () => acts.appointment(s));
step('R1', '2.2/1', 'a draft until the local act is there; the act has versions', () => acts.localAct(s));
step('R8', '2.1/3', 'the card: entered, edited, deleted, with its logo and its history', () => acts.card(s));
step('R14', '2.1/4', '«Педагоги» is there with the centre, and joining it is being staff', () => acts.staffUnit(s));
step('R15', '2.1/5', 'the circles of the nomenclature, made at once from a list', () => acts.structure(s));
step('R27', '2.1/6', 'links into a circle in a role, with a code, an end and a number of uses', () => acts.links(s));
step('R20', '2.1/5–6', 'a child is in several circles, on top of a class, and in one class only', async () => {
	const child = who('Кораблёв');
	await child.call('invite_accept', { token: (await s.invite('student', OTHER)).token });
	const classes = (await s.admin.call('unit_create_many', { ...s.org, kind: 'class', names: ['1А', '1Б'] })).units;
	await s.admin.call('unit_member_add', { unit_id: classes[0].id, person_id: child.person.id });
	assert.deepEqual(await circlesOf(child), [s.units[CIRCLE].id, s.units[OTHER].id, classes[0].id].sort((a, b) => a - b));
	await refused(s.admin, 'unit_member_add', { unit_id: classes[1].id, person_id: child.person.id }, 'conflict');
	for (const title of [CIRCLE, OTHER, '1А']) assert.equal((await s.chat(child, title)).why, 'member', title);
	assert.equal(await s.chat(who('Лисина'), OTHER), undefined);
	for (const { id } of classes) await s.admin.call('unit_end', { ...s.org, unit_id: id, client_id: newId() });
});

step(['R31', 'R23'], '2.2/3', 'the head of the centre joins by the staff link, above teachers', async () => {
	const director = await acts.registers(s, s.words.director, 'head');
	await acts.registers(s, ['Зотова', 'Марина', 'Викторовна'], 'head');
	await acts.joinsAbove(s, director, who('Панина'));
});
step('R36', '2.2/4', 'the head has the status «педагог» confirmed', () => acts.verifies(s, who('Цой'), 'директор'));
step('R31', '2.3/1', 'the head of a circle joins by the administrator’s link', async () => {
	await acts.registers(s, ['Рябова', 'Ольга', 'Львовна'], 'teacher');
});
step('R36', '2.3/2', 'the head of a circle passes the verification', () => acts.verifies(s, who('Рябова'), 'руководитель кружкового объединения'));
step('R31', '2.4*', 'the teacher of extra education joins by the administrator’s link into his circle', async () => {
	await acts.registers(s, ['Гусев', 'Павел', 'Андреевич'], 'teacher', OTHER);
});
step('R36', '2.1/10', 'the administrator completes what waits, of many at once; a dismissal ends it', async () => {
	await s.confirm(who('Зотова'), who('Панина'), who('Гусев'));
	assert.deepEqual((await s.admin.call('verification_list', s.org)).items, []);
	await refused(who('Гусев'), 'verification_list', s.org, 'forbidden');
	await acts.verificationEndsAtDismissal(s);
});
step('R7', '2.1/7', 'a further administrator from the confirmed teachers, and nobody else', () => acts.deputies(s, who('Панина')));
step('R17', '2.1/8', 'a head is attached to his circle by order, with the rights over it and its chats', () => acts.leads(s, who('Рябова'), CIRCLE));
step('R30', '2.1/9', 'requests of teachers and children: accepted, or declined with a reason', () => acts.requests(s, OTHER));

step('R33', '2.5*', 'a child joins by the link of the circle’s head, in that role only', () => acts.pupilsLink(s, who('Рябова'), CIRCLE, s.words.students[2]));
step('R20', '2.5*', 'a child of one circle takes the link of a second and stays in the first', async () => {
	const child = who('Морозова');
	await child.call('invite_accept', { token: (await s.invite('student', THIRD)).token });
	assert.deepEqual(await circlesOf(child), [s.units[CIRCLE].id, s.units[THIRD].id].sort((a, b) => a - b));
	for (const title of [CIRCLE, THIRD]) await say(child, (await s.chat(child, title)).id, 'И я здесь');
});
step('R34', '2.7', 'a parent joins by the link of the circle’s head, bound to the child in all its circles, never as staff', async () => {
	const parent = await acts.parentsLink(s, who('Рябова'), CIRCLE, ['Морозова-старшая', 'Нина'], who('Морозова'));
	assert.equal((await s.chat(parent, `Родители ${THIRD}`)).why, 'guardian');
	assert.equal(await s.chat(parent, `Родители ${OTHER}`), undefined);
});
step('R22', '§1', 'all courses of the centre', async () => {
	const { subjects } = await s.admin.call('subject_create', { ...s.org, names: ['Сценическая речь', 'Актёрское мастерство'], extracurricular: true });
	assert.equal((await s.admin.call('subject_create', { ...s.org, names: ['сценическая речь'] })).skipped, 1);
	assert.deepEqual((await who('Гусев').call('subject_list', s.org)).subjects.map(({ name, extracurricular }) => [name, extracurricular]), [['Актёрское мастерство', true], ['Сценическая речь', true]]);
	await refused(who('Гусев'), 'subject_create', { ...s.org, names: ['Грим'] }, 'forbidden');
	s.subjects = Object.fromEntries(subjects.map((subject) => [subject.name, subject]));
});
step(['R49', 'R50', 'R51'], '2.3/3', 'chats of the circle, of its parents and of its teachers, made and kept by the roster', () => acts.unitChats(s, {
	lead: who('Рябова'), teacher: who('Гусев'), pupil: who('Морозова'), parent: who('Морозова-старшая'), unit: CIRCLE, subject: s.subjects['Сценическая речь'],
}));
step('R54', '2.3/3', 'the other chats of the circle’s head', () => acts.freeChat(s, who('Рябова'), who('Морозова'), who('Морозова-старшая'), 'Новогодний спектакль'));
step('R53', '2.4*', 'the teacher talks with the children of his circle; another circle’s do not hear it', async () => {
	const [teacher, child] = [who('Гусев'), who('Кораблёв')];
	const chat = await s.chat(teacher, OTHER);
	assert.deepEqual([chat.kind, chat.unit_kind, (await s.chat(child, OTHER)).why], ['unit', 'circle', 'member']);
	await say(teacher, chat.id, 'Собираем робота в среду');
	assert.ok((await child.call('chat_snapshot', { chat_id: chat.id })).messages.some(({ text }) => text === 'Собираем робота в среду'));
	await refused(who('Морозова'), 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	await refused(who('Рябова'), 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	const late = await comeIn(s.server, (await s.invite('student', OTHER)).token);
	assert.equal((await s.chat(late, OTHER)).id, chat.id);
	await s.admin.call('unit_member_remove', { unit_id: s.units[OTHER].id, person_id: late.person.id });
	await refused(late, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
});
step('R61', '2.3/4', 'who of the circle has not come in yet, and the link to send again', () => acts.whoHasNotComeIn(s, who('Рябова'), CIRCLE));
step(['R24', 'R44', 'R45', 'R46', 'R47', 'R48'], '2.2/6', 'the head’s chats: deputies, teachers, activists of parents and of children, others', () => acts.managementChats(s, {
	heads: [who('Цой'), who('Зотова')], teachers: [who('Рябова'), who('Гусев')], pupil: who('Морозова'), parent: who('Морозова-старшая'),
}));
step('R63', '2.1/13', 'the channels «Общеучрежденческий» and «Сотрудники»: the second for staff only', () => acts.staffChannel(s, who('Гусев'), who('Морозова'), who('Морозова-старшая')));
step('R11', '2.1–2.3', 'the words of a centre: кружок, педагог, Общеучрежденческий канал', async () => {
	assert.equal((await s.membership(who('Морозова'))).org.type, 'center');
	const titles = (await s.chats(who('Рябова'))).map(({ title }) => title);
	for (const title of ['Общеучрежденческий канал', 'Канал «Сотрудники»', 'Педагоги', CIRCLE, `Родители ${CIRCLE}`, `Педагоги ${CIRCLE}`]) assert.ok(titles.includes(title), title);
	assert.ok(!/Класс|Групп|Учител|Преподавател|школьн/i.test(titles.join()));
	const told = await new Client(s.server).call('invite_preview', { token: (await s.invite('teacher', CIRCLE, { lead: true })).token });
	assert.deepEqual([told.org_type, told.unit_kind, told.role, told.lead], ['center', 'circle', 'teacher', true]);
});
step('R21', '2.1/11', 'children leave a circle and the centre, teachers are dismissed: access ends, authorship stays, the journal tells', async () => {
	await acts.changesCircles(s, CIRCLE, THIRD);
	await acts.leaves(s, CIRCLE);
});
step('R29', '2.1/12', 'unclaimed links are annulled, one and all, and say so', () => acts.annulsLinks(s, CIRCLE));
step('R102', '2.1/15', 'the administrator sees who is expected, invited, in or shut out, and lets him in again', () => acts.helps(s, CIRCLE));
step('R93', '2.2/7', 'the administration sees what chats there are and how they live; their content only by an act that is told and logged', () => acts.oversight(s, who('Цой'), who('Гусев'), s.units[OTHER].chat_id));
step('R90', '2.5*', 'a code and no password, a second factor, the list of devices, signing the others out', async () => acts.safeAccount(await serverForFile({ mode: 'demo' })));
step('R25', '2.2–2.7', 'administration, administrator, deputy, head of a circle, teacher, child, parent, operator and municipal curator: each has his own', () => acts.roles(s, {
	head: who('Цой'), deputy: who('Панина'), lead: who('Рябова'), teacher: who('Гусев'), pupil: who('Морозова'), parent: who('Морозова-старшая'), unit: CIRCLE,
}));
step('R6', '2.2/2', 'another administrator of the teaching staff: an explicit hand-over by an order, in the journal', () => acts.handOver(s, who('Рябова'), who('Морозова-старшая')));
