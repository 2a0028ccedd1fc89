// SPDX-License-Identifier: Apache-2.0
// Coming in and being who one is: the status of staff.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { Organisation, claimOperator, codeFor, comeIn, newPhone, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const refused = async (client, command, params, code, field) => {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, JSON.stringify(error));
	if (field) assert.equal(error.field, field);
	return error;
};

const org = await Organisation.create(server, operator);
org.first = await org.unit();

test('staff claims, is reviewed, confirmed, refused, and dismissed; the badge follows in every chat', async () => {
	const pupil = await org.person('student', org.first);
	const teacher = await org.person('teacher', org.first, { unconfirmed: true });
	const mine = async () => (await teacher.call('me_snapshot')).memberships[0];
	const badge = async () => (await pupil.call('chat_members', { chat_id: org.first.chat_id })).members.find(({ person }) => person.id === teacher.person.id)?.confirmed;
	const decide = (confirm, reason) => org.admin.call('verification_decide', { org_id: org.id, person_ids: [teacher.person.id], confirm, ...(reason ? { reason } : {}), client_id: newId() });
	assert.equal((await mine()).verification, 'claimed');
	assert.equal(await badge(), false);
	const socket = await pupil.socket();
	const own = await teacher.socket();
	await teacher.call('verification_submit', { org_id: org.id, position: 'учитель физики', subjects: 'физика', comment: 'с 1 сентября' });
	assert.equal((await mine()).verification, 'under_review');
	const { items } = await org.admin.call('verification_list', { org_id: org.id });
	assert.deepEqual(items.map(({ member, claim }) => [member.person.id, claim.position, claim.subjects, claim.comment]), [[teacher.person.id, 'учитель физики', 'физика', 'с 1 сентября']]);
	await refused(org.admin, 'verification_decide', { org_id: org.id, person_ids: [teacher.person.id], confirm: false }, 'invalid_field', 'reason');
	const reason = newWord('Нет приказа ');
	await decide(false, reason);
	assert.deepEqual([(await mine()).verification, (await mine()).verification_reason], ['refused', reason]);
	await teacher.call('verification_submit', { org_id: org.id, position: 'учитель физики' });
	const { members } = await decide(true);
	assert.equal(members[0].verified_by.id, org.admin.person.id);
	assert.ok(members[0].verified_at > 0);
	const event = await socket.event(({ type, data }) => type === 'chat_member_joined' && data.member.confirmed);
	assert.equal(event.data.member.person.id, teacher.person.id);
	assert.equal((await own.event(({ type, data }) => type === 'membership_changed' && data.membership.verification === 'confirmed')).data.membership.org.id, org.id);
	assert.equal(await badge(), true);
	await refused(teacher, 'verification_submit', { org_id: org.id, position: 'учитель' }, 'conflict');
	await refused(org.admin, 'verification_decide', { org_id: org.id, person_ids: [pupil.person.id], confirm: true }, 'conflict');
	await org.admin.call('member_remove', { org_id: org.id, person_id: teacher.person.id });
	await refused(teacher, 'verification_submit', { org_id: org.id, position: 'учитель' }, 'not_found');
	await teacher.call('invite_accept', { token: (await org.invite('teacher', org.first)).token });
	assert.equal((await mine()).verification, 'claimed');
	assert.equal(await badge(), false);
	await socket.close();
	await own.close();
});

test('a deputy who is not confirmed issues no links, and is told whom to ask', async () => {
	const deputy = await org.person('coadmin', undefined, { unconfirmed: true });
	const { message } = await refused(deputy, 'invite_create', { org_id: org.id, role: 'teacher' }, 'forbidden');
	assert.match(message, /подтвердить/);
	await refused(deputy, 'verification_decide', { org_id: org.id, person_ids: [deputy.person.id], confirm: true }, 'forbidden');
	await org.confirm(deputy);
	await deputy.call('invite_create', { org_id: org.id, role: 'teacher' });
});

test('many at once', async () => {
	const invite = await org.invite('teacher', undefined, { max_uses: 20 });
	const people = await Promise.all(Array.from({ length: 20 }, () => comeIn(server, invite.token)));
	await org.confirm(...people);
	const { items } = await org.admin.call('verification_list', { org_id: org.id, state: 'confirmed', limit: 200 });
	const ids = items.map(({ member }) => member.person.id);
	for (const { person } of people) assert.ok(ids.includes(person.id));
});

/* --- links */

const preview = (token) => new Client(server).call('invite_preview', { token });

test('a short code leads to its link; wrong ones are counted and tell nothing', async () => {
	const guest = new Client(server);
	const invite = await org.invite('student', org.first, { max_uses: 5, note: 'для 7А' });
	assert.match(invite.code, /^[2-9A-HJ-KM-NP-TV-Z]{8}$/);
	assert.equal(invite.note, 'для 7А');
	const { token } = await guest.call('invite_by_code', { code: ` ${invite.code.slice(0, 4).toLowerCase()} - ${invite.code.slice(4)} ` });
	assert.equal(token, invite.token);
	const annulled = await org.invite('student', org.first);
	await org.admin.call('invite_annul', { invite_id: annulled.id });
	const dead = await refused(guest, 'invite_by_code', { code: annulled.code }, 'link_unusable', 'code');
	for (const code of ['22222222', 'ЯЯЯЯЯЯЯЯ', '1', `${invite.code}2`, invite.code.slice(1)]) assert.deepEqual(await refused(guest, 'invite_by_code', { code }, 'link_unusable'), dead);
});

test('guessing codes ends with a pause, for right ones too', async () => {
	const guest = new Client(server);
	const invite = await org.invite('student', org.first);
	let limited;
	for (let i = 0; i < 80 && !limited; i++) limited = (await guest.try('invite_by_code', { code: '33333333' })).error.code === 'rate_limited';
	assert.ok(limited);
	assert.ok((await refused(guest, 'invite_by_code', { code: invite.code }, 'rate_limited')).retry_after_s > 0);
	assert.equal((await preview(invite.token)).role, 'student');
});

test("a class's own lead makes its pupils' links, hands none of staff, and annuls them; the organisation may keep that to itself", async () => {
	const lead = await org.person('teacher', org.first, { lead: true });
	const second = await org.unit();
	const make = (unit, more = {}) => lead.try('unit_invite_create', { unit_id: unit.id, role: 'student', max_uses: 30, ...more, client_id: newId() });
	const { result } = await make(org.first);
	assert.equal(result.role, 'student');
	assert.equal((await make(second)).error.code, 'forbidden');
	await refused(lead, 'invite_create', { org_id: org.id, role: 'student', unit_id: org.first.id }, 'forbidden');
	assert.equal((await make(org.first, { role: 'teacher' })).error.code, 'invalid_field');
	const pupil = await comeIn(server, result.token);
	assert.deepEqual((await lead.call('invite_uses', { invite_id: result.id })).uses.map(({ person }) => person.id), [pupil.person.id]);
	const forStaff = await org.invite('teacher', org.first);
	await refused(lead, 'invite_annul', { invite_id: forStaff.id }, 'forbidden');
	await refused(pupil, 'invite_annul', { invite_id: result.id }, 'forbidden');
	const told = await lead.socket();
	const handed = await org.admin.call('invite_hand', { invite_id: forStaff.id, person_id: lead.person.id });
	assert.equal(handed.holder.id, lead.person.id);
	assert.equal((await told.event(({ type }) => type === 'invite_handed')).data.invite_id, forStaff.id);
	await told.close();
	const mine = (await lead.call('invite_mine', { org_id: org.id })).invites.map(({ id }) => id);
	assert.ok(mine.includes(forStaff.id) && mine.includes(result.id));
	await refused(org.admin, 'invite_hand', { invite_id: forStaff.id, person_id: pupil.person.id }, 'conflict');
	await org.admin.call('join_settings_set', { org_id: org.id, student_invites: 'admins' });
	assert.match((await make(org.first)).error.message, /администратор/);
	await org.admin.call('join_settings_set', { org_id: org.id, student_invites: 'admins_and_leads' });
	assert.equal((await lead.call('invite_annul', { invite_id: result.id })).state, 'annulled');
	await refused(new Client(server), 'invite_preview', { token: result.token }, 'link_unusable');
	await org.admin.call('verification_decide', { org_id: org.id, person_ids: [lead.person.id], confirm: false, reason: 'Проверка' });
	assert.equal((await make(org.first)).error.code, 'forbidden');
});

test('a subject teacher sees who has not come in, and the links when the lead lets him; on other ids he sees nothing', async () => {
	const own = await Organisation.create(server, operator);
	const [first, second] = [await own.unit(), await own.unit()];
	const [lead, teacher, unconfirmed] = [await own.person('teacher', first, { lead: true }), await own.person('teacher'), await own.person('teacher', undefined, { unconfirmed: true })];
	const { subjects: [subject] } = await own.admin.call('subject_create', { org_id: own.id, names: [newWord('Химия')] });
	for (const one of [teacher, unconfirmed]) await own.admin.call('teaching_set', { unit_id: first.id, subject_id: subject.id, teacher_id: one.person.id });
	await lead.call('member_expect_many', { unit_id: first.id, role: 'student', people: [{ given_name: 'Вера', family_name: newWord('Ожидаемая') }] });
	const link = await lead.call('unit_invite_create', { unit_id: first.id, role: 'student', max_uses: 30 });
	const pupil = await comeIn(server, link.token);
	await own.invite('guardian', first, { child_id: pupil.person.id }); // for one child: not to be sent to others
	for (const one of [teacher, unconfirmed]) assert.deepEqual((await one.call('arrival_list', { unit_id: first.id })).people.map(({ state }) => state).sort(), ['expected', 'joined']);
	await refused(teacher, 'arrival_list', { unit_id: second.id }, 'forbidden');
	await refused(teacher, 'arrival_list', { unit_id: org.first.id }, 'not_found');
	const seen = async () => (await teacher.call('unit_link_list', { unit_id: first.id })).links.map(({ token }) => token);
	assert.deepEqual(await seen(), []);
	assert.match((await refused(unconfirmed, 'unit_link_list', { unit_id: first.id }, 'forbidden')).message, /подтверд/);
	await refused(teacher, 'unit_link_delegate', { unit_id: first.id, teachers_send: true }, 'forbidden');
	await refused(lead, 'unit_link_delegate', { unit_id: second.id, teachers_send: true }, 'forbidden');
	await refused(lead, 'unit_link_delegate', { unit_id: org.first.id, teachers_send: true }, 'not_found');
	await lead.call('unit_link_delegate', { unit_id: first.id, teachers_send: true });
	assert.deepEqual(await seen(), [link.token]);
	for (const [command, params] of [['card_list', { unit_id: first.id }], ['unit_request_list', { unit_id: first.id }], ['unit_invite_create', { unit_id: first.id, role: 'student' }],
		['invite_annul', { invite_id: link.id }], ['unit_link_list', { unit_id: second.id }]]) await refused(teacher, command, params, 'forbidden');
	await own.admin.call('join_settings_set', { org_id: own.id, student_invites: 'admins' });
	assert.deepEqual(await seen(), []);
	assert.match((await refused(lead, 'unit_link_delegate', { unit_id: first.id, teachers_send: true }, 'forbidden')).message, /администратор/);
	await own.admin.call('join_settings_set', { org_id: own.id, student_invites: 'admins_and_leads' });
	await lead.call('invite_annul', { invite_id: link.id });
	assert.deepEqual(await seen(), []);
	await own.admin.call('teaching_end', { unit_id: first.id, subject_id: subject.id, teacher_id: teacher.person.id });
	await refused(teacher, 'arrival_list', { unit_id: first.id }, 'forbidden');
});

test('links for all classes and roles at once are the same at the second time; unused ones are annulled together', async () => {
	const own = await Organisation.create(server, operator);
	const units = [await own.unit(), await own.unit()];
	const all = { org_id: own.id, unit_ids: units.map(({ id }) => id), roles: ['student', 'guardian', 'lead'] };
	const { invites } = await own.admin.call('invite_create_many', all);
	assert.equal(new Set(invites.map(({ token }) => token)).size, 6);
	assert.equal(new Set(invites.map(({ code }) => code)).size, 6);
	assert.deepEqual((await own.admin.call('invite_create_many', all)).invites.map(({ id }) => id), invites.map(({ id }) => id));
	await comeIn(server, invites[0].token);
	const count = async (days, dry_run) => (await own.admin.call('invite_annul_unused', { org_id: own.id, days, dry_run })).count;
	assert.equal(await count(1, true), 0);
	assert.equal(await count(0, true), 5);
	assert.equal(await count(0, false), 5);
	assert.equal(await count(0, true), 0);
	assert.equal((await preview(invites[0].token)).role, 'student');
	await refused(new Client(server), 'invite_preview', { token: invites[1].token }, 'link_unusable');
});

test("a guardian's link for one child binds him to it; a pupil can use no guardian's link", async () => {
	const pupil = await org.person('student', org.first);
	const link = await org.admin.call('invite_create', { org_id: org.id, role: 'guardian', unit_id: org.first.id, child_id: pupil.person.id, max_uses: 2 });
	assert.equal(link.child.id, pupil.person.id);
	assert.equal((await preview(link.token)).for_child, true);
	assert.ok(!JSON.stringify(await preview(link.token)).includes(pupil.person.family_name));
	const mother = await comeIn(server, link.token);
	const { families } = await org.admin.call('guardian_list', { unit_id: org.first.id, child_id: pupil.person.id });
	assert.deepEqual(families[0].guardians.map(({ person }) => person.id), [mother.person.id]);
	await refused(pupil, 'invite_accept', { token: link.token }, 'conflict');
	await refused(org.admin, 'invite_create', { org_id: org.id, role: 'student', unit_id: org.first.id, child_id: pupil.person.id }, 'invalid_field', 'child_id');
	await refused(org.admin, 'invite_create', { org_id: org.id, role: 'guardian', unit_id: org.first.id, child_id: mother.person.id }, 'not_found', 'child_id');
});

test('two who race for the last use: one comes in', async () => {
	const { token } = await org.invite('guardian', org.first, { max_uses: 1 });
	const came = await Promise.allSettled([comeIn(server, token), comeIn(server, token), comeIn(server, token)]);
	assert.equal(came.filter(({ status }) => status === 'fulfilled').length, 1);
});

/* --- requests */

test('a link with approval: a request, a refusal with its reason, another, and in', async () => {
	const link = await org.invite('student', org.first, { approval: true, max_uses: 1 });
	assert.equal((await preview(link.token)).approval, true);
	const asker = await comeIn(server, link.token);
	const mine = async () => (await asker.call('join_request_mine')).requests;
	assert.deepEqual((await asker.call('me_snapshot')).memberships, []);
	assert.deepEqual((await mine()).map(({ state, role, unit_id, own_accord }) => [state, role, unit_id, own_accord]), [['waiting', 'student', org.first.id, false]]);
	await refused(asker, 'chat_snapshot', { chat_id: org.first.chat_id }, 'not_found');
	await asker.call('invite_accept', { token: link.token }).catch(({ code }) => assert.equal(code, 'link_unusable'));
	const watch = await org.admin.socket();
	const own = await asker.socket();
	const { requests } = await org.admin.call('join_request_list', { org_id: org.id });
	const request = requests.find(({ person }) => person.id === asker.person.id);
	const decide = (client, params) => client.try('join_request_decide', { org_id: org.id, request_id: request.id, ...params });
	assert.equal((await decide(org.admin, { accept: false })).error.field, 'reason');
	const reason = newWord('Не из нашей школы ');
	assert.equal((await decide(org.admin, { accept: false, reason })).result.state, 'declined');
	assert.equal((await decide(org.admin, { accept: true })).error.code, 'conflict');
	assert.equal((await own.event(({ type, data }) => type === 'join_request_changed' && data.request.state === 'declined')).data.request.reason, reason);
	assert.equal(typeof (await watch.event(({ type }) => type === 'join_queue_changed')).data.waiting, 'number');
	// The refusal gave the use back.
	await asker.call('invite_accept', { token: link.token });
	const lead = await org.person('teacher', org.first, { lead: true });
	const [again] = (await lead.call('unit_request_list', { unit_id: org.first.id })).requests.filter(({ person }) => person.id === asker.person.id);
	assert.equal((await lead.call('unit_request_decide', { unit_id: org.first.id, request_id: again.id, accept: true, client_id: newId() })).state, 'accepted');
	assert.equal((await refused(lead, 'unit_request_decide', { unit_id: org.first.id, request_id: again.id, accept: true }, 'conflict')).code, 'conflict');
	await refused(lead, 'unit_request_decide', { unit_id: org.first.id, request_id: again.id, accept: false }, 'invalid_field', 'reason');
	assert.equal((await asker.call('me_snapshot')).memberships[0].role, 'student');
	await watch.close();
	await own.close();
});

test('a lead decides about his own class only, and about no staff', async () => {
	const lead = await org.person('teacher', org.first, { lead: true });
	const second = await org.unit();
	const asker = await comeIn(server, (await org.invite('student', second, { approval: true })).token);
	const colleague = await comeIn(server, (await org.invite('teacher', org.first, { approval: true })).token);
	for (const one of [asker, colleague]) {
		const [{ id }] = (await one.call('join_request_mine')).requests;
		await refused(lead, 'unit_request_decide', { unit_id: org.first.id, request_id: id, accept: true }, 'not_found', 'request_id');
	}
});

test('the public page is there when it is published, names nobody, and takes requests when it may', async () => {
	const own = await Organisation.create(server, operator);
	const unit = await own.unit();
	const pupil = await own.person('student', unit);
	const guest = new Client(server);
	await refused(guest, 'org_public', { org_id: own.id }, 'not_found');
	await own.admin.call('join_settings_set', { org_id: own.id, published: true, contact: 'кабинет 12' });
	const page = await guest.call('org_public', { org_id: own.id });
	assert.deepEqual([page.requests_open, page.contact, page.units], [false, 'кабинет 12', []]);
	await refused(guest, 'join_ask', { org_id: own.id, role: 'student', unit_id: unit.id }, 'not_found');
	await own.admin.call('join_settings_set', { org_id: own.id, requests_open: true });
	const open = await guest.call('org_public', { org_id: own.id });
	assert.deepEqual(open.units, [{ id: unit.id, kind: 'class', name: unit.name }]);
	for (const person of [pupil, own.admin]) assert.ok(!JSON.stringify(open).includes(person.person.family_name));
	const ask = async (client, more) => {
		const phone = newPhone();
		const code = await codeFor(client, phone);
		return client.try('join_ask', { org_id: own.id, role: 'student', unit_id: unit.id, phone, code, given_name: 'Имя', family_name: newWord('Проситель'), ...more });
	};
	await refused(guest, 'join_ask', { org_id: own.id, role: 'student' }, 'invalid_field', 'unit_id');
	await refused(guest, 'join_ask', { org_id: own.id, role: 'student', unit_id: org.first.id }, 'not_found', 'unit_id');
	await refused(guest, 'join_ask', { org_id: own.id, role: 'student', unit_id: own.staff.id }, 'not_found', 'unit_id');
	await refused(guest, 'join_ask', { org_id: own.id, role: 'student', unit_id: unit.id, phone: newPhone(), code: '123456', given_name: 'И', family_name: 'Ф' }, 'code_expired');
	assert.equal((await ask(guest, { code: '000000' })).error.code, 'code_wrong');
	const asker = new Client(server);
	assert.ok((await ask(asker)).result);
	await asker.call('join_ask', { org_id: own.id, role: 'student', unit_id: unit.id });
	assert.equal((await asker.call('join_request_mine')).requests.length, 1);
	const [request] = (await own.admin.call('join_request_list', { org_id: own.id })).requests;
	assert.equal(request.own_accord, true);
	await refused(pupil, 'join_ask', { org_id: own.id, role: 'guardian', unit_id: unit.id }, 'conflict');
	await own.admin.call('join_request_decide', { org_id: own.id, request_id: request.id, accept: true });
	assert.equal((await own.admin.call('join_request_list', { org_id: own.id, decided: true })).requests.length, 1);
});

/* --- people expected */

test('an expected name is taken over by whoever comes in under it; another one is flagged, and merged or left', async () => {
	const own = await Organisation.create(server, operator);
	const unit = await own.unit();
	const [ada, lev, eva] = ['Ада', 'Лев', 'Ева'].map((given_name) => ({ given_name, family_name: newWord('Ждёмая') }));
	const { people } = await own.admin.call('member_expect_many', { unit_id: unit.id, role: 'student', people: [ada, lev, eva] });
	assert.deepEqual(people.map(({ state }) => state), ['expected', 'expected', 'expected']);
	const expected = (names) => people.find(({ person }) => person.family_name === names.family_name).person.id;
	const { token } = await own.invite('student', unit, { max_uses: 10 });
	const first = await comeIn(server, token, { given_name: ada.given_name, family_name: ada.family_name.toUpperCase() });
	assert.equal(first.person.id, expected(ada));
	const counts = async () => {
		const { units, ...rest } = await own.admin.call('arrival_counts', { org_id: own.id });
		return [units[0].students, units[0].students_joined, rest.name_flags];
	};
	assert.deepEqual(await counts(), [3, 1, 0]);
	const second = await comeIn(server, token, { given_name: 'Лёва', family_name: lev.family_name });
	assert.notEqual(second.person.id, expected(lev));
	assert.deepEqual(await counts(), [4, 2, 1]);
	const { flags } = await own.admin.call('name_flag_list', { org_id: own.id });
	assert.equal(flags[0].member.person.id, second.person.id);
	assert.equal(flags[0].candidates[0].id, expected(lev));
	await refused(own.admin, 'name_flag_resolve', { org_id: own.id, person_id: second.person.id, expected_id: first.person.id }, 'conflict', 'expected_id');
	const merged = await own.admin.call('name_flag_resolve', { org_id: own.id, person_id: second.person.id, expected_id: expected(lev) });
	assert.deepEqual([merged.person.id, merged.person.given_name, merged.units.length], [second.person.id, 'Лев', 1]);
	assert.deepEqual(await counts(), [3, 2, 0]);
	const third = await comeIn(server, token);
	assert.deepEqual(await counts(), [4, 3, 1]);
	await own.admin.call('name_flag_resolve', { org_id: own.id, person_id: third.person.id });
	assert.deepEqual(await counts(), [4, 3, 0]);
	await refused(own.admin, 'name_flag_resolve', { org_id: own.id, person_id: third.person.id }, 'not_found');
	await refused(own.admin, 'member_expect_many', { unit_id: own.staff.id, role: 'student', people: [ada] }, 'conflict');
	// Somebody who had an account before takes an expected place over, too.
	const known = await org.person('student', org.first);
	await own.admin.call('member_expect_many', { unit_id: unit.id, role: 'student', people: [{ given_name: known.person.given_name, family_name: known.person.family_name }] });
	await known.call('invite_accept', { token });
	const { people: now } = await own.admin.call('arrival_list', { unit_id: unit.id });
	assert.deepEqual(now.filter(({ person }) => person.family_name === known.person.family_name).map(({ person, state }) => [person.id, state]), [[known.person.id, 'joined']]);
});

/* --- cards */

const byCard = async (params) => {
	const client = new Client(server);
	client.person = (await client.call('sign_in_card', params)).person;
	return client;
};

test('a card signs a pupil in without a phone, by its QR code or by its short code with the family name', async () => {
	const own = await Organisation.create(server, operator);
	const unit = await own.unit();
	const lead = await own.person('teacher', unit, { lead: true });
	const name = { given_name: 'Мирон', family_name: newWord('Карточкин') };
	const { people } = await lead.call('member_expect_many', { unit_id: unit.id, role: 'student', people: [name], client_id: newId() });
	const id = people.find(({ person }) => person.family_name === name.family_name).person.id;
	const [card] = (await lead.call('card_issue', { unit_id: unit.id, person_ids: [id] })).cards;
	assert.equal((await lead.call('arrival_list', { unit_id: unit.id })).people[0].state, 'invited');
	const pupil = await byCard({ token: card.token });
	assert.equal(pupil.person.id, id);
	assert.equal((await pupil.call('me_snapshot')).memberships[0].role, 'student');
	const typed = `${card.code.slice(0, 5).toLowerCase()}-${card.code.slice(5)}`;
	const again = await byCard({ code: typed, family_name: name.family_name.toUpperCase() });
	const wrong = await refused(new Client(server), 'sign_in_card', { code: card.code, family_name: 'Другой' }, 'link_unusable', 'code');
	assert.deepEqual(await refused(new Client(server), 'sign_in_card', { code: '2222222222', family_name: name.family_name }, 'link_unusable'), wrong);
	await refused(new Client(server), 'sign_in_card', { code: card.code }, 'invalid_field', 'family_name');
	const [state] = (await lead.call('card_list', { unit_id: unit.id })).pupils;
	assert.ok(state.last_used_at >= state.issued_at && state.came_in);
	await byCard({ token: card.token });
	assert.ok((await refused(new Client(server), 'sign_in_card', { token: card.token }, 'rate_limited')).retry_after_s > 0);
	// A new card ends the old one and whatever was signed in by it.
	const socket = await pupil.socket();
	const [next] = (await lead.call('card_issue', { unit_id: unit.id, person_ids: [id] })).cards;
	await socket.closed;
	await refused(pupil, 'me_snapshot', {}, 'not_signed_in');
	await refused(again, 'me_snapshot', {}, 'not_signed_in');
	await refused(new Client(server), 'sign_in_card', { token: card.token }, 'link_unusable');
	await refused(new Client(server), 'sign_in_card', { code: card.code, family_name: name.family_name }, 'link_unusable');
	const last = await byCard({ token: next.token });
	await lead.call('card_revoke', { unit_id: unit.id, person_ids: [id] });
	await refused(last, 'me_snapshot', {}, 'not_signed_in');
	await refused(new Client(server), 'sign_in_card', { token: next.token }, 'link_unusable');
	// A pupil who left has no way in by his card.
	const [after] = (await lead.call('card_issue', { unit_id: unit.id, person_ids: [id] })).cards;
	await own.admin.call('member_remove', { org_id: own.id, person_id: id });
	await refused(new Client(server), 'sign_in_card', { token: after.token }, 'link_unusable');
});

test("the lead of a circle issues no cards for another class's pupils, and nobody does for others", async () => {
	const pupil = await org.person('student', org.first);
	const circle = await org.unit('circle');
	await org.admin.call('unit_member_add', { unit_id: circle.id, person_id: pupil.person.id });
	const lead = await org.person('teacher', circle, { lead: true });
	await refused(lead, 'card_issue', { unit_id: circle.id, person_ids: [pupil.person.id] }, 'conflict', 'person_ids');
	await refused(lead, 'card_issue', { unit_id: org.first.id, person_ids: [pupil.person.id] }, 'forbidden');
	await refused(org.admin, 'card_issue', { unit_id: org.first.id, person_ids: [lead.person.id] }, 'not_found', 'person_ids');
});

test('guessing cards ends with a pause', async () => {
	const guest = new Client(server);
	let limited;
	for (let i = 0; i < 80 && !limited; i++) limited = (await guest.try('sign_in_card', { code: '3333333333', family_name: 'Нет' })).error.code === 'rate_limited';
	assert.ok(limited);
});
