// SPDX-License-Identifier: Apache-2.0
// The front's part of a call without a front: `zvonok media` with the test at the other end of its channel, and a socket for each browser.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { WebSocketServer } from '../../node_modules/ws/wrapper.mjs';
import { PROGRAM } from '../../lib/server.mjs';

const EVERYTHING = { audio: true, video: true, screen: true };

export class Relay {
	#buffer = Buffer.alloc(0);
	#sockets = new Map();
	#session = 0;
	messages = [];
	kicked = [];

	/** page: the text of the script that browsers load. */
	static async start(page) {
		const relay = new Relay();
		relay.process = spawn(PROGRAM, ['media', '0', '0', '0', '127.0.0.1'], { stdio: ['ignore', 'inherit', 'pipe', 'pipe'] });
		relay.log = '';
		relay.process.stderr.on('data', (bytes) => (relay.log += bytes));
		relay.ended = once(relay.process, 'exit');
		relay.channel = relay.process.stdio[3];
		relay.channel.on('data', (bytes) => relay.#read(bytes));
		relay.http = createServer((request, response) => {
			const script = request.url === '/page.js';
			response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
			response.end(script ? page : '<!doctype html><title>call</title><script type="module" src="/page.js"></script>');
		}).listen(0, '127.0.0.1');
		await once(relay.http, 'listening');
		relay.sockets = new WebSocketServer({ server: relay.http });
		relay.sockets.on('connection', (socket, request) => relay.#join(socket, new URL(request.url, 'http://x').searchParams));
		relay.origin = `http://127.0.0.1:${relay.http.address().port}`;
		await relay.told('ready');
		return relay;
	}

	#join(socket, query) {
		const session = ++this.#session;
		this.#sockets.set(session, socket);
		this.send({ m: 'admit', room: query.get('room'), session, participant: Number(query.get('participant')), rights: EVERYTHING });
		socket.on('message', (text) => this.send({ m: 'text', session, text: String(text) }));
		socket.on('close', () => this.#sockets.delete(session) && this.send({ m: 'gone', session }));
	}

	send(message) {
		if (this.channel.writableEnded) return; // the socket of a browser that closes while we stop
		const json = Buffer.from(JSON.stringify(message));
		const head = Buffer.alloc(5);
		head.writeUInt32BE(json.length);
		this.channel.write(Buffer.concat([head, json]));
	}

	#read(bytes) {
		this.#buffer = Buffer.concat([this.#buffer, bytes]);
		while (this.#buffer.length >= 5 && this.#buffer.length >= 5 + this.#buffer.readUInt32BE(0)) {
			const n = this.#buffer.readUInt32BE(0);
			const message = JSON.parse(this.#buffer.subarray(5, 5 + n));
			this.#buffer = this.#buffer.subarray(5 + n);
			if (message.m === 'text') this.#sockets.get(message.session)?.send(message.text);
			else {
				if (message.m === 'kick') this.#sockets.get(message.session)?.close(message.code);
				this.messages.push(message);
			}
		}
	}

	/** The newest message of this kind; waits for the first. */
	async told(kind, timeoutMs = 20_000) {
		for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
			const found = this.messages.findLast(({ m }) => m === kind);
			if (found) return found;
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		throw new Error(`the media process did not say ${kind}:\n${this.log}`);
	}

	async stop() {
		for (const socket of this.#sockets.values()) socket.terminate();
		this.http.close();
		this.channel.end();
		const [code, signal] = await this.ended;
		return { code, signal };
	}
}
