// SPDX-License-Identifier: Apache-2.0
// Phone numbers as people type and paste them. Russian numbers in any usual form become "+7 912 345-67-89"; a number that
// begins with another country's code is left as "+" and its digits. The server checks; this only helps to type.

const RU_DIGITS = 10;
const MAX_DIGITS = 15; // E.164

/** The digits of a number in international form, with "+", or "" when nothing was typed; "+" alone is kept to type on. */
export function phoneDigits(raw: string): string {
	const text = raw.trim();
	const digits = text.replace(/\D/g, '');
	if (text.startsWith('+')) {
		if (digits === '') return '+';
		if (digits.startsWith('7')) return '+7' + digits.slice(1, 1 + RU_DIGITS);
		// "+8 912 ..." is a mistake for "8 912 ...": no country has a code that begins with 89.
		if (digits.startsWith('89')) return '+7' + digits.slice(1, 1 + RU_DIGITS);
		return '+' + digits.slice(0, MAX_DIGITS);
	}
	if (digits === '') return '';
	if (digits.startsWith('8') || digits.startsWith('7')) return '+7' + digits.slice(1, 1 + RU_DIGITS);
	return '+7' + digits.slice(0, RU_DIGITS);
}

export function formatPhone(raw: string): string {
	const e164 = phoneDigits(raw);
	if (!e164.startsWith('+7')) return e164;
	const d = e164.slice(2);
	let out = '+7';
	if (d.length > 0) out += ' ' + d.slice(0, 3);
	if (d.length > 3) out += ' ' + d.slice(3, 6);
	if (d.length > 6) out += '-' + d.slice(6, 8);
	if (d.length > 8) out += '-' + d.slice(8, 10);
	return out;
}

/** The same for running text: it never breaks across lines. */
export function formatPhoneUnbroken(raw: string): string {
	return formatPhone(raw).replaceAll(' ', '\u00a0').replaceAll('-', '\u2060-\u2060');
}

/** Long enough to be sent: all ten digits of a Russian number, seven or more of another. */
export function phoneComplete(raw: string): boolean {
	const e164 = phoneDigits(raw);
	return e164.startsWith('+7') ? e164.length === 2 + RU_DIGITS : e164.length >= 8;
}

/** Where the caret belongs after formatting: behind the same digit as before. */
export function caretAfterDigits(formatted: string, digitsBefore: number): number {
	if (digitsBefore <= 0) return formatted.startsWith('+') ? 1 : 0;
	let seen = 0;
	for (let i = 0; i < formatted.length; i++) {
		if (/\d/.test(formatted[i]!)) seen++;
		if (seen === digitsBefore) return i + 1;
	}
	return formatted.length;
}
