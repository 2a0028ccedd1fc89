// SPDX-License-Identifier: Apache-2.0
import type { Lesson } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/lesson.ts';
import ru from '../../i18n/ru/lesson.ts';

export const t = messages(ru, en);

export const slotStart = (lesson: Lesson, slot: number): number => lesson.starts_at + slot * (lesson.slot_minutes ?? 0) * 60_000;
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
