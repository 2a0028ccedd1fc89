// SPDX-License-Identifier: Apache-2.0
// What a call needs of WebRTC, and nothing of how it is done: mediasoup.ts does it, fake.ts pretends to, the screens cannot tell which.
import type { Saving } from './layers.ts';
import type { Room } from './room.ts';

/** What somebody sends. */
export type Source = 'mic' | 'camera' | 'screen' | 'screen_audio';
export type Kind = 'audio' | 'video';

export const kindOf = (source: Source): Kind => (source === 'mic' || source === 'screen_audio' ? 'audio' : 'video');

/** What the server lets this person send. */
export interface Rights {
	readonly audio: boolean;
	readonly video: boolean;
	readonly screen: boolean;
}

export const allows = (rights: Rights, source: Source): boolean => (source === 'mic' ? rights.audio : source === 'camera' ? rights.video : rights.screen);

/** idle -> connecting -> live <-> rejoining -> over */
export type EngineState = 'idle' | 'connecting' | 'live' | 'rejoining' | 'over';

/** Why it is over. `replaced`: this person joined the same call in another window; `refused`: the server lets him in no more. */
export type EndReason = 'left' | 'ended' | 'removed' | 'replaced' | 'refused' | 'unsupported';

/** What goes through: `blocked` after a while without any connection for pictures and sound, though the server answers. */
export type MediaPath = 'none' | 'connecting' | 'connected' | 'broken' | 'blocked';

/** Video that is looked at: of whom, what, and how large (0 the smallest). */
export interface Wanted {
	readonly participant: number;
	readonly source: 'camera' | 'screen';
	readonly layer: 0 | 1 | 2;
}

export interface EngineEvents {
	state(state: EngineState, reason: EndReason | undefined, message: string | undefined): void;
	/** Who is there and what he sends. */
	room(room: Room): void;
	/** A track that may be shown or heard; undefined: no longer. */
	track(participant: number, source: Source, track: MediaStreamTrack | undefined): void;
	speaker(participant: number | undefined): void;
	rights(rights: Rights): void;
	/** The server ended what this person was sending. */
	taken(source: Source): void;
	path(path: MediaPath): void;
}

/** Figures of the last moments, for the signs of the network and for tests. */
export interface EngineStats {
	/** Kilobits in a second, and the share of packets that did not come, 0..1. */
	readonly up: { readonly kbps: number; readonly loss: number; readonly rtt: number };
	readonly down: { readonly kbps: number; readonly loss: number };
	/** Through what the media goes: 'udp', 'tcp', or undefined when not known. */
	readonly protocol: string | undefined;
	/** The device cannot keep up with what it sends. */
	readonly slow: boolean;
	/** Pictures that the server rests because the way here is too narrow. */
	readonly starved: number;
	readonly received: readonly ReceivedStats[];
}

export interface ReceivedStats {
	readonly participant: number;
	readonly source: Source;
	readonly frames: number;
	readonly width: number;
	readonly height: number;
	readonly energy: number;
	readonly bytes: number;
}

export interface Engine {
	/** Connects and stays connected, through losses of the network, until `leave` or the end. */
	join(): void;
	leave(): void;
	/** Sends this track from now on, over rejoining too; the engine does not stop it. Again: another track in its place. */
	publish(source: Source, track: MediaStreamTrack): Promise<void>;
	unpublish(source: Source): void;
	/** Silence without taking the track away. */
	pause(source: Source, paused: boolean): void;
	/** The only video that comes; sound always comes. */
	want(wanted: readonly Wanted[]): void;
	/** Another choice of how much data may be spent. */
	save(saving: Saving): void;
	/** The network may have changed, or the device was asleep. */
	hurry(): void;
	stats(): Promise<EngineStats>;
}

/** A pass for one connection; refused with a `Refusal` by the server. */
export interface Pass {
	readonly url: string;
}
export type Passes = () => Promise<Pass>;

/** Why something could not be sent: the server's word. */
export class MediaError extends Error {
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.name = 'MediaError';
		this.code = code;
	}
}
