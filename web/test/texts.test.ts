// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatNumber, pluralForm, render, type RussianMessages, type RussianPlural } from '../src/i18n/plural.ts';

const folder = new URL('../src/i18n/', import.meta.url);
const features = readdirSync(new URL('ru/', folder)).map((file) => file.replace(/\.ts$/, ''));

const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();
const load = async (lang: string, feature: string) => ((await import(`../src/i18n/${lang}/${feature}.ts`)) as { default: RussianMessages }).default;

describe('messages', () => {
	it('exist in both languages', () => {
		expect(readdirSync(new URL('en/', folder)).map((file) => file.replace(/\.ts$/, ''))).toEqual(features);
		expect(features).toContain('messenger');
	});

	it.each(features)('%s: the same keys, every form of each plural, the same places', async (feature) => {
		const ru = await load('ru', feature);
		const en = await load('en', feature);
		expect(Object.keys(en).sort()).toEqual(Object.keys(ru).sort());
		for (const [key, russian] of Object.entries(ru)) {
			const english = en[key]!;
			expect(typeof english, key).toBe(typeof russian);
			if (typeof russian === 'string') {
				expect(russian.trim(), key).not.toBe('');
				expect(places(english as string), key).toEqual(places(russian));
				continue;
			}
			expect(Object.keys(russian).sort(), key).toEqual(['few', 'many', 'one', 'other']);
			expect(Object.keys(english).sort(), key).toEqual(['one', 'other']);
			for (const form of Object.values({ ...russian, ...(english as RussianPlural) })) expect((form as string).trim(), key).not.toBe('');
		}
	});

	it('chooses the Russian form', () => {
		const plural: RussianPlural = { one: '{n} ученик', few: '{n} ученика', many: '{n} учеников', other: '{n} ученика' };
		const said = (n: number) => render('ru', plural, { n });
		expect([0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111].map(said)).toEqual([
			'0 учеников', '1 ученик', '2 ученика', '4 ученика', '5 учеников', '11 учеников', '12 учеников', '14 учеников', '21 ученик', '22 ученика', '25 учеников', '101 ученик', '111 учеников',
		]);
		expect(said(1.5)).toBe('1,5 ученика');
		expect(render('en', { one: '{n} pupil', other: '{n} pupils' }, { n: 1 })).toBe('1 pupil');
		expect(render('en', { one: '{n} pupil', other: '{n} pupils' }, { n: 0 })).toBe('0 pupils');
	});

	it('counts as Intl does', () => {
		for (const language of ['ru', 'en'] as const) {
			const rules = new Intl.PluralRules(language);
			const numbers = new Intl.NumberFormat(language);
			for (const n of [...Array.from({ length: 1300 }, (_, i) => i - 30), 0.5, 1.5, 21.5, 10_000, 1_000_001, 1e9 + 2]) {
				expect(pluralForm(language, n), `${language} ${n}`).toBe(rules.select(n));
				expect(formatNumber(language, n)).toBe(numbers.format(n));
			}
		}
	});

	it('leaves a missing place visible', () => {
		expect(render('ru', 'Привет, {name}!')).toBe('Привет, {name}!');
		expect(render('ru', '{a}{b}', { a: '{b}', b: 'x' })).toBe('{b}x');
	});
});
