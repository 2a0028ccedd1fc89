// SPDX-License-Identifier: Apache-2.0
// One's own account in the browser: a second step with an authenticator app, a passkey with Chromium's virtual authenticator,
// a new device seen by the old one, deletion taken back.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { totp } from '../lib/totp.mjs';
import { Profile, closeAll, faults, refused } from './browser.mjs';
import { PEOPLE, startDemo } from './demo.mjs';

const server = await startDemo();
server.forFile = true; // stopped below
// Browsers allow passkeys without TLS on localhost only, and not on an address.
const origin = `http://localhost:${server.port}`;
after(async () => {
	await closeAll();
	await server.stop();
});

const sections = (page) => page.getByRole('navigation', { name: 'Разделы' });

async function phoneStep(page, phone) {
	await page.getByRole('heading', { level: 1, name: 'Вход' }).waitFor();
	await page.getByLabel('Номер телефона').fill(phone);
	await page.getByRole('button', { name: 'Получить код' }).click();
	await page.locator('input[name=code]').pressSequentially('000000');
}

async function leave(page) {
	await sections(page).getByRole('button', { name: 'Профиль' }).click();
	const dialog = page.getByRole('dialog', { name: 'Профиль и настройки' });
	await dialog.getByRole('button', { name: 'Выйти' }).click();
	await dialog.getByRole('button', { name: 'Выйти' }).click();
	await page.getByRole('heading', { level: 1, name: 'Вход' }).waitFor();
}

test('second step: switched on, asked for, a recovery code, switched off', async () => {
	const profile = (await Profile.open(origin, 'teacher')).expect(refused('second_factor', 400));
	const { page } = profile;
	await profile.go('/account');
	await phoneStep(page, PEOPLE.teacher);
	await page.getByRole('heading', { level: 1, name: 'Безопасность и мои данные' }).waitFor();
	const section = page.getByRole('region', { name: 'Второй шаг входа' });
	await section.getByRole('button', { name: 'Включить' }).click();
	const secret = (await page.getByLabel('Ключ для ручного ввода').inputValue()).replaceAll(' ', '');
	await page.getByLabel('Код из приложения').pressSequentially(totp(secret, -1));
	const codes = page.getByRole('dialog', { name: 'Запасные коды' });
	await codes.getByRole('button', { name: 'Коды сохранены' }).waitFor();
	const list = await codes.getByRole('listitem').allInnerTexts();
	assert.equal(list.length, 10);
	await codes.getByRole('button', { name: 'Коды сохранены' }).click();
	await section.getByText('Осталось 10 запасных кодов').waitFor();
	await leave(page);

	await phoneStep(page, PEOPLE.teacher);
	await page.getByRole('heading', { level: 1, name: 'Второй шаг входа' }).waitFor();
	assert.equal((await profile.context.cookies()).length, 0, 'no session before the second step');
	await page.getByLabel('Код из приложения').pressSequentially(totp(secret, 7));
	await page.getByText('Код не подошёл').waitFor();
	await page.getByLabel('Код из приложения').pressSequentially(totp(secret));
	await sections(page).waitFor();
	await leave(page);

	await phoneStep(page, PEOPLE.teacher);
	await page.getByRole('button', { name: /Запасной код/ }).click();
	await page.getByLabel('Запасной код').fill(list[3].toUpperCase());
	await page.getByRole('button', { name: 'Войти' }).click();
	await sections(page).waitFor();
	await profile.go('/account');
	await section.getByText('Осталось 9 запасных кодов').waitFor();
	await section.getByRole('button', { name: 'Выключить' }).click();
	const off = page.getByRole('dialog', { name: 'Выключить второй шаг?' });
	await off.getByLabel('Код из приложения или запасной код').fill(list[4]);
	await off.getByRole('button', { name: 'Выключить' }).click();
	await section.getByText('Выключен').waitFor();
	assert.deepEqual(faults(), []);
	await profile.close();
});

test('a passkey: made, signs in without a message, renamed, deleted', async () => {
	const profile = await Profile.open(origin, 'parent');
	const { page } = profile;
	const cdp = await profile.context.newCDPSession(page);
	await cdp.send('WebAuthn.enable');
	await cdp.send('WebAuthn.addVirtualAuthenticator', {
		options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
	});
	await profile.go('/account');
	await phoneStep(page, PEOPLE.parent);
	const section = page.getByRole('region', { name: 'Ключи доступа' });
	await section.getByRole('button', { name: 'Добавить ключ' }).click();
	const dialog = page.getByRole('dialog', { name: 'Добавить ключ' });
	await dialog.getByLabel('Название ключа').fill('Домашний ноутбук');
	await dialog.getByRole('button', { name: 'Добавить ключ' }).click();
	await section.getByText('Домашний ноутбук').waitFor();
	await leave(page);
	await page.getByRole('button', { name: 'Войти ключом доступа' }).click();
	await sections(page).waitFor();
	await profile.go('/account');
	await section.getByText(/последний вход сегодня/).waitFor();
	await section.getByRole('button', { name: 'Действия с ключом «Домашний ноутбук»' }).click();
	await page.getByRole('menuitem', { name: 'Удалить' }).click();
	await page.getByRole('dialog', { name: 'Удалить ключ «Домашний ноутбук»?' }).getByRole('button', { name: 'Удалить' }).click();
	await section.getByText('Ключей пока нет.').waitFor();
	assert.deepEqual(faults(), []);
	await profile.close();
});

test('a new device is seen at once on the old one; "it was not me" ends it; deletion is taken back', async () => {
	const [old, fresh] = [await Profile.open(origin, 'old'), await Profile.open(origin, 'fresh')];
	await old.go('/');
	await phoneStep(old.page, PEOPLE.pupil);
	await sections(old.page).waitFor();
	await fresh.go('/');
	await phoneStep(fresh.page, PEOPLE.pupil);
	await sections(fresh.page).waitFor();
	await old.page.getByText(/В ваш профиль вошли с нового устройства: Chrome, Linux/).waitFor();
	await old.page.getByRole('link', { name: 'Это не я' }).click();
	await old.page.getByRole('button', { name: 'Завершить и сообщить' }).click();
	await old.page.getByText('Готово. Чужие входы завершены').waitFor();
	await fresh.page.getByRole('heading', { level: 1, name: 'Вход' }).waitFor();
	await old.page.getByRole('button', { name: 'Готово' }).click();
	assert.equal(await old.page.getByText(/с нового устройства/).count(), 0);

	await old.page.getByRole('button', { name: 'Удалить профиль' }).click();
	await old.page.getByRole('button', { name: 'Удалить через 14 дней' }).click();
	await old.page.getByText(/Ваш профиль будет удалён/).first().waitFor();
	await old.page.getByRole('button', { name: 'Оставить профиль' }).click();
	await old.page.getByText(/Ваш профиль будет удалён/).first().waitFor({ state: 'detached' });
	assert.deepEqual(old.faults, []);
});
