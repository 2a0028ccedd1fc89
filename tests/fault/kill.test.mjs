// SPDX-License-Identifier: Apache-2.0
// kill -9 at random moments under load; afterwards every acknowledged message is there once and in order.
// KILLS=200 for the long run, SEED to repeat one.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { Client } from '../lib/client.mjs';
import { Sender, eventsOf, history, randomOf } from '../lib/load.mjs';
import { Server, sleep, temporaryFolder } from '../lib/server.mjs';
import { Organisation, claimOperator } from '../lib/world.mjs';
import { rmSync } from 'node:fs';

const KILLS = Number(process.env.KILLS ?? 30);
const SEED = Number(process.env.SEED ?? (Date.now() & 0xffffffff));
const CHATS = 6;
const SENDERS = 8;
const BACK_WITHIN_MS = 2000;

const data = temporaryFolder();
after(() => rmSync(data, { recursive: true, force: true }));

/** How long from the start of a new process until /healthz answers. */
async function listens(client, began) {
	for (;;) {
		try {
			const answer = await client.request('GET', '/healthz', { agent: false });
			if (answer.status === 200) return performance.now() - began;
		} catch {
			await sleep(2);
		}
		assert.ok(performance.now() - began < 30000, 'the server does not come back');
	}
}

test(`${KILLS} kills under load lose nothing that was acknowledged`, { timeout: 60000 + KILLS * 4000 }, async (t) => {
	t.diagnostic(`SEED=${SEED}`);
	const random = randomOf(SEED);
	let server = await Server.start({ data, args: ['--rate-limit', '0'] });
	const operator = await claimOperator(server);
	const org = await Organisation.create(server, operator);
	const units = await Promise.all(Array.from({ length: CHATS }, () => org.unit()));
	const chats = units.map((unit) => unit.chat_id);
	const people = await Promise.all(Array.from({ length: SENDERS }, () => org.person('teacher', units[0])));
	for (const person of people) for (const unit of units.slice(1)) await org.admin.call('unit_member_add', { unit_id: unit.id, person_id: person.person.id });

	const senders = people.map((person, i) => new Sender(person, `s${i}`, random).start(chats));
	const port = server.port;
	const probe = new Client(server);
	let slowest = 0;
	const backs = [];
	for (let i = 0; i < KILLS; i++) {
		await sleep(random() * random() * 400);
		await server.kill('SIGKILL');
		const began = performance.now();
		const starting = Server.start({ data, listen: `127.0.0.1:${port}`, args: ['--rate-limit', '0'] });
		const back = await Promise.race([listens(probe, began), starting.then(() => new Promise(() => {}))]);
		backs.push(back);
		slowest = Math.max(slowest, back);
		server = await starting;
		for (const client of [...people, probe, org.admin, operator]) {
			client.server = server;
			server.clients.add(client);
		}
	}
	await sleep(200);
	await Promise.all(senders.map((sender) => sender.stop()));

	const acked = senders.flatMap((sender) => sender.acked.map((item) => ({ ...item, sender })));
	let stored = 0;
	for (const chat of chats) {
		const messages = await history(people[0], chat);
		stored += messages.length;
		const byId = new Map();
		for (const message of messages) {
			const key = `${message.sender_id} ${message.client_id}`;
			assert.ok(!byId.has(key), `twice: ${key}`);
			byId.set(key, message);
		}
		for (const { sender, id, text, seq, number } of acked.filter((item) => item.chat === chat)) {
			const message = byId.get(`${sender.client.person.id} ${id}`);
			assert.ok(message, `acknowledged and lost: ${text}`);
			assert.deepEqual([message.text, message.seq, message.number], [text, seq, number]);
		}
		messages.forEach((message, i) => {
			assert.equal(message.number, i + 1);
			assert.ok(i === 0 || message.seq > messages[i - 1].seq);
		});
		for (const { name } of senders) {
			const mine = messages.filter(({ text }) => text.startsWith(`${name} `)).map(({ text }) => Number(text.split(' ')[2]));
			assert.deepEqual(mine, [...mine].sort((x, y) => x - y), `${name} in chat ${chat}: out of order`);
		}
		// Nothing but messages happened here since the first one: their seqs are dense to the head.
		messages.forEach(({ seq }, i) => assert.equal(seq, messages[0].seq + i, `c${chat}: the stream is not dense`));
		const snapshot = await people[0].call('chat_snapshot', { chat_id: chat });
		assert.equal(snapshot.chat.head, messages.at(-1).seq);
		const from = Math.max(messages[0].seq - 1, snapshot.chat.head - 900);
		const events = await eventsOf(people[0], `c${chat}`, from);
		assert.deepEqual(events.map(({ data: { message } }) => message), messages.filter(({ seq }) => seq > from));
		assert.equal(snapshot.chat.message_count, messages.length);
	}
	assert.equal(stored, acked.length, 'what is stored and what was acknowledged differ in number');
	for (const { refused } of senders) assert.deepEqual(refused.map(({ message }) => message), []);
	assert.ok(stored > KILLS * 5, `hardly any load: ${stored} messages`);
	backs.sort((x, y) => x - y);
	t.diagnostic(`${KILLS} kills, ${stored} messages, ${senders.reduce((n, { reconnects }) => n + reconnects, 0)} reconnections; ` +
		`listening again within ${slowest.toFixed(0)} ms at most, ${backs[backs.length >> 1].toFixed(0)} ms in the median`);
	assert.ok(slowest <= BACK_WITHIN_MS, `the slowest start took ${slowest.toFixed(0)} ms`);
	await server.stop();
});
