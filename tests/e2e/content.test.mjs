// SPDX-License-Identifier: Apache-2.0
// Content of the organisation in a call: an administrator brings a film and verifies it, a teacher shows it, a pupil's browser sees it move, hears it, and is told by the server that it is verified; a link is offered to all.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { Client, newId } from '../lib/client.mjs';
import { upload } from '../lib/upload.mjs';
import { bar, come, comeToCall, endCalls, join, openPerson, pictures, startCall, startCalls, tile, until } from './calls.mjs';
import { CODE, PEOPLE } from './demo.mjs';

const folder = mkdtempSync(path(tmpdir(), 'zvonok-film-'));
after(async () => {
	await endCalls();
	rmSync(folder, { recursive: true, force: true });
});

/** A minute of a moving ball and a tone. */
function film() {
	const file = path(folder, 'film.webm');
	execFileSync('gst-launch-1.0', ['-q', ...'videotestsrc num-buffers=600 pattern=ball ! video/x-raw,width=320,height=180,framerate=10/1 ! videoconvert ! vp8enc deadline=1 keyframe-max-dist=50 ! webmmux name=m'.split(' '), '!', 'filesink', `location=${file}`,
		...'audiotestsrc num-buffers=2600 ! audioconvert ! audioresample ! opusenc ! m.'.split(' ')]);
	return readFileSync(file);
}

async function showContent(one, title) {
	await bar(one).getByRole('button', { name: 'Ещё' }).click();
	await one.page.getByRole('button', { name: 'Показать материал' }).click();
	await one.page.getByRole('button', { name: `Показать: ${title}` }).click();
	await one.page.locator('dialog[open]').waitFor({ state: 'detached' });
}

test('content in a call', { timeout: 300_000 }, async (t) => {
	const server = await startCalls('--autoplay-policy=no-user-gesture-required');
	const admin = new Client(server);
	await admin.call('code_request', { phone: PEOPLE.admin, locale: 'ru' });
	await admin.call('sign_in', { phone: PEOPLE.admin, code: CODE, device: 'test' });
	const teacher = await openPerson('teacher');
	const first = await openPerson('first');
	const org_id = (await admin.call('me_snapshot')).memberships[0].org.id;
	const file_id = await upload(admin, film(), { purpose: 'content', org: org_id, name: 'опыт.webm' });
	const made = await admin.call('content_put', { org_id, kind: 'file', title: 'Опыт с маятником', source: 'Издательство', file_id, client_id: newId() });
	const link = await admin.call('content_put', { org_id, kind: 'link', title: 'Атлас', url: 'https://atlas.example/map', client_id: newId() });
	await admin.call('content_verify', { org_id, content_id: made.id, list: 'Федеральный перечень', client_id: newId() });
	await startCall(teacher);
	await join(teacher, false, 'Начать');
	await comeToCall(first);
	await join(first, false, 'Войти');

	await t.test('a pupil has nothing to show it with', async () => {
		await bar(first).getByRole('button', { name: 'Ещё' }).click();
		assert.equal(await first.page.getByRole('button', { name: 'Показать материал' }).count(), 0);
		await first.page.keyboard.press('Escape');
	});

	await t.test('a film is shown: its picture moves, its sound is heard, its mark comes from the server', async () => {
		await showContent(teacher, 'Опыт с маятником');
		const shown = first.page.getByRole('region', { name: 'О материале' });
		await shown.getByText('Показывают: Опыт с маятником').waitFor();
		await shown.getByRole('button', { name: 'Проверено' }).click();
		await first.page.getByText('Перечень: Федеральный перечень').waitFor();
		await first.page.keyboard.press('Escape');
		await tile(first, teacher.family, 'screen').locator('video').waitFor();
		const video = () => tile(first, teacher.family, 'screen').locator('video').evaluate((element) => ({ width: element.videoWidth, height: element.videoHeight, frames: element.getVideoPlaybackQuality().totalVideoFrames }));
		const before = await until('the film has come', async () => {
			const now = await video();
			return { ...now, ok: now.width > now.height && now.frames > 5 };
		}, 40_000);
		const heard = (await come(first)).filter(({ kind }) => kind === 'audio');
		await until('it moves and sounds', async () => {
			const now = await video();
			const voices = (await come(first)).filter(({ kind }) => kind === 'audio');
			const louder = voices.filter(({ track, energy }) => energy > (heard.find((one) => one.track === track)?.energy ?? 0)).length;
			return { ...now, louder, voices: voices.length, ok: now.frames > before.frames + 10 && voices.length === 2 && louder === 2 };
		}, 40_000);
		await pictures('content shown');
	});

	await t.test('what the administrator takes back is no longer verified on the stage', async () => {
		await admin.call('content_verify', { org_id, content_id: made.id, client_id: newId() });
		await first.page.getByRole('region', { name: 'О материале' }).getByRole('button', { name: 'Проверено' }).waitFor({ state: 'detached' });
	});

	await t.test('it ends for everybody', async () => {
		await teacher.page.getByRole('button', { name: 'Закончить показ', exact: true }).click();
		await first.page.getByRole('region', { name: 'О материале' }).waitFor({ state: 'detached' });
		await tile(first, teacher.family, 'screen').waitFor({ state: 'detached' });
	});

	await t.test('what a page played before it was loaded anew is shown no longer', async () => {
		const shown = first.page.getByRole('region', { name: 'О материале' });
		await showContent(teacher, 'Опыт с маятником');
		await shown.waitFor();
		await teacher.page.reload();
		await comeToCall(teacher);
		await join(teacher, false, 'Войти');
		await shown.waitFor({ state: 'detached' });
	});

	await t.test('a link is offered to all, in the call and in its chat', async () => {
		await showContent(teacher, 'Атлас');
		const shown = first.page.getByRole('region', { name: 'О материале' });
		assert.equal(await shown.getByRole('link', { name: 'Открыть ссылку' }).getAttribute('href'), link.url);
		await bar(first).getByRole('button', { name: /^Чат|чат/ }).first().click();
		assert.equal(await first.page.locator('aside').getByRole('link', { name: 'Открыть ссылку' }).getAttribute('href'), link.url);
		await pictures('content link');
	});
	assert.deepEqual([...teacher.faults, ...first.faults], []);
});
