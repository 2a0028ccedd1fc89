// SPDX-License-Identifier: Apache-2.0
// The order of the chats and how one is found.
import type { ChatState } from '../../model/chat.ts';
import type { World } from '../../model/world.ts';

export function sortedChats(world: World): ChatState[] {
	const time = ({ chat }: ChatState): number => chat.last_message?.created_at ?? chat.created_at;
	return [...world.chats.values()].sort((a, b) => time(b) - time(a) || b.chat.id - a.chat.id);
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
