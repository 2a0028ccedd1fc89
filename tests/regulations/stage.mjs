// SPDX-License-Identifier: Apache-2.0
// A browser for the scenarios: one profile that sits down as whoever signed in through the API.
import assert from 'node:assert/strict';
import { closeAll, faults, pictures, Profile } from '../e2e/browser.mjs';
import { agreeToAll } from '../e2e/steps.mjs';

export { closeAll };

/** A profile on the server, with nobody signed in. */
export async function sit(server, options) {
	const profile = await Profile.open(server.origin, 'Chromium', options);
	return profile.expect(/\/favicon\.ico\)/); // the browser's own wish, where a picture is opened alone
}

/** From now on the browser is this client's: its cookies, and the documents agreed to. */
export async function be(profile, client) {
	await profile.context.clearCookies();
	await profile.context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: profile.origin, httpOnly: true, sameSite: 'Lax' })));
	await profile.go('/icon.svg');
	await profile.page.evaluate((person) => {
		localStorage.clear();
		localStorage.setItem('zvonok.settings', JSON.stringify({ theme: 'light', language: 'ru', textSize: 'normal' }));
		localStorage.setItem('zvonok.person', String(person));
	}, client.person.id);
	await profile.go('/');
	await agreeToAll(profile.page);
	return profile.page;
}

export async function nobody(profile) {
	await profile.context.clearCookies();
	await profile.go('/icon.svg');
	await profile.page.evaluate(() => localStorage.clear());
	return profile.page;
}

/** Runs what a step does, takes a picture when it fails, and wants a quiet console and no other host. */
export const quietly = (name, run) => async () => {
	try {
		await run();
		assert.deepEqual(faults(), []);
	} catch (error) {
		await pictures(name);
		throw error;
	}
};
