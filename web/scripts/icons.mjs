// SPDX-License-Identifier: Apache-2.0
// Draws the icons of the installed client: a bell on the accent colour. PNGs are made here without any library, so that the
// shapes below are the only source. Run after changing them: npm run icons.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

const out = fileURLToPath(new URL('../public/', import.meta.url));
const GROUND = [11, 107, 89];
const INK = [255, 255, 255];
const GRID = 4; // samples a side of a pixel

// Is the point (in a square of 24) inside the bell?
function bell(x, y) {
	const cx = Math.abs(x - 12);
	if (Math.hypot(x - 12, y - 4.6) <= 1.35) return true; // the loop
	if (y >= 5 && y <= 10.5 && Math.hypot(x - 12, y - 10.5) <= 5.5) return true; // the dome
	if (y > 10.5 && y <= 14.8 && cx <= 5.5) return true;
	if (y > 14.8 && y <= 16.9) {
		const wide = 5.5 + Math.min(1, (y - 14.8) / 1.5) * 1.6; // the lip
		if (cx <= wide) return true;
	}
	return y > 17.9 && Math.hypot(x - 12, y - 17.9) <= 2.3; // the clapper
}

function rounded(x, y, size, radius) {
	const dx = Math.max(radius - x, x - (size - radius), 0);
	const dy = Math.max(radius - y, y - (size - radius), 0);
	return Math.hypot(dx, dy) <= radius;
}

function draw(size, { mask }) {
	const rows = Buffer.alloc(size * (size * 4 + 1));
	const scale = mask ? 0.62 : 0.78; // a maskable icon keeps its picture inside the safe circle
	for (let py = 0; py < size; py++) {
		for (let px = 0; px < size; px++) {
			let ground = 0;
			let ink = 0;
			for (let s = 0; s < GRID * GRID; s++) {
				const x = px + ((s % GRID) + 0.5) / GRID;
				const y = py + (Math.floor(s / GRID) + 0.5) / GRID;
				if (!mask && !rounded(x, y, size, size * 0.22)) continue;
				ground++;
				if (bell(12 + (x / size - 0.5) * (24 / scale), 11.8 + (y / size - 0.5) * (24 / scale))) ink++;
			}
			const at = py * (size * 4 + 1) + 1 + px * 4;
			const share = ground ? ink / ground : 0;
			for (let c = 0; c < 3; c++) rows[at + c] = Math.round(GROUND[c] + (INK[c] - GROUND[c]) * share);
			rows[at + 3] = Math.round((255 * ground) / (GRID * GRID));
		}
	}
	const head = Buffer.alloc(13);
	head.writeUInt32BE(size, 0);
	head.writeUInt32BE(size, 4);
	head.set([8, 6, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk('IHDR', head),
		chunk('IDAT', deflateSync(rows, { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const whole = Buffer.alloc(body.length + 8);
	whole.writeUInt32BE(data.length, 0);
	body.copy(whole, 4);
	whole.writeUInt32BE(crc32(body), body.length + 4);
	return whole;
}

for (const size of [192, 512]) {
	writeFileSync(`${out}icon-${size}.png`, draw(size, { mask: false }));
	writeFileSync(`${out}icon-maskable-${size}.png`, draw(size, { mask: true }));
}
