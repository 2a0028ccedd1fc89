// SPDX-License-Identifier: Apache-2.0
// Two organisations with people of every role, made by the product's own commands. Every secret carries a word of its own.
import { randomInt } from 'node:crypto';
import { Client, newId } from './client.mjs';
import { upload } from './upload.mjs';

let numbers = randomInt(1000);

/** Numbers that differ in the last four digits, by which the console tells codes apart. */
export function newPhone() {
	numbers = (numbers + 1) % 10000;
	return `+7900555${String(numbers).padStart(4, '0')}`;
}

let words = 0;
/** A word of letters that stands nowhere else: names of people take it too. */
export function newWord(prefix = 'Слово') {
	words += 1;
	return `${prefix}${[...String(words)].map((digit) => 'абвгдежзик'[Number(digit)]).join('')}ъ`;
}

export async function codeFor(client, phone) {
	await client.call('code_request', { phone });
	return client.server.code(phone);
}

export async function claimOperator(server) {
	const operator = new Client(server);
	operator.phone = newPhone();
	const code = await codeFor(operator, operator.phone);
	const names = { given_name: 'Олег', family_name: newWord('Оператор') };
	operator.person = (await operator.call('operator_claim', { token: server.operatorToken, phone: operator.phone, code, ...names })).person;
	return operator;
}

export async function signIn(server, phone, extra = {}) {
	const client = new Client(server);
	client.phone = phone;
	const code = await codeFor(client, phone);
	client.person = (await client.call('sign_in', { phone, code, ...extra })).person;
	return client;
}

/** Somebody new comes in by a link. */
export async function comeIn(server, token, names = {}) {
	const client = new Client(server);
	client.phone = newPhone();
	const code = await codeFor(client, client.phone);
	const all = { given_name: newWord('Имя'), family_name: newWord('Фамилия'), ...names };
	client.person = (await client.call('invite_accept', { token, phone: client.phone, code, ...all })).person;
	return client;
}

export class Organisation {
	static async create(server, operator, { type = 'school' } = {}) {
		const org = new Organisation();
		org.server = server;
		org.word = newWord('Школа');
		const phone = newPhone();
		const made = await operator.call('org_create', {
			name: `${org.word} полное`, short_name: org.word, type, admin_phone: phone,
			admin_given_name: 'Анна', admin_family_name: newWord('Админ'), client_id: newId(),
		});
		org.id = made.id;
		org.admin = await signIn(server, phone);
		const { units } = await org.admin.call('unit_list', { org_id: org.id });
		org.staff = units.find((unit) => unit.kind === 'staff');
		return org;
	}

	unit(kind = 'class', name = newWord('Класс')) {
		return this.admin.call('unit_create', { org_id: this.id, kind, name, client_id: newId() });
	}

	invite(role, unit, more = {}) {
		return this.admin.call('invite_create', { org_id: this.id, role, ...(unit ? { unit_id: unit.id } : {}), ...more });
	}

	/** Staff is confirmed at once, but for `{unconfirmed: true}`. */
	async person(role, unit, { unconfirmed = false, ...more } = {}) {
		const invite = await this.invite(role, unit, more);
		const client = await comeIn(this.server, invite.token);
		if (!unconfirmed && role !== 'student' && role !== 'guardian') await this.confirm(client);
		return client;
	}

	confirm(...clients) {
		return this.admin.call('verification_decide', { org_id: this.id, person_ids: clients.map((client) => client.person.id), confirm: true, client_id: newId() });
	}
}

/** An organisation with two classes and everybody in it; `removed` was a student of the first class. */
export async function buildOrganisation(server, operator) {
	const org = await Organisation.create(server, operator);
	org.first = await org.unit();
	org.second = await org.unit();
	org.chat = org.first.chat_id;
	const [coadmin, head, lead, teacher, taught, student, guardian, removed, waiting] = await Promise.all([
		org.person('coadmin'),
		org.person('head'),
		org.person('teacher', org.first, { lead: true }),
		org.person('teacher', org.second),
		org.person('teacher'),
		org.person('student', org.first),
		org.person('guardian', org.first),
		org.person('student', org.first),
		org.person('coadmin', undefined, { unconfirmed: true }),
	]);
	Object.assign(org, { coadmin, head, lead, teacher, taught, student, guardian, removed, waiting });
	await org.admin.call('member_remove', { org_id: org.id, person_id: removed.person.id });
	org.subject = (await org.admin.call('subject_create', { org_id: org.id, names: [newWord('Предмет')] })).subjects[0];
	org.course = (await org.admin.call('subject_create', { org_id: org.id, names: [newWord('Курс')] })).subjects[0];
	await org.admin.call('teaching_set', { unit_id: org.first.id, subject_id: org.course.id, teacher_id: taught.person.id });
	org.set = await org.admin.call('set_create', { org_id: org.id, kind: 'other', name: newWord('Актив') });
	org.archived = await org.unit();
	await org.admin.call('unit_end', { org_id: org.id, unit_id: org.archived.id });
	org.openInvite = await org.invite('student', org.first, { max_uses: 1000 });
	org.annulledInvite = await org.invite('student', org.first);
	await org.admin.call('invite_annul', { invite_id: org.annulledInvite.id });
	org.file = await upload(org.admin, Buffer.from(`${org.word} документ`), { purpose: 'document', org: org.id, name: `${org.word}.txt` });
	await student.call('message_post', { chat_id: org.chat, client_id: newId(), text: `${org.word} письмо` });
	return org;
}

/** A municipal curator of these organisations, and a member of none. */
export async function makeCurator(server, operator, orgs) {
	const phone = newPhone();
	const names = { given_name: 'Нина', family_name: newWord('Куратор') };
	const { id } = await operator.call('curator_grant', { phone, ...names, area: newWord('Район'), org_ids: orgs.map((org) => org.id), client_id: newId() });
	return Object.assign(await signIn(server, phone), { curatorId: id });
}

export async function buildWorld(server) {
	const operator = await claimOperator(server);
	const a = await buildOrganisation(server, operator);
	const b = await buildOrganisation(server, operator);
	return { server, operator, a, b, nobody: new Client(server), curator: await makeCurator(server, operator, [a]) };
}

/** Everything that the commands tell, as one text: equal texts, nothing changed. */
export async function dump({ operator, a, b }) {
	const parts = [operator.call('org_list'), operator.call('me_snapshot')];
	for (const org of [a, b]) {
		parts.push(org.admin.call('unit_list', { org_id: org.id }), org.admin.call('member_list', { org_id: org.id }),
			org.admin.call('guardian_list', { unit_id: org.first.id }), org.admin.call('unit_archive_list', { org_id: org.id }),
			org.admin.call('subject_list', { org_id: org.id }), org.admin.call('teaching_list', { unit_id: org.second.id }),
			org.admin.call('set_list', { org_id: org.id }), org.admin.call('set_people', { org_id: org.id, set_id: org.set.id }), org.admin.call('invite_list', { org_id: org.id }), org.admin.call('verification_list', { org_id: org.id }), org.removed.call('me_snapshot'));
		for (const who of [org.admin, org.coadmin, org.head, org.lead, org.teacher, org.student, org.guardian, org.waiting]) parts.push(who.call('me_snapshot'));
		for (const who of [org.student, org.teacher]) parts.push(who.call('session_list'));
		parts.push(org.student.call('chat_snapshot', { chat_id: org.chat }), org.student.call('chat_members', { chat_id: org.chat }),
			org.teacher.call('chat_snapshot', { chat_id: org.second.chat_id }), org.lead.call('chat_snapshot', { chat_id: org.staff.chat_id }));
	}
	return JSON.stringify(await Promise.all(parts));
}
