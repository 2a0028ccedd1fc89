// SPDX-License-Identifier: Apache-2.0
// Builds dist/sw.js from src/sw.ts with the list of files that vite has made, and drops Vite's own manifest.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const source = fileURLToPath(new URL('../src/sw.ts', import.meta.url));

const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'));
const files = new Set(['/', '/manifest.webmanifest', '/icon.svg', '/icon-192.png']);
for (const entry of Object.values(manifest)) {
	for (const file of [entry.file, ...(entry.css ?? []), ...(entry.assets ?? [])]) files.add(`/${file}`);
}
const list = [...files].sort();
const hash = createHash('sha256');
for (const file of list) hash.update(file).update(readFileSync(dist + (file === '/' ? 'index.html' : file.slice(1))));
const version = hash.digest('hex').slice(0, 12);

const { code } = await transformWithOxc(readFileSync(source, 'utf8'), source, { sourcemap: false });
writeFileSync(`${dist}sw.js`, `const FILES = ${JSON.stringify(list)};\nconst VERSION = ${JSON.stringify(version)};\n${code}`);
rmSync(`${dist}.vite`, { recursive: true });

const bytes = list.reduce((sum, file) => sum + statSync(dist + (file === '/' ? 'index.html' : file.slice(1))).size, 0);
console.log(`sw.js: ${list.length} files, ${Math.round(bytes / 1024)} KB, version ${version}; ${readdirSync(`${dist}assets`).length} assets`);
