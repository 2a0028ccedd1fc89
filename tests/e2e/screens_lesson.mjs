// SPDX-License-Identifier: Apache-2.0
// The screens of lessons, meetings and consultations, and a guest's door.
import { Client, newId } from '../lib/client.mjs';
import { CLASS, CODE, PEOPLE } from './demo.mjs';
import { dialog, opens, press } from './screens_more.mjs';

const HOUR = 36e5;
const DAY = 24 * HOUR;
const heading = (page) => page.getByRole('heading', { level: 1 }).first().waitFor();

/** A broadcast that goes on in a chat of its own. hand(): a pupil watches it and raises his hand. */
async function beginBroadcast(teacher, pupil) {
	const { memberships } = await teacher.call('me_snapshot');
	const { person } = await pupil.call('me_snapshot');
	const { id: chat_id } = await teacher.call('chat_create', { org_id: memberships[0].org.id, title: 'День науки', audience: ['staff', 'student'], client_id: newId() });
	await teacher.call('chat_member_add', { chat_id, person_ids: [person.id], client_id: newId() });
	const { lessons: [lesson] } = await teacher.call('lesson_create', { chat_id, kind: 'broadcast', title: 'День науки: открытая лекция', starts_at: Date.now() + HOUR, minutes: 45, client_id: newId() });
	const { id: call_id } = await teacher.call('lesson_open', { chat_id, lesson_id: lesson.id, client_id: newId() });
	const hand = async () => {
		await pupil.call('call_join', { call_id });
		await pupil.call('call_hand', { call_id, raised: true, client_id: newId() });
	};
	return { chat: chat_id, hand };
}

/** What the teacher of the demonstration has planned for her class. */
export async function planLessons(server) {
	const teacher = new Client(server);
	await teacher.call('code_request', { phone: PEOPLE.teacher, locale: 'ru' });
	await teacher.call('sign_in', { phone: PEOPLE.teacher, code: CODE, device: 'Компьютер' });
	const chat_id = (await teacher.call('me_snapshot')).chats.find(({ title }) => title === CLASS).id;
	const noon = new Date(Date.now() + DAY).setHours(12, 0, 0, 0);
	const plan = async (more) => (await teacher.call('lesson_create', { chat_id, client_id: newId(), ...more })).lessons[0];
	const weekly = await plan({ kind: 'lesson', title: 'Алгебра', starts_at: noon, minutes: 40, repeat_until: noon + 22 * DAY, materials: [{ title: 'Учебник, § 12' }, { title: 'Разбор задач', url: 'https://example.org/video' }] });
	const meeting = await plan({ kind: 'parents_meeting', title: 'Собрание родителей', starts_at: noon + 6 * HOUR, minutes: 60, waiting_room: true, silent: true, agenda: '1. Итоги четверти\n2. Экскурсия' });
	await teacher.call('lesson_update', { chat_id, lesson_id: meeting.id, protocol: 'Решили ехать в мае.' });
	const consultation = await plan({ kind: 'consultation', title: 'Консультация по алгебре', starts_at: noon + 2 * DAY, minutes: 60, slot_minutes: 10, waiting_room: true });
	const off = await plan({ kind: 'event', title: 'Олимпиада', starts_at: noon + 3 * HOUR, minutes: 120 });
	await teacher.call('lesson_cancel', { chat_id, lesson_id: off.id });
	const parent = new Client(server);
	await parent.call('code_request', { phone: PEOPLE.parent, locale: 'ru' });
	await parent.call('sign_in', { phone: PEOPLE.parent, code: CODE, device: 'Телефон' });
	await parent.call('lesson_slot_take', { chat_id, lesson_id: consultation.id, slot: 2 });
	const { token } = await teacher.call('lesson_guest_link', { chat_id, lesson_id: meeting.id, name: 'Бабушка Оли' });
	const pupil = new Client(server);
	await pupil.call('code_request', { phone: PEOPLE.pupil, locale: 'ru' });
	await pupil.call('sign_in', { phone: PEOPLE.pupil, code: CODE, device: 'Телефон' });
	return { broadcast: await beginBroadcast(teacher, pupil), chat: chat_id, weekly: weekly.id, meeting: meeting.id, consultation: consultation.id, off: off.id, guest: token };
}

const rows = (page) => page.locator('main .rows li').first().waitFor();
const sections = (n) => (page) => page.locator('main section').nth(n).waitFor();
/** Presses on the page of one lesson, once it is there. */
const on = (name) => async (page) => {
	await page.locator('main section').first().waitFor();
	await press(page.locator('main'), name);
	await dialog(page);
};

/** To the door of the broadcast that goes on; and in. */
async function toBroadcast(page) {
	await page.locator('.going button').click();
	await page.locator('.card footer button').last().waitFor();
}
async function intoBroadcast(page) {
	await toBroadcast(page);
	await page.locator('.card footer button').last().click();
	await page.locator('.room .top .count').waitFor();
}
const hostOfBroadcast = ({ hand }) => async (page) => {
	await intoBroadcast(page);
	await page.locator('.room .top .count').click();
	await hand();
	await page.locator('.people ol li').first().waitFor();
	// On a phone the panel has everything above the controls.
	await page.waitForFunction(() => innerWidth > 720 || document.querySelector('.room aside').offsetHeight > innerHeight / 2);
};

export const lessonScreens = ({ planned }) => [
	['broadcast, before watching', 'pupil', `/chat/${planned.broadcast.chat}`, toBroadcast],
	['broadcast, before the start', 'pupil', `/chat/${planned.broadcast.chat}`, async (page) => {
		await intoBroadcast(page);
		await page.locator('.room .soon').waitFor();
	}],
	['broadcast, who runs it', 'teacher', `/chat/${planned.broadcast.chat}`, hostOfBroadcast(planned.broadcast)],
	['broadcast, keys for programs', 'teacher', `/chat/${planned.broadcast.chat}`, async (page) => {
		await hostOfBroadcast(planned.broadcast)(page);
		await press(page.locator('.people'), 'broadcast.keys');
		await dialog(page);
		await press(page.locator('dialog[open]'), 'broadcast.key_make');
		await page.locator('dialog[open] li').first().waitFor();
	}],
	['calendar', 'teacher', '/calendar', rows],
	['calendar of a week', 'teacher', '/calendar/week', async (page) => {
		await page.locator('main .turn button').nth(1).click(); // the next one has something in any case
		await page.locator('main .week section').nth(6).waitFor();
	}],
	['calendar of a chat', 'teacher', `/calendar/chat/${planned.chat}`, rows],
	['calendar, nothing yet', 'waiting', '/calendar', (page) => page.locator('main .empty').waitFor()],
	['calendar of a parent', 'parent', '/calendar', rows],
	['calendar for other programs', 'teacher', '/calendar', opens('lesson.calendar_link')],
	['lesson planned', 'teacher', '/calendar', opens('lesson.plan')],
	['consultation planned, weekly', 'teacher', '/calendar', async (page) => {
		await opens('lesson.plan')(page);
		const form = page.locator('dialog[open]');
		await form.locator('select').first().selectOption('consultation');
		await form.getByRole('switch').first().check();
		await press(form, 'lesson.material_add');
		await form.locator('input[type=url]').waitFor();
	}],
	['lesson', 'teacher', `/calendar/${planned.weekly}`, sections(3)],
	['lesson of a pupil', 'pupil', `/calendar/${planned.weekly}`, sections(0)],
	['lesson, changed', 'teacher', `/calendar/${planned.weekly}`, on('lesson.edit')],
	['lesson of a series, called off', 'teacher', `/calendar/${planned.weekly}`, on('lesson.call_off')],
	['lesson, somebody connected', 'teacher', `/calendar/${planned.weekly}`, on('lesson.connect_find')],
	['lesson that was called off', 'teacher', `/calendar/${planned.off}`, sections(1)],
	['no such lesson', 'teacher', '/calendar/999999', (page) => page.locator('main .empty').waitFor()],
	['meeting with minutes', 'teacher', `/calendar/${planned.meeting}`, async (page) => {
		await page.locator('main section').first().waitFor();
		await press(page.locator('main'), 'lesson.protocol_change');
		await page.locator('main textarea').first().waitFor();
	}],
	['appointments', 'parent', `/calendar/${planned.consultation}`, (page) => page.locator('main .times .own').waitFor()],
	['appointments, who came', 'teacher', `/calendar/${planned.consultation}`, (page) => page.locator('main .who li').waitFor()],
	['links for guests', 'teacher', `/calendar/${planned.consultation}`, async (page) => {
		await page.locator('main section').first().waitFor();
		await press(page.locator('main'), 'lesson.guests_make');
		await page.locator('main .made').waitFor();
	}],
	['guest, before the start', undefined, `/guest/${planned.guest}`, (page) => page.locator('main form').waitFor()],
	['guest, no such link', undefined, `/guest/${'0'.repeat(32)}`, heading],
];
