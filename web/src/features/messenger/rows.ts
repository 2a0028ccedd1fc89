// SPDX-License-Identifier: Apache-2.0
// Messages as they stand on the screen: days, the mark of the unread, and runs of one author.
import type { Message } from '../../api/index.ts';

export interface Run {
	kind: 'run';
	key: string;
	senderId: number;
	messages: Message[];
}

export type Row = { kind: 'day'; key: string; at: number } | { kind: 'unread'; key: string } | Run;

const RUN_MS = 5 * 60_000;

function sameDay(a: number, b: number): boolean {
	const one = new Date(a);
	const two = new Date(b);
	return one.getFullYear() === two.getFullYear() && one.getMonth() === two.getMonth() && one.getDate() === two.getDate();
}

/** `unreadAfter`: the mark stands before the first message of somebody else above this seq. */
export function rowsOf(messages: readonly Message[], unreadAfter: number | undefined, me: number): Row[] {
	const rows: Row[] = [];
	let last: Message | undefined;
	let run: Run | undefined;
	let marked = unreadAfter === undefined;
	for (const message of messages) {
		if (!last || !sameDay(last.created_at, message.created_at)) {
			rows.push({ kind: 'day', key: `d${message.number}`, at: message.created_at });
			run = undefined;
		}
		if (!marked && message.seq > unreadAfter! && message.sender_id !== me) {
			rows.push({ kind: 'unread', key: 'unread' });
			marked = true;
			run = undefined;
		}
		if (run && run.senderId === message.sender_id && message.created_at - last!.created_at < RUN_MS) {
			run.messages.push(message);
		} else {
			run = { kind: 'run', key: `r${message.number}`, senderId: message.sender_id, messages: [message] };
			rows.push(run);
		}
		last = message;
	}
	return rows;
}
