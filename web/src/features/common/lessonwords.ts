// SPDX-License-Identifier: Apache-2.0
// Lessons and meetings in words, for their chat and their pages.
import type { Schemas } from '../../api/index.ts';
import { formatTime, language, messages } from '../../i18n/index.ts';
import en from '../../i18n/en/lessonbar.ts';
import ru from '../../i18n/ru/lessonbar.ts';
import type { OrgType } from '../../i18n/words.ts';

export const lessonWords = messages(ru, en);
export type LessonKind = Schemas['LessonKind'];

/** «Урок» of a school is «Занятие» elsewhere. */
export function kindName(kind: LessonKind, type: OrgType): string {
	return kind === 'lesson' ? lessonWords(`lesson_${type}`) : lessonWords(kind);
}

const format = (at: number, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(language.current === 'ru' ? 'ru-RU' : 'en-GB', options).format(at);

/** «понедельник, 23 ноября» */
export const longDay = (at: number): string => format(at, { weekday: 'long', day: 'numeric', month: 'long' });
/** «23 ноября» */
export const plainDay = (at: number): string => format(at, { day: 'numeric', month: 'long' });

/** «10:00–10:40» */
export function span(from: number, minutes: number): string {
	return `${formatTime(from)}–${formatTime(from + minutes * 60_000)}`;
}
