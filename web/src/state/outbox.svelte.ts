// SPDX-License-Identifier: Apache-2.0
// The outbox at work: what waits is shown in every tab, and one tab (whoever holds the lock) sends it, in order for each chat.
import { command, newClientId } from '../api/index.ts';
import { afterAttempt, backoffMs, nextToSend, outcomeOf, tryAgain, type Outcome, type OutboxItem } from '../model/outbox.ts';
import type { Store } from './store.ts';

export class Outbox {
	/** All that has not come back as a message yet, in order. */
	items = $state.raw<readonly OutboxItem[]>([]);
	/** Of `items`: those that the server has on disk; their messages are on the way here. */
	sent = $state.raw<ReadonlySet<string>>(new Set());

	readonly #store: Store;
	readonly #person: number;
	readonly #signedOut: () => void;
	readonly #channel: BroadcastChannel | undefined;
	readonly #stop = new AbortController();
	#wake: (() => void) | undefined;
	#woken = false;
	#failures = 0;
	#arrived: ReadonlySet<string> = new Set();

	constructor(store: Store, person: number, signedOut: () => void) {
		this.#store = store;
		this.#person = person;
		this.#signedOut = signedOut;
		if (typeof BroadcastChannel !== 'undefined') {
			this.#channel = new BroadcastChannel(`zvonok-outbox-${person}`);
			this.#channel.onmessage = (event: MessageEvent<{ sent?: string }>) => {
				if (event.data.sent) this.#markSent(event.data.sent);
				void this.#reload();
			};
		}
	}

	/** Once: shows what waited from before, and sends. */
	start(): void {
		void this.#reload();
		this.#send();
	}

	async post(chatId: number, text: string): Promise<void> {
		const item: OutboxItem = {
			order: this.#store.order(),
			clientId: newClientId(),
			chatId,
			text,
			createdAt: Date.now(),
			state: 'waiting',
		};
		this.items = [...this.items, item];
		try {
			await this.#store.putOutbox(item);
		} catch (error) {
			this.items = this.items.filter((other) => other !== item);
			throw error; // a full disk: the text stays in the input
		}
		await this.#changed();
		this.wake();
	}

	async again(clientId: string): Promise<void> {
		const item = this.items.find((other) => other.clientId === clientId);
		if (!item) return;
		await this.#store.putOutbox(tryAgain(item, this.#store.order()));
		await this.#changed();
		this.wake();
	}

	async discard(clientId: string): Promise<void> {
		await this.#store.deleteOutbox(clientId);
		this.items = this.items.filter((item) => item.clientId !== clientId);
		this.#tellTabs({});
	}

	/** The messages of these client ids are in their chat now. */
	arrived(clientIds: Iterable<string>): void {
		if (this.items.length === 0) return;
		const there = new Set(clientIds);
		this.#arrived = new Set(this.items.map((item) => item.clientId).filter((id) => there.has(id) || this.#arrived.has(id)));
		this.#forgetArrived();
	}

	/** What the server has on disk and what is here as a message needs no more care. */
	#forgetArrived(): void {
		const gone = new Set([...this.sent].filter((id) => this.#arrived.has(id)));
		if (gone.size === 0) return;
		this.items = this.items.filter((item) => !gone.has(item.clientId));
		this.sent = new Set([...this.sent].filter((id) => !gone.has(id)));
	}

	/** There may be something to send, or somebody to send it to. */
	wake(): void {
		this.#woken = true;
		this.#failures = 0;
		this.#wake?.();
	}

	stop(): void {
		this.#stop.abort();
		this.#wake?.();
		this.#channel?.close();
	}

	#send(): void {
		const { signal } = this.#stop;
		const run = () => this.#loop();
		if (!navigator.locks) return void run();
		navigator.locks.request(`zvonok-outbox-${this.#person}`, { signal }, run).catch((error: unknown) => {
			if (!signal.aborted) throw error;
		});
	}

	async #loop(): Promise<void> {
		const { signal } = this.#stop;
		while (!signal.aborted) {
			this.#woken = false;
			const next = nextToSend(await this.#store.outbox());
			if (next.length === 0) {
				await this.#sleep(undefined);
				continue;
			}
			const outcomes = await Promise.all(next.map((item) => this.#attempt(item)));
			if (outcomes.some((outcome) => outcome.kind === 'signed_out')) {
				this.#signedOut();
				return;
			}
			const waits = outcomes.filter((outcome) => outcome.kind === 'again');
			if (waits.length === 0) {
				this.#failures = 0;
				continue;
			}
			const asked = Math.max(0, ...waits.map((outcome) => outcome.afterMs ?? 0));
			await this.#sleep(Math.max(asked, backoffMs(this.#failures++)), asked > 0);
		}
	}

	async #attempt(item: OutboxItem): Promise<Outcome> {
		let outcome: Outcome;
		try {
			await command('message_post', { chat_id: item.chatId, client_id: item.clientId, text: item.text });
			outcome = { kind: 'sent' };
		} catch (error) {
			outcome = outcomeOf(error);
		}
		if (this.#stop.signal.aborted) return outcome;
		const after = afterAttempt(item, outcome);
		if (!after) {
			this.#markSent(item.clientId);
			await this.#store.deleteOutbox(item.clientId);
			this.#tellTabs({ sent: item.clientId });
		} else if (after !== item) {
			await this.#store.putOutbox(after);
			await this.#changed();
		}
		return outcome;
	}

	/** Until it is time, or somebody wakes it. `firm`: the server named the time, waking does not shorten it. */
	#sleep(ms: number | undefined, firm = false): Promise<void> {
		if (this.#stop.signal.aborted || (this.#woken && !firm)) return Promise.resolve();
		return new Promise((resolve) => {
			const timer = ms === undefined ? undefined : setTimeout(done, ms);
			const stopped = this.#stop.signal;
			function done(): void {
				clearTimeout(timer);
				resolve();
			}
			this.#wake = () => {
				if (!firm || stopped.aborted) done();
			};
		});
	}

	#markSent(clientId: string): void {
		if (!this.items.some((item) => item.clientId === clientId)) return;
		this.sent = new Set(this.sent).add(clientId);
		this.#forgetArrived();
	}

	async #changed(): Promise<void> {
		await this.#reload();
		this.#tellTabs({});
	}

	async #reload(): Promise<void> {
		const stored = await this.#store.outbox();
		if (this.#stop.signal.aborted) return;
		const known = new Set(stored.map((item) => item.clientId));
		// Sent ones are deleted from the store before their message is here; they stay in sight until it is.
		const shown = this.items.filter((item) => !known.has(item.clientId) && this.sent.has(item.clientId));
		this.items = [...shown, ...stored].sort((a, b) => a.order - b.order);
		if (stored.some((item) => item.state === 'waiting')) this.#wakeQuietly();
	}

	#wakeQuietly(): void {
		this.#woken = true;
		if (this.#failures === 0) this.#wake?.();
	}

	#tellTabs(what: { sent?: string }): void {
		this.#channel?.postMessage(what);
	}
}
