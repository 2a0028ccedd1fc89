// SPDX-License-Identifier: Apache-2.0
// What the first paint loads, in gzip bytes: the page, its scripts and styles, both fonts, and the screen itself. Fails above the limit.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT = 130 * 1024;
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const assets = readdirSync(`${dist}assets`).filter((file) => !/\.(gz|br)$/.test(file));
const text = (file) => readFileSync(`${dist}assets/${file}`, 'utf8');
const weight = (path) => (path.endsWith('.woff2') ? readFileSync(path).length : gzipSync(readFileSync(path), { level: 9 }).length);

// Everything that a chunk imports at once, and its style sheets (named in the entry's table of lazy chunks).
function reach(file, seen = new Set()) {
	if (seen.has(file)) return seen;
	seen.add(file);
	for (const [, next] of text(file).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) reach(next, seen);
	return seen;
}

const html = readFileSync(`${dist}index.html`, 'utf8');
const entryFiles = [...html.matchAll(/\/assets\/([\w.-]+\.(?:js|css))/g)].map(([, file]) => file);
const fonts = assets.filter((file) => /^golos-text-(signs|russian)-.*\.woff2$/.test(file)); // the others are loaded by the letters they hold

function fail(text) {
	throw new Error(text);
}

let failed = false;
for (const [screen, ...more] of [['SignIn'], ['Home', 'live.svelte']]) {
	const chunks = [screen, ...more].map((name) => assets.find((file) => file.startsWith(`${name}-`) && file.endsWith('.js')) ?? fail(`no chunk for ${name}`));
	const scripts = new Set();
	for (const file of [...entryFiles.filter((name) => name.endsWith('.js')), ...chunks]) reach(file, scripts);
	const files = new Set([...entryFiles, ...scripts]);
	for (const file of scripts) {
		const stem = file.replace(/-[\w-]{8}\.js$/, '');
		for (const style of assets) if (style.endsWith('.css') && style.replace(/-[\w-]{8}\.css$/, '') === stem) files.add(style);
	}
	let sum = weight(`${dist}index.html`);
	for (const file of [...files, ...fonts]) sum += weight(`${dist}assets/${file}`);
	const fits = sum <= LIMIT;
	failed ||= !fits;
	console.log(`${screen}: ${(sum / 1024).toFixed(1)} KB gzip of ${LIMIT / 1024} (${files.size} files, ${fonts.length} fonts)${fits ? '' : ' TOO MUCH'}`);
}
process.exit(failed ? 1 : 0);
