// SPDX-License-Identifier: Apache-2.0
// The technical college as its people see it, in Chromium.
import { regulation } from './lib.mjs';
import * as see from './screen.mjs';

const step = regulation('S0');
const s = await see.screens({
	typeName: 'Колледж, техникум', name: 'ГБПОУ «Гусиноозерский энергетический техникум»', short: 'ГЭТ', region: 'Бурятия', address: 'Республика Бурятия, г. Гусиноозерск',
	director: ['Спасов', 'Баир', 'Михайлович'], admin: ['Доржиева', 'Сэсэг', 'Баировна'], email: 'dorzhieva@get.example', order: ['704-а', '2023-12-12'],
	phones: { operator: '+7 921 000-03-01', admin: '+7 921 000-03-10', lead: '+7 921 000-03-20', pupil: '+7 921 000-03-30' },
	create: 'Создать группы', units: ['ЭС-22', 'ТО-22'], staffUnit: 'Сотрудники', unitWord: 'Группа',
	teacher: 'Преподаватель', lead: 'Куратор', student: 'Студент',
	leadName: ['Гуржапова', 'Елена', 'Анатольевна'], pupilName: ['Бадмаев', 'Аюр'], awaited: ['Цыренов', 'Баир'], taught: 'Мои группы',
	chats: ['ЭС-22', 'Родители ЭС-22', 'Преподаватели ЭС-22', 'Общетехникумовский канал', 'Канал «Сотрудники»'],
});

step(['R2', 'R3'], '2.1/1', 'the form of the application, not sent without the order', s.look('application', see.applies));
step(['R2', 'R4'], '2.1/1', 'the operator reads it, approves it and has the letter with instructions', s.look('decision', see.isApproved));
step(['R5', 'R15', 'R14'], ['2.1/2', '2.1/4', '2.1/5'], 'the number of the application finds the cabinet; groups are made beside «Сотрудники»', s.look('cabinet', see.entersCabinet));
step(['R27', 'R31'], ['2.1/6', '2.3/1'], 'a link for the curator: its page says where it leads, used up it says so', s.look('curator', see.leadComesIn));
step('R36', '2.1/10', 'the status is confirmed, and the badge stands in the chat', s.look('status', see.statusIsConfirmed));
step('R33', '2.5/1', 'a student comes in on a phone and is told why he is in the chat', s.look('student', see.pupilComesIn));
step(['R11', 'R49', 'R50', 'R51'], ['2.1–2.4', '2.3/3'], 'the curator’s chats, by the words of the technical college', s.look('chats', see.chatsByTheirWords));
step('R61', '2.3/4', 'the curator sees who has not come in yet', s.look('awaited', see.awaits));
step('R61', '2.4/4', 'whoever teaches the group sees who has not come in, and sends the link again when he may', s.look('taught', see.teacherAwaits));
