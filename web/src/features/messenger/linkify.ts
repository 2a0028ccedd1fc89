// SPDX-License-Identifier: Apache-2.0
// Finds web addresses in a text. The text stays text: the parts become text nodes and links, never HTML.
export interface Part {
	text: string;
	href?: string;
}

const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"«»„“”]+/giu;
const CLOSERS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

export function linkify(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	for (const match of text.matchAll(ADDRESS)) {
		const before = text[match.index - 1];
		if (before && /[\p{L}\p{N}_@]/u.test(before)) continue; // inside a word
		const address = withoutTail(match[0]);
		const href = safeHref(address);
		if (!href) continue;
		if (match.index > from) parts.push({ text: text.slice(from, match.index) });
		parts.push({ text: address, href });
		from = match.index + address.length;
	}
	if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from) });
	return parts;
}

/** The full stop of the sentence and the bracket around it are not of the address. */
function withoutTail(address: string): string {
	for (;;) {
		const last = address[address.length - 1];
		if (last === undefined) return address;
		const opener = CLOSERS[last];
		if (opener ? count(address, last) > count(address, opener) : /[.,;:!?'’…*]/u.test(last)) address = address.slice(0, -1);
		else return address;
	}
}

function count(text: string, sign: string): number {
	return text.split(sign).length - 1;
}

function safeHref(address: string): string | undefined {
	try {
		const url = new URL(/^www\./i.test(address) ? `https://${address}` : address);
		if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
		if (!url.hostname.includes('.') && url.hostname !== 'localhost') return undefined;
		if (url.username || url.password) return undefined; // https://school.ru@elsewhere shows one host and opens another
		return url.href;
	} catch {
		return undefined;
	}
}
