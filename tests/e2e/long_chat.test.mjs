// SPDX-License-Identifier: Apache-2.0
// A chat of many hundreds of messages: only some of them stand on the page, and nobody notices by scrolling.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { closeAll, faults, PHONE } from './browser.mjs';
import { CLASS, command, signedIn, startDemo } from './demo.mjs';
import { chatRow, message, openChat, say } from './steps.mjs';

const COUNT = 620;
const MOST_ROWS = 260;

let server;
after(async () => {
	await closeAll();
	await server?.kill();
	server?.release();
});

const texts = (page) => page.locator('[data-seq] .text').allInnerTexts();
const rows = (page) => page.locator('[data-seq]').count();

/** Scrolls by so much, and says how far the first message on the screen was moved afterwards by what came and went around it. */
const scrollBy = (page, by) =>
	page.getByRole('log').evaluate(async (log, by) => {
		log.scrollTop += by;
		const edge = log.getBoundingClientRect().top;
		const found = [...log.querySelectorAll('[data-seq]')].find((row) => row.getBoundingClientRect().bottom > edge);
		const { seq } = found.dataset;
		const before = found.getBoundingClientRect().top;
		await new Promise((resolve) => setTimeout(resolve, 120));
		const now = log.querySelector(`[data-seq="${seq}"]`);
		return { moved: now ? Math.abs(now.getBoundingClientRect().top - before) : Infinity, top: log.scrollTop, left: log.scrollHeight - log.scrollTop - log.clientHeight };
	}, by);

test('a long chat', async (t) => {
	server = await startDemo();
	const teacher = await signedIn(server, 'teacher');
	const parent = await signedIn(server, 'parent', PHONE);
	const { chats } = await command(parent, 'me_snapshot');
	const chat = chats.find(({ title }) => title.includes(CLASS));
	const post = (text) => command(teacher, 'message_post', { chat_id: chat.id, client_id: randomBytes(16).toString('hex'), text });
	for (let i = 1; i <= COUNT; i++) await post(i % 7 === 0 ? `н${i} ${'длинное слово '.repeat(12)}` : `н${i}`);
	await command(parent, 'chat_read', { chat_id: chat.id, seq: (await command(parent, 'chat_snapshot', { chat_id: chat.id })).chat.head });
	const { page } = parent;

	await t.test('opens at its end, with a part of it', async () => {
		await parent.go('/');
		await chatRow(page, chat.title).waitFor();
		await openChat(page, chat.title);
		await message(page, `н${COUNT}`).waitFor();
		await page.waitForTimeout(500);
		assert.ok((await rows(page)) <= 50, `${await rows(page)} rows`);
		assert.ok((await scrollBy(page, 0)).left < 2, 'the end is on the screen');
	});

	await t.test('scrolling to its beginning keeps what is read in its place and the page short', async () => {
		const seen = new Set(await texts(page));
		const beginning = page.getByText('Это начало чата.');
		let most = 0;
		for (let i = 0; i < 400 && !(await beginning.count()); i++) {
			const { moved, top } = await scrollBy(page, -500);
			if (top > 0) assert.ok(moved < 2, `moved by ${moved} px`);
			for (const text of await texts(page)) seen.add(text);
			most = Math.max(most, await rows(page));
		}
		await beginning.waitFor();
		const numbers = new Set([...seen].map((text) => /^н(\d+)/.exec(text)?.[1]).filter(Boolean));
		assert.equal(numbers.size, COUNT, 'every message was on the page');
		assert.ok(most > 100 && most <= MOST_ROWS, `${most} rows at once`);
		assert.equal(await message(page, `н${COUNT}`).count(), 0, 'the end has left the page');
	});

	await t.test('a new message waits below, and scrolling down comes to it', async () => {
		await post('последнее');
		await page.waitForTimeout(300);
		assert.equal(await message(page, 'последнее').count(), 0);
		let most = 0;
		for (let i = 0; i < 400; i++) {
			const { moved, left } = await scrollBy(page, 900);
			if (left > 0) assert.ok(moved < 2, `moved by ${moved} px`);
			most = Math.max(most, await rows(page));
			if (await message(page, 'последнее').count()) break;
		}
		await message(page, 'последнее').waitFor();
		assert.ok(most <= MOST_ROWS, `${most} rows at once`);
	});

	await t.test('one press leads back to the end, and what one writes goes there', async () => {
		for (let i = 0; i < 12; i++) await scrollBy(page, -3000);
		await page.locator('.newest').tap();
		await message(page, 'последнее').waitFor();
		assert.ok((await scrollBy(page, 0)).left < 2);
		for (let i = 0; i < 12; i++) await scrollBy(page, -3000);
		await say(page, 'и от меня', { touch: true });
		await message(page, 'и от меня').locator('[data-state="sent"], [data-state="read"]').waitFor();
		assert.ok((await scrollBy(page, 0)).left < 2);
	});

	assert.deepEqual(faults().filter((fault) => !fault.includes('favicon')), []);
});
