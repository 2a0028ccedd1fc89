// SPDX-License-Identifier: Apache-2.0
// Names of units as a person writes them: "5А-5В, 6А", "1-11 классы по А, Б", "ЭС-21..24", circles on lines of their own.
import type { UnitKind } from '../../api/index.ts';

export const UNITS_AT_ONCE = 200;
/** Letters that classes are called by: nobody is in 5Ъ. */
const RUSSIAN = 'АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ';
const LATIN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTER = '[А-ЯЁA-Z]';
const DASH = '\\s*[-–—]\\s*';

/** А to Г; undefined when it cannot be counted from one to the other. */
function lettersBetween(from: string, to: string): string[] | undefined {
	for (const alphabet of [RUSSIAN, LATIN]) {
		const a = alphabet.indexOf(from.toUpperCase());
		const b = alphabet.indexOf(to.toUpperCase());
		if (a >= 0 && b >= a) return [...alphabet.slice(a, b + 1)];
	}
	return undefined;
}

function years(from: number, to: number): number[] {
	return from >= 1 && to >= from && to <= 13 ? Array.from({ length: to - from + 1 }, (_, i) => from + i) : [];
}

const EVERY_YEAR = new RegExp(
	`(\\d{1,2})${DASH}(\\d{1,2})\\s*(?:-?е\\s+)?(?:классы|класс|классов|кл\\.?)?\\s*по\\s+(${LETTER}(?:${DASH}${LETTER})?(?:\\s*(?:,|\\sи\\s)\\s*${LETTER}(?:${DASH}${LETTER})?(?![\\p{L}\\d]))*)`,
	'giu',
);
const CLASS_RANGE = new RegExp(`^(\\d{1,2})\\s*(${LETTER})${DASH}(\\d{1,2})?\\s*(${LETTER})$`, 'iu');
const NUMBER_RANGE = /^(.*?)(\d{1,4})\s*(?:\.{2,3}|…)\s*(.*?)(\d{1,4})$/u;

/** "1-11 классы по А, Б" as "1А, 1Б, 2А, ...". */
function everyYear(text: string): string {
	return text.replace(EVERY_YEAR, (whole, first: string, last: string, list: string) => {
		const letters = list.split(/,|\sи\s/u).flatMap((part) => {
			const [from, to] = part.trim().split(/\s*[-–—]\s*/u);
			return lettersBetween(from!, to ?? from!) ?? [];
		});
		const names = years(Number(first), Number(last)).flatMap((year) => letters.map((letter) => `${year}${letter}`));
		return names.length > 0 ? names.join(', ') : whole;
	});
}

function one(part: string, kind: UnitKind): string[] {
	if (kind === 'circle' || kind === 'staff') return [part];
	const range = CLASS_RANGE.exec(part);
	if (range && kind === 'class') {
		const [, first, from, last, to] = range;
		if (last === undefined || last === first) return lettersBetween(from!, to!)?.map((letter) => `${first}${letter}`) ?? [part];
		if (from!.toUpperCase() === to!.toUpperCase()) {
			const all = years(Number(first), Number(last));
			if (all.length > 0) return all.map((year) => `${year}${from!.toUpperCase()}`);
		}
	}
	const numbers = NUMBER_RANGE.exec(part);
	if (numbers) {
		const [, head, first, again, last] = numbers;
		const count = Number(last) - Number(first);
		if ((again === '' || again === head) && count >= 0 && count < UNITS_AT_ONCE) {
			return Array.from({ length: count + 1 }, (_, i) => `${head}${String(Number(first) + i).padStart(first!.length, '0')}`);
		}
	}
	return [part];
}

/** The names that are meant, each once, in the order of the text. */
export function unitNames(text: string, kind: UnitKind): string[] {
	const found = new Map<string, string>();
	const plain = kind === 'class' ? everyYear(text) : text;
	for (const raw of plain.split(/[,;\n]+/u)) {
		const part = raw.trim().replace(/\s+/gu, ' ');
		if (part === '') continue;
		for (const name of one(part, kind)) {
			const folded = name.toLocaleLowerCase('ru').replaceAll('ё', 'е');
			if (!found.has(folded)) found.set(folded, name);
		}
	}
	return [...found.values()];
}
