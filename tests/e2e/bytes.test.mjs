// SPDX-License-Identifier: Apache-2.0
// The first load stays within its budget. Times are for lighthouse.mjs: a busy machine says nothing about them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startDemo } from './demo.mjs';
import { BYTES_LIMIT, firstLoad } from './lighthouse.mjs';

let server;
after(async () => {
	await server?.kill();
	server?.release();
});

test('the first load', async (t) => {
	server = await startDemo();
	for (const signedIn of [false, true]) {
		await t.test(signedIn ? 'the messenger' : 'the sign-in page', async () => {
			const { bytes, files } = await firstLoad(server, { signedIn });
			assert.ok(files.length >= 4, 'the network log is there');
			assert.ok(bytes <= BYTES_LIMIT, `${bytes} bytes of ${BYTES_LIMIT}:\n${files.map(([path, size]) => `${size} ${path}`).join('\n')}`);
			t.diagnostic(`${signedIn ? 'messenger' : 'sign-in'}: ${bytes} bytes in ${files.length} files`);
		});
	}
});
