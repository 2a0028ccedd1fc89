// SPDX-License-Identifier: Apache-2.0
// Bad ways between browsers and the server, made by the test: a relay of datagrams that loses, narrows, falls silent or moves to other ports, and one of
// connections that breaks them, or holds them without a word.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { come, pause, until } from './calls.mjs';

const made = new Set();
export const closeWays = () => made.forEach((one) => one.close());

/** The same numbers in each run. */
function chance(seed) {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** One direction: the share that is lost, milliseconds, bits a second, and what the narrow place keeps (ms). */
class Way {
	counts = { packets: 0, lost: 0, late: 0 };
	#free = 0; // when the narrow place has sent all it has
	#chance = chance(7);

	constructor(rules) {
		this.rules = rules;
	}

	pass(bytes, send) {
		const { loss = 0, delay = 0, rate = 0, queue = 400 } = this.rules;
		this.counts.packets++;
		if (loss && this.#chance() < loss) return void this.counts.lost++;
		if (!rate && !delay) return send();
		const now = performance.now();
		let at = now;
		if (rate) {
			at = Math.max(now, this.#free);
			if (at - now > queue) return void this.counts.late++;
			at = this.#free = at + ((bytes.length + 28) * 8000) / rate;
		}
		setTimeout(send, at - now + delay);
	}
}

/** UDP between browsers and the media process; each of a browser's sockets has one of its own towards the process. */
export class UdpRelay {
	#in;
	#out = new Map(); // by the browser's port
	#dead = new Set();
	#target;
	up = new Way({});
	down = new Way({});
	deaf = false;

	static async start(target) {
		const relay = new UdpRelay();
		relay.#target = target;
		relay.#in = createSocket('udp4').bind(0, '127.0.0.1');
		await once(relay.#in, 'listening');
		relay.port = relay.#in.address().port;
		relay.#in.on('message', (bytes, { port }) => {
			if (relay.deaf || relay.#dead.has(port)) return;
			const out = relay.#to(port);
			relay.up.pass(bytes, () => relay.deaf || relay.#send(out, bytes, target));
		});
		made.add(relay);
		return relay;
	}

	#to(port) {
		let out = this.#out.get(port);
		if (!out) {
			out = createSocket('udp4').bind(0, '127.0.0.1');
			out.on('message', (bytes) => this.deaf || this.#dead.has(port) || this.down.pass(bytes, () => this.deaf || this.#send(this.#in, bytes, port)));
			this.#out.set(port, out);
		}
		return out;
	}

	#send(socket, bytes, port) {
		if (made.has(this)) socket.send(bytes, port, '127.0.0.1', () => undefined); // one that was closed meanwhile
	}

	/** Of both directions. */
	set rules(rules) {
		this.up.rules = this.down.rules = rules;
	}

	/** The addresses that the browser had are gone; others of its own would do. */
	cut() {
		for (const port of this.#out.keys()) this.#dead.add(port);
		return this.ports;
	}

	get ports() {
		return this.#out.size;
	}

	/** A router on the way forgets: what comes now comes from elsewhere. */
	rebind() {
		for (const out of this.#out.values()) out.close();
		this.#out.clear();
	}

	close() {
		if (!made.delete(this)) return;
		this.#in.close();
		for (const out of this.#out.values()) out.close();
	}
}

/** Connections between browsers and the server. */
export class TcpRelay {
	#server;
	#pairs = new Set();
	/** New ones are taken and go nowhere. */
	holds = false;

	static async start(target) {
		const relay = new TcpRelay();
		relay.#server = createServer((ours) => relay.#take(ours, target)).listen(0, '127.0.0.1');
		await once(relay.#server, 'listening');
		relay.origin = `http://127.0.0.1:${relay.#server.address().port}`;
		made.add(relay);
		return relay;
	}

	#take(ours, target) {
		const theirs = connect(target, '127.0.0.1');
		const pair = { ours, theirs };
		this.#pairs.add(pair);
		for (const [one, other] of [[ours, theirs], [theirs, ours]]) {
			one.setNoDelay(true);
			one.on('data', (bytes) => other.write(bytes));
			one.on('end', () => other.end());
			one.on('error', () => other.destroy());
			one.on('close', () => {
				other.destroy();
				this.#pairs.delete(pair);
			});
		}
		if (this.holds) this.#stop(pair);
	}

	#stop({ ours, theirs }) {
		ours.pause();
		theirs.pause();
	}

	reset() {
		for (const { ours, theirs } of this.#pairs) {
			ours.resetAndDestroy();
			theirs.resetAndDestroy();
		}
	}

	/** Not a byte goes through those that are there, and nobody is told. */
	hold() {
		for (const pair of this.#pairs) this.#stop(pair);
	}

	release() {
		this.holds = false;
		for (const { ours, theirs } of this.#pairs) {
			ours.resume();
			theirs.resume();
		}
	}

	close() {
		if (!made.delete(this)) return;
		this.#server.close();
		this.reset();
	}
}

/** Sends a page's UDP through a relay, and lets it have no other way unless that is deaf. held: where the relay is put. */
export const through = (held, { deaf = false } = {}) => async (page) => {
	await page.routeWebSocket(/\/api\/v1\/media\?/, (socket) => {
		const up = socket.connectToServer();
		held.asked = [];
		held.told = [];
		const waiting = new Map();
		/** A request of the test's own on the page's connection. */
		held.ask = (method, data = {}) => new Promise((resolve) => {
			const id = 1e9 + waiting.size;
			waiting.set(id, resolve);
			up.send(JSON.stringify({ id, method, data }));
		});
		socket.onMessage((text) => {
			held.asked.push({ at: performance.now(), ...JSON.parse(text) });
			up.send(text);
		});
		up.onMessage(async (text) => {
			const frame = JSON.parse(text);
			if (frame.event) held.told.push({ at: performance.now(), ...frame });
			if (waiting.has(frame.id)) return waiting.get(frame.id)(frame.data);
			const candidates = frame.data?.iceCandidates;
			if (candidates && !deaf) frame.data.iceCandidates = candidates.filter((one) => one.protocol === 'udp');
			for (const candidate of candidates ?? []) {
				if (candidate.protocol !== 'udp') continue;
				held.relay ??= await UdpRelay.start(candidate.port);
				held.relay.deaf = deaf;
				candidate.port = held.relay.port;
			}
			socket.send(JSON.stringify(frame));
		});
	});
};

/** Milliseconds from now, when the way was lost, until pictures are decoded again one after the other, and packets come. What had come before and waits to be shown
 *  does not count. */
export async function back(one, limit) {
	const started = performance.now();
	await one.page.evaluate(() => performance.mark('call: cut'));
	const total = async () => (await come(one)).filter(({ kind }) => kind === 'video').reduce((sum, { packets, frames }) => ({ packets: sum.packets + packets, frames: sum.frames + frames }), { packets: 0, frames: 0 });
	await pause(500);
	let last = await total();
	const run = { packets: 0, frames: 0 };
	const since = {};
	const took = {};
	await until(`${one.name}: pictures are back`, async () => {
		const asked = performance.now();
		const now = await total();
		for (const what of ['packets', 'frames']) {
			run[what] = now[what] > last[what] ? run[what] + 1 : 0;
			if (run[what] === 1) since[what] = asked;
			if (run[what] >= 3) took[what] ??= Math.round(since[what] - started);
		}
		last = now;
		return { ok: took.packets !== undefined && took.frames !== undefined, now };
	}, limit, 100);
	return { ms: took.frames, packets: took.packets };
}

/** The browser's own marks since the way was lost, by milliseconds. */
export const marks = (one) =>
	one.page.evaluate(() => {
		const all = performance.getEntriesByType('mark').filter(({ name }) => name.startsWith('call: '));
		const from = all.findLast(({ name }) => name === 'call: cut')?.startTime ?? 0;
		return all.filter(({ startTime }) => startTime > from).map(({ name, startTime }) => `${name.slice(6)} ${Math.round(startTime - from)}`).join(', ');
	});

/** What repair made of the holes, of all video that is received. */
export const repair = (one) =>
	one.page.evaluate(async () => {
		const sum = { packets: 0, lost: 0, resent: 0, nacks: 0, plis: 0, freezes: 0, dropped: 0, frames: 0, whole: 0, keys: 0, shown: 0 };
		for (const connection of globalThis.connections) {
			if (connection.connectionState === 'closed') continue;
			for (const row of (await connection.getStats()).values()) {
				const add = (key, value) => (sum[key] += value ?? 0);
				if (row.type === 'outbound-rtp' && row.kind === 'video') add('shown', row.framesSent);
				if (row.type !== 'inbound-rtp' || row.kind !== 'video') continue;
				add('packets', row.packetsReceived);
				add('lost', row.packetsLost);
				add('resent', row.retransmittedPacketsReceived);
				add('nacks', row.nackCount);
				add('plis', row.pliCount);
				add('freezes', row.freezeCount);
				add('dropped', row.framesDropped);
				add('frames', row.framesDecoded);
				add('whole', row.framesReceived);
				add('keys', row.keyFramesDecoded);
			}
		}
		return sum;
	});

export const since = (now, before) => Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - before[key]]));

/** Of the voices that are received: samples, and those that were made up where there was sound to be heard. */
export const sound = (one) =>
	one.page.evaluate(async () => {
		const sum = { samples: 0, concealed: 0, events: 0, lost: 0, energy: 0 };
		for (const connection of globalThis.connections) {
			if (connection.connectionState === 'closed') continue;
			for (const row of (await connection.getStats()).values()) {
				if (row.type !== 'inbound-rtp' || row.kind !== 'audio') continue;
				sum.samples += row.totalSamplesReceived ?? 0;
				sum.concealed += (row.concealedSamples ?? 0) - (row.silentConcealedSamples ?? 0);
				sum.events += row.concealmentEvents ?? 0;
				sum.lost += row.packetsLost ?? 0;
				sum.energy += row.totalAudioEnergy ?? 0;
			}
		}
		return sum;
	});
