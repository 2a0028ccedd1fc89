// SPDX-License-Identifier: Apache-2.0
// A newer client on the server: the service worker has it ready, the person says when to change over.
import { whenIdle } from './pace.ts';

class Updates {
	ready = $state(false);
	#waiting: ServiceWorker | undefined;

	found(worker: ServiceWorker): void {
		this.#waiting = worker;
		this.ready = true;
	}

	/** Changes over: the page is loaded anew by the new client. */
	apply(): void {
		if (!this.#waiting) return location.reload();
		navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
		this.#waiting.postMessage('take over');
	}
}

export const updates = new Updates();

const LOOK_EVERY_MS = 30 * 60_000;
const REGISTER_AFTER_MS = 3000;

export function startUpdates(): void {
	if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
	// The files for the next visit must not hold up this one.
	const later = () => setTimeout(() => whenIdle(() => void register(), 10_000), REGISTER_AFTER_MS);
	if (document.readyState === 'complete') later();
	else addEventListener('load', later);
}

async function register(): Promise<void> {
	if (!navigator.onLine) return addEventListener('online', () => void register(), { once: true });
	try {
		const registration = await navigator.serviceWorker.register(workerUrl(), { type: 'module', updateViaCache: 'none' });
		if (registration.waiting && navigator.serviceWorker.controller) updates.found(registration.waiting);
		registration.addEventListener('updatefound', () => {
			const worker = registration.installing;
			worker?.addEventListener('statechange', () => {
				// The first one ever has nothing to replace.
				if (worker.state === 'installed' && navigator.serviceWorker.controller) updates.found(worker);
			});
		});
		setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS);
	} catch {
		// The client works without it; only opening it offline does not.
	}
}

/** Pages that enforce Trusted Types take a script's address from a policy only; this one knows a single address. */
function workerUrl(): string {
	const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } } })
		.trustedTypes;
	return types ? types.createPolicy('zvonok-worker', { createScriptURL: () => '/sw.js' }).createScriptURL('') : '/sw.js';
}
