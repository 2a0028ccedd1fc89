// SPDX-License-Identifier: Apache-2.0
// Coming in and being who one is: the status of staff.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { Organisation, claimOperator, comeIn, newWord } from '../lib/world.mjs';

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
