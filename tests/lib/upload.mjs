// SPDX-License-Identifier: Apache-2.0
// The tus protocol by hand: each request alone, so that a test can do every wrong thing; upload() is a whole file.
import assert from 'node:assert/strict';

const base64 = (text) => Buffer.from(String(text)).toString('base64');

export const metadata = ({ name = 'файл.txt', purpose = 'document', org, ...more } = {}) =>
	Object.entries({ filename: name, purpose, org, ...more }).filter(([, value]) => value !== undefined).map(([key, value]) => `${key} ${base64(value)}`).join(',');

/** A request below /api/v1/files as our page sends it; headers of undefined are left out. */
export function tus(client, method, path, headers = {}, body) {
	return client.request(method, `/api/v1/files${path}`, {
		headers: { 'Tus-Resumable': '1.0.0', 'X-Zvonok': '1', Origin: client.server.origin, ...headers }, body,
	});
}

export const tokenOf = (token) => ({ 'X-Upload-Token': token });

export function create(client, length, what = {}, headers = {}) {
	const { token, ...meta } = what;
	return tus(client, 'POST', '', { 'Upload-Length': length, 'Upload-Metadata': metadata(meta), ...tokenOf(token), ...headers });
}

export const idOf = (answer) => {
	assert.equal(answer.status, 201, answer.body.toString());
	return Number(/^\/api\/v1\/files\/(\d+)$/.exec(answer.headers.location)[1]);
};

export const patch = (client, id, offset, bytes, { token, ...headers } = {}) =>
	tus(client, 'PATCH', `/${id}`, { 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream', 'Content-Length': bytes.length, ...tokenOf(token), ...headers }, bytes);

export const head = (client, id, token) => tus(client, 'HEAD', `/${id}`, tokenOf(token));

export const errorOf = (answer) => JSON.parse(answer.body.toString()).error;

const CHUNK = 1 << 20;

/** The id of a finished file. */
export async function upload(client, bytes, what) {
	const id = idOf(await create(client, bytes.length, what));
	for (let at = 0; at < bytes.length; at += CHUNK) {
		const part = bytes.subarray(at, at + CHUNK);
		const answer = await patch(client, id, at, part, { token: what.token });
		assert.equal(answer.status, 204, answer.body.toString());
		assert.equal(Number(answer.headers['upload-offset']), at + part.length);
	}
	return id;
}

export const download = (client, id, headers = {}) => client.request('GET', `/api/v1/files/${id}`, { headers });
