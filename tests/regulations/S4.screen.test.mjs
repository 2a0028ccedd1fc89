// SPDX-License-Identifier: Apache-2.0
// The centre as its people see it, in Chromium.
import { regulation } from './lib.mjs';
import * as see from './screen.mjs';

const step = regulation('S4');
const s = await see.screens({
	typeName: 'Центр дополнительного образования', name: 'МБУ ДО «Центр детского творчества» г. Балахна', short: 'ЦДТ Балахна', region: 'Нижегородская', address: 'Нижегородская область, г. Балахна',
	director: ['Цой', 'Наталья', 'Борисовна'], admin: ['Орехова', 'Юлия', 'Игоревна'], email: 'orehova@cdt.example', order: ['121', '2025-08-28'],
	phones: { operator: '+7 921 000-52-01', admin: '+7 921 000-52-10', lead: '+7 921 000-52-20', pupil: '+7 921 000-52-30' },
	create: 'Создать кружки', units: ['Робототехника', 'Вокал'], staffUnit: 'Педагоги', unitWord: 'Кружок',
	teacher: 'Педагог', lead: 'Руководитель кружка', student: 'Воспитанник',
	leadName: ['Рябова', 'Ольга', 'Львовна'], pupilName: ['Морозова', 'Аня'], awaited: ['Кораблёв', 'Матвей'],
	chats: ['Робототехника', 'Родители Робототехника', 'Педагоги Робототехника', 'Общеучрежденческий канал', 'Канал «Сотрудники»'],
});

step(['R2', 'R3'], '2.1/1', 'the form of the application, not sent without the order', s.look('application', see.applies));
step(['R2', 'R4'], '2.1/1', 'the operator reads it, approves it and has the letter with instructions', s.look('decision', see.isApproved));
step(['R5', 'R15', 'R14'], ['2.1/2', '2.1/4', '2.1/5'], 'the number of the application finds the cabinet; circles are made beside «Педагоги»', s.look('cabinet', see.entersCabinet));
step(['R27', 'R31'], ['2.1/6', '2.3/1'], 'a link for the head of a circle: its page says where it leads, used up it says so', s.look('head', see.leadComesIn));
step('R36', '2.1/10', 'the status is confirmed, and the badge stands in the chat', s.look('status', see.statusIsConfirmed));
step('R33', '2.5*', 'a child comes in on a phone and is told why he is in the chat', s.look('child', see.pupilComesIn));
step(['R11', 'R49', 'R50', 'R51'], ['2.1–2.3', '2.3/3'], 'the chats of the head of a circle, by the words of a centre', s.look('chats', see.chatsByTheirWords));
step('R61', '2.3/4', 'the head of a circle sees who has not come in yet', s.look('awaited', see.awaits));
