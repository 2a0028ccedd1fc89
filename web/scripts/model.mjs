// SPDX-License-Identifier: Apache-2.0
// Bundles src/model into one file for tests that drive it in node: node scripts/model.mjs <file.mjs>
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const [, , out = 'model.mjs'] = process.argv;
const path = resolve(out);

await build({
	configFile: false,
	publicDir: false,
	logLevel: 'warn',
	build: {
		target: 'node20',
		minify: false,
		emptyOutDir: false,
		outDir: resolve(path, '..'),
		lib: { entry: fileURLToPath(new URL('../src/model/index.ts', import.meta.url)), formats: ['es'], fileName: () => path.slice(path.lastIndexOf('/') + 1) },
	},
});
