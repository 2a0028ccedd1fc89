// SPDX-License-Identifier: Apache-2.0
// Compound files (MS-CFB), written and read: a workbook of Excel 97 (MS-XLS) and a new one behind a password (MS-OFFCRYPTO).
import { createCipheriv, createHash, randomBytes } from 'node:crypto';

const SECTOR = 512;
const MINI = 64;
const CUTOFF = 4096;
const [FREE, END, FAT] = [0xffffffff, 0xfffffffe, 0xfffffffd];
const MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');

const padded = (bytes, size) => Buffer.concat([bytes, Buffer.alloc((size - (bytes.length % size)) % size)]);

/** Streams beside each other in the root, at most 109 sectors of table: some 7 MB. */
function compound(streams) {
	const chains = []; // of sectors: {bytes, first}
	const small = streams.filter(([, bytes]) => bytes.length < CUTOFF);
	const minis = [];
	const miniTable = [];
	const starts = new Map();
	for (const [name, bytes] of small) {
		const parts = padded(bytes, MINI);
		starts.set(name, miniTable.length);
		for (let i = 0; i < parts.length / MINI; i++) miniTable.push(i + 1 === parts.length / MINI ? END : miniTable.length + 1);
		minis.push(parts);
	}
	const table = [];
	const place = (bytes) => {
		if (bytes.length === 0) return END;
		const first = table.length;
		const count = Math.ceil(bytes.length / SECTOR);
		for (let i = 0; i < count; i++) table.push(i + 1 === count ? END : table.length + 1);
		chains.push(padded(bytes, SECTOR));
		return first;
	};
	const words = (list) => Buffer.concat(list.map((word) => { const b = Buffer.alloc(4); b.writeUInt32LE(word >>> 0); return b; }));
	const full = (list) => [...list, ...Array((SECTOR / 4 - (list.length % (SECTOR / 4))) % (SECTOR / 4)).fill(FREE)];
	for (const [name, bytes] of streams) if (bytes.length >= CUTOFF) starts.set(name, place(bytes));
	const miniStream = Buffer.concat(minis);
	const miniStart = place(miniStream);
	const miniFat = miniTable.length ? words(full(miniTable)) : Buffer.alloc(0);
	const miniFatStart = place(miniFat);
	const entry = (name, type, { child = FREE, right = FREE, start = 0, size = 0 } = {}) => {
		const b = Buffer.alloc(128);
		b.write(name, 'utf16le');
		b.writeUInt16LE((name.length + 1) * 2, 64);
		b.writeUInt8(type, 66);
		b.writeUInt8(1, 67); // black
		for (const [at, value] of [[68, FREE], [72, right], [76, child], [116, start], [120, size]]) b.writeUInt32LE(value >>> 0, at);
		return b;
	};
	const entries = [entry('Root Entry', 5, { child: 1, start: miniStart, size: miniStream.length }),
		...streams.map(([name, bytes], i) => entry(name, 2, { right: i + 1 < streams.length ? i + 2 : FREE, start: starts.get(name), size: bytes.length }))];
	const directory = place(Buffer.concat(entries));
	let fats = 1;
	while (Math.ceil((table.length + fats) / (SECTOR / 4)) > fats) fats += 1;
	const fatStart = table.length;
	for (let i = 0; i < fats; i++) table.push(FAT);
	chains.push(words(full(table)));
	const head = Buffer.alloc(SECTOR);
	MAGIC.copy(head);
	for (const [at, value] of [[24, 0x3e], [26, 3], [28, 0xfffe], [30, 9], [32, 6]]) head.writeUInt16LE(value, at);
	for (const [at, value] of [[44, fats], [48, directory], [56, CUTOFF], [60, miniFatStart], [64, miniFat.length / SECTOR], [68, END]]) head.writeUInt32LE(value >>> 0, at);
	for (let i = 0; i < 109; i++) head.writeUInt32LE(i < fats ? fatStart + i : FREE, 76 + 4 * i);
	return Buffer.concat([head, ...chains]);
}

/** The names of the streams of a compound file, by its own tables. */
export function streamsOf(file) {
	if (!file.subarray(0, 8).equals(MAGIC)) throw new Error('no compound file');
	const sector = (n) => file.subarray((n + 1) * SECTOR, (n + 2) * SECTOR);
	const next = (n) => sector(file.readUInt32LE(76 + 4 * Math.floor(n / 128))).readUInt32LE((n % 128) * 4);
	const names = [];
	for (let at = file.readUInt32LE(48); at !== END; at = next(at))
		for (let i = 0; i < SECTOR; i += 128) {
			const one = sector(at).subarray(i, i + 128);
			if (one.readUInt8(66) === 2) names.push(one.toString('utf16le', 0, one.readUInt16LE(64) - 2));
		}
	return names.sort();
}

/** An XLSX as Excel keeps it behind a password: AES-128 by "standard" encryption, key from 50,000 rounds of SHA-1. */
export function lockedXlsx(xlsx, password = 'школа') {
	const salt = randomBytes(16);
	const sha = (...parts) => createHash('sha1').update(Buffer.concat(parts)).digest();
	const number = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
	let hash = sha(salt, Buffer.from(password, 'utf16le'));
	for (let i = 0; i < 50000; i++) hash = sha(number(i), hash);
	const inner = Buffer.alloc(64, 0x36);
	const last = sha(hash, number(0));
	for (let i = 0; i < last.length; i++) inner[i] ^= last[i];
	const key = sha(inner).subarray(0, 16);
	const locked = (bytes) => createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(padded(bytes, 16));
	const verifier = randomBytes(16);
	const provider = Buffer.from('Microsoft Enhanced RSA and AES Cryptographic Provider\0', 'utf16le');
	const header = Buffer.concat([...[0x24, 0, 0x660e, 0x8004, 128, 24, 0, 0].map(number), provider]);
	const version = Buffer.from([4, 0, 2, 0]);
	const info = Buffer.concat([version, number(0x24), number(header.length), header, number(16), salt, locked(verifier), number(20), locked(padded(sha(verifier), 32))]);
	const size = Buffer.alloc(8);
	size.writeBigUInt64LE(BigInt(xlsx.length));
	return compound([['EncryptedPackage', Buffer.concat([size, locked(xlsx)])], ['EncryptionInfo', info]]);
}

/** A workbook of Excel 97-2003 with one sheet of texts (BIFF8). */
export function oldXls(rows) {
	const record = (type, data) => {
		const b = Buffer.alloc(4);
		b.writeUInt16LE(type, 0);
		b.writeUInt16LE(data.length, 2);
		return Buffer.concat([b, data]);
	};
	const bof = (kind) => record(0x809, Buffer.from([0, 6, kind, 0, 0xbb, 0x0d, 0xcc, 0x07, 0, 0, 0, 0, 6, 0, 0, 0]));
	const eof = record(0x0a, Buffer.alloc(0));
	const label = (row, column, text) => {
		const b = Buffer.alloc(9);
		b.writeUInt16LE(row, 0);
		b.writeUInt16LE(column, 2);
		b.writeUInt16LE(text.length, 6);
		b[8] = 1; // two bytes a sign
		return record(0x204, Buffer.concat([b, Buffer.from(text, 'utf16le')]));
	};
	const globals = (offset) => {
		const place = Buffer.alloc(8);
		place.writeUInt32LE(offset);
		place[6] = 5;
		return Buffer.concat([bof(5), record(0x85, Buffer.concat([place, Buffer.from('Лист1', 'utf16le')]).fill(1, 7, 8)), eof]);
	};
	const sheet = Buffer.concat([bof(16), ...rows.flatMap((row, r) => row.map((text, c) => label(r, c, text))), eof]);
	return compound([['Workbook', Buffer.concat([globals(globals(0).length), sheet])]]);
}
