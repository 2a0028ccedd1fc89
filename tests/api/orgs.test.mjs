// SPDX-License-Identifier: Apache-2.0
// An organisation from its application to its administrators: R1-R8, R12, R118, R119 on the wire.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { create, idOf } from '../lib/upload.mjs';
import { Organisation, claimOperator, comeIn, makeCurator, newPhone, newWord, signIn } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const refused = async (client, command, params, code, field) => {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, `${command}: ${JSON.stringify(error)}`);
	if (field) assert.equal(error.field, field);
	return error;
};
const newToken = () => randomBytes(32).toString('base64url');
const org = await Organisation.create(server, operator);
const first = await org.unit();

async function apply(more = {}) {
	const client = new Client(server);
	const file = await paper(client);
	const token = newToken();
	const form = applicationForm({ admin_phone: newPhone(), ...more });
	const sent = await client.call('application_send', { token, form, file_id: file.id, file_token: file.token });
	return { client, token, form, file, sent };
}

test('an application: sent once, returned, corrected, approved; the phone in it gets the rights', async () => {
	const { client, token, form, file, sent } = await apply();
	assert.deepEqual([sent.state, sent.short_name, sent.form], ['sent', form.short_name, undefined]);
	assert.deepEqual(await client.call('application_send', { token, form, file_id: file.id, file_token: file.token }), sent);
	assert.deepEqual(await new Client(server).call('application_status', { token }), sent);
	await refused(new Client(server), 'application_status', { token: newToken() }, 'link_unusable');
	await refused(client, 'application_resend', { token, form }, 'conflict');
	await refused(client, 'application_resend', { token: newToken(), form }, 'link_unusable');

	const queue = await operator.call('application_list', { state: 'sent' });
	assert.ok(queue.applications.some(({ id }) => id === sent.number) && queue.sent >= 1);
	const seen = await operator.call('application_get', { application_id: sent.number });
	assert.equal(seen.form.admin_email, form.admin_email);
	assert.equal(seen.file.name, 'приказ.pdf');
	await refused(operator, 'application_get', { application_id: 999999 }, 'not_found');
	const bytes = await operator.request('GET', `/api/v1/files/${seen.file.id}`);
	assert.equal(bytes.status, 200);

	const decision = { application_id: sent.number, client_id: newId() };
	await operator.call('application_return', { ...decision, reason: 'Нет печати' });
	for (const command of ['application_approve', 'application_return', 'application_reject']) {
		const params = { application_id: sent.number, ...(command === 'application_approve' ? {} : { reason: 'ещё раз' }) };
		await refused(operator, command, params, 'conflict');
		await refused(operator, command, { ...params, application_id: 999999 }, 'not_found');
	}
	const returned = await client.call('application_status', { token });
	assert.deepEqual([returned.state, returned.reason, returned.form.address], ['returned', 'Нет печати', form.address]);
	await refused(client, 'application_resend', { token, form, file_id: 999999, file_token: newId() }, 'not_found', 'file_id');
	const other = await paper(client, { name: 'с печатью.pdf' });
	const phone = newPhone();
	const again = await client.call('application_resend', { token, form: { ...form, admin_phone: phone }, file_id: other.id, file_token: other.token });
	assert.deepEqual([again.state, again.file_name, again.form], ['sent', 'с печатью.pdf', undefined]);
	assert.equal((await operator.request('GET', `/api/v1/files/${seen.file.id}`)).status, 404);

	const approved = await operator.call('application_approve', { application_id: sent.number, client_id: newId() });
	assert.equal((await client.call('application_status', { token })).state, 'approved');
	const admin = await signIn(server, phone);
	const me = await admin.call('me_snapshot');
	assert.deepEqual(me.memberships.map(({ org: { id, state }, role }) => [id, state, role]), [[approved.org_id, 'draft', 'admin']]);
	const card = await admin.call('org_card_get', { org_id: approved.org_id });
	assert.deepEqual([card.region, card.address, card.inn, card.director], [form.region, form.address, form.inn, form.head_name]);
	assert.ok(!JSON.stringify(card).includes(form.admin_email)); // R4: the operator's only
	const { appointments } = await admin.call('appointment_list', { org_id: approved.org_id });
	assert.deepEqual(appointments.map(({ how, order_number, person }) => [how, order_number, person.id]), [['application', form.order_number, admin.person.id]]);

	// R1: a draft invites staff only, until its local act is there.
	const { id } = await admin.call('unit_create', { org_id: approved.org_id, kind: 'class', name: '7А' });
	await refused(admin, 'invite_create', { org_id: approved.org_id, role: 'student', unit_id: id }, 'conflict');
	await refused(admin, 'invite_create', { org_id: approved.org_id, role: 'guardian', unit_id: id }, 'conflict');
	await refused(admin, 'unit_invite_create', { unit_id: id, role: 'student' }, 'conflict');
	await refused(admin, 'invite_create_many', { org_id: approved.org_id, unit_ids: [id], roles: ['lead', 'student'] }, 'conflict');
	await admin.call('invite_create', { org_id: approved.org_id, role: 'teacher' });
	const socket = await admin.socket();
	const act = await paper(admin, { purpose: 'document', org: approved.org_id });
	const document = { org_id: approved.org_id, kind: 'act', title: 'Положение', number: '75', date: '2026-09-01', file_id: act.id };
	const added = await admin.call('org_document_add', { ...document, client_id: newId() });
	assert.deepEqual([added.version, added.document], [1, added.id]);
	await socket.event(({ type, data }) => type === 'membership_changed' && data.membership.org.state === 'active');
	await socket.event(({ type, data }) => type === 'org_changed' && data.what === 'documents');
	await socket.close();
	await admin.call('invite_create', { org_id: approved.org_id, role: 'student', unit_id: id });
	const second = await paper(admin, { purpose: 'document', org: approved.org_id });
	await refused(admin, 'org_document_add', { ...document, kind: 'order', file_id: second.id, replaces: added.document }, 'conflict', 'kind');
	await refused(admin, 'org_document_add', { ...document, file_id: second.id, replaces: 999999 }, 'not_found', 'replaces');
	const newer = await admin.call('org_document_add', { ...document, title: 'Положение, новая редакция', file_id: second.id, replaces: added.document });
	assert.equal(newer.version, 2);
	const { documents } = await admin.call('org_document_list', { org_id: approved.org_id });
	assert.deepEqual(documents.map(({ version, title }) => [version, title]), [[2, 'Положение, новая редакция'], [1, 'Положение']]);
	await refused(org.admin, 'org_document_list', { org_id: approved.org_id }, 'not_found');
	assert.notEqual((await org.admin.request('GET', `/api/v1/files/${second.id}`)).status, 200);
});

test('an application that cannot be taken', async () => {
	const client = new Client(server);
	const file = await paper(client);
	const send = (form, more = {}) => ({ token: newToken(), form: applicationForm(form), file_id: file.id, file_token: file.token, ...more });
	await refused(client, 'application_send', send({ consent: false }), 'invalid_field', 'form.consent');
	await refused(client, 'application_send', send({ region: '80' }), 'invalid_field', 'form.region');
	await refused(client, 'application_send', send({ inn: '7707083894' }), 'invalid_field', 'form.inn');
	await refused(client, 'application_send', send({ name: '\u202e\u202e' }), 'invalid_field', 'form.name');
	await refused(client, 'application_send', send({}, { file_id: 999999 }), 'not_found', 'file_id');
	await refused(client, 'application_send', send({}, { file_token: newId() }), 'not_found', 'file_id');
	const begun = newId();
	const unfinished = { file_id: idOf(await create(client, 100, { name: 'приказ.pdf', purpose: 'application', token: begun })), file_token: begun };
	await refused(client, 'application_send', send({}, unfinished), 'conflict', 'file_id');
	await client.call('application_send', send());
	await refused(client, 'application_send', send(), 'not_found', 'file_id'); // another application holds the file
});

test('so many applications an hour from an address', async () => {
	const { client } = await apply();
	for (let i = 1; i < 5; i++) {
		const file = await paper(client);
		await client.call('application_send', { token: newToken(), form: applicationForm(), file_id: file.id, file_token: file.token });
	}
	const file = await paper(client);
	await refused(client, 'application_send', { token: newToken(), form: applicationForm(), file_id: file.id, file_token: file.token }, 'rate_limited');
});

test('rejected is final; the queue by pages', async () => {
	const { client, token, form, sent } = await apply();
	await operator.call('application_reject', { application_id: sent.number, reason: 'Это не образовательная организация' });
	assert.equal((await client.call('application_status', { token })).state, 'rejected');
	await refused(client, 'application_resend', { token, form }, 'conflict');
	const all = (await operator.call('application_list', { state: 'sent' })).applications.map(({ id }) => id);
	const paged = [];
	for (let page = { next_after: 0 }; page.next_after !== undefined; paged.push(...page.applications.map(({ id }) => id))) {
		page = await operator.call('application_list', { state: 'sent', limit: 2, ...(page.next_after ? { after: page.next_after } : {}) });
	}
	assert.deepEqual(paged, all);
});

test('the card: each change is kept with what was before; members hear of a new name', async () => {
	const teacher = await org.person('teacher');
	const socket = await teacher.socket();
	const name = newWord('Гимназия');
	await org.admin.call('org_card_set', { org_id: org.id, short_name: name, address: 'Терек, Ленина, 1', site: 'https://school.ru', client_id: newId() });
	await socket.event(({ type, data }) => type === 'membership_changed' && data.membership.org.short_name === name);
	await socket.close();
	await org.admin.call('org_card_set', { org_id: org.id, address: '', region: '07' });
	const { edits } = await org.admin.call('org_card_history', { org_id: org.id });
	assert.deepEqual(edits.map(({ field, was, became }) => [field, was, became]), [
		['address', 'Терек, Ленина, 1', ''], ['region', '', '07'], ['site', '', 'https://school.ru'], ['address', '', 'Терек, Ленина, 1'], ['short_name', org.word, name],
	].sort((x, y) => edits.findIndex((e) => e.field === x[0] && e.became === x[2]) - edits.findIndex((e) => e.field === y[0] && e.became === y[2])));
	assert.ok(edits.every(({ person }) => person.id === org.admin.person.id));
	for (const [field, value] of [['region', '99'], ['inn', '123'], ['email', 'почта'], ['short_name', '   ']]) {
		await refused(org.admin, 'org_card_set', { org_id: org.id, [field]: value }, 'invalid_field', field);
	}
	const page = await org.admin.call('org_card_history', { org_id: org.id, limit: 2 });
	assert.deepEqual((await org.admin.call('org_card_history', { org_id: org.id, before: page.next_before })).edits, edits.slice(2));
	assert.equal((await teacher.call('org_card_get', { org_id: org.id })).region, '07');
	await refused(teacher, 'org_card_history', { org_id: org.id }, 'forbidden');
});

test('deputies: only confirmed staff that came in; rights change at once', async () => {
	const teacher = await org.person('teacher', first, { lead: true });
	const unconfirmed = await org.person('teacher', undefined, { unconfirmed: true });
	const pupil = await org.person('student', first);
	const grant = (client) => ({ org_id: org.id, person_id: client.person.id });
	await refused(org.admin, 'coadmin_grant', grant(pupil), 'conflict', 'person_id');
	await refused(org.admin, 'coadmin_grant', grant(unconfirmed), 'conflict', 'person_id');
	await refused(org.admin, 'coadmin_grant', grant(org.admin), 'conflict', 'person_id');
	await refused(org.admin, 'coadmin_grant', { org_id: org.id, person_id: operator.person.id }, 'not_found', 'person_id');
	await refused(org.admin, 'coadmin_revoke', grant(teacher), 'conflict', 'person_id');
	await refused(org.admin, 'coadmin_revoke', { org_id: org.id, person_id: operator.person.id }, 'not_found', 'person_id');
	const socket = await teacher.socket();
	const made = await org.admin.call('coadmin_grant', grant(teacher));
	assert.deepEqual([made.role, made.verification], ['coadmin', 'confirmed']);
	await socket.event(({ type, data }) => type === 'membership_changed' && data.membership.role === 'coadmin');
	await socket.settle();
	assert.ok(socket.heads.has(`o${org.id}`));
	await socket.call('invite_create', { org_id: org.id, role: 'teacher' });
	await refused(teacher, 'coadmin_grant', grant(unconfirmed), 'forbidden');
	const ended = await org.admin.call('coadmin_revoke', grant(teacher));
	assert.deepEqual([ended.role, ended.verification], ['teacher', 'confirmed']);
	assert.equal((await socket.try('invite_list', { org_id: org.id })).error.code, 'forbidden');
	await socket.settle();
	assert.ok(!socket.heads.has(`o${org.id}`));
	assert.ok(ended.units.some(({ unit_id, lead }) => unit_id === first.id && lead));
	await socket.close();
});

test('the hand-over is two steps; both change places with the second', async () => {
	const org = await Organisation.create(server, operator);
	const [teacher, other, head] = [await org.person('teacher'), await org.person('teacher'), await org.person('head')];
	const offer = { org_id: org.id, person_id: teacher.person.id, order_number: '12-л', order_date: '2026-11-20', stay_as: 'head' };
	const answer = (client, word) => client.try('handover_answer', { org_id: org.id, answer: word });
	assert.equal((await answer(teacher, 'accept')).error.code, 'conflict');
	await refused(org.admin, 'handover_offer', { ...offer, person_id: org.admin.person.id }, 'conflict', 'person_id');
	await refused(org.admin, 'handover_offer', { ...offer, person_id: operator.person.id }, 'not_found', 'person_id');
	await org.admin.call('handover_offer', { ...offer, client_id: newId() });
	await refused(org.admin, 'handover_offer', { ...offer, person_id: other.person.id }, 'conflict');
	assert.equal((await org.admin.call('org_get', { org_id: org.id })).id, org.id);
	assert.equal((await other.call('handover_get', { org_id: org.id })).handover, undefined);
	for (const who of [teacher, head, org.admin]) assert.equal((await who.call('handover_get', { org_id: org.id })).handover.to.id, teacher.person.id);
	for (const who of [other, head, org.admin]) assert.equal((await answer(who, 'accept')).error.code, 'forbidden');
	assert.equal((await answer(teacher, 'take_back')).error.code, 'forbidden');
	assert.deepEqual((await answer(org.admin, 'take_back')).result, {});
	await org.admin.call('handover_offer', offer);
	await answer(teacher, 'decline');
	await org.admin.call('handover_offer', offer);
	const [old, next] = [await org.admin.socket(), await teacher.socket()];
	assert.deepEqual((await answer(teacher, 'accept')).result, {});
	await old.event(({ type, data }) => type === 'membership_changed' && data.membership.role === 'head');
	await next.event(({ type, data }) => type === 'membership_changed' && data.membership.role === 'admin');
	assert.equal((await old.try('invite_list', { org_id: org.id })).error.code, 'forbidden');
	await next.call('invite_list', { org_id: org.id });
	const { appointments } = await teacher.call('appointment_list', { org_id: org.id });
	assert.deepEqual(appointments.map(({ how, person, order_number }) => [how, person.id, order_number]), [
		['handover', teacher.person.id, '12-л'], ['operator', org.admin.person.id, undefined]]);
	const { entries } = await teacher.call('audit_list', { org_id: org.id });
	const actions = entries.map(({ action }) => action);
	for (const action of ['handover_offer', 'handover_take_back', 'handover_decline', 'handover_accept']) assert.ok(actions.includes(action), action);
	await old.close();
	await next.close();
});

test('the operator appoints another administrator when the first is gone', async () => {
	const org = await Organisation.create(server, operator);
	const phone = newPhone();
	const socket = await org.admin.socket();
	await refused(operator, 'org_reappoint', { org_id: 999999, admin_phone: phone, end_previous: true }, 'not_found', 'org_id');
	const pending = await operator.call('org_reappoint', { org_id: org.id, admin_phone: newPhone(), end_previous: false });
	assert.equal(pending.admin_pending, true);
	await org.admin.call('invite_list', { org_id: org.id });
	await operator.call('org_reappoint', { org_id: org.id, admin_phone: phone, order_number: '3', order_date: '2026-11-01', end_previous: true, client_id: newId() });
	await refused(org.admin, 'invite_list', { org_id: org.id }, 'forbidden');
	assert.equal((await socket.try('audit_list', { org_id: org.id })).error.code, 'forbidden');
	const next = await signIn(server, phone);
	const { appointments } = await next.call('appointment_list', { org_id: org.id });
	assert.deepEqual(appointments.map(({ taken_at, cancelled_at }) => [taken_at !== undefined, cancelled_at !== undefined]), [[true, false], [false, true], [true, false]]);
	await socket.close();
});

test('a curator has a chat with the administrators of each of his organisations, and no other; it follows and ends with the appointment', async () => {
	const [own, other] = [await Organisation.create(server, operator), await Organisation.create(server, operator)];
	const [deputy, head, teacher] = [await own.person('coadmin'), await own.person('head'), await own.person('teacher')];
	const chatOf = async (client, id = own.id) => (await client.call('me_snapshot')).chats.find(({ kind, org_id }) => kind === 'curator' && org_id === id);
	assert.equal(await chatOf(own.admin), undefined);
	const told = await own.admin.socket();
	const curator = await makeCurator(server, operator, [own]);
	const chat = await chatOf(curator);
	assert.deepEqual([chat.title, chat.why, chat.member_count], [`Муниципальный куратор · ${own.word}`, 'curator', 3]);
	assert.equal((await told.event(({ type, data }) => type === 'chat_joined' && data.chat.kind === 'curator')).data.chat.why, 'administration');
	await told.close();
	assert.equal((await curator.call('me_snapshot')).chats.length, 1);
	assert.deepEqual([(await chatOf(own.admin)).id, (await chatOf(deputy)).id, await chatOf(head), await chatOf(teacher), await chatOf(other.admin)], [chat.id, chat.id, undefined, undefined, undefined]);
	const say = (client, text) => client.try('message_post', { chat_id: chat.id, client_id: newId(), text });
	assert.ok((await say(curator, 'Когда будет локальный акт?')).result);
	assert.ok((await say(own.admin, 'Завтра')).result);
	assert.equal((await say(head, 'Я')).error.code, 'forbidden');
	assert.equal((await say(other.admin, 'Я')).error.code, 'not_found');
	const { members } = await own.admin.call('chat_members', { chat_id: chat.id });
	assert.deepEqual(members.map(({ person, role, why }) => [person.id, role, why]).sort(), [[own.admin.person.id, 'admin', 'administration'], [deputy.person.id, 'coadmin', 'administration'], [curator.person.id, undefined, 'curator']].sort());
	// It opens nothing else: neither chats nor lists, and nobody can add him to a chat made by hand.
	const free = await own.admin.call('chat_create', { org_id: own.id, title: 'Свой', audience: ['staff'], client_id: newId() });
	await refused(own.admin, 'chat_member_add', { chat_id: free.id, person_ids: [curator.person.id] }, 'not_found', 'person_ids');
	assert.ok(!JSON.stringify(await own.admin.call('chat_candidates', { org_id: own.id })).includes(curator.person.family_name));
	for (const id of [own.staff.chat_id, free.id]) for (const command of ['chat_snapshot', 'message_list', 'chat_members', 'presence_get', 'chat_link_list']) await refused(curator, command, { chat_id: id }, 'not_found');
	await refused(curator, 'member_list', { org_id: own.id }, 'forbidden');
	await refused(curator, 'chat_create', { org_id: own.id, title: 'Мой', audience: ['staff'], client_id: newId() }, 'forbidden');
	await refused(curator, 'chat_directory', { org_id: own.id }, 'forbidden');
	// Another name of the organisation, another administrator, another organisation.
	await own.admin.call('org_card_set', { org_id: own.id, short_name: 'Новое имя' });
	assert.equal((await chatOf(curator)).title, 'Муниципальный куратор · Новое имя');
	await own.admin.call('coadmin_grant', { org_id: own.id, person_id: teacher.person.id });
	assert.equal((await chatOf(teacher)).id, chat.id);
	await own.admin.call('coadmin_revoke', { org_id: own.id, person_id: teacher.person.id, role: 'teacher' });
	assert.equal(await chatOf(teacher), undefined);
	const second = await Organisation.create(server, operator);
	const grant = (orgs) => operator.call('curator_grant', { phone: curator.phone, given_name: 'Нина', family_name: 'Другая', area: 'Район', org_ids: orgs, client_id: newId() });
	const socket = await curator.socket();
	await grant([second.id]);
	await socket.event(({ type, data }) => type === 'chat_left' && data.chat_id === chat.id);
	await refused(curator, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	assert.equal((await say(curator, 'Ещё')).error.code, 'not_found');
	assert.ok(await chatOf(curator, second.id));
	// The administrators read what was said; nobody hears them there any more.
	const rest = await chatOf(own.admin);
	assert.equal(rest.archived, true);
	assert.equal((await say(own.admin, 'Ау')).error.code, 'forbidden');
	assert.equal((await own.admin.call('chat_snapshot', { chat_id: chat.id })).messages.length, 2);
	await grant([own.id, second.id]);
	assert.equal((await chatOf(curator)).id, chat.id);
	assert.equal((await chatOf(own.admin)).archived ?? false, false);
	await operator.call('curator_revoke', { curator_id: curator.curatorId, client_id: newId() });
	assert.deepEqual((await curator.call('me_snapshot')).chats, []);
	await refused(curator, 'events_since', { stream: `c${chat.id}`, after: 0 }, 'not_found');
	await socket.close();
});

test('a curator sees cards and figures, never people or content; and nothing after the end', async () => {
	const other = await Organisation.create(server, operator);
	const curator = await makeCurator(server, operator, [org]);
	assert.equal((await curator.call('me_snapshot')).curator, true);
	assert.deepEqual((await curator.call('curator_orgs')).orgs.map(({ org: { id } }) => id), [org.id]);
	assert.deepEqual((await org.admin.call('curator_orgs')).orgs, []);
	const figures = await curator.call('org_figures', { org_id: org.id });
	const members = (await org.admin.call('member_list', { org_id: org.id, limit: 200 })).members;
	for (const { role, members: n, came_in } of figures.roles) {
		assert.equal(n, members.filter((member) => member.role === role).length, role);
		assert.equal(came_in, members.filter((member) => member.role === role && member.came_in).length, role);
	}
	const text = newWord();
	const before = figures.messages_7;
	await org.admin.call('message_post', { chat_id: org.staff.chat_id, client_id: newId(), text });
	const after = await curator.call('org_figures', { org_id: org.id });
	assert.deepEqual([after.messages_7, after.messages_30], [before + 1, before + 1]);
	await refused(curator, 'member_list', { org_id: org.id }, 'forbidden');
	await refused(curator, 'unit_list', { org_id: org.id }, 'forbidden');
	await refused(curator, 'audit_list', { org_id: org.id }, 'forbidden');
	await refused(curator, 'chat_snapshot', { chat_id: org.staff.chat_id }, 'not_found');
	await refused(curator, 'events_since', { stream: `o${org.id}`, after: 0 }, 'not_found');
	await refused(curator, 'org_figures', { org_id: other.id }, 'not_found');
	const { curators } = await operator.call('curator_list');
	assert.ok(curators.some(({ id, came_in, org_ids }) => id === curator.curatorId && came_in && org_ids.includes(org.id)));
	await refused(operator, 'curator_grant', { phone: newPhone(), given_name: 'А', family_name: 'Б', area: 'Район', org_ids: [999999] }, 'not_found', 'org_ids');
	await refused(operator, 'curator_revoke', { curator_id: 999999 }, 'not_found', 'curator_id');
	const socket = await curator.socket();
	await operator.call('curator_revoke', { curator_id: curator.curatorId, client_id: newId() });
	await socket.event(({ type, data }) => type === 'curator_changed' && data.curator === false);
	assert.equal((await socket.try('org_figures', { org_id: org.id })).error.code, 'not_found');
	assert.deepEqual((await curator.call('curator_orgs')).orgs, []);
	await socket.close();
});

test('the guide says what is there, and who is responsible', async () => {
	const org = await Organisation.create(server, operator);
	const of = async () => Object.fromEntries((await org.admin.call('org_guide', { org_id: org.id })).steps.map(({ step, done }) => [step, done]));
	assert.deepEqual(await of(), { organisation: false, structure: false, links: false, channels: false, check: false });
	await org.admin.call('org_card_set', { org_id: org.id, region: '07', address: 'Терек', director: 'Иванов И. И.' });
	const unit = await org.unit();
	assert.deepEqual(await of(), { organisation: true, structure: false, links: false, channels: false, check: false });
	const lead = await org.person('teacher', unit, { lead: true });
	const invite = await org.invite('student', unit);
	assert.deepEqual(await of(), { organisation: true, structure: true, links: true, channels: false, check: false });
	await lead.call('message_post', { chat_id: unit.chat_id, client_id: newId(), text: 'Здравствуйте' });
	const pupil = await comeIn(server, invite.token);
	assert.deepEqual(await of(), { organisation: true, structure: true, links: true, channels: true, check: true });
	const assigned = await org.admin.call('org_guide_assign', { org_id: org.id, step: 'links', person_id: lead.person.id, client_id: newId() });
	assert.equal(assigned.steps.find(({ step }) => step === 'links').responsible.id, lead.person.id);
	await refused(org.admin, 'org_guide_assign', { org_id: org.id, step: 'links', person_id: pupil.person.id }, 'conflict', 'person_id');
	await refused(org.admin, 'org_guide_assign', { org_id: org.id, step: 'links', person_id: operator.person.id }, 'not_found', 'person_id');
	const freed = await org.admin.call('org_guide_assign', { org_id: org.id, step: 'links' });
	assert.ok(freed.steps.every(({ responsible }) => responsible === undefined));
});
