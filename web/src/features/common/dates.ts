// SPDX-License-Identifier: Apache-2.0
// A day inside a sentence: "сегодня", "12 декабря", "12 December".
import { formatDay } from '../../i18n/index.ts';

export function dayInText(at: number): string {
	const day = formatDay(at);
	return day.charAt(0).toLowerCase() + day.slice(1);
}
