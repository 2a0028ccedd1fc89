// SPDX-License-Identifier: Apache-2.0
// Texts on their way to the server. Each is stored before it is sent and stays until the server has it for good or refuses it for good.
import { Offline, Refusal } from '../api/errors.ts';
import type { ErrorCode, Message } from '../api/types.ts';

export interface OutboxItem {
	/** Given by the store; texts of one chat leave in this order. */
	order: number;
	clientId: string;
	chatId: number;
	text: string;
	createdAt: number;
	state: 'waiting' | 'failed';
	/** Why it was refused. */
	error?: { code: ErrorCode; message: string };
}

/** What became of an attempt. */
export type Outcome =
	| { kind: 'sent' }
	| { kind: 'again'; afterMs: number | undefined }
	| { kind: 'refused'; code: ErrorCode; message: string }
	| { kind: 'signed_out' };

export function outcomeOf(error: unknown): Outcome {
	if (error instanceof Refusal) {
		if (error.code === 'not_signed_in') return { kind: 'signed_out' };
		if (error.passing) return { kind: 'again', afterMs: error.retryAfter === undefined ? undefined : error.retryAfter * 1000 };
		return { kind: 'refused', code: error.code, message: error.message };
	}
	if (error instanceof Offline) return { kind: 'again', afterMs: undefined };
	throw error; // a bug of ours must not look like a bad network
}

/** The item after an attempt; undefined when it may be forgotten. */
export function afterAttempt(item: OutboxItem, outcome: Outcome): OutboxItem | undefined {
	switch (outcome.kind) {
		case 'sent':
			return undefined;
		case 'refused':
			return { ...item, state: 'failed', error: { code: outcome.code, message: outcome.message } };
		default:
			return item;
	}
}

/** Tried again by a person's wish: the same client_id, so that it cannot be there twice. */
export function tryAgain(item: OutboxItem, order: number): OutboxItem {
	const { error: _, ...rest } = item;
	return { ...rest, state: 'waiting', order };
}

/** The first waiting text of each chat, in order; a refused one does not hold up those behind it. */
export function nextToSend(items: readonly OutboxItem[]): OutboxItem[] {
	const first = new Map<number, OutboxItem>();
	for (const item of [...items].sort((a, b) => a.order - b.order)) {
		if (item.state === 'waiting' && !first.has(item.chatId)) first.set(item.chatId, item);
	}
	return [...first.values()];
}

/** What is shown below the messages of a chat: everything of the outbox that has not come back as a message. */
export function pendingOf(items: readonly OutboxItem[], chatId: number, messages: readonly Message[], me: number): OutboxItem[] {
	const mine = items.filter((item) => item.chatId === chatId);
	if (mine.length === 0) return mine;
	const there = new Set<string>();
	for (const message of messages) if (message.sender_id === me) there.add(message.client_id);
	return mine.filter((item) => !there.has(item.clientId)).sort((a, b) => a.order - b.order);
}

/** Full jitter between half a second and 30 s, growing with the number of failures in a row. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
	const top = Math.min(30_000, 1000 * 2 ** Math.min(failures, 10));
	return 500 + random() * (top - 500);
}
