// SPDX-License-Identifier: Apache-2.0
// Every paragraph that a row cites is a step of its regulation's scenario, and the table in the documentation says so.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pairsOf, rows, steps } from './lib.mjs';
import { place, table } from './table.mjs';

// What the product does not do yet, with the reason; a step that shows it, or a new gap, changes this list.
const NOT_YET = {};

test('each paragraph of each row has a step, but for what is known to be missing', () => {
	const shown = new Set(steps().flatMap((step) => pairsOf(step.seed, step.rows, step.paragraphs)));
	const missing = rows.flatMap(({ row, paragraphs }) => paragraphs.map((paragraph) => `${row} ${paragraph}`)).filter((pair) => !shown.has(pair));
	assert.deepEqual(missing, Object.entries(NOT_YET).flatMap(([row, paragraphs]) => paragraphs.map((paragraph) => `${row} ${paragraph}`)));
});

test('docs/REGULATIONS.md is up to date', () => {
	assert.equal(readFileSync(place, 'utf8'), table(), 'run: node tests/regulations/table.mjs');
});
