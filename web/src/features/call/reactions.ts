// SPDX-License-Identifier: Apache-2.0
// The pictures of reactions: filled shapes of a 24 by 24 field. Drawn, because a computer may have no font with coloured signs.
const [SKIN, LINE, RED, GREEN, WHITE] = ['#ffc94d', '#5b4300', '#d93a35', '#23834c', '#ffffff'];
const FACE = 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19z';
const PALM = 'M8 13.5V6.6a1.3 1.3 0 0 1 2.6 0V5a1.3 1.3 0 0 1 2.6 0v1a1.3 1.3 0 0 1 2.6 0v2.5a1.3 1.3 0 0 1 2.6 0V14c0 4-2.4 6.5-6 6.5-2.8 0-4.3-1.2-5.6-3.5l-2.2-3.7c-.7-1.3 1-2.4 2-1.3z';

interface Shape {
	readonly d: string;
	readonly fill?: string;
	readonly stroke?: string;
	readonly turn?: string;
}

export const reactions = {
	like: [
		{ d: 'M7.5 10.8 10.9 3.6c1.9-.2 3 1.2 2.6 3L12.7 9.8h5.4a2 2 0 0 1 2 2.4l-1.2 5.8a2.4 2.4 0 0 1-2.3 1.9H7.5z', fill: SKIN, stroke: LINE },
		{ d: 'M3.5 10.5h4v9.8h-4z', fill: '#3f6fb5', stroke: LINE },
	],
	clap: [
		{ d: PALM, fill: '#f2b233', stroke: LINE, turn: 'rotate(24 12 12) translate(3.5 0)' },
		{ d: PALM, fill: SKIN, stroke: LINE, turn: 'rotate(-14 12 12) translate(-1.5 1)' },
		{ d: 'M3.2 6.8 2 5.6M6.2 4l-.5-1.8M2.4 10.4.8 10.2', stroke: RED },
	],
	heart: [{ d: 'M12 20.8C5.4 16 2.6 12.7 2.6 9.1a5 5 0 0 1 9.4-2.3 5 5 0 0 1 9.4 2.3c0 3.6-2.8 6.9-9.4 11.7z', fill: RED }],
	laugh: [
		{ d: FACE, fill: SKIN, stroke: LINE },
		{ d: 'M6.5 10.4c.8-1.6 2.4-1.6 3.2 0M14.3 10.4c.8-1.6 2.4-1.6 3.2 0', stroke: LINE },
		{ d: 'M6.8 13.5h10.4c-.5 3-2.5 4.8-5.2 4.8s-4.7-1.8-5.2-4.8z', fill: LINE },
	],
	wow: [
		{ d: FACE, fill: SKIN, stroke: LINE },
		{ d: 'M8.6 8.2a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zM15.4 8.2a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zM12 12.8c-1.6 0-2.5 1.3-2.5 3s.9 2.8 2.5 2.8 2.5-1.1 2.5-2.8-.9-3-2.5-3z', fill: LINE },
	],
	agree: [
		{ d: FACE, fill: GREEN },
		{ d: 'm7.5 12.4 3.2 3.2 6-6.7', stroke: WHITE },
	],
	disagree: [
		{ d: FACE, fill: RED },
		{ d: 'm8.4 8.4 7.2 7.2M15.6 8.4l-7.2 7.2', stroke: WHITE },
	],
	slower: [
		{ d: 'M5.2 15.5v3h2.6v-3zM13 15.5v3h2.6v-3z', fill: '#7cb36a', stroke: LINE },
		{ d: 'M19.7 9.8c1.7 0 2.8 1.2 2.8 2.7s-1.1 3.5-4.5 3.5v-4c0-1.3.6-2.2 1.7-2.2z', fill: '#7cb36a', stroke: LINE },
		{ d: 'M2.5 16c0-5.2 3.3-9 7.9-9s7.9 3.8 7.9 9z', fill: '#3f8f57', stroke: LINE },
		{ d: 'm7.5 11 2.9-2 2.9 2v3.2H7.5z', stroke: LINE },
	],
	faster: [
		{ d: 'M13.2 9.3 9.5 4.2c-.7-1.2.6-2.3 1.6-1.5l4.6 4.6M15.6 8.2l-1.7-5.4c-.2-1.4 1.5-1.8 2.2-.6l2.3 5.2', fill: '#d9d9de', stroke: LINE },
		{ d: 'M18 7c2.5 0 4 1.7 4 3.6 0 1.6-1.4 2.7-3.3 2.7l-.8 2.7 2.3 2.2v1.3H5.5C3.6 19.5 2.5 18 2.5 16c0-3.5 3-6 6.6-6 2 0 3.2-.4 4.4-1.5C14.7 7.5 16 7 18 7z', fill: '#f1f1f4', stroke: LINE },
		{ d: 'M18.4 9.7v.1', stroke: LINE },
	],
} as const satisfies Record<string, readonly Shape[]>;
