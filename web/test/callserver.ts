// SPDX-License-Identifier: Apache-2.0
// The media server's side of the conversation, and tracks without devices.
import type { Wire } from '../src/call/signal.ts';

export interface Asked {
	id: number;
	method: string;
	data: Record<string, unknown>;
}

/** One connection: what the client asked, and what is said to it. */
export class FakeWire implements Wire {
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;
	readonly asked: Asked[] = [];
	closed: number | undefined;
	readyState = 1;
	readonly #answer: (asked: Asked, wire: FakeWire) => unknown;

	constructor(answer: (asked: Asked, wire: FakeWire) => unknown) {
		this.#answer = answer;
	}

	send(text: string): void {
		const asked = JSON.parse(text) as Asked;
		this.asked.push(asked);
		const data = this.#answer(asked, this);
		if (data === undefined) return;
		const error = (data as { error?: unknown }).error;
		queueMicrotask(() => this.raw(JSON.stringify(error ? { id: asked.id, ok: false, error } : { id: asked.id, ok: true, data })));
	}

	close(code?: number): void {
		this.closed = code ?? 0;
	}

	raw(text: string): void {
		this.onmessage?.({ data: text });
	}

	say(event: string, data: unknown): void {
		this.raw(JSON.stringify({ event, data }));
	}

	/** The server or the network ends it. */
	drop(code: number): void {
		this.onclose?.({ code });
	}

	of(method: string): Record<string, unknown>[] {
		return this.asked.filter((one) => one.method === method).map(({ data }) => data);
	}
}

let trackId = 0;
export function fakeTrack(kind: 'audio' | 'video', height = 720): MediaStreamTrack {
	const target = new EventTarget();
	return Object.assign(target, {
		id: `track-${++trackId}`,
		kind,
		enabled: true,
		readyState: 'live',
		stop() {
			this.readyState = 'ended';
		},
		getSettings: () => ({ height }),
	}) as unknown as MediaStreamTrack;
}

export const soon = async (turns = 40): Promise<void> => {
	for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
};
