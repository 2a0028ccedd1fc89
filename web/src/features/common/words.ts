// SPDX-License-Identifier: Apache-2.0
// Words that many screens use.
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/ui.ts';
import ru from '../../i18n/ru/ui.ts';

export const uiWords = messages(ru, en);
