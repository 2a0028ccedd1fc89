// SPDX-License-Identifier: Apache-2.0
import type { Chat, ChatEvent, ChatMember, MeSnapshot, Message, StreamEvent } from '../src/api/types.ts';

export const ME = 1;
export const CHAT = 10;

export function message(number: number, seq: number, senderId: number, text = `text ${number}`, at = 1000 * number): Message {
	return { chat_id: CHAT, seq, number, sender_id: senderId, client_id: seq.toString(16).padStart(32, '0'), text, created_at: at };
}

export function chat(over: Partial<Chat> = {}): Chat {
	return {
		id: CHAT,
		org_id: 1,
		kind: 'unit',
		title: '7А',
		member_count: 3,
		head: 0,
		message_count: 0,
		read_seq: 0,
		read_count: 0,
		first_readers: [],
		created_at: 0,
		...over,
	};
}

export function member(id: number): ChatMember {
	return { person: { id, given_name: `И${id}`, family_name: `Ф${id}` }, role: 'student', lead: false, left: false };
}

export function me(over: Partial<MeSnapshot> = {}): MeSnapshot {
	const chats = over.chats ?? [chat()];
	return {
		person: { id: ME, given_name: 'Мария', family_name: 'Иванова' },
		operator: false,
		memberships: [],
		chats,
		people: [],
		heads: [{ stream: `p${ME}`, head: 0 }, ...chats.map(({ id, head }) => ({ stream: `c${id}`, head }))],
		...over,
	};
}

export function posted(number: number, seq: number, senderId: number): ChatEvent {
	return { stream: `c${CHAT}`, seq, type: 'message_posted', at: 1000 * number, data: { message: message(number, seq, senderId) } };
}

export function readAdvanced(seq: number, personId: number, readSeq: number): ChatEvent {
	return { stream: `c${CHAT}`, seq, type: 'read_advanced', at: 0, data: { person_id: personId, read_seq: readSeq } };
}

/** Pseudo-random, the same for a seed. */
export function dice(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

export function shuffled<T>(items: readonly T[], roll: (below: number) => number): T[] {
	const out = [...items];
	for (let i = out.length - 1; i > 0; i--) {
		const j = roll(i + 1);
		[out[i], out[j]] = [out[j]!, out[i]!];
	}
	return out;
}

export const asStream = (events: readonly ChatEvent[]): StreamEvent[] => [...events];
