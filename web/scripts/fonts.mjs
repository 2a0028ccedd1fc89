// SPDX-License-Identifier: Apache-2.0
// Cuts Golos Text into what every page needs (signs and figures 11 KB, Russian letters 14 KB), the Latin letters (11 KB), which come when
// a page shows one, and only the weights in use. All other letters stay in the whole files. Run after a new version of the font: npm run fonts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const whole = (name) => fileURLToPath(new URL(`../node_modules/@fontsource-variable/golos-text/files/golos-text-${name}-wght-normal.woff2`, import.meta.url));
const out = fileURLToPath(new URL('../src/ui/fonts/', import.meta.url));
const WEIGHTS = { wght: { min: 400, max: 700, default: 400 } };

// The unicode-range of fonts.css says the same.
const CUTS = {
	signs: { of: 'latin', ranges: [[0x20, 0x40], [0x5b, 0x60], [0x7b, 0x7e], 0xa0, 0xa7, 0xab, 0xb0, 0xb1, 0xb7, 0xbb, 0xd7, [0x2010, 0x2015], [0x2018, 0x201e], 0x2022, 0x2026, 0x2212] },
	letters: { of: 'latin', ranges: [[0x41, 0x5a], [0x61, 0x7a]] },
	russian: { of: 'cyrillic', ranges: [0x301, 0x401, [0x410, 0x44f], 0x451, 0x2116] },
};

mkdirSync(out, { recursive: true });
for (const [name, { of, ranges }] of Object.entries(CUTS)) {
	let text = '';
	for (const range of ranges) {
		const [from, to] = Array.isArray(range) ? range : [range, range];
		for (let code = from; code <= to; code++) text += String.fromCodePoint(code);
	}
	const font = await subsetFont(readFileSync(whole(of)), text, { targetFormat: 'woff2', variationAxes: WEIGHTS });
	writeFileSync(`${out}golos-text-${name}.woff2`, font);
	console.log(`golos-text-${name}.woff2: ${font.length} bytes, ${text.length} characters`);
}
