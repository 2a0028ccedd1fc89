// SPDX-License-Identifier: Apache-2.0
// The regulation of the Гусиноозёрский энергетический техникум (СК-ПВД-2.3.-23 of 12.12.2023), from the application to a living roster.
import assert from 'node:assert/strict';
import { Client } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { comeIn } from '../lib/world.mjs';
import * as acts from './acts.mjs';
import { refused, say } from './acts.mjs';
import { regulation } from './lib.mjs';

const step = regulation('S0');
const s = await acts.scene(await serverForFile(), {
	type: 'college',
	name: 'ГБПОУ «Гусиноозерский энергетический техникум»', short: 'ГБПОУ «ГЭТ»', region: '03', address: 'Республика Бурятия, г. Гусиноозерск',
	director: ['Спасов', 'Баир', 'Михайлович'], admin: ['Доржиева', 'Сэсэг', 'Баировна'], email: 'dorzhieva@get.example',
	order: ['704-а', '2023-12-12'], act: ['СК-ПВД-2.3.-23', '2023-12-12'],
	staffUnit: 'Сотрудники', channel: 'Общетехникумовский канал', teachers: 'Преподаватели', studentSet: 'Студенческий актив',
	kind: 'group', units: ['ЭС-22', 'ЭС-23', 'ТО-22', 'ПК-24'],
	someone: ['Леонова', 'Людмила', 'Андреевна'],
	students: [['Цыренов', 'Баир'], ['Иванова', 'Дарима'], ['Бадмаев', 'Аюр']],
});
const [GROUP, OTHER] = s.words.units;
const who = (family) => s.people[family];

step(['R2', 'R3'], '2.1/1', 'the application with the order and the questionnaire: not sent without them, returned, corrected', () => acts.application(s));
step(['R2', 'R4'], '2.1/1', 'name, e-mail and phone of the administrator are the operator’s only; he approves', () => acts.applicationIsTheOperators(s));
step('R5', '2.1/2', 'the number of the application becomes the administrator, any other number gets nothing', () => acts.firstSignIn(s));
step('R6', '2.1/0', 'the administrator is appointed by an order, with its number, date and scan', () => acts.appointment(s));
step('R1', '2.2/1', 'a draft until the local act is there; the act has versions', () => acts.localAct(s));
step('R8', '2.1/3', 'the card: entered, edited, deleted, with its logo and its history', () => acts.card(s));
step('R14', '2.1/4', 'the group «Сотрудники» is there with the organisation, and joining it is being staff', () => acts.staffUnit(s));
step('R15', '2.1/5', 'the groups of the nomenclature, made at once from a list', () => acts.structure(s));
step('R27', '2.1/6', 'links into a group in a role, with a code, an end and a number of uses', () => acts.links(s));

step(['R31', 'R23'], '2.2/3', 'the head of the technical college and the deputies join by the staff link, above teachers', async () => {
	const director = await acts.registers(s, s.words.director, 'head');
	assert.equal(await s.chat(director, GROUP), undefined);
	await acts.registers(s, ['Славко', 'Татьяна', 'Владимировна'], 'head');
	await acts.joinsAbove(s, director, who('Леонова'));
});
step('R36', '2.2/4', 'the head has the status confirmed', () => acts.verifies(s, who('Спасов'), 'директор'));
step('R31', '2.3/1', 'the curator joins by the administrator’s link', async () => {
	await acts.registers(s, ['Гуржапова', 'Елена', 'Анатольевна'], 'teacher');
});
step('R36', '2.3/2', 'the curator passes the verification', () => acts.verifies(s, who('Гуржапова'), 'куратор, преподаватель'));
step('R31', '2.4/1', 'the teacher joins by the administrator’s link into the group he teaches', async () => {
	await acts.registers(s, ['Ульянова', 'Светлана', 'Алексеевна'], 'teacher', OTHER);
});
step('R36', '2.4/2', 'the teacher passes the verification', () => acts.verifies(s, who('Ульянова'), 'преподаватель электротехники'));
step('R36', '2.1/10', 'the administrator completes what waits, of many at once; a dismissal ends it', async () => {
	await s.confirm(who('Славко'), who('Леонова'));
	const { items } = await s.admin.call('verification_list', s.org);
	assert.deepEqual(items, []);
	await refused(who('Ульянова'), 'verification_list', s.org, 'forbidden');
	await acts.verificationEndsAtDismissal(s);
});
step('R7', '2.1/7', 'a further administrator from the confirmed teachers, and nobody else', () => acts.deputies(s, who('Леонова')));
step('R17', '2.1/8', 'a curator is attached to his group by order, with the rights over it and its chats', () => acts.leads(s, who('Гуржапова'), GROUP));
step('R30', '2.1/9', 'requests of teachers and students: accepted, or declined with a reason', () => acts.requests(s, OTHER));

step('R33', '2.5/1', 'a student joins by the curator’s link, in that role only', () => acts.pupilsLink(s, who('Гуржапова'), GROUP, s.words.students[2]));
step('R34', '2.6/1', 'a parent joins by the curator’s link, bound to the child, never as staff', async () => {
	await acts.parentsLink(s, who('Гуржапова'), GROUP, ['Бадмаева', 'Соелма', 'Цыреновна'], who('Бадмаев'));
});
step('R22', '1.5', 'all subjects of the curriculum and the courses beside it', async () => {
	const { subjects } = await s.admin.call('subject_create', { ...s.org, names: ['Электротехника', 'Математика', 'Охрана труда'] });
	const { subjects: [course] } = await s.admin.call('subject_create', { ...s.org, names: ['Разговоры о важном'], extracurricular: true });
	assert.equal((await s.admin.call('subject_create', { ...s.org, names: ['математика'] })).skipped, 1);
	assert.deepEqual((await who('Ульянова').call('subject_list', s.org)).subjects.map(({ name, extracurricular }) => [name, extracurricular]).sort(), [
		['Математика', false], ['Охрана труда', false], ['Разговоры о важном', true], ['Электротехника', false]]);
	await refused(who('Ульянова'), 'subject_create', { ...s.org, names: ['Физика'] }, 'forbidden');
	s.subjects = Object.fromEntries([...subjects, course].map((subject) => [subject.name, subject]));
});
step(['R49', 'R50', 'R51'], '2.3/3', 'chats of the group, of its parents and of its teachers, made and kept by the roster', () => acts.unitChats(s, {
	lead: who('Гуржапова'), teacher: who('Ульянова'), pupil: who('Бадмаев'), parent: who('Бадмаева'), unit: GROUP, subject: s.subjects['Электротехника'],
}));
step('R54', '2.3/3', 'the curator’s other chats', () => acts.freeChat(s, who('Гуржапова'), who('Бадмаев'), who('Бадмаева'), 'Волонтёры ЭС-22'));
step('R52', '2.4/3', 'a chat of the group for each subject and whoever teaches it', async () => {
	const [teacher, pupil] = [who('Ульянова'), who('Бадмаев')];
	const title = `${GROUP} · Электротехника`;
	const chat = await s.chat(teacher, title);
	assert.deepEqual([chat.kind, chat.why, (await s.chat(pupil, title)).why], ['subject', 'teaches', 'member']);
	await say(pupil, chat.id, 'Когда зачёт?');
	await refused(who('Бадмаева'), 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	await refused(who('Славко'), 'chat_snapshot', { chat_id: chat.id }, 'forbidden');
	// A second subject is a second chat; another group has its own.
	const taught = { unit_id: s.units[GROUP].id, subject_id: s.subjects['Математика'].id, teacher_id: who('Леонова').person.id };
	await s.admin.call('teaching_set', taught);
	await s.admin.call('teaching_set', { ...taught, unit_id: s.units[OTHER].id });
	assert.equal((await s.chat(who('Леонова'), `${GROUP} · Математика`)).why, 'teaches');
	assert.equal(await s.chat(pupil, `${OTHER} · Математика`), undefined);
	assert.equal(await s.chat(teacher, `${GROUP} · Математика`), undefined);
	await s.admin.call('teaching_end', taught);
	const closed = (await s.chats(pupil)).find((one) => one.title === `${GROUP} · Математика`);
	assert.ok(!closed || closed.archived);
});
step('R54', '2.4/3', 'the teacher’s other chats', () => acts.freeChat(s, who('Ульянова'), who('Бадмаев'), who('Бадмаева'), 'Олимпиада по электротехнике', { knowsParent: false }));
step('R61', '2.3/4', 'who of the group has not come in yet, and the link to send again', () => acts.whoHasNotComeIn(s, who('Гуржапова'), GROUP));
step('R61', '2.4/4', 'who of the group has not come in is seen by whoever teaches there; the link too, when its curator lets him', async () => {
	const [lead, teacher, unit] = [who('Гуржапова'), who('Ульянова'), { unit_id: s.units[GROUP].id }];
	await lead.call('member_expect_many', { ...unit, role: 'student', people: [{ family_name: 'Опоздавшая', given_name: 'Туяна' }] });
	const away = async () => (await teacher.call('arrival_list', unit)).people.filter(({ state }) => state !== 'joined').map(({ person }) => person.family_name);
	assert.deepEqual(await away(), ['Опоздавшая']);
	assert.deepEqual((await teacher.call('unit_link_list', unit)).links, []);
	await refused(teacher, 'unit_link_delegate', { ...unit, teachers_send: true }, 'forbidden');
	const own = await lead.call('unit_invite_create', { ...unit, role: 'student', max_uses: 30 });
	await lead.call('unit_link_delegate', { ...unit, teachers_send: true });
	const [again] = (await teacher.call('unit_link_list', unit)).links.filter(({ role }) => role === 'student');
	assert.equal(again.token, own.token);
	await comeIn(s.server, again.token, { family_name: 'Опоздавшая', given_name: 'Туяна' });
	assert.deepEqual(await away(), []);
	await refused(who('Леонова'), 'unit_link_list', { unit_id: s.other.staff.id }, 'not_found');
	await refused(who('Бадмаев'), 'arrival_list', unit, 'forbidden');
});
step(['R24', 'R44', 'R45', 'R46', 'R47', 'R48'], '2.2/6', 'the head’s chats: deputies, teaching staff, activists of parents and of students, others', () => acts.managementChats(s, {
	heads: [who('Спасов'), who('Славко')], teachers: [who('Гуржапова'), who('Ульянова')], pupil: who('Бадмаев'), parent: who('Бадмаева'),
}));
step('R63', '2.1/13', 'the channels «Общетехникумовский» and «Сотрудники»: the second for staff only', () => acts.staffChannel(s, who('Ульянова'), who('Бадмаев'), who('Бадмаева')));
step('R11', ['1.4', '2.1–2.4'], 'the words of a technical college: группа, преподаватель, куратор, Общетехникумовский канал', async () => {
	const { org } = await s.membership(who('Бадмаева'));
	assert.equal(org.type, 'college');
	const titles = (await s.chats(who('Гуржапова'))).map(({ title }) => title);
	for (const title of ['Общетехникумовский канал', 'Канал «Сотрудники»', 'Сотрудники', 'ЭС-22', 'Родители ЭС-22', 'Преподаватели ЭС-22']) assert.ok(titles.includes(title), title);
	assert.ok(!/Класс|Учител|школьн/i.test(titles.join()));
	const told = await new Client(s.server).call('invite_preview', { token: (await s.invite('teacher', GROUP, { lead: true })).token });
	assert.deepEqual([told.org_type, told.unit_kind, told.role, told.lead], ['college', 'group', 'teacher', true]);
});
step('R21', '2.1/11', 'students are transferred and leave, teachers are dismissed: access ends, authorship stays, the journal tells', async () => {
	await acts.transfers(s, GROUP, OTHER);
	await acts.leaves(s, GROUP);
});
step('R29', '2.1/12', 'unclaimed links are annulled, one and all, and say so', () => acts.annulsLinks(s, GROUP));
step('R102', '2.1/15', 'the administrator sees who is expected, invited, in or shut out, and lets him in again', () => acts.helps(s, GROUP));
step('R93', '2.2/7', 'the administration sees what chats there are and how they live; their content only by an act that is told and logged', () => acts.oversight(s, who('Спасов'), who('Ульянова'), s.units[OTHER].chat_id));
step('R90', '2.5/4', 'a code and no password, a second factor, the list of devices, signing the others out', async () => acts.safeAccount(await serverForFile({ mode: 'demo' })));
step('R25', '2.2–2.6', 'administration, administrator, deputy, curator, teacher, student, parent, operator and municipal curator: each has his own', () => acts.roles(s, {
	head: who('Спасов'), deputy: who('Леонова'), lead: who('Гуржапова'), teacher: who('Ульянова'), pupil: who('Бадмаев'), parent: who('Бадмаева'), unit: GROUP,
}));
step('R6', '2.2/2', 'another administrator of the teaching staff: an explicit hand-over by an order, in the journal', () => acts.handOver(s, who('Гуржапова'), who('Бадмаева')));
