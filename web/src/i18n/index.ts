// SPDX-License-Identifier: Apache-2.0
// Texts in the person's language, dates and numbers.
import { language } from './language.svelte.ts';
import { render, type Language, type Params, type RussianMessages, type Translated } from './plural.ts';

export { language };
export { formatNumber, type Language, type Params, type RussianMessages, type Translated } from './plural.ts';

/** Binds the messages of one feature: `const t = messages(ru, en)`, then `t('key', { n: 3 })`. */
export function messages<M extends RussianMessages>(ru: M, en: Translated<M>) {
	return (key: keyof M & string, params?: Params): string => {
		const now = language.current;
		return render(now, now === 'ru' ? ru[key]! : en[key], params);
	};
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(lang: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = `${lang} ${name}`;
	let format = formats.get(key);
	if (!format) {
		format = new Intl.DateTimeFormat(lang === 'ru' ? 'ru-RU' : 'en-GB', options);
		formats.set(key, format);
	}
	return format;
}

function daysBetween(earlier: Date, later: Date): number {
	const a = Date.UTC(earlier.getFullYear(), earlier.getMonth(), earlier.getDate());
	const b = Date.UTC(later.getFullYear(), later.getMonth(), later.getDate());
	return Math.round((b - a) / 86_400_000);
}

/** 14:05 */
export function formatTime(at: number, lang: Language = language.current): string {
	return dateFormat(lang, 'time', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** Сегодня, вчера, 5 марта, 5 марта 2024 г. */
export function formatDay(at: number, now: number = Date.now(), lang: Language = language.current): string {
	const day = new Date(at);
	const today = new Date(now);
	const days = daysBetween(day, today);
	if (days === 0) return lang === 'ru' ? 'Сегодня' : 'Today';
	if (days === 1) return lang === 'ru' ? 'Вчера' : 'Yesterday';
	if (day.getFullYear() === today.getFullYear()) return dateFormat(lang, 'day', { day: 'numeric', month: 'long' }).format(at);
	return dateFormat(lang, 'year', { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

/** For lists: the time today, the week day within six days, else the date. */
export function formatShort(at: number, now: number = Date.now(), lang: Language = language.current): string {
	const day = new Date(at);
	const today = new Date(now);
	const days = daysBetween(day, today);
	if (days <= 0) return formatTime(at, lang);
	if (days < 7) return dateFormat(lang, 'weekday', { weekday: 'short' }).format(at);
	if (day.getFullYear() === today.getFullYear()) return dateFormat(lang, 'date', { day: 'numeric', month: 'short' }).format(at);
	return dateFormat(lang, 'dmy', { day: '2-digit', month: '2-digit', year: '2-digit' }).format(at);
}

/** Date and time in full, for titles and lists of sessions. */
export function formatFull(at: number, lang: Language = language.current): string {
	return dateFormat(lang, 'full', { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(at);
}
