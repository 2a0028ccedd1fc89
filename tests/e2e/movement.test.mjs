// SPDX-License-Identifier: Apache-2.0
// An administrator transfers a pupil with a look at what changes, takes it back, and begins the next school year and takes it back:
// on a desktop and, the year, on a phone (R16, R19, R21).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeAll, faults, PHONE, pictures } from './browser.mjs';
import { CLASS, command, signedIn, startDemo } from './demo.mjs';
import { noSidewaysScrolling } from './steps.mjs';

let server;
after(async () => {
	await closeAll();
	await server?.kill();
	server?.release();
});

const placesOf = async (admin, orgId) => {
	const { units } = await command(admin, 'unit_list', { org_id: orgId });
	return units.map(({ name, member_count }) => `${name}: ${member_count}`).sort().join(', ');
};

test('movement', async (t) => {
	server = await startDemo();
	const admin = await signedIn(server, 'admin');
	const { page } = admin;
	const orgId = (await command(admin, 'me_snapshot')).memberships[0].org.id;
	const { units } = await command(admin, 'unit_list', { org_id: orgId });
	const from = units.find(({ name }) => name === CLASS);
	const to = units.find(({ name }) => name === '6В');
	const before = await placesOf(admin, orgId);
	const count = async (unit) => (await command(admin, 'unit_list', { org_id: orgId })).units.find(({ id }) => id === unit.id).member_count;
	const step = (name, run) => t.test(name, async () => {
		try {
			await run();
			assert.deepEqual(faults().filter((fault) => !fault.includes('favicon.ico')), []); // asked for by the picture on which the sign-in begins
		} catch (error) {
			await pictures(name);
			throw error;
		}
	});
	const dialog = page.locator('dialog[open]');

	await step('the preview changes nothing, the deed is done after it, and the toast takes it back', async () => {
		await admin.go(`/org/${orgId}/unit/${from.id}`);
		await page.getByRole('button', { name: 'Перевести, отчислить' }).click();
		await dialog.locator('li').first().getByRole('checkbox').check();
		await dialog.getByRole('button', { name: 'Дальше' }).click();
		await dialog.getByLabel('Куда').selectOption({ label: to.name });
		await dialog.getByLabel('Номер приказа').fill('17-у');
		await dialog.getByRole('button', { name: 'Показать, что изменится' }).click();
		await dialog.getByText(`${from.name} → ${to.name}`).first().waitFor();
		await dialog.locator('summary', { hasText: 'Чаты' }).click(); // a long list is closed
		await dialog.getByText(/^(войдёт|войдут|выйдет|выйдут) \d/).first().waitFor();
		assert.equal(await placesOf(admin, orgId), before);
		await dialog.getByRole('button', { name: 'Перевести', exact: true }).click();
		await dialog.waitFor({ state: 'detached' });
		assert.ok((await count(to)) > to.member_count);
		await page.getByRole('button', { name: 'Отменить' }).click();
		await page.getByText('Движение отменено, всё как было.').waitFor();
		assert.equal(await placesOf(admin, orgId), before);
	});

	await step('the journal has the order and says that it was taken back', async () => {
		await admin.go(`/org/${orgId}/movements`);
		const entry = page.getByRole('list', { name: 'Движение' }).getByRole('listitem').first();
		await entry.getByText('приказ № 17-у').waitFor();
		await entry.getByText('Отменено').waitFor();
		assert.equal(await entry.getByRole('button', { name: 'Отменить' }).count(), 0);
	});

	await step('two equal names in the plan are told at once and keep from going on', async () => {
		await admin.go(`/org/${orgId}/rollover`);
		const name = page.getByLabel(`Новое название: ${CLASS}`);
		const was = await name.inputValue();
		await name.fill('7в'); // 6В becomes 7В
		await page.getByText('Такое название будет дважды.').first().waitFor();
		await page.getByRole('button', { name: 'Дальше' }).click();
		await page.getByText(/^Нужно исправить/).waitFor();
		await name.fill(was);
		await page.getByText('Такое название будет дважды.').first().waitFor({ state: 'detached' });
	});

	await step('the next school year on a phone, and back from its journal', async () => {
		const phone = await signedIn(server, 'admin', PHONE);
		const small = phone.page;
		await phone.go(`/org/${orgId}/rollover`);
		await small.getByLabel(`Новое название: ${CLASS}`).waitFor();
		await noSidewaysScrolling(small, 'the plan');
		await small.getByRole('button', { name: 'Дальше' }).tap();
		await small.getByText('Пока никого. Если таких нет, идите дальше.').waitFor();
		await small.getByRole('button', { name: 'Дальше' }).tap();
		await small.getByLabel('Названия').fill('1А, 1Б');
		await small.getByRole('button', { name: 'Показать, что изменится' }).tap();
		await small.getByText('Пока ничего не изменено.').waitFor();
		await noSidewaysScrolling(small, 'the preview');
		assert.equal(await placesOf(admin, orgId), before);
		await small.getByRole('button', { name: 'Начать новый год' }).tap();
		await small.getByText('Отметьте, что всё проверено.').waitFor();
		await small.getByLabel('Всё проверено, начинаем новый учебный год').check();
		await small.getByRole('button', { name: 'Начать новый год' }).tap();
		await small.getByText('Новый учебный год начался').waitFor();
		const now = (await command(admin, 'unit_list', { org_id: orgId })).units.map(({ name }) => name);
		assert.ok(now.includes('8А') && now.includes('1Б') && !now.includes('11А') && !now.includes(CLASS));
		await phone.go(`/org/${orgId}/movements`);
		const entry = small.getByRole('list', { name: 'Движение' }).getByRole('listitem').first();
		await entry.getByRole('heading', { name: /Новый учебный год/ }).waitFor();
		await entry.getByRole('button', { name: 'Отменить' }).tap();
		await small.getByRole('dialog').getByRole('button', { name: 'Отменить' }).tap();
		await small.getByText('Движение отменено, всё как было.').waitFor();
		assert.equal(await placesOf(admin, orgId), before);
	});
});
