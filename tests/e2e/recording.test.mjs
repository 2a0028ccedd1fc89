// SPDX-License-Identifier: Apache-2.0
// A recorded call in real browsers with pretended cameras and microphones: the host records, everybody is told, whoever comes later is asked, and it is watched afterwards: by the host, and by a pupil once it is open for the chat.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bar, comeToCall, endCalls, join, openPerson, pause, pictures, startCall, startCalls, until } from './calls.mjs';

after(endCalls);

/** A browser that knows no codec of pictures but H264, as programs that stream do. */
function onlyH264() {
	const real = RTCPeerConnection.prototype.createOffer;
	RTCPeerConnection.prototype.createOffer = async function (...args) {
		const offer = await real.apply(this, args);
		const lines = offer.sdp.split('\r\n');
		const others = new Set(lines.flatMap((line) => /^a=rtpmap:(\d+) (?:VP8|VP9|AV1)\//.exec(line)?.[1] ?? []));
		for (const line of lines) if (others.has(/^a=fmtp:\d+ apt=(\d+)/.exec(line)?.[1])) others.add(/\d+/.exec(line)[0]);
		const kept = lines.filter((line) => !others.has(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/.exec(line)?.[1]));
		return { type: offer.type, sdp: kept.map((line) => (line.startsWith('m=video') ? line.split(' ').filter((word, i) => i < 3 || !others.has(word)).join(' ') : line)).join('\r\n') };
	};
}

/** Where the player's clock is, and where each voice and picture is by it (0: in its place), in seconds. */
const places = (one) => one.page.evaluate(() => {
	const player = document.querySelector('.player');
	const ms = Number(player.dataset.ms);
	return { ms, playing: player.dataset.playing === 'true', elements: [...player.querySelectorAll('audio, video')].map((element) => ({ kind: element.localName, paused: element.paused, at: element.currentTime, width: element.videoWidth ?? 0, frames: element.getVideoPlaybackQuality?.().totalVideoFrames ?? 0, src: element.currentSrc, error: element.error?.message })) };
});

const begin = (one) => one.page.locator('.player').getByRole('button', { name: 'Слушать и смотреть' }).click();

/** It plays: the clock goes on, a picture has a size and moves, voices sound. */
async function plays(one) {
	await begin(one);
	return until(`${one.name} watches`, async () => {
		const now = await places(one);
		return { ...now, ok: now.ms > 3000 && now.elements.some(({ kind, width, at }) => kind === 'video' && width === 320 && at > 1) && now.elements.some(({ kind, at }) => kind === 'audio' && at > 1) };
	}, 30_000);
}

test('a recorded call', { timeout: 400_000 }, async (t) => {
	const server = await startCalls('--autoplay-policy=no-user-gesture-required');
	const everybody = {};
	for (const name of ['teacher', 'first']) everybody[name] = await openPerson(name);
	everybody.second = await openPerson('second', { script: onlyH264 });
	const { teacher, first, second } = everybody;

	await t.test('the host begins it after a question; everybody sees and hears that', async () => {
		await startCall(teacher);
		await join(teacher, false, 'Начать');
		await comeToCall(first);
		await join(first, false, 'Войти');
		assert.equal(await first.page.locator('.top span.sign').count(), 0);
		await bar(first).getByRole('button', { name: 'Ещё' }).click();
		assert.equal(await first.page.getByRole('button', { name: 'Записать звонок' }).count(), 0, 'a pupil records nothing');
		await first.page.keyboard.press('Escape');
		await bar(teacher).getByRole('button', { name: 'Ещё' }).click();
		await teacher.page.getByRole('button', { name: 'Записать звонок' }).click();
		const dialog = teacher.page.getByRole('dialog', { name: 'Записать этот звонок?' });
		await dialog.getByText('Хранится 30 дней').waitFor();
		await pictures('recording question');
		await dialog.getByRole('button', { name: 'Начать запись' }).click();
		for (const one of [teacher, first]) await one.page.locator('.top span.sign').waitFor();
		await first.page.locator('[role=status]').filter({ hasText: 'звонок записывается' }).first().waitFor({ state: 'attached' });
		await pictures('recording sign');
	});

	await t.test('whoever comes later is asked before', async () => {
		await comeToCall(second);
		await second.page.getByText('Этот звонок записывается').waitFor();
		await pictures('recording door');
		await join(second, false, 'Согласиться и войти');
		await second.page.locator('.top span.sign').waitFor();
	});

	await t.test('it ends, and the call goes on', async () => {
		await pause(9000);
		await bar(teacher).getByRole('button', { name: 'Ещё' }).click();
		await teacher.page.getByRole('button', { name: 'Остановить запись' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Остановить', exact: true }).click();
		for (const one of [teacher, first, second]) await one.page.locator('.top span.sign').waitFor({ state: 'detached' });
		await bar(teacher).getByRole('button', { name: 'Выйти из звонка' }).click();
		await teacher.page.getByRole('button', { name: 'Завершить для всех' }).click();
		for (const one of [teacher, first, second]) await bar(one).waitFor({ state: 'detached' });
	});

	await t.test('the host watches it: voices and a picture in step, from another place too', async () => {
		await teacher.page.goto(`${server.origin}/chat/${teacher.chatId}`);
		await teacher.page.getByRole('button', { name: 'Участники' }).first().click();
		await teacher.page.getByRole('button', { name: 'Записи звонков' }).click();
		await pictures('recording list');
		await teacher.page.getByRole('button', { name: 'Смотреть' }).click({ timeout: 60_000 });
		await teacher.page.locator('.player').waitFor();
		const now = await plays(teacher);
		assert.deepEqual(now.elements.map(({ error }) => error).filter(Boolean), []);
		await pictures('recording player');
		await teacher.page.locator('.player input[type=range]').fill('1000');
		await until('from another place', async () => {
			const then = await places(teacher);
			return { ...then, ok: then.playing && then.ms >= 1000 && then.ms < 8000 };
		}, 30_000);
		// H264 lies in Matroska, the others' pictures in WebM.
		const choice = teacher.page.locator('.player').getByLabel('Что показывать');
		await choice.selectOption(await choice.locator('option').filter({ hasText: second.family }).getAttribute('value'));
		const length = Number(await teacher.page.locator('.player input[type=range]').getAttribute('max'));
		await teacher.page.locator('.player input[type=range]').fill(String(Math.floor(length / 1000) * 1000 - 7000));
		const shown = await until('the picture in H264', async () => {
			const then = await places(teacher);
			const video = then.elements.find(({ kind }) => kind === 'video');
			return { ...then, video, ok: video?.frames > 10 && video.width === 320 && !video.error };
		}, 30_000);
		const answer = await teacher.context.request.get(shown.video.src, { headers: { range: 'bytes=0-3' } });
		assert.equal(answer.headers()['content-type'], 'video/x-matroska');
		const files = await teacher.page.locator('.player a').count();
		assert.ok(files >= 5, `${files} files: two voices and cameras at least, and those of the third`);
		await teacher.page.keyboard.press('Escape');
	});

	await t.test('opened for the chat, a pupil finds it on the card of the call', async () => {
		await first.page.goto(`${server.origin}/chat/${first.chatId}`);
		await first.page.getByText('участник').first().waitFor();
		assert.equal(await first.page.getByRole('button', { name: 'Смотреть запись' }).count(), 0);
		await teacher.page.getByRole('button', { name: 'Действия с записью' }).click();
		await teacher.page.getByRole('menuitem', { name: 'Открыть для участников чата' }).click();
		await teacher.page.getByRole('dialog').getByRole('button', { name: 'Открыть для участников чата' }).click();
		await first.page.getByRole('button', { name: 'Смотреть запись' }).click();
		await first.page.locator('.player').waitFor();
		await plays(first);
		await first.page.setViewportSize({ width: 390, height: 844 });
		await pictures('recording phone');
	});

	assert.deepEqual(Object.values(everybody).flatMap(({ faults }) => faults), []);
});
