// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { linkify } from '../src/features/messenger/linkify.ts';

const links = (text: string) => linkify(text).filter((part) => part.href).map((part) => part.text);

describe('web addresses in a text', () => {
	it('never loses or adds a character', () => {
		for (const text of ['', 'a', 'см. https://a.ru/x, и www.b.ru.', '((https://ru.wikipedia.org/wiki/Школа_(здание)))', 'https://', 'http://x y']) {
			expect(linkify(text).map((part) => part.text).join('')).toBe(text);
		}
	});
	it('finds them, without the full stop and the brackets of the sentence', () => {
		expect(links('Урок: https://school.ru/7a?x=1&y=2#b.')).toEqual(['https://school.ru/7a?x=1&y=2#b']);
		expect(links('(см. https://ru.wikipedia.org/wiki/Школа_(здание))')).toEqual(['https://ru.wikipedia.org/wiki/Школа_(здание)']);
		expect(links('«http://школа.рф/урок»')).toEqual(['http://школа.рф/урок']);
		expect(linkify('www.a.ru')[0]).toEqual({ text: 'www.a.ru', href: 'https://www.a.ru/' });
	});
	it('makes no link of anything else', () => {
		for (const text of ['javascript:alert(1)', 'data:text/html,x', 'почта a@www.b.ru', 'xhttps://a.ru', 'https://a', 'https://school.ru@evil.ru/', 'ftp://a.ru']) {
			expect(links(text), text).toEqual([]);
		}
	});
});
