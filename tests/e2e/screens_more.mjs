// SPDX-License-Identifier: Apache-2.0
// More screens: what stands behind a press on those of screens.mjs, and what only somebody in a certain state sees.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { totp } from '../lib/totp.mjs';
import { CODE, command, PEOPLE } from './demo.mjs';

const I18N = new URL('../../web/src/i18n/', import.meta.url);

/** A text of the client as a pattern for both languages: "join.parent_invite". */
export function word(name) {
	const [feature, key] = name.split('.');
	const of = (language) => {
		const found = readFileSync(new URL(`${language}/${feature}.ts`, I18N), 'utf8').match(new RegExp(`^\\t${key}:\\s+'(.*)',$`, 'm'));
		if (!found) throw new Error(`${language}/${feature}.ts has no ${key}`);
		return found[1].replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\\\{\w+\\\}/g, '.*');
	};
	return new RegExp(`^(${of('ru')}|${of('en')})`);
}

export const dialog = (page) => page.getByRole('dialog').first().waitFor();
export const press = (scope, name) => scope.getByRole('button', { name: word(name) }).first().click();
const choose = async (page, name) => {
	await page.getByRole('menuitem', { name: word(name) }).first().click();
	await dialog(page);
};
/** Presses, and waits for the dialog that it opens. */
export const opens = (name) => async (page) => {
	await press(page.locator('main'), name);
	await dialog(page);
};
/** Opens the n-th menu of the page, and chooses. */
const inMenu = (name, nth = 0, menus = 'main button[aria-haspopup=menu]') => async (page) => {
	await page.locator(menus).nth(nth).click();
	await choose(page, name);
};

/** A command of whoever the page belongs to. */
const ask = (page, name, params) =>
	page.evaluate(
		async ([name, params]) => (await fetch(`/api/v1/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Zvonok': '1' }, body: JSON.stringify(params) })).json(),
		[name, params],
	);

/** What must be there for these screens: an application, a handover that is offered, somebody with a second step. */
export async function prepare(admin, orgId, successor, server) {
	const nobody = new Client(server);
	const papers = await paper(nobody);
	const application = randomBytes(32).toString('base64url');
	await nobody.call('application_send', { token: application, form: applicationForm(), file_id: papers.id, file_token: papers.token });
	if (!(await command(admin, 'handover_get', { org_id: orgId })).handover) {
		await command(admin, 'handover_offer', { org_id: orgId, person_id: successor, order_number: '12-л', order_date: '2026-09-01', stay_as: 'head', client_id: newId() });
	}
	const careful = new Client(server);
	await careful.call('code_request', { phone: PEOPLE.careful, locale: 'ru' });
	const { person } = await careful.call('sign_in', { phone: PEOPLE.careful, code: CODE, device: 'Телефон' });
	if (person) {
		const { secret } = await careful.call('totp_begin');
		await careful.call('totp_confirm', { code: totp(secret) });
	}
	return { application };
}

const GOOD = 'Фамилия;Имя;Отчество;Класс;Роль\nНовикова;Алла;Петровна;7А;ученик\nНовиков;Пётр;;7А;ученик\nСидорова;Инна;Львовна;;учитель\n';
const WRONG = 'Фамилия;Имя;Отчество;Класс;Роль\n=HYPERLINK(1);Алла;Петровна;7А;ученик\nНовиков;;;7А;ученик\nПетров;Пётр;;777Ъ;ученик\nПетров;Олег;;7А;космонавт\n';

/** The screen of lists from a file as it is before any. */
async function noList(page, orgId) {
	const now = await ask(page, 'roster_import_get', { org_id: orgId });
	if (!now.import || ['done', 'cancelled', 'failed'].includes(now.import.state)) return;
	await ask(page, 'roster_import_cancel', { org_id: orgId, import_id: now.import.id, client_id: newId() });
	await page.reload();
}

async function list(page, orgId, text) {
	await noList(page, orgId);
	await page.locator('main input[type=file]').setInputFiles({ name: 'Список.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
	await press(page.locator('main'), 'roster.check');
}

const toSecondStep = async (page) => {
	await page.locator('input[type=tel]').fill(PEOPLE.careful);
	await page.locator('button[type=submit]').click();
	await page.locator('input[name=code]').fill(CODE);
	await page.locator('.lost').waitFor();
};

export const moreScreens = ({ orgId, unit, token, free, application }) => [
	['card that was scanned', undefined, `/card/${token}`, (page) => page.locator('main button[type=submit]').waitFor()],
	['public page, request', undefined, `/about/${orgId}`, async (page) => {
		await press(page, 'join.about_ask');
		await page.locator('main select').nth(1).waitFor();
	}],
	['application, sent', undefined, `/apply/${application}`, (page) => page.locator('main dl, main h1').first().waitFor()],
	['second step asked', undefined, '/', toSecondStep],
	['second step by a recovery code', undefined, '/', async (page) => {
		await toSecondStep(page);
		await press(page, 'secondstep.use_recovery');
		await page.locator('input[name=code]').waitFor({ state: 'detached' });
	}],
	['documents to agree to', 'newcomer', '/', (page) => page.getByRole('heading', { level: 1 }).first().waitFor()],
	['status not confirmed', 'waiting', '/', (page) => page.locator('.notice').first().waitFor()],
	['status not confirmed, asked', 'waiting', '/', async (page) => {
		await page.locator('.notice button').first().click();
		await dialog(page);
	}],
	['rights of an administrator offered', 'teacher', '/', (page) => page.locator('.banner .notice').first().waitFor()],
	['rights of an administrator offered, the card', 'teacher', `/org/${orgId}/card`, (page) => page.locator('main .notice button').nth(1).waitFor()],

	['application, read by the operator', 'operator', '/operator/applications', async (page) => {
		await page.locator('main button.one').first().click();
		await page.locator('main dl').first().waitFor();
	}],
	['curator appointed', 'operator', '/operator/curators', opens('queue.curator_add')],
	['administrator appointed anew', 'operator', '/operator', inMenu('queue.reappoint')],

	['card, history of edits', 'admin', `/org/${orgId}/card`, async (page) => {
		await press(page.locator('main'), 'cabinet.history_show');
		await page.locator('main section h3').first().waitFor();
	}],
	['document added', 'admin', `/org/${orgId}/card`, opens('cabinet.document_add')],
	['deputy appointed', 'admin', `/org/${orgId}/card`, opens('cabinet.coadmin_add')],
	['responsible for a step', 'admin', `/org/${orgId}/guide`, async (page) => {
		await page.locator('main ol li button').first().click();
		await dialog(page);
	}],

	['unit, subject added', 'admin', `/org/${orgId}/unit/${unit.id}`, opens('structure.teaching_add')],
	['unit, lead relieved', 'admin', `/org/${orgId}/unit/${unit.id}`, opens('structure.lead_end')],
	['unit, link for a parent', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await press(page.locator('main'), 'join.parent_invite');
		await page.locator('dialog[open] svg[role=img]').waitFor();
	}],
	['unit, parent chosen', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await press(page.locator('main'), 'structure.family_add_of');
		await page.locator('dialog[open] li button').first().waitFor();
	}],
	['unit, renamed', 'admin', `/org/${orgId}/unit/${unit.id}`, inMenu('admin.unit_rename')],
	['unit, merged', 'admin', `/org/${orgId}/unit/${unit.id}`, inMenu('movement.merge')],
	['unit, year', 'admin', `/org/${orgId}/unit/${unit.id}`, inMenu('structure.year_set')],
	['unit, archived', 'admin', `/org/${orgId}/unit/${unit.id}`, inMenu('structure.archive_unit')],
	['subjects added', 'admin', `/org/${orgId}/subjects`, opens('structure.subjects_add')],
	['named set made', 'admin', `/org/${orgId}/sets`, opens('structure.set_add')],
	['people of a named set', 'admin', `/org/${orgId}/sets`, async (page) => {
		await page.locator('main li button[aria-expanded]').first().click();
		await page.locator('main section').nth(1).waitFor();
	}],
	['person added to a unit', 'admin', `/org/${orgId}/people`, inMenu('admin.person_add', 4)],
	['list from a file', 'admin', `/org/${orgId}/import`, async (page) => {
		await page.locator('main h3, main .problems, main .buttons').first().waitFor();
		await noList(page, orgId);
		await page.locator('main input[type=file]').waitFor({ state: 'attached' });
	}],
	['list from a file, with mistakes', 'admin', `/org/${orgId}/import`, async (page) => {
		await page.locator('main h3, main .problems, main .buttons').first().waitFor();
		await list(page, orgId, WRONG);
		await page.locator('main .problems li').nth(2).waitFor();
	}],
	['list from a file, what will change', 'admin', `/org/${orgId}/import`, async (page) => {
		await page.locator('main h3, main .problems, main .buttons').first().waitFor();
		await list(page, orgId, GOOD);
		await page.locator('main dl div').nth(2).waitFor();
	}],
	['the next school year, who stays', 'admin', `/org/${orgId}/rollover`, async (page) => {
		await page.locator('main tbody tr').nth(2).waitFor();
		await page.locator('main form button[type=submit]').click();
		await page.locator('main progress[value="2"]').waitFor();
	}],
	['the next school year, new classes', 'admin', `/org/${orgId}/rollover`, async (page) => {
		await page.locator('main tbody tr').nth(2).waitFor();
		for (const step of ['2', '3']) {
			await page.locator('main form button[type=submit]').click();
			await page.locator(`main progress[value="${step}"]`).waitFor();
		}
	}],
	['links for everybody', 'admin', `/org/${orgId}/links`, opens('join.bulk')],
	['unused links annulled', 'admin', `/org/${orgId}/links`, opens('join.unused')],
	['link handed on', 'admin', `/org/${orgId}/links`, inMenu('join.hand', 0, 'main .deeds button[aria-haspopup=menu]')],
	['who came by a link', 'admin', `/org/${orgId}/links`, inMenu('join.uses', 0, 'main .deeds button[aria-haspopup=menu]')],
	['link annulled', 'admin', `/org/${orgId}/links`, inMenu('admin.link_annul', 0, 'main .deeds button[aria-haspopup=menu]')],
	['memo to print', 'admin', `/org/${orgId}/links`, async (page) => {
		await page.locator('main .deeds button[aria-haspopup=menu]').first().click();
		await page.getByRole('menuitem', { name: word('join.memo') }).click();
		await page.locator('[role=dialog], dialog[open]').first().waitFor();
	}],
	['my class, link shown', 'teacher', `/mine/${orgId}`, async (page) => {
		await page.locator('main li').nth(3).waitFor();
		if ((await page.getByRole('button', { name: word('join.unit_link_show') }).count()) === 0) await press(page, 'join.unit_link_make');
		await press(page, 'join.unit_link_show');
		await page.locator('dialog[open] svg[role=img]').waitFor();
	}],
	['people of my class', 'teacher', `/org/${orgId}/unit/${unit.id}`, (page) => page.locator('main li').nth(3).waitFor()],

	['own name, to be changed', 'parent', '/account', async (page) => {
		await page.locator('main section button').first().click();
		await dialog(page);
	}],
	['own number, to be changed', 'parent', '/account', opens('account.phone_change')],
	['passkey, to be added', 'parent', '/account', opens('account.passkey_add')],
	['account, to be deleted', 'parent', '/account', opens('account.goodbye_start')],
	['text of a document', 'parent', '/account', async (page) => {
		await page.locator('main .documents button').first().click();
		await page.locator('dialog[open] p').nth(1).waitFor();
	}],
	['leaving a chat', 'teacher', `/chat/${free.id}`, async (page) => {
		await page.locator('.about').click();
		await page.locator('dialog[open] .ends button').last().click();
		await page.getByRole('dialog', { name: word('chats.leave') }).waitFor();
	}],
];
