// SPDX-License-Identifier: Apache-2.0
// What a stranger sends to the media process: requests of STUN, junk of every kind that its first byte tells apart.
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A binding request as a browser's, with a wrong password. */
export function check(name, password = 'wrong') {
	const attribute = (type, value) => {
		const head = Buffer.alloc(4);
		head.writeUInt16BE(type, 0);
		head.writeUInt16BE(value.length, 2);
		return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
	};
	const message = (length, ...parts) => {
		const head = Buffer.alloc(8);
		head.writeUInt16BE(1, 0);
		head.writeUInt16BE(length, 2);
		head.writeUInt32BE(0x2112a442, 4);
		return Buffer.concat([head, ...parts]);
	};
	const transaction = randomBytes(12);
	const body = Buffer.concat([attribute(0x0006, Buffer.from(name)), attribute(0x0024, Buffer.from([0, 0, 0, 1])), attribute(0x802a, randomBytes(8))]);
	const mac = createHmac('sha1', password).update(message(body.length + 24, transaction, body)).digest();
	const signed = Buffer.concat([body, attribute(0x0008, mac)]);
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE((crc32(message(signed.length + 8, transaction, signed)) ^ 0x5354554e) >>> 0);
	return message(signed.length + 8, transaction, signed, attribute(0x8028, sum));
}

/** The beginning of a handshake of DTLS 1.2: one ClientHello record with nothing true in it. */
export function hello() {
	const body = Buffer.concat([Buffer.from([0xfe, 0xfd]), randomBytes(32), Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0])]);
	const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length]), body]);
	const head = Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
	head.writeUInt16BE(handshake.length, 11);
	return Buffer.concat([head, handshake]);
}

/** What looks like a packet of sound of this SSRC; nobody has the key. */
export function forged(ssrc, seq, payload) {
	const head = Buffer.alloc(12);
	head[0] = 0x80;
	head[1] = 100;
	head.writeUInt16BE(seq & 0xffff, 2);
	head.writeUInt32BE((seq * 960) >>> 0, 4);
	head.writeUInt32BE(ssrc >>> 0, 8);
	return Buffer.concat([head, payload, randomBytes(16)]);
}
