// SPDX-License-Identifier: Apache-2.0
// Which messages of a conversation stand on the page. A chat may be thousands long; a page of so many rows is slow on every phone, so a
// window of them is kept around what is looked at. Messages are an unbroken run by `number`, so a window is a first and a last number.
import type { Message } from '../../api/index.ts';

export interface Window {
	/** The number of the first message in it, if that one is here. */
	readonly first: number;
	/** The number of the last one; undefined: the newest, whatever comes. */
	readonly last: number | undefined;
}

/** No more than this many stand on the page for long. */
export const MOST = 200;
/** So many are added at an edge. */
export const STEP = 50;

/** Where a window's ends are in the list: [from, to). */
function ends(messages: readonly Message[], { first, last }: Window): [number, number] {
	const base = messages[0]?.number ?? 0;
	const to = last === undefined ? messages.length : Math.min(Math.max(last - base + 1, 0), messages.length);
	return [Math.min(Math.max(first - base, 0), to), to];
}

export function inWindow(messages: readonly Message[], window: Window): readonly Message[] {
	const [from, to] = ends(messages, window);
	return messages.slice(from, to);
}

/** The newest so many, and all from `mark` on with a little before it. */
export function newestWindow(messages: readonly Message[], count: number, mark?: number): Window {
	const newest = messages[messages.length - 1]?.number ?? 0;
	return { first: Math.min(newest - count + 1, (mark ?? Infinity) - 5), last: undefined };
}

/** More at the top; what grows too long for it loses its end. */
export function growUp(messages: readonly Message[], window: Window, by = STEP): Window {
	const [from, to] = ends(messages, window);
	const start = Math.max(from - by, 0);
	if (start === from) return window;
	const first = messages[start]!.number;
	return to - start > MOST ? { first, last: first + MOST - 1 } : { ...window, first };
}

/** More at the end; what grows too long for it loses its beginning. */
export function growDown(messages: readonly Message[], window: Window): Window {
	const [from, to] = ends(messages, window);
	if (window.last === undefined) return window;
	const end = Math.min(to + STEP, messages.length);
	const start = Math.max(from, end - MOST);
	return { first: messages[start]?.number ?? window.first, last: end === messages.length ? undefined : messages[end - 1]!.number };
}

/** New messages came while it followed the newest: the old ones leave it (`atEnd`), or the new ones wait below until somebody scrolls. */
export function keepShort(messages: readonly Message[], window: Window, atEnd: boolean): Window {
	const [from, to] = ends(messages, window);
	if (window.last !== undefined || to - from <= MOST + STEP) return window;
	return atEnd ? newestWindow(messages, MOST) : { first: messages[from]!.number, last: messages[to - 1]!.number };
}
