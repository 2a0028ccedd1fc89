// SPDX-License-Identifier: Apache-2.0
// The conversation with the media server: requests and answers by id, notices, and coming back with a new pass after a loss.
//
// Coming back: at once, then full jitter up to 8 s; at once again when the network is back. How long it lasts is up to the person who waits.
import { Offline, Refusal } from '../api/errors.ts';
import { MediaError, type EndReason, type Passes } from './engine.ts';
import type { NoticeName, Notices } from './room.ts';

const ANSWER_MS = 10_000;
const CONNECT_MS = 10_000;
const PROBE_MS = 3_000;
const FIRST_MS = 300;
const LONGEST_MS = 8_000;
/** After so long a connection's earlier failures are forgotten. */
const HEALTHY_MS = 10_000;
/** So many refused passes in a row are no chance. */
const BAD_PASSES = 3;

/** The codes with which the server closes; any other is a loss. */
const CLOSED = { badPass: 4401, removed: 4403, replaced: 4409, ended: 4410, restarting: 4503 };

export interface SignalEvents {
	/** The first thing of each connection is `welcome`. */
	notice<N extends NoticeName>(name: N, data: Notices[N]): void;
	/** The connection is gone, another is being made. */
	lost(): void;
	over(reason: EndReason, message: string | undefined): void;
}

interface Waiting {
	resolve(data: unknown): void;
	reject(error: Error): void;
	timer: ReturnType<typeof setTimeout>;
}

/** The part of a WebSocket that is used. */
export interface Wire {
	send(text: string): void;
	close(code?: number): void;
	onmessage: ((event: { data: unknown }) => void) | null;
	onclose: ((event: { code: number }) => void) | null;
}

export class Signal {
	readonly #passes: Passes;
	readonly #events: SignalEvents;
	readonly #open: (url: string) => Wire;
	readonly #waiting = new Map<number, Waiting>();
	#wire: Wire | undefined;
	#welcomed = false;
	#wanted = false;
	#asking = false;
	#failures = 0;
	#badPasses = 0;
	#nextId = 1;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#limit: ReturnType<typeof setTimeout> | undefined;
	#health: ReturnType<typeof setTimeout> | undefined;

	constructor(passes: Passes, events: SignalEvents, open: (url: string) => Wire = (url) => new WebSocket(url) as Wire) {
		this.#passes = passes;
		this.#events = events;
		this.#open = open;
	}

	get live(): boolean {
		return this.#welcomed;
	}

	start(): void {
		if (this.#wanted) return;
		this.#wanted = true;
		void this.#connect();
	}

	stop(): void {
		this.#wanted = false;
		clearTimeout(this.#retry);
		this.#drop(1000);
	}

	/** No more waiting: the network is back. */
	hurry(): void {
		if (!this.#wanted || this.#wire || this.#asking) return;
		clearTimeout(this.#retry);
		void this.#connect();
	}

	/** After a sleep, or on another network, a connection may be dead without a word. */
	probe(): void {
		const wire = this.#wire;
		if (wire && this.#welcomed) this.request('stats', {}, PROBE_MS).catch((error: unknown) => error instanceof Offline && wire === this.#wire && this.#closed(wire, 0));
	}

	/** What was begun on this connection cannot be finished: another one. */
	restart(): void {
		if (this.#wire) this.#closed(this.#wire, 0);
	}

	request(method: string, data: object, limitMs = ANSWER_MS): Promise<unknown> {
		const wire = this.#wire;
		if (!wire || !this.#welcomed) return Promise.reject(new Offline('not connected'));
		return new Promise((resolve, reject) => {
			const id = this.#nextId++;
			const timer = setTimeout(() => {
				this.#waiting.delete(id);
				reject(new Offline(`no answer to ${method}`));
			}, limitMs);
			this.#waiting.set(id, { resolve, reject, timer });
			wire.send(JSON.stringify({ id, method, data }));
		});
	}

	/** A request whose failure repairs itself: by the next one, or by rejoining. */
	tell(method: string, data: object): void {
		this.request(method, data).catch(() => undefined);
	}

	async #connect(): Promise<void> {
		this.#asking = true;
		let url: string;
		try {
			url = (await this.#passes()).url;
		} catch (error) {
			this.#asking = false;
			if (!this.#wanted) return;
			if (error instanceof Refusal && !error.passing) return this.#finish('refused', error.message);
			return this.#again();
		}
		this.#asking = false;
		if (!this.#wanted) return;
		const wire = this.#open(url);
		this.#wire = wire;
		this.#limit = setTimeout(() => this.#closed(wire, 0), CONNECT_MS);
		wire.onmessage = ({ data }) => {
			if (wire === this.#wire && typeof data === 'string') this.#received(data);
		};
		wire.onclose = ({ code }) => this.#closed(wire, code);
	}

	#received(text: string): void {
		let frame: Record<string, unknown>;
		try {
			frame = JSON.parse(text) as Record<string, unknown>;
		} catch {
			return; // not of this protocol
		}
		if (typeof frame['id'] === 'number') {
			const waiting = this.#waiting.get(frame['id']);
			if (!waiting) return;
			this.#waiting.delete(frame['id']);
			clearTimeout(waiting.timer);
			const error = frame['error'] as { code?: string; message?: string } | undefined;
			if (frame['ok'] === false) waiting.reject(new MediaError(error?.code ?? 'unknown', error?.message ?? ''));
			else waiting.resolve(frame['data'] ?? {});
			return;
		}
		if (typeof frame['event'] !== 'string') return;
		if (frame['event'] === 'welcome') {
			clearTimeout(this.#limit);
			this.#welcomed = true;
			this.#badPasses = 0;
			this.#health = setTimeout(() => (this.#failures = 0), HEALTHY_MS);
		}
		this.#events.notice(frame['event'] as NoticeName, (frame['data'] ?? {}) as Notices[NoticeName]);
	}

	#drop(code: number): void {
		const wire = this.#wire;
		this.#wire = undefined;
		this.#welcomed = false;
		clearTimeout(this.#limit);
		clearTimeout(this.#health);
		if (wire) {
			wire.onmessage = wire.onclose = null;
			if (code) wire.close(code);
			else wire.close();
		}
		for (const { timer, reject } of this.#waiting.values()) {
			clearTimeout(timer);
			reject(new Offline('the connection was lost'));
		}
		this.#waiting.clear();
	}

	#closed(wire: Wire, code: number): void {
		if (wire !== this.#wire) return;
		this.#drop(0);
		if (!this.#wanted) return;
		if (code === CLOSED.ended) return this.#finish('ended', undefined);
		if (code === CLOSED.removed) return this.#finish('removed', undefined);
		if (code === CLOSED.replaced) return this.#finish('replaced', undefined);
		if (code === CLOSED.badPass && ++this.#badPasses >= BAD_PASSES) return this.#finish('refused', undefined);
		this.#events.lost();
		this.#again();
	}

	#again(): void {
		const top = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
		const delay = this.#failures === 0 ? 0 : FIRST_MS + Math.random() * (top - FIRST_MS);
		this.#failures += 1;
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => void this.#connect(), delay);
	}

	#finish(reason: EndReason, message: string | undefined): void {
		this.#wanted = false;
		clearTimeout(this.#retry);
		this.#drop(1000);
		this.#events.over(reason, message);
	}
}
