// SPDX-License-Identifier: Apache-2.0
// Школа № 98, Санкт-Петербург: what its people see and do, in Chromium.
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, comeIn } from '../lib/world.mjs';
import { chatRow, openChat } from '../e2e/steps.mjs';
import { regulation } from './lib.mjs';
import { apply, approve, bringAct, join, named } from './scene.mjs';
import { be, closeAll, nobody, quietly, sit } from './stage.mjs';

const step = regulation('S3');
const server = await serverForFile();
after(closeAll);
const operator = await claimOperator(server);
const org = await approve(server, operator, await apply(server, { type: 'school', name: 'ГБОУ школа № 98 Калининского района Санкт-Петербурга', short_name: 'Школа № 98', region: '78' }));
await bringAct(org, { title: 'Положение', number: '58-р', date: '2023-06-20' });
const [class7, class7b] = [await org.unit('class', '7А'), await org.unit('class', '7Б')];
const lead = await join(org, 'teacher', class7, ['Васильева', 'Мария', 'Олеговна'], { lead: true });
const chemist = await join(org, 'teacher', undefined, ['Химичев', 'Борис', 'Ильич']);
const forPupils = await org.invite('student', class7, { max_uses: 30 });
const browser = await sit(server);
let pupil;

step('R28', ['2.1/4–5', '2.3/2'], 'the administrator hands the pupils\' link over on the page of links; the class teacher finds it in her cabinet', quietly('handed link', async () => {
	await be(browser, org.admin);
	const { page } = browser;
	await browser.go(`/org/${org.id}/links`);
	await page.locator('main .deeds button[aria-haspopup=menu]').first().click();
	await page.getByRole('menuitem', { name: 'Передать сотруднику' }).click();
	const dialog = page.getByRole('dialog', { name: 'Кому передать ссылку' });
	await dialog.getByLabel('Сотрудник').selectOption({ label: 'Васильева Мария Олеговна' });
	await dialog.getByRole('button', { name: 'Передать', exact: true }).click();
	await page.getByText(/передана: Васильева/).first().waitFor();
	await be(browser, lead);
	await browser.go(`/mine/${org.id}`);
	await page.getByRole('heading', { level: 1, name: 'Мой класс: 7А' }).waitFor();
	await page.getByText(`${forPupils.code.slice(0, 4)}`).first().waitFor();
}));

step('R11', '2.3', 'the words are those of a school: классный руководитель, класс, ученики, учителя', quietly('words of a school', async () => {
	const page = await nobody(browser);
	const { token } = await org.invite('teacher', class7b, { lead: true });
	await browser.go(`/invite/${token}`);
	await page.locator('dl').waitFor();
	assert.match(await page.locator('dl').innerText(), /Классный руководитель[\s\S]*Класс\s+7Б/);
	await be(browser, lead);
	for (const title of ['7А', 'Учителя 7А', 'Родители 7А', 'Общешкольный канал']) await chatRow(page, title).waitFor();
	await browser.go(`/mine/${org.id}`);
	await page.getByRole('heading', { level: 1, name: 'Мой класс: 7А' }).waitFor();
	await be(browser, org.admin);
	await browser.go(`/org/${org.id}/structure`);
	await page.getByRole('main').getByText('Классы').first().waitFor();
	assert.doesNotMatch(await page.getByRole('main').innerText(), /куратор|преподавател|объединени/i);
}));

step(['R19', 'R33'], '2.5/1', 'a pupil joins by the link into his class chat; a link into another class is refused in words', quietly('one class', async () => {
	pupil = await comeIn(server, forPupils.token, named(['Тимофеев', 'Лев']));
	const page = await be(browser, pupil);
	await openChat(page, '7А');
	assert.equal(await chatRow(page, '7Б').count(), 0);
	const second = await org.invite('student', class7b);
	browser.expect(/invite_accept\)/);
	await browser.go(`/invite/${second.token}`);
	await page.getByRole('button', { name: 'Присоединиться' }).click();
	await page.getByText('Присоединиться не получилось').waitFor();
	await browser.go('/');
	await chatRow(page, '7А').waitFor();
	assert.equal(await chatRow(page, '7Б').count(), 0);
}));

step('R52', '2.4/3', 'the subject chat of class, subject and teacher is in the pupil\'s and the teacher\'s lists', quietly('subject chat', async () => {
	const { subjects: [chemistry] } = await org.admin.call('subject_create', { org_id: org.id, names: ['Химия'], client_id: newId() });
	await org.admin.call('teaching_set', { unit_id: class7.id, subject_id: chemistry.id, teacher_id: chemist.person.id, client_id: newId() });
	for (const client of [chemist, pupil]) {
		const page = await be(browser, client);
		await openChat(page, '7А · Химия');
	}
}));

step('R90', '2.2–2.5/last', 'everybody finds his devices, the way out of all of them and the second step in his account', quietly('account', async () => {
	for (const client of [lead, pupil]) {
		const page = await be(browser, client);
		await browser.go('/account');
		await page.locator('main section').nth(4).waitFor();
		const text = await page.getByRole('main').innerText();
		assert.match(text, /[Уу]стройства/);
		assert.match(text, /[Вв]торой шаг|[Дд]вухшагов|[Пп]риложени/);
	}
	await browser.page.locator('main section').filter({ has: browser.page.getByRole('heading', { name: 'Второй шаг входа' }) }).getByRole('button').first().click();
	await browser.page.locator('dialog[open] svg[role=img]').waitFor();
}));
