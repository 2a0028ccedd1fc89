// SPDX-License-Identifier: Apache-2.0
// The order of the chats and how one is found.
import { unread, type ChatState } from '../../model/chat.ts';
import type { World } from '../../model/world.ts';

export function sortedChats(world: World): ChatState[] {
	const time = ({ chat }: ChatState): number => chat.last_message?.created_at ?? chat.created_at;
	return [...world.chats.values()].sort((a, b) => time(b) - time(a) || b.chat.id - a.chat.id);
}

export type SectionKey = 'org' | 'units' | 'subjects' | 'free';
export interface Section {
	readonly key: SectionKey;
	readonly chats: readonly ChatState[];
	readonly unread: number;
}

const SECTIONS: readonly SectionKey[] = ['org', 'units', 'subjects', 'free'];
const SECTION_OF: Record<ChatState['chat']['kind'], SectionKey> = {
	administration: 'org', staff: 'org', everybody: 'org', employees: 'org', set: 'org', curator: 'org', unit: 'units', parents: 'units', teachers: 'units', subject: 'subjects', free: 'free',
};
/** Up to here one look takes the list in, and headings would only be in the way. */
const FEW = 9;

/** A long list in parts, each in the order of the whole; undefined: it stays one. */
export function sectionsOf(chats: readonly ChatState[]): Section[] | undefined {
	if (chats.length <= FEW) return undefined;
	const parts = SECTIONS.map((key) => {
		const own = chats.filter(({ chat }) => SECTION_OF[chat.kind] === key);
		return { key, chats: own, unread: own.reduce((sum, state) => sum + unread(state), 0) };
	}).filter((part) => part.chats.length > 0);
	return parts.length > 1 ? parts : undefined;
}

/** Case and ё/е do not matter. */
export function fold(text: string): string {
	return text.toLocaleLowerCase('ru').replaceAll('ё', 'е').trim();
}

/** Every word of the query begins a word of the text, or stands in it. */
export function matches(text: string, query: string): boolean {
	const where = fold(text);
	return fold(query)
		.split(/\s+/u)
		.every((word) => where.includes(word));
}
