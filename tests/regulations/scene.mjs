// SPDX-License-Identifier: Apache-2.0
// What the scenarios of a lyceum, a college and a school share: an organisation out of its application, and people with names of their own.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
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
