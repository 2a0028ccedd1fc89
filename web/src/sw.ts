// SPDX-License-Identifier: Apache-2.0
// The service worker: the client opens without a network. It never touches /api/.
//
// FILES is put in by the build (scripts/sw.mjs): the shell, and every hashed file. A new build is a new cache; the old one
// serves until the person agrees to change over.
declare const self: ServiceWorkerGlobalScope;
declare const FILES: readonly string[];
declare const VERSION: string;

const CACHE = `zvonok-${VERSION}`;
const SHELL = '/';

self.addEventListener('install', (event) => {
	event.waitUntil(
		caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: file.startsWith('/assets/') ? 'default' : 'reload' })))),
	);
});

self.addEventListener('activate', (event) => {
	event.waitUntil(
		(async () => {
			for (const name of await caches.keys()) if (name.startsWith('zvonok-') && name !== CACHE) await caches.delete(name);
			await self.clients.claim();
		})(),
	);
});

self.addEventListener('message', (event) => {
	if (event.data === 'take over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return;
	if (request.mode === 'navigate') {
		event.respondWith(navigation(request));
	} else if (FILES.includes(url.pathname)) {
		event.respondWith(kept(url.pathname, request));
	}
});

const PATIENCE_MS = 4000;

/** From the network while it answers in time; the kept shell otherwise. */
async function navigation(request: Request): Promise<Response> {
	try {
		const response = await Promise.race([
			fetch(request),
			new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too slow')), PATIENCE_MS)),
		]);
		if (response.ok) return response;
	} catch {
		// Offline or too slow.
	}
	return (await (await caches.open(CACHE)).match(SHELL)) ?? fetch(request);
}

async function kept(path: string, request: Request): Promise<Response> {
	return (await (await caches.open(CACHE)).match(path)) ?? fetch(request);
}
