// SPDX-License-Identifier: Apache-2.0
// What a person of a regulation sees and does in Chromium: from the form of the application to a class that talks. The files of the
// regulations bring their words; what the pages say is checked against them.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { closeAll, faults, PHONE, pictures, Profile, refused } from '../e2e/browser.mjs';
import { agreeToAll, createLink, enterCode, fillNames, openChat, say, signIn } from '../e2e/steps.mjs';
import { Client } from '../lib/client.mjs';
import { paper, PDF } from '../lib/files.mjs';
import { serverForFile } from '../lib/server.mjs';
import { comeIn, newWord } from '../lib/world.mjs';
import { be, sit } from './stage.mjs';

export async function screens(words) {
	const server = await serverForFile();
	after(closeAll);
	const s = { server, words, links: {}, broken: false };
	/** Each step looks at what the browsers had to complain of. */
	s.look = (name, run) => async (t) => {
		if (s.broken) return t.skip('an earlier step failed');
		try {
			await run(s);
			return assert.deepEqual(faults(), []);
		} catch (error) {
			s.broken = true;
			await pictures(name);
			throw error;
		}
	};
	s.open = (name, options) => Profile.open(server.origin, name, options);
	return s;
}

export async function applies(s) {
	const { words } = s;
	s.person = await s.open('administrator');
	const { page } = s.person;
	await s.person.go('/apply');
	const send = page.getByRole('button', { name: 'Отправить заявку' });
	await send.click(); // nothing is filled in: it is not sent
	await page.getByText('Приложите приказ.').waitFor();
	await page.getByLabel('Тип организации').selectOption({ label: words.typeName });
	const region = await page.getByLabel('Субъект Российской Федерации').locator('option').filter({ hasText: words.region }).first().getAttribute('value');
	await page.getByLabel('Субъект Российской Федерации').selectOption(region);
	for (const [label, value] of [
		['Полное название', words.name], ['Короткое название', words.short], ['Адрес', words.address], ['ФИО руководителя', words.director.join(' ')],
		['Электронная почта администратора', words.email], ['Телефон администратора', words.phones.admin], ['Номер приказа', words.order[0]], ['Дата приказа', words.order[1]],
		['Сколько обучающихся', '640'], ['Сколько сотрудников', '52'], ['Переносит чаты из других мессенджеров', 'Руководители'], ['Подключает людей', 'Администратор'],
		['Рассказывает сотрудникам и родителям', 'Заместитель директора'],
	]) await page.getByLabel(label, { exact: false }).first().fill(value);
	await fillNames(page, words.admin);
	await page.getByLabel(/^Согласен на обработку данных/).check();
	await send.click();
	await page.getByText('Приложите приказ.').waitFor(); // still not without the order
	await page.locator('input[type=file]').setInputFiles({ name: 'Приказ.pdf', mimeType: 'application/pdf', buffer: PDF });
	await page.getByRole('button', { name: /: Приказ\.pdf$/ }).waitFor();
	await page.waitForFunction(() => !document.querySelector('progress'));
	await send.click();
	await page.getByText('На рассмотрении').first().waitFor();
}

/** The operator reads it, approves it, and has the letter with instructions; the applicant's page says so. */
export async function isApproved(s) {
	const { words } = s;
	const desk = await s.open('operator');
	const { page } = desk;
	await desk.go(`/operator/${s.server.operatorToken}`);
	await fillNames(page, ['Иванцов', 'Пётр']);
	await page.getByLabel('Номер телефона').fill(words.phones.operator);
	await page.getByRole('button', { name: 'Получить код' }).click();
	await enterCode(page, s.server, words.phones.operator, 'Стать оператором');
	await agreeToAll(page);
	await desk.go('/operator/applications');
	await page.getByText(words.short).first().click();
	await page.getByText(words.email).first().waitFor();
	await page.getByRole('link', { name: /Приказ\.pdf/ }).waitFor();
	await page.getByRole('button', { name: 'Одобрить' }).click();
	await page.getByRole('dialog', { name: 'Одобрить заявку?' }).getByRole('button', { name: 'Одобрить' }).click();
	await page.getByText('Письмо заявителю').waitFor();
	await page.getByText(/загрузите локальный акт/).first().waitFor();
	const mine = s.person.page;
	await mine.reload();
	await mine.getByText('Одобрена').first().waitFor();
	await desk.close();
}

/** The number of the application signs in and finds the cabinet, with the words of such an organisation. */
export async function entersCabinet(s) {
	const { words } = s;
	await signIn(s.person, s.server, words.phones.admin);
	const { page } = s.person;
	await page.getByRole('link', { name: /Управление/ }).click();
	await page.getByRole('heading', { level: 1, name: words.short }).waitFor();
	s.path = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
	s.id = Number(s.path.split('/')[2]);
	await s.person.go(`${s.path}/structure`);
	await page.getByRole('button', { name: words.create }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Названия').fill(words.units.join(', '));
	await dialog.getByRole('button', { name: 'Создать', exact: true }).click();
	await dialog.waitFor({ state: 'hidden' });
	for (const unit of [...words.units, words.staffUnit]) await page.locator('main li').filter({ hasText: unit }).first().waitFor();
	await page.getByText('Загрузите локальный акт').first().waitFor();
	// The act of the organisation, so that pupils may be invited.
	const api = new Client(s.server);
	for (const { name, value } of await s.person.context.cookies()) api.cookies.set(name, value);
	const { id } = await paper(api, { purpose: 'document', org: s.id });
	await api.call('org_document_add', { org_id: s.id, kind: 'act', title: 'Положение', date: words.order[1], file_id: id });
}

/** The page of the link says where it leads, in the organisation's words; the one step of it makes account and membership. */
async function registers(s, profile, url, { role, unit, names, phone }) {
	const { page } = profile;
	await page.goto(url);
	await page.getByRole('heading', { level: 1, name: s.words.short }).waitFor();
	const told = await page.locator('dl').innerText();
	for (const word of [role, s.words.unitWord, unit]) assert.ok(told.includes(word), `${word} is not in ${told}`);
	await fillNames(page, names);
	await page.getByLabel('Номер телефона').fill(phone);
	await page.getByLabel('Документы мне понятны, принимаю их').check();
	await page.getByRole('button', { name: 'Получить код' }).click();
	await enterCode(page, s.server, phone, 'Присоединиться');
}

export async function leadComesIn(s) {
	const { words } = s;
	const { page } = s.person;
	await s.person.go(`${s.path}/links`);
	s.links.lead = await createLink(page, { role: words.teacher, unit: words.units[0], lead: true });
	s.lead = await s.open('lead');
	await registers(s, s.lead, s.links.lead, { role: words.lead, unit: words.units[0], names: words.leadName, phone: words.phones.lead });
	await openChat(s.lead.page, words.units[0]);
	// A link that was used up says so, and lets nobody in.
	const late = await s.open('late');
	late.expect(refused('invite_preview', 410));
	await late.page.goto(s.links.lead);
	await late.page.getByRole('heading', { level: 1, name: 'Ссылка не действует' }).waitFor();
	await late.close();
}

export async function statusIsConfirmed(s) {
	const { words } = s;
	const { page } = s.person;
	await s.person.go(`${s.path}/reception`);
	await page.getByText(words.leadName[0]).first().waitFor();
	await page.getByRole('button', { name: /^Подтвердить/ }).first().click();
	const sure = page.getByRole('dialog').getByRole('button', { name: /^Подтвердить/ });
	if (await sure.count()) await sure.click();
	// The badge stands in the chat of the unit, in words too.
	await s.lead.page.locator('.about').click();
	await s.lead.page.getByRole('dialog').getByRole('listitem').filter({ hasText: words.leadName[0] }).locator('.verified').waitFor();
	await s.lead.page.keyboard.press('Escape');
}

/** On a phone: by the unit's link, into its chat, with the words why. */
export async function pupilComesIn(s) {
	const { words } = s;
	s.links.pupil = await createLink(await go(s.person, `${s.path}/links`), { role: words.student, unit: words.units[0] });
	s.pupil = await s.open('pupil', PHONE);
	const { page } = s.pupil;
	await registers(s, s.pupil, s.links.pupil, { role: words.student, unit: words.units[0], names: words.pupilName, phone: words.phones.pupil });
	await openChat(page, words.units[0]);
	await say(page, 'Здравствуйте!', { touch: true });
	await s.lead.page.getByText('Здравствуйте!').first().waitFor();
	await page.locator('.about').click();
	await page.getByText(/Почему вы здесь/).waitFor();
	await page.keyboard.press('Escape');
}

async function go(profile, path) {
	await profile.go(path);
	return profile.page;
}

/** The chats that the roster made are in the lead's list, by the organisation's words. */
export async function chatsByTheirWords(s) {
	const { page } = s.lead;
	await s.lead.go('/');
	const list = page.getByRole('navigation', { name: 'Список чатов' });
	for (const title of s.words.chats) await list.getByText(title, { exact: true }).first().waitFor();
	assert.ok(!/Класс\b|Учител|школьн/.test(await list.innerText()));
}

/** The lead's own page: who is in, who is awaited, and a name typed for somebody who has not come in yet. */
export async function awaits(s) {
	await s.lead.go(`/mine/${s.id}`);
	const { page } = s.lead;
	await page.getByText(s.words.pupilName[0]).first().waitFor();
	await page.locator('main .bar button').first().click();
	const dialog = page.getByRole('dialog');
	await dialog.locator('textarea').first().fill(s.words.awaited.join(' '));
	await dialog.locator('button').last().click();
	await dialog.waitFor({ state: 'hidden' });
	await page.getByRole('listitem').filter({ hasText: s.words.awaited[0] }).getByText(/[Нн]е (вош|зашёл|заход)|[Оо]жида|[Жж]дём/).first().waitFor();
}

/** A subject teacher's own page: who of the unit is awaited, and its link to send again, which the administrator let him. */
export async function teacherAwaits(s) {
	const admin = new Client(s.server);
	for (const { name, value } of await s.person.context.cookies()) admin.cookies.set(name, value);
	const unit = (await admin.call('unit_list', { org_id: s.id })).units.find(({ name }) => name === s.words.units[0]);
	const teacher = await comeIn(s.server, (await admin.call('invite_create', { org_id: s.id, role: 'teacher' })).token, { family_name: 'Ульянова', given_name: 'Светлана' });
	await admin.call('verification_decide', { org_id: s.id, person_ids: [teacher.person.id], confirm: true });
	const { subjects: [subject] } = await admin.call('subject_create', { org_id: s.id, names: [newWord('Предмет')] });
	await admin.call('teaching_set', { unit_id: unit.id, subject_id: subject.id, teacher_id: teacher.person.id });
	const browser = await sit(s.server);
	const page = await be(browser, teacher);
	await page.getByRole('link', { name: s.words.taught }).click();
	await page.getByRole('heading', { level: 1, name: `Кто ещё не вошёл: ${unit.name}` }).waitFor();
	await page.getByRole('listitem').filter({ hasText: s.words.awaited[0] }).waitFor();
	await page.getByText(/^Ссылки раздаёт/).waitFor();
	const link = await admin.call('unit_invite_create', { unit_id: unit.id, role: 'student', max_uses: 30 });
	await admin.call('unit_link_delegate', { unit_id: unit.id, teachers_send: true });
	await page.reload();
	await page.getByRole('main').getByRole('button', { name: 'QR-код и ссылка' }).first().click();
	assert.ok((await page.getByRole('dialog').locator('input').first().inputValue()).endsWith(link.token));
	await browser.close();
}
