// SPDX-License-Identifier: Apache-2.0
// Single keys of a call: which key does what, whatever the layout, and when it is meant.
export type KeyDeed = 'microphone' | 'camera' | 'screen' | 'hand' | 'reactions' | 'people' | 'chat' | 'view' | 'help' | 'next' | 'before';

const DEEDS: Readonly<Record<string, KeyDeed>> = {
	KeyM: 'microphone',
	KeyV: 'camera',
	KeyS: 'screen',
	KeyH: 'hand',
	KeyR: 'reactions',
	KeyP: 'people',
	KeyC: 'chat',
	KeyG: 'view',
	ArrowRight: 'next',
	ArrowLeft: 'before',
};

interface Press {
	readonly code: string;
	readonly key: string;
	readonly ctrlKey: boolean;
	readonly metaKey: boolean;
	readonly altKey: boolean;
	readonly repeat: boolean;
}

/** What a press means for the call; undefined: nothing. `?` is on another key in each layout. */
export function deedOf(press: Press): KeyDeed | undefined {
	if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return undefined;
	if (press.key === '?') return 'help';
	return DEEDS[press.code];
}
