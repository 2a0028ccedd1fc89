// SPDX-License-Identifier: Apache-2.0
// How much is sent and asked for. Pure.
import type { Source, Wanted } from './engine.ts';

/** Chosen before joining and during the call: everything; sound and what is shown on the screen; sound alone. */
export type Saving = 'all' | 'screen' | 'audio';

/** Bits in a second of one voice. With silence suppressed only those who speak cost anything: two at once fit into 64 kbit/s. */
export const VOICE_BPS: Record<Saving, number> = { all: 32_000, screen: 24_000, audio: 24_000 };

export interface Encoding {
	scaleResolutionDownBy: number;
	maxBitrate: number;
	maxFramerate?: number;
	scalabilityMode: string;
	dtx: boolean;
}

/** The layers of a camera's picture, the smallest first; a small picture has fewer. */
export function cameraEncodings(height: number): Encoding[] {
	const layer = (scaleResolutionDownBy: number, maxBitrate: number): Encoding => ({ scaleResolutionDownBy, maxBitrate, scalabilityMode: 'L1T3', dtx: false });
	if (height >= 540) return [layer(4, 150_000), layer(2, 500_000), layer(1, 1_500_000)];
	if (height >= 270) return [layer(2, 150_000), layer(1, 500_000)];
	return [layer(1, 150_000)];
}

/** A shared screen: letters must stay sharp, a still picture costs nothing. */
export function screenEncodings(): Encoding[] {
	return [
		{ scaleResolutionDownBy: 2, maxBitrate: 40_000, maxFramerate: 2, scalabilityMode: 'L1T3', dtx: true }, // slides, for whoever saves data
		{ scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 8, scalabilityMode: 'L1T3', dtx: true },
		{ scaleResolutionDownBy: 1, maxBitrate: 2_000_000, maxFramerate: 15, scalabilityMode: 'L1T3', dtx: true },
	];
}

/** The layer that fills a tile of so many real pixels in height; of 180, 360 and 720 lines. */
export function layerFor(pixels: number): 0 | 1 | 2 {
	if (pixels <= 216) return 0;
	return pixels <= 432 ? 1 : 2;
}

/** What a choice of saving leaves of what the screen would show. */
export function allowed(saving: Saving, wanted: readonly Wanted[]): readonly Wanted[] {
	if (saving === 'audio') return [];
	if (saving === 'all') return wanted;
	return wanted.filter(({ source }) => source === 'screen').map((one) => ({ ...one, layer: 0 }));
}

/** The sound of a screen takes as much as two voices and more: it would break them. */
export function hears(saving: Saving, source: Source): boolean {
	return source !== 'screen_audio' || saving === 'all';
}

/** What matters first when not everything fits: the screen, the large tile, the rest. 1..255. */
export function priority({ source, layer }: Wanted): number {
	return source === 'screen' ? 255 : 100 + layer * 50;
}
