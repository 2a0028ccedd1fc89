// SPDX-License-Identifier: Apache-2.0
// Looks at the screens of a running server (the fake one when no other is named): pictures into a folder, axe on every screen.
//   node scripts/shots.mjs <folder> [address]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [, , folder = 'shots', address = 'http://127.0.0.1:8098'] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});

let problems = 0;

async function look(page, name) {
	await page.waitForTimeout(400);
	await page.screenshot({ path: `${folder}/${name}.png` });
	// evaluate is not held up by the page's CSP
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	for (const violation of violations) {
		problems++;
		console.log(`${name}: ${violation.id} ${violation.help}`);
		for (const node of violation.nodes.slice(0, 4)) console.log(`   ${node.html.slice(0, 140)}\n   ${node.failureSummary?.split('\n').slice(1, 3).join(' ').slice(0, 220)}`);
	}
}

async function signIn(context, phone) {
	await context.addInitScript(() => localStorage.setItem('zvonok.person', '0')); // as after a sign-in by hand
	await context.request.post(`${address}/api/v1/sign_in`, { data: { phone, code: '000000' }, headers: { 'X-Zvonok': '1' } });
}

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

for (const scheme of ['light', 'dark']) {
	for (const [size, viewport] of Object.entries(sizes)) {
		const context = await browser.newContext({
			viewport,
			colorScheme: scheme,
			locale: 'ru-RU',
			timezoneId: 'Europe/Moscow',
			...(size === 'phone' ? { isMobile: true, hasTouch: true } : {}),
		});
		const page = await context.newPage();
		page.on('console', (message) => message.type() === 'error' && console.log(`${size} ${scheme} console: ${message.text()}`));
		page.on('pageerror', (error) => (problems++, console.log(`${size} ${scheme} error: ${error.stack}`)));
		const name = (screen) => `${screen}-${size}-${scheme}`;

		await page.goto(`${address}/`);
		await look(page, name('signin'));
		await page.goto(`${address}/nowhere`);
		await look(page, name('unknown'));
		await signIn(context, '+79000000001');
		await page.goto(`${address}/`);
		await page.getByRole('heading', { name: 'Чаты' }).waitFor();
		await look(page, name('chats'));
		await page.getByRole('link', { name: /7А/ }).first().click();
		await page.getByRole('log').waitFor();
		await look(page, name('chat'));
		await page.getByRole('textbox', { name: 'Сообщение' }).fill('Кто сегодня дежурный?');
		await page.getByRole('button', { name: 'Отправить' }).click();
		await page.waitForTimeout(1200);
		await look(page, name('sent'));
		await page.getByRole('button', { name: 'Участники', exact: true }).last().click();
		await look(page, name('members'));
		await page.keyboard.press('Escape');
		await page.goto(`${address}/`);
		await page.getByRole('link', { name: /5В/ }).click();
		await look(page, name('empty'));
		await page.goto(`${address}/`);
		await page.getByRole('button', { name: 'Профиль' }).click();
		await look(page, name('profile'));
		await context.close();

		const admin = await browser.newContext({ viewport, colorScheme: scheme, locale: 'ru-RU' });
		await signIn(admin, '+79000000002');
		const adminPage = await admin.newPage();
		adminPage.on('pageerror', (error) => (problems++, console.log(`${size} ${scheme} admin error: ${error.stack}`)));
		for (const section of ['structure', 'people', 'links']) {
			await adminPage.goto(`${address}/org/1/${section}`);
			await look(adminPage, name(section));
		}
		await admin.close();
	}
}
await browser.close();
console.log(problems === 0 ? 'no violations' : `${problems} problems`);
process.exit(problems === 0 ? 0 : 1);
