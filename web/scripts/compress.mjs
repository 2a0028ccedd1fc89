// SPDX-License-Identifier: Apache-2.0
// Writes .gz and .br beside every file of dist that gets smaller by it; the server sends these as they are.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
	if (!entry.isFile() || /\.(gz|br)$/.test(entry.name)) continue;
	const path = join(entry.parentPath, entry.name);
	const plain = readFileSync(path);
	for (const [end, packed] of [
		['.gz', gzipSync(plain, { level: 9 })],
		['.br', brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })],
	]) {
		if (packed.length < plain.length * 0.95) writeFileSync(path + end, packed);
	}
}
