// SPDX-License-Identifier: Apache-2.0
// What people do on the pages, in their own words: the labels are those of the Russian client.
import assert from 'node:assert/strict';

export const digits = (phone) => phone.replace(/\D/g, '');

/** The step with the code, after the number was given. */
export async function enterCode(page, server, phone, button) {
	const field = page.getByLabel(/^Код из \d цифр/);
	await field.waitFor();
	const code = await server.code(phone);
	// The last digit sends the form; the button is there for those who look for it.
	await field.pressSequentially(code);
	if (button) await page.getByRole('button', { name: button }).waitFor({ state: 'detached' });
}

/** The step after signing in, for whoever has not agreed to the documents yet. */
export async function agreeToAll(page) {
	const agree = page.getByRole('button', { name: 'Прочитано, принимаю' });
	const inside = page.getByRole('navigation', { name: 'Разделы' });
	await agree.or(inside).first().waitFor();
	while (!(await inside.count())) {
		const title = await page.getByRole('heading', { level: 1 }).innerText();
		await agree.click();
		await inside.or(page.getByRole('heading', { level: 1 }).filter({ hasNotText: title })).first().waitFor();
		await agree.or(inside).first().waitFor();
	}
}

export async function signIn(profile, server, phone, { agrees = true } = {}) {
	const { page } = profile;
	await profile.go('/');
	await page.getByRole('heading', { level: 1, name: 'Вход' }).waitFor();
	await page.getByLabel('Номер телефона').fill(phone);
	await page.getByRole('button', { name: 'Получить код' }).click();
	await enterCode(page, server, phone);
	if (agrees) await agreeToAll(page);
}

export async function fillNames(scope, [family, given, patronymic]) {
	await scope.getByLabel('Фамилия').fill(family);
	await scope.getByLabel('Имя', { exact: true }).fill(given);
	if (patronymic) await scope.getByLabel(/^Отчество/).fill(patronymic);
}

export async function createOrg(page, { name, short, names, phone }) {
	await page.getByRole('button', { name: 'Создать организацию' }).click();
	const dialog = page.getByRole('dialog', { name: 'Новая организация' });
	await dialog.getByLabel('Полное название').fill(name);
	await dialog.getByLabel('Короткое название').fill(short);
	await fillNames(dialog, names);
	await dialog.getByLabel('Телефон администратора').fill(phone);
	await dialog.getByRole('button', { name: 'Создать организацию' }).click();
	const done = page.getByRole('dialog', { name: 'Организация создана' });
	await done.waitFor();
	await done.getByRole('button', { name: 'Понятно' }).click();
}

/** Makes a link on the page of links and gives its address. */
export async function createLink(page, { role, unit, lead = false }) {
	await page.getByRole('button', { name: 'Сделать ссылку' }).click();
	const dialog = page.getByRole('dialog', { name: 'Сделать ссылку' });
	await dialog.getByLabel('Кого приглашаем').selectOption({ label: role });
	await dialog.getByLabel('Куда').selectOption({ label: unit });
	if (lead) await dialog.getByLabel(/Сразу назначить руководителем/).check();
	await dialog.getByRole('button', { name: 'Сделать ссылку' }).click();
	const ready = page.getByRole('dialog', { name: 'Ссылка готова' });
	const url = await ready.getByLabel('Ссылка-приглашение').inputValue();
	await ready.getByRole('button', { name: 'Готово' }).click();
	return url;
}

/** Opens the link, checks what it promises, registers. */
export async function join(profile, server, url, { role, unit, org, names, phone }) {
	const { page } = profile;
	await page.goto(url);
	await page.getByRole('heading', { level: 1, name: org }).waitFor();
	assert.equal(await page.locator('dl div', { hasText: 'Ваша роль' }).locator('dd').innerText(), role);
	assert.equal(await page.locator('dl div', { hasText: 'Класс' }).locator('dd').last().innerText(), unit);
	await fillNames(page, names);
	await page.getByLabel('Номер телефона').fill(phone);
	await page.getByLabel('Документы мне понятны, принимаю их').check();
	await page.getByRole('button', { name: 'Получить код' }).click();
	await enterCode(page, server, phone, 'Присоединиться');
}

// By its whole title: "Родители 5А" is another chat than "5А".
export const chatRow = (page, title) => page.getByRole('navigation', { name: 'Список чатов' }).getByRole('link').filter({ has: page.locator('.title', { hasText: new RegExp(`^\\s*${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`) }) });

export async function openChat(page, title) {
	await chatRow(page, title).click();
	await page.getByRole('heading', { level: 1, name: title }).waitFor();
	await page.getByRole('log').waitFor();
}

export const composer = (page) => page.getByRole('textbox', { name: 'Сообщение', exact: true });

/** Types and sends, by the button on a touch screen. */
export async function say(page, text, { touch = false } = {}) {
	await composer(page).fill(text);
	if (touch) await page.getByRole('button', { name: 'Отправить' }).tap();
	else await composer(page).press('Enter');
}

export const message = (page, text) => page.locator('[data-client-id]').filter({ has: page.getByText(text, { exact: true }) });

/** Waits until a message of one's own has come this far. */
export const state = (page, text, wanted, timeout = 10_000) => message(page, text).locator(`[data-state="${wanted}"]`).waitFor({ timeout });

/** What of the conversation is on the page. */
export const texts = (page) => page.locator('[data-client-id] .text').allInnerTexts();

/** The whole conversation: scrolls up until its beginning is there. */
export async function wholeConversation(page) {
	const log = page.getByRole('log');
	const beginning = page.getByText('Это начало чата.');
	for (let tries = 0; tries < 100 && !(await beginning.count()); tries++) {
		await log.evaluate((element) => (element.scrollTop = 0));
		await page.waitForTimeout(100);
	}
	await beginning.waitFor();
	return texts(page);
}

export async function noSidewaysScrolling(page, what) {
	// What scrolls by itself is as wide as it is, too.
	const found = await page.evaluate(() =>
		[document.documentElement, ...document.querySelectorAll('main, dialog[open] .body')].map((one) => ({ wide: one.scrollWidth, screen: one.clientWidth, name: one.localName })).filter(({ wide, screen }) => wide > screen),
	);
	assert.deepEqual(found, [], what);
}
