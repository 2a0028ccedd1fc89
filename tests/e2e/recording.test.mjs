// SPDX-License-Identifier: Apache-2.0
// A recorded call in real browsers with pretended cameras and microphones: the host records, everybody is told, whoever comes later is asked, and it is watched afterwards: by the host, and by a pupil once it is open for the chat.
import assert from 'node:assert/strict';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './browser.mjs';
import { CLASS, CODE, command, PEOPLE, startDemo } from './demo.mjs';

const WHO = { teacher: PEOPLE.teacher, first: PEOPLE.pupil, second: '+79000004115' };

let server;
let browser;
after(async () => {
	await browser?.close();
	await server?.kill();
	server?.release();
});

/** Small pictures: two cores carry them all. */
function prepare() {
	const media = navigator.mediaDevices;
	const ask = media.getUserMedia.bind(media);
	media.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 10 } } : wanted);
}

async function person(name) {
	const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, locale: 'ru-RU', timezoneId: 'Europe/Moscow' });
	context.setDefaultTimeout(60_000);
	const one = { name, context, origin: server.origin, faults: [] };
	await command(one, 'code_request', { phone: WHO[name], locale: 'ru' });
	await command(one, 'sign_in', { phone: WHO[name], code: CODE, device: 'Chromium' });
	const me = await command(one, 'me_snapshot');
	one.chatId = me.chats.find(({ title }) => title === CLASS).id;
	await context.addInitScript(prepare);
	await context.addInitScript((id) => localStorage.setItem('zvonok.person', String(id)), me.person.id);
	one.page = await context.newPage();
	one.page.on('pageerror', (error) => one.faults.push(`${name}: ${error.stack ?? error}`));
	await one.page.goto(`${server.origin}/chat/${one.chatId}`);
	await one.page.locator('[data-client-id]').first().waitFor();
	return one;
}

async function picture(one, name) {
	if (process.env.ZVONOK_PICTURES) await one.page.screenshot({ path: path(process.env.ZVONOK_PICTURES, `recording ${name}.png`) });
}

async function join(one, button) {
	await one.page.locator('.preview video').waitFor();
	await one.page.locator('.card footer').getByRole('button', { name: button, exact: true }).click();
	await one.page.locator('.bar').waitFor();
}

/** Where the player's clock is, and where each voice and picture is by it (0: in its place), in seconds. */
const places = (one) => one.page.evaluate(() => {
	const player = document.querySelector('.player');
	const ms = Number(player.dataset.ms);
	return { ms, playing: player.dataset.playing === 'true', elements: [...player.querySelectorAll('audio, video')].map((element) => ({ kind: element.localName, paused: element.paused, at: element.currentTime, width: element.videoWidth ?? 0, error: element.error?.message })) };
});

async function until(what, look, limit = 30_000) {
	let last;
	for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
		last = await look();
		if (last.ok) return last;
	}
	assert.fail(`${what}: ${JSON.stringify(last)}`);
}

/** It plays: the clock goes on, a picture has a size and moves, voices sound. */
async function plays(one) {
	await one.page.locator('.player').getByRole('button', { name: 'Слушать и смотреть' }).click();
	return until(`${one.name} watches`, async () => {
		const now = await places(one);
		return { ...now, ok: now.ms > 3000 && now.elements.some(({ kind, width, at }) => kind === 'video' && width === 320 && at > 1) && now.elements.some(({ kind, at }) => kind === 'audio' && at > 1) };
	});
}

test('a recorded call', { timeout: 400_000 }, async (t) => {
	server = await startDemo();
	browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, '--autoplay-policy=no-user-gesture-required'] });
	const everybody = {};
	for (const name of Object.keys(WHO)) everybody[name] = await person(name);
	const { teacher, first, second } = everybody;

	await t.test('the host begins it after a question; everybody sees and hears that', async () => {
		await teacher.page.locator('header button[aria-label*="видеозвонок"]').click();
		await join(teacher, 'Начать');
		await first.page.locator('.going button').click();
		await join(first, 'Войти');
		assert.equal(await first.page.locator('.top span.sign').count(), 0);
		await first.page.locator('.bar').getByRole('button', { name: 'Ещё' }).click();
		assert.equal(await first.page.getByRole('button', { name: 'Записать звонок' }).count(), 0, 'a pupil records nothing');
		await first.page.keyboard.press('Escape');
		await teacher.page.locator('.bar').getByRole('button', { name: 'Ещё' }).click();
		await teacher.page.getByRole('button', { name: 'Записать звонок' }).click();
		const dialog = teacher.page.getByRole('dialog', { name: 'Записать этот звонок?' });
		await dialog.getByText('Хранится 30 дней').waitFor();
		await picture(teacher, 'question');
		await dialog.getByRole('button', { name: 'Начать запись' }).click();
		for (const one of [teacher, first]) await one.page.locator('.top span.sign').waitFor();
		await first.page.locator('[role=status]').filter({ hasText: 'звонок записывается' }).first().waitFor({ state: 'attached' });
		await picture(first, 'sign');
	});

	await t.test('whoever comes later is asked before', async () => {
		await second.page.locator('.going button').click();
		await second.page.getByText('Этот звонок записывается').waitFor();
		await picture(second, 'door');
		await join(second, 'Согласиться и войти');
		await second.page.locator('.top span.sign').waitFor();
	});

	await t.test('it ends, and the call goes on', async () => {
		await new Promise((resolve) => setTimeout(resolve, 9000));
		await teacher.page.locator('.bar').getByRole('button', { name: 'Ещё' }).click();
		await teacher.page.getByRole('button', { name: 'Остановить запись' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Остановить', exact: true }).click();
		for (const one of [teacher, first, second]) await one.page.locator('.top span.sign').waitFor({ state: 'detached' });
		await teacher.page.locator('.bar').getByRole('button', { name: 'Выйти из звонка' }).click();
		await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
		for (const one of [teacher, first, second]) await one.page.locator('.bar').waitFor({ state: 'detached' });
	});

	await t.test('the host watches it: voices and a picture in step, from another place too', async () => {
		await teacher.page.goto(`${server.origin}/chat/${teacher.chatId}`);
		await teacher.page.getByRole('button', { name: 'Участники' }).first().click();
		await teacher.page.getByRole('button', { name: 'Записи звонков' }).click();
		await picture(teacher, 'list');
		await teacher.page.getByRole('button', { name: 'Смотреть' }).click({ timeout: 60_000 });
		await teacher.page.locator('.player').waitFor();
		const now = await plays(teacher);
		assert.deepEqual(now.elements.map(({ error }) => error).filter(Boolean), []);
		await picture(teacher, 'player');
		await teacher.page.locator('.player input[type=range]').fill('1000');
		await until('from another place', async () => {
			const then = await places(teacher);
			return { ...then, ok: then.playing && then.ms >= 1000 && then.ms < 8000 };
		});
		const files = await teacher.page.locator('.player a').count();
		assert.ok(files >= 5, `${files} files: two voices and cameras at least, and those of the third`);
		await teacher.page.keyboard.press('Escape');
	});

	await t.test('opened for the chat, a pupil finds it on the card of the call', async () => {
		await first.page.goto(`${server.origin}/chat/${first.chatId}`);
		await first.page.getByText('участник').first().waitFor();
		assert.equal(await first.page.getByRole('button', { name: 'Смотреть запись' }).count(), 0);
		await teacher.page.getByRole('button', { name: 'Действия с записью' }).click();
		await teacher.page.getByRole('menuitem', { name: 'Открыть для участников чата' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Открыть для участников чата' }).click();
		await first.page.getByRole('button', { name: 'Смотреть запись' }).click();
		await first.page.locator('.player').waitFor();
		await plays(first);
		await first.page.setViewportSize({ width: 390, height: 844 });
		await picture(first, 'phone');
	});

	assert.deepEqual(Object.values(everybody).flatMap(({ faults }) => faults), []);
});
