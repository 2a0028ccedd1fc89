// SPDX-License-Identifier: Apache-2.0
// Dates are put together by hand; Intl is the measure of what is right.
import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { languages: ['ru'], language: 'ru' });
const { formatDay, formatFull, formatShort, formatTime } = await import('../src/i18n/dates.ts');

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = new Date(2026, 10, 22, 12, 30).getTime();

describe.each([
	['ru', 'ru-RU'],
	['en', 'en-GB'],
] as const)('in %s', (lang, locale) => {
	const by = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
	const full = by({ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
	const time = by({ hour: '2-digit', minute: '2-digit' });
	const weekday = by({ weekday: 'short' });
	const short = by({ day: 'numeric', month: 'short' });
	const figures = by({ day: '2-digit', month: '2-digit', year: '2-digit' });
	const day = by({ day: 'numeric', month: 'long' });
	const year = by({ day: 'numeric', month: 'long', year: 'numeric' });

	it('every day of two years is as Intl says', () => {
		for (let at = NOW - 2 * DAY; at > NOW - 730 * DAY; at -= DAY + 97 * 60_000) {
			const whole = (date: number) => new Date(date).setHours(0, 0, 0, 0);
			const days = Math.round((whole(NOW) - whole(at)) / DAY);
			const thisYear = new Date(at).getFullYear() === 2026;
			expect(formatTime(at)).toBe(time.format(at));
			expect(formatFull(at, lang)).toBe(full.format(at));
			expect(formatShort(at, NOW, lang)).toBe((days < 7 ? weekday : thisYear ? short : figures).format(at));
			if (days > 1) expect(formatDay(at, NOW, lang)).toBe((thisYear ? day : year).format(at));
		}
	});
});

describe('near days', () => {
	it('have words', () => {
		expect(formatDay(NOW - 12 * HOUR, NOW, 'ru')).toBe('Сегодня');
		expect(formatDay(NOW - 13 * HOUR, NOW, 'ru')).toBe('Вчера');
		expect(formatDay(NOW - 13 * HOUR, NOW, 'en')).toBe('Yesterday');
		expect(formatShort(NOW - 12 * HOUR, NOW, 'ru')).toBe('00:30');
		expect(formatShort(NOW + DAY, NOW, 'ru')).toBe('12:30'); // a clock that goes wrong
	});
});
