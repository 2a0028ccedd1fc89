// SPDX-License-Identifier: Apache-2.0
// Figures of a browser's two connections, made of what getStats counts from the beginning.
import type { EngineStats, ReceivedStats, Source } from './engine.ts';

interface Countable {
	getStats(): Promise<RTCStatsReport>;
	readonly closed: boolean;
}

interface Row {
	type: string;
	[key: string]: unknown;
}

interface Seen {
	at: number;
	bytes: number;
	lost: number;
	packets: number;
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

/** The change since the last look at the same counters. */
export class Meter {
	#up: Seen | undefined;
	#down: Seen | undefined;

	async read(send: Countable | undefined, recv: Countable | undefined, tracks: readonly { trackId: string; participant: number; source: Source; starved: boolean }[]): Promise<EngineStats> {
		const [up, down] = await Promise.all([rows(send), rows(recv)]);
		const at = performance.now();
		const upNow: Seen = { at, bytes: 0, lost: 0, packets: 0 };
		const downNow: Seen = { at, bytes: 0, lost: 0, packets: 0 };
		let rtt = 0;
		let upLoss = 0;
		let slow = false;
		for (const row of up) {
			if (row.type === 'outbound-rtp') {
				upNow.bytes += number(row['bytesSent']);
				slow ||= row['qualityLimitationReason'] === 'cpu' && row['active'] !== false;
			}
			if (row.type === 'remote-inbound-rtp') {
				upLoss = Math.max(upLoss, number(row['fractionLost']));
				rtt = Math.max(rtt, number(row['roundTripTime']) * 1000);
			}
		}
		const byTrack = new Map(tracks.map((track) => [track.trackId, track]));
		const received: ReceivedStats[] = [];
		for (const row of down) {
			if (row.type !== 'inbound-rtp') continue;
			downNow.bytes += number(row['bytesReceived']);
			downNow.lost += number(row['packetsLost']);
			downNow.packets += number(row['packetsReceived']);
			const track = byTrack.get(String(row['trackIdentifier']));
			if (track) {
				received.push({
					participant: track.participant,
					source: track.source,
					frames: number(row['framesDecoded']),
					width: number(row['frameWidth']),
					height: number(row['frameHeight']),
					energy: number(row['totalAudioEnergy']),
					bytes: number(row['bytesReceived']),
				});
			}
		}
		const stats: EngineStats = {
			up: { kbps: rate(this.#up, upNow), loss: upLoss, rtt },
			down: { kbps: rate(this.#down, downNow), loss: loss(this.#down, downNow) },
			protocol: protocolOf(down) ?? protocolOf(up),
			slow,
			starved: tracks.filter(({ starved }) => starved).length,
			received,
		};
		this.#up = upNow;
		this.#down = downNow;
		return stats;
	}
}

async function rows(transport: Countable | undefined): Promise<Row[]> {
	if (!transport || transport.closed) return [];
	const list: Row[] = [];
	(await transport.getStats().catch(() => undefined))?.forEach((row: Row) => list.push(row));
	return list;
}

function protocolOf(list: readonly Row[]): string | undefined {
	const pair = list.find((row) => row.type === 'candidate-pair' && row['nominated'] === true && row['state'] === 'succeeded');
	const local = list.find((row) => row.type === 'local-candidate' && row['id'] === pair?.['localCandidateId']);
	return typeof local?.['protocol'] === 'string' ? local['protocol'] : undefined;
}

function rate(before: Seen | undefined, now: Seen): number {
	if (!before || now.at <= before.at || now.bytes < before.bytes) return 0;
	return ((now.bytes - before.bytes) * 8) / (now.at - before.at);
}

function loss(before: Seen | undefined, now: Seen): number {
	const lost = now.lost - (before?.lost ?? 0);
	const packets = now.packets - (before?.packets ?? 0);
	return lost <= 0 || packets < 0 ? 0 : lost / (lost + packets);
}

/** All that has come on the path that a transport uses. */
export async function bytesCome(transport: Countable): Promise<number> {
	let bytes = 0;
	for (const row of await rows(transport)) if (row.type === 'transport') bytes += number(row['bytesReceived']);
	return bytes;
}

export type Quality = 'good' | 'fair' | 'poor';
/** The one reason that a person can do something about: what is lost on the way there or here, slowness of the way, a way too narrow for all
 *  pictures, a way through TCP, a device that cannot keep up. */
export type Reason = 'up' | 'down' | 'late' | 'narrow' | 'tcp' | 'device';

/** In one word, for the sign: what a person would notice, and why. */
export function qualityOf(stats: EngineStats): { quality: Quality; reason?: Reason } {
	const { up, down, starved, protocol, slow } = stats;
	const lost: Reason = up.loss >= down.loss ? 'up' : 'down';
	const worst = Math.max(up.loss, down.loss);
	if (worst > 0.1) return { quality: 'poor', reason: lost };
	if (up.rtt > 800) return { quality: 'poor', reason: 'late' };
	if (worst > 0.03) return { quality: 'fair', reason: lost };
	if (starved > 0) return { quality: 'fair', reason: 'narrow' };
	if (up.rtt > 300) return { quality: 'fair', reason: 'late' };
	if (slow) return { quality: 'fair', reason: 'device' };
	return protocol === 'tcp' ? { quality: 'fair', reason: 'tcp' } : { quality: 'good' };
}
