// SPDX-License-Identifier: Apache-2.0
// Messages: a text with {places}, or the forms of a plural chosen by the parameter n.
export type Language = 'ru' | 'en';

export interface RussianPlural {
	one: string;
	few: string;
	many: string;
	other: string;
}

export interface EnglishPlural {
	one: string;
	other: string;
}

export type RussianMessages = Record<string, string | RussianPlural>;

/** The English file of the same feature: the same keys, plurals where Russian has plurals. */
export type Translated<M extends RussianMessages> = { readonly [K in keyof M]: M[K] extends string ? string : EnglishPlural };

export type Params = Readonly<Record<string, string | number>>;

const numbers: Partial<Record<Language, Intl.NumberFormat>> = {};

export function formatNumber(language: Language, value: number): string {
	// Intl is slow to begin with, and small whole numbers are the same in every language.
	if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
	return (numbers[language] ??= new Intl.NumberFormat(language)).format(value);
}

/** The form of a plural by the rules of CLDR, written out for the two languages; web/test/texts.test.ts compares with Intl. */
export function pluralForm(language: Language, n: number): 'one' | 'few' | 'many' | 'other' {
	if (!Number.isInteger(n)) return 'other';
	const value = Math.abs(n);
	if (language === 'en') return value === 1 ? 'one' : 'other';
	const tens = value % 100;
	const ones = value % 10;
	if (ones === 1 && tens !== 11) return 'one';
	return ones >= 2 && ones <= 4 && (tens < 12 || tens > 14) ? 'few' : 'many';
}

/** The text of a message in a language. A missing parameter leaves its place visible, so that tests and eyes find it. */
export function render(language: Language, message: string | RussianPlural | EnglishPlural, params: Params = {}): string {
	let text: string;
	if (typeof message === 'string') {
		text = message;
	} else {
		const form = pluralForm(language, Number(params['n'] ?? 0));
		text = (message as Partial<RussianPlural>)[form] ?? message.other;
	}
	return !text.includes('{') ? text : text.replace(/\{(\w+)\}/g, (place, name: string) => {
		const value = params[name];
		if (value === undefined) return place;
		return typeof value === 'number' ? formatNumber(language, value) : value;
	});
}
