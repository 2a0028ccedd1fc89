// SPDX-License-Identifier: Apache-2.0
// The address bar as state. Steps inside the client are counted, so that "back" never leaves it.
import { parseRoute, type Route } from '../route.ts';

class Router {
	route = $state.raw<Route>(parseRoute(location.pathname));
	#depth = depthOf(history.state);

	/** Follows the history and takes over clicks on links of this client. Once, at the start. */
	start(): void {
		addEventListener('popstate', (event) => {
			this.#depth = depthOf(event.state);
			this.route = parseRoute(location.pathname);
		});
		document.addEventListener('click', (event) => {
			const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
			if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
			if (link.target || link.origin !== location.origin || link.hasAttribute('download') || link.getAttribute('href')?.startsWith('#')) return;
			event.preventDefault();
			this.go(link.pathname);
		});
	}

	go(path: string, options: { replace?: boolean } = {}): void {
		if (path === location.pathname && !options.replace) return;
		if (options.replace) {
			history.replaceState({ depth: this.#depth }, '', path);
		} else {
			this.#depth += 1;
			history.pushState({ depth: this.#depth }, '', path);
		}
		this.route = parseRoute(path);
	}

	/** One step back, or to `fallback` when the client was opened right here. */
	back(fallback: string): void {
		if (this.#depth > 0) history.back();
		else this.go(fallback, { replace: true });
	}
}

function depthOf(state: unknown): number {
	const depth = (state as { depth?: unknown } | null)?.depth;
	return typeof depth === 'number' ? depth : 0;
}

export const router = new Router();
