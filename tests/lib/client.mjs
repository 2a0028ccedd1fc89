// SPDX-License-Identifier: Apache-2.0
// One person's client: a cookie jar over HTTP, and sockets. Everything passes the recorder of contract.mjs.
import http from 'node:http';
import https from 'node:https';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import WebSocket from 'ws';
import { recordAnswer, recordEvent, recordFrame } from './contract.mjs';

export const newId = () => randomBytes(16).toString('hex');

/** The server refused; `code` says why. */
export class Refused extends Error {
	constructor(command, error, status) {
		super(`${command}: ${error.code}${error.field ? ` (${error.field})` : ''}: ${error.message}`);
		this.code = error.code;
		this.field = error.field;
		this.status = status;
		this.retryAfter = error.retry_after_s;
	}
}

let addresses = 0;

export class Client {
	constructor(server, { address } = {}) {
		this.server = server;
		// Caps count by address: everybody has one of his own.
		addresses += 1;
		this.address = address ?? `127.${1 + (process.pid % 200)}.${Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
		this.cookies = new Map();
		this.agent = new (server.tls ? https : http).Agent({ keepAlive: true, maxSockets: 8 });
		this.person = undefined;
		server.clients.add(this);
	}

	get cookie() {
		return [...this.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
	}

	/** Any HTTP request: {status, headers, body (bytes)}. */
	request(method, path, { headers = {}, body, agent = this.agent } = {}) {
		const { server } = this;
		return new Promise((resolve, reject) => {
			const all = { Host: server.host, ...(this.cookies.size ? { Cookie: this.cookie } : {}), ...headers };
			for (const key of Object.keys(all)) if (all[key] === undefined) delete all[key];
			const options = { host: '127.0.0.1', port: server.port, method, path, headers: all, agent, localAddress: this.address, rejectUnauthorized: false };
			const request = (server.tls ? https : http).request(options, (answer) => {
				const parts = [];
				answer.on('data', (part) => parts.push(part));
				answer.on('error', reject);
				answer.on('end', () => {
					for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line);
					resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) });
				});
			});
			request.on('error', reject);
			request.end(body);
		});
	}

	#keep(line) {
		const [pair] = line.split(';');
		const at = pair.indexOf('=');
		const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
		if (value) this.cookies.set(key, value);
		else this.cookies.delete(key);
	}

	/** A command as bytes: {status, headers, result or error}. */
	async post(command, body, { headers = {}, params } = {}) {
		const answer = await this.request('POST', `/api/v1/${command}`, {
			headers: { 'Content-Type': 'application/json', 'X-Zvonok': '1', Origin: this.server.origin, ...headers },
			body,
		});
		const json = JSON.parse(answer.body.toString('utf8'));
		const out = { ...answer, ...(answer.status === 200 ? { result: json } : { error: json.error }) };
		recordAnswer({ command, params, status: answer.status, result: out.result, error: out.error });
		return out;
	}

	/** {status, result or error}. */
	try(command, params = {}) {
		return this.post(command, JSON.stringify(params), { params });
	}

	async call(command, params = {}) {
		const answer = await this.try(command, params);
		if (answer.error) throw new Refused(command, answer.error, answer.status);
		return answer.result;
	}

	socket(options = {}) {
		return Socket.open(this, options);
	}

	close() {
		this.agent.destroy();
	}
}

/** A socket of a signed-in person that keeps all that it hears and checks that no event is lost, doubled or unasked for. */
export class Socket extends EventEmitter {
	static async open(client, { lang = 'ru', deflate = true, headers = {}, hear } = {}) {
		const socket = new Socket();
		socket.client = client;
		socket.hearer = hear;
		socket.events = [];
		socket.frames = [];
		socket.signals = [];
		socket.faults = [];
		socket.heads = new Map();
		socket.told = new Map();
		socket.calls = new Map();
		socket.nextId = 1;
		socket.closed = new Promise((resolve) => (socket.tellClosed = resolve));
		const { server } = client;
		const ws = new WebSocket(`${server.tls ? 'wss' : 'ws'}://${server.host}/api/v1/socket?lang=${lang}`, {
			perMessageDeflate: deflate ? { clientNoContextTakeover: true, serverNoContextTakeover: true } : false,
			headers: { Origin: server.origin, ...(client.cookies.size ? { Cookie: client.cookie } : {}), ...headers },
			rejectUnauthorized: false,
			localAddress: client.address,
		});
		socket.ws = ws;
		await new Promise((resolve, reject) => {
			ws.on('error', reject);
			ws.on('unexpected-response', (_request, answer) => reject(Object.assign(new Error(`no upgrade: ${answer.statusCode}`), { status: answer.statusCode })));
			ws.on('close', (code, reason) => {
				socket.closeCode = code;
				for (const { reject: fail, command } of socket.calls.values()) fail(Object.assign(new Error(`${command}: the socket closed (${code})`), { closed: code }));
				socket.calls.clear();
				socket.tellClosed(code);
				socket.emit('closed', code);
				reject(Object.assign(new Error(`closed: ${code} ${reason}`), { closed: code }));
			});
			ws.on('message', (data, binary) => {
				try {
					if (binary) throw new Error('a binary message');
					socket.#hear(JSON.parse(data.toString('utf8')), resolve);
				} catch (error) {
					socket.faults.push(error);
				}
			});
		});
		return socket;
	}

	#hear(frame, welcomed) {
		this.frames.push(frame);
		if (!('id' in frame)) this.hearer?.(frame);
		if ('id' in frame) {
			const call = this.calls.get(frame.id);
			this.calls.delete(frame.id);
			if (!call) return this.emit('answer', frame);
			const { command, params } = call;
			recordAnswer({ command, params, result: frame.result, error: frame.error });
			if (frame.error) call.reject(new Refused(command, frame.error));
			else call.resolve(frame.result);
			return undefined;
		}
		if (frame.type) {
			recordEvent(frame);
			const head = this.heads.get(frame.stream);
			if (head === undefined) throw new Error(`an event of ${frame.stream}, which is not followed`);
			// A head may be read between an event's commit and its delivery: the event comes all the same, and is known already.
			if (frame.seq <= this.told.get(frame.stream)) return undefined;
			if (frame.seq !== head + 1) throw new Error(`${frame.stream}: ${frame.seq} behind ${head}`);
			this.heads.set(frame.stream, frame.seq);
			this.events.push(frame);
			return this.emit('event', frame);
		}
		recordFrame(frame);
		if (frame.welcome) {
			this.welcome = frame.welcome;
			for (const { stream, head } of frame.welcome.heads) this.#follow(stream, head);
			welcomed();
		}
		if (frame.follow) this.#follow(frame.follow.stream, frame.follow.head);
		if (frame.unfollow) this.heads.delete(frame.unfollow.stream);
		if (frame.signal) this.signals.push(frame);
		return this.emit('frame', frame);
	}

	#follow(stream, head) {
		this.heads.set(stream, head);
		this.told.set(stream, head);
	}

	call(command, params = {}) {
		return new Promise((resolve, reject) => {
			if (this.closeCode !== undefined) {
				reject(Object.assign(new Error(`${command}: the socket is closed (${this.closeCode})`), { closed: this.closeCode }));
				return;
			}
			const id = this.nextId++;
			this.calls.set(id, { command, params, resolve, reject });
			this.ws.send(JSON.stringify({ id, command, params }));
		});
	}

	/** {result} or {error}, as over HTTP. */
	async try(command, params = {}) {
		try {
			return { result: await this.call(command, params) };
		} catch (error) {
			if (error instanceof Refused) return { error };
			throw error;
		}
	}

	/** A raw frame; the answer with `id`. */
	raw(text, id) {
		return new Promise((resolve, reject) => {
			const onAnswer = (frame) => {
				if (frame.id !== id) return;
				this.off('answer', onAnswer);
				resolve(frame);
			};
			this.on('answer', onAnswer);
			this.closed.then((code) => reject(Object.assign(new Error(`closed ${code}`), { closed: code })));
			this.ws.send(text);
		});
	}

	/** The first event that fits, heard already or to come. */
	event(fits, timeoutMs = 5000) {
		const found = this.events.find(fits);
		if (found) return Promise.resolve(found);
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.off('event', on);
				reject(new Error(`no such event came; the last were ${JSON.stringify(this.events.slice(-3))}; faults: ${this.faults.join('; ')}`));
			}, timeoutMs);
			const on = (event) => {
				if (!fits(event)) return;
				clearTimeout(timer);
				this.off('event', on);
				resolve(event);
			};
			this.on('event', on);
		});
	}

	/** An answer behind everything that was sent before. */
	async settle() {
		await this.call('session_list');
	}

	async close() {
		this.ws.close();
		await this.closed;
		if (this.faults.length) throw this.faults[0];
	}

	cut() {
		this.ws.terminate();
		return this.closed;
	}
}
