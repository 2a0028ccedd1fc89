// SPDX-License-Identifier: Apache-2.0
// The work by keyboard alone, as somebody without a mouse does it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeAll, DESKTOP } from './browser.mjs';
import { CLASS, CODE, signedIn, startDemo } from './demo.mjs';
import { composer } from './steps.mjs';

let server;
before(async () => {
	server = await startDemo();
});
after(async () => {
	await closeAll();
	await server?.kill();
	server?.release();
});

/** Presses Tab until the focus is on what is looked for, as somebody without a mouse does. */
async function tabTo(page, test, most = 60) {
	for (let i = 0; i <= most; i++) {
		if (await page.evaluate(test)) return;
		await page.keyboard.press('Tab');
	}
	assert.fail(`Tab does not come there: ${test}`);
}

test('by keyboard alone: sign in, open a chat, write, look at the members, close by Esc', async () => {
	const { page, origin } = await signedIn(server, 'keyboard', DESKTOP);
	await page.goto(origin);
	await page.locator('input[type=tel]').waitFor();
	await tabTo(page, () => document.activeElement.matches('input[type=tel]'));
	await page.keyboard.type('9000004114');
	await page.keyboard.press('Enter');
	await page.locator('input[name=code]:focus').waitFor();
	await page.keyboard.type(CODE);
	await page.locator('[data-chat]').first().waitFor();
	await page.keyboard.press('Control+k');
	await page.keyboard.type(CLASS);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: CLASS }).waitFor();
	await composer(page).and(page.locator(':focus')).waitFor();
	await page.keyboard.type('Набрано без мыши');
	await page.keyboard.press('Enter');
	await page.locator('[data-client-id]', { hasText: 'Набрано без мыши' }).locator('[data-state="sent"], [data-state="read"]').waitFor();
	await tabTo(page, () => document.activeElement.matches('.about'));
	const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none' || getComputedStyle(document.activeElement).boxShadow !== 'none');
	assert.ok(ring, 'the focus is seen');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	await page.getByRole('heading', { level: 1, name: CLASS }).waitFor();
	assert.ok(await page.evaluate(() => document.activeElement.matches('.about')), 'the focus is back where it was');
	await closeAll();
});

test('by keyboard alone: an administrator creates a class', async () => {
	const { page, origin } = await signedIn(server, 'admin', DESKTOP);
	await page.goto(origin);
	await page.locator('[data-chat]').first().waitFor();
	await tabTo(page, () => document.activeElement.matches('nav a[href$="/guide"]'));
	await page.keyboard.press('Enter');
	await page.locator('main a[href$="/structure"]').first().waitFor();
	await tabTo(page, () => document.activeElement.matches('main a[href$="/structure"]'));
	await page.keyboard.press('Enter');
	await page.locator('main .bar button').waitFor();
	await tabTo(page, () => document.activeElement.matches('main .bar button'));
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await tabTo(page, () => document.activeElement.matches('textarea'), 6);
	await page.keyboard.type('8Ё');
	await tabTo(page, () => document.activeElement.matches('dialog button[type=submit]'), 6);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	await page.getByRole('link', { name: '8Ё', exact: true }).waitFor();
	await closeAll();
});
