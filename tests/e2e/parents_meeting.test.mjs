// SPDX-License-Identifier: Apache-2.0
// A parents' meeting in real browsers: the teacher plans it, a grandmother without an account comes by a link for one, waits, is let in; both see
// each other, and both are told of as present.
import assert from 'node:assert/strict';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS, PHONE } from './browser.mjs';
import { CLASS, CODE, command, PEOPLE, startDemo } from './demo.mjs';

const GUEST = 'Бабушка Оли';
const TITLE = 'Собрание 7А';
let server;
let browser;
after(async () => {
	await browser?.close();
	await server?.kill();
	server?.release();
});

/** Small pictures: the machine encodes and decodes them all by itself. */
function prepare() {
	const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	navigator.mediaDevices.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 10 } } : wanted);
	globalThis.violations = [];
	addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
}

const faults = [];
async function open(options = {}) {
	const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, locale: 'ru-RU', timezoneId: 'Europe/Moscow', ...options });
	context.setDefaultTimeout(30_000);
	await context.addInitScript(prepare);
	const page = await context.newPage();
	page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
	return { context, page, origin: server.origin };
}

async function pictures(name) {
	const folder = process.env.ZVONOK_PICTURES;
	if (!folder) return;
	for (const context of browser.contexts()) for (const page of context.pages()) await page.screenshot({ path: path(folder, `${name} - ${browser.contexts().indexOf(context)}.png`) }).catch(() => undefined);
}

const seesOther = (page) =>
	page.waitForFunction(() => [...document.querySelectorAll('.tile video:not(.mirrored)')].some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 5), undefined, { polling: 100 });

test('a parents’ meeting with a guest', { timeout: 240_000 }, async (t) => {
	server = await startDemo();
	browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
	const teacher = await open();
	const { page } = teacher;
	await command(teacher, 'code_request', { phone: PEOPLE.teacher, locale: 'ru' });
	await command(teacher, 'sign_in', { phone: PEOPLE.teacher, code: CODE, device: 'Chromium' });
	const me = await command(teacher, 'me_snapshot');
	const chatId = me.chats.find(({ title }) => title === CLASS).id;
	await teacher.context.addInitScript((id) => localStorage.setItem('zvonok.person', String(id)), me.person.id);
	const guest = await open(PHONE);
	let link;

	await t.test('the teacher plans it from the chat; the chat is told', async () => {
		await page.goto(`${server.origin}/chat/${chatId}`);
		await page.getByRole('link', { name: 'Уроки и встречи' }).click();
		await page.getByRole('heading', { level: 1, name: 'Уроки и встречи' }).waitFor();
		await page.getByRole('button', { name: 'Запланировать' }).first().click();
		const dialog = page.getByRole('dialog');
		await dialog.getByLabel('Что это').selectOption({ label: 'Родительское собрание' });
		await dialog.getByLabel('Название').fill(TITLE);
		await dialog.getByLabel('Повестка').fill('Итоги четверти');
		await dialog.getByRole('button', { name: 'Запланировать' }).click();
		await page.getByRole('link', { name: TITLE }).click();
		await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
		await page.getByText('Итоги четверти').waitFor();
		const { messages } = await command(teacher, 'message_list', { chat_id: chatId });
		assert.deepEqual([messages.at(-1).card.what, messages.at(-1).card.title], ['planned', TITLE]);
	});

	await t.test('a link for the guest: before the start her page waits by itself', async () => {
		await page.getByLabel(/^Для кого \(по/).fill(GUEST);
		await page.getByRole('button', { name: 'Сделать ссылки' }).click();
		link = await page.getByLabel(GUEST).inputValue();
		await guest.page.goto(link);
		await guest.page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
		await guest.page.getByText('Встреча ещё не началась').waitFor();
		assert.equal(await guest.page.getByLabel('Как вас зовут').inputValue(), GUEST);
		await pictures('guest, early');
		await page.getByRole('button', { name: 'Начать раньше' }).click();
		await page.locator('.preview video').waitFor();
		await page.locator('.card footer button').last().click();
		await page.locator('.bar').waitFor();
	});

	await t.test('she waits calmly, sees nobody, and is let in', async () => {
		await guest.page.getByRole('button', { name: 'Дальше: камера и микрофон' }).click();
		await guest.page.locator('.preview video').waitFor();
		await guest.page.locator('.card footer button').last().click();
		await guest.page.getByRole('heading', { name: 'Вы в зале ожидания' }).waitFor();
		await pictures('guest, waits');
		await guest.page.reload(); // she comes back to her place
		await guest.page.locator('.preview video').waitFor();
		await guest.page.locator('.card footer button').last().click();
		await guest.page.getByRole('heading', { name: 'Вы в зале ожидания' }).waitFor();
		assert.equal(await guest.page.locator('.tile').count(), 0);
		await page.getByRole('button', { name: /ждёт входа/ }).click();
		await page.getByRole('button', { name: `Впустить: ${GUEST}` }).click();
		await guest.page.locator('.bar').waitFor();
		await Promise.all([seesOther(page), seesOther(guest.page)]);
		await pictures('guest, in');
	});

	await t.test('her hand is seen; the chat is not hers', async () => {
		await guest.page.locator('.bar').getByRole('button', { name: 'Поднять руку' }).click();
		await page.locator('.tile .hand').waitFor();
		assert.equal(await guest.page.locator('.bar').getByRole('button', { name: /чат/i }).count(), 0);
		const stranger = await open();
		await stranger.page.goto(link);
		await stranger.page.getByRole('heading', { name: 'По этой ссылке уже вошли' }).waitFor();
		await stranger.context.close();
	});

	await t.test('attendance tells of both, and is saved as tables', async () => {
		await page.locator('.room .top .small').click();
		await page.getByRole('button', { name: 'Показать, кто был' }).click();
		const table = page.getByRole('table');
		await table.getByRole('row', { name: new RegExp(GUEST) }).waitFor();
		const own = await table.getByRole('row', { name: new RegExp(me.person.family_name) }).innerText();
		const hers = await table.getByRole('row', { name: new RegExp(GUEST) }).innerText();
		for (const row of [own, hers]) assert.match(row, /Был/);
		for (const [button, end] of [['Таблица Excel', 'xlsx'], ['Таблица CSV', 'csv']]) {
			const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
			assert.ok(download.suggestedFilename().endsWith(`.${end}`));
		}
		await pictures('attendance');
	});

	await t.test('the end is told to the guest', async () => {
		const { lessons } = await command(teacher, 'lesson_list', { from: Date.now() - 864e5, to: Date.now() + 3 * 864e5 });
		await command(teacher, 'call_end', { call_id: lessons.find(({ title }) => title === TITLE).call_id });
		await guest.page.getByRole('heading', { name: 'Встреча закончилась' }).waitFor();
		for (const one of [page, guest.page]) assert.deepEqual(await one.evaluate(() => globalThis.violations), []);
		assert.deepEqual(faults, []);
	});
});
