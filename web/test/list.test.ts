// SPDX-License-Identifier: Apache-2.0
// The parts of a long list of chats.
import { describe, expect, it } from 'vitest';
import { sectionsOf } from '../src/features/messenger/list.ts';
import type { ChatState } from '../src/model/chat.ts';

let ids = 0;
const chat = (kind: ChatState['chat']['kind'], unread = 0): ChatState =>
	({ chat: { id: ++ids, kind, message_count: 5, read_count: 5 - unread }, people: new Map(), messages: [] }) as unknown as ChatState;

describe('parts of the list', () => {
	it('a short list stays one, and so does a list of one part', () => {
		expect(sectionsOf([chat('unit'), chat('free')])).toBeUndefined();
		expect(sectionsOf(Array.from({ length: 30 }, () => chat('subject')))).toBeUndefined();
	});

	it('each chat stands once, in the order of the whole, under its part with what is unread there', () => {
		const all = [chat('subject', 2), chat('unit', 1), chat('free'), chat('everybody'), chat('parents', 3), chat('subject'), chat('administration'), chat('set', 1), chat('teachers'), chat('employees')];
		const parts = sectionsOf(all)!;
		expect(parts.map(({ key, unread }) => [key, unread])).toEqual([['org', 1], ['units', 4], ['subjects', 2], ['free', 0]]);
		expect(parts.flatMap(({ chats }) => chats).map(({ chat: { id } }) => id).sort()).toEqual(all.map(({ chat: { id } }) => id).sort());
		for (const { chats } of parts) expect(chats).toEqual(all.filter((one) => chats.includes(one)));
	});
});
