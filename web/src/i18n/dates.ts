// SPDX-License-Identifier: Apache-2.0
// Dates and times of day. The words stand here because the first Intl.DateTimeFormat of a page costs a slow phone tens of milliseconds
// before its first picture; web/test/dates.test.ts holds them equal to what Intl says.
import { language } from './language.svelte.ts';
import type { Language } from './plural.ts';

const MONTHS: Record<Language, readonly string[]> = {
	ru: ['января', 'февраля', 'марта', 'апреля', 'мая', 'июня', 'июля', 'августа', 'сентября', 'октября', 'ноября', 'декабря'],
	en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
};
const MONTHS_SHORT: Record<Language, readonly string[]> = {
	ru: ['янв.', 'февр.', 'мар.', 'апр.', 'мая', 'июн.', 'июл.', 'авг.', 'сент.', 'окт.', 'нояб.', 'дек.'],
	en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'],
};
const WEEKDAYS: Record<Language, readonly string[]> = {
	ru: ['вс', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб'],
	en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
};

const two = (value: number): string => String(value).padStart(2, '0');

function daysBetween(earlier: Date, later: Date): number {
	const a = Date.UTC(earlier.getFullYear(), earlier.getMonth(), earlier.getDate());
	const b = Date.UTC(later.getFullYear(), later.getMonth(), later.getDate());
	return Math.round((b - a) / 86_400_000);
}

const dayMonth = (day: Date, lang: Language): string => `${day.getDate()} ${MONTHS[lang][day.getMonth()]}`;
const dayMonthYear = (day: Date, lang: Language): string => `${dayMonth(day, lang)} ${day.getFullYear()}${lang === 'ru' ? ' г.' : ''}`;

/** 14:05 */
export function formatTime(at: number): string {
	const time = new Date(at);
	return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Сегодня, вчера, 5 марта, 5 марта 2024 г. */
export function formatDay(at: number, now: number = Date.now(), lang: Language = language.current): string {
	const day = new Date(at);
	const today = new Date(now);
	const days = daysBetween(day, today);
	if (days === 0) return lang === 'ru' ? 'Сегодня' : 'Today';
	if (days === 1) return lang === 'ru' ? 'Вчера' : 'Yesterday';
	return day.getFullYear() === today.getFullYear() ? dayMonth(day, lang) : dayMonthYear(day, lang);
}

/** For lists: the time today, the week day within six days, else the date. */
export function formatShort(at: number, now: number = Date.now(), lang: Language = language.current): string {
	const day = new Date(at);
	const today = new Date(now);
	const days = daysBetween(day, today);
	if (days <= 0) return formatTime(at);
	if (days < 7) return WEEKDAYS[lang][day.getDay()]!;
	if (day.getFullYear() === today.getFullYear()) return `${day.getDate()} ${MONTHS_SHORT[lang][day.getMonth()]}`;
	const mark = lang === 'ru' ? '.' : '/';
	return `${two(day.getDate())}${mark}${two(day.getMonth() + 1)}${mark}${two(day.getFullYear() % 100)}`;
}

/** Date and time in full, for titles and lists of sessions. */
export function formatFull(at: number, lang: Language = language.current): string {
	return `${dayMonthYear(new Date(at), lang)} ${lang === 'ru' ? 'в' : 'at'} ${formatTime(at)}`;
}
