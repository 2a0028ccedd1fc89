// SPDX-License-Identifier: Apache-2.0
// A stranger in a thread of his own who sends to a UDP port as fast as he can, or so many a second: what he sent, and what came back.
import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { check, forged, hello } from './stun.mjs';

/** kinds: junk, stun (an unknown name), password (names that are known, a wrong password), hello, rtp (SSRCs that are known). Resolves after ms. perSecond: 0 for no limit. */
export function flood(options) {
	return new Promise((resolve, reject) => {
		new Worker(fileURLToPath(import.meta.url), { workerData: options }).on('message', resolve).on('error', reject);
	});
}

function datagrams({ kinds, names = [], ssrcs = [] }) {
	const list = [];
	for (let i = 0; i < 256; i++) {
		if (kinds.includes('junk')) list.push(Buffer.concat([Buffer.from([[0, 1, 2, 19, 20, 22, 23, 63, 64, 0x80, 0x90, 0xbf, 200, 0xff][i % 14]]), randomBytes((i * 37) % 1400)]));
		if (kinds.includes('stun')) list.push(check(`anobody${i}:x`));
		if (kinds.includes('password')) for (const name of names) list.push(check(`${name}:x`, `wrong${i}`));
		if (kinds.includes('hello')) list.push(hello());
		if (kinds.includes('rtp')) for (const ssrc of ssrcs) list.push(forged(ssrc, i, Buffer.from('forged forged forged')));
	}
	return list;
}

if (!isMainThread && parentPort) {
	const list = datagrams(workerData);
	const socket = createSocket('udp4');
	const told = { sent: 0, bytes: 0, answers: 0, answerBytes: 0, longest: 0 };
	socket.on('message', (m) => {
		told.answers++;
		told.answerBytes += m.length;
		told.longest = Math.max(told.longest, m.length);
	});
	const began = performance.now();
	const end = began + workerData.ms;
	socket.connect(workerData.port, '127.0.0.1', function more() {
		let left = 64;
		const one = (error, n = 0) => {
			if (!error) {
				told.sent++;
				told.bytes += n;
			}
			if (--left > 0) return;
			const ahead = workerData.perSecond ? began + (told.sent * 1000) / workerData.perSecond - performance.now() : 0;
			if (performance.now() < end) ahead > 1 ? setTimeout(more, ahead) : setImmediate(more);
			else setTimeout(() => socket.close(() => parentPort.postMessage(told)), 300);
		};
		for (let i = 0; i < 64; i++) socket.send(list[(told.sent + i) % list.length], one);
	});
}
