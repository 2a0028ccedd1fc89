// SPDX-License-Identifier: Apache-2.0
// Pictures of the call, in the manner of ui/icons.ts; they come with the call.
const MIC = 'M12 3.5a3 3 0 0 0-3 3V11a3 3 0 0 0 6 0V6.5a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3';
const CAMERA = 'M3.5 6.5H15v11H3.5zM15 10.5l5.5-3v9l-5.5-3';
const SLASH = 'M4 4l16 16';

export const glyphs = {
	mic: MIC,
	'mic-off': MIC + SLASH,
	camera: CAMERA,
	'camera-off': CAMERA + SLASH,
	screen: 'M3.5 5h17v11h-17zM8.5 20h7M12 16v4M12 13V8M9.5 10.5 12 8l2.5 2.5',
	hand: 'M8 13.5V6.6a1.3 1.3 0 0 1 2.6 0V11M10.6 11V5a1.3 1.3 0 0 1 2.6 0v6M13.2 11V6a1.3 1.3 0 0 1 2.6 0v6M15.8 12V8.5a1.3 1.3 0 0 1 2.6 0V14c0 4-2.4 6.5-6 6.5-2.8 0-4.3-1.2-5.6-3.5l-2.2-3.7c-.7-1.3 1-2.4 2-1.3L8 13.5',
	smile: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14c1 1.6 2.2 2.2 3.5 2.2s2.5-.6 3.5-2.2M9 9.5v.3M15 9.5v.3',
	people: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c.5-3 3-5 6.5-5s6 2 6.5 5M15.5 5.3a3.3 3.3 0 0 1 0 6.4M18 15c2 .8 3.2 2.3 3.5 4.5',
	chat: 'M4.5 5.5h15v11H12l-4.5 3.5v-3.5h-3zM8.5 9.5h7M8.5 12.5h4.5',
	more: 'M5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM19 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6z',
	leave: 'M3.5 14.5C3.5 13 6.5 10 12 10s8.5 3 8.5 4.5v1.8a1 1 0 0 1-1.2 1l-3.2-.7a1 1 0 0 1-.8-1v-1.8c-2-.8-4.6-.8-6.6 0v1.8a1 1 0 0 1-.8 1l-3.2.7a1 1 0 0 1-1.2-1z',
	answer: 'M6 3.8h3l1.6 4.4-2.2 1.6a12 12 0 0 0 5.8 5.8l1.6-2.2 4.4 1.6v3a2 2 0 0 1-2.2 2A15.5 15.5 0 0 1 4 6a2 2 0 0 1 2-2.2z',
	grid: 'M4 4.5h7v6.5H4zM13 4.5h7v6.5h-7zM4 13h7v6.5H4zM13 13h7v6.5h-7z',
	speaker: 'M4 4.5h16v10H4zM4 17h4v2.5H4zM10 17h4v2.5h-4zM16 17h4v2.5h-4z',
	pin: 'M9 4h6l-.7 6 3.2 3.5h-11L9.7 10zM12 13.5V20',
	minimise: 'M20 13.5V19H4V5h6.5M20 4l-7 7M13 6v5h5',
	expand: 'M14 4h6v6M20 4l-8 8M10 5H4v15h15v-6',
	pip: 'M3.5 5h17v14h-17zM12 12h6.5v5H12z',
	weak: 'M6 18.5v-3M12 18.5v-7M18 18.5v-12' + SLASH,
	volume: 'M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
	content: 'M4 4.5h16v15H4zM10 8.5l5.5 3.5-5.5 3.5z',
	record: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
	settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4M4 12h4M12 12h8M10 10v4',
	keys: 'M3 6.5h18v11H3zM7 10h.1M10.5 10h.1M14 10h.1M17 10h.1M8 14h8',
	close: 'm6 6 12 12M18 6 6 18',
	left: 'm14.5 6-6 6 6 6',
	right: 'm9.5 6 6 6-6 6',
} as const;

export type GlyphName = keyof typeof glyphs;
