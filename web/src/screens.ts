// SPDX-License-Identifier: Apache-2.0
// Every screen is a chunk of its own. A table, not a condition: the bundler folds two imports of one expression into one list of style sheets.
import type { Route } from './route.ts';

export const screens = {
	signin: () => import('./features/signin/SignIn.svelte'),
	invite: () => import('./features/invite/Invite.svelte'),
	claim: () => import('./features/operator/Claim.svelte'),
	apply: () => import('./features/apply/Apply.svelte'),
	join: () => import('./features/join/Join.svelte'),
	card: () => import('./features/join/CardDoor.svelte'),
	about: () => import('./features/join/About.svelte'),
	guest: () => import('./features/call/GuestPage.svelte'),
	home: () => import('./shell/Home.svelte'),
};

export type Screen = keyof typeof screens;

/** Where a path leads; what stands behind a path of this client depends on who is signed in. */
export function screenOf(route: Route, signedIn: boolean): Screen {
	if (route.name === 'invite' || route.name === 'claim' || route.name === 'join' || route.name === 'card' || route.name === 'about' || route.name === 'guest') return route.name;
	if (route.name === 'apply' || route.name === 'application') return 'apply';
	return signedIn ? 'home' : 'signin';
}
