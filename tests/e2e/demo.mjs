// SPDX-License-Identifier: Apache-2.0
// The demonstration as a server under test, and people of it signed in without walking through the forms.
import { Server } from '../lib/server.mjs';
import { Profile } from './browser.mjs';

/** Of школа № 98. */
export const PEOPLE = {
	operator: '+79000000000',
	admin: '+79000004000',
	teacher: '+79000004010',
	pupil: '+79000004114',
	parent: '+79000004506',
	waiting: '+79000004014', // a teacher whose status nobody has confirmed
	careful: '+79000004115', // a pupil who has a second step
	curator: '+79000000700', // appointed by appointCurator
	newcomer: '+79000000701', // appointed too, and has agreed to nothing yet
};
export const CODE = '000000';
export const CLASS = '7А';

export const startDemo = () => Server.start({ mode: 'demo', args: ['--rate-limit', '0'] });

/** A command with the browser's own cookies. */
export async function command(profile, name, params = {}) {
	const answer = await profile.context.request.post(`${profile.origin}/api/v1/${name}`, {
		data: params,
		headers: { 'X-Zvonok': '1', Origin: profile.origin },
	});
	const body = await answer.json();
	if (!answer.ok()) throw new Error(`${name}: ${JSON.stringify(body)}`);
	return body;
}

export async function signedIn(server, who, options) {
	const profile = await Profile.open(server.origin, who, options);
	if (PEOPLE[who]) {
		await command(profile, 'code_request', { phone: PEOPLE[who], locale: 'ru' });
		await command(profile, 'sign_in', { phone: PEOPLE[who], code: CODE, device: 'Chromium' });
		const me = await command(profile, 'me_snapshot');
		profile.person = me.person.id;
		if (who === 'curator') for (const { kind, version } of me.documents_due ?? []) await command(profile, 'document_accept', { kind, version });
	}
	await looks(profile, {});
	return profile;
}

/** The looks and the language of a profile's pages from now on; the page also remembers who signed in here. */
export async function looks(profile, { theme = 'light', language = 'ru', textSize = 'normal' }) {
	const { page } = profile;
	await page.goto(`${profile.origin}/icon.svg`);
	await page.evaluate(
		([settings, person]) => {
			localStorage.setItem('zvonok.settings', JSON.stringify(settings));
			if (person) localStorage.setItem('zvonok.person', String(person));
		},
		[{ theme, language, textSize }, profile.person],
	);
}

/** A municipal curator of one organisation, who can sign in from now on. */
export async function appointCurator(operator, who = 'curator') {
	const { orgs } = await command(operator, 'org_list');
	await command(operator, 'curator_grant', { phone: PEOPLE[who], given_name: 'Нина', family_name: 'Кураторова', area: 'Район', org_ids: [orgs[0].id] });
}
