// SPDX-License-Identifier: Apache-2.0
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { darkBySystem } from './scripts/dark.ts';

const server = process.env.ZVONOK_DEV_SERVER ?? 'http://127.0.0.1:8098';

/** The small first file asks for `start.ts` and what it needs; the page itself names them, so that they come together with it. */
function preloadStart(): Plugin {
	return {
		name: 'preload-start',
		apply: 'build',
		transformIndexHtml: {
			order: 'post',
			handler(_html, { bundle }) {
				const chunks = Object.values(bundle ?? {}).filter((file) => file.type === 'chunk');
				const start = chunks.find((chunk) => chunk.moduleIds.some((id) => id.endsWith('/src/start.ts')));
				if (!start) throw new Error('no chunk of start.ts');
				const entry = new Set(chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
				const files = [start.fileName, ...start.imports].filter((file) => !entry.has(file));
				const styles = new Set(chunks.filter((chunk) => files.includes(chunk.fileName)).flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]));
				return [
					...[...styles].map((file) => ({ tag: 'link', attrs: { rel: 'stylesheet', href: `/${file}`, crossorigin: true }, injectTo: 'head' as const })),
					...files.map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/${file}`, crossorigin: true }, injectTo: 'head' as const })),
				];
			},
		},
	};
}

/** These files of src, their names without what follows the first dot. */
const part = (paths: string): RegExp => new RegExp(`/src/(${paths})\\.`.replaceAll('/', '[\\\\/]'));

export default defineConfig({
	plugins: [svelte({ preprocess: vitePreprocess() }), darkBySystem(), preloadStart()],
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
				// What every screen needs, in few files instead of a dozen: each costs its heads on the wire.
				codeSplitting: {
					includeDependenciesRecursively: false,
					groups: [
						{ name: 'svelte', test: /node_modules[\\/](svelte|esm-env|clsx)[\\/]/ },
						{ name: 'base', test: part('App|i18n/(index|dates|plural|language|words|(ru|en)/(app|words))|api/index|model/person|state/(router|session|settings|toasts|updates|pace)|ui/(Button|EmptyState|Icon|IconButton|Logo|Spinner|Toast|icons|labels)') },
						{ name: 'model', test: part('model/(chat|org|outbox|replica|stream|world)') },
						{ name: 'forms', test: part('ui/(Field|TextField|PhoneField|CodeField|Select|Notice|Menu|phone)') },
						{ name: 'said', test: part('features/common/(problem|words)|i18n/(ru|en)/ui') },
						{ name: 'door', test: part('features/common/(CodeStep|Stage|codeflow|device)|i18n/(ru|en)/signin') },
					],
				},
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
