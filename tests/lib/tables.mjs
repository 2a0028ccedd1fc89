// SPDX-License-Identifier: Apache-2.0
// Bytes of tables: a ZIP by hand, so that it may be wrong, and the old Russian encoding.
import { crc32, deflateRawSync } from 'node:zlib';

export function cp1251(text) {
	return Buffer.from([...text].map((sign) => {
		const code = sign.codePointAt(0);
		if (code < 0x80) return code;
		if (sign === 'Ё') return 0xa8;
		if (sign === 'ё') return 0xb8;
		if (sign === '«') return 0xab;
		if (sign === '»') return 0xbb;
		return code - 0x410 + 0xc0;
	}));
}

export function zip(entries) {
	const parts = [];
	const central = [];
	let at = 0;
	for (const [name, content] of entries) {
		const bytes = Buffer.from(content);
		const packed = deflateRawSync(bytes);
		const head = Buffer.alloc(26);
		head.writeUInt16LE(20, 0);
		head.writeUInt16LE(0x800, 2);
		head.writeUInt16LE(8, 4);
		head.writeUInt32LE(crc32(bytes), 10);
		head.writeUInt32LE(packed.length, 14);
		head.writeUInt32LE(bytes.length, 18);
		head.writeUInt16LE(Buffer.byteLength(name), 22);
		const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), packed]);
		const rest = Buffer.alloc(14);
		rest.writeUInt32LE(at, 10);
		central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), head, rest, Buffer.from(name)]));
		parts.push(local);
		at += local.length;
	}
	const directory = Buffer.concat(central);
	const end = Buffer.alloc(18);
	end.writeUInt16LE(entries.length, 4);
	end.writeUInt16LE(entries.length, 6);
	end.writeUInt32LE(directory.length, 8);
	end.writeUInt32LE(at, 12);
	return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06'), end]);
}
