// SPDX-License-Identifier: Apache-2.0
// The logo of an organisation (R8): who sets it, who sees it, and what a hostile file does not become.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { logo, paper, png } from '../lib/files.mjs';
import { serverForFile } from '../lib/server.mjs';
import { create, errorOf, idOf, patch, upload } from '../lib/upload.mjs';
import { buildWorld } from '../lib/world.mjs';

const server = await serverForFile();
const { a, b, nobody, operator, curator } = await buildWorld(server);
const see = (id, client = nobody) => client.request('GET', `/api/v1/logos/${id}`);
const set = (file_id, client = a.admin, org = a.id) => client.try('org_logo_set', { org_id: org, ...(file_id ? { file_id } : {}), client_id: newId() });
const logoOf = async (client) => (await client.call('me_snapshot')).memberships[0].org.logo_id;

test('a logo is seen on the card, in the memberships, on the public page, by a link, and by whoever has its address; the next takes its place; it is removed', async () => {
	const member = await a.teacher.socket();
	assert.equal(await logoOf(a.teacher), undefined);
	const bytes = png(256, 100);
	const first = await logo(a.admin, a.id, bytes);
	assert.equal((await see(first)).status, 404); // not before it is the organisation's
	const { result } = await set(first);
	assert.equal(result.org.logo_id, first);
	assert.equal((await member.event(({ type }) => type === 'membership_changed')).data.membership.org.logo_id, first);
	await member.close();
	for (const one of [a.student, a.guardian, a.head]) assert.equal(await logoOf(one), first);
	assert.equal((await curator.call('org_card_get', { org_id: a.id })).org.logo_id, first);
	await a.admin.call('join_settings_set', { org_id: a.id, published: true });
	assert.equal((await nobody.call('org_public', { org_id: a.id })).logo_id, first);
	assert.equal((await nobody.call('invite_preview', { token: a.openInvite.token })).org_logo_id, first);
	for (const client of [nobody, a.student, b.admin, operator]) assert.ok((await see(first, client)).body.equals(bytes));
	const second = await logo(a.admin, a.id, png(64, 64), 'новый.png');
	await set(second);
	assert.equal((await see(first)).status, 404);
	assert.equal((await see(second)).status, 200);
	assert.equal((await set(undefined)).result.org.logo_id, undefined);
	assert.equal((await see(second)).status, 404);
	assert.equal(await logoOf(a.student), undefined);
	assert.equal((await set(undefined)).result.org.logo_id, undefined); // nothing to remove: nothing is written
	const { edits } = await a.admin.call('org_card_history', { org_id: a.id });
	assert.deepEqual(edits.map(({ field, was, became, person }) => [field, was, became, person.id]), [
		['logo', 'новый.png', '', a.admin.person.id], ['logo', 'герб.png', 'новый.png', a.admin.person.id], ['logo', '', 'герб.png', a.admin.person.id]]);
	assert.deepEqual((await a.admin.call('audit_list', { org_id: a.id })).entries.map(({ action }) => action).filter((action) => action.startsWith('logo')), ['logo_remove', 'logo_set', 'logo_set']);
});

test('only the administrator, only his own upload for this organisation, made for a logo', async () => {
	for (const [who, status] of [[a.coadmin, 403], [a.head, 403], [a.teacher, 403], [a.student, 403], [b.admin, 404], [operator, 404], [nobody, 401]]) {
		assert.equal((await create(who, 100, { purpose: 'logo', org: a.id, name: 'a.png' })).status, status);
	}
	const mine = await logo(a.admin, a.id);
	const theirs = await logo(b.admin, b.id);
	for (const [who, code] of [[a.coadmin, 'forbidden'], [a.head, 'forbidden'], [a.teacher, 'forbidden'], [b.admin, 'not_found'], [operator, 'not_found'], [nobody, 'not_signed_in']]) {
		assert.equal((await set(mine, who)).error.code, code);
	}
	assert.equal((await set(theirs)).error.code, 'not_found');
	assert.equal((await set(mine, b.admin, b.id)).error.code, 'not_found');
	assert.equal((await set(999983)).error.code, 'not_found');
	const document = await paper(a.admin, { purpose: 'document', org: a.id, name: 'снимок.png', bytes: png() });
	assert.equal((await set(document.id)).error.code, 'not_found');
	assert.equal((await see(document.id)).status, 404); // a document is no logo, whatever its bytes are
	const begun = idOf(await create(a.admin, 100, { purpose: 'logo', org: a.id, name: 'a.png' }));
	assert.equal((await set(begun)).error.code, 'conflict');
	assert.equal((await set(mine)).result.org.logo_id, mine);
	assert.equal((await set(mine, b.admin, b.id)).error.code, 'not_found');
	// As a file it stays the administration's.
	for (const [who, status] of [[a.admin, 200], [a.teacher, 404], [b.admin, 404], [nobody, 401]]) assert.equal((await who.request('GET', `/api/v1/files/${mine}`)).status, status);
	await set(undefined);
});

test('what is not a picture of a fit size is not taken, whatever it is called; what is both stays a picture', async () => {
	const script = "alert('это наш сайт')";
	const html = Buffer.from(`<!doctype html><script>${script}</script>`);
	const jpeg = (width, height, more = Buffer.alloc(0)) => {
		const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
		frame.writeUInt16BE(height, 5);
		frame.writeUInt16BE(width, 7);
		return Buffer.concat([Buffer.from([0xff, 0xd8]), more, frame, Buffer.from([0xff, 0xda, 0, 2, 0xff, 0xd9])]);
	};
	const comment = Buffer.concat([Buffer.from([0xff, 0xfe, (html.length + 2) >> 8, (html.length + 2) & 255]), html]);
	const cut = png().subarray(0, 20);
	for (const [what, bytes] of [['svg', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="${script}"/>`)], ['html', html], ['gif', Buffer.from(`GIF89a/*${script}*/`)],
		['pdf', Buffer.from('%PDF-1.4')], ['a signature and no header', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), html])], ['a cut header', cut],
		['too small', png(63, 64)], ['too flat', png(64, 63)], ['too wide', png(4097, 64)], ['too high', jpeg(64, 4097)], ['no frame', Buffer.concat([Buffer.from([0xff, 0xd8]), comment])],
		['a frame of nothing', jpeg(0, 0)], ['webp without a chunk', Buffer.from('RIFF\x04\x00\x00\x00WEBP', 'latin1')]]) {
		const id = idOf(await create(a.admin, bytes.length, { purpose: 'logo', org: a.id, name: 'герб.png' }));
		const answer = await patch(a.admin, id, 0, bytes);
		assert.equal(answer.status, 400, what);
		assert.deepEqual([errorOf(answer).field, /PNG, JPEG/.test(errorOf(answer).message)], ['file', true], what);
		assert.equal((await set(id)).error.code, 'not_found', what); // and is gone
	}
	assert.equal((await create(a.admin, (1 << 20) + 1, { purpose: 'logo', org: a.id, name: 'a.png' })).status, 413);
	for (const [type, bytes] of [['image/png', png(4096, 64)], ['image/png', png(64, 4096)], ['image/jpeg', jpeg(64, 64)], ['image/jpeg', jpeg(4096, 4096, comment)],
		['image/png', Buffer.concat([png(128, 128, [['tEXt', html]]), html])], // both a picture and a page
		['image/webp', Buffer.from('RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x3f\x00\x00\x3f\x00\x00', 'latin1')]]) {
		const id = await upload(a.admin, bytes, { purpose: 'logo', org: a.id, name: 'a.html', filetype: 'text/html' });
		await set(id);
		const answer = await new Client(server).request('GET', `/api/v1/logos/${id}`, { headers: { Accept: 'text/html' } });
		assert.equal(answer.status, 200);
		assert.equal(answer.headers['content-type'], type);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.match(answer.headers['content-security-policy'], /sandbox; default-src 'none'/);
		assert.match(answer.headers['content-disposition'], /^inline; /);
		assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
		assert.equal(answer.headers['set-cookie'], undefined);
	}
	await set(undefined);
});

test('the address takes nothing but GET of an id', async () => {
	for (const path of ['', '/', '/0', '/x', '/1/2', '/-1', '/99999999999999999999', '/..%2ffiles%2f1']) assert.equal((await nobody.request('GET', `/api/v1/logos${path}`)).status, 404, path);
	for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) assert.equal((await nobody.request(method, '/api/v1/logos/1')).status, 405, method);
});
