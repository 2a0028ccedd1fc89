// SPDX-License-Identifier: Apache-2.0
// The component kit: phone numbers as people write them, and the contrast of the two themes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withSystemDark } from '../scripts/dark.ts';
import { caretAfterDigits, formatPhone, phoneComplete, phoneDigits } from '../src/ui/phone.ts';

describe('phone numbers', () => {
	it.each([
		['89123456789', '+7 912 345-67-89'],
		['8 (912) 345-67-89', '+7 912 345-67-89'],
		['+7 912 345 67 89', '+7 912 345-67-89'],
		['7-912-345-67-89', '+7 912 345-67-89'],
		['912 345 67 89', '+7 912 345-67-89'],
		['+89123456789', '+7 912 345-67-89'],
		['+79123456789123', '+7 912 345-67-89'],
		['8912', '+7 912'],
		['+375291234567', '+375291234567'],
		['+', '+'],
		['', ''],
	])('%s is shown as %s', (typed, shown) => {
		expect(formatPhone(typed)).toBe(shown);
		expect(formatPhone(shown)).toBe(shown);
	});

	it('knows when a number is whole', () => {
		expect(phoneComplete('8912345678')).toBe(false);
		expect(phoneComplete('89123456789')).toBe(true);
		expect(phoneComplete('+375 29 123-45-67')).toBe(true);
		expect(phoneComplete('+37')).toBe(false);
		expect(phoneDigits('8 912 345-67-89')).toBe('+79123456789');
	});

	it('keeps the caret behind the same digit', () => {
		expect(caretAfterDigits('+7 912 345', 4)).toBe(6);
		expect(caretAfterDigits('+7 912 345', 5)).toBe(8);
		expect(caretAfterDigits('+7', 0)).toBe(1);
	});
});

type Theme = Record<string, string>;

function themes(): { light: Theme; dark: Theme; darkBySystem: Theme } {
	const css = withSystemDark(readFileSync(new URL('../src/ui/tokens.css', import.meta.url), 'utf8'));
	const block = (from: string): Theme => {
		const start = css.indexOf('{', css.indexOf(from));
		const names = css.slice(start, css.indexOf('}', start)).matchAll(/--([\w-]+):\s*([^;]+);/g);
		return Object.fromEntries([...names].map(([, name, value]) => [name!, value!]));
	};
	return { light: block(':root {'), dark: block(":root[data-theme='dark']"), darkBySystem: block(":root:not([data-theme='light'])") };
}

function luminance(hex: string): number {
	const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
	const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high! + 0.05) / (low! + 0.05);
}

describe('themes', () => {
	const { light, dark, darkBySystem } = themes();

	it('are the same dark by choice and by system', () => {
		expect(darkBySystem).toEqual(dark);
		expect(Object.keys(dark).length).toBeGreaterThan(20);
	});

	const grounds = ['bg', 'bg-raised', 'bg-sunken', 'bg-hover'];
	const texts = ['text', 'text-muted', 'accent', 'danger'];
	const pairs: [string, string, number][] = [
		...texts.flatMap((text) => grounds.map((ground): [string, string, number] => [text, ground, 4.5])),
		['accent-text', 'accent', 4.5],
		['accent-text', 'accent-hover', 4.5],
		['accent-on-soft', 'accent-soft', 4.5],
		['danger-text', 'danger', 4.5],
		['danger', 'danger-soft', 4.5],
		['ok', 'ok-soft', 4.5],
		['warn', 'warn-soft', 4.5],
		['border-control', 'bg', 3],
		['border-control', 'bg-raised', 3],
	];
	it.each(pairs)('%s on %s is at least %s:1', (text, ground, least) => {
		for (const theme of [light, dark]) expect(contrast(theme[text]!, theme[ground]!)).toBeGreaterThanOrEqual(least);
	});
});
