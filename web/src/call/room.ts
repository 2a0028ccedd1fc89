// SPDX-License-Identifier: Apache-2.0
// Who is in the call and what each sends, as the media server tells it. Pure: an event makes a new value.
import type { Kind, Rights, Source } from './engine.ts';

export interface Producer {
	readonly id: string;
	readonly kind: Kind;
	readonly source: Source;
	readonly paused: boolean;
	/** How well it reaches the server, 0..10. */
	readonly score: number;
}

export interface Peer {
	readonly participant: number;
	readonly producers: ReadonlyMap<Source, Producer>;
}

export interface Room {
	readonly me: number;
	/** The others, in the order in which they came. */
	readonly peers: ReadonlyMap<number, Peer>;
}

interface WireProducer {
	id: string;
	kind: Kind;
	source: Source;
	paused?: boolean;
}

/** What the server says by itself; of a newer server there may be more. */
export interface Notices {
	welcome: { participant: number; rights: Rights; routerRtpCapabilities: unknown; peers: { participant: number; producers: WireProducer[] }[] };
	peer_joined: { participant: number };
	peer_left: { participant: number };
	producer_added: { participant: number; producer: WireProducer };
	producer_closed: { producerId: string };
	producer_paused: { producerId: string };
	producer_resumed: { producerId: string };
	score: { producerId: string; score: number };
	active_speaker: { participant: number | null };
	rights: Rights;
	consumer_closed: { consumerId: string };
	consumer_paused: { consumerId: string };
	consumer_resumed: { consumerId: string };
	consumer_layers: { consumerId: string; spatialLayer: number; temporalLayer: number };
	transport_closed: { transportId: string };
	ended: { reason: string };
}
export type NoticeName = keyof Notices;

const GOOD = 10;

const producerFrom = ({ id, kind, source, paused }: WireProducer): Producer => ({ id, kind, source, paused: paused ?? false, score: GOOD });

export const emptyRoom: Room = { me: 0, peers: new Map() };

export function roomFrom(welcome: Notices['welcome']): Room {
	const peers = new Map<number, Peer>();
	for (const { participant, producers } of welcome.peers) {
		if (participant === welcome.participant) continue;
		peers.set(participant, { participant, producers: new Map(producers.map((producer) => [producer.source, producerFrom(producer)])) });
	}
	return { me: welcome.participant, peers };
}

export function findProducer(room: Room, id: string): { peer: Peer; producer: Producer } | undefined {
	for (const peer of room.peers.values()) for (const producer of peer.producers.values()) if (producer.id === id) return { peer, producer };
	return undefined;
}

function withPeer(room: Room, peer: Peer): Room {
	return { ...room, peers: new Map(room.peers).set(peer.participant, peer) };
}

function changeProducer(room: Room, id: string, change: (producer: Producer) => Producer | undefined): Room {
	const found = findProducer(room, id);
	if (!found) return room;
	const producers = new Map(found.peer.producers);
	const next = change(found.producer);
	if (next) producers.set(found.producer.source, next);
	else producers.delete(found.producer.source);
	return withPeer(room, { ...found.peer, producers });
}

/** The same value when nothing of it changed. */
export function applyNotice<N extends NoticeName>(room: Room, name: N, data: Notices[N]): Room {
	switch (name) {
		case 'peer_joined': {
			const { participant } = data as Notices['peer_joined'];
			if (participant === room.me || room.peers.has(participant)) return room;
			return withPeer(room, { participant, producers: new Map() });
		}
		case 'peer_left': {
			const { participant } = data as Notices['peer_left'];
			if (!room.peers.has(participant)) return room;
			const peers = new Map(room.peers);
			peers.delete(participant);
			return { ...room, peers };
		}
		case 'producer_added': {
			const { participant, producer } = data as Notices['producer_added'];
			if (participant === room.me) return room;
			const peer = room.peers.get(participant) ?? { participant, producers: new Map<Source, Producer>() };
			return withPeer(room, { ...peer, producers: new Map(peer.producers).set(producer.source, producerFrom(producer)) });
		}
		case 'producer_closed':
			return changeProducer(room, (data as Notices['producer_closed']).producerId, () => undefined);
		case 'producer_paused':
		case 'producer_resumed':
			return changeProducer(room, (data as Notices['producer_paused']).producerId, (producer) => ({ ...producer, paused: name === 'producer_paused' }));
		case 'score': {
			const { producerId, score } = data as Notices['score'];
			return changeProducer(room, producerId, (producer) => ({ ...producer, score }));
		}
		default:
			return room;
	}
}

/** Whether it is heard or seen now. */
export const sends = (peer: Peer | undefined, source: Source): boolean => {
	const producer = peer?.producers.get(source);
	return producer !== undefined && !producer.paused;
};
