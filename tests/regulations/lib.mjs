// SPDX-License-Identifier: Apache-2.0
// The regulations as scenarios: a step says which rows of the requirements and which paragraphs of its regulation it shows.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);

/** [{row, says, paragraphs: ['S0 2.1/1', ...]}]: what the five regulations ask for, row by row. */
export const rows = JSON.parse(readFileSync(new URL('rows.json', here), 'utf8'));

export const regulations = {
	S0: 'Гусиноозёрский энергетический техникум',
	S1: 'Лицей № 1, Терек',
	S2: 'Энгельсский медицинский колледж',
	S3: 'Школа № 98, Санкт-Петербург',
	S4: 'Центр детского творчества, Балахна',
};

const list = (one) => (Array.isArray(one) ? one : [one]);

/** The pairs of row and paragraph that a step shows; one that no row cites is a mistake of the test. */
export function pairsOf(seed, ofRows, ofParagraphs) {
	const pairs = [];
	for (const row of list(ofRows)) {
		const cited = rows.find((one) => one.row === row)?.paragraphs ?? [];
		const mine = list(ofParagraphs).filter((paragraph) => cited.includes(`${seed} ${paragraph}`));
		if (!mine.length) throw new Error(`${seed}: ${row} does not cite ${list(ofParagraphs).join(', ')}`);
		pairs.push(...mine.map((paragraph) => `${row} ${seed} ${paragraph}`));
	}
	return pairs;
}

/** step(rows, paragraphs, what it shows, function) of one regulation; steps run one behind the other. */
export function regulation(seed) {
	assert.ok(regulations[seed], `no regulation ${seed}`);
	let chain = Promise.resolve();
	return function step(ofRows, ofParagraphs, shows, run) {
		pairsOf(seed, ofRows, ofParagraphs);
		const name = `${seed} ${list(ofParagraphs).join(', ')} · ${list(ofRows).join(', ')} · ${shows}`;
		const before = chain;
		let done;
		chain = new Promise((resolve) => { done = resolve; });
		test(name, async (t) => {
			await before;
			try {
				await run(t);
			} finally {
				done();
			}
		});
	};
}

const STEP = /\bstep\(\s*(\[[^\]]*\]|'[^']*')\s*,\s*(\[[^\]]*\]|'[^']*')\s*,\s*'((?:[^'\\]|\\.)*)'/g;
const words = (text) => [...text.matchAll(/'([^']*)'/g)].map((match) => match[1]);

/** Every step of every scenario, read from the files: {file, seed, rows, paragraphs, shows, browser}. */
export function steps() {
	const found = [];
	for (const file of readdirSync(here).filter((name) => /^S\d.*\.test\.mjs$/.test(name)).sort()) {
		const source = readFileSync(new URL(file, here), 'utf8');
		for (const [, ofRows, ofParagraphs, shows] of source.matchAll(STEP)) {
			found.push({ file, seed: file.slice(0, 2), rows: words(ofRows), paragraphs: words(ofParagraphs), shows, browser: file.includes('.screen.') });
		}
	}
	return found;
}
