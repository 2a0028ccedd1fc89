// SPDX-License-Identifier: Apache-2.0
// The main job of the product as one story in real browsers: from the first start to a class that talks, through a cut network,
// a killed server, a closed browser and a person who is taken off the list.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Server, sleep, temporaryFolder } from '../lib/server.mjs';
import { closeAll, faults, LOST, PHONE, pictures, Profile, refused } from './browser.mjs';
import { agreeToAll, chatRow, composer, createLink, createOrg, enterCode, fillNames, join, message, noSidewaysScrolling, openChat, say, signIn, state, texts, wholeConversation } from './steps.mjs';

const ORG = 'Школа № 98';
const CLASS = '7А';
const AT_ONCE_MS = 2000;
const phones = {
	operator: '+7 921 000-00-01',
	admin: '+7 921 000-98-10',
	stranger: '+7 921 000-98-11',
	teacher: '+7 921 000-98-20',
	pupil: '+7 921 000-98-30',
	parent: '+7 921 000-98-40',
};

let server;
after(async () => {
	await closeAll();
	await server?.kill();
	server?.release();
});

test('the main job', async (t) => {
	let broken = false;
	const step = (name, run) =>
		t.test(name, { skip: broken && 'an earlier step failed' }, async () => {
			try {
				await run();
				assert.deepEqual(faults(), [], 'nothing on the console, no violation, no request to another host');
			} catch (error) {
				broken = true;
				await pictures(name);
				throw error;
			}
		});

	const data = temporaryFolder();
	server = await Server.start({ data, owned: true });
	const { origin, port } = server;
	const open = (name, options) => Profile.open(origin, name, options);
	const [operator, admin, teacher, pupil, parent] = await Promise.all([open('operator'), open('admin'), open('teacher'), open('pupil', PHONE), open('parent')]);
	const links = {};

	await step('the operator claims the installation by the one-time link', async () => {
		const { page } = operator;
		await operator.go(`/operator/${server.operatorToken}`);
		await page.getByRole('heading', { level: 1, name: 'Первый запуск' }).waitFor();
		await fillNames(page, ['Иванцов', 'Пётр', 'Сергеевич']);
		await page.getByLabel('Номер телефона').fill(phones.operator);
		await page.getByRole('button', { name: 'Получить код' }).click();
		await enterCode(page, server, phones.operator, 'Стать оператором');
		await agreeToAll(page);
		await page.getByRole('heading', { level: 1, name: 'Организации' }).waitFor();
		assert.equal(new URL(page.url()).pathname, '/operator');
	});

	await step('the operator creates a school with its administrator’s phone', async () => {
		const { page } = operator;
		await createOrg(page, {
			name: 'ГБОУ школа № 98 Калининского района Санкт-Петербурга',
			short: ORG,
			names: ['Соловьёв', 'Антон', 'Геннадьевич'],
			phone: phones.admin,
		});
		await page.getByRole('listitem').filter({ hasText: ORG }).getByText('Ждём первого входа администратора').waitFor();
	});

	await step('another number does not become the administrator, and the one-time link works once', async () => {
		const stranger = await open('stranger');
		stranger.expect(refused('sign_in', 4), refused('operator_claim', 4), /status of 4\d\d/);
		await signIn(stranger, server, phones.stranger, { agrees: false });
		await stranger.page.getByRole('heading', { name: 'Этот номер ещё не приглашён' }).waitFor();
		await stranger.go(`/operator/${server.operatorToken}`);
		await fillNames(stranger.page, ['Чужой', 'Человек']);
		await stranger.page.getByLabel('Номер телефона').fill('+7 921 000-98-12');
		await stranger.page.getByRole('button', { name: 'Получить код' }).click();
		await enterCode(stranger.page, server, '+7 921 000-98-12', 'Стать оператором');
		await stranger.page.getByRole('heading', { name: 'Ссылка больше не действует' }).waitFor();
		await operator.page.reload();
		await operator.page.getByText('Ждём первого входа администратора').waitFor();
		assert.deepEqual(stranger.faults, []);
		await stranger.close();
	});

	await step('the administrator signs in with exactly that number', async () => {
		await signIn(admin, server, phones.admin);
		await admin.page.getByRole('link', { name: /Управление/ }).click();
		await admin.page.getByRole('heading', { level: 1, name: ORG }).waitFor();
		await operator.page.reload();
		await operator.page.getByRole('listitem').filter({ hasText: ORG }).getByText('Работает').waitFor();
	});

	await step('the administrator creates class 7А', async () => {
		const { page } = admin;
		await page.getByRole('link', { name: 'К структуре' }).click(); // from the overview
		await page.getByRole('button', { name: 'Создать классы' }).click();
		const dialog = page.getByRole('dialog', { name: 'Создать классы' });
		await dialog.getByLabel('Названия').fill(CLASS);
		await dialog.getByRole('button', { name: 'Создать', exact: true }).click();
		await dialog.waitFor({ state: 'hidden' });
		await page.getByRole('link', { name: CLASS, exact: true }).waitFor();
	});

	await step('the administrator makes links for a teacher, a pupil and a parent', async () => {
		const { page } = admin;
		await page.getByRole('navigation', { name: 'Разделы организации' }).getByRole('link', { name: 'Ссылки' }).click();
		links.teacher = await createLink(page, { role: 'Учитель', unit: CLASS, lead: true });
		links.pupil = await createLink(page, { role: 'Ученик', unit: CLASS });
		links.parent = await createLink(page, { role: 'Родитель', unit: CLASS });
		links.annulled = await createLink(page, { role: 'Ученик', unit: CLASS });
		assert.equal(new Set(Object.values(links)).size, 4);
		for (const url of Object.values(links)) assert.equal(new URL(url).origin, origin);
	});

	await step('an annulled link says clearly that it is none any more', async () => {
		const { page } = admin;
		// The newest stands on top.
		await page.getByRole('button', { name: /^Действия со ссылкой: .*Ученик/ }).first().click();
		await page.getByRole('menuitem', { name: 'Отозвать' }).click();
		await page.getByRole('dialog', { name: 'Отозвать ссылку?' }).getByRole('button', { name: 'Отозвать' }).click();
		await page.getByText('Ссылка отозвана.').first().waitFor();
		parent.expect(/status of 4\d\d .*invite_preview/);
		await parent.page.goto(links.annulled);
		await parent.page.getByRole('heading', { level: 1, name: 'Ссылка не действует' }).waitFor();
	});

	await step('each opens the link in a browser of his own and finds the class chat there', async () => {
		const org = ORG;
		await join(teacher, server, links.teacher, { role: 'Классный руководитель', unit: CLASS, org, names: ['Орлова', 'Наталья', 'Сергеевна'], phone: phones.teacher });
		await join(pupil, server, links.pupil, { role: 'Ученик', unit: CLASS, org, names: ['Ершова', 'Мария'], phone: phones.pupil });
		await join(parent, server, links.parent, { role: 'Родитель', unit: CLASS, org, names: ['Ершова', 'Екатерина', 'Михайловна'], phone: phones.parent });
		for (const { page } of [teacher, pupil, parent]) await openChat(page, CLASS);
		await noSidewaysScrolling(pupil.page, 'the conversation on a phone');
	});

	await step('management is not for a pupil, a parent or a teacher who is no administrator', async () => {
		for (const profile of [pupil, parent]) {
			assert.equal(await profile.page.getByRole('link', { name: /Управление/ }).count(), 0);
			await profile.go('/org/1/structure');
			await profile.page.getByText('Этот раздел вам не открыт').waitFor();
			await profile.go('/operator');
			await profile.page.getByText('Этот раздел вам не открыт').waitFor();
			await profile.go('/');
			await openChat(profile.page, CLASS);
		}
	});

	await step('they write to one another and each sees it at once; typing shows; ticks tell sent and read', async () => {
		const said = [
			[teacher, 'Добрый день! Завтра контрольная по алгебре.', {}],
			[pupil, 'А калькулятор можно?', { touch: true }],
			[parent, 'Спасибо, Наталья Сергеевна!', {}],
		];
		for (const [from, text, how] of said) {
			const others = [teacher, pupil, parent].filter((profile) => profile !== from);
			await composer(from.page).pressSequentially(text.slice(0, 5));
			await Promise.all(others.map(({ page }) => page.locator('header .typing').waitFor({ timeout: AT_ONCE_MS })));
			const seen = others.map(({ page }) => message(page, text).waitFor({ timeout: AT_ONCE_MS + 1000 }).then(() => performance.now()));
			const at = performance.now();
			await say(from.page, text, how);
			for (const time of await Promise.all(seen)) assert.ok(time - at < AT_ONCE_MS, `seen after ${Math.round(time - at)} ms`);
			await state(from.page, text, 'read');
		}
		assert.deepEqual(await texts(pupil.page), said.map(([, text]) => text));
	});

	await step('a message that nobody has on the screen stays sent and is counted as unread, until it is read', async () => {
		for (const { page } of [pupil, parent]) {
			await page.goto(origin);
			await chatRow(page, CLASS).waitFor();
		}
		await say(teacher.page, 'Не забудьте тетради.');
		await state(teacher.page, 'Не забудьте тетради.', 'sent');
		for (const { page } of [pupil, parent]) await chatRow(page, CLASS).locator('.count').filter({ hasText: '1' }).waitFor({ timeout: AT_ONCE_MS });
		await parent.page.waitForFunction(() => document.title.startsWith('(1) '));
		assert.equal(await message(teacher.page, 'Не забудьте тетради.').locator('[data-state="read"]').count(), 0);
		await openChat(pupil.page, CLASS);
		await state(teacher.page, 'Не забудьте тетради.', 'read');
		assert.equal(await chatRow(parent.page, CLASS).locator('.count').count(), 1, 'what one reads stays unread for another');
		await openChat(parent.page, CLASS);
		await parent.page.waitForFunction(() => !document.title.startsWith('('));
	});

	await step('a reload keeps everything', async () => {
		const before = await texts(teacher.page);
		for (const { page } of [teacher, pupil, parent]) {
			await page.reload();
			await message(page, before.at(-1)).waitFor();
			assert.deepEqual(await texts(page), before);
		}
	});

	await step('a cut network: the message waits in sight, the bar says so, it is delivered once', async () => {
		pupil.expect(...LOST);
		const { page, context } = pupil;
		await context.setOffline(true);
		await page.getByText('Нет связи. Сообщения отправятся сами.').waitFor();
		await say(page, 'Я в метро, связи нет', { touch: true });
		await state(page, 'Я в метро, связи нет', 'sending');
		await say(teacher.page, 'А мы уже в классе');
		await sleep(1500);
		assert.equal(await message(teacher.page, 'Я в метро, связи нет').count(), 0);
		assert.equal(await message(page, 'А мы уже в классе').count(), 0);
		await context.setOffline(false);
		await message(teacher.page, 'Я в метро, связи нет').waitFor();
		await message(page, 'А мы уже в классе').waitFor();
		await page.getByText('Нет связи. Сообщения отправятся сами.').waitFor({ state: 'hidden' });
		await state(page, 'Я в метро, связи нет', 'read');
		await sleep(1500);
		for (const profile of [teacher, pupil, parent]) assert.equal(await message(profile.page, 'Я в метро, связи нет').count(), 1);
	});

	await step('kill -9 of the server under writing hands: nothing shown as sent is lost, nothing is twice, the order stays', async () => {
		const everybody = [operator, admin, teacher, pupil, parent];
		for (const profile of everybody) profile.expect(...LOST);
		const writers = [
			{ profile: teacher, mark: 'у' },
			{ profile: pupil, mark: 'р' },
		];
		const COUNT = 24;
		const before = await wholeConversation(parent.page);
		// Everything that was ever shown as sent, with the time of no look missed.
		for (const { profile } of writers) {
			await profile.page.evaluate(() => {
				const shown = (globalThis.shownAsSent = new Set());
				const look = () => {
					for (const tick of document.querySelectorAll('[data-client-id] [data-state="sent"], [data-client-id] [data-state="read"]')) {
						shown.add(tick.closest('[data-client-id]').querySelector('.text').textContent);
					}
				};
				new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
				look();
			});
		}
		let sending = 0;
		const write = async ({ profile, mark }) => {
			for (let i = 1; i <= COUNT; i++) {
				await say(profile.page, `${mark}${i}`);
				if (profile === pupil) await profile.page.getByRole('button', { name: 'Отправить' }).tap();
				sending += 1;
			}
		};
		const writing = Promise.all(writers.map(write));
		while (sending < 14) await sleep(5);
		await server.kill();
		const shownAtDeath = await Promise.all(writers.map(({ profile }) => profile.page.evaluate(() => [...globalThis.shownAsSent])));
		await writing;
		server = await Server.start({ data, owned: true, listen: `127.0.0.1:${port}` });
		const wanted = writers.map(({ mark }) => Array.from({ length: COUNT }, (_, i) => `${mark}${i + 1}`));
		for (const profile of [teacher, pupil, parent]) {
			for (const own of wanted) await message(profile.page, own.at(-1)).first().waitFor({ timeout: 60_000 });
			await profile.page.waitForFunction(() => !document.querySelector('[data-state="sending"], [data-state="failed"]'), undefined, { timeout: 60_000 });
		}
		// What the server has, not what the page remembers.
		await parent.page.reload();
		await message(parent.page, wanted[0].at(-1)).first().waitFor();
		const stored = await wholeConversation(parent.page);
		for (const shown of shownAtDeath) for (const text of shown) assert.ok(stored.includes(text), `${text} was shown as sent and is gone`);
		assert.ok(shownAtDeath.flat().some((text) => /^[ур]\d+$/.test(text)), 'the server died before anything of these was sent');
		assert.deepEqual([...before, ...wanted.flat()].filter((text) => !stored.includes(text)), [], 'missing');
		assert.equal(stored.length, before.length + 2 * COUNT);
		assert.deepEqual(stored.slice(0, before.length), before);
		writers.forEach(({ mark }, i) => assert.deepEqual(stored.filter((text) => new RegExp(`^${mark}\\d+$`).test(text)), wanted[i]));
		for (const profile of [teacher, pupil]) assert.deepEqual(await wholeConversation(profile.page), stored, `${profile.name} sees the same`);
	});

	await step('a browser closed with an unsent message sends it when it is opened again', async () => {
		await server.kill();
		await parent.page.getByText('Соединяемся с сервером. Сообщения отправятся сами.').waitFor();
		await say(parent.page, 'Маша сегодня болеет');
		await state(parent.page, 'Маша сегодня болеет', 'sending');
		await parent.reopen(async () => {
			server = await Server.start({ data, owned: true, listen: `127.0.0.1:${port}` });
		});
		await say(teacher.page, 'Кого нет?');
		await state(teacher.page, 'Кого нет?', 'read', 60_000); // a client may wait 30 s before it tries again
		assert.equal(await message(teacher.page, 'Маша сегодня болеет').count(), 0);
		await parent.go('/');
		await message(teacher.page, 'Маша сегодня болеет').waitFor();
		await openChat(parent.page, CLASS);
		await message(parent.page, 'Маша сегодня болеет').waitFor();
		await sleep(1000);
		for (const profile of [teacher, parent]) assert.equal(await message(profile.page, 'Маша сегодня болеет').count(), 1);
	});

	await step('a pupil who is taken off the list loses the chat at once, on the open page', async () => {
		const { page } = admin;
		await page.getByRole('navigation', { name: 'Разделы организации' }).getByRole('link', { name: 'Люди' }).click();
		await page.getByRole('button', { name: /^Действия: Ершова Мария/ }).click();
		await page.getByRole('menuitem', { name: `Убрать из «${CLASS}»` }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Убрать', exact: true }).click();
		await page.getByText(`Больше не в «${CLASS}».`).first().waitFor();
		await pupil.page.getByText('Этот чат вам не открыт').waitFor({ timeout: AT_ONCE_MS });
		assert.equal(await pupil.page.locator('[data-client-id]').count(), 0, 'nothing of the chat is left on the page');
		await say(teacher.page, 'Это уже без Маши');
		await state(teacher.page, 'Это уже без Маши', 'read');
		await pupil.go('/');
		await pupil.page.getByRole('heading', { level: 1, name: 'Чаты' }).waitFor();
		assert.equal(await chatRow(pupil.page, CLASS).count(), 0);
	});
});
