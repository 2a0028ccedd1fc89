// SPDX-License-Identifier: Apache-2.0
// What the steps of a college and of a centre have in common: each function shows one paragraph on the organisation `s` and leaves it
// as that paragraph leaves a real one. S0.test.mjs and S4.test.mjs say which words, units and people it has.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { totp } from '../lib/totp.mjs';
import { claimOperator, comeIn, makeCurator, newPhone, newWord, Organisation, signIn } from '../lib/world.mjs';
import { logoOf } from './scene.mjs';

export async function refused(client, command, params, code, field) {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${JSON.stringify(error)}`);
	if (field) assert.equal(error.field, field);
	return error;
}

export const names = ([family_name, given_name, patronymic]) => ({ family_name, given_name, ...(patronymic ? { patronymic } : {}) });
const ids = (people) => people.map(({ person }) => person.id).sort((a, b) => a - b);
const idOf = (client) => client.person.id;
export const say = (client, chat, text) => client.call('message_post', { chat_id: chat, client_id: newId(), text });

/** The scene before the first paragraph: an installation with its operator, and another organisation beside ours. */
export async function scene(server, words) {
	const operator = await claimOperator(server);
	const other = await Organisation.create(server, operator);
	return {
		server, operator, other, words, phone: newPhone(), units: {}, people: {}, get org() { return { org_id: this.id }; },
		invite(role, unit, more = {}) {
			return this.admin.call('invite_create', { ...this.org, role, ...(unit ? { unit_id: this.units[unit].id } : {}), ...more, client_id: newId() });
		},
		/** Somebody comes in by a link of his own; staff is confirmed, unless it is said otherwise. */
		async come(name, role, unit, { confirmed = true, ...more } = {}) {
			const client = await comeIn(server, (await this.invite(role, unit, more)).token, names(name));
			if (confirmed && !['student', 'guardian'].includes(role)) await this.confirm(client);
			this.people[name[0]] = client;
			return client;
		},
		confirm(...clients) {
			return this.admin.call('verification_decide', { ...this.org, person_ids: clients.map(idOf), confirm: true, client_id: newId() });
		},
		async chats(client) {
			return (await client.call('me_snapshot')).chats.filter(({ org_id }) => org_id === this.id);
		},
		async chat(client, title) {
			const found = (await this.chats(client)).filter((chat) => chat.title === title);
			assert.ok(found.length < 2, `${found.length} chats are called ${title}`);
			return found[0];
		},
		async members(client, chat) {
			return (await client.call('chat_members', { chat_id: chat.id })).members;
		},
		async membership(client) {
			return (await client.call('me_snapshot')).memberships.find(({ org }) => org.id === this.id);
		},
	};
}

/* --- from the application to the administrator */

export async function application(s) {
	const { server, operator, words } = s;
	const client = new Client(server);
	const [file, token] = [await paper(client, { name: 'Приказ о назначении администратора.pdf' }), randomBytes(32).toString('base64url')];
	const form = applicationForm({
		type: words.type, name: words.name, short_name: words.short, region: words.region, address: words.address, inn: undefined, head_name: words.director.join(' '),
		admin_family_name: words.admin[0], admin_given_name: words.admin[1], admin_patronymic: words.admin[2], admin_email: words.email, admin_phone: newPhone(),
		order_number: words.order[0], order_date: words.order[1], students: 640, staff: 52,
	});
	delete form.inn;
	const whole = { token, form, file_id: file.id, file_token: file.token };
	// It cannot be sent without the order, and not without any field of the questionnaire.
	await refused(client, 'application_send', { ...whole, file_id: undefined }, 'invalid_field', 'file_id');
	await refused(client, 'application_send', { ...whole, file_id: 999983 }, 'not_found', 'file_id');
	for (const field of ['name', 'region', 'head_name', 'admin_email', 'admin_phone', 'order_number', 'order_date', 'students', 'staff', 'guardians', 'duty_move', 'duty_connect', 'duty_inform', 'consent']) {
		await refused(client, 'application_send', { ...whole, form: { ...form, [field]: undefined } }, 'invalid_field', `form.${field}`);
	}
	assert.equal((await operator.call('application_list', { state: 'sent' })).sent, 0);
	const sent = await client.call('application_send', whole);
	assert.equal(sent.state, 'sent');
	const number = { application_id: sent.number };
	assert.deepEqual((await operator.call('application_list', { state: 'sent' })).applications.map(({ id, short_name }) => [id, short_name]), [[sent.number, words.short]]);
	await operator.call('application_return', { ...number, reason: 'В приказе не читается печать', client_id: newId() });
	assert.deepEqual((({ state, reason }) => [state, reason])(await client.call('application_status', { token })), ['returned', 'В приказе не читается печать']);
	const better = await paper(client, { name: 'Приказ с печатью.pdf' });
	s.form = { ...form, admin_phone: s.phone };
	await client.call('application_resend', { token, form: s.form, file_id: better.id, file_token: better.token });
	// Another application is refused for good.
	const spam = await paper(client);
	const second = await client.call('application_send', { token: randomBytes(32).toString('base64url'), form, file_id: spam.id, file_token: spam.token });
	await operator.call('application_reject', { application_id: second.number, reason: 'Заявка уже есть', client_id: newId() });
	Object.assign(s, { applicant: client, token, number });
}

export async function applicationIsTheOperators(s) {
	const seen = await s.operator.call('application_get', s.number);
	assert.deepEqual([seen.form.admin_family_name, seen.form.admin_email, seen.form.admin_phone, seen.file.name], [s.words.admin[0], s.words.email, s.phone, 'Приказ с печатью.pdf']);
	assert.equal((await s.operator.request('GET', `/api/v1/files/${seen.file.id}`)).status, 200);
	const { other } = s;
	for (const command of ['application_get', 'application_approve']) await refused(other.admin, command, s.number, 'forbidden');
	await refused(other.admin, 'application_list', { state: 'sent' }, 'forbidden');
	await refused(new Client(s.server), 'application_get', s.number, 'not_signed_in');
	assert.notEqual((await other.admin.request('GET', `/api/v1/files/${seen.file.id}`)).status, 200);
	assert.ok(!JSON.stringify(await s.applicant.call('application_status', { token: s.token })).includes(s.words.email));
	s.id = (await s.operator.call('application_approve', { ...s.number, client_id: newId() })).org_id;
	assert.equal((await s.applicant.call('application_status', { token: s.token })).state, 'approved');
}

export async function firstSignIn(s) {
	await assert.rejects(signIn(s.server, newPhone()), ({ code }) => code === 'no_account');
	assert.deepEqual((await s.other.admin.call('me_snapshot')).memberships.map(({ org }) => org.id), [s.other.id]);
	await refused(s.other.admin, 'org_card_get', s.org, 'not_found');
	s.admin = await signIn(s.server, s.phone);
	assert.deepEqual([s.admin.person.family_name, (await s.membership(s.admin)).role], [s.words.admin[0], 'admin']);
	const card = await s.admin.call('org_card_get', s.org);
	assert.equal(card.org.short_name, s.words.short);
	assert.ok(!JSON.stringify(card).includes(s.words.email)); // still the operator's only
}

/** The record has the order; its scan stays with the application, for the operator. */
export async function appointment(s) {
	const { appointments: [one, ...rest] } = await s.admin.call('appointment_list', s.org);
	assert.deepEqual([one.how, one.person.id, one.order_number, one.order_date, rest.length], ['application', idOf(s.admin), ...s.words.order, 0]);
	assert.ok(one.taken_at >= one.at);
	const { file, org_id } = await s.operator.call('application_get', s.number);
	assert.deepEqual([file.name, org_id], ['Приказ с печатью.pdf', s.id]);
	assert.equal((await s.operator.request('GET', `/api/v1/files/${file.id}`)).status, 200);
	assert.notEqual((await s.other.admin.request('GET', `/api/v1/files/${file.id}`)).status, 200);
	await refused(s.other.admin, 'appointment_list', s.org, 'not_found');
}

export async function localAct(s) {
	const { admin } = s;
	assert.equal((await s.membership(admin)).org.state, 'draft');
	const unit = await admin.call('unit_create', { ...s.org, kind: s.words.kind, name: 'Пробная' });
	for (const role of ['student', 'guardian']) await refused(admin, 'invite_create', { ...s.org, role, unit_id: unit.id }, 'conflict');
	await admin.call('unit_end', { ...s.org, unit_id: unit.id });
	const add = async (title, more = {}) => admin.call('org_document_add', { ...s.org, kind: 'act', title, number: s.words.act[0], date: s.words.act[1], file_id: (await paper(admin, { purpose: 'document', org: s.id })).id, client_id: newId(), ...more });
	const first = await add('Положение об использовании платформы');
	assert.equal((await s.membership(admin)).org.state, 'active');
	await add('Положение об использовании платформы, новая редакция', { replaces: first.document });
	const { documents } = await admin.call('org_document_list', s.org);
	assert.deepEqual(documents.map(({ version, number }) => [version, number]), [[2, s.words.act[0]], [1, s.words.act[0]]]);
	await refused(s.other.admin, 'org_document_list', s.org, 'not_found');
}

/** The card with its logo and its history: entered, edited, deleted. */
export async function card(s) {
	await s.admin.call('org_card_set', { ...s.org, phone: '8 (30145) 4-15-80', site: 'https://example.ru', director: s.words.director.join(' '), client_id: newId() });
	await s.admin.call('org_card_set', { ...s.org, phone: '8 (30145) 4-15-81' });
	const { edits } = await s.admin.call('org_card_history', s.org);
	assert.deepEqual(edits.filter(({ field }) => field === 'phone').map(({ was, became, person }) => [was, became, person.id]), [
		['8 (30145) 4-15-80', '8 (30145) 4-15-81', idOf(s.admin)], ['', '8 (30145) 4-15-80', idOf(s.admin)]]);
	assert.deepEqual((({ director, address, org }) => [director, address, org.type])(await s.admin.call('org_card_get', s.org)), [s.words.director.join(' '), s.words.address, s.words.type]);
	await refused(s.other.admin, 'org_card_set', { ...s.org, phone: '1' }, 'not_found');
	await s.admin.call('org_card_set', { ...s.org, site: '' });
	assert.equal((await s.admin.call('org_card_get', s.org)).site, '');
	await logoOf(s.admin, s.id, s.other.admin);
}

export async function staffUnit(s) {
	const { units } = await s.admin.call('unit_list', s.org);
	assert.deepEqual(units.map(({ kind, name }) => [kind, name]), [['staff', s.words.staffUnit]]);
	[s.staff] = units;
	const teacher = await s.come(s.words.someone, 'teacher', undefined, { confirmed: false });
	assert.deepEqual((await s.membership(teacher)).units.map(({ unit_id }) => unit_id), [s.staff.id]);
	assert.equal((await s.chat(teacher, s.words.staffUnit)).why, 'staff');
	await refused(s.admin, 'unit_end', { ...s.org, unit_id: s.staff.id }, 'conflict');
}

export async function structure(s) {
	const { words, admin } = s;
	const { units } = await admin.call('unit_create_many', { ...s.org, kind: words.kind, names: words.units, client_id: newId() });
	assert.deepEqual(units.map(({ kind, name }) => [kind, name]), words.units.map((name) => [words.kind, name]));
	for (const unit of units) s.units[unit.name] = unit;
	// All or none, and the same list once more makes nothing double.
	await refused(admin, 'unit_create_many', { ...s.org, kind: words.kind, names: ['Новая', words.units[0]] }, 'conflict');
	const again = await admin.call('unit_create_many', { ...s.org, kind: words.kind, names: words.units, skip_existing: true });
	assert.deepEqual([again.units, again.skipped], [[], words.units]);
	assert.deepEqual((await admin.call('unit_list', s.org)).units.map(({ name }) => name).sort(), [...words.units, words.staffUnit].sort());
	await refused(s.people[words.someone[0]], 'unit_create', { ...s.org, kind: words.kind, name: 'Моя' }, 'forbidden');
}

/* --- coming in */

export async function links(s) {
	const [unit] = s.words.units;
	const invite = await s.invite('student', unit, { max_uses: 2, expires_in_h: 24 });
	assert.match(invite.code, /^[2-9A-HJ-KM-NP-TV-Z]{8}$/);
	assert.ok(Math.abs(invite.expires_at - invite.created_at - 24 * 3600_000) < 1000);
	assert.equal((await new Client(s.server).call('invite_by_code', { code: invite.code })).token, invite.token);
	// The role is the link's, whoever opens it.
	const teacher = s.people[s.words.someone[0]];
	await refused(teacher, 'invite_accept', { token: invite.token }, 'conflict');
	assert.equal((await s.membership(teacher)).role, 'teacher');
	for (const name of s.words.students.slice(0, 2)) {
		const pupil = s.people[name[0]] = await comeIn(s.server, invite.token, names(name));
		assert.deepEqual((({ role, units }) => [role, units])(await s.membership(pupil)), ['student', [{ unit_id: s.units[unit].id, lead: false }]]);
	}
	await refused(new Client(s.server), 'invite_preview', { token: invite.token }, 'link_unusable');
	const { invites } = await s.admin.call('invite_list', s.org);
	const used = invites.find(({ id }) => id === invite.id);
	assert.deepEqual([used.state, used.uses, used.max_uses], ['used', 2, 2]);
	assert.deepEqual(ids((await s.admin.call('invite_uses', { invite_id: invite.id })).uses), s.words.students.slice(0, 2).map(([family]) => idOf(s.people[family])).sort((a, b) => a - b));
}

/** The registration page tells the organisation and the role; account and membership are one step. */
export async function registers(s, name, role, unit, more = {}) {
	const invite = await s.invite(role, unit, more);
	const told = await new Client(s.server).call('invite_preview', { token: invite.token });
	assert.deepEqual([told.org_name, told.org_type, told.role, told.lead, told.unit_name], [s.words.name, s.words.type, role, Boolean(more.lead), unit]);
	const client = s.people[name[0]] = await comeIn(s.server, invite.token, names(name));
	const mine = await s.membership(client);
	assert.deepEqual([client.person.family_name, mine.role, mine.verification], [name[0], role, 'claimed']);
	assert.ok(mine.units.some(({ unit_id }) => unit_id === s.staff.id));
	if (unit) assert.ok(mine.units.some(({ unit_id, lead }) => unit_id === s.units[unit].id && lead === Boolean(more.lead)));
	await refused(new Client(s.server), 'invite_preview', { token: invite.token }, 'link_unusable');
	return client;
}

/** claimed, under review, refused with a reason, confirmed; what he may not do before, and the badge in a chat. */
export async function verifies(s, client, position) {
	const state = async () => (await s.membership(client)).verification;
	const badge = async () => (await s.members(s.admin, await s.chat(s.admin, s.words.staffUnit))).find(({ person }) => person.id === idOf(client)).confirmed;
	const chat = { ...s.org, title: 'Чат', audience: ['student'] };
	assert.deepEqual([await state(), await badge()], ['claimed', false]);
	await refused(client, 'chat_create', chat, 'forbidden');
	await client.call('verification_submit', { ...s.org, position });
	assert.equal(await state(), 'under_review');
	const { items } = await s.admin.call('verification_list', { ...s.org, state: 'under_review' });
	assert.deepEqual(items.map(({ member, claim }) => [member.person.id, claim.position]), [[idOf(client), position]]);
	await refused(client, 'verification_decide', { ...s.org, person_ids: [idOf(client)], confirm: true }, 'forbidden');
	await s.admin.call('verification_decide', { ...s.org, person_ids: [idOf(client)], confirm: false, reason: 'Нет в штатном расписании' });
	assert.deepEqual([await state(), (await s.membership(client)).verification_reason], ['refused', 'Нет в штатном расписании']);
	await refused(client, 'chat_create', chat, 'forbidden');
	await client.call('verification_submit', { ...s.org, position });
	await s.confirm(client);
	assert.deepEqual([await state(), await badge()], ['confirmed', true]);
	const made = await client.call('chat_create', chat);
	await client.call('chat_change', { chat_id: made.id, archived: true });
}

export async function verificationEndsAtDismissal(s) {
	const client = await s.come(['Уволенный', 'Пётр'], 'teacher');
	assert.equal((await s.membership(client)).verification, 'confirmed');
	await s.admin.call('movement_apply', { ...s.org, kind: 'dismiss', person_ids: [idOf(client)], order_no: '15-к', order_date: '2026-10-01' });
	assert.equal(await s.membership(client), undefined);
	await client.call('invite_accept', { token: (await s.invite('teacher')).token });
	assert.equal((await s.membership(client)).verification, 'claimed');
	await s.admin.call('movement_apply', { ...s.org, kind: 'dismiss', person_ids: [idOf(client)] });
}

export async function deputies(s, client) {
	const unconfirmed = await s.come(['Новенький', 'Илья'], 'teacher', undefined, { confirmed: false });
	const grant = (who) => ({ ...s.org, person_id: idOf(who) });
	await refused(s.admin, 'coadmin_grant', grant(unconfirmed), 'conflict', 'person_id');
	await refused(s.admin, 'coadmin_grant', grant(s.people[s.words.students[0][0]]), 'conflict', 'person_id');
	await refused(s.admin, 'coadmin_grant', grant(s.other.admin), 'not_found', 'person_id');
	await refused(client, 'invite_list', s.org, 'forbidden');
	assert.equal((await s.admin.call('coadmin_grant', grant(client))).role, 'coadmin');
	await client.call('invite_list', s.org);
	await refused(client, 'coadmin_grant', grant(unconfirmed), 'forbidden');
	assert.equal((await s.admin.call('coadmin_revoke', grant(client))).role, 'teacher');
	await refused(client, 'invite_list', s.org, 'forbidden');
	await s.admin.call('coadmin_grant', grant(client));
	await s.admin.call('member_remove', grant(unconfirmed));
}

/** By an order; it brings the rights over the unit and its chats, and they end with it. */
export async function leads(s, client, unit) {
	const { id, chat_id } = s.units[unit];
	const lead = { unit_id: id, person_id: idOf(client) };
	const made = await s.admin.call('chat_create', { ...s.org, title: `Проект ${unit}`, audience: ['student'], unit_id: id, client_id: newId() });
	const keep = { chat_id: made.id, title: `Проект: ${unit}` };
	const rights = [['arrival_list', { unit_id: id }], ['unit_request_list', { unit_id: id }], ['unit_lead_list', { unit_id: id }]];
	for (const [command, params] of rights) await refused(client, command, params, 'forbidden');
	await refused(client, 'chat_change', keep, 'not_found');
	await refused(client, 'unit_lead_set', lead, 'forbidden');
	await refused(s.admin, 'unit_lead_set', { unit_id: id, person_id: idOf(s.people[s.words.students[0][0]]) }, 'conflict');
	const date = Date.UTC(2026, 7, 31);
	await s.admin.call('unit_lead_set', { ...lead, order_no: '112-у', order_date: date, client_id: newId() });
	const [appointed] = (await client.call('unit_lead_list', { unit_id: id })).leads;
	assert.deepEqual([appointed.person.id, appointed.order_no, appointed.order_date, appointed.ended_at], [idOf(client), '112-у', date, undefined]);
	for (const [command, params] of rights) await client.call(command, params);
	// He moderates what was made for his unit: names it, adds, removes.
	await client.call('chat_change', keep);
	const pupil = idOf(s.people[s.words.students[0][0]]);
	await client.call('chat_member_add', { chat_id: made.id, person_ids: [pupil] });
	await client.call('chat_member_remove', { chat_id: made.id, person_id: pupil });
	for (const title of [unit, `Родители ${unit}`, `${s.words.teachers} ${unit}`]) {
		const chat = await s.chat(client, title);
		assert.equal(chat.why, 'lead', title);
		assert.ok((await s.members(client, chat)).find(({ person }) => person.id === idOf(client)).lead, title);
	}
	await s.admin.call('unit_lead_unset', lead);
	for (const [command, params] of rights) await refused(client, command, params, 'forbidden');
	await refused(client, 'chat_change', keep, 'not_found');
	await refused(client, 'chat_snapshot', { chat_id }, 'not_found');
	assert.ok((await s.admin.call('unit_lead_list', { unit_id: id })).leads[0].ended_at > 0);
	await s.admin.call('unit_lead_set', { ...lead, order_no: '113-у', order_date: date });
	await client.call('chat_change', { chat_id: made.id, archived: true });
}

export async function requests(s, unit) {
	const ask = async (role, name) => comeIn(s.server, (await s.invite(role, role === 'student' ? unit : undefined, { approval: true })).token, names(name));
	const [teacher, pupil] = [await ask('teacher', ['Просителева', 'Инна']), await ask('student', ['Заявкин', 'Олег'])];
	for (const one of [teacher, pupil]) assert.equal(await s.membership(one), undefined);
	const { requests: queue } = await s.admin.call('join_request_list', s.org);
	const of = (one) => queue.find(({ person }) => person.id === idOf(one));
	assert.deepEqual([of(teacher).role, of(pupil).role, of(pupil).unit_name], ['teacher', 'student', unit]);
	const decide = (one, params) => ({ ...s.org, request_id: of(one).id, ...params });
	await refused(s.people[s.words.students[0][0]], 'join_request_decide', decide(pupil, { accept: true }), 'forbidden');
	await refused(s.other.admin, 'join_request_decide', { ...decide(pupil, { accept: true }), org_id: s.other.id }, 'not_found');
	await refused(s.admin, 'join_request_decide', decide(teacher, { accept: false }), 'invalid_field', 'reason');
	await s.admin.call('join_request_decide', decide(teacher, { accept: false, reason: 'Не работает у нас', client_id: newId() }));
	const [mine] = (await teacher.call('join_request_mine')).requests;
	assert.deepEqual([mine.state, mine.reason], ['declined', 'Не работает у нас']);
	assert.equal(await s.membership(teacher), undefined);
	await s.admin.call('join_request_decide', decide(pupil, { accept: true }));
	assert.deepEqual((await s.membership(pupil)).units.map(({ unit_id }) => unit_id), [s.units[unit].id]);
	await s.admin.call('member_remove', { ...s.org, person_id: idOf(pupil) });
}

/** By the lead's own link into the unit and its chats, as a pupil and never as anything else. */
export async function pupilsLink(s, lead, unit, name) {
	const { token } = await lead.call('unit_invite_create', { unit_id: s.units[unit].id, role: 'student', client_id: newId() });
	await refused(lead, 'unit_invite_create', { unit_id: s.units[unit].id, role: 'teacher' }, 'invalid_field', 'role');
	await refused(lead, 'unit_invite_create', { unit_id: s.units[s.words.units.at(-1)].id, role: 'student' }, 'forbidden');
	await refused(lead, 'invite_accept', { token }, 'conflict');
	const pupil = s.people[name[0]] = await comeIn(s.server, token, names(name));
	assert.equal((await s.membership(pupil)).role, 'student');
	const chat = await s.chat(pupil, unit);
	assert.deepEqual([chat.id, chat.why], [s.units[unit].chat_id, 'member']);
	await say(pupil, chat.id, 'Здравствуйте!');
	assert.equal(await s.chat(pupil, `Родители ${unit}`), undefined);
	return pupil;
}

export async function parentsLink(s, lead, unit, name, child) {
	const { token } = await lead.call('unit_invite_create', { unit_id: s.units[unit].id, role: 'guardian', child_id: idOf(child), client_id: newId() });
	await refused(child, 'invite_accept', { token }, 'conflict');
	const parent = s.people[name[0]] = await comeIn(s.server, token, names(name));
	const mine = await s.membership(parent);
	assert.deepEqual([mine.role, mine.verification ?? 'none'], ['guardian', 'none']);
	assert.ok(mine.units.every(({ unit_id }) => unit_id !== s.staff.id));
	assert.deepEqual((await parent.call('my_children', s.org)).children.map(({ person }) => person.id), [idOf(child)]);
	const chat = await s.chat(parent, `Родители ${unit}`);
	assert.equal(chat.why, 'guardian');
	await say(parent, chat.id, 'Добрый день!');
	await refused(child, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	for (const [command, params] of [['member_list', s.org], ['invite_list', s.org], ['chat_create', { ...s.org, title: 'Чат', audience: ['guardian'] }]]) await refused(parent, command, params, 'forbidden');
	assert.equal(await s.chat(parent, s.words.staffUnit), undefined);
	// A link of the whole unit binds to nobody until the lead does.
	const other = await comeIn(s.server, (await lead.call('unit_invite_create', { unit_id: s.units[unit].id, role: 'guardian' })).token, names(['Отцов', 'Фёдор']));
	assert.equal((await s.membership(other)).role, 'guardian');
	await s.admin.call('member_remove', { ...s.org, person_id: idOf(other) });
	return parent;
}

/* --- the life of it */

/** Between groups by one operation: a preview of it, access that ends with the answer, authorship that stays, the journal, taking back. */
export async function transfers(s, from, to) {
	const [name] = s.words.students;
	const [pupil, mate] = [s.people[name[0]], s.people[s.words.students[1][0]]];
	const chat = s.units[from].chat_id;
	await say(pupil, chat, 'Моё сообщение');
	const move = { ...s.org, kind: 'transfer', person_ids: [idOf(pupil)], to_unit_id: s.units[to].id, order_no: '17-у', order_date: '2026-11-01', reason: 'Перевод' };
	const seen = await s.admin.call('movement_apply', { ...move, preview: true });
	assert.deepEqual(seen.people.map(({ from_name, to_name }) => [from_name, to_name]), [[from, to]]);
	await pupil.call('chat_snapshot', { chat_id: chat });
	const socket = await pupil.socket();
	const done = await s.admin.call('movement_apply', { ...move, client_id: newId() });
	const secret = newWord('Тайна');
	await say(mate, chat, secret);
	await refused(pupil, 'chat_snapshot', { chat_id: chat }, 'not_found');
	assert.equal((await s.chat(pupil, to)).why, 'member');
	await socket.settle();
	assert.ok(!JSON.stringify(socket.frames).includes(secret));
	await socket.close();
	const { messages, people } = await mate.call('chat_snapshot', { chat_id: chat });
	assert.equal(messages.find(({ text }) => text === 'Моё сообщение').sender_id, idOf(pupil)); // authorship stays
	assert.ok(people.some(({ person, left }) => person.id === idOf(pupil) && left));
	const { movements } = await s.admin.call('movement_list', { ...s.org, person_id: idOf(pupil) });
	assert.deepEqual(movements.map(({ kind, order_no, from_name, to_name }) => [kind, order_no, from_name, to_name]), [['transfer', '17-у', from, to]]);
	await refused(pupil, 'movement_list', s.org, 'forbidden');
	await s.admin.call('movement_undo', { ...s.org, batch_id: done.batch_id });
}

/** Between circles: into another one beside the first, and out of one alone. */
export async function changesCircles(s, from, to) {
	const [child, mate] = [s.people[s.words.students[1][0]], s.people[s.words.students[0][0]]];
	const chat = s.units[from].chat_id;
	await say(child, chat, 'Моё сообщение');
	const move = { ...s.org, kind: 'enroll', person_ids: [idOf(child)], to_unit_id: s.units[to].id, order_no: '17-у', order_date: '2025-11-01' };
	await refused(s.admin, 'movement_apply', { ...move, kind: 'transfer' }, 'conflict', 'to_unit_id'); // circles exclude nothing
	assert.ok((await s.admin.call('movement_apply', { ...move, preview: true })).chats.some(({ title, joined }) => title === to && joined === 1));
	assert.equal(await s.chat(child, to), undefined);
	await s.admin.call('movement_apply', { ...move, client_id: newId() });
	for (const title of [from, to]) assert.equal((await s.chat(child, title)).why, 'member');
	const socket = await child.socket();
	await s.admin.call('unit_member_remove', { unit_id: s.units[from].id, person_id: idOf(child) });
	const secret = newWord('Тайна');
	await say(mate, chat, secret);
	await refused(child, 'chat_snapshot', { chat_id: chat }, 'not_found');
	await socket.settle();
	assert.ok(!JSON.stringify(socket.frames).includes(secret));
	await socket.close();
	const { messages } = await mate.call('chat_snapshot', { chat_id: chat });
	assert.equal(messages.find(({ text }) => text === 'Моё сообщение').sender_id, idOf(child)); // authorship stays
	const { movements } = await s.admin.call('movement_list', { ...s.org, person_id: idOf(child) });
	assert.deepEqual(movements.map(({ kind, order_no, from_name, to_name }) => [kind, order_no, from_name, to_name]), [['unit_leave', undefined, from, undefined], ['enroll', '17-у', undefined, to]]);
}

export async function leaves(s, from) {
	const chat = s.units[from].chat_id;
	// Out of the organisation: nothing is left to read.
	const leaver = await s.come(['Отчисленный', 'Глеб'], 'student', from);
	await s.admin.call('movement_apply', { ...s.org, kind: 'leave', person_ids: [idOf(leaver)], order_no: '18-у' });
	assert.equal(await s.membership(leaver), undefined);
	await refused(leaver, 'chat_snapshot', { chat_id: chat }, 'not_found');
	// Staff.
	const teacher = await s.come(['Временный', 'Антон'], 'teacher');
	await s.admin.call('movement_apply', { ...s.org, kind: 'dismiss', person_ids: [idOf(teacher)], order_no: '19-к' });
	await refused(teacher, 'chat_snapshot', { chat_id: s.staff.chat_id }, 'not_found');
	assert.deepEqual((await s.admin.call('movement_list', s.org)).movements.slice(0, 2).map(({ kind }) => kind), ['dismiss', 'leave']);
}

export async function annulsLinks(s, unit) {
	const [one, two, three] = [await s.invite('student', unit), await s.invite('student', unit, { max_uses: 5 }), await s.invite('guardian', unit)];
	const taken = await comeIn(s.server, two.token, names(['Пришедший', 'Лев']));
	const listed = (await s.admin.call('invite_list', s.org)).invites;
	assert.deepEqual([one, two, three].map(({ id }) => listed.find((link) => link.id === id).uses), [0, 1, 0]);
	await s.admin.call('invite_annul', { invite_id: one.id, client_id: newId() });
	const { message } = await refused(new Client(s.server), 'invite_preview', { token: one.token }, 'link_unusable');
	assert.ok(message.length > 20, message);
	await assert.rejects(comeIn(s.server, one.token), ({ code }) => code === 'link_unusable');
	const all = (params) => s.admin.call('invite_annul_unused', { ...s.org, ...params });
	assert.equal((await all({ days: 7 })).count, 0); // none is that old
	assert.ok((await all({ days: 0, dry_run: true })).count >= 1);
	await new Client(s.server).call('invite_preview', { token: three.token });
	await all({ days: 0 });
	await refused(new Client(s.server), 'invite_preview', { token: three.token }, 'link_unusable');
	await new Client(s.server).call('invite_preview', { token: two.token }); // it was used
	await s.admin.call('invite_annul', { invite_id: two.id });
	assert.equal((await s.membership(taken)).role, 'student'); // who came in stays
	await refused(taken, 'invite_list', s.org, 'forbidden');
	await s.admin.call('member_remove', { ...s.org, person_id: idOf(taken) });
}

export async function staffChannel(s, teacher, pupil, parent) {
	const channel = await s.chat(s.admin, 'Канал «Сотрудники»');
	assert.deepEqual([channel.kind, channel.channel], ['employees', true]);
	await say(s.admin, channel.id, 'Педсовет в четверг');
	const seen = await teacher.call('chat_snapshot', { chat_id: channel.id });
	assert.ok(seen.messages.some(({ text }) => text === 'Педсовет в четверг'));
	await refused(teacher, 'message_post', { chat_id: channel.id, client_id: newId(), text: 'Я' }, 'forbidden');
	for (const who of [pupil, parent]) {
		assert.equal(await s.chat(who, channel.title), undefined);
		await refused(who, 'chat_snapshot', { chat_id: channel.id }, 'not_found');
	}
	const common = await s.chat(pupil, s.words.channel);
	assert.deepEqual([common.kind, common.channel, common.writer], ['everybody', true, false]);
	await say(s.admin, common.id, 'С праздником!');
	for (const who of [teacher, pupil, parent]) assert.ok((await who.call('chat_snapshot', { chat_id: common.id })).messages.some(({ text }) => text === 'С праздником!'));
}

/** A child without a phone on the roster: expected, invited by a card, joined, shut out, let in again. */
export async function helps(s, unit) {
	const name = ['Безтелефонова', 'Ада'];
	await s.admin.call('member_expect_many', { unit_id: s.units[unit].id, role: 'student', people: [names(name)], client_id: newId() });
	const state = async () => (await s.admin.call('arrival_list', { unit_id: s.units[unit].id })).people.find(({ person }) => person.family_name === name[0]);
	const { person, state: first, card: none } = await state();
	assert.deepEqual([first, none ?? false], ['expected', false]);
	const of = { unit_id: s.units[unit].id, person_ids: [person.id] };
	const { cards: [old] } = await s.admin.call('card_issue', of);
	assert.deepEqual([(await state()).state, (await state()).card], ['invited', true]);
	const child = new Client(s.server);
	child.person = (await child.call('sign_in_card', { token: old.token })).person;
	assert.equal((await state()).state, 'joined');
	await s.admin.call('card_revoke', of); // the card was lost: shut out at once
	assert.deepEqual([(await state()).state, (await state()).card ?? false], ['joined', false]);
	await refused(child, 'me_snapshot', {}, 'not_signed_in');
	await refused(new Client(s.server), 'sign_in_card', { token: old.token }, 'link_unusable');
	const { cards: [next] } = await s.admin.call('card_issue', of);
	await refused(new Client(s.server), 'sign_in_card', { token: old.token }, 'link_unusable');
	await child.call('sign_in_card', { code: next.code, family_name: name[0] });
	await child.call('chat_snapshot', { chat_id: s.units[unit].chat_id });
	await refused(child, 'card_issue', of, 'forbidden');
	const { members } = await s.admin.call('member_list', { ...s.org, query: name[0] });
	assert.deepEqual(members.map(({ came_in, role }) => [came_in, role]), [[true, 'student']]);
	await s.admin.call('member_remove', { ...s.org, person_id: person.id });
	await refused(child, 'chat_snapshot', { chat_id: s.units[unit].chat_id }, 'not_found');
}

/* --- the administration */

export async function joinsAbove(s, head, teacher) {
	const above = [['member_list', s.org], ['movement_list', s.org], ['org_document_list', s.org], ['chat_oversight_list', s.org], ['audit_list', s.org], ['arrival_counts', s.org]];
	for (const [command, params] of above) {
		await head.call(command, params);
		await refused(teacher, command, params, 'forbidden');
	}
	await refused(head, 'invite_list', s.org, 'forbidden'); // but it does not administer
	assert.equal((await s.membership(head)).role, 'head');
	assert.ok((await s.membership(head)).units.some(({ unit_id }) => unit_id === s.staff.id));
}

export async function managementChats(s, { heads, teachers, pupil, parent }) {
	const { admin, words } = s;
	const people = async (chat) => ids(await s.members(admin, chat));
	const wanted = (...clients) => clients.map(idOf).sort((a, b) => a - b);
	// The head with the deputies: whoever has the role, and leaves with it.
	const administration = await s.chat(heads[0], 'Администрация');
	const runs = (await admin.call('member_list', { ...s.org, limit: 200 })).members.filter(({ role }) => ['admin', 'coadmin', 'head'].includes(role));
	assert.deepEqual(await people(administration), ids(runs));
	const guest = await s.come(['Замещающий', 'Денис'], 'head');
	assert.ok((await people(administration)).includes(idOf(guest)));
	await s.admin.call('movement_apply', { ...s.org, kind: 'dismiss', person_ids: [idOf(guest)] });
	await refused(guest, 'chat_snapshot', { chat_id: administration.id }, 'not_found');
	assert.equal(await s.chat(teachers[0], 'Администрация'), undefined);
	// With all of the teaching staff.
	const staff = await s.chat(heads[0], words.staffUnit);
	assert.equal(staff.kind, 'staff');
	assert.deepEqual(await people(staff), ids((await admin.call('member_list', { ...s.org, unit_id: s.staff.id, limit: 200 })).members));
	await refused(pupil, 'chat_snapshot', { chat_id: staff.id }, 'not_found');
	// With the activists of parents and of pupils.
	for (const [kind, name, client, wrong] of [['parents', 'Родительский актив', parent, pupil], ['students', words.studentSet, pupil, parent]]) {
		const set = await admin.call('set_create', { ...s.org, kind, name, client_id: newId() });
		await refused(admin, 'set_person_add', { ...s.org, set_id: set.id, person_ids: [idOf(wrong)] }, 'conflict');
		await admin.call('set_person_add', { ...s.org, set_id: set.id, person_ids: [idOf(client)] });
		const chat = await s.chat(client, name);
		assert.deepEqual([chat.kind, chat.why], ['set', 'set']);
		assert.deepEqual(await people(chat), wanted(admin, ...heads, client));
		assert.equal((await s.chat(heads[0], name)).why, 'administration');
		await say(heads[0], chat.id, 'Соберёмся в пятницу');
		await refused(wrong, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
		await refused(teachers[0], 'set_list', s.org, 'forbidden');
		await admin.call('set_person_remove', { ...s.org, set_id: set.id, person_id: idOf(client) });
		await refused(client, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
		await admin.call('set_person_add', { ...s.org, set_id: set.id, person_ids: [idOf(client)] });
		await client.call('chat_snapshot', { chat_id: chat.id });
	}
	// And others: a chat of staff alone, into which no pupil and no parent can be put.
	const free = await heads[0].call('chat_create', { ...s.org, title: 'Расписание сессии', audience: ['staff'], client_id: newId() });
	await heads[0].call('chat_member_add', { chat_id: free.id, person_ids: teachers.map(idOf) });
	assert.deepEqual(ids(await s.members(heads[0], free)), wanted(heads[0], ...teachers));
	for (const wrong of [pupil, parent]) await refused(admin, 'chat_member_add', { chat_id: free.id, person_ids: [idOf(wrong)] }, 'conflict', 'person_ids');
	await refused(pupil, 'chat_create', { ...s.org, title: 'Свой', audience: ['student'] }, 'forbidden');
}

export async function oversight(s, head, teacher, chat) {
	const secret = newWord('Разговор');
	await say(teacher, chat, secret);
	const seen = await head.call('chat_oversight_list', s.org);
	const line = seen.chats.find(({ id }) => id === chat);
	assert.ok(line.message_count >= 1 && line.member_count >= 1 && line.last_at > 0);
	assert.ok(!JSON.stringify(seen).includes(secret));
	await refused(teacher, 'chat_oversight_list', s.org, 'forbidden');
	await refused(head, 'chat_snapshot', { chat_id: chat }, 'forbidden');
	await refused(head, 'chat_open_by_duty', { chat_id: chat, reason: '' }, 'invalid_field');
	await refused(teacher, 'chat_open_by_duty', { chat_id: chat, reason: 'Любопытство' }, 'forbidden');
	await head.call('chat_open_by_duty', { chat_id: chat, reason: 'Жалоба родителя', client_id: newId() });
	const open = await head.call('chat_snapshot', { chat_id: chat });
	assert.equal(open.chat.why, 'duty');
	assert.ok((await teacher.call('chat_snapshot', { chat_id: chat })).messages.some(({ text }) => text.includes('Жалоба родителя'))); // its people are told
	const { entries } = await s.admin.call('audit_list', s.org);
	assert.ok(entries.some(({ actor_id, object_id, detail }) => actor_id === idOf(head) && (object_id === chat || JSON.stringify(detail).includes(String(chat)))), JSON.stringify(entries.slice(0, 3)));
	assert.equal((await s.admin.call('audit_verify', s.org)).whole, true);
	await head.call('chat_leave', { chat_id: chat });
	await refused(head, 'chat_snapshot', { chat_id: chat }, 'forbidden');
}

/** Another administrator by another order: two explicit steps, both in the journal. */
export async function handOver(s, next, outsider) {
	const before = s.admin;
	const scan = await paper(before, { name: 'Приказ 12-л.pdf', purpose: 'document', org: s.id });
	const offer = { ...s.org, person_id: idOf(next), order_number: '12-л', order_date: '2026-11-20', file_id: scan.id, stay_as: 'teacher' };
	await refused(next, 'handover_offer', offer, 'forbidden');
	await refused(before, 'handover_offer', { ...offer, person_id: idOf(outsider) }, 'conflict', 'person_id');
	await before.call('handover_offer', offer);
	assert.equal((await s.membership(before)).role, 'admin'); // nothing yet
	await next.call('handover_answer', { ...s.org, answer: 'accept', client_id: newId() });
	assert.deepEqual([(await s.membership(before)).role, (await s.membership(next)).role], ['teacher', 'admin']);
	await refused(before, 'invite_list', s.org, 'forbidden');
	const { appointments: [newest] } = await next.call('appointment_list', s.org);
	assert.deepEqual([newest.how, newest.person.id, newest.order_number, newest.order_date, newest.file.name], ['handover', idOf(next), '12-л', '2026-11-20', 'Приказ 12-л.pdf']);
	assert.equal((await next.request('GET', `/api/v1/files/${newest.file.id}`)).status, 200);
	const actions = (await next.call('audit_list', s.org)).entries.map(({ action }) => action);
	for (const action of ['handover_offer', 'handover_accept']) assert.ok(actions.includes(action), action);
	s.admin = next;
}

/* --- a unit and its chats */

export async function unitChats(s, { lead, teacher, pupil, parent, unit, subject }) {
	await s.admin.call('teaching_set', { unit_id: s.units[unit].id, subject_id: subject.id, teacher_id: idOf(teacher), client_id: newId() });
	const titles = [unit, `Родители ${unit}`, `${s.words.teachers} ${unit}`];
	const see = async (client) => Promise.all(titles.map(async (title) => (await s.chat(client, title))?.why));
	assert.deepEqual(await see(lead), ['lead', 'lead', 'lead']);
	assert.deepEqual(await see(pupil), ['member', undefined, undefined]);
	assert.equal((await see(parent))[1], 'guardian');
	assert.equal((await see(parent))[2], undefined);
	assert.deepEqual((await see(teacher)).slice(1), [undefined, 'teaches']);
	const staff = await s.chat(lead, titles[2]);
	assert.deepEqual((await s.members(lead, staff)).find(({ person }) => person.id === idOf(teacher)).subjects, [subject.name]);
	for (const title of titles) await say(lead, (await s.chat(lead, title)).id, 'Добрый день!');
	for (const chat of [(await s.chat(lead, titles[1])).id, staff.id]) await refused(pupil, 'chat_snapshot', { chat_id: chat }, 'not_found');
	// One of each, and whoever teaches here no more is out.
	assert.deepEqual((await s.chats(lead)).filter(({ unit_id, kind }) => unit_id === s.units[unit].id && kind !== 'free' && kind !== 'subject').map(({ kind }) => kind).sort(), ['parents', 'teachers', 'unit']);
	await s.admin.call('teaching_end', { unit_id: s.units[unit].id, subject_id: subject.id, teacher_id: idOf(teacher) });
	await refused(teacher, 'chat_snapshot', { chat_id: staff.id }, 'not_found');
	await s.admin.call('teaching_set', { unit_id: s.units[unit].id, subject_id: subject.id, teacher_id: idOf(teacher) });
}

/** A chat for a project: its maker chooses for whom, adds whom he knows, hands out a link that others cannot use. */
export async function freeChat(s, maker, pupil, parent, title, { knowsParent = true } = {}) {
	const chat = await maker.call('chat_create', { ...s.org, title, audience: ['student'], client_id: newId() });
	await refused(maker, 'chat_member_add', { chat_id: chat.id, person_ids: [idOf(s.other.admin)] }, 'not_found', 'person_ids');
	await refused(maker, 'chat_member_add', { chat_id: chat.id, person_ids: [idOf(parent)] }, knowsParent ? 'conflict' : 'not_found', 'person_ids');
	const { token } = await maker.call('chat_link_create', { chat_id: chat.id, max_uses: 5 });
	await refused(parent, 'chat_link_join', { token }, 'forbidden');
	await refused(s.other.admin, 'chat_link_join', { token }, 'forbidden');
	assert.equal((await pupil.call('chat_link_join', { token })).why, 'link');
	await say(pupil, chat.id, 'Я участвую');
	await maker.call('chat_member_remove', { chat_id: chat.id, person_id: idOf(pupil) });
	await refused(pupil, 'chat_snapshot', { chat_id: chat.id }, 'not_found');
	await maker.call('chat_member_add', { chat_id: chat.id, person_ids: [idOf(pupil)] });
	assert.equal((await s.chat(pupil, title)).why, 'added');
}

export async function whoHasNotComeIn(s, lead, unit) {
	const expected = [['Ожидаемая', 'Вера'], ['Ожидаемый', 'Игорь']];
	const { people } = await lead.call('member_expect_many', { unit_id: s.units[unit].id, role: 'student', people: expected.map(names), client_id: newId() });
	assert.equal(people.length >= 2, true);
	const away = async () => (await lead.call('arrival_list', { unit_id: s.units[unit].id })).people.filter(({ state }) => state !== 'joined').map(({ person }) => person.family_name).sort();
	assert.deepEqual(await away(), ['Ожидаемая', 'Ожидаемый']);
	// The link is there to be sent again; whoever comes in by it under his name takes his place.
	const link = await lead.call('unit_invite_create', { unit_id: s.units[unit].id, role: 'student', max_uses: 30 });
	const mine = (await lead.call('invite_mine', s.org)).invites.find(({ id }) => id === link.id);
	assert.deepEqual([mine.state, mine.token], ['open', link.token]);
	await comeIn(s.server, mine.token, names(expected[0]));
	assert.deepEqual(await away(), ['Ожидаемый']);
	await comeIn(s.server, (await lead.call('invite_mine', s.org)).invites.find(({ id }) => id === link.id).token, names(expected[1]));
	assert.deepEqual(await away(), []);
	await refused(lead, 'arrival_list', { unit_id: s.units[s.words.units.at(-1)].id }, 'forbidden');
	await refused(s.people[s.words.students[0][0]], 'arrival_list', { unit_id: s.units[unit].id }, 'forbidden');
}

/** In by a code and no password; a second factor; every device to be seen, and all others signed out. `demo` sends codes as often as one likes. */
export async function safeAccount(demo) {
	const code = '000000';
	const admin = new Client(demo);
	await admin.call('sign_in', { phone: '+79000004000', code });
	const { org } = (await admin.call('me_snapshot')).memberships[0];
	const { units } = await admin.call('unit_list', { org_id: org.id });
	const { token } = await admin.call('invite_create', { org_id: org.id, role: 'student', unit_id: units.find(({ kind }) => kind !== 'staff').id });
	const [pupil, other, phone] = [new Client(demo), new Client(demo), newPhone()];
	await pupil.call('invite_accept', { token, phone, code, given_name: 'Баир', family_name: newWord('Осторожный') });
	const { secret } = await pupil.call('totp_begin');
	assert.equal((await pupil.call('totp_confirm', { code: totp(secret, -1) })).codes.length, 10);
	assert.equal((await pupil.call('security_get')).totp, true);
	await refused(other, 'sign_in', { phone, code: '111111' }, 'code_wrong');
	const { person, second_factor: step } = await other.call('sign_in', { phone, code });
	assert.equal(person, undefined);
	await refused(other, 'me_snapshot', {}, 'not_signed_in'); // the phone alone is not enough
	await refused(other, 'second_factor', { token: step.token, code: totp(secret, 5) }, 'code_wrong', 'code');
	await other.call('second_factor', { token: step.token, code: totp(secret) });
	assert.equal((await pupil.call('session_list')).sessions.length, 2);
	const socket = await other.socket();
	assert.deepEqual(await pupil.call('session_end_others'), { ended: 1 });
	await socket.closed;
	await refused(other, 'me_snapshot', {}, 'not_signed_in');
	assert.equal((await pupil.call('session_list')).sessions.length, 1);
}

/** Each of the roles: what is his, and what is another's. */
export async function roles(s, { head, deputy, lead, teacher, pupil, parent, unit }) {
	const curator = await makeCurator(s.server, s.operator, [{ id: s.id }]);
	const asked = [
		['org_list', {}], ['curator_orgs', {}], ['appointment_list', s.org], ['invite_list', s.org], ['member_list', s.org], ['unit_request_list', { unit_id: s.units[unit].id }],
		['subject_list', s.org], ['my_children', s.org], ['chat_directory', s.org], ['org_figures', s.org],
	];
	const may = async (client) => (await Promise.all(asked.map(async ([command, params]) => ((await client.try(command, params)).error ? [] : [command])))).flat().filter((command) => command !== 'curator_orgs');
	const member = ['chat_directory'];
	assert.deepEqual(await may(s.operator), ['org_list']);
	assert.deepEqual(await may(curator), ['org_figures']);
	assert.deepEqual(await may(s.admin), ['appointment_list', 'invite_list', 'member_list', 'unit_request_list', 'subject_list', 'my_children', ...member, 'org_figures']);
	assert.deepEqual(await may(deputy), ['invite_list', 'member_list', 'unit_request_list', 'subject_list', 'my_children', ...member]);
	assert.deepEqual(await may(head), ['appointment_list', 'member_list', 'subject_list', 'my_children', ...member, 'org_figures']);
	assert.deepEqual(await may(lead), ['unit_request_list', 'subject_list', 'my_children', ...member]);
	assert.deepEqual(await may(teacher), ['subject_list', 'my_children', ...member]);
	assert.deepEqual(await may(parent), ['my_children', ...member]);
	assert.deepEqual(await may(pupil), member);
}
