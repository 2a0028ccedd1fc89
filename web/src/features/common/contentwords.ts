// SPDX-License-Identifier: Apache-2.0
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/content.ts';
import ru from '../../i18n/ru/content.ts';

export const t = messages(ru, en);
