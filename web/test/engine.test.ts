// SPDX-License-Identifier: Apache-2.0
// The real engine on the library's own pretended browser: what it asks of the media server, through joining, a loss and the loss of rights.
import { Device } from 'mediasoup-client';
import { FakeHandler } from 'mediasoup-client/handlers/FakeHandler';
import * as fake from 'mediasoup-client/fakeParameters';
import { describe, expect, it, vi } from 'vitest';
import type { EngineEvents, EngineState, Rights, Source } from '../src/call/engine.ts';
import { MediasoupEngine } from '../src/call/mediasoup.ts';
import { emptyRoom, type Room } from '../src/call/room.ts';
import { FakeWire, fakeTrack, soon, type Asked } from './callserver.ts';

const RIGHTS: Rights = { audio: true, video: true, screen: true };
const PEERS = [
	{ participant: 2, producers: [{ id: 'p-2a', kind: 'audio', source: 'mic' }, { id: 'p-2v', kind: 'video', source: 'camera' }] },
	{ participant: 3, producers: [{ id: 'p-3a', kind: 'audio', source: 'mic' }, { id: 'p-3s', kind: 'video', source: 'screen' }] },
];
const OF: Record<string, { participant: number; source: string; kind: 'audio' | 'video' }> = {};
for (const { participant, producers } of PEERS) for (const { id, kind, source } of producers) OF[id] = { participant, source, kind: kind as 'audio' };

function start(options: { rights?: Rights; answer?: (asked: Asked) => unknown } = {}) {
	const wires: FakeWire[] = [];
	const told = { states: [] as EngineState[], reasons: [] as unknown[], taken: [] as Source[], tracks: new Map<string, MediaStreamTrack>(), room: emptyRoom as Room, paths: [] as string[], rights: undefined as Rights | undefined };
	const events: EngineEvents = {
		state: (state, reason) => {
			told.states.push(state);
			if (reason) told.reasons.push(reason);
		},
		room: (room) => (told.room = room),
		track: (participant, source, track) => void (track ? told.tracks.set(`${participant} ${source}`, track) : told.tracks.delete(`${participant} ${source}`)),
		speaker: () => undefined,
		rights: (rights) => (told.rights = rights),
		taken: (source) => void told.taken.push(source),
		path: (path) => void told.paths.push(path),
	};
	let made = 0;
	function answer(asked: Asked): unknown {
		const own = options.answer?.(asked);
		if (own !== undefined) return own;
		const { data } = asked;
		switch (asked.method) {
			case 'create_transport':
				return { ...fake.generateTransportRemoteParameters(), id: `t-${data['direction'] as string}-${++made}` };
			case 'produce':
				return { id: `p-own-${++made}` };
			case 'consume':
				return {
					refused: [],
					consumers: (data['producerIds'] as string[]).map((producerId) => {
						const { kind, participant, source } = OF[producerId]!;
						const { rtpParameters } = fake.generateConsumerRemoteParameters({ id: `c-${producerId}`, codecMimeType: kind === 'audio' ? 'audio/opus' : 'video/VP8' });
						return { id: `c-${producerId}-${++made}`, producerId, participant, source, kind, type: 'simple', producerPaused: false, rtpParameters };
					}),
				};
			default:
				return {};
		}
	}
	const engine = new MediasoupEngine(() => Promise.resolve({ url: 'wss://here' }), events, {
		saving: 'all',
		device: () => Device.factory({ handlerFactory: FakeHandler.createFactory(fake) }),
		open: () => {
			const wire = new FakeWire(answer);
			wires.push(wire);
			return wire;
		},
	});
	const welcome = (peers: unknown = PEERS) =>
		wires.at(-1)!.say('welcome', { participant: 1, rights: options.rights ?? RIGHTS, routerRtpCapabilities: fake.generateRouterRtpCapabilities(), peers });
	return { engine, wires, told, welcome };
}

async function joined(options: Parameters<typeof start>[0] = {}) {
	const all = start(options);
	all.engine.join();
	await soon();
	all.welcome();
	await soon();
	return { ...all, wire: all.wires[0]! };
}

describe('the engine', () => {
	it('joins: its abilities before it consumes, all sound at once and no video', async () => {
		const { wire, told } = await joined();
		expect(told.states).toEqual(['connecting', 'live']);
		expect(wire.of('create_transport').map(({ direction }) => direction)).toEqual(['send', 'recv']);
		const methods = wire.asked.map(({ method }) => method);
		expect(methods.indexOf('capabilities')).toBeLessThan(methods.indexOf('consume'));
		expect(wire.of('consume')).toHaveLength(1);
		expect(wire.of('consume')[0]!['producerIds']).toEqual(['p-2a', 'p-3a']);
		expect(wire.of('resume_consumers').flatMap(({ consumerIds }) => consumerIds as string[])).toHaveLength(2);
		expect([...told.tracks.keys()].sort()).toEqual(['2 mic', '3 mic']);
	});

	it('takes the video that is looked at, at its size, and rests it when it is out of sight', async () => {
		const { engine, wire, told } = await joined();
		engine.want([{ participant: 2, source: 'camera', layer: 1 }]);
		await soon();
		expect(wire.of('consume')[1]!['producerIds']).toEqual(['p-2v']);
		expect(told.tracks.has('2 camera')).toBe(true);
		const consumerId = (wire.of('set_layers')[0] as { consumerId: string }).consumerId;
		expect(wire.of('set_layers')).toEqual([{ consumerId, spatialLayer: 1 }]);
		expect(wire.of('set_priority')).toEqual([{ consumerId, priority: 150 }]);
		engine.want([{ participant: 2, source: 'camera', layer: 1 }]);
		await soon();
		expect(wire.of('set_layers')).toHaveLength(1);
		engine.want([]);
		await soon();
		expect(wire.of('pause_consumers')).toEqual([{ consumerIds: [consumerId] }]);
		engine.want([{ participant: 2, source: 'camera', layer: 2 }]);
		await soon();
		expect(wire.of('resume_consumers').at(-1)).toEqual({ consumerIds: [consumerId] });
		expect(wire.of('consume')).toHaveLength(2);
	});

	it('sends the camera in layers, pauses the microphone, takes both back', async () => {
		const { engine, wire } = await joined();
		await engine.publish('camera', fakeTrack('video', 720));
		await engine.publish('mic', fakeTrack('audio'));
		const [camera, mic] = wire.of('produce') as [{ rtpParameters: { encodings: unknown[] }; appData: unknown }, { appData: unknown; kind: string }];
		expect(camera.appData).toEqual({ source: 'camera' });
		expect(camera.rtpParameters.encodings).toHaveLength(3);
		expect(mic).toMatchObject({ kind: 'audio', appData: { source: 'mic' } });
		engine.pause('mic', true);
		engine.pause('mic', true);
		expect(wire.of('pause_producer')).toHaveLength(1);
		engine.pause('mic', false);
		expect(wire.of('resume_producer')).toHaveLength(1);
		engine.unpublish('camera');
		expect(wire.of('close_producer')).toHaveLength(1);
		const other = fakeTrack('audio');
		await engine.publish('mic', other); // in the place of the one before
		expect(wire.of('produce')).toHaveLength(2);
	});

	it('after a loss everything is made anew, and what was muted is muted', async () => {
		const { engine, wire, wires, told, welcome } = await joined();
		await engine.publish('mic', fakeTrack('audio'));
		engine.pause('mic', true);
		engine.want([{ participant: 3, source: 'screen', layer: 2 }]);
		await soon();
		wire.drop(1006);
		expect(told.states.at(-1)).toBe('rejoining');
		expect(told.tracks.size).toBe(3); // what still comes is still seen
		await new Promise((resolve) => setTimeout(resolve, 20));
		await soon();
		welcome();
		await soon();
		expect(told.states).toEqual(['connecting', 'live', 'rejoining', 'live']);
		const again = wires[1]!;
		expect(again.of('produce')).toHaveLength(1);
		expect(again.of('pause_producer')).toHaveLength(1);
		expect(again.of('consume').flatMap(({ producerIds }) => producerIds as string[]).sort()).toEqual(['p-2a', 'p-3a', 'p-3s']);
		expect([...told.tracks.keys()].sort()).toEqual(['2 mic', '3 mic', '3 screen']);
	});

	it('nothing told between the welcome and its end is lost', async () => {
		const { engine, wires, told, welcome } = start();
		engine.join();
		await soon();
		welcome();
		wires[0]!.say('peer_joined', { participant: 9 });
		wires[0]!.say('peer_left', { participant: 2 });
		await soon();
		expect([...told.room.peers.keys()]).toEqual([3, 9]);
		expect([...told.tracks.keys()]).toEqual(['3 mic']);
	});

	it('loses what it sends when the right is taken, and sends again when it is given', async () => {
		const { engine, wire, told } = await joined();
		await engine.publish('mic', fakeTrack('audio'));
		wire.say('rights', { audio: false, video: true, screen: true });
		expect(told.taken).toEqual(['mic']);
		expect(wire.of('close_producer')).toEqual([]); // the server did
		await engine.publish('mic', fakeTrack('audio'));
		expect(wire.of('produce')).toHaveLength(1); // not allowed: not asked
	});

	it('whoever may not speak does not even at the beginning', async () => {
		const all = start({ rights: { audio: false, video: true, screen: false } });
		all.engine.join();
		void all.engine.publish('mic', fakeTrack('audio'));
		await soon();
		all.welcome();
		await soon();
		expect(all.wires[0]!.of('produce')).toEqual([]);
		expect(all.told.taken).toEqual(['mic']);
	});

	it('lets go of those who left and of what ended', async () => {
		const { engine, wire, told } = await joined();
		engine.want([{ participant: 2, source: 'camera', layer: 0 }]);
		await soon();
		wire.say('producer_closed', { producerId: 'p-2v' });
		expect(told.tracks.has('2 camera')).toBe(false);
		wire.say('peer_left', { participant: 2 });
		expect([...told.tracks.keys()]).toEqual(['3 mic']);
	});

	it('asks for many in pieces of 64', async () => {
		const all = start();
		all.engine.join();
		await soon();
		const producers = Array.from({ length: 150 }, (_, i) => ({ participant: 100 + i, producers: [{ id: `p-n${i}`, kind: 'audio', source: 'mic' }] }));
		for (const { participant, producers: [one] } of producers) OF[one!.id] = { participant, source: 'mic', kind: 'audio' };
		all.welcome(producers);
		await soon(200);
		expect(all.wires[0]!.of('consume').map(({ producerIds }) => (producerIds as string[]).length)).toEqual([64, 64, 22]);
		expect(all.told.tracks.size).toBe(150);
	});

	it('a picture that the server rests for want of bandwidth is taken away after a moment, and comes back', async () => {
		const { engine, wire, told } = await joined();
		engine.want([{ participant: 2, source: 'camera', layer: 1 }]);
		await soon();
		const { consumerId } = wire.of('set_layers')[0] as { consumerId: string };
		vi.useFakeTimers();
		try {
			const layers = (spatialLayer: number) => wire.say('consumer_layers', { consumerId, spatialLayer, temporalLayer: spatialLayer });
			layers(-1);
			vi.advanceTimersByTime(1000);
			layers(0);
			vi.advanceTimersByTime(5000);
			expect(told.tracks.has('2 camera')).toBe(true); // a short one is not worth it
			layers(-1);
			vi.advanceTimersByTime(5000);
			expect(told.tracks.has('2 camera')).toBe(false);
			layers(0);
			expect(told.tracks.has('2 camera')).toBe(true);
		} finally {
			vi.useRealTimers();
		}
	});

	it('saving leaves out the sound of a screen', async () => {
		const { engine, wire, told, welcome } = await joined();
		OF['p-4s'] = { participant: 4, source: 'screen_audio', kind: 'audio' };
		wire.say('peer_joined', { participant: 4 });
		wire.say('producer_added', { participant: 4, producer: { id: 'p-4s', kind: 'audio', source: 'screen_audio', paused: false } });
		await soon();
		expect(told.tracks.has('4 screen_audio')).toBe(true);
		engine.save('screen');
		expect(wire.of('pause_consumers')).toHaveLength(1);
		engine.save('all');
		expect(wire.of('resume_consumers').at(-1)).toEqual(wire.of('pause_consumers')[0]);
		engine.save('audio');
		welcome([{ participant: 4, producers: [{ id: 'p-4s', kind: 'audio', source: 'screen_audio' }] }]);
		await soon();
		expect(told.tracks.size).toBe(0); // not even taken
	});

	it('leaving says so, and it is over once', async () => {
		const { engine, wire, told } = await joined();
		engine.leave();
		expect(wire.of('leave')).toHaveLength(1);
		expect(wire.closed).toBe(1000);
		expect(told.states.at(-1)).toBe('over');
		expect(told.reasons).toEqual(['left']);
		engine.leave();
		wire.drop(4410);
		expect(told.reasons).toEqual(['left']);
	});

	it('a server that does not answer in the middle of joining is tried anew', async () => {
		const all = start({ answer: ({ method }) => (method === 'create_transport' ? { error: { code: 'limit', message: 'full' } } : undefined) });
		all.engine.join();
		await soon();
		for (let tries = 1; tries <= 5; tries++) {
			expect(all.told.states).not.toContain('over');
			await vi.waitFor(() => expect(all.wires).toHaveLength(tries), { timeout: 3000 });
			all.welcome();
			await soon();
		}
		expect(all.told.states.at(-1)).toBe('over');
		expect(all.told.reasons).toEqual(['refused']);
	});

	it('what was sent is sent again, though the server or this device was too busy at first', async () => {
		let busy = false;
		const all = start({ answer: ({ method }) => (method === 'produce' && busy ? { error: { code: 'limit', message: 'not now' } } : undefined) });
		all.engine.join();
		await soon();
		all.welcome();
		await soon();
		await all.engine.publish('mic', fakeTrack('audio'));
		busy = true;
		all.wires[0]!.drop(1006);
		await vi.waitFor(() => expect(all.wires).toHaveLength(2));
		all.welcome();
		await vi.waitFor(() => expect(all.wires[1]!.of('produce')).toHaveLength(1));
		busy = false;
		await vi.waitFor(() => expect(all.wires[1]!.of('produce')).toHaveLength(2), { timeout: 3000 });
		await soon();
		all.engine.pause('mic', true);
		expect(all.wires[1]!.of('pause_producer')).toHaveLength(1);
	});

	it('voices that could not be taken at first are taken a moment later', async () => {
		let busy = true;
		const all = start({ answer: ({ method }) => (method === 'consume' && busy ? { error: { code: 'limit', message: 'not now' } } : undefined) });
		all.engine.join();
		await soon();
		all.welcome();
		await soon();
		expect(all.told.tracks.size).toBe(0);
		busy = false;
		await vi.waitFor(() => expect(all.told.tracks.size).toBe(2), { timeout: 4000 });
	});
});
