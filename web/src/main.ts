// SPDX-License-Identifier: Apache-2.0
// The start of the client.
import './ui/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { startUpdates } from './state/updates.svelte.ts';
import { router } from './state/router.svelte.ts';
import { session } from './state/session.svelte.ts';
import { settings } from './state/settings.svelte.ts';

settings.start();
router.start();
void session.start();
// somebody is expected: the messenger is on its way while the server is asked
if (session.status === 'loading') void import('./shell/Home.svelte').catch(() => undefined);
mount(App, { target: document.getElementById('app')! });
startUpdates();
