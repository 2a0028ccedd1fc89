// SPDX-License-Identifier: Apache-2.0
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const server = process.env.ZVONOK_DEV_SERVER ?? 'http://127.0.0.1:8098';

export default defineConfig({
	plugins: [svelte({ preprocess: vitePreprocess() })],
	build: {
		target: 'es2022',
		manifest: true,
		assetsInlineLimit: 0, // CSP: nothing inline, and every file has an immutable name
		modulePreload: { polyfill: false },
		rollupOptions: {
			output: {
				entryFileNames: 'assets/[name]-[hash].js',
				chunkFileNames: 'assets/[name]-[hash].js',
				assetFileNames: 'assets/[name]-[hash][extname]',
			},
		},
	},
	server: {
		host: '127.0.0.1',
		port: 5173,
		proxy: { '/api': { target: server, ws: true } },
	},
	test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
