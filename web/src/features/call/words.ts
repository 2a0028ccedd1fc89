// SPDX-License-Identifier: Apache-2.0
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/call.ts';
import ru from '../../i18n/ru/call.ts';

export const t = messages(ru, en);
