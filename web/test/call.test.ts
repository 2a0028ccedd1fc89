// SPDX-License-Identifier: Apache-2.0
// Calls without a browser: the conversation with the media server, who is there, where tiles stand, how much is asked for.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Offline, Refusal } from '../src/api/index.ts';
import { levelOf, listsOf, troubleOf } from '../src/call/devices.ts';
import { MediaError, type EndReason, type Wanted } from '../src/call/engine.ts';
import { keepSpeakers, layoutOf, orderTiles, pageOf, pagesOf } from '../src/call/grid.ts';
import { allowed, cameraEncodings, layerFor, priority, screenEncodings, VOICE_BPS } from '../src/call/layers.ts';
import { applyNotice, findProducer, roomFrom, sends } from '../src/call/room.ts';
import { Signal } from '../src/call/signal.ts';
import { Stall } from '../src/call/stall.ts';
import { qualityOf } from '../src/call/stats.ts';
import { FakeWire } from './callserver.ts';

const RIGHTS = { audio: true, video: true, screen: true };
const welcome = { participant: 1, rights: RIGHTS, routerRtpCapabilities: {}, peers: [] };
const refusal = (code: 'forbidden' | 'rate_limited') => new Refusal({ code, message: 'Почему' });

describe('the conversation with the media server', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	function conversation(answer: (asked: { method: string }) => unknown = () => ({})) {
		const wires: FakeWire[] = [];
		const told: string[] = [];
		const overs: [EndReason, string | undefined][] = [];
		const passes = vi.fn(() => Promise.resolve({ url: `wss://here/media?ticket=${wires.length}` }));
		const urls: string[] = [];
		const signal = new Signal(
			passes,
			{ notice: (name) => told.push(name), lost: () => told.push('lost'), over: (reason, message) => overs.push([reason, message]) },
			(url) => {
				urls.push(url);
				const wire = new FakeWire(answer);
				wires.push(wire);
				return wire;
			},
		);
		return { signal, wires, told, overs, passes, urls };
	}
	const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

	it('asks and is answered by id, and nothing goes out before the welcome', async () => {
		const { signal, wires } = conversation(({ method }) => (method === 'nope' ? { error: { code: 'forbidden', message: 'no' } } : { method }));
		signal.start();
		await turn();
		await expect(signal.request('early', {})).rejects.toBeInstanceOf(Offline);
		wires[0]!.say('welcome', welcome);
		const [a, b] = await Promise.all([signal.request('a', {}), signal.request('b', {})]);
		expect([a, b]).toEqual([{ method: 'a' }, { method: 'b' }]);
		const error: unknown = await signal.request('nope', {}).catch((e: unknown) => e);
		expect(error).toBeInstanceOf(MediaError);
		expect((error as MediaError).code).toBe('forbidden');
	});

	it('gives up waiting for an answer', async () => {
		const { signal, wires } = conversation(() => undefined);
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		const asked = signal.request('slow', {});
		const ended = expect(asked).rejects.toBeInstanceOf(Offline);
		await turn(10_000);
		await ended;
	});

	it('says nothing on a connection that the server is closing', async () => {
		const { signal, wires } = conversation(() => ({}));
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		wires[0]!.readyState = 2;
		const asked = expect(signal.request('late', {})).rejects.toBeInstanceOf(Offline);
		wires[0]!.drop(4410);
		await asked;
		expect(wires[0]!.of('late')).toEqual([]);
	});

	it('comes back with a new pass after a loss, at once and then slower', async () => {
		const { signal, wires, told, passes, urls } = conversation();
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		await turn(10_000); // healthy
		const pending = signal.request('x', {});
		const lost = expect(Promise.race([pending, Promise.reject(new Offline('never'))])).rejects.toBeInstanceOf(Offline);
		wires[0]!.drop(1006);
		await lost;
		await turn();
		expect(wires).toHaveLength(2);
		expect(told).toEqual(['welcome', 'lost']);
		expect(new Set(urls).size).toBe(2);
		wires[1]!.drop(1006);
		await turn(0);
		expect(wires).toHaveLength(2);
		await turn(600);
		expect(wires).toHaveLength(3);
		expect(passes).toHaveBeenCalledTimes(3);
		wires[2]!.drop(1006);
		await turn(0);
		signal.hurry(); // the network is back
		await turn(0);
		expect(wires).toHaveLength(4);
	});

	it('while a loss is fresh it tries every second, later more seldom', async () => {
		const { signal, wires } = conversation();
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		await turn(60_000);
		const until = async (ms: number) => {
			for (let at = 0; at < ms; at += 50) {
				await turn(50);
				wires.at(-1)!.drop(1006);
			}
			return wires.length;
		};
		expect(await until(10_000)).toBeGreaterThanOrEqual(10);
		const then = await until(10_000);
		const later = await until(60_000);
		expect(later - then).toBeLessThan(40);
		signal.hurry(); // the network is back
		expect((await until(5_000)) - later).toBeGreaterThanOrEqual(5);
	});

	it('an attempt that hangs gives way to another one', async () => {
		const { signal, wires } = conversation();
		signal.start();
		await turn(9_000); // at the beginning there is no haste
		expect(wires).toHaveLength(1);
		wires[0]!.say('welcome', welcome);
		await turn(10_000);
		wires[0]!.drop(1006);
		await turn(1_900);
		expect(wires).toHaveLength(2);
		await turn(1_000);
		expect(wires).toHaveLength(3);
		expect(wires[1]!.closed).toBe(0);
		wires[2]!.say('welcome', welcome);
		await turn(60_000);
		expect(wires).toHaveLength(3);
	});

	it('what is urgent and not answered in time means that the connection is dead; the second time it has longer', async () => {
		let silent = true;
		const { signal, wires, told } = conversation(() => (silent ? undefined : {}));
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		const first = expect(signal.urgent('restart_ice', {})).rejects.toBeInstanceOf(Offline);
		await turn(1_100);
		await first;
		expect(told).toEqual(['welcome', 'lost']);
		expect(wires).toHaveLength(2);
		wires[1]!.say('welcome', welcome);
		const second = expect(signal.urgent('restart_ice', {})).rejects.toBeInstanceOf(Offline);
		await turn(3_500);
		expect(wires).toHaveLength(2);
		await turn(1_200);
		await second;
		expect(wires).toHaveLength(3);
		wires[2]!.say('welcome', welcome);
		silent = false;
		await expect(signal.urgent('restart_ice', {})).resolves.toEqual({});
		await turn(60_000);
		expect(wires).toHaveLength(3);
	});

	it.each([
		[4410, 'ended'],
		[4403, 'removed'],
		[4409, 'replaced'],
	] as const)('closed by %i it is over: %s', async (code, reason) => {
		const { signal, wires, overs } = conversation();
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		wires[0]!.drop(code);
		await turn(60_000);
		expect(overs).toEqual([[reason, undefined]]);
		expect(wires).toHaveLength(1);
	});

	it('a restarting media server is joined again', async () => {
		const { signal, wires } = conversation();
		signal.start();
		await turn();
		wires[0]!.say('welcome', welcome);
		wires[0]!.drop(4503);
		await turn(600);
		expect(wires).toHaveLength(2);
	});

	it('ends when the server lets in no more, and tries again when it is only busy', async () => {
		const { signal, overs, passes } = conversation();
		passes.mockRejectedValueOnce(refusal('rate_limited')).mockRejectedValueOnce(new Offline('x')).mockRejectedValueOnce(refusal('forbidden'));
		signal.start();
		await turn(30_000);
		expect(passes).toHaveBeenCalledTimes(3);
		expect(overs).toEqual([['refused', 'Почему']]);
	});

	it('does not try bad passes for ever', async () => {
		const { signal, wires, overs } = conversation();
		signal.start();
		for (let i = 0; i < 5; i++) {
			await turn(1_500);
			wires.at(-1)!.drop(4401);
		}
		await turn(30_000);
		expect(wires).toHaveLength(3);
		expect(overs).toEqual([['refused', undefined]]);
	});

	it('a pass that died of age on a busy device is no bad one', async () => {
		const { signal, wires, overs } = conversation();
		signal.start();
		await turn();
		for (let i = 0; i < 5; i++) {
			vi.setSystemTime(Date.now() + 30_000);
			vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 30_000);
			wires.at(-1)!.drop(4401);
			vi.restoreAllMocks();
			await turn(1_500);
		}
		expect(overs).toEqual([]);
	});

	it('takes what is no message of this protocol for nothing', async () => {
		const { signal, wires, told } = conversation();
		signal.start();
		await turn();
		for (const text of ['', '{', '[]', '5', '{"id":7,"ok":true}', '{"event":5}']) wires[0]!.raw(text);
		expect(told).toEqual([]);
	});
});

describe('who is there', () => {
	const room = roomFrom({
		...welcome,
		peers: [
			{ participant: 1, producers: [] },
			{ participant: 2, producers: [{ id: 'p-a', kind: 'audio', source: 'mic' }, { id: 'p-v', kind: 'video', source: 'camera', paused: true }] },
		],
	});

	it('is the others and what they send', () => {
		expect([...room.peers.keys()]).toEqual([2]);
		expect(sends(room.peers.get(2), 'mic')).toBe(true);
		expect(sends(room.peers.get(2), 'camera')).toBe(false);
		expect(sends(undefined, 'mic')).toBe(false);
	});

	it('follows the notices and leaves the old value alone', () => {
		let next = applyNotice(room, 'peer_joined', { participant: 3 });
		next = applyNotice(next, 'producer_added', { participant: 3, producer: { id: 'p-s', kind: 'video', source: 'screen' } });
		next = applyNotice(next, 'producer_resumed', { producerId: 'p-v' });
		next = applyNotice(next, 'producer_paused', { producerId: 'p-a' });
		next = applyNotice(next, 'score', { producerId: 'p-s', score: 3 });
		expect(sends(next.peers.get(2), 'camera')).toBe(true);
		expect(sends(next.peers.get(2), 'mic')).toBe(false);
		expect(findProducer(next, 'p-s')?.producer.score).toBe(3);
		next = applyNotice(next, 'producer_closed', { producerId: 'p-s' });
		expect(next.peers.get(3)?.producers.size).toBe(0);
		next = applyNotice(next, 'peer_left', { participant: 2 });
		expect([...next.peers.keys()]).toEqual([3]);
		expect([...room.peers.keys()]).toEqual([2]);
	});

	it('is the same value when nothing changed', () => {
		expect(applyNotice(room, 'peer_joined', { participant: 1 })).toBe(room);
		expect(applyNotice(room, 'peer_joined', { participant: 2 })).toBe(room);
		expect(applyNotice(room, 'peer_left', { participant: 9 })).toBe(room);
		expect(applyNotice(room, 'producer_closed', { producerId: 'p-none' })).toBe(room);
		expect(applyNotice(room, 'active_speaker', { participant: 2 })).toBe(room);
	});

	it('a producer that comes before its peer brings it along', () => {
		const next = applyNotice(room, 'producer_added', { participant: 8, producer: { id: 'p-x', kind: 'audio', source: 'mic' } });
		expect(sends(next.peers.get(8), 'mic')).toBe(true);
	});
});

describe('where tiles stand', () => {
	it.each([
		[1, 1440, 800, 1],
		[2, 1440, 800, 2],
		[4, 1440, 800, 2],
		[5, 1440, 800, 3],
		[9, 1440, 800, 3],
		[25, 1440, 800, 5],
		[2, 390, 600, 1],
		[5, 390, 600, 2],
	])('%i in %i x %i: %i columns', (count, width, height, columns) => {
		const layout = layoutOf(count, { width, height });
		expect(layout.columns).toBe(columns);
		expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(count);
		expect(layout.columns * layout.width + 8 * (layout.columns - 1)).toBeLessThanOrEqual(width);
		expect(layout.rows * layout.height + 8 * (layout.rows - 1)).toBeLessThanOrEqual(height);
		expect(layout.width).toBeGreaterThan(60);
	});

	it('nobody, or no room, is no trouble', () => {
		expect(layoutOf(0, { width: 100, height: 100 }).columns).toBe(1);
		expect(layoutOf(5, { width: 0, height: 0 }).width).toBe(0);
	});

	it('hands, then cameras, then the order of coming; the pinned one first', () => {
		const place = (participant: number, more = {}) => ({ participant, spoke: 0, camera: false, hand: false, ...more });
		const places = [place(1), place(2, { camera: true }), place(3, { hand: true }), place(4), place(5, { camera: true })];
		expect(orderTiles(places, undefined)).toEqual([3, 2, 5, 1, 4]);
		expect(orderTiles(places, 4)).toEqual([4, 3, 2, 5, 1]);
	});

	it('a speaker of a later page takes the place of whoever was silent longest, and nobody else moves', () => {
		const order = [1, 2, 3, 4, 5, 6];
		expect(keepSpeakers(order, new Map([[6, 3], [1, 2], [2, 1]]), 3, new Set())).toEqual([1, 2, 6, 4, 5, 3]);
		expect(keepSpeakers(order, new Map([[6, 3], [1, 2], [2, 1]]), 3, new Set([3]))).toEqual([1, 6, 3, 4, 5, 2]);
		expect(keepSpeakers(order, new Map([[2, 1]]), 3, new Set())).toEqual(order);
		expect(keepSpeakers(order, new Map([[99, 1]]), 3, new Set())).toEqual(order);
	});

	it('pages', () => {
		expect([pagesOf(0, 9), pagesOf(9, 9), pagesOf(10, 9), pagesOf(25, 2)]).toEqual([1, 1, 2, 13]);
		expect(pageOf([1, 2, 3, 4, 5], 1, 2)).toEqual([3, 4]);
		expect(pageOf([1, 2, 3, 4, 5], 2, 2)).toEqual([5]);
	});
});

describe('how much', () => {
	const wanted: Wanted[] = [{ participant: 2, source: 'camera', layer: 1 }, { participant: 3, source: 'screen', layer: 2 }];

	it('a picture has as many layers as its size bears', () => {
		expect(cameraEncodings(720).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
		expect(cameraEncodings(360)).toHaveLength(2);
		expect(cameraEncodings(180)).toHaveLength(1);
		for (const encodings of [cameraEncodings(720), screenEncodings()]) {
			const rates = encodings.map(({ maxBitrate }) => maxBitrate);
			expect(rates).toEqual([...rates].sort((a, b) => a - b));
			expect(new Set(encodings.map(({ scalabilityMode }) => scalabilityMode))).toEqual(new Set(['L1T3'])); // the same in all, or the browser refuses
		}
	});

	it('a tile takes the layer that fills it', () => {
		expect([100, 216, 217, 432, 433, 1080].map(layerFor)).toEqual([0, 0, 1, 1, 2, 2]);
	});

	it('saving leaves out faces, then everything; two voices fit into 64 kbit/s', () => {
		expect(allowed('all', wanted)).toEqual(wanted);
		expect(allowed('screen', wanted)).toEqual([{ ...wanted[1], layer: 0 }]);
		expect(VOICE_BPS.screen + screenEncodings()[0]!.maxBitrate).toBeLessThanOrEqual(64_000);
		expect(allowed('audio', wanted)).toEqual([]);
		expect(VOICE_BPS.audio * 2).toBeLessThanOrEqual(64_000);
	});

	it('a screen goes before faces, a large tile before a small one', () => {
		const of = (source: 'camera' | 'screen', layer: 0 | 1 | 2) => priority({ participant: 1, source, layer });
		expect(of('screen', 0)).toBeGreaterThan(of('camera', 2));
		expect(of('camera', 2)).toBeGreaterThan(of('camera', 0));
		for (const layer of [0, 1, 2] as const) expect(of('camera', layer)).toBeLessThanOrEqual(255);
	});

	it('the network in one word', () => {
		const stats = (loss: number, rtt: number, more = {}) => ({ up: { kbps: 0, loss, rtt }, down: { kbps: 0, loss: 0 }, protocol: 'udp', slow: false, starved: 0, received: [], ...more });
		const lost = { down: { kbps: 0, loss: 0.05 } };
		const list = [stats(0, 50), stats(0.05, 50), stats(0, 50, lost), stats(0, 400), stats(0.2, 50), stats(0, 900), stats(0, 50, { starved: 2 }), stats(0, 50, { slow: true }), stats(0, 50, { protocol: 'tcp' })];
		expect(list.map(qualityOf).map(({ quality, reason }) => `${quality} ${reason ?? ''}`.trim())).toEqual(['good', 'fair up', 'fair down', 'fair late', 'poor up', 'poor late', 'fair narrow', 'fair device', 'fair tcp']);
	});

	it('a silence means something only where something came all the time, and is told once', () => {
		const stall = new Stall();
		const told = (bytes: number[], from: number) => bytes.map((n, i) => stall.look(n, from + i * 600));
		expect(told([10, 10, 10, 10, 10, 10], 0)).not.toContain(true);
		expect(told([20, 30, 40, 50, 50, 50, 50, 50, 50], 6000)).toEqual([false, false, false, false, false, true, false, false, false]);
		expect(told([5, 5, 5, 5, 5], 12_000)).not.toContain(true); // another path, and nothing on it yet
	});
});

describe('devices', () => {
	it.each([
		['NotAllowedError', 'refused'],
		['NotFoundError', 'absent'],
		['OverconstrainedError', 'absent'],
		['NotReadableError', 'busy'],
		['AbortError', 'busy'],
		['InsecureError', 'insecure'],
		['CancelledError', 'cancelled'],
		['TypeError', 'unknown'],
	])('%s means %s', (name, trouble) => {
		expect(troubleOf(Object.assign(new Error(name), { name }))).toBe(trouble);
		expect(troubleOf('text')).toBe('unknown');
	});

	it('are listed once each, and unnamed ones not at all', () => {
		const found = [
			{ deviceId: '', kind: 'videoinput', label: '' },
			{ deviceId: 'c1', kind: 'videoinput', label: 'Камера' },
			{ deviceId: 'default', kind: 'audioinput', label: 'Default' },
			{ deviceId: 'communications', kind: 'audioinput', label: 'Communications' },
			{ deviceId: 's1', kind: 'audiooutput', label: 'Динамик' },
		] as const;
		expect(listsOf(found)).toEqual({ camera: [{ id: 'c1', label: 'Камера' }], microphone: [{ id: 'default', label: 'Default' }], speaker: [{ id: 's1', label: 'Динамик' }] });
	});

	it('the strip grows with the voice and stays within its ends', () => {
		const tone = (amplitude: number) => levelOf(Array.from({ length: 512 }, (_, i) => amplitude * Math.sin(i / 5)));
		expect(levelOf([])).toBe(0);
		expect(tone(0)).toBe(0);
		expect(tone(0.01)).toBeGreaterThan(0);
		expect(tone(0.1)).toBeGreaterThan(tone(0.01));
		expect(tone(10)).toBe(1);
	});
});

describe('a table to keep', () => {
	it('is read by spreadsheets, and no name becomes a formula', async () => {
		const { csvOf } = await import('../src/features/common/csv.ts');
		expect(csvOf([['Имя', 'Минут'], ['Иванов; "Ваня"', '5'], ['=1+1', '-3']])).toBe('\uFEFFИмя;Минут\r\n"Иванов; ""Ваня""";5\r\n\'=1+1;\'-3\r\n');
	});
});
