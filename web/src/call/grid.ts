// SPDX-License-Identifier: Apache-2.0
// Where the tiles stand: how many on a page, in how many columns, whose come first. Pure.

/** So many tiles a page may hold; the person chooses. */
export const PAGE_SIZES = [2, 5, 9, 25] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

export interface Box {
	readonly width: number;
	readonly height: number;
}

export interface Layout {
	readonly columns: number;
	readonly rows: number;
	readonly width: number;
	readonly height: number;
}

const WIDE = 16 / 9;
/** Between tiles, in pixels. */
export const GAP = 8;

/** The columns with which tiles between 16:9 and 4:3 (on a tall screen 3:4) fill the most of the box. */
export function layoutOf(count: number, box: Box): Layout {
	let best: Layout = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
	const shape = box.width < box.height ? 3 / 4 : 4 / 3;
	for (let columns = 1; columns <= Math.max(1, count); columns++) {
		const rows = Math.ceil(count / columns) || 1;
		const width = (box.width - GAP * (columns - 1)) / columns;
		const height = (box.height - GAP * (rows - 1)) / rows;
		if (width <= 0 || height <= 0) continue;
		const fitted = Math.max(shape, Math.min(WIDE, width / height)); // between the two shapes a tile is cut as the place is
		const w = Math.min(width, height * fitted);
		const h = w / fitted;
		if (w * h > best.width * best.height + 0.5) best = { columns, rows, width: Math.floor(w), height: Math.floor(h) };
	}
	return best;
}

export interface Place {
	readonly participant: number;
	/** When he spoke last: a number that grows; 0 never. */
	readonly spoke: number;
	readonly camera: boolean;
	readonly hand: boolean;
}

/** Whose tile comes first: raised hands, cameras, who spoke last; among equals the order of coming stays. */
export function orderTiles(places: readonly Place[], pinned: number | undefined): number[] {
	const rank = (place: Place): number => (place.participant === pinned ? 4 : 0) + (place.hand ? 2 : 0) + (place.camera ? 1 : 0);
	return places
		.map((place, index) => ({ place, index }))
		.sort((a, b) => rank(b.place) - rank(a.place) || a.index - b.index)
		.map(({ place }) => place.participant);
}

/**
 * The tiles of all pages, changed as little as may be: whoever speaks and is not on the first page takes the place of the one there who has
 * been silent longest, so that nobody else moves.
 */
export function keepSpeakers(order: readonly number[], spoke: ReadonlyMap<number, number>, size: number, held: ReadonlySet<number>): number[] {
	const next = [...order];
	const recent = [...spoke].filter(([id]) => next.includes(id)).sort((a, b) => b[1] - a[1]).slice(0, Math.max(1, Math.floor(size / 2)));
	for (const [id, at] of recent) {
		const from = next.indexOf(id);
		if (from < size) continue;
		let quiet = -1;
		for (let i = 0; i < Math.min(size, next.length); i++) {
			if (held.has(next[i]!) || (spoke.get(next[i]!) ?? 0) >= at) continue;
			if (quiet < 0 || (spoke.get(next[i]!) ?? 0) < (spoke.get(next[quiet]!) ?? 0)) quiet = i;
		}
		if (quiet < 0) continue;
		[next[quiet], next[from]] = [next[from]!, next[quiet]!];
	}
	return next;
}

export function pagesOf(count: number, size: number): number {
	return Math.max(1, Math.ceil(count / size));
}

export function pageOf<T>(list: readonly T[], page: number, size: number): T[] {
	return list.slice(page * size, (page + 1) * size);
}
