// SPDX-License-Identifier: Apache-2.0
import { formatTime, messages } from '../../i18n/index.ts';
import en from '../../i18n/en/account.ts';
import ru from '../../i18n/ru/account.ts';
import { dayInText } from '../common/dates.ts';

export const t = messages(ru, en);

/** "сегодня, 14:05", inside a sentence. */
export const moment = (at: number): string => `${dayInText(at)}, ${formatTime(at)}`;
