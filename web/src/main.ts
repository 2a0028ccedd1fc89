// SPDX-License-Identifier: Apache-2.0
// The first file of the client, and a small one: it asks at once for everything that the first screen needs, so that nothing waits for
// the rest of the client to come. `start.ts` then begins.
import './ui/tokens.css';
import './ui/base.css';
import { parseRoute } from './route.ts';
import { screenOf, screens } from './screens.ts';
import { askEarly } from './state/early.ts';
import { remembered } from './state/remembered.ts';

const expected = remembered() !== undefined;
if (expected) {
	askEarly();
	import('./state/live.svelte.ts').catch(() => undefined);
}
screens[screenOf(parseRoute(location.pathname), expected)]().catch(() => undefined); // App tells of it
void import('./start.ts').then(({ start }) => start());
