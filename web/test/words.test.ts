// SPDX-License-Identifier: Apache-2.0
// Each organisation is spoken to in its own words (R11): a key with a type at its end has the words of that type only, and a text for all of
// them names none, or names them all.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RussianMessages } from '../src/i18n/plural.ts';

const folder = new URL('../src/i18n/ru/', import.meta.url);
const features = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));

const SCHOOL = /(?<![а-яё])(класс(?!ификац)|учени[кцч]|учител|школ)/i;
const COLLEGE = /(?<![а-яё])(групп|студен|преподавател)/i;
const CENTER = /(?<![а-яё])(круж|воспитанни)/i;

/** Said of what only a school has, to whoever belongs to none yet, or an example. */
const FREE: Record<string, RegExp> = {
	admin: /^create_names_hint_staff$|_(class|group|circle)$/, // of kinds of units, which the key names
	apply: /^short_name_hint$/,
	cabinet: /^type_/,
	join: /_(class|group|circle)$/,
	movement: /^last_level$|^warning_/,
	operator: /^short_name_hint$|^type_/,
	structure: /^year$|^year_hint$|_(class|group|circle)$/,
	words: /^unit_|^lead_/,
};

const sentences = (texts: RussianMessages): [string, string][] =>
	Object.entries(texts).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text] as [string, string]] : Object.values(text).map((form): [string, string] => [key, form as string])));

describe('words of the type', () => {
	it.each(features)('%s', async (feature) => {
		const { default: texts } = (await import(`../src/i18n/ru/${feature}.ts`)) as { default: RussianMessages };
		const foreign: string[] = [];
		for (const [key, text] of sentences(texts)) {
			const [school, college, center] = [SCHOOL.test(text), COLLEGE.test(text), CENTER.test(text)];
			const type = /_(school|college|center)(?:_|$)/.exec(key)?.[1];
			if (type === 'school' ? college : type === 'college' ? school : type === 'center' ? school : FREE[feature]?.test(key) ? false : school && !(college && center)) foreign.push(`${key}: ${text}`);
		}
		expect(foreign).toEqual([]);
	});

	it('know a school’s word when they see it', () => {
		expect(SCHOOL.test('родитель ученика')).toBe(true);
		expect(SCHOOL.test('Классный руководитель')).toBe(true);
		expect(SCHOOL.test('одноклассники')).toBe(false);
		expect(COLLEGE.test('для студентов')).toBe(true);
		expect(CENTER.test('Кружки')).toBe(true);
	});
});
