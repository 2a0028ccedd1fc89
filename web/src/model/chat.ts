// SPDX-License-Identifier: Apache-2.0
// One chat: what its snapshot says, and how its events change it. Values are never changed in place.
//
// `messages` is always one unbroken run by `number` that ends at the newest message; history joins it at the front.
import type { Chat, ChatEvent, ChatMember, ChatSnapshot, Message, MessagePage, Person, ReadMark } from '../api/types.ts';

export interface ChatState {
	/** As the server last described it, kept up to date by events; `chat.head` is the seq of the last event applied. */
	readonly chat: Chat;
	readonly messages: readonly Message[];
	/** A snapshot of this chat was taken: `messages` is what a person may look at. */
	readonly loaded: boolean;
	/** The server said that nothing comes before the first of `messages`. */
	readonly complete: boolean;
	readonly people: ReadonlyMap<number, ChatMember>;
}

export function chatFrom(chat: Chat): ChatState {
	return {
		chat,
		messages: chat.last_message ? [chat.last_message] : [],
		loaded: false,
		complete: chat.message_count < firstNumber(chat),
		people: new Map(),
	};
}

/** The first message that is open to this person: whoever comes into a class later does not read what was written before him. */
const firstNumber = (chat: Chat): number => chat.first_number ?? 1;

/** Whether the input is shown: not in the archive, in a channel to its writers only. */
export const mayWrite = (chat: Chat): boolean => !chat.archived && chat.writer !== false;

export const unread = (state: ChatState): number => Math.max(0, state.chat.message_count - state.chat.read_count);

export const hasOlder = (state: ChatState): boolean => !state.complete && (state.messages[0]?.number ?? 1) > firstNumber(state.chat);

/** Somebody other than its sender has read up to it. */
export function isRead(chat: Chat, message: Message): boolean {
	return chat.first_readers.some((mark) => mark.person_id !== message.sender_id && mark.seq >= message.seq);
}

/**
 * The two who have read furthest, after one member's mark grew (docs/decisions/0006): `marks[0]` has read furthest; of two equal
 * marks the one that got there first stands first.
 */
export function advanceReaders(marks: readonly ReadMark[], personId: number, seq: number): ReadMark[] {
	const [first, second] = marks;
	if (!first) return seq > 0 ? [{ person_id: personId, seq }] : [];
	if (first.person_id === personId) return [{ person_id: personId, seq: Math.max(seq, first.seq) }, ...marks.slice(1)];
	if (seq <= (second?.seq ?? 0)) return [...marks];
	const next = { person_id: personId, seq };
	return seq > first.seq ? [next, first] : [first, next];
}

/** The event must be the next one of the chat's stream (see stream.ts). */
export function applyChatEvent(state: ChatState, event: ChatEvent, me: number): ChatState {
	const chat: Chat = { ...state.chat, head: event.seq };
	switch (event.type) {
		case 'message_posted': {
			const { message } = event.data;
			chat.message_count = message.number;
			chat.last_message = message;
			chat.first_readers = advanceReaders(chat.first_readers, message.sender_id, message.seq);
			if (message.sender_id === me && message.seq > chat.read_seq) {
				chat.read_seq = message.seq;
				chat.read_count = message.number;
			}
			return { ...state, chat, messages: joinRuns(state.messages, [message]) };
		}
		case 'read_advanced':
			chat.first_readers = advanceReaders(chat.first_readers, event.data.person_id, event.data.read_seq);
			return { ...state, chat };
		case 'chat_renamed':
			chat.title = event.data.title;
			return { ...state, chat };
		case 'chat_changed':
			chat.archived = event.data.archived;
			chat.open = event.data.open;
			return { ...state, chat };
		case 'call_started':
			chat.call = event.data.card;
			return { ...state, chat };
		case 'call_ended': {
			const { seq, card } = event.data;
			if (chat.call?.call_id === card.call_id) delete chat.call; // a card may be changed while a later call goes on
			if (chat.last_message?.seq === seq) chat.last_message = { ...chat.last_message, card };
			return { ...state, chat, messages: state.messages.map((message) => (message.seq === seq ? { ...message, card } : message)) };
		}
		case 'chat_member_joined': {
			const { member } = event.data;
			chat.member_count = event.data.member_count;
			if (member.person.id === me) {
				if (member.writer !== undefined) chat.writer = member.writer;
				if (member.keeper !== undefined) chat.keeper = member.keeper;
				if (member.why !== undefined) chat.why = member.why;
			}
			return { ...state, chat, people: withPeople(state.people, [event.data.member]) };
		}
		case 'chat_member_left': {
			chat.member_count = event.data.member_count;
			const gone = state.people.get(event.data.person_id);
			return { ...state, chat, people: gone ? withPeople(state.people, [{ ...gone, left: true }]) : state.people };
		}
		default:
			return { ...state, chat }; // of a newer server: the number counts, the content is unknown here
	}
}

/** One's own mark; it only grows. */
export function applyOwnRead(state: ChatState, readSeq: number, readCount: number): ChatState {
	if (readSeq <= state.chat.read_seq) return state;
	return { ...state, chat: { ...state.chat, read_seq: readSeq, read_count: readCount } };
}

/** The first load and the catching up of whoever is too far behind. A snapshot older than what is known only adds messages. */
export function mergeSnapshot(state: ChatState | undefined, snapshot: ChatSnapshot): ChatState {
	const complete = snapshot.messages.length === 0 || snapshot.messages[0]!.number === firstNumber(snapshot.chat);
	if (!state) {
		return {
			chat: snapshot.chat,
			messages: snapshot.messages,
			loaded: true,
			complete,
			people: withPeople(new Map(), snapshot.people),
		};
	}
	const newer = snapshot.chat.head >= state.chat.head;
	const messages = joinRuns(state.messages, snapshot.messages);
	let next: ChatState = {
		chat: newer ? snapshot.chat : state.chat,
		messages,
		loaded: true,
		complete: messages.length === 0 || messages[0]!.number === firstNumber(snapshot.chat) || (state.complete && messages[0] === state.messages[0]),
		people: newer ? withPeople(state.people, snapshot.people) : withPeople(new Map(snapshot.people.map((m) => [m.person.id, m])), [...state.people.values()]),
	};
	// One's own mark is in the person's stream, not in the chat's: the further one is right on either side.
	const behind = newer ? state.chat : snapshot.chat;
	next = applyOwnRead(next, behind.read_seq, behind.read_count);
	return next;
}

/** A page of history asked for with `before`. */
export function mergeOlder(state: ChatState, page: MessagePage): ChatState {
	const messages = joinRuns(page.messages, state.messages);
	return {
		...state,
		messages,
		complete: state.complete || (!page.more && messages[0] === page.messages[0]) || page.messages.length === 0,
		people: withPeople(withPeople(new Map(), page.people), [...state.people.values()]),
	};
}

export function mergePeople(state: ChatState, people: readonly ChatMember[]): ChatState {
	return { ...state, people: withPeople(state.people, people) };
}

/** Forgets history that nobody looks at. */
export function trimMessages(state: ChatState, keep: number): ChatState {
	if (state.messages.length <= keep) return state;
	return { ...state, messages: state.messages.slice(-keep), complete: false };
}

/** Authors whose names are not known here yet: of all messages of an opened chat, of the last one of any other. */
export function unknownAuthors(state: ChatState, elsewhere: ReadonlyMap<number, Person>): number[] {
	const missing = new Set<number>();
	if (!state.loaded) {
		const last = state.chat.last_message;
		if (last && !state.people.has(last.sender_id) && !elsewhere.has(last.sender_id)) missing.add(last.sender_id);
	} else {
		for (const message of state.messages) if (!state.people.has(message.sender_id)) missing.add(message.sender_id);
	}
	return [...missing];
}

function withPeople(known: ReadonlyMap<number, ChatMember>, more: readonly ChatMember[]): ReadonlyMap<number, ChatMember> {
	const people = new Map(known);
	for (const member of more) people.set(member.person.id, member);
	return people;
}

/** The union of two runs by number; where they do not meet, the one that ends later. */
function joinRuns(a: readonly Message[], b: readonly Message[]): readonly Message[] {
	if (a.length === 0) return b;
	if (b.length === 0) return a;
	const [low, high] = a[a.length - 1]!.number <= b[b.length - 1]!.number ? [a, b] : [b, a];
	const first = high[0]!.number;
	const lowLast = low[low.length - 1]!.number;
	if (lowLast < first - 1) return high;
	const keep = low.filter((message) => message.number < first);
	return keep.length === 0 ? high : [...keep, ...high];
}
