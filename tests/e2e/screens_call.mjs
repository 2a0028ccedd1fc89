// SPDX-License-Identifier: Apache-2.0
// The screens of a call: the door, alone, with others, the panels, the dialogs, a guest's way in, the end; and recordings. One call of the class serves
// them all: most screens go on from the one before. The others in it are their clients alone: without sound and picture, so that a grid is full of names.
import { Client, newId } from '../lib/client.mjs';
import { record } from '../lib/recording.mjs';
import { CODE, PEOPLE } from './demo.mjs';
import { dialog, press, word } from './screens_more.mjs';

/** Pupils, those of class 7А first; at the end the one who is looked at in a browser. */
const PHONES = [...Array.from({ length: 60 }, (_, i) => `+7900000${4116 + i}`), PEOPLE.pupil];
const GUEST = 'Анна Викторовна';
/** Joining takes longer than a press. */
const JOINING = { timeout: 20_000 };

async function enter(server, phone) {
	const one = new Client(server);
	if ((await one.try('code_request', { phone, locale: 'ru' })).error) return undefined;
	return (await one.try('sign_in', { phone, code: CODE, device: 'Телефон' })).error ? undefined : one;
}

/** The teacher behind the scenes, and whoever else is in the call. */
export class CallDesk {
	#phones = [...PHONES];
	#pupils = [];
	#lesson;

	constructor(server, chatId, teacher) {
		this.server = server;
		this.chatId = chatId;
		this.teacher = teacher;
	}

	get lesson() {
		return this.#lesson.id;
	}

	/** The lesson's call, which is begun when none goes on. */
	async running() {
		this.#lesson ??= (await this.teacher.call('lesson_create', { chat_id: this.chatId, kind: 'lesson', title: 'Алгебра', starts_at: Date.now() + 36e5, minutes: 40, client_id: newId() })).lessons[0];
		const { id } = await this.teacher.call('lesson_open', { chat_id: this.chatId, lesson_id: this.#lesson.id, client_id: newId() });
		return id;
	}

	/** A command of the teacher about the call that goes on. */
	async deed(name, more = {}) {
		return this.teacher.call(name, { call_id: await this.running(), ...more });
	}

	/** Exactly so many pupils beside those in browsers; those at `hands` have one up. */
	async crowd(n, hands = []) {
		const call_id = await this.running();
		for (let phone; this.#pupils.length < n && (phone = this.#phones.shift()); ) {
			const one = await enter(this.server, phone);
			// Whoever is of another class is connected to the lesson.
			const person_id = one && (await one.call('me_snapshot')).person.id;
			const known = one && (!(await one.try('call_rules', { chat_id: this.chatId })).error || !(await this.teacher.try('lesson_invite', { chat_id: this.chatId, lesson_id: this.lesson, person_id, client_id: newId() })).error);
			if (known) this.#pupils.push(one);
		}
		await Promise.all(this.#pupils.slice(n).map((one) => one.call('call_leave', { call_id })));
		await Promise.all(this.#pupils.slice(0, n).map((one) => one.call('call_join', { call_id, accept_recording: true })));
		for (const [i, one] of this.#pupils.slice(0, n).entries()) await one.call('call_hand', { call_id, raised: hands.includes(i) });
		return this.#pupils.slice(0, n);
	}

	async react(i, reaction) {
		return this.#pupils[i].call('call_reaction', { call_id: await this.running(), reaction });
	}

	/** The link of one guest. */
	async link(name) {
		await this.running();
		return (await this.teacher.call('lesson_guest_link', { chat_id: this.chatId, lesson_id: this.#lesson.id, name, client_id: newId() })).token;
	}

	async knock(name) {
		return new Client(this.server).call('guest_enter', { token: await this.link(name), name });
	}

	/** Whoever is in the call in a browser, as the teacher sees him. */
	async find(test) {
		return (await this.deed('call_get')).participants.find(test);
	}

	async admitAll() {
		await this.deed('call_admit');
	}
}

// --- in the page

/** Two seconds of a board with a formula, WebM in base64. */
async function drawBoard() {
	const board = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
	const pen = board.getContext('2d');
	const draw = () => {
		pen.fillStyle = '#1f4d3a';
		pen.fillRect(0, 0, 640, 360);
		pen.fillStyle = '#f5f7f5';
		pen.font = '44px serif';
		pen.fillText('x² − 5x + 6 = 0', 150, 130);
		pen.fillText('x₁ = 2,  x₂ = 3', 160, 220);
	};
	const recorder = new MediaRecorder(board.captureStream(5), { mimeType: 'video/webm;codecs=vp8' });
	const parts = [];
	recorder.ondataavailable = ({ data }) => parts.push(data);
	const ended = new Promise((resolve) => (recorder.onstop = resolve));
	const timer = setInterval(draw, 100);
	recorder.start();
	await new Promise((resolve) => setTimeout(resolve, 1200));
	recorder.stop();
	await ended;
	clearInterval(timer);
	const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Small pictures; and the crowd looks as if its sound had come. */
const settle = (page) =>
	page.evaluate(() => {
		if (globalThis.settled) return;
		globalThis.settled = true;
		const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		navigator.mediaDevices.getUserMedia = (wanted) => ask(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 5 } } : wanted);
		const show = navigator.mediaDevices.getDisplayMedia?.bind(navigator.mediaDevices);
		if (show) navigator.mediaDevices.getDisplayMedia = (wanted) => show({ ...wanted, video: { width: 640, height: 360, frameRate: 2 } });
		const parse = JSON.parse;
		JSON.parse = (text, revive) => parse(String(text).replaceAll('"connected":false', '"connected":true'), revive);
		Response.prototype.json = async function json() {
			return JSON.parse(await this.text());
		};
	});

/** To the door of the call: the camera's sign stands before those of the calendar and the people. */
async function toDoor(page, first = settle) {
	await page.locator('.chat header > .icon-button').nth(2).waitFor();
	await first(page);
	await page.locator('.chat header > .icon-button').first().click();
	await page.locator('.card footer button').first().waitFor();
}
export async function toCall(page) {
	await toDoor(page);
	await page.waitForFunction(() => document.querySelector('.preview video')?.videoWidth > 0, undefined, { polling: 50 });
}

export const callScreens = ({ unit, calls }) => {
	const path = `/chat/${unit.chat_id}`;

	/** In the call, with nothing open over it: where one is already, or through the door. */
	async function inside(page) {
		await calls.running();
		if ((await page.locator('.room > .foot').count()) === 1) {
			for (let i = 0; i < 3 && (await page.locator('dialog[open]').count()); i++) await page.keyboard.press('Escape');
			await page.evaluate(() => document.querySelectorAll(':popover-open').forEach((one) => one.hidePopover()));
			if (await page.locator('.room aside').count()) await page.locator('.room aside > .head button').click();
			return;
		}
		await page.goto(new URL(path, page.url()).href);
		await toCall(page);
		await page.locator('.card footer button').last().click();
		await page.locator('.room .tile').first().waitFor(JOINING);
		await page.locator('.room .told .strip').waitFor({ state: 'detached', ...JOINING });
	}
	const tiles = (page, n) => page.waitForFunction((n) => document.querySelectorAll('.room .tile').length === n, n, { polling: 50 });
	const control = (page, name) => page.locator('.bar button', { has: page.locator('.name', { hasText: word(`call.${name}`) }) }).first();
	/** Behind "more", where a narrow phone has it. */
	async function more(page, name) {
		await control(page, 'more').click();
		await page.locator('.pop:popover-open').getByRole('button', { name: word(`call.${name}`) }).click();
	}
	async function panel(page, which) {
		if (await control(page, which).count()) await control(page, which).click();
		else await more(page, which);
		await page.locator('.room aside .panel > *').first().waitFor();
		// On a phone the panel has everything above the controls.
		await page.waitForFunction(() => innerWidth > 720 || document.querySelector('.room aside').offsetHeight > innerHeight / 2);
	}
	async function grid(page, size) {
		await control(page, 'more').click();
		await page.locator('.pop:popover-open [aria-pressed]').nth([2, 5, 9, 25].indexOf(size)).click();
	}
	const call = (name, who, then, from) => [name, who, from, async (page) => {
		if (from === undefined) await inside(page);
		await then(page);
	}];

	const ofTeacher = [
		['call, before', 'teacher', path, toCall],
		['call, before, camera refused', 'teacher', path, async (page) => {
			await toDoor(page, () => page.evaluate(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')))));
			await page.locator('.card .notice').waitFor();
		}],
		call('call', 'teacher', async (page) => {
			await calls.crowd(0);
			await calls.deed('call_show', { client_id: newId() }); // nothing any more
			await page.locator('.room .alone').waitFor();
		}),
		call('call of two', 'teacher', async (page) => {
			await calls.crowd(1);
			await tiles(page, 2);
		}),
		call('call of five, hands and a reaction', 'teacher', async (page) => {
			await calls.crowd(4, [1, 3]);
			await tiles(page, 5);
			await page.locator('.tile .hand').nth(1).waitFor();
			await calls.react(0, 'clap');
			await page.locator('.tile .reaction').waitFor();
		}),
		call('call, people and rules', 'teacher', async (page) => {
			await panel(page, 'people');
			await page.locator('.people .rules').last().waitFor();
		}),
		call('call, what a host may do, menu', 'teacher', async (page) => {
			await panel(page, 'people');
			await page.locator('.people [aria-haspopup=menu]').nth(2).click();
			await page.getByRole('menu').waitFor();
		}),
		call('call, the chat beside it', 'teacher', async (page) => {
			await panel(page, 'chat');
			await page.locator('.room aside [data-client-id]').first().waitFor();
		}),
		call('call, somebody waits', 'teacher', async (page) => {
			await calls.deed('call_lock', { waiting_room: true });
			await calls.knock(GUEST);
			await calls.knock('Пётр Сергеевич');
			await panel(page, 'people');
			await page.locator('#call-wait').waitFor();
			await page.locator('.people section').first().locator('li').nth(1).waitFor();
		}),
		call('call, the classroom', 'teacher', async (page) => {
			for (const one of (await calls.deed('call_get')).participants.filter(({ state }) => state === 'waiting')) await calls.deed('call_refuse', { participant_id: one.id });
			await calls.deed('call_lock', { waiting_room: false });
			await panel(page, 'people');
			await press(page.locator('.people'), 'call.room_open');
			await page.locator('dialog[open] li').nth(3).waitFor();
		}),
		call('call, camera, microphone and data', 'teacher', async (page) => {
			await more(page, 'settings');
			await page.locator('dialog[open] select').nth(2).waitFor();
		}),
		call('call, keys', 'teacher', async (page) => {
			await page.locator('.room').focus();
			await page.keyboard.press('Shift+Slash');
			await page.locator('dialog[open] kbd').first().waitFor();
		}),
		call('call, more', 'teacher', async (page) => {
			await control(page, 'more').click();
			await page.locator('.pop:popover-open button').nth(4).waitFor();
		}),
		call('call, reactions', 'teacher', async (page) => {
			await control(page, 'reaction').click();
			await page.locator('.pop:popover-open button').nth(8).waitFor();
		}),
		call('call, how the connection is', 'teacher', async (page) => {
			await page.locator('.room .top .sign').last().click();
			await page.locator('.why:popover-open').waitFor();
		}),
		call('call of twenty-five', 'teacher', async (page) => {
			await calls.crowd(24, [4]);
			await page.locator('.room nav').waitFor();
		}),
		call('call of twenty-five, on one page', 'teacher', async (page) => {
			await grid(page, 25);
			await tiles(page, 25);
		}),
		call('call of twenty-five, one of them large', 'teacher', async (page) => {
			await page.locator('.room .top .icon-button').click();
			await page.locator('.speaker .strip').waitFor();
		}),
		call('call, a screen is shown', 'teacher', async (page) => {
			await calls.crowd(4);
			await page.locator('.room .top .icon-button').click();
			if (await control(page, 'screen').count()) await control(page, 'screen').click();
			else await more(page, 'share');
			await page.locator('.large .screen video').waitFor(JOINING);
		}),
		call('call, to be recorded', 'teacher', async (page) => {
			if (await control(page, 'screen').count()) await control(page, 'screen').click();
			else await more(page, 'share_stop');
			await control(page, 'more').click();
			await press(page.locator('.pop:popover-open'), 'recording.start');
			await dialog(page);
		}),
		call('call, recorded', 'teacher', async (page) => {
			await calls.deed('call_record_start');
			await page.locator('.top span.sign').waitFor();
		}),
		call('call, to leave or to end', 'teacher', async (page) => {
			await calls.deed('call_record_stop');
			await page.locator('.top span.sign').waitFor({ state: 'detached' });
			await control(page, 'leave').click();
			await dialog(page);
		}),
		call('call in a small window', 'teacher', async (page) => {
			await page.locator('.room .top .small').click();
			await page.locator('.floating').waitFor();
		}),
		call('call, ended by somebody else', 'teacher', async (page) => {
			await calls.deed('call_end');
			await page.getByRole('heading', { name: word('call.over_ended') }).waitFor();
		}),
	];

	const ofPupil = [
		['call of a pupil, it is recorded', 'pupil', path, async (page) => {
			const call_id = await calls.running();
			const recorded = (await calls.deed('call_get')).call.recording;
			if (!recorded) await calls.deed('call_record_start');
			await toCall(page);
			await page.locator('.card .notice').waitFor();
			await calls.teacher.call('call_record_stop', { call_id });
		}],
		['call of a pupil, who waits', 'pupil', path, async (page) => {
			await calls.deed('call_lock', { waiting_room: true });
			await toCall(page);
			await page.locator('.card footer button').last().click();
			await page.locator('.wait').waitFor();
		}],
		['call of a pupil, asked to speak', 'pupil', undefined, async (page) => {
			await calls.admitAll();
			await calls.deed('call_lock', { waiting_room: false });
			await page.locator('.room .tile').first().waitFor(JOINING);
			const { id } = await calls.find(({ role, member_role, state }) => role === 'member' && member_role === 'student' && state === 'in');
			await calls.deed('call_ask_unmute', { participant_id: id });
			await page.locator('.told .notice').waitFor(JOINING);
		}],
		['call of a pupil, put out', 'pupil', undefined, async (page) => {
			const { id } = await calls.find(({ role, member_role, state }) => role === 'member' && member_role === 'student' && state === 'in');
			await calls.deed('call_remove', { participant_id: id });
			await page.getByRole('heading', { name: word('call.over_removed') }).waitFor(JOINING);
		}],
	];
	const ofGuest = [
		['call of a guest, the door', undefined, undefined, async (page) => {
			await calls.running();
			await page.goto(new URL(`/guest/${await calls.link(GUEST)}`, page.url()).href);
			await page.locator('main form button').waitFor();
			await settle(page);
			await page.locator('main form button').click();
			await page.waitForFunction(() => document.querySelector('.preview video')?.videoWidth > 0, undefined, { polling: 50 });
		}],
		['call of a guest, who waits', undefined, undefined, async (page) => {
			await page.locator('.card footer button').last().click();
			await page.locator('.wait').waitFor();
		}],
		['call of a guest', undefined, undefined, async (page) => {
			await calls.crowd(2);
			await calls.deed('call_admit');
			await page.locator('.room .tile').nth(1).waitFor(JOINING);
			await page.locator('.room .told .strip').waitFor({ state: 'detached', ...JOINING });
		}],
		['call of a guest, it is over', undefined, undefined, async (page) => {
			await calls.deed('call_end');
			await page.getByRole('heading', { name: word('guest.ended') }).waitFor(JOINING);
		}],
	];

	/** One recording, made when it is first wanted: the classroom's board as a browser draws and writes it. */
	let recording;
	async function recorded(page) {
		if (!recording) await page.goto(new URL(path, page.url()).href); // a page of HTML, to draw on
		recording ??= (async () => {
			const call_id = await calls.running();
			const { participant } = await calls.teacher.call('call_join', { call_id });
			const bytes = Buffer.from(await page.evaluate(drawBoard), 'base64');
			const made = await record(calls.server, calls.teacher, { chat_id: calls.chatId, call_id }, [{ participant: participant.id, source: 'screen', bytes }]);
			await calls.teacher.call('recording_publish', { chat_id: calls.chatId, recording_id: made.id, published: true });
			await calls.deed('call_end');
		})();
		await recording;
	}
	async function toRecordings(page) {
		await recorded(page);
		await page.goto(new URL(path, page.url()).href);
		await page.locator('.chat header > .icon-button').last().click();
		await press(page.locator('dialog[open]'), 'recording.list');
		await page.locator('dialog[open] .words').first().waitFor();
	}
	const recordings = [
		['recordings of a chat', 'teacher', undefined, toRecordings],
		['lesson with a recording', 'teacher', undefined, async (page) => {
			await recorded(page);
			await page.goto(new URL(`/calendar/${calls.lesson}`, page.url()).href);
			await page.locator('main .recordings li').first().waitFor();
		}],
		['recording, watched', 'teacher', undefined, async (page) => {
			// From the lesson's page, as the screen before.
			await press(page.locator('main .recordings'), 'recording.watch');
			await page.waitForFunction(() => document.querySelector('.player video')?.videoWidth > 0, undefined, { polling: 50 });
		}],
	];
	return [...ofGuest, ...ofTeacher, ...recordings, ...ofPupil];
};
