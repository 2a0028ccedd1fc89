// SPDX-License-Identifier: Apache-2.0
// Papers: the order of an application (nobody is signed in) and an organisation's documents; pictures for its logo.
import { crc32, deflateSync } from 'node:zlib';
import { newId } from './client.mjs';
import { upload as uploadBytes } from './upload.mjs';

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');

/** {id, token}: of an application (without `org`) or of an organisation's document. */
export async function paper(client, { name = 'приказ.pdf', bytes = PDF, purpose = 'application', org } = {}) {
	const token = org ? undefined : newId();
	return { id: await uploadBytes(client, bytes, { name, purpose, org, token }), token };
}

/** A whole PNG of one colour, which a browser draws. `more`: chunks [[type, bytes]] before its end. */
export function png(width = 128, height = width, more = []) {
	const chunk = (type, bytes) => {
		const body = Buffer.concat([Buffer.from(type, 'latin1'), bytes]);
		const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
		length.writeUInt32BE(bytes.length);
		sum.writeUInt32BE(crc32(body));
		return Buffer.concat([length, body, sum]);
	};
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 2, 0, 0, 0], 8); // eight bits of red, green and blue
	const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([20, 110, 90]))]);
	return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(Array(height).fill(line)))),
		...more.map(([type, bytes]) => chunk(type, bytes)), chunk('IEND', Buffer.alloc(0))]);
}

/** An organisation's new logo, uploaded and not taken over yet: its id. */
export const logo = (client, org, bytes = png(), name = 'герб.png') => uploadBytes(client, bytes, { name, purpose: 'logo', org });
