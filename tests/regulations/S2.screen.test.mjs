// SPDX-License-Identifier: Apache-2.0
// Энгельсский медицинский колледж: what its people see and do, in Chromium.
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator } from '../lib/world.mjs';
import { regulation } from './lib.mjs';
import { apply, approve, bringAct, join } from './scene.mjs';
import { be, closeAll, nobody, quietly, sit } from './stage.mjs';

const step = regulation('S2');
const server = await serverForFile();
after(closeAll);
const operator = await claimOperator(server);
const org = await approve(server, operator, await apply(server, { type: 'college', name: 'Энгельсский медицинский колледж Св. Луки (Войно-Ясенецкого)', short_name: 'Энгельсский медколледж', region: '64' }));
await bringAct(org, { title: 'Порядок применения сервиса взаимодействия', date: '2024-09-10' });
const group = await org.unit('group', 'СД-211');
await org.admin.call('join_settings_set', { org_id: org.id, published: true, requests_open: true, contact: 'учебная часть, кабинет 12', client_id: newId() });
const [curator, student] = [await join(org, 'teacher', group, ['Гаврилова', 'Наталья'], { lead: true }), await join(org, 'student', group, ['Петров', 'Кирилл'])];
const browser = await sit(server);

step('R67', '§5¶1', 'the public page tells students and staff how to register, in the words of a college, and takes a request', quietly('public page', async () => {
	const page = await nobody(browser);
	await browser.go(`/about/${org.id}`);
	await page.getByRole('heading', { level: 1, name: 'Как зарегистрироваться' }).waitFor();
	const text = await page.getByRole('main').innerText();
	assert.deepEqual(await page.getByRole('heading', { level: 2 }).allInnerTexts(), ['Учащимся', 'Родителям', 'Сотрудникам']);
	for (const part of ['Войно-Ясенецкого', 'Возьмите у куратора', 'своей группы', 'администратор подтвердит ваш статус', 'учебная часть, кабинет 12']) assert.ok(text.includes(part), part);
	assert.doesNotMatch(text, /класс|Гаврилова|Петров/);
	await page.getByRole('button', { name: 'У меня нет ссылки' }).click();
	const roles = await page.getByLabel('Кто вы').locator('option').allInnerTexts();
	assert.deepEqual(roles.map((one) => one.trim()), ['Студент', 'Родитель', 'Преподаватель']);
}));

step('R26', '§2¶1', 'the pages show what one\'s role may do and nothing else', quietly('roles', async () => {
	const cabinet = `a[href^="/org/${org.id}"]`;
	const sees = async (client, path) => {
		const page = await be(browser, client);
		await page.locator('[data-chat]').first().waitFor();
		const links = await page.locator(cabinet).count() > 0;
		await browser.go(path);
		await page.getByRole('heading').first().waitFor();
		return { links, page };
	};
	const admin = await sees(org.admin, `/org/${org.id}/structure`);
	for (const section of ['people', 'links', 'reception', 'journal']) await admin.page.locator(`a[href="/org/${org.id}/${section}"]`).first().waitFor();
	assert.equal(admin.links, true);
	const asCurator = await sees(curator, `/org/${org.id}/people`);
	await asCurator.page.getByText('СД-211').or(asCurator.page.getByRole('heading', { level: 1 })).first().waitFor();
	for (const section of ['people', 'links', 'reception', 'journal']) assert.equal(await asCurator.page.locator(`a[href="/org/${org.id}/${section}"]`).count(), 0, section);
	await browser.go(`/mine/${org.id}`);
	await asCurator.page.getByRole('heading', { level: 1, name: 'Моя группа: СД-211' }).waitFor();
	const asStudent = await sees(student, `/org/${org.id}/people`);
	assert.equal(asStudent.links, false);
	assert.equal(await asStudent.page.locator('main .people li').count(), 0);
	await browser.go('/operator/applications');
	await asStudent.page.getByRole('heading').first().waitFor();
	assert.equal(await asStudent.page.getByRole('button', { name: 'Одобрить' }).count(), 0);
}));

step('R13', ['§3', '§4¶4'], 'the operator writes help for a region; the people of the college find it by a word, with whom to ask', quietly('help', async () => {
	let page = await be(browser, student);
	await browser.go('/help');
	await page.getByText('Инструкций пока нет').waitFor();
	page = await be(browser, operator);
	await browser.go('/operator/help');
	for (const [region, title] of [['Саратовская область', 'Куда звонить в Саратове'], ['Для всех', 'Как войти по ссылке'], ['Республика Бурятия', 'Куда звонить в Бурятии']]) {
		await page.getByRole('button', { name: 'Написать страницу' }).click();
		const dialog = page.getByRole('dialog', { name: 'Написать страницу' });
		await dialog.getByLabel('Для кого').selectOption({ label: region });
		await dialog.getByLabel('Заголовок').fill(title);
		await dialog.getByLabel('Текст').fill(`${title}. Первый шаг.\n\nВторой шаг.`);
		await dialog.getByLabel(/^Ссылки/).fill('Памятка https://example.ru/pamyatka');
		await dialog.getByRole('button', { name: 'Сохранить' }).click();
		await dialog.waitFor({ state: 'hidden' });
		await page.getByRole('listitem').filter({ hasText: title }).waitFor();
	}
	await operator.call('help_contact_set', { text: 'Линия поддержки: 8 800 000-00-00', client_id: newId() });
	page = await be(browser, student);
	await browser.go('/help');
	await page.getByText('Линия поддержки: 8 800 000-00-00').waitFor();
	const titles = page.locator('main summary');
	assert.deepEqual(await titles.allInnerTexts(), ['Куда звонить в Саратове', 'Как войти по ссылке']);
	await page.getByLabel('Найти в помощи').fill('саратов');
	await page.getByText('Второй шаг.').waitFor();
	assert.deepEqual(await titles.allInnerTexts(), ['Куда звонить в Саратове']);
	assert.deepEqual(await page.locator('main details a').evaluateAll((all) => all.map(({ href, rel }) => [href, rel])), [['https://example.ru/pamyatka', 'noopener noreferrer']]);
	await page.getByLabel('Найти в помощи').fill('ничего такого');
	await page.getByText('Ничего не нашлось').waitFor();
}));
