// SPDX-License-Identifier: Apache-2.0
// Files over HTTP: uploads by the tus protocol, by hand and by the client's own library, and what is served to whom.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { Client, newId } from '../lib/client.mjs';
import { paper } from '../lib/files.mjs';
import { applicationForm } from '../lib/samples.mjs';
import { eventually, serverForFile } from '../lib/server.mjs';
import { buildWorld, newPhone } from '../lib/world.mjs';
import { create, download, errorOf, head, idOf, metadata, patch, tokenOf, tus, upload } from '../lib/upload.mjs';

const MIB = 1 << 20;
const server = await serverForFile({ args: ['--org-files-mib', '64'] });
const world = await buildWorld(server);
const { a, b, nobody, operator } = world;
const document = (org, name = 'приказ.txt') => ({ purpose: 'document', org: org.id, name });
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const blob = (bytes) => join(server.data, 'blobs', sha(bytes).slice(0, 2), sha(bytes));

test('the server says what it speaks', async () => {
	const answer = await nobody.request('OPTIONS', '/api/v1/files');
	assert.equal(answer.status, 204);
	assert.equal(answer.headers['tus-version'], '1.0.0');
	assert.equal(answer.headers['tus-extension'], 'creation,termination,expiration');
	assert.equal(Number(answer.headers['tus-max-size']), 25 * MIB);
	assert.equal((await tus(a.admin, 'POST', '', { 'Tus-Resumable': '0.2.2' })).status, 412);
	assert.equal((await tus(a.admin, 'POST', '', { 'Tus-Resumable': undefined })).status, 412);
	assert.equal((await tus(a.admin, 'PUT', '')).status, 405);
	assert.equal((await tus(a.admin, 'POST', '/1')).status, 405);
	assert.equal((await tus(a.admin, 'PATCH', '')).status, 405);
	for (const path of ['/x', '/0', '/01', '/1/2', '/..%2f1', '/-1', '/99999999999999999999']) assert.equal((await tus(a.admin, 'HEAD', path)).status, 404, path);
});

test('a file of several pieces comes back as it was', async () => {
	const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(2 * MIB + 12345)]);
	const id = await upload(a.admin, bytes, document(a, 'Приказ № 5.pdf'));
	const meta = await a.admin.call('file_get', { file_id: id });
	assert.equal(meta.name, 'Приказ № 5.pdf');
	assert.equal(meta.size, bytes.length);
	assert.equal(meta.received, bytes.length);
	assert.equal(meta.type, 'application/pdf');
	assert.equal(meta.state, 'finished');
	const answer = await download(a.admin, id);
	assert.equal(answer.status, 200);
	assert.ok(answer.body.equals(bytes));
	assert.equal(answer.headers['content-type'], 'application/pdf');
	assert.equal(answer.headers['content-length'], String(bytes.length));
	assert.equal(answer.headers['content-disposition'], `attachment; filename*=UTF-8''${encodeURIComponent('Приказ № 5.pdf')}`);
	assert.equal(answer.headers['x-content-type-options'], 'nosniff');
	assert.equal(answer.headers['cache-control'], 'private, no-store');
	assert.match(answer.headers['content-security-policy'], /sandbox; default-src 'none'/);
	assert.ok(existsSync(blob(bytes)));
	assert.ok(!readdirSync(join(server.data, 'uploads')).includes(String(id)));

	for (const [range, from, to] of [['bytes=0-0', 0, 1], ['bytes=300000-1400000', 300000, 1400001], ['bytes=-5', bytes.length - 5, bytes.length],
		[`bytes=${bytes.length - 1}-`, bytes.length - 1, bytes.length]]) {
		const part = await download(a.admin, id, { Range: range });
		assert.equal(part.status, 206);
		assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/${bytes.length}`);
		assert.ok(part.body.equals(bytes.subarray(from, to)));
	}
	const beyond = await download(a.admin, id, { Range: `bytes=${bytes.length}-` });
	assert.equal(beyond.status, 416);
	assert.equal(beyond.headers['content-range'], `bytes */${bytes.length}`);
	assert.equal((await download(a.admin, id, { Range: 'lines=1-2' })).status, 200);
});

test('an upload goes on where it stopped, and only there', async () => {
	const bytes = randomBytes(MIB + 500);
	const id = idOf(await create(a.admin, bytes.length, document(a)));
	assert.equal((await a.admin.call('file_get', { file_id: id })).state, 'uploading');
	assert.equal((await download(a.admin, id)).status, 404); // not before its end
	assert.equal((await patch(a.admin, id, 0, bytes.subarray(0, 1000))).status, 204);
	const where = await head(a.admin, id);
	assert.equal(where.status, 200);
	assert.equal(where.headers['upload-offset'], '1000');
	assert.equal(where.headers['upload-length'], String(bytes.length));
	assert.equal(where.headers['cache-control'], 'no-store');
	const left = Date.parse(where.headers['upload-expires']) - Date.now();
	assert.ok(left > 23.9 * 3600e3 && left <= 24 * 3600e3);
	for (const wrong of [0, 999, 1001, bytes.length]) {
		const answer = await patch(a.admin, id, wrong, Buffer.from('x'));
		assert.equal(answer.status, 409, String(wrong));
		assert.equal(errorOf(answer).field, 'Upload-Offset');
	}
	assert.equal((await patch(a.admin, id, 1000, bytes.subarray(0, MIB))).status, 413); // beyond what was announced
	assert.equal((await patch(a.admin, id, 1000, Buffer.alloc(MIB + 1)).catch(() => ({ status: 413 }))).status, 413); // beyond one piece
	assert.equal((await patch(a.admin, id, 1000, bytes.subarray(1000, 2000), { 'Content-Type': 'application/octet-stream' })).status, 400);
	assert.equal((await patch(a.admin, id, 1000, Buffer.alloc(0))).status, 400);
	assert.equal((await head(a.admin, id)).headers['upload-offset'], '1000');
	assert.equal((await patch(a.admin, id, 1000, bytes.subarray(1000, MIB + 499))).status, 204);
	assert.equal((await patch(a.admin, id, MIB + 499, bytes.subarray(MIB + 499))).status, 204);
	assert.ok((await download(a.admin, id)).body.equals(bytes));
	assert.equal((await patch(a.admin, id, bytes.length, Buffer.from('x'))).status, 409); // it has its end
});

test('two at once: one piece is taken, nothing is mixed', async () => {
	const bytes = randomBytes(600000);
	const id = idOf(await create(a.admin, bytes.length, document(a)));
	const answers = await Promise.all(Array.from({ length: 6 }, () => patch(a.admin, id, 0, bytes.subarray(0, 300000))));
	assert.equal(answers.filter(({ status }) => status === 204).length, 1);
	assert.equal(answers.filter(({ status }) => status === 409).length, 5);
	assert.equal((await patch(a.admin, id, 300000, bytes.subarray(300000))).status, 204);
	assert.ok((await download(a.admin, id)).body.equals(bytes));
});

test('the same bytes lie on the disk once, and go with the last file', async () => {
	const bytes = randomBytes(1000);
	const ids = [await upload(a.admin, bytes, document(a)), await upload(a.admin, bytes, document(a)), await upload(b.admin, bytes, document(b))];
	assert.ok(existsSync(blob(bytes)));
	for (const [i, who] of [a.admin, a.admin, b.admin].entries()) {
		assert.ok((await download(who, ids[i])).body.equals(bytes));
		await who.call('file_delete', { file_id: ids[i] });
		assert.equal((await download(who, ids[i])).status, 404); // from the answer on
		assert.equal((await who.try('file_delete', { file_id: ids[i] })).error.code, 'not_found');
	}
});

test('what is asked wrongly is refused', async () => {
	const good = { 'Upload-Length': 10, 'Upload-Metadata': metadata(document(a)) };
	const field = async (headers, wanted) => {
		const answer = await tus(a.admin, 'POST', '', { ...good, ...headers });
		assert.equal(answer.status, 400, JSON.stringify(headers));
		assert.equal(errorOf(answer).code, 'invalid_field');
		assert.equal(errorOf(answer).field, wanted);
	};
	for (const length of [undefined, '', '-1', '1.5', 'x', '0', '9007199254740992']) await field({ 'Upload-Length': length }, 'Upload-Length');
	await field({ 'Upload-Metadata': undefined }, 'Upload-Metadata');
	await field({ 'Upload-Metadata': '' }, 'filename');
	await field({ 'Upload-Metadata': 'filename !!!,purpose ZG9jdW1lbnQ=' }, 'filename');
	await field({ 'Upload-Metadata': metadata({ purpose: 'avatar', org: a.id }) }, 'purpose');
	await field({ 'Upload-Metadata': metadata({ purpose: 'document' }) }, 'org');
	await field({ 'Upload-Metadata': metadata({ purpose: 'document', org: 'x' }) }, 'org');
	await field({ 'Upload-Metadata': metadata({ purpose: 'document', org: a.id, name: 'я'.repeat(513) }) }, 'filename');
	assert.equal((await create(a.admin, 25 * MIB + 1, document(a))).status, 413);
	assert.equal((await create(a.admin, 10 * MIB + 1, { purpose: 'roster', org: a.id })).status, 413);
});

test('a request of another page is refused', async () => {
	const id = idOf(await create(a.admin, 10, document(a)));
	for (const headers of [{ 'X-Zvonok': undefined }, { Origin: 'https://evil.example' }, { Origin: 'null' }]) {
		assert.equal((await create(a.admin, 10, document(a), headers)).status, 403);
		assert.equal((await patch(a.admin, id, 0, Buffer.alloc(10), headers)).status, 403);
		assert.equal((await tus(a.admin, 'HEAD', `/${id}`, headers)).status, 403);
		assert.equal((await tus(a.admin, 'DELETE', `/${id}`, headers)).status, 403);
	}
	assert.equal((await head(a.admin, id)).headers['upload-offset'], '0');
});

test('who may upload: the administration of that organisation, of lists its administrators', async () => {
	const everybody = { admin: a.admin, coadmin: a.coadmin, head: a.head, teacher: a.teacher, lead: a.lead, student: a.student, guardian: a.guardian,
		removed: a.removed, other: b.admin, operator, nobody };
	const wanted = {
		document: { admin: 201, coadmin: 201, head: 201, teacher: 403, lead: 403, student: 403, guardian: 403, removed: 404, other: 404, operator: 404, nobody: 401 },
		roster: { admin: 201, coadmin: 201, head: 403, teacher: 403, lead: 403, student: 403, guardian: 403, removed: 404, other: 404, operator: 404, nobody: 401 },
	};
	for (const [purpose, roles] of Object.entries(wanted)) {
		for (const [role, status] of Object.entries(roles)) {
			assert.equal((await create(everybody[role], 10, { purpose, org: a.id })).status, status, `${role} ${purpose}`);
		}
	}
	assert.equal((await create(a.admin, 10, { purpose: 'document', org: 999983 })).status, 404);
});

test('an upload is its maker\'s alone', async () => {
	const id = await upload(a.coadmin, Buffer.from('тайна'), document(a));
	const begun = idOf(await create(a.coadmin, 10, document(a)));
	for (const [name, who] of Object.entries({ admin: a.admin, head: a.head, teacher: a.teacher, student: a.student, guardian: a.guardian, removed: a.removed,
		other: b.admin, operator, nobody })) {
		const status = name === 'nobody' ? 401 : 404;
		assert.equal((await download(who, id)).status, status, name);
		for (const one of [id, begun]) {
			for (const token of [undefined, newId()]) {
				assert.equal((await head(who, one, token)).status, 404, name);
				assert.equal((await patch(who, one, 0, Buffer.alloc(10), { token })).status, 404, name);
				assert.equal((await tus(who, 'DELETE', `/${one}`, tokenOf(token))).status, 404, name);
			}
		}
	}
	assert.equal((await head(a.coadmin, begun)).headers['upload-offset'], '0');
	assert.equal((await download(a.coadmin, id)).status, 200);
	assert.equal((await tus(a.coadmin, 'DELETE', `/${begun}`)).status, 204);
	assert.equal((await head(a.coadmin, begun)).status, 404);
	assert.equal((await patch(a.coadmin, begun, 0, Buffer.alloc(10))).status, 404);
});

test('whoever is removed loses his uploads with his place', async () => {
	const someone = await a.person('coadmin');
	const id = await upload(someone, Buffer.from('x'), document(a));
	const begun = idOf(await create(someone, 10, document(a)));
	await a.admin.call('member_remove', { org_id: a.id, person_id: someone.person.id });
	assert.equal((await create(someone, 10, document(a))).status, 404);
	assert.equal((await patch(someone, begun, 0, Buffer.alloc(10))).status, 404);
	assert.equal((await download(someone, id)).status, 404);
});

test('names are made harmless', async () => {
	const names = [['../../../etc/passwd', 'passwd'], ['C:\\a\\b.txt', 'b.txt'], ['a\r\nSet-Cookie: x=y.txt', 'aSet-Cookie: x=y.txt'], ['приказ\u202Efdp.exe', 'приказfdp.exe'],
		['', 'file'], ['..', 'file'], ['a"b;c.txt', 'a"b;c.txt'], [`${'я'.repeat(300)}.pdf`, `${'я'.repeat(98)}.pdf`]];
	for (const [given, kept] of names) {
		const id = await upload(a.admin, Buffer.from('x'), document(a, given));
		assert.equal((await a.admin.call('file_get', { file_id: id })).name, kept);
		const answer = await download(a.admin, id);
		assert.equal(decodeURIComponent(/^attachment; filename\*=UTF-8''([\w%.~-]+)$/.exec(answer.headers['content-disposition'])[1]), kept);
		assert.equal(answer.headers['set-cookie'], undefined);
		await a.admin.call('file_delete', { file_id: id });
	}
});

test('a file that would run in a browser is served inert', async () => {
	const script = "alert('это наш сайт')";
	for (const [text, type] of [[`<!doctype html><script>${script}</script>`, 'text/plain; charset=utf-8'],
		[`<svg xmlns="http://www.w3.org/2000/svg" onload="${script}"/>`, 'text/plain; charset=utf-8'], [`GIF89a/*${script}*/`, 'image/gif']]) {
		const id = await upload(a.admin, Buffer.from(text), { ...document(a, 'a.html'), filetype: 'text/html' });
		const answer = await download(a.admin, id, { Accept: 'text/html' });
		assert.equal(answer.headers['content-type'], type);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.match(answer.headers['content-security-policy'], /sandbox; default-src 'none'/);
		assert.match(answer.headers['content-disposition'], type === 'image/gif' ? /^inline; / : /^attachment; /);
		assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
		await a.admin.call('file_delete', { file_id: id });
	}
});

test('a list must be a table', async () => {
	const bad = randomBytes(1000);
	const id = idOf(await create(a.admin, bad.length, { purpose: 'roster', org: a.id, name: 'список.xlsx' }));
	const answer = await patch(a.admin, id, 0, bad);
	assert.equal(answer.status, 400);
	assert.equal(errorOf(answer).field, 'file');
	assert.equal((await head(a.admin, id)).status, 404); // and is gone
	await upload(a.admin, Buffer.from('Фамилия;Имя\r\nИванов;Иван\r\n'), { purpose: 'roster', org: a.id, name: 'список.csv' });
});

test('an organisation has so much room, and no byte more', async () => {
	const org = world.b;
	const begun = [];
	const room = 64 * MIB - Buffer.byteLength(`${b.word} документ`);
	for (const size of [25 * MIB, 25 * MIB, room - 50 * MIB]) begun.push(idOf(await create(org.admin, size, document(org))));
	const answer = await create(org.admin, 1, document(org));
	assert.equal(answer.status, 409);
	assert.match(errorOf(answer).message, /Место для файлов/);
	await org.admin.call('file_delete', { file_id: begun[0] });
	begun[0] = idOf(await create(org.admin, 25 * MIB, document(org))); // room is free at once
	assert.equal((await create(org.coadmin, 1, document(org))).status, 409);
	idOf(await create(a.head, 1, document(a))); // another organisation has its own
	for (const id of begun) await org.admin.call('file_delete', { file_id: id });
});

test('a person has twenty uploads that nothing holds', async () => {
	const someone = await a.person('head');
	const begun = [];
	for (let i = 0; i < 20; i++) begun.push(idOf(await create(someone, 1, document(a))));
	assert.equal((await create(someone, 1, document(a))).status, 409);
	assert.equal((await tus(someone, 'DELETE', `/${begun[0]}`)).status, 204);
	idOf(await create(someone, 1, document(a)));
});

test('the papers of an application come without signing in, by a token', async () => {
	const token = newId();
	const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(10 * MIB - 9)]);
	const what = { purpose: 'application', name: 'приказ.pdf', token };
	assert.equal((await create(nobody, 10, { ...what, token: undefined })).status, 400);
	assert.equal((await create(nobody, 10, { ...what, token: 'short' })).status, 400);
	assert.equal((await create(nobody, 10, { ...what, org: a.id })).status, 400);
	assert.equal((await create(nobody, 10 * MIB + 1, what)).status, 413);
	const id = await upload(nobody, pdf, what); // the very largest
	assert.equal((await head(nobody, id, token)).headers['upload-offset'], String(10 * MIB));
	assert.equal((await head(nobody, id, newId())).status, 404);
	assert.equal((await head(nobody, id)).status, 404);
	assert.equal((await download(nobody, id)).status, 401);
	assert.equal((await download(operator, id)).status, 404); // no application holds it yet
	assert.equal((await download(a.admin, id)).status, 404);

	const text = idOf(await create(nobody, 5, what));
	const wrong = await patch(nobody, text, 0, Buffer.from('<b>hi'), { token });
	assert.equal(wrong.status, 400);
	assert.match(errorOf(wrong).message, /PDF/);
	const two = [idOf(await create(nobody, 10, what)), idOf(await create(nobody, 10, what))];
	assert.equal((await create(nobody, 10, what)).status, 409); // three of a token
	assert.equal((await tus(nobody, 'DELETE', `/${two[0]}`, tokenOf(token))).status, 204);
	idOf(await create(nobody, 10, what));
});

test('one address begins thirty uploads of applications in an hour', async () => {
	const stranger = new Client(server);
	const results = [];
	for (let i = 0; i < 31; i++) results.push((await create(stranger, 10, { purpose: 'application', token: newId() })).status);
	assert.deepEqual(results, [...Array(30).fill(201), 429]);
});

test('what an object holds is seen by whom the object is for, whoever brought it', async () => {
	const everybody = { admin: a.admin, coadmin: a.coadmin, head: a.head, teacher: a.teacher, lead: a.lead, student: a.student, guardian: a.guardian,
		removed: a.removed, other: b.admin, operator, nobody };
	const only = async (id, ...who) => {
		for (const [name, client] of Object.entries(everybody)) {
			const status = who.includes(name) ? 200 : name === 'nobody' ? 401 : 404;
			assert.equal((await download(client, id)).status, status, name);
			if (name !== 'nobody') assert.equal((await client.try('file_get', { file_id: id })).error?.code, status === 200 ? undefined : 'not_found', name);
		}
	};
	const order = await paper(nobody);
	await nobody.call('application_send', { token: randomBytes(32).toString('base64url'), form: applicationForm({ admin_phone: newPhone() }), file_id: order.id, file_token: order.token });
	await only(order.id, 'operator');
	assert.equal((await tus(nobody, 'DELETE', `/${order.id}`, tokenOf(order.token))).status, 404); // it is the application's now
	assert.equal((await operator.try('file_delete', { file_id: order.id })).error.code, 'forbidden');

	const act = await paper(a.admin, { purpose: 'document', org: a.id });
	const params = { org_id: a.id, kind: 'other', title: 'Устав', date: '2026-09-01' };
	await only(act.id, 'admin');
	for (const of of [b.admin, a.head]) { // uploaded by another person, or to another organisation
		const theirs = await paper(of, { purpose: 'document', org: of === b.admin ? b.id : a.id });
		assert.equal((await a.admin.try('org_document_add', { ...params, file_id: theirs.id })).error.code, 'not_found');
	}
	await a.admin.call('org_document_add', { ...params, file_id: act.id });
	await only(act.id, 'admin', 'coadmin', 'head');
});

/** The library that the browser uses, with the same options. */
function byLibrary(client, bytes, { purpose = 'document', org = a.id, name = 'книга.bin', onProgress, ...more } = {}) {
	let up;
	const done = new Promise((resolve, reject) => {
		up = new Upload(bytes, {
			endpoint: `${server.origin}/api/v1/files`, chunkSize: MIB, retryDelays: [50, 100, 200, 400, 800, 1600],
			metadata: { filename: name, purpose, org: String(org) }, removeFingerprintOnSuccess: true, storeFingerprintForResuming: false,
			headers: { 'X-Zvonok': '1', Cookie: client.cookie, Origin: server.origin },
			onSuccess: () => resolve(Number(up.url.split('/').at(-1))), onError: reject, onProgress, ...more,
		});
		up.start();
	});
	return { up, done };
}

test('the library of the browser uploads, is cut and goes on', async () => {
	const bytes = randomBytes(3 * MIB + 77);
	const id = await byLibrary(a.admin, bytes).done;
	assert.ok((await download(a.admin, id)).body.equals(bytes));

	// cut: stopped in the middle, later resumed by the upload's address
	const seen = [];
	let url;
	await new Promise((resolve) => {
		const { up } = byLibrary(a.admin, bytes, { onChunkComplete: async (_size, accepted) => {
			seen.push(accepted);
			if (accepted < 2 * MIB) return;
			await up.abort();
			({ url } = up);
			resolve();
		} });
	});
	const again = new Promise((resolve, reject) => {
		const up = new Upload(bytes, { uploadUrl: url, chunkSize: MIB, headers: { 'X-Zvonok': '1', Cookie: a.admin.cookie }, onSuccess: resolve, onError: reject,
			onChunkComplete: (_size, accepted) => seen.push(accepted) });
		up.start();
	});
	await again;
	assert.ok(seen.every((value, i) => i === 0 || value > seen[i - 1]), String(seen)); // nothing is sent twice
	assert.ok((await download(a.admin, Number(url.split('/').at(-1)))).body.equals(bytes));
});

test('cancelling by the library removes the upload', async () => {
	let url;
	await new Promise((resolve) => {
		const { up } = byLibrary(a.admin, randomBytes(3 * MIB), { onChunkComplete: async () => {
			({ url } = up);
			await up.abort(true);
			resolve();
		} });
	});
	await eventually(async () => (await head(a.admin, Number(url.split('/').at(-1)))).status === 404);
});

test('many readers at once get every byte, and one that goes away disturbs nobody', async () => {
	const bytes = randomBytes(5 * MIB);
	const id = await upload(a.admin, bytes, document(a));
	const answers = await Promise.all(Array.from({ length: 10 }, () => download(a.admin, id)));
	for (const { body } of answers) assert.ok(body.equals(bytes));
	const { default: http } = await import('node:http');
	await new Promise((resolve) => {
		const request = http.get({ host: '127.0.0.1', port: server.port, path: `/api/v1/files/${id}`, headers: { Host: server.host, Cookie: a.admin.cookie } }, (answer) => {
			answer.once('data', () => {
				request.destroy();
				resolve();
			});
		});
	});
	assert.ok((await download(a.admin, id)).body.equals(bytes));
});
