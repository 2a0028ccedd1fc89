// SPDX-License-Identifier: Apache-2.0
// The screens of lessons, meetings and consultations, and a guest's door.
import { Client, newId } from '../lib/client.mjs';
import { CLASS, CODE, command, PEOPLE } from './demo.mjs';
import { dialog, opens, press } from './screens_more.mjs';

const HOUR = 36e5;
const DAY = 24 * HOUR;
const heading = (page) => page.getByRole('heading', { level: 1 }).first().waitFor();

/** For a broadcast in a chat of its own. begin(): it goes on; hand(): a pupil watches it and raises his hand. */
async function planBroadcast(teacher, pupil, chat_id) {
	const { memberships } = await teacher.call('me_snapshot');
	const me = (await pupil.call('me_snapshot')).person.id;
	const others = (await teacher.call('chat_members', { chat_id })).members.filter(({ role }) => role === 'student').slice(0, 3);
	const { id: hall } = await teacher.call('chat_create', { org_id: memberships[0].org.id, title: 'День науки', audience: ['staff', 'student'], client_id: newId() });
	await teacher.call('chat_member_add', { chat_id: hall, person_ids: [...new Set([me, ...others.map(({ person }) => person.id)])], client_id: newId() });
	let call_id;
	return {
		chat: hall,
		async begin() {
			if (call_id) return;
			const { lessons: [lesson] } = await teacher.call('lesson_create', { chat_id: hall, kind: 'broadcast', title: 'День науки: открытая лекция', starts_at: Date.now() + HOUR, minutes: 45, client_id: newId() });
			call_id = (await teacher.call('lesson_open', { chat_id: hall, lesson_id: lesson.id, client_id: newId() })).id;
		},
		async hand() {
			await pupil.call('call_join', { call_id });
			await pupil.call('call_hand', { call_id, raised: true, client_id: newId() });
		},
		async end() {
			await teacher.call('call_end', { call_id, client_id: newId() });
			call_id = undefined;
		},
	};
}

/** add(): two links, one of them verified; clear(): none. */
async function planContent(admin, chat) {
	const org = (await command(admin, 'me_snapshot')).memberships[0].org.id;
	let ids = [];
	const one = async (what) => (await command(admin, 'content_put', { org_id: org, kind: 'link', client_id: newId(), ...what })).id;
	return {
		chat, org,
		async add() {
			if (ids.length > 0) return;
			ids = [await one({ title: 'Атлас звёздного неба', subject: 'Астрономия', grade: '12–13 лет', source: 'Издательство «Просвещение»', url: 'https://atlas.example/' }), await one({ title: 'Таблица Менделеева', url: 'https://table.example/' })];
			await command(admin, 'content_verify', { org_id: org, content_id: ids[0], list: 'Федеральный перечень электронных образовательных ресурсов', client_id: newId() });
		},
		async clear() {
			for (const content_id of ids) await command(admin, 'content_remove', { org_id: org, content_id, client_id: newId() });
			ids = [];
		},
	};
}

/** What the teacher of the demonstration has planned for her class. */
export async function planLessons(server, admin) {
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
	return { teacher, content: await planContent(admin, chat_id), broadcast: await planBroadcast(teacher, pupil, chat_id), chat: chat_id, weekly: weekly.id, meeting: meeting.id, consultation: consultation.id, off: off.id, guest: token };
}

const rows = (page) => page.locator('main .rows li').first().waitFor();
const sections = (n) => (page) => page.locator('main section').nth(n).waitFor();
/** Presses on the page of one lesson, once it is there. */
const on = (name) => async (page) => {
	await page.locator('main section').first().waitFor();
	await press(page.locator('main'), name);
	await dialog(page);
};

/** Screens of a broadcast. The last one of each person ends it: while it goes on, every other page tells of it. */
const broadcastScreens = ({ chat, begin, hand, end }) => {
	const path = `/chat/${chat}`;
	const toDoor = async (page) => {
		await begin();
		await page.locator('.going button').click();
		await page.locator('.card footer button').last().waitFor();
	};
	const into = async (page) => {
		await toDoor(page);
		await page.locator('.card footer button').last().click();
		await page.locator('.room .top .count').waitFor();
	};
	const run = async (page) => {
		await into(page);
		await page.locator('.room .top .count').click();
		await hand();
		await page.locator('.people ol li').first().waitFor();
		// On a phone the panel has everything above the controls.
		await page.waitForFunction(() => innerWidth > 720 || document.querySelector('.room aside').offsetHeight > innerHeight / 2);
	};
	const over = async (page) => {
		await into(page);
		await page.waitForFunction(() => !document.querySelector('.room .told .strip')); // its media is there
		await end();
		await page.locator('.call h1[tabindex]').waitFor();
	};
	return [
		['broadcast, before watching', 'pupil', path, toDoor],
		['broadcast, before the start', 'pupil', path, async (page) => {
			await into(page);
			await page.locator('.room .soon').waitFor();
		}],
		['broadcast, over', 'pupil', path, over],
		['broadcast, who runs it', 'teacher', path, run],
		['broadcast, keys for programs', 'teacher', path, async (page) => {
			await run(page);
			await press(page.locator('.people'), 'broadcast.keys');
			await dialog(page);
			await press(page.locator('dialog[open]'), 'broadcast.key_make');
			await page.locator('dialog[open] li').first().waitFor();
		}],
		['broadcast, over for who ran it', 'teacher', path, over],
	];
};

/** Content: the list of the organisation, empty for another one's; a link that is shown. */
const contentScreens = ({ chat, org, add, clear }) => {
	const list = `/org/${org}/content`;
	const adding = async (page) => {
		await page.locator('main .content .empty button, main .content .head button').first().click();
		await page.locator('dialog[open] input').first().waitFor();
	};
	const inCall = async (page) => {
		await page.locator('.chat header > .icon-button').nth(2).waitFor();
		await page.locator('.chat header > .icon-button').first().click();
		await page.locator('.card footer button').last().click();
		await page.locator('.room .top .count').waitFor();
	};
	const picking = async (page) => {
		await inCall(page);
		await page.locator('.bar button').nth(-2).click();
		await press(page.locator('.room'), 'content.show');
		await page.locator('dialog[open] li, dialog[open] .empty').first().waitFor();
	};
	return [
		['content, none yet', 'admin', list, async (page) => {
			await page.locator('main .content .head').waitFor();
			await clear();
			await page.reload();
			await page.locator('main .content .empty').waitFor();
		}],
		['content, added', 'admin', list, async (page) => {
			await page.locator('main .content .head').waitFor();
			await adding(page);
		}],
		['content', 'admin', list, async (page) => {
			await add();
			await page.reload();
			await page.locator('main .content li').first().waitFor();
		}],
		['content, picked in a call', 'teacher', `/chat/${chat}`, async (page) => {
			await add();
			await picking(page);
		}],
		['content, shown in a call', 'teacher', `/chat/${chat}`, async (page) => {
			await picking(page);
			await page.locator('dialog[open] li button').first().click();
			await page.locator('.room .showing').waitFor();
		}],
	];
};

export const lessonScreens = ({ planned }) => [
	...broadcastScreens(planned.broadcast),
	...contentScreens(planned.content),
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
