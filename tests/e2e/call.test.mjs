// SPDX-License-Identifier: Apache-2.0
// A lesson of four in real browsers with pretended cameras and microphones: everybody sees and hears everybody, a screen, a hand, the host's
// deeds, a cut, leaving. What comes through is read from the browsers' own counters, not from the page.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bar, comeToCall, endCalls, hears, join, meets, moving, openPerson, startCall, startCalls, tile, until, WHO } from './calls.mjs';

/** The goal of issue 4 is 1.5 s on a machine of its own; here four browsers encode and decode on two cores. */
const FIRST_FRAME_MS = Number(process.env.FIRST_FRAME_MS ?? 4000);
/** How often each pupil joins, for the figure. */
const ROUNDS = Number(process.env.ROUNDS ?? 2);

after(endCalls);

test('a lesson of four', { timeout: 240_000 }, async (t) => {
	await startCalls();
	const everybody = {};
	for (const name of Object.keys(WHO)) everybody[name] = await openPerson(name);
	const { teacher, first, second, third } = everybody;
	const all = Object.values(everybody);

	await t.test('the teacher starts it from the chat; the others see it and join', async () => {
		assert.equal(await second.page.locator('header button[aria-label*="видеозвонок"]').count(), 0, 'a pupil may not start one');
		await startCall(teacher);
		await join(teacher, false);
		const times = [];
		for (let round = 0; round < ROUNDS; round++) {
			for (const one of [first, second, third]) {
				await comeToCall(one);
				const steps = await join(one, true);
				t.diagnostic(`${one.name}: ${JSON.stringify(steps)}`);
				times.push(steps['first frame']);
			}
			if (round === ROUNDS - 1) break;
			for (const one of [first, second, third]) await bar(one).getByRole('button', { name: 'Выйти из звонка' }).click();
		}
		times.sort((a, b) => a - b);
		const p95 = times[Math.ceil(times.length * 0.95) - 1];
		t.diagnostic(`first frame after joining, ms: p95 ${p95}, all ${times.join(' ')}`);
		assert.ok(p95 < FIRST_FRAME_MS, `${p95} ms`);
	});

	await t.test('everybody sees and hears everybody', () => meets(all, 3));

	await t.test('a pupil shows the screen', async () => {
		const frames = (one) => one.page.evaluate(() => document.querySelector('.tile[data-source="screen"] video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
		await bar(second).getByRole('button', { name: 'Показать экран' }).click();
		for (const one of [teacher, first, third]) await tile(one, 'Экран', 'screen').locator('video').waitFor();
		for (const one of [teacher, first, third]) {
			const shown = await frames(one);
			await until(`${one.name} sees the screen move`, async () => ({ ok: (await frames(one)) > shown + 2 }), 30_000);
		}
		await bar(second).getByRole('button', { name: 'Закончить показ экрана' }).click();
		await tile(teacher, 'Экран', 'screen').waitFor({ state: 'detached' });
	});

	await t.test('hands go up in order, and a reaction is seen', async () => {
		await bar(third).getByRole('button', { name: 'Поднять руку' }).click();
		await teacher.page.locator('.tile .hand').waitFor();
		await bar(first).getByRole('button', { name: 'Поднять руку' }).click();
		await teacher.page.locator('.tile .hand').nth(1).waitFor();
		await teacher.page.locator('.top .count').click();
		const order = await teacher.page.locator('.people ol .name').allTextContents();
		assert.deepEqual(order.map((name) => name.split(' ')[0]), [third.family, first.family]);
		await bar(first).getByRole('button', { name: 'Показать реакцию' }).click();
		await first.page.getByRole('button', { name: 'Аплодисменты' }).click();
		await teacher.page.locator('.tile .reaction').waitFor();
	});

	await t.test('muted by the host: not a packet of the voice comes any more, and the pupil is told', async () => {
		const row = teacher.page.locator('.people ul li').filter({ hasText: first.family });
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Выключить микрофон' }).click();
		await first.page.getByText('Ведущий выключил ваш микрофон').waitFor();
		await until('two voices are left', async () => {
			const got = await moving(third);
			return { ...got, ok: got.audio === 2 && got.video >= 1 };
		});
		assert.ok(await bar(first).locator('button[aria-disabled=true]').first().isVisible());
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Попросить включить микрофон' }).click();
		await first.page.locator('.told').getByRole('button', { name: 'Включить микрофон' }).click();
		await hears([third], 3);
	});

	await t.test('going to another chat keeps the voices and one picture', async () => {
		await second.page.locator('.room .top .small').click();
		await second.page.locator('.floating').waitFor();
		await second.page.locator('[data-chat]').nth(1).click();
		await second.page.locator('.floating video').waitFor();
		await until('voices of all, one picture', async () => {
			const got = await moving(second);
			return { ...got, ok: got.audio === 3 && got.video <= 1 };
		});
		await second.page.locator('.floating').getByRole('button', { name: 'Развернуть звонок' }).click();
		await hears([second], 3);
	});

	await t.test('after a cut of the network one is back in one’s place', async () => {
		await third.context.setOffline(true);
		await third.page.evaluate(() => globalThis.connections.forEach((connection) => connection.close()));
		await third.context.setOffline(false);
		await third.page.reload();
		await comeToCall(third);
		await join(third, true);
		await hears([third, teacher], 3);
		await teacher.page.locator('.people ol .name').filter({ hasText: third.family }).waitFor(); // the hand is still up
	});

	await t.test('removed: he is told, and the others lose him', async () => {
		const row = teacher.page.locator('.people ul li').filter({ hasText: third.family });
		await row.locator('button[aria-haspopup=menu]').click();
		await teacher.page.getByRole('menuitem', { name: 'Вывести из звонка' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Вывести' }).click();
		await third.page.getByRole('heading', { name: 'Вас вывели из звонка' }).waitFor();
		await hears([teacher, first, second], 2);
	});

	await t.test('leaving, and the end for all', async () => {
		await bar(first).getByRole('button', { name: 'Выйти из звонка' }).click();
		await first.page.locator('.going button').waitFor();
		await hears([teacher, second], 1);
		await bar(teacher).getByRole('button', { name: 'Выйти из звонка' }).click();
		await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
		await second.page.getByRole('heading', { name: 'Звонок завершён' }).waitFor();
		await first.page.locator('.going button').waitFor({ state: 'detached' });
	});

	for (const one of all) {
		assert.deepEqual(one.faults, []);
		assert.deepEqual(await one.page.evaluate(() => globalThis.violations), []);
	}
});
