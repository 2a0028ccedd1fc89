// SPDX-License-Identifier: Apache-2.0
// Help by region (R13): who writes it, who reads which of it, and what is refused.
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { buildWorld, newWord } from '../lib/world.mjs';

const server = await serverForFile();
const { a, b, operator, nobody, curator } = await buildWorld(server);
await a.admin.call('org_card_set', { org_id: a.id, region: '64' });
await b.admin.call('org_card_set', { org_id: b.id, region: '03' });
const save = (more = {}) => operator.call('help_save', { category: 'start', title: newWord('Вход'), text: 'Откройте ссылку.', links: [], place: 5, client_id: newId(), ...more });
const read = async (client, org) => (await client.call('help_list', { org_id: org.id })).pages.map(({ title }) => title);
const refused = async (client, params, code, field) => {
	const { error } = await client.try('help_save', { category: 'start', title: 'Т', text: 'Т', links: [], place: 0, ...params });
	assert.deepEqual([error?.code, error?.field], [code, field], JSON.stringify(params));
};

test('everybody reads the pages for all and those of his own region, by category and place', async () => {
	assert.deepEqual(await read(a.student, a), []);
	const second = await save({ place: 7 });
	const first = await save({ place: 2, links: [{ label: 'Памятка', url: 'https://example.ru/pamyatka?a=1' }] });
	const saratov = await save({ region: '64', category: 'chats' });
	const buryatia = await save({ region: '03', category: 'chats' });
	assert.deepEqual(first.links, [{ label: 'Памятка', url: 'https://example.ru/pamyatka?a=1' }]);
	for (const who of [a.admin, a.teacher, a.student, a.guardian, a.waiting, curator]) assert.deepEqual(await read(who, a), [first.title, second.title, saratov.title]);
	assert.deepEqual(await read(b.student, b), [first.title, second.title, buryatia.title]);
	for (const who of [b.student, a.removed, operator]) assert.equal((await who.try('help_list', { org_id: a.id })).error.code, 'not_found');
	assert.equal((await nobody.try('help_list', { org_id: a.id })).error.code, 'not_signed_in');
	// Another region, another help; none, what is for everybody.
	await a.admin.call('org_card_set', { org_id: a.id, region: '03' });
	assert.deepEqual(await read(a.student, a), [first.title, second.title, buryatia.title]);
	await a.admin.call('org_card_set', { org_id: a.id, region: '' });
	assert.deepEqual(await read(a.student, a), [first.title, second.title]);
	await a.admin.call('org_card_set', { org_id: a.id, region: '64' });
	// Written anew, moved to another region, removed.
	await save({ page_id: second.id, region: '03', title: second.title, links: [{ label: 'Ещё', url: 'https://example.ru/' }] });
	assert.deepEqual(await read(a.student, a), [first.title, saratov.title]);
	await operator.call('help_remove', { page_id: saratov.id });
	assert.deepEqual(await read(a.student, a), [first.title]);
	assert.equal((await operator.try('help_remove', { page_id: saratov.id })).error.code, 'not_found');
	assert.deepEqual((await operator.call('help_all')).pages.map(({ id }) => id).sort(), [first.id, second.id, buryatia.id].sort());
	const { entries } = await operator.call('operator_audit_list');
	assert.deepEqual(['help_save', 'help_remove'].map((action) => entries.some((entry) => entry.action === action)), [true, true]);
});

test('whom to ask: of the region, or of everybody', async () => {
	const contact = async (org) => (await org.student.call('help_list', { org_id: org.id })).contact;
	const set = (text, region) => operator.call('help_contact_set', { text, ...(region ? { region } : {}), client_id: newId() });
	assert.equal(await contact(a), '');
	await set('Поддержка: 8 800 000-00-00');
	await set('Саратов: 8 845 000-00-00', '64');
	assert.deepEqual([await contact(a), await contact(b)], ['Саратов: 8 845 000-00-00', 'Поддержка: 8 800 000-00-00']);
	await set('', '64');
	assert.equal(await contact(a), 'Поддержка: 8 800 000-00-00');
	assert.equal((await operator.try('help_contact_set', { text: 'Х', region: '00' })).error.field, 'region');
	assert.equal((await a.admin.try('help_contact_set', { text: 'Х' })).error.code, 'forbidden');
});

test('what is refused: other roles, other regions, links that are no https, texts that are none, too many', async () => {
	for (const who of [a.admin, a.head, curator]) {
		await refused(who, {}, 'forbidden');
		for (const [command, params] of [['help_all', {}], ['help_remove', { page_id: 1 }]]) assert.equal((await who.try(command, params)).error.code, 'forbidden');
	}
	await refused(operator, { page_id: 999983 }, 'not_found', 'page_id');
	await refused(operator, { region: '96' }, 'invalid_field', 'region');
	await refused(operator, { title: ' ' }, 'invalid_field', 'title');
	for (const text of ['  ', 'а\u0007б', 'а\u001bб']) await refused(operator, { text }, 'invalid_field', 'text');
	for (const url of ['http://example.ru', 'javascript:alert(1)', 'https://', 'https://a b.ru', 'https://example.ru/"x', 'data:text/html,<b>', '//example.ru/path', 'https://example.ru/<script>']) {
		await refused(operator, { links: [{ label: 'Сайт', url: url.padEnd(9, '/') }] }, 'invalid_field', 'links');
	}
	const whole = 'я'.repeat(8000);
	const page = await save({ text: whole, links: Array.from({ length: 10 }, (_, i) => ({ label: String(i), url: `https://example.ru/${i}` })) });
	assert.deepEqual([page.text, page.links.length], [whole, 10]);
	assert.equal((await save({ text: 'Первый абзац.\n\nВторой.' })).text, 'Первый абзац.\n\nВторой.');
	const have = (await operator.call('help_all')).pages.length;
	for (let i = have; i < 300; i++) await save();
	await refused(operator, {}, 'conflict', undefined);
	await save({ page_id: page.id }); // what is there can still be changed
});
