// SPDX-License-Identifier: Apache-2.0
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/broadcast.ts';
import ru from '../../i18n/ru/broadcast.ts';

export const t = messages(ru, en);
