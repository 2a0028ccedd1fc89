// SPDX-License-Identifier: Apache-2.0
// Chats that people make, and links into them: what is refused, at the edge of every limit.
import test from 'node:test';
import assert from 'node:assert/strict';
import { serverForFile } from '../lib/server.mjs';
import { claimOperator, newWord, Organisation } from '../lib/world.mjs';

const server = await serverForFile();
const operator = await claimOperator(server);
const own = await Organisation.create(server, operator);

const refused = async (client, command, params, code, field) => {
	const { error, result } = await client.try(command, params);
	assert.ok(error, `${command} was not refused: ${JSON.stringify(result)}`);
	assert.equal(error.code, code, `${command}: ${error.message}`);
	if (field) assert.equal(error.field, field);
};

test('chats that people make: what they refuse, at the edge of every limit', async () => {
	const unit = await own.unit();
	const [lead, pupil, parent] = [await own.person('teacher', unit, { lead: true }), await own.person('student', unit), await own.person('guardian', unit)];
	const stranger = await (await Organisation.create(server, operator)).person('teacher');
	const make = (more = {}) => own.admin.call('chat_create', { org_id: own.id, title: newWord(), audience: ['guardian'], ...more });
	const chat = await make();
	await refused(own.admin, 'chat_create', { org_id: own.id, title: 'Чат', audience: ['staff'], unit_id: 999983 }, 'not_found', 'unit_id');
	await refused(own.admin, 'chat_create', { org_id: own.id, title: ' \u202e', audience: ['staff'] }, 'invalid_field', 'title');
	for (const [command, more] of [['chat_change', { archived: true }], ['chat_member_add', { person_ids: [parent.person.id] }], ['chat_member_remove', { person_id: pupil.person.id }],
		['chat_member_set', { person_id: lead.person.id, keeper: true }], ['chat_link_create', {}]]) {
		await refused(own.admin, command, { chat_id: unit.chat_id, ...more }, 'conflict');
	}
	await refused(pupil, 'chat_leave', { chat_id: unit.chat_id }, 'conflict');
	await refused(own.admin, 'chat_member_add', { chat_id: chat.id, person_ids: [pupil.person.id] }, 'conflict', 'person_ids');
	await refused(own.admin, 'chat_member_add', { chat_id: chat.id, person_ids: [stranger.person.id] }, 'not_found', 'person_ids');
	await refused(own.admin, 'chat_link_create', { chat_id: chat.id, audience: ['student'] }, 'conflict', 'audience');
	const { token, id } = await own.admin.call('chat_link_create', { chat_id: chat.id, max_uses: 2 });
	for (const [who, state] of [[parent, 'may_join'], [pupil, 'other_people'], [stranger, 'other_org'], [own.admin, 'inside']]) {
		const told = await who.call('chat_link_preview', { token });
		assert.equal(told.state, state);
		assert.equal('title' in told, ['may_join', 'inside'].includes(state));
	}
	await refused(pupil, 'chat_link_join', { token }, 'forbidden');
	await refused(stranger, 'chat_link_join', { token }, 'forbidden');
	assert.equal((await parent.call('chat_link_join', { token })).why, 'link');
	assert.equal((await own.admin.call('chat_link_list', { chat_id: chat.id })).links[0].uses, 1);
	await own.admin.call('chat_link_annul', { chat_id: chat.id, link_id: id });
	for (const command of ['chat_link_preview', 'chat_link_join']) await refused(await own.person('guardian', unit), command, { token }, 'link_unusable');
	await own.admin.call('chat_open_by_duty', { chat_id: unit.chat_id, reason: 'Жалоба' });
	await refused(own.admin, 'chat_open_by_duty', { chat_id: unit.chat_id, reason: 'Жалоба' }, 'conflict');
	for (let i = 0; i < 50; i++) await own.admin.call('chat_link_create', { chat_id: chat.id });
	await refused(own.admin, 'chat_link_create', { chat_id: chat.id }, 'conflict');
	for (let i = 1; i < 500; i += 33) await Promise.all(Array.from({ length: Math.min(33, 500 - i) }, () => make()));
	await refused(own.admin, 'chat_create', { org_id: own.id, title: 'Чат', audience: ['staff'] }, 'conflict');
	await own.admin.call('chat_change', { chat_id: chat.id, archived: true });
	await make();
	// The administration sees that they are there, and nothing of what is said.
	const seen = [];
	for (let after; ;) {
		const page = await own.admin.call('chat_oversight_list', { org_id: own.id, ...(after ? { after } : {}) });
		seen.push(...page.chats);
		after = page.next_after;
		if (!after) break;
	}
	assert.ok(seen.length > 500 && seen.some(({ kind }) => kind === 'parents'));
	assert.ok(!JSON.stringify(seen).includes('Жалоба'));
});
