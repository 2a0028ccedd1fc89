// SPDX-License-Identifier: Apache-2.0
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.ZVONOK_DEV_SERVER ?? 'http://127.0.0.1:8098';

/** A first visit needs the sign-in page next: its files are asked for together with the entry, not after it. */
function preloadSignIn(): Plugin {
	return {
		name: 'preload-sign-in',
		apply: 'build',
		transformIndexHtml: {
			order: 'post',
			handler(_html, { bundle }) {
				const chunks = Object.values(bundle ?? {}).filter((file) => file.type === 'chunk');
				const signIn = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('/SignIn.svelte'));
				if (!signIn) return [];
				const entry = new Set(chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
				const files = [signIn.fileName, ...signIn.imports].filter((file) => !entry.has(file));
				return files.map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/${file}`, crossorigin: true }, injectTo: 'head' as const }));
			},
		},
	};
}

export default defineConfig({
	plugins: [svelte({ preprocess: vitePreprocess() }), preloadSignIn()],
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
