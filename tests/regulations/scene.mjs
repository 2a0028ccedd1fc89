// SPDX-License-Identifier: Apache-2.0
// What the scenarios of a lyceum, a college and a school share: an organisation out of its application, and people with names of their own.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { logo, paper, png } from '../lib/files.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { comeIn, newPhone, Organisation, signIn } from '../lib/world.mjs';

export const newToken = () => randomBytes(32).toString('base64url');

export const named = ([family_name, given_name, patronymic]) => ({ family_name, given_name, ...(patronymic ? { patronymic } : {}) });

export async function refused(client, command, params, code, field) {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, `${command}: ${error ? error.message : 'was done'}`);
	if (field) assert.equal(error.field, field, command);
	return error;
}

/** Fills in and sends the form as somebody who is not signed in: {client, token, form, file, sent}. */
export async function apply(server, more) {
	const client = new Client(server);
	const file = await paper(client);
	const token = newToken();
	const form = applicationForm({ admin_phone: newPhone(), ...more });
	const sent = await client.call('application_send', { token, form, file_id: file.id, file_token: file.token });
	return { client, token, form, file, sent };
}

/** The operator approves; the administrator signs in with the number of the application. */
export async function approve(server, operator, { form, sent }) {
	const org = new Organisation();
	org.server = server;
	org.id = (await operator.call('application_approve', { application_id: sent.number, client_id: newId() })).org_id;
	org.admin = await signIn(server, form.admin_phone);
	org.staff = (await org.admin.call('unit_list', { org_id: org.id })).units.find(({ kind }) => kind === 'staff');
	return org;
}

/** The local act: the organisation is a draft before it. */
export async function bringAct(org, document) {
	const file = await paper(org.admin, { purpose: 'document', org: org.id, name: 'положение.pdf' });
	return org.admin.call('org_document_add', { org_id: org.id, kind: 'act', ...document, file_id: file.id, client_id: newId() });
}

/** Somebody comes in by a link of this role; staff is confirmed but for `unconfirmed`. */
export async function join(org, role, unit, names, { unconfirmed = false, ...more } = {}) {
	const { token } = await org.invite(role, unit, more);
	const client = await comeIn(org.server, token, named(names));
	if (!unconfirmed && !['student', 'guardian'].includes(role)) await org.confirm(client);
	return client;
}

export const post = (client, chat_id, text) => client.call('message_post', { chat_id, client_id: newId(), text });
export const me = (client) => client.call('me_snapshot');
export const chatsOf = async (client) => (await me(client)).chats;
export const chatOf = async (client, title) => (await chatsOf(client)).find((chat) => chat.title === title);
export const textsIn = async (client, chat_id) => (await client.call('chat_snapshot', { chat_id })).messages.map(({ text }) => text);
export const actions = async (org, client = org.admin) => (await client.call('audit_list', { org_id: org.id, limit: 200 })).entries.map(({ action }) => action);

/** A logo is uploaded, seen without signing in, replaced, removed; nobody else's is touched. */
export async function logoOf(admin, org_id, stranger) {
	const seen = async (id) => (await new Client(admin.server).request('GET', `/api/v1/logos/${id}`)).status;
	const [first, second] = [await logo(admin, org_id), await logo(admin, org_id, png(200, 80), 'эмблема.png')];
	assert.equal((await admin.call('org_logo_set', { org_id, file_id: first, client_id: newId() })).org.logo_id, first);
	assert.equal(await seen(first), 200);
	await admin.call('org_logo_set', { org_id, file_id: second, client_id: newId() });
	assert.deepEqual([await seen(first), await seen(second)], [404, 200]);
	assert.equal((await admin.call('me_snapshot')).memberships.find(({ org }) => org.id === org_id).org.logo_id, second);
	await refused(stranger, 'org_logo_set', { org_id }, 'not_found');
	await admin.call('org_logo_set', { org_id, client_id: newId() });
	assert.equal(await seen(second), 404);
	const { edits } = await admin.call('org_card_history', { org_id });
	assert.deepEqual(edits.filter(({ field }) => field === 'logo').map(({ was, became }) => [was, became]), [['эмблема.png', ''], ['герб.png', 'эмблема.png'], ['', 'герб.png']]);
}

/** What an organisation tells of itself: entered, edited and deleted by its administrator, with the history; its logo too. */
export async function card(org, stranger) {
	const of = { org_id: org.id };
	const set = (fields) => org.admin.call('org_card_set', { ...of, ...fields, client_id: newId() });
	await set({ address: 'ул. Школьная, 1', director: 'Иванова Мария Петровна', phone: '2-15-40', site: 'https://example.ru' });
	await set({ address: 'ул. Школьная, 2' });
	const now = await set({ site: '' });
	assert.deepEqual([now.address, now.director, now.phone, now.site], ['ул. Школьная, 2', 'Иванова Мария Петровна', '2-15-40', '']);
	const { edits } = await org.admin.call('org_card_history', of);
	assert.deepEqual(edits.filter(({ field }) => field === 'site').map(({ was, became, person }) => [was, became, person.id]), [
		['https://example.ru', '', org.admin.person.id], ['', 'https://example.ru', org.admin.person.id]]);
	await refused(stranger, 'org_card_set', { ...of, phone: '1' }, 'not_found');
	await logoOf(org.admin, org.id, stranger);
}

/** Who is expected comes in by a card, is shut out when it is lost, and comes in by another, which `issuer` makes; `mate`, of the same unit, may not. */
export async function comesByCards(server, org, unit, issuer, mate, family) {
	const people = (await org.admin.call('member_expect_many', { unit_id: unit.id, role: 'student', people: [{ family_name: family, given_name: 'Ян' }], client_id: newId() })).people;
	const id = people.find(({ person }) => person.family_name === family).person.id;
	const sees = async () => {
		const { state, card, phone_known } = (await org.admin.call('arrival_list', { unit_id: unit.id })).people.find(({ person }) => person.id === id);
		return [state, card ?? false, phone_known ?? false];
	};
	const of = { unit_id: unit.id, person_ids: [id] };
	const enter = async (token) => {
		const client = new Client(server);
		await client.call('sign_in_card', { token });
		return client;
	};
	assert.deepEqual(await sees(), ['expected', false, false]);
	const [lost] = (await org.admin.call('card_issue', of)).cards;
	assert.deepEqual(await sees(), ['invited', true, false]);
	const first = await enter(lost.token);
	assert.deepEqual(await sees(), ['joined', true, false]);
	// Shut out: no card and no number leads in, and what was open is closed.
	await org.admin.call('card_revoke', { ...of, client_id: newId() });
	assert.deepEqual(await sees(), ['joined', false, false]);
	await refused(first, 'me_snapshot', {}, 'not_signed_in');
	await refused(new Client(server), 'sign_in_card', { token: lost.token }, 'link_unusable');
	const [again] = (await issuer.call('card_issue', of)).cards;
	assert.deepEqual(await sees(), ['joined', true, false]);
	await refused(new Client(server), 'sign_in_card', { token: lost.token }, 'link_unusable');
	await (await enter(again.token)).call('chat_snapshot', { chat_id: unit.chat_id });
	await refused(mate, 'card_issue', of, 'forbidden');
	const { units, staff, staff_joined } = await org.admin.call('arrival_counts', { org_id: org.id });
	const mine = units.find(({ unit_id }) => unit_id === unit.id);
	assert.ok(mine.students >= mine.students_joined && mine.students_joined > 1 && staff >= staff_joined);
	await org.admin.call('member_remove', { org_id: org.id, person_id: id, client_id: newId() });
	await refused(new Client(server), 'sign_in_card', { token: again.token }, 'link_unusable');
}
