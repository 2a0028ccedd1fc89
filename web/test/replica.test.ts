// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Offline, Refusal } from '../src/api/errors.ts';
import type { StreamEvent } from '../src/api/types.ts';
import { Replica, type Command } from '../src/model/replica.ts';
import { loadMe } from '../src/model/world.ts';
import { chat, CHAT, me, member, message, posted } from './helpers.ts';

function replica(answers: Record<string, (params: never) => unknown>) {
	const calls: [string, unknown][] = [];
	const command = (async (name: string, params: unknown) => {
		calls.push([name, params]);
		const answer = answers[name];
		if (!answer) throw new Offline(name);
		return answer(params as never);
	}) as Command;
	const one = new Replica(command, () => undefined);
	one.restore(loadMe(me()));
	return { one, calls, settle: () => new Promise((resolve) => setTimeout(resolve, 5)) };
}

const events = Array.from({ length: 450 }, (_, i) => posted(i + 1, i + 1, 2));
const since = ({ stream, after, limit }: { stream: string; after: number; limit: number }) => ({ stream, events: events.slice(after, after + limit), head: events.length });
const people = ({ person_ids }: { person_ids: number[] }) => ({ people: person_ids.map(member) });

describe('a replica', () => {
	it('fills a gap page by page when a later event shows it', async () => {
		const { one, calls, settle } = replica({ events_since: since, people_get: people });
		one.frame(events[449] as StreamEvent);
		await settle();
		expect(one.world!.cursors.get(`c${CHAT}`)!.head).toBe(450);
		expect(calls.filter(([name]) => name === 'events_since').map(([, params]) => (params as { after: number }).after)).toEqual([0, 200, 400]);
		expect(one.world!.chats.get(CHAT)!.chat.message_count).toBe(450);
	});

	it('takes a snapshot when it is too far behind, and goes on from there', async () => {
		const { one, calls, settle } = replica({
			people_get: people,
			events_since: () => {
				throw new Refusal({ code: 'too_far', message: '' });
			},
			chat_snapshot: () => ({ chat: chat({ head: 450, message_count: 450 }), messages: [message(450, 450, 2)], people: [member(2)] }),
		});
		one.frame({ welcome: { person_id: 1, session_id: 1, now: 0, version: '', heads: [{ stream: 'p1', head: 0 }, { stream: `c${CHAT}`, head: 450 }] } });
		await settle();
		expect(calls.map(([name]) => name)).toEqual(['events_since', 'chat_snapshot']);
		expect(one.world!.cursors.get(`c${CHAT}`)!.head).toBe(450);
		one.frame(posted(451, 451, 2));
		expect(one.world!.chats.get(CHAT)!.chat.message_count).toBe(451);
	});

	it('does not bring a chat back that he left while its snapshot was on its way', async () => {
		let answer: (snapshot: unknown) => void = () => undefined;
		const { one, settle } = replica({ people_get: people, chat_snapshot: () => new Promise((resolve) => (answer = resolve)) });
		const opening = one.openChat(CHAT);
		await settle();
		one.frame({ unfollow: { stream: `c${CHAT}` } });
		answer({ chat: chat({}), messages: [], people: [] });
		await opening;
		expect(one.world!.chats.has(CHAT)).toBe(false);
		expect(one.world!.cursors.has(`c${CHAT}`)).toBe(false);
	});

	it('without a connection gives up and asks again at the next welcome', async () => {
		let reachable = false;
		const { one, calls, settle } = replica({
			people_get: people,
			events_since: (params) => {
				if (!reachable) throw new Offline('cut');
				return since(params);
			},
		});
		one.frame(events[2] as StreamEvent);
		await settle();
		expect(calls.length).toBe(1);
		reachable = true;
		one.frame({ welcome: { person_id: 1, session_id: 1, now: 0, version: '', heads: [{ stream: `c${CHAT}`, head: 450 }] } });
		await settle();
		expect(one.world!.cursors.get(`c${CHAT}`)!.head).toBe(450);
	});

	it('remembers a head told before the chat is known', async () => {
		const { one, calls, settle } = replica({ people_get: people, events_since: ({ stream }: { stream: string }) => ({ stream, events: [], head: 7 }), chat_snapshot: () => ({ chat: chat({ id: 20, head: 7 }), messages: [], people: [] }) });
		one.frame({ follow: { stream: 'c20', head: 7 } });
		one.frame({ stream: 'p1', seq: 1, type: 'chat_joined', at: 0, data: { chat: chat({ id: 20, head: 5 }) } });
		await settle();
		expect(calls[0]).toEqual(['events_since', { stream: 'c20', after: 5, limit: 200 }]);
		expect(one.world!.cursors.get('c20')!.head).toBe(7);
	});

	it('loses a chat that it may not read any more', async () => {
		const { one, settle } = replica({
			people_get: people,
			events_since: () => {
				throw new Refusal({ code: 'not_found', message: '' });
			},
		});
		one.frame(events[5] as StreamEvent);
		await settle();
		expect(one.world!.chats.has(CHAT)).toBe(false);
	});

	it('asks once for the names of unknown authors', async () => {
		const { one, calls, settle } = replica({ people_get: people });
		one.frame(posted(1, 1, 2));
		one.frame(posted(2, 2, 2));
		await settle();
		expect(calls).toEqual([['people_get', { chat_id: CHAT, person_ids: [2] }]]);
		expect(one.world!.people.get(2)).toBeDefined();
	});
});
