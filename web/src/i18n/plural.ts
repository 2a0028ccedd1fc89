// SPDX-License-Identifier: Apache-2.0
// Messages: a text with {places}, or the forms of a plural chosen by the parameter n (CLDR rules by Intl.PluralRules).
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

const rules: Record<Language, Intl.PluralRules> = {
	ru: new Intl.PluralRules('ru'),
	en: new Intl.PluralRules('en'),
};

const numbers: Record<Language, Intl.NumberFormat> = {
	ru: new Intl.NumberFormat('ru'),
	en: new Intl.NumberFormat('en'),
};

export function formatNumber(language: Language, value: number): string {
	return numbers[language].format(value);
}

/** The text of a message in a language. A missing parameter leaves its place visible, so that tests and eyes find it. */
export function render(language: Language, message: string | RussianPlural | EnglishPlural, params: Params = {}): string {
	let text: string;
	if (typeof message === 'string') {
		text = message;
	} else {
		const form = rules[language].select(Number(params['n'] ?? 0));
		text = (message as Partial<Record<Intl.LDMLPluralRule, string>>)[form] ?? message.other;
	}
	return text.replace(/\{(\w+)\}/g, (place, name: string) => {
		const value = params[name];
		if (value === undefined) return place;
		return typeof value === 'number' ? formatNumber(language, value) : value;
	});
}
