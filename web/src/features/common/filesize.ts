// SPDX-License-Identifier: Apache-2.0
// Sizes of files in words, and what each purpose takes; the server has the last word (src/file/file.h, create.c).
import { formatNumber, language, messages } from '../../i18n/index.ts';
import en from '../../i18n/en/file.ts';
import ru from '../../i18n/ru/file.ts';

const t = messages(ru, en);
const MIB = 1 << 20;

export const fileKinds = {
	application: { max: 10 * MIB, accept: '.pdf,.jpg,.jpeg,.png' },
	document: { max: 25 * MIB, accept: undefined },
	logo: { max: MIB, accept: '.png,.jpg,.jpeg,.webp' },
	content: { max: 200 * MIB, accept: '.mp4,.webm,.png,.jpg,.jpeg,.webp' },
	roster: { max: 10 * MIB, accept: '.csv,.txt,.xlsx,.zip' },
} as const;

/** "2,4 МБ": one digit behind the comma below ten. */
export function fileSize(bytes: number): string {
	if (bytes < 1024) return t('size_b', { n: bytes });
	const mega = bytes >= MIB;
	const value = bytes / (mega ? MIB : 1024);
	const tenths = Math.round(value * 10);
	const whole = tenths % 10 === 0 || tenths >= 100;
	const text = whole ? formatNumber(language.current, Math.round(value)) : `${Math.floor(tenths / 10)}${language.current === 'ru' ? ',' : '.'}${tenths % 10}`;
	return t(mega ? 'size_mb' : 'size_kb', { n: text });
}
