// SPDX-License-Identifier: Apache-2.0
// Texts in the person's language, dates and numbers.
import { language } from './language.svelte.ts';
import { render, type Params, type RussianMessages, type Translated } from './plural.ts';

export { language };
export { formatNumber, type Language, type Params, type RussianMessages, type Translated } from './plural.ts';

/** Binds the messages of one feature: `const t = messages(ru, en)`, then `t('key', { n: 3 })`. */
export function messages<M extends RussianMessages>(ru: M, en: Translated<M>) {
	return (key: keyof M & string, params?: Params): string => {
		const now = language.current;
		return render(now, now === 'ru' ? ru[key]! : en[key], params);
	};
}

export { formatDay, formatFull, formatShort, formatTime } from './dates.ts';
