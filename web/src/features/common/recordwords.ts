// SPDX-License-Identifier: Apache-2.0
// Recordings of calls: their words, and what several screens say of them.
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/recording.ts';
import ru from '../../i18n/ru/recording.ts';

export const t = messages(ru, en);

/** 1:02:03, or 2:03. */
export function clock(ms: number): string {
	const s = Math.max(0, Math.floor(ms / 1000));
	const two = (n: number): string => String(n).padStart(2, '0');
	return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
