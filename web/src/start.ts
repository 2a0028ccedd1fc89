// SPDX-License-Identifier: Apache-2.0
// The start of the client, in steps that leave the screen free in between.
import { mount } from 'svelte';
import App from './App.svelte';
import { nextTask } from './state/pace.ts';
import { startUpdates } from './state/updates.svelte.ts';
import { router } from './state/router.svelte.ts';
import { session } from './state/session.svelte.ts';
import { settings } from './state/settings.svelte.ts';

export async function start(): Promise<void> {
	settings.start();
	router.start();
	void session.start();
	await nextTask();
	mount(App, { target: document.getElementById('app')! });
	startUpdates();
}
