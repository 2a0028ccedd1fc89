// SPDX-License-Identifier: Apache-2.0
// An engine without a network, for tests of what stands on the interface: it notes what it was asked for and says what it is told to say.
import type { EndReason, Engine, EngineEvents, EngineStats, MediaPath, Source, Wanted } from './engine.ts';
import type { Saving } from './layers.ts';
import { applyNotice, emptyRoom, roomFrom, type NoticeName, type Notices, type Room } from './room.ts';

export type MakeTrack = (participant: number, source: Source) => MediaStreamTrack;

const ALL = { audio: true, video: true, screen: true };

export class FakeEngine implements Engine {
	readonly events: EngineEvents;
	readonly published = new Map<Source, MediaStreamTrack>();
	readonly paused = new Set<Source>();
	wanted: readonly Wanted[] = [];
	joined = false;
	hurried = 0;
	saving: Saving = 'all';
	room: Room = emptyRoom;
	readonly #makeTrack: MakeTrack;

	constructor(events: EngineEvents, makeTrack: MakeTrack) {
		this.events = events;
		this.#makeTrack = makeTrack;
	}

	// --- what is asked of it

	join(): void {
		this.joined = true;
		this.events.state('connecting', undefined, undefined);
	}

	leave(): void {
		this.over('left');
	}

	publish(source: Source, track: MediaStreamTrack): Promise<void> {
		this.published.set(source, track);
		return Promise.resolve();
	}

	unpublish(source: Source): void {
		this.published.delete(source);
	}

	pause(source: Source, paused: boolean): void {
		if (paused) this.paused.add(source);
		else this.paused.delete(source);
	}

	want(wanted: readonly Wanted[]): void {
		this.wanted = wanted;
	}

	save(saving: Saving): void {
		this.saving = saving;
	}

	hurry(): void {
		this.hurried += 1;
	}

	stats(): Promise<EngineStats> {
		return Promise.resolve({ up: { kbps: 0, loss: 0, rtt: 0 }, down: { kbps: 0, loss: 0 }, protocol: 'udp', slow: false, starved: 0, received: [] });
	}

	// --- what it is told to say

	welcome(welcome: Partial<Notices['welcome']> & { participant: number }): void {
		const whole = { rights: ALL, routerRtpCapabilities: {}, peers: [], ...welcome };
		this.events.rights(whole.rights);
		this.events.state('live', undefined, undefined);
		this.#set(roomFrom(whole));
	}

	notice<N extends NoticeName>(name: N, data: Notices[N]): void {
		if (name === 'rights') this.events.rights(data as Notices['rights']);
		if (name === 'active_speaker') this.events.speaker((data as Notices['active_speaker']).participant ?? undefined);
		this.#set(applyNotice(this.room, name, data));
	}

	lost(): void {
		this.events.state('rejoining', undefined, undefined);
	}

	path(path: MediaPath): void {
		this.events.path(path);
	}

	over(reason: EndReason, message?: string): void {
		this.events.state('over', reason, message);
	}

	#set(room: Room): void {
		const before = this.room;
		this.room = room;
		this.events.room(room);
		for (const [id, peer] of before.peers) {
			for (const source of peer.producers.keys()) if (!room.peers.get(id)?.producers.has(source)) this.events.track(id, source, undefined);
		}
		for (const [id, peer] of room.peers) {
			for (const source of peer.producers.keys()) if (!before.peers.get(id)?.producers.has(source)) this.events.track(id, source, this.#makeTrack(id, source));
		}
	}
}
