// SPDX-License-Identifier: Apache-2.0
// The WebSocket: commands and answers by id, frames from the server, coming back after a loss.
//
// Coming back: full jitter between 0.5 and 30 s, growing with failures in a row; at once when the browser says that the network
// is back or the page becomes visible; forgotten after a minute of health. Browsers do not show pings, so a connection that
// said nothing for a minute is asked something cheap.
import { Offline, Refusal } from './errors.ts';
import type { WireError } from './types.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const HEALTHY_MS = 60_000;
const SILENCE_MS = 60_000;
const PROBE_MS = 10_000;
const ANSWER_MS = 20_000;
const CONNECT_MS = 15_000;

export type Phase = 'closed' | 'connecting' | 'open' | 'waiting';

export interface SocketEvents {
	/** Any frame that is not an answer. */
	frame(frame: Record<string, unknown>): void;
	phase(phase: Phase, retryAt: number | undefined): void;
	/** The server ended the session, or there is none. */
	signedOut(): void;
}

interface Waiting {
	resolve(result: unknown): void;
	reject(error: Error): void;
	timer: ReturnType<typeof setTimeout>;
}

export class Socket {
	readonly #url: () => string;
	readonly #events: SocketEvents;
	#ws: WebSocket | undefined;
	#welcomed = false;
	#wanted = false;
	#failures = 0;
	#nextId = 1;
	readonly #waiting = new Map<number, Waiting>();
	#retry: ReturnType<typeof setTimeout> | undefined;
	#health: ReturnType<typeof setTimeout> | undefined;
	#silence: ReturnType<typeof setTimeout> | undefined;
	#connectLimit: ReturnType<typeof setTimeout> | undefined;

	constructor(url: () => string, events: SocketEvents) {
		this.#url = url;
		this.#events = events;
	}

	/** Commands may go through it: the server has said its welcome. */
	get open(): boolean {
		return this.#welcomed && this.#ws?.readyState === WebSocket.OPEN;
	}

	start(): void {
		if (this.#wanted) return;
		this.#wanted = true;
		this.#connect();
	}

	stop(): void {
		this.#wanted = false;
		clearTimeout(this.#retry);
		this.#drop(1000);
		this.#events.phase('closed', undefined);
	}

	/** The network is back or somebody looks at the page: no more waiting. */
	hurry(): void {
		if (!this.#wanted || this.#ws) return;
		clearTimeout(this.#retry);
		this.#connect();
	}

	/** The network is gone: what seems open may be dead. */
	suspect(): void {
		if (this.open) this.#probe();
	}

	command(command: string, params: unknown): Promise<unknown> {
		const ws = this.#ws;
		if (!ws || !this.open) return Promise.reject(new Offline('the socket is not open'));
		return new Promise((resolve, reject) => {
			const id = this.#nextId++;
			const timer = setTimeout(() => {
				this.#waiting.delete(id);
				reject(new Offline('no answer in time'));
			}, ANSWER_MS);
			this.#waiting.set(id, { resolve, reject, timer });
			ws.send(JSON.stringify({ id, command, params }));
		});
	}

	#connect(): void {
		const ws = new WebSocket(this.#url());
		this.#ws = ws;
		this.#events.phase('connecting', undefined);
		this.#connectLimit = setTimeout(() => this.#lost(ws, 0), CONNECT_MS);
		ws.onmessage = (event) => {
			if (ws === this.#ws && typeof event.data === 'string') this.#received(event.data);
		};
		ws.onclose = (event) => this.#lost(ws, event.code);
	}

	#received(text: string): void {
		this.#listen();
		let frame: Record<string, unknown>;
		try {
			frame = JSON.parse(text) as Record<string, unknown>;
		} catch {
			return; // not of this protocol; the next gap repairs what it may have been
		}
		if (typeof frame['id'] === 'number') {
			const waiting = this.#waiting.get(frame['id']);
			if (!waiting) return;
			this.#waiting.delete(frame['id']);
			clearTimeout(waiting.timer);
			if ('error' in frame) waiting.reject(new Refusal(frame['error'] as WireError));
			else waiting.resolve(frame['result']);
			return;
		}
		if ('welcome' in frame) {
			this.#welcomed = true;
			clearTimeout(this.#connectLimit);
			this.#health = setTimeout(() => (this.#failures = 0), HEALTHY_MS);
			this.#events.phase('open', undefined);
		}
		this.#events.frame(frame);
	}

	#listen(): void {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => this.#probe(), SILENCE_MS);
	}

	#probe(): void {
		const ws = this.#ws;
		if (!ws || !this.open) return;
		clearTimeout(this.#silence);
		// Anything heard sets the timer anew; nothing heard for so long and the connection is given up.
		this.#silence = setTimeout(() => this.#lost(ws, 0), PROBE_MS);
		this.command('session_list', {}).catch(() => undefined);
	}

	#drop(code: number): void {
		const ws = this.#ws;
		this.#ws = undefined;
		this.#welcomed = false;
		clearTimeout(this.#health);
		clearTimeout(this.#silence);
		clearTimeout(this.#connectLimit);
		if (ws) {
			ws.onmessage = ws.onclose = null;
			if (code) ws.close(code);
			else ws.close();
		}
		for (const waiting of this.#waiting.values()) {
			clearTimeout(waiting.timer);
			waiting.reject(new Offline('the connection was lost'));
		}
		this.#waiting.clear();
	}

	#lost(ws: WebSocket, code: number): void {
		if (ws !== this.#ws) return;
		this.#drop(0);
		if (!this.#wanted) return;
		if (code === 4401 || code === 1008) {
			this.#wanted = false;
			this.#events.phase('closed', undefined);
			this.#events.signedOut();
			return;
		}
		const top = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures + 1, 10));
		const delay = FIRST_MS + Math.random() * (top - FIRST_MS);
		this.#failures += 1;
		this.#retry = setTimeout(() => this.#connect(), delay);
		this.#events.phase('waiting', Date.now() + delay);
	}
}
