// SPDX-License-Identifier: Apache-2.0
// Senders that behave like the client: an outbox in order, a client_id made before sending, the same one again after every failure.
import { newId, Socket } from './client.mjs';
import { sleep } from './server.mjs';

export class Sender {
	/** Posts to its chats until stopped; `acked` holds what the server called durable. */
	constructor(client, name, random) {
		this.client = client;
		this.name = name;
		this.random = random;
		this.count = 0;
		this.acked = [];
		this.refused = [];
		this.reconnects = 0;
	}

	start(chats, { window = 4 } = {}) {
		this.stopping = false;
		this.done = this.#run(chats, window);
		return this;
	}

	async stop() {
		this.stopping = true;
		await this.done;
	}

	async #run(chats, window) {
		// One line a chat: its messages leave in their order, as those of the outbox do.
		const lines = chats.map((chat) => ({ chat, queue: [] }));
		while (!this.stopping || lines.some(({ queue }) => queue.length)) {
			let socket;
			try {
				socket = await Socket.open(this.client);
				await Promise.all(lines.map((line) => this.#line(socket, line, window)));
				await socket.close();
			} catch (error) {
				if (error.name === 'Refused') this.refused.push(error);
				socket?.ws.terminate();
				this.reconnects += 1;
				await sleep(5 + this.random() * 20);
			}
		}
	}

	async #line(socket, line, window) {
		const sent = new Set();
		const waiting = [];
		for (;;) {
			while (!this.stopping && line.queue.length < window) {
				this.count += 1;
				line.queue.push({ id: newId(), text: `${this.name} ${line.chat} ${this.count}` });
			}
			// In flight together, in order: the server reads a socket's frames in order.
			for (const item of line.queue) {
				if (sent.has(item)) continue;
				sent.add(item);
				waiting.push(socket.call('message_post', { chat_id: line.chat, client_id: item.id, text: item.text }).then((result) => ({ item, result }), (error) => ({ item, error })));
			}
			if (waiting.length === 0) return;
			const { item, result, error } = await waiting.shift();
			if (error && error.code !== undefined) this.refused.push(error);
			if (error) throw error;
			this.acked.push({ chat: line.chat, id: item.id, text: item.text, seq: result.seq, number: result.number, at: performance.now() });
			line.queue.splice(line.queue.indexOf(item), 1);
		}
	}
}

/** mulberry32: a run is repeated by its seed. */
export function randomOf(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** All messages of a chat by message_list, oldest first. */
export async function history(client, chat) {
	const all = [];
	for (let after = 0; ;) {
		const page = await client.call('message_list', { chat_id: chat, after, limit: 100 });
		all.push(...page.messages);
		if (!page.more) return all;
		after = all.at(-1).seq;
	}
}

/** All events of a stream by events_since, oldest first. */
export async function eventsOf(client, stream, after = 0) {
	const all = [];
	for (let from = after; ;) {
		const page = await client.call('events_since', { stream, after: from, limit: 200 });
		all.push(...page.events);
		if (page.events.length === 0 || page.events.at(-1).seq >= page.head) return all;
		from = page.events.at(-1).seq;
	}
}
