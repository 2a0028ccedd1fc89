// SPDX-License-Identifier: Apache-2.0
// The administrator's list of 2,000 people: how long from a letter typed, or a scroll, to the result on the screen (B3).
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { closeAll } from './browser.mjs';
import { command, signedIn, startDemo } from './demo.mjs';

const PEOPLE = 2000;
const TRIES = 15;
/** Of the median; a busy machine has its outliers. */
const LIMIT_MS = Number(process.env.PEOPLE_MS ?? 100);

let server;
let admin;
let orgId;

before(async () => {
	server = await startDemo();
	admin = await signedIn(server, 'admin', {});
	orgId = (await command(admin, 'me_snapshot')).memberships[0].org.id;
	// Rows alone: who is in the list matters here, not how he came into it.
	execFileSync('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
org, n = int(sys.argv[2]), int(sys.argv[3])
family = ['Иванов', 'Петров', 'Сидоров', 'Кузнецов', 'Смирнов', 'Попов', 'Волков', 'Зайцев', 'Морозов', 'Соколов']
for i in range(n):
    name = family[i % 10] + 'абвгдежзик'[i // 10 % 10] + 'лмнопрстуф'[i // 100 % 10]
    p = db.execute("INSERT INTO person (given_name, family_name, created_at) VALUES ('Пётр', ?, 1) RETURNING id", (name,)).fetchone()[0]
    db.execute("INSERT INTO member (org_id, person_id, role, name_fold, given_fold, joined_at) VALUES (?, ?, 4, ?, 'петр', 1)", (org, p, name.lower() + ' петр'))
db.commit()
`, join(server.data, 'zvonok.sqlite'), String(orgId), String(PEOPLE)]);
});

after(closeAll);

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

test(`${PEOPLE} people: what is searched for is there in ${LIMIT_MS} ms, and the list scrolls to the end by itself`, { timeout: 120000 }, async (t) => {
	const { page } = admin;
	await page.goto(`${admin.origin}/org/${orgId}/people`);
	await page.locator('main .people li').nth(20).waitFor();
	const search = page.locator('main input[type=search]');
	const times = [];
	for (let k = 0; k < TRIES; k++) {
		const wanted = ['волковб', 'зайцевв', 'морозове', 'соколовж', 'поповг'][k % 5];
		times.push(await page.evaluate(async (text) => {
			const input = document.querySelector('main input[type=search]');
			const first = () => document.querySelector('main .people li')?.textContent?.toLowerCase() ?? '';
			const start = performance.now();
			input.value = text;
			input.dispatchEvent(new Event('input', { bubbles: true }));
			while (!first().includes(text)) {
				await new Promise((resolve) => requestAnimationFrame(resolve));
				if (performance.now() - start > 5000) throw new Error(`nobody for ${text}`);
			}
			// The frame after the one in which it stands in the page has been painted.
			await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
			return performance.now() - start;
		}, wanted));
	}
	t.diagnostic(`search to paint, ms: median ${median(times).toFixed(0)}, worst ${Math.max(...times).toFixed(0)}`);
	assert.ok(median(times) <= LIMIT_MS, `median ${median(times)} ms`);
	await search.fill('');
	await page.locator('main .people li').nth(20).waitFor();
	for (let shown = 0; shown < 400; ) {
		await page.locator('main .people li').last().scrollIntoViewIfNeeded();
		await page.waitForFunction((n) => document.querySelectorAll('main .people li').length > n, shown);
		shown = await page.locator('main .people li').count();
	}
});
