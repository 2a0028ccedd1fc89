// SPDX-License-Identifier: Apache-2.0
// The conversation with the media server: requests and answers by id, notices, and coming back with a new pass after a loss.
//
// Coming back: at once, then full jitter, up to 1 s while the loss is fresh, later up to 8 s; at once again when the network is back. How long it lasts is up to the person who
// waits. An attempt that hangs gives way to the next one, the sooner the fresher the loss.
import { Offline, Refusal } from '../api/errors.ts';
import { MediaError, type EndReason, type Passes } from './engine.ts';
import type { NoticeName, Notices } from './room.ts';

const ANSWER_MS = 10_000;
/** For a connection to say its welcome: the first attempt after a loss, and the longest (at the very beginning, and of later ones). */
const CONNECT_MS = { first: 2_000, longest: 10_000 };
const PROBE_MS = 1_000;
/** The same, when one did not answer in time shortly before. */
const PROBE_AGAIN_MS = 4_000;
const SHORTLY_MS = 60_000;
const FIRST_MS = 300;
const FRESH_MS = 15_000;
const FRESH_LONGEST_MS = 1_000;
const LONGEST_MS = 8_000;
/** After so long a connection's earlier failures are forgotten. */
const HEALTHY_MS = 10_000;
/** So many refused passes in a row are no chance. */
const BAD_PASSES = 3;
/** A pass that was carried for longer may have died on the way; the server lets it live for 30 s. */
const STALE_PASS_MS = 20_000;

const OPEN = 1;

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
	readonly readyState?: number;
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
	/** There was a welcome. */
	#been = false;
	#wanted = false;
	#asking = false;
	#failures = 0;
	#badPasses = 0;
	#passAt = 0;
	/** Since when there is no connection. */
	#lostAt = 0;
	#hungAt = -Infinity;
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
		this.#lostAt = performance.now();
		void this.#connect();
	}

	stop(): void {
		this.#wanted = false;
		clearTimeout(this.#retry);
		this.#drop(1000);
	}

	/** No more waiting: the network is back. */
	hurry(): void {
		this.#lostAt = performance.now();
		this.#failures = 0;
		if (!this.#wanted || this.#wire || this.#asking) return;
		clearTimeout(this.#retry);
		void this.#connect();
	}

	/** After a sleep, or on another network, a connection may be dead without a word: what is asked must be answered soon, or another one is made. */
	async urgent(method: string, data: object): Promise<unknown> {
		const wire = this.#wire;
		try {
			return await this.request(method, data, performance.now() - this.#hungAt < SHORTLY_MS ? PROBE_AGAIN_MS : PROBE_MS);
		} catch (error) {
			if (error instanceof Offline && wire && wire === this.#wire) {
				this.#hungAt = performance.now();
				this.#closed(wire, 0);
			}
			throw error;
		}
	}

	probe(): void {
		if (this.#welcomed) this.urgent('stats', {}).catch(() => undefined);
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
			// The server has closed it already: what is waited for fails at once when that is told, and a browser would only complain.
			if ((wire.readyState ?? OPEN) === OPEN) wire.send(JSON.stringify({ id, method, data }));
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
		this.#passAt = performance.now();
		const wire = this.#open(url);
		this.#wire = wire;
		const limit = this.#been ? Math.min(CONNECT_MS.longest, CONNECT_MS.first * 2 ** Math.max(0, this.#failures - 1)) : CONNECT_MS.longest;
		this.#limit = setTimeout(() => this.#closed(wire, 0), limit);
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
			this.#welcomed = this.#been = true;
			this.#badPasses = 0;
			this.#health = setTimeout(() => (this.#failures = 0), HEALTHY_MS);
		}
		this.#events.notice(frame['event'] as NoticeName, (frame['data'] ?? {}) as Notices[NoticeName]);
	}

	#drop(code: number): void {
		const wire = this.#wire;
		if (this.#welcomed) this.#lostAt = performance.now();
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
		const stale = performance.now() - this.#passAt > STALE_PASS_MS;
		if (code === CLOSED.badPass && !stale && ++this.#badPasses >= BAD_PASSES) return this.#finish('refused', undefined);
		this.#events.lost();
		this.#again();
	}

	#again(): void {
		const longest = performance.now() - this.#lostAt < FRESH_MS ? FRESH_LONGEST_MS : LONGEST_MS;
		const top = Math.min(longest, FIRST_MS * 2 ** this.#failures);
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
