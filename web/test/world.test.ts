// SPDX-License-Identifier: Apache-2.0
// state(events applied to an old snapshot) == state(fresh snapshot)
import { describe, expect, it } from 'vitest';
import type { Chat, ChatEvent, ChatSnapshot, MeSnapshot, Message, ReadMark, StreamEvent } from '../src/api/types.ts';
import { advanceReaders, hasOlder, mergeOlder, unread } from '../src/model/chat.ts';
import { applyEvent, fingerprint, loadChat, loadMe, tellHead } from '../src/model/world.ts';
import { chat, CHAT, dice, me, ME, member, message, posted, readAdvanced, shuffled } from './helpers.ts';

/** A little server: the truth that the client must agree with. */
class Truth {
	title = '7А';
	messages: Message[] = [];
	marks = new Map<number, { seq: number; count: number }>();
	readers: ReadMark[] = [];
	members = new Set([1, 2, 3, 4]);
	chatEvents: ChatEvent[] = [];
	personEvents: StreamEvent[] = [];

	get head(): number {
		return this.chatEvents.length;
	}

	event(type: ChatEvent['type'], data: unknown): void {
		this.chatEvents.push({ stream: `c${CHAT}`, seq: this.head + 1, type, at: 0, data } as ChatEvent);
	}

	post(sender: number): void {
		const one = message(this.messages.length + 1, this.head + 1, sender);
		this.messages.push(one);
		this.readers = advanceReaders(this.readers, sender, one.seq);
		this.marks.set(sender, { seq: one.seq, count: one.number });
		this.event('message_posted', { message: one });
	}

	read(person: number): void {
		const last = this.messages[this.messages.length - 1];
		if (!last || last.seq <= (this.marks.get(person)?.seq ?? 0)) return;
		this.marks.set(person, { seq: last.seq, count: last.number });
		const before = JSON.stringify(this.readers);
		this.readers = advanceReaders(this.readers, person, last.seq);
		if (JSON.stringify(this.readers) !== before) this.event('read_advanced', { person_id: person, read_seq: last.seq });
		if (person === ME) {
			const data = { chat_id: CHAT, read_seq: last.seq, read_count: last.number };
			this.personEvents.push({ stream: `p${ME}`, seq: this.personEvents.length + 1, type: 'chat_read', at: 0, data });
		}
	}

	chat(): Chat {
		const mine = this.marks.get(ME) ?? { seq: 0, count: 0 };
		const last = this.messages[this.messages.length - 1];
		return chat({
			title: this.title,
			member_count: this.members.size,
			head: this.head,
			message_count: this.messages.length,
			read_seq: mine.seq,
			read_count: mine.count,
			first_readers: this.readers,
			...(last ? { last_message: last } : {}),
		});
	}

	me(): MeSnapshot {
		return me({
			chats: [this.chat()],
			heads: [
				{ stream: `p${ME}`, head: this.personEvents.length },
				{ stream: `c${CHAT}`, head: this.head },
			],
		});
	}

	snapshot(): ChatSnapshot {
		return { chat: this.chat(), messages: this.messages.slice(-50), people: [...this.members].map(member) };
	}

	step(roll: (below: number) => number): void {
		const what = roll(10);
		const person = 1 + roll(4);
		if (what < 5) this.post(person);
		else if (what < 8) this.read(person);
		else if (what < 9) {
			this.title = `7${'АБВГ'[roll(4)]}`;
			this.event('chat_renamed', { title: this.title });
		} else {
			const who = 2 + roll(5);
			if (this.members.delete(who)) this.event('chat_member_left', { person_id: who, member_count: this.members.size });
			else {
				this.members.add(who);
				this.event('chat_member_joined', { member: member(who), member_count: this.members.size });
			}
		}
	}
}

describe('events on an old snapshot equal a fresh snapshot', () => {
	it('over random histories, cuts, orders and repetitions', () => {
		for (let seed = 1; seed <= 300; seed++) {
			const roll = dice(seed);
			const truth = new Truth();
			for (let i = roll(80); i > 0; i--) truth.step(roll);
			let world = loadMe(truth.me());
			const opened = roll(2) === 0;
			if (opened) world = loadChat(world, truth.snapshot());
			const from = { chat: truth.head, person: truth.personEvents.length };
			for (let i = roll(80); i > 0; i--) truth.step(roll);
			const missed = [...truth.chatEvents.slice(from.chat), ...truth.personEvents.slice(from.person)];
			const again = missed.filter(() => roll(4) === 0);
			for (const event of shuffled([...missed, ...again], roll)) world = applyEvent(world, event);
			if (!opened) world = loadChat(world, truth.snapshot());
			const fresh = loadChat(loadMe(truth.me()), truth.snapshot());
			expect(fingerprint(world, [CHAT]), `seed ${seed}`).toBe(fingerprint(fresh, [CHAT]));
		}
	});

	it('also when a snapshot is older than what is known already', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const roll = dice(seed);
			const truth = new Truth();
			for (let i = 1 + roll(120); i > 0; i--) truth.step(roll);
			let world = loadMe(truth.me());
			const from = { chat: truth.head, person: truth.personEvents.length };
			for (let i = roll(20); i > 0; i--) truth.step(roll);
			const late = truth.snapshot(); // taken now, arrives last
			for (let i = roll(20); i > 0; i--) truth.step(roll);
			for (const event of [...truth.chatEvents.slice(from.chat), ...truth.personEvents.slice(from.person)]) world = applyEvent(world, event);
			world = loadChat(world, late);
			const fresh = loadChat(loadMe(truth.me()), truth.snapshot());
			expect(fingerprint(world, [CHAT]), `seed ${seed}`).toBe(fingerprint(fresh, [CHAT]));
			const numbers = world.chats.get(CHAT)!.messages.map((m) => m.number);
			expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
		}
	});

	it('counts: a message of one s own is read by oneself at once, others are unread', () => {
		let world = loadMe(me());
		world = applyEvent(world, posted(1, 1, 2));
		expect(unread(world.chats.get(CHAT)!)).toBe(1);
		world = applyEvent(world, readAdvanced(2, 3, 1));
		expect(unread(world.chats.get(CHAT)!)).toBe(1);
		world = applyEvent(world, posted(2, 3, ME));
		expect(unread(world.chats.get(CHAT)!)).toBe(0);
	});
});

describe('another name', () => {
	it('is heard in a chat and in one s own stream, without a reload', () => {
		let world = loadChat(loadMe(me()), { chat: chat(), messages: [], people: [member(2)] });
		world = { ...world, people: new Map([[2, member(2).person], [ME, member(ME).person]]) };
		const person = { ...member(2).person, family_name: 'Новая' };
		world = applyEvent(world, { stream: `c${CHAT}`, seq: 1, type: 'chat_member_joined', at: 0, data: { member: { ...member(2), person }, member_count: 2 } });
		expect(world.chats.get(CHAT)!.people.get(2)!.person.family_name).toBe('Новая');
		expect(world.people.get(2)!.family_name).toBe('Новая');
		const mine = { ...world.person, family_name: 'Своя' };
		world = applyEvent(world, { stream: `p${ME}`, seq: 1, type: 'person_renamed', at: 0, data: { person: mine } });
		expect(world.person.family_name).toBe('Своя');
		expect(world.people.get(ME)!.family_name).toBe('Своя');
	});
});

describe('chats come and go in the person s stream', () => {
	const joined = (seq: number, head: number): StreamEvent => ({ stream: `p${ME}`, seq, type: 'chat_joined', at: 0, data: { chat: chat({ id: 20, head }) } });
	const left = (seq: number): StreamEvent => ({ stream: `p${ME}`, seq, type: 'chat_left', at: 0, data: { chat_id: 20 } });

	it('joins, leaves and comes back', () => {
		let world = loadMe(me());
		world = applyEvent(world, joined(1, 4));
		expect(world.chats.has(20)).toBe(true);
		world = tellHead(world, 'c20', 6);
		expect(world.cursors.get('c20')).toMatchObject({ head: 4, known: 6 });
		world = applyEvent(world, left(2));
		expect(world.chats.has(20)).toBe(false);
		expect(world.cursors.has('c20')).toBe(false);
		world = applyEvent(world, { stream: 'c20', seq: 7, type: 'chat_renamed', at: 0, data: { title: 'x' } });
		expect(world.chats.has(20)).toBe(false);
		world = applyEvent(world, joined(3, 9));
		expect(world.chats.get(20)!.chat.head).toBe(9);
	});

	it('keeps an opened chat when everything is loaded anew, and asks for what it lacks', () => {
		let world = loadMe(me());
		world = loadChat(world, { chat: chat({ head: 2, message_count: 2 }), messages: [message(1, 1, 2), message(2, 2, 2)], people: [] });
		const next = loadMe(me({ chats: [chat({ head: 9, message_count: 5 })] }), world);
		expect(next.chats.get(CHAT)!.loaded).toBe(true);
		expect(next.cursors.get(`c${CHAT}`)).toMatchObject({ head: 2, known: 9 });
	});
});

describe('history', () => {
	it('joins pages without a gap and knows the beginning', () => {
		const at = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, 2 * (from + i), 2));
		let state = loadChat(loadMe(me()), { chat: chat({ head: 200, message_count: 100 }), messages: at(51, 100), people: [] }).chats.get(CHAT)!;
		expect(hasOlder(state)).toBe(true);
		state = mergeOlder(state, { messages: at(11, 50), people: [], more: true });
		expect(state.messages.length).toBe(90);
		state = mergeOlder(state, { messages: at(11, 50), people: [], more: true });
		expect(state.messages.length).toBe(90);
		expect(hasOlder(state)).toBe(true);
		state = mergeOlder(state, { messages: at(5, 10), people: [], more: false });
		expect(hasOlder(state)).toBe(false);
		expect(state.messages.map((m) => m.number)).toEqual(Array.from({ length: 96 }, (_, i) => 5 + i));
	});

	it('a snapshot far ahead leaves no hole', () => {
		const at = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, from + i, 2));
		let world = loadChat(loadMe(me()), { chat: chat({ head: 10, message_count: 10 }), messages: at(1, 10), people: [] });
		world = loadChat(world, { chat: chat({ head: 300, message_count: 300 }), messages: at(251, 300), people: [] });
		const state = world.chats.get(CHAT)!;
		expect(state.messages[0]!.number).toBe(251);
		expect(hasOlder(state)).toBe(true);
	});
});
