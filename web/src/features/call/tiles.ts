// SPDX-License-Identifier: Apache-2.0
// Which tiles there are, which of them stands large, and who comes first.
import { keepSpeakers, orderTiles } from '../../call/grid.ts';
import { sends } from '../../call/room.ts';
import type { CallSession } from './session.svelte.ts';

export interface TileOf {
	readonly participant: number;
	readonly source: 'camera' | 'screen';
}
export type View = 'grid' | 'speaker';

export const tileKey = ({ participant, source }: TileOf): string => `${participant} ${source}`;
export const sameTile = (a: TileOf | undefined, b: TileOf | undefined): boolean => a?.participant === b?.participant && a?.source === b?.source;

export function screensOf(session: CallSession): TileOf[] {
	const list: TileOf[] = session.people.filter(({ id }) => sends(session.room.peers.get(id), 'screen')).map(({ id }) => ({ participant: id, source: 'screen' }));
	if (session.own.screen && session.me !== undefined) list.push({ participant: session.me, source: 'screen' });
	return list;
}

/** Everybody's faces: oneself at the end of the first page, so that one is always in sight. */
export function facesOf(session: CallSession, pinned: TileOf | undefined, size: number): TileOf[] {
	const others = session.people.filter(({ id }) => id !== session.me);
	const order = orderTiles(
		others.map(({ id, hand }) => ({ participant: id, spoke: 0, camera: session.hasCamera(id), hand: hand !== undefined })),
		pinned?.participant,
	);
	const kept = keepSpeakers(order, session.spoke, Math.max(1, size - 1), new Set(pinned ? [pinned.participant] : []));
	if (session.me !== undefined && !session.watching) kept.splice(Math.min(kept.length, size - 1), 0, session.me);
	return kept.map((participant) => ({ participant, source: 'camera' }));
}

/** What stands large: what was pinned, the newest screen, or in the speaker's view whoever speaks. Nothing: the grid. */
export function stageOf(session: CallSession, view: View, pinned: TileOf | undefined, screens: readonly TileOf[], lastSpeaker: number | undefined): TileOf | undefined {
	const here = (id: number | undefined): id is number => id !== undefined && session.people.some((one) => one.id === id);
	if (pinned && here(pinned.participant) && (pinned.source === 'camera' || screens.some((one) => sameTile(one, pinned)))) return pinned;
	if (screens.length > 0) return screens.at(-1);
	if (view === 'grid') return undefined;
	if (here(lastSpeaker)) return { participant: lastSpeaker, source: 'camera' };
	const other = session.people.find(({ id }) => id !== session.me) ?? (session.watching ? undefined : session.self);
	return other && { participant: other.id, source: 'camera' };
}
