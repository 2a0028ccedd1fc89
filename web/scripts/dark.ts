// SPDX-License-Identifier: Apache-2.0
// A theme is chosen by a person or by the system, and CSS cannot say one block for both. The source says it once; this repeats it.
import type { Plugin } from 'vite';

const CHOSEN = /:root\[data-theme='dark'\] (\{[^}]*\})/;

export function withSystemDark(css: string): string {
	const block = CHOSEN.exec(css)?.[1];
	if (!block) throw new Error("tokens.css has no block :root[data-theme='dark']");
	return `${css}\n@media (prefers-color-scheme: dark) {\n:root:not([data-theme='light']) ${block}\n}\n`;
}

export function darkBySystem(): Plugin {
	return {
		name: 'dark-by-system',
		enforce: 'pre',
		transform(code, id) {
			return id.split('?')[0]!.endsWith('/ui/tokens.css') ? withSystemDark(code) : undefined;
		},
	};
}
