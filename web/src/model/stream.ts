// SPDX-License-Identifier: Apache-2.0
// The order of a stream: dense seq from 1. The next one is applied, known ones are dropped, later ones wait for the gap to be filled.
import type { StreamEvent } from '../api/types.ts';

export interface Cursor {
	/** seq of the last event applied. */
	readonly head: number;
	/** Events that came before their turn, by seq. */
	readonly held: ReadonlyMap<number, StreamEvent>;
	/** The highest seq known to exist. */
	readonly known: number;
}

/** More held than this are forgotten: they are asked for again with the gap. */
const HELD_LIMIT = 500;

const NONE: ReadonlyMap<number, StreamEvent> = new Map();

export const cursorAt = (head: number): Cursor => ({ head, held: NONE, known: head });

export const behind = (cursor: Cursor): boolean => cursor.known > cursor.head;

export interface Accepted {
	readonly cursor: Cursor;
	/** To be applied now, in this order. */
	readonly apply: readonly StreamEvent[];
}

export function accept(cursor: Cursor, event: StreamEvent): Accepted {
	if (event.seq <= cursor.head || cursor.held.has(event.seq)) return { cursor, apply: [] };
	const known = Math.max(cursor.known, event.seq);
	if (event.seq > cursor.head + 1) {
		if (cursor.held.size >= HELD_LIMIT) return { cursor: { ...cursor, known }, apply: [] };
		const held = new Map(cursor.held);
		held.set(event.seq, event);
		return { cursor: { head: cursor.head, held, known }, apply: [] };
	}
	const apply = [event];
	if (cursor.held.size === 0) return { cursor: { head: event.seq, held: NONE, known }, apply };
	const held = new Map(cursor.held);
	let head = event.seq;
	for (let next = held.get(head + 1); next; next = held.get(head + 1)) {
		apply.push(next);
		head += 1;
		held.delete(head);
	}
	return { cursor: { head, held, known }, apply };
}

/** A head told by the server: events up to it exist. */
export function tell(cursor: Cursor, head: number): Cursor {
	return head > cursor.known ? { ...cursor, known: head } : cursor;
}

/** A snapshot took the stream to `head`; held events up to it are in the snapshot already. */
export function jump(cursor: Cursor | undefined, head: number): Accepted {
	if (!cursor) return { cursor: cursorAt(head), apply: [] };
	if (head <= cursor.head) return { cursor, apply: [] };
	const held = new Map([...cursor.held].filter(([seq]) => seq > head));
	const apply: StreamEvent[] = [];
	let at = head;
	for (let next = held.get(at + 1); next; next = held.get(at + 1)) {
		apply.push(next);
		at += 1;
		held.delete(at);
	}
	return { cursor: { head: at, held, known: Math.max(cursor.known, at) }, apply };
}
