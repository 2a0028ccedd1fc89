// SPDX-License-Identifier: Apache-2.0
// state(events applied to an old snapshot) == state(fresh snapshot): the client's own model against the real server, by random
// commands of several people with random cuts of their connections. COMMANDS and SEED choose another run.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { randomOf } from '../lib/load.mjs';
import { loadModel } from '../lib/model.mjs';
import { eventually, serverForFile } from '../lib/server.mjs';
import { buildWorld, newWord } from '../lib/world.mjs';

const COMMANDS = Number(process.env.COMMANDS ?? 400);
const SEED = Number(process.env.SEED ?? (Date.now() & 0xffffffff));
const random = randomOf(SEED);
const pick = (list) => list[Math.floor(random() * list.length)];
const { Replica, behind, fingerprint } = await loadModel();
const server = await serverForFile();

/** Where two values differ, as lines. */
function differences(mine, fresh, at = '') {
	if (JSON.stringify(mine) === JSON.stringify(fresh)) return [];
	if (mine === null || fresh === null || typeof mine !== 'object' || typeof fresh !== 'object') return [`${at}: by events ${JSON.stringify(mine)}, fresh ${JSON.stringify(fresh)}`];
	return [...new Set([...Object.keys(mine), ...Object.keys(fresh)])].flatMap((key) => differences(mine[key], fresh[key], `${at}.${key}`));
}

/** A person with a page open: connected or not, it keeps what it knows. */
class Page {
	constructor(client, name) {
		this.client = client;
		this.name = name;
		this.cuts = 0;
		this.replica = new Replica((command, params) => (this.socket ?? client).call(command, params), () => {});
	}

	async start() {
		await this.replica.load();
		await this.connect();
		for (const id of this.replica.world.chats.keys()) await this.replica.openChat(id);
	}

	async connect() {
		this.socket = await this.client.socket({ hear: (frame) => this.replica.frame(frame) });
	}

	async cut() {
		const { socket } = this;
		this.socket = undefined;
		this.cuts += 1;
		await socket.cut();
		assert.deepEqual(socket.faults, []);
	}

	/** Its state and a fresh one, as texts. */
	async compared() {
		const fresh = new Replica((command, params) => this.client.call(command, params), () => {});
		await fresh.load();
		const { world } = this.replica;
		const loaded = [...world.chats.values()].filter((chat) => chat.loaded && fresh.world.chats.has(chat.chat.id)).map(({ chat }) => chat.id);
		for (const id of loaded) await fresh.openChat(id);
		return [fingerprint(world, loaded), fingerprint(fresh.world, loaded), [...world.cursors.values()].every((cursor) => !behind(cursor))];
	}
}

test(`${COMMANDS} random commands: what pages know by events is what a fresh look says`, { timeout: 120000 }, async (t) => {
	t.diagnostic(`SEED=${SEED}`);
	const { a } = await buildWorld(server);
	const pages = ['admin', 'coadmin', 'head', 'lead', 'teacher', 'student', 'guardian'].map((name) => new Page(a[name], name));
	for (const page of pages) await page.start();
	const units = [a.first, a.second, a.staff];
	const calls = [];
	let refused = 0;
	const may = async (client, command, params) => {
		const { error } = await client.try(command, params);
		if (error) {
			refused += 1;
			assert.ok(['conflict', 'not_found', 'forbidden', 'invalid_field'].includes(error.code), `${command}: ${error.code}`);
		}
	};
	const movable = [a.lead, a.teacher, a.student, a.guardian];
	const actions = {
		post: [8, () => {
			const page = pick(pages);
			const chat = pick([...page.replica.world.chats.keys()]);
			return chat && may(page.client, 'message_post', { chat_id: chat, client_id: newId(), text: newWord() });
		}],
		read: [5, () => {
			const page = pick(pages);
			const chat = pick([...page.replica.world.chats.values()]);
			return chat && may(page.client, 'chat_read', { chat_id: chat.chat.id, seq: Math.floor(random() * (chat.chat.head + 2)) });
		}],
		rename: [1, () => may(a.admin, 'unit_rename', { unit_id: pick(units).id, name: newWord('Класс') })],
		create: [0.3, async () => units.push(await a.unit(pick(['class', 'group', 'circle'])))],
		archive: [0.4, async () => {
			const unit = pick(units.filter((one) => one !== a.first)); // into that one whoever left comes back
			await may(a.admin, 'unit_end', { org_id: a.id, unit_id: unit.id });
			if (random() < 0.8) await may(a.admin, 'unit_restore', { org_id: a.id, unit_id: unit.id });
		}],
		bind: [0.7, () => may(a.admin, random() < 0.6 ? 'guardian_bind' : 'guardian_unbind', { unit_id: pick(units).id, guardian_id: pick([a.guardian, a.teacher]).person.id, child_id: a.student.person.id })],
		lead: [0.7, () => may(a.admin, random() < 0.6 ? 'unit_lead_set' : 'unit_lead_unset', { unit_id: pick(units).id, person_id: pick([a.lead, a.teacher]).person.id })],
		add: [2, () => may(a.coadmin, 'unit_member_add', { unit_id: pick(units).id, person_id: pick(movable).person.id, ...(random() < 0.4 ? { lead: random() < 0.5 } : {}) })],
		remove: [1.5, () => may(a.admin, 'unit_member_remove', { unit_id: pick(units).id, person_id: pick(movable).person.id })],
		leave: [0.3, async () => {
			const person = pick(movable);
			const role = { [a.lead.person.id]: 'teacher', [a.teacher.person.id]: 'teacher', [a.student.person.id]: 'student', [a.guardian.person.id]: 'guardian' }[person.person.id];
			await may(a.admin, 'member_remove', { org_id: a.id, person_id: person.person.id });
			const { token } = await a.invite(role, role === 'teacher' ? undefined : a.first);
			await may(person, 'invite_accept', { token });
		}],
		invite: [0.5, () => may(a.admin, 'invite_create', { org_id: a.id, role: 'head' })],
		verify: [1, () => may(a.admin, 'verification_decide', { org_id: a.id, person_ids: [pick([a.lead, a.teacher]).person.id], confirm: random() < 0.5, reason: 'Проверка' })],
		rename_person: [0.7, async () => {
			const person = pick(movable);
			const asked = await person.try('name_change_request', { org_id: a.id, given_name: pick(['Инна', 'Анна']), family_name: newWord('Новая') });
			if (asked.result) await may(a.admin, 'name_change_decide', { org_id: a.id, request_id: asked.result.id, accept: random() < 0.8, reason: 'Проверка' });
		}],
		call: [1, async () => {
			const { result } = await pick([a.lead, a.teacher, a.admin]).try('call_start', { chat_id: pick(units).chat_id, kind: 'audio' });
			if (result) calls.push(result.id);
		}],
		hang_up: [0.7, () => calls.length > 0 && may(pick([a.lead, a.teacher, a.admin]), 'call_end', { call_id: pick(calls) })],
		claim: [0.5, () => may(pick([a.lead, a.teacher]), 'verification_submit', { org_id: a.id, position: newWord('учитель ') })],
		cut: [1.2, () => {
			const page = pick(pages.filter(({ socket }) => socket));
			return page?.cut();
		}],
		back: [2, () => pick(pages.filter(({ socket }) => !socket))?.connect()],
		open: [1, () => {
			const page = pick(pages.filter(({ socket }) => socket));
			const chat = page && pick([...page.replica.world.chats.values()].filter(({ loaded }) => !loaded));
			return chat && page.replica.openChat(chat.chat.id).catch((error) => assert.ok(error.closed ?? error.code === 'not_found', error));
		}],
	};
	const total = Object.values(actions).reduce((sum, [weight]) => sum + weight, 0);
	const one = () => {
		let at = random() * total;
		for (const [weight, run] of Object.values(actions)) {
			at -= weight;
			if (at < 0) return run();
		}
		return undefined;
	};
	for (let done = 0; done < COMMANDS; done += 40) {
		// Some at the same time, so that events and answers cross.
		for (let i = 0; i < 40; i += 4) await Promise.all([one(), one(), one(), one()]);
		for (const page of pages) if (!page.socket) await page.connect();
		for (const page of pages) {
			await page.socket.settle();
			let last;
			await eventually(async () => {
				last = await page.compared();
				return last[2] && last[0] === last[1];
			}, 5000).catch(() => assert.fail(`${page.name} after ${done + 40} commands (SEED=${SEED}):\n${differences(JSON.parse(last[0]), JSON.parse(last[1])).slice(0, 12).join('\n')}${last[2] ? '' : '\na gap is not filled'}`));
			assert.deepEqual(page.socket.faults, []);
		}
	}
	t.diagnostic(`${refused} refused, ${pages.reduce((sum, { cuts }) => sum + cuts, 0)} cuts, ${units.length} units`);
	assert.ok(refused < COMMANDS / 3, `${refused} of ${COMMANDS} were refused`);
	for (const page of pages) {
		page.replica.stop();
		await page.socket.close();
	}
});
