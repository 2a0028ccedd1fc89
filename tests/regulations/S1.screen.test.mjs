// SPDX-License-Identifier: Apache-2.0
// Лицей № 1, Терек: what its people see and do, in Chromium.
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { png } from '../lib/files.mjs';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, comeIn, makeCurator, Organisation, signIn } from '../lib/world.mjs';
import { message, openChat, say } from '../e2e/steps.mjs';
import { regulation } from './lib.mjs';
import { apply, bringAct, join, named } from './scene.mjs';
import { be, closeAll, nobody, quietly, sit } from './stage.mjs';

const step = regulation('S1');
const server = await serverForFile();
after(closeAll);
const operator = await claimOperator(server);
const application = await apply(server, { type: 'school', name: 'МКОУ «Лицей № 1 г.п. Терек»', short_name: 'Лицей № 1', region: '07' });
const browser = await sit(server);
let org, class7, lead;

step(['R3', 'R89'], ['3.3.1', '4.2.6'], 'the form says what is missing: the order, the questionnaire, and consent to keep personal data', quietly('form', async () => {
	const page = await nobody(browser);
	await browser.go('/apply');
	await page.getByRole('heading', { level: 1, name: 'Заявка на подключение организации' }).waitFor();
	await page.getByText(/Согласен на обработку данных этой заявки/).waitFor();
	await page.getByRole('button', { name: 'Отправить заявку' }).click();
	await page.getByText('Приложите приказ.').waitFor();
	await page.getByText('Без согласия заявку принять нельзя.').waitFor();
	assert.ok(await page.locator('[aria-invalid=true]').count() > 8);
}));

step('R2', '3.3.1', 'the operator opens the application in his queue, approves it and has the answer letter with the next steps', quietly('letter', async () => {
	const page = await be(browser, operator);
	await browser.go('/operator/applications');
	await page.getByText('Лицей № 1', { exact: false }).first().click();
	await page.getByRole('button', { name: 'Одобрить', exact: true }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Одобрить', exact: true }).click();
	const main = page.getByRole('main');
	await main.getByText('Письмо заявителю').waitFor();
	const text = await main.innerText() + (await main.locator('textarea').evaluateAll((all) => all.map((one) => one.value).join('\n')));
	for (const part of ['одобрена', 'загрузите локальный акт', 'структура, приглашения, чаты, проверка']) assert.ok(text.includes(part), part);
	org = Object.assign(new Organisation(), { server, admin: await signIn(server, application.form.admin_phone) });
	org.id = (await org.admin.call('me_snapshot')).memberships[0].org.id;
	await bringAct(org, { title: 'Положение', number: '75', date: '2024-09-20' });
	class7 = await org.unit('class', '7А');
	lead = await join(org, 'teacher', class7, ['Хамукова', 'Фатима', 'Руслановна'], { lead: true });
}));

step(['R9', 'R119', 'R118'], ['3.3.2', '3.3/0', '3.1'], 'the cabinet of the lyceum: structure, people, links, requests, chats and figures in one place, and a guide with who is responsible', quietly('cabinet', async () => {
	const page = await be(browser, org.admin);
	await browser.go(`/org/${org.id}/guide`);
	for (const section of ['card', 'structure', 'people', 'links', 'reception', 'chats', 'journal']) await page.locator(`a[href="/org/${org.id}/${section}"]`).first().waitFor();
	const steps = page.locator('main ol li');
	assert.deepEqual((await steps.locator('h3').allInnerTexts()).map((text) => text.split(/\s/)[0]), ['Организация', 'Структура', 'Приглашения', 'Чаты', 'Проверка']);
	const figures = await page.locator('main ol').innerText();
	assert.match(figures, /Создано: 1|Без руководителя: \d/);
	await steps.nth(2).getByRole('button', { name: /Назначить ответственного/ }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Сотрудник').selectOption({ index: 1 });
	await dialog.getByRole('button', { name: 'Сохранить' }).click();
	await steps.nth(2).getByText(/Ответственный: [А-Я]/).waitFor();
	for (const [section, sign] of [['structure', '7А'], ['people', 'Хамукова'], ['reception', 'Как входят в организацию'], ['card', 'МКОУ «Лицей № 1 г.п. Терек»']]) {
		await page.locator(`a[href="/org/${org.id}/${section}"]`).first().click();
		await page.getByRole('main').getByText(sign).first().waitFor();
	}
}));

step('R8', '3.3.2', 'the administrator gives the lyceum its logo on the card; a picture that is none is refused; a link shows it; it is removed', quietly('logo', async () => {
	browser.expect(/\/api\/v1\/files/); // the refusal
	let page = await be(browser, org.admin);
	await browser.go(`/org/${org.id}/card`);
	const send = async (file) => {
		await page.locator('input[type=file]').setInputFiles(file);
		await page.waitForFunction(() => !document.querySelector('progress'));
	};
	await page.getByRole('button', { name: 'Добавить логотип' }).click();
	const dialog = page.getByRole('dialog', { name: 'Логотип' });
	await send({ name: 'герб.png', mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
	await dialog.getByText(/Нужна картинка PNG/).first().waitFor();
	await dialog.getByRole('button', { name: 'Выбрать другой' }).click();
	await send({ name: 'герб.png', mimeType: 'image/png', buffer: png(256) });
	await dialog.getByRole('button', { name: 'Сохранить' }).click();
	await dialog.waitFor({ state: 'hidden' });
	const shown = (where) => where.evaluate((img) => img.decode().then(() => img.naturalWidth));
	assert.equal(await shown(page.locator('main .logo img')), 256);
	assert.equal(await shown(page.locator('main header img')), 256);
	const { token } = await org.invite('teacher');
	page = await nobody(browser);
	await browser.go(`/invite/${token}`);
	assert.equal(await shown(page.locator('.head img')), 256);
	page = await be(browser, org.admin);
	await browser.go(`/org/${org.id}/card`);
	await page.getByRole('button', { name: 'Убрать логотип' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Убрать логотип' }).click();
	await page.getByText('Логотипа нет: знак нарисован из букв названия.').waitFor();
}));

step('R11', ['2.7', '3.4'], 'the words are those of a lyceum: учитель, классный руководитель, класс, ученик', quietly('words', async () => {
	const forLead = await org.invite('teacher', class7, { lead: true });
	const forPupil = await org.invite('student', class7);
	const page = await nobody(browser);
	await browser.go(`/invite/${forLead.token}`);
	await page.locator('dl').waitFor();
	assert.match(await page.locator('dl').innerText(), /Классный руководитель[\s\S]*7А/);
	await browser.go(`/invite/${forPupil.token}`);
	await page.locator('dl').getByText('Ученик').waitFor();
	assert.match(await page.locator('dl').innerText(), /Класс\s+7А/);
	await be(browser, lead);
	await page.getByText('Учителя 7А').first().waitFor();
	await page.getByText('Общелицейский канал').first().waitFor();
	await browser.go(`/mine/${org.id}`);
	await page.getByRole('heading', { level: 1, name: 'Мой класс: 7А' }).waitFor();
}));

step(['R68', 'R27'], ['3.4.2', '2.8'], 'the class teacher makes the pupils\' link, shows its QR code and prints the memo of his class', quietly('memo', async () => {
	const page = await be(browser, lead);
	await browser.go(`/mine/${org.id}`);
	await page.getByRole('heading', { level: 1, name: 'Мой класс: 7А' }).waitFor();
	if (await page.getByRole('button', { name: 'Сделать ссылку' }).count()) await page.getByRole('button', { name: 'Сделать ссылку' }).first().click();
	else await page.getByRole('button', { name: 'QR-код и ссылка' }).first().click();
	await page.getByRole('dialog').locator('svg').first().waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Памятка для печати' }).first().click();
	const memo = page.locator('article');
	await memo.getByText('МКОУ «Лицей № 1 г.п. Терек»').waitFor();
	const text = await memo.innerText();
	assert.match(text, /Памятка учащемуся[\s\S]*Класс 7А[\s\S]*чат класса[\s\S]*QR-код[\s\S]*[2-9A-Z]{4}.?[2-9A-Z]{4}[\s\S]*классному руководителю/);
	assert.equal(await memo.locator('.qr svg').count(), 1);
	await page.getByRole('button', { name: 'Напечатать' }).waitFor();
}));

step('R43', '2.3', 'a message\'s links are checked before they can be pressed; nothing on the page is asked of another host', quietly('links', async () => {
	const pupil = await comeIn(server, (await org.invite('student', class7)).token, named(['Ахметов', 'Тимур']));
	const page = await be(browser, pupil);
	await openChat(page, '7А');
	const text = 'https://school.ru/plan javascript:alert(1)//x.ru https://gosuslugi.ru@evil.example/ data:text/html,x';
	await say(page, text);
	const links = message(page, text).locator('.text a').or(page.locator('[data-client-id] .text a'));
	await links.first().waitFor();
	assert.deepEqual(await links.evaluateAll((all) => all.map(({ href, rel }) => [href, rel])), [['https://school.ru/plan', 'noopener noreferrer nofollow']]);
}));

step('R88', '3.4.3', 'a violation is recorded by the class teacher; its author reads, signs the rules anew and writes again; the parent is told', quietly('conduct', async () => {
	const pupil = await comeIn(server, (await org.invite('student', class7)).token, named(['Дышеков', 'Залим']));
	const parent = await comeIn(server, (await org.invite('guardian', class7)).token, named(['Дышекова', 'Ирина']));
	await org.admin.call('guardian_bind', { unit_id: class7.id, guardian_id: parent.person.id, child_id: pupil.person.id });
	await be(browser, pupil); // agrees to the documents
	let page = await be(browser, lead);
	await browser.go(`/org/${org.id}/unit/${class7.id}`);
	await page.getByRole('button', { name: 'Записать нарушение' }).click();
	const dialog = page.getByRole('dialog', { name: 'Записать нарушение' });
	await dialog.getByLabel('Кто нарушил').selectOption({ label: 'Дышеков Залим' });
	await dialog.getByLabel('Что произошло').fill('Грубость в чате класса');
	await dialog.getByRole('button', { name: 'Записать', exact: true }).click();
	await page.getByText('Правила не подписаны').waitFor();
	page = await be(browser, parent);
	await page.getByText(/Дышеков Залим.*Грубость в чате класса/).first().waitFor();
	page = await be(browser, pupil);
	await openChat(page, '7А');
	await page.getByText(/Было записано нарушение правил/).waitFor();
	assert.equal(await page.locator('textarea').count(), 0);
	await page.getByRole('button', { name: 'Прочитать правила' }).click();
	await page.getByRole('dialog').getByText('Грубость в чате класса').waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Прочитано, подписываю' }).click();
	await say(page, 'Прошу прощения');
}));

step('R12', '3.3.3', 'the municipal curator begins with his cards and talks with the administrators in a chat of their own', quietly('curator', async () => {
	const curator = await makeCurator(server, operator, [org]);
	let page = await be(browser, curator);
	await page.waitForURL(/\/curator$/);
	await page.getByRole('heading', { level: 2, name: 'Лицей № 1' }).waitFor();
	await page.getByRole('link', { name: /^Чат с администраторами/ }).click();
	await say(page, 'Пришлите отчёт за четверть');
	for (let i = 0; i < 100 && !(await curator.call('me_snapshot')).chats[0].last_message; i++) await page.waitForTimeout(100); // it has left the page
	page = await be(browser, org.admin);
	await openChat(page, 'Муниципальный куратор · Лицей № 1');
	await page.getByText('Пришлите отчёт за четверть').first().waitFor();
	await page.getByText('Муниципальный куратор', { exact: true }).first().waitFor();
}));
