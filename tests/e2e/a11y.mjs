// SPDX-License-Identifier: Apache-2.0
// Every screen on one device: axe finds nothing, nothing scrolls sideways, nothing is left untranslated, each control takes the focus and
// shows it; on the phone with text at 200 % too. Each device is a file of its own, so that both run at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { closeAll, DESKTOP, PHONE } from './browser.mjs';
import { appointCurator, looks, signedIn, startDemo } from './demo.mjs';
import { lookUp, screens } from './screens.mjs';
import { noSidewaysScrolling } from './steps.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let server;
after(async () => {
	await closeAll();
	await server?.kill();
	server?.release();
});

async function violations(page) {
	// Measured is the screen that came to rest.
	await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))));
	// Of the page behind a dialog nothing is seen, and it is a screen of its own.
	const { violations: found } = await page.evaluate(
		(tags) => globalThis.axe.run([...document.querySelectorAll('dialog[open]')].at(-1) ?? document, { runOnly: tags, resultTypes: ['violations'] }),
		TAGS,
	);
	return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 4).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
}

/** The words of the page that are the client's own: without names, titles and texts that people wrote. */
async function ownWords(page) {
	return page.evaluate(() => {
		const data = '.text, .author, [data-chat] .title, [data-chat] .preview, [data-chat] .org, .name, .names, .details, .about h1, dd, .full, input, textarea, option, svg, .place, [data-data]';
		const out = [];
		const walk = document.createTreeWalker([...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body, NodeFilter.SHOW_TEXT);
		for (let node = walk.nextNode(); node; node = walk.nextNode()) {
			const text = node.textContent.trim();
			const element = node.parentElement;
			if (!text || element.closest(data) || !element.checkVisibility({ visibilityProperty: true })) continue;
			out.push(text);
		}
		return out;
	});
}

/** Names within a sentence and what is quoted are data; so are the school's name and its staff's. */
function isRussian(text) {
	const own = text.replace(/[“«].*?[”»]/g, '').replace(/Русский|Школа № 98|Учителя/g, '');
	return /[а-яё]{3,}/.test(/[a-z]{3}/.test(own) ? own.replace(/[А-ЯЁ][а-яё]+/g, '') : own);
}

const KEY_LIKE = /^[a-z]+(_[a-z0-9]+)+$|^\{\w+\}|undefined|\[object/;

/** What somebody with a keyboard alone would miss: controls that take no focus, do not show it, or have something over them when they have it. */
async function keyboardFaults(page) {
	return page.evaluate(() => {
		const out = [];
		const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector(':popover-open') ?? document.querySelector('.sheet') ?? document.body;
		const shows = (element) =>
			[getComputedStyle(element), getComputedStyle(element, '::after')].some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0);
		document.activeElement?.blur();
		for (const element of root.querySelectorAll('a[href], button, input, select, textarea, summary')) {
			if (element.disabled || element.closest('[inert]') || !element.checkVisibility({ visibilityProperty: true })) continue;
			const name = element.outerHTML.slice(0, 160);
			if (element.tabIndex < 0 && !element.closest('[role=menu]')) out.push(`Tab does not come to it: ${name}`);
			element.focus({ focusVisible: true });
			if (document.activeElement !== element) {
				out.push(`takes no focus: ${name}`);
				continue;
			}
			if (!shows(element) && !(element.parentElement && shows(element.parentElement))) out.push(`does not show its focus: ${name}`);
			const box = (element.matches('.sr-only') ? element.parentElement : element).getBoundingClientRect();
			const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
			// The small window of a call lies over the page.
			if (!at || !(at.localName === 'video' || element.contains(at) || at.contains(element) || element.parentElement.contains(at))) out.push(`is covered when it has the focus, by ${at?.outerHTML.slice(0, 80)}: ${name}`);
		}
		return out;
	});
}

/** The browser's own setting for larger text, as the phone's settings make it. */
async function enlarge(page) {
	await page.evaluate(() => {
		document.documentElement.style.setProperty('font-size', '200%', 'important');
		return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
	});
	assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), '32px');
}

/** Words of which a part is cut off; a single line that ends in dots may be. */
async function clipped(page) {
	return page.evaluate(() => {
		const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('.sheet') ?? document.body;
		return [...root.querySelectorAll('button, a, label, h1, h2, h3, p, dt, dd, td, th, summary, span')]
			.filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.sr-only, nav ul li a, [data-chat]'))
			.filter((element) => {
				const style = getComputedStyle(element);
				return style.textOverflow !== 'ellipsis' && style.overflowX !== 'visible' && style.overflowX !== 'auto' && element.scrollWidth > element.clientWidth + 1;
			})
			.map((element) => element.outerHTML.slice(0, 160));
	});
}

async function shot(page, name) {
	const folder = process.env.ZVONOK_PICTURES;
	if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(/[^\p{L}\p{N}-]+/gu, '_')}.png` });
}

const ALL = process.env.ZVONOK_A11Y === 'all';
const wanted = ([name]) => !process.env.ZVONOK_SCREENS || name.match(process.env.ZVONOK_SCREENS);

/** Runs `each` on every screen, one person's browser after the other's. */
async function everyScreen(options, begin, each) {
	const admin = await signedIn(server, 'admin', options);
	const operator = await signedIn(server, 'operator', options);
	for (const who of ['curator', 'newcomer']) await appointCurator(operator, who);
	const list = screens(await lookUp(admin, server)).filter(wanted);
	for (const who of [undefined, ...new Set(list.map(([, who]) => who).filter(Boolean))]) {
		const its = list.filter((screen) => screen[1] === who);
		if (its.length === 0) continue;
		const profile = { admin, operator }[who] ?? (await signedIn(server, who ?? 'nobody', options));
		await begin(profile);
		await each(profile, its);
		await profile.close();
	}
	await closeAll();
}

// ZVONOK_SCREENS: only those. ZVONOK_PICTURES: a folder for what each screen looks like.
export const everyScreenOn = (device) => test('every screen', async (t) => {
	const options = { desktop: DESKTOP, phone: PHONE }[device];
	server = await startDemo();
	await everyScreen({ ...options, bypassCSP: true, timeout: 5000 }, (profile) => profile.context.addInitScript(AXE), async (profile, list) => {
		// Each screen twice: light and Russian on the desktop, dark and English on the phone; ZVONOK_A11Y=all for both on both.
		for (const [theme, language] of [['light', 'ru'], ['dark', 'en']]) {
			if (!ALL && (device === 'desktop') !== (theme === 'light')) continue;
			await looks(profile, { theme, language });
			for (const [name, , path, ready] of list) {
				await t.test(`${name}: ${device}, ${theme}, ${language}`, async () => {
					const { page, origin, faults } = profile;
					if (path !== undefined) await page.goto(origin + path);
					else await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
					await ready(page);
					const found = await violations(page);
					await shot(page, `${name}-${device}-${theme}-${language}`);
					assert.deepEqual(found, []);
					assert.deepEqual(faults.splice(0).filter((fault) => !fault.includes('Failed to load resource')), []);
					await noSidewaysScrolling(page, name);
					const words = await ownWords(page);
					assert.deepEqual(words.filter((text) => KEY_LIKE.test(text)), [], 'texts that look like keys');
					assert.equal(await page.evaluate(() => document.documentElement.lang), language);
					if (language === 'en') assert.deepEqual(words.filter(isRussian), [], 'Russian words of the client on an English page');
					if (device === 'phone') {
						await enlarge(page);
						await noSidewaysScrolling(page, `${name}, at 200 %`);
						assert.deepEqual(await clipped(page), []);
					}
					// A menu stands where it was opened.
					if (!name.endsWith('menu') || device === 'desktop') assert.deepEqual(await keyboardFaults(page), []);
				});
			}
		}
	});
});
