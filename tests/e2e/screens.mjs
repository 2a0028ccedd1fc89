// SPDX-License-Identifier: Apache-2.0
// Every screen of the client: how to come to it, and when it is there. Found by paths and roles, so that they serve in both languages.
import { CLASS, command, PEOPLE } from './demo.mjs';
import { CallDesk, callScreens, toCall } from './screens_call.mjs';
import { lessonScreens, planLessons } from './screens_lesson.mjs';
import { moreScreens, prepare } from './screens_more.mjs';

/** The family name of the demonstration's teacher. */
const TEACHER = 'Орлова';
const heading = (page) => page.getByRole('heading', { level: 1 }).first().waitFor();
const dialog = (page) => page.getByRole('dialog').first().waitFor();

/** What the screens need to know of the demonstration: ids and an invitation. */
export async function lookUp(admin, server) {
	const snapshot = await command(admin, 'me_snapshot');
	const orgId = snapshot.memberships[0].org.id;
	const { units } = await command(admin, 'unit_list', { org_id: orgId });
	const unit = units.find(({ name }) => name === CLASS);
	const empty = units.find(({ name }) => name === 'Методическое объединение') ?? unit;
	const invite = await command(admin, 'invite_create', {
		org_id: orgId,
		role: 'student',
		unit_id: unit.id,
		max_uses: 30,
		expires_in_h: 720,
		client_id: '0123456789abcdef0123456789abcdef',
	});
	const channel = snapshot.chats.find(({ kind }) => kind === 'everybody').id;
	const free = await command(admin, 'chat_create', { org_id: orgId, title: 'Выпускной 2027', audience: ['staff', 'guardian'], open: true });
	const teacher = (await command(admin, 'member_list', { org_id: orgId, query: TEACHER })).members[0].person.id;
	await command(admin, 'chat_member_add', { chat_id: free.id, person_ids: [teacher] });
	await command(admin, 'chat_member_set', { chat_id: free.id, person_id: teacher, keeper: true });
	const { token } = await command(admin, 'chat_link_create', { chat_id: free.id });
	const { teachings } = await command(admin, 'teaching_of', { org_id: orgId, person_id: teacher });
	const taught = teachings.find(({ unit: { name } }) => name !== CLASS).unit.id;
	const prepared = await prepare(admin, orgId, teacher, server);
	const planned = await planLessons(server, admin);
	return { planned, calls: new CallDesk(server, unit.chat_id, planned.teacher), orgId, unit, empty, taught, token: invite.token, channel, free: { id: free.id, token }, ...prepared };
}

/** [name, who, path, then]; `who` undefined: nobody is signed in; `path` undefined: from the screen before. */
export const screens = (known) => [...firstScreens(known), ...moreScreens(known), ...lessonScreens(known), ...callScreens(known)];

const firstScreens = ({ orgId, unit, taught, token, channel, free, planned }) => [
	['sign-in', undefined, '/', heading],
	['sign-in refused', undefined, '/', async (page) => {
		await heading(page);
		await page.locator('button[type=submit]').click();
		await page.locator('[aria-invalid=true]').waitFor();
	}],
	['code', undefined, '/', async (page) => {
		await page.locator('input[type=tel]').fill(PEOPLE.parent);
		await page.locator('button[type=submit]').click();
		await page.locator('input[name=code]').waitFor();
	}],
	['invitation', undefined, `/invite/${token}`, async (page) => void (await page.locator('dl').waitFor())],
	['invitation, unusable', undefined, `/invite/${token.slice(0, -2)}xx`, heading],
	['invitation code', undefined, '/join', heading],
	['card', undefined, '/card', heading],
	['public page', undefined, `/about/${orgId}`, heading],
	['first operator', undefined, `/operator/${token}`, heading],
	['no such page', undefined, '/nowhere/at/all', heading],
	['application', undefined, '/apply', heading],
	['application, wrong fields', undefined, '/apply', async (page) => {
		await heading(page);
		await page.locator('button[type=submit]').click();
		await page.locator('[aria-invalid=true]').first().waitFor();
	}],
	['applications', 'operator', '/operator/applications', async (page) => void (await page.locator('main [aria-pressed=true]').waitFor())],
	['curators', 'operator', '/operator/curators', async (page) => void (await page.locator('main button').last().waitFor())],
	['support', 'operator', '/operator/support', async (page) => void (await page.locator('main section').nth(1).waitFor())],
	['support, deleting', 'operator', '/operator/support', async (page) => {
		await page.locator('main section').nth(1).getByRole('button').click();
		await dialog(page);
	}],
	['help as the operator writes it', 'operator', '/operator/help', async (page) => void (await page.locator('main section').nth(1).waitFor())],
	['write a page of help', 'operator', '/operator/help', async (page) => {
		await page.locator('main section').nth(1).locator('.head button').click();
		await dialog(page);
	}],
	['help', 'teacher', '/help', async (page) => void (await page.locator('main details, main .empty').first().waitFor())],
	['record a violation', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await page.locator('main section').last().locator('.head button').click();
		await dialog(page);
	}],
	['organisations of a curator', 'curator', '/curator', async (page) => {
		await page.locator('main section button').first().click();
		await page.locator('main dl.figures').waitFor();
	}],
	['journal of the installation', 'operator', '/operator/journal', async (page) => void (await page.locator('main select').waitFor())],
	['overview of an organisation', 'admin', `/org/${orgId}/guide`, async (page) => void (await page.locator('main ol li').nth(4).waitFor())],
	['card of an organisation', 'admin', `/org/${orgId}/card`, async (page) => void (await page.locator('main dl').waitFor())],
	['edit the card', 'admin', `/org/${orgId}/card`, async (page) => {
		await page.locator('main dl').waitFor();
		await page.locator('main section button').first().click();
		await dialog(page);
	}],
	['choose a logo', 'admin', `/org/${orgId}/card`, async (page) => {
		await page.locator('main dl').waitFor();
		await page.locator('main .logo button').first().click();
		await dialog(page);
	}],
	['journal of an organisation', 'admin', `/org/${orgId}/journal`, async (page) => void (await page.locator('main select').waitFor())],
	['organisations', 'operator', '/operator', async (page) => void (await page.getByRole('list').nth(1).or(page.locator('main li').first()).first().waitFor())],
	['create organisation', 'operator', '/operator', async (page) => {
		await page.locator('main button').first().click();
		await dialog(page);
	}],
	['structure', 'admin', `/org/${orgId}/structure`, async (page) => void (await page.locator('main li').nth(5).waitFor())],
	['structure, menu', 'admin', `/org/${orgId}/structure`, async (page) => {
		await page.locator('main button[aria-haspopup=menu]').first().click();
		await page.getByRole('menu').waitFor();
	}],
	['create classes', 'admin', `/org/${orgId}/structure`, async (page) => {
		await page.locator('main .bar button').click();
		await dialog(page);
		await page.locator('dialog[open] textarea').fill('5А, 5Б, 8В');
	}],
	['unit', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => void (await page.locator('main section').nth(2).waitFor())],
	['unit, appoint', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await page.locator('main section button').first().click();
		await dialog(page);
	}],
	['subjects', 'admin', `/org/${orgId}/subjects`, async (page) => void (await page.locator('main section h2').first().waitFor())],
	['named sets', 'admin', `/org/${orgId}/sets`, async (page) => void (await page.locator('main section h2').first().waitFor())],
	['archive', 'admin', `/org/${orgId}/archive`, async (page) => void (await page.locator('main section h2').first().waitFor())],
	['unit of a lead', 'teacher', `/org/${orgId}/unit/${unit.id}`, async (page) => void (await page.locator('main section').first().waitFor())],
	['people', 'admin', `/org/${orgId}/people`, async (page) => void (await page.locator('main li').nth(8).waitFor())],
	['people, menu', 'admin', `/org/${orgId}/people`, async (page) => {
		await page.locator('main button[aria-haspopup=menu]').nth(2).click();
		await page.getByRole('menu').waitFor();
	}],
	['select people', 'admin', `/org/${orgId}/people`, async (page) => {
		await page.locator('main .ways button').first().click();
		await page.locator('.tick input').nth(4).check();
	}],
	['transfer pupils, form', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await page.locator('main section .head button').nth(2).click(); // behind those of leads and of subjects
		await page.locator('dialog[open] li input').nth(1).check();
		await page.locator('dialog[open] li input').nth(2).check();
		await page.locator('dialog[open] button[type=submit]').click();
		await page.locator('dialog[open] select').nth(1).waitFor();
	}],
	['transfer pupils, preview', 'admin', `/org/${orgId}/unit/${unit.id}`, async (page) => {
		await page.locator('main section .head button').nth(2).click(); // behind those of leads and of subjects
		await page.locator('dialog[open] li input').nth(1).check();
		await page.locator('dialog[open] button[type=submit]').click();
		await page.locator('dialog[open] select').nth(1).selectOption({ index: 1 });
		await page.locator('dialog[open] button[type=submit]').click();
		await page.locator('dialog[open] h3').first().waitFor();
	}],
	['journal of movement', 'admin', `/org/${orgId}/movements`, async (page) => void (await page.locator('main section select').waitFor())],
	['the next school year', 'admin', `/org/${orgId}/rollover`, async (page) => void (await page.locator('main tbody tr').nth(2).waitFor())],
	['the next school year, preview', 'admin', `/org/${orgId}/rollover`, async (page) => {
		await page.locator('main tbody tr').nth(2).waitFor();
		for (const step of ['2', '3', '4']) {
			await page.locator('main form button[type=submit]').click();
			await page.locator(`main progress[value="${step}"]`).waitFor();
		}
	}],
	['remove a person', 'admin', `/org/${orgId}/people`, async (page) => {
		await page.locator('main button[aria-haspopup=menu]').nth(4).click();
		await page.getByRole('menuitem').last().click();
		await dialog(page);
	}],
	['who has not accepted the documents', 'admin', `/org/${orgId}/people`, async (page) => {
		await page.locator('main .foot button').first().click();
		await page.locator('dialog[open] li, dialog[open] .empty').first().waitFor();
	}],
	['links', 'admin', `/org/${orgId}/links`, async (page) => void (await page.locator('main li').nth(3).waitFor())],
	['create a link', 'admin', `/org/${orgId}/links`, async (page) => {
		await page.locator('main .bar button').click();
		await dialog(page);
	}],
	['link with its QR code', 'admin', `/org/${orgId}/links`, async (page) => {
		await page.locator('main .deeds button[aria-haspopup=menu]').first().click();
		await page.getByRole('menuitem').nth(1).click();
		await dialog(page);
	}],
	['reception', 'admin', `/org/${orgId}/reception`, async (page) => void (await page.locator('main input[type=checkbox]').first().waitFor())],
	['a class where one teaches', 'teacher', `/mine/${orgId}/${taught}`, async (page) => void (await page.locator('main h2').nth(1).waitFor())],
	['my class', 'teacher', `/mine/${orgId}`, async (page) => void (await page.locator('main li').nth(3).waitFor())],
	['a class, for an administrator', 'admin', `/mine/${orgId}/${unit.id}`, async (page) => void (await page.locator('main li').nth(3).waitFor())],
	['names typed', 'teacher', `/mine/${orgId}`, async (page) => {
		await page.locator('main .bar button').first().click();
		await dialog(page);
	}],
	['messenger', 'parent', '/', async (page) => void (await page.locator('[data-chat]').first().waitFor())],
	['conversation', 'parent', `/chat/${unit.chat_id}`, async (page) => void (await page.locator('[data-client-id]').first().waitFor())],
	['conversation of a teacher', 'teacher', `/chat/${unit.chat_id}`, async (page) => void (await page.locator('[data-client-id]').first().waitFor())],
	['members', 'parent', `/chat/${unit.chat_id}`, async (page) => {
		await page.locator('[data-client-id]').first().waitFor();
		await page.locator('.about').click();
		await page.locator('dialog[open] li').first().waitFor();
	}],
	['channel, to read', 'parent', `/chat/${channel}`, async (page) => void (await page.locator('.readonly').waitFor())],
	['open chats', 'parent', '/', async (page) => {
		await page.locator('.top button').click();
		await dialog(page);
	}],
	['new chat', 'teacher', '/', async (page) => {
		await page.locator('.top button').click();
		await page.locator('dialog[open] fieldset').waitFor();
	}],
	['chat made by hand', 'teacher', `/chat/${free.id}`, async (page) => {
		await page.locator('.about').click();
		await page.locator('dialog[open] section button').first().click();
		await page.locator('dialog[open] .people input').nth(1).waitFor();
	}],
	['link into a chat', 'parent', `/chat-link/${free.token}`, async (page) => void (await page.locator('.card button').waitFor())],
	['link into a chat, unusable', 'parent', `/chat-link/${free.token.slice(0, -2)}xx`, async (page) => void (await page.locator('.card a').waitFor())],
	['chats of the organisation', 'admin', `/org/${orgId}/chats`, async (page) => void (await page.locator('main li').nth(8).waitFor())],
	['entering by duty', 'admin', `/org/${orgId}/chats`, async (page) => {
		await page.locator('main li button').nth(2).click();
		await dialog(page);
	}],
	['no such chat', 'parent', '/chat/999999', async (page) => void (await page.locator('.conversation a[href="/"]').waitFor())],
	['broadcast, planned', 'teacher', `/chat/${planned.broadcast.chat}`, async (page) => {
		await toCall(page);
		await page.locator('.card .choices > div > button').last().click();
		await page.locator('dialog[open] select').first().selectOption('later');
		await page.locator('dialog[open] input[type=time]').waitFor();
	}],
	['profile', 'parent', '/', async (page) => {
		await page.locator('.me').click();
		await dialog(page);
	}],
	['account', 'parent', '/account', async (page) => void (await page.locator('main section').nth(4).waitFor())],
	['second step, setting up', 'parent', '/account', async (page) => {
		await page.locator('main section').filter({ has: page.getByRole('heading', { name: /Второй шаг входа|Second step/ }) }).getByRole('button').first().click();
		await page.locator('dialog[open] svg[role=img]').waitFor();
	}],
	['account taken', 'parent', '/account/taken', dialog],
	['reports of taken accounts', 'admin', `/org/${orgId}/reports`, async (page) => void (await page.getByRole('heading', { level: 2 }).first().waitFor())],
	['account taken, not signed in', undefined, '/', async (page) => {
		await page.locator('.first button').click();
		await page.locator('main input[type=tel]').waitFor();
	}],
	['not for you', 'parent', `/org/${orgId}/people`, heading],
	['messenger of the operator', 'operator', '/', heading],
];

