// SPDX-License-Identifier: Apache-2.0
// Cuts the letters that every page needs out of the Latin file of Golos Text (24 KB instead of 38); the rest of it is loaded only
// by pages that use it. Run after a new version of the font: npm run fonts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const source = fileURLToPath(new URL('../node_modules/@fontsource-variable/golos-text/files/golos-text-latin-wght-normal.woff2', import.meta.url));
const out = fileURLToPath(new URL('../src/ui/fonts/', import.meta.url));

// The unicode-range of fonts.css says the same.
const RANGES = [[0x20, 0x7e], 0xa0, 0xa7, 0xab, 0xb0, 0xb1, 0xb7, 0xbb, 0xd7, [0x2010, 0x2015], [0x2018, 0x201e], 0x2022, 0x2026, 0x2212];

let letters = '';
for (const range of RANGES) {
	const [from, to] = Array.isArray(range) ? range : [range, range];
	for (let code = from; code <= to; code++) letters += String.fromCodePoint(code);
}

mkdirSync(out, { recursive: true });
const font = await subsetFont(readFileSync(source), letters, { targetFormat: 'woff2' });
writeFileSync(`${out}golos-text-basic.woff2`, font);
console.log(`golos-text-basic.woff2: ${font.length} bytes, ${letters.length} characters`);
