// SPDX-License-Identifier: Apache-2.0
// What of a recording is to be heard and seen at a moment. Pure.
import type { Schemas } from '../../api/index.ts';

export type Track = Schemas['RecordingTrack'];
export type Speaker = Schemas['RecordingSpeaker'];

export const isSound = (track: Track): boolean => track.source === 'mic' || track.source === 'screen_audio';
const holds = (track: Track, ms: number, ahead = 0): boolean => ms >= track.start_ms - ahead && ms < track.start_ms + track.duration_ms;

/** Sound of all who are recorded now, and of those who begin within `ahead`: they are loaded in time. */
export const soundsAt = (tracks: readonly Track[], ms: number, ahead = 4000): Track[] => tracks.filter((track) => isSound(track) && holds(track, ms, ahead));

/** Who speaks at a moment; 0: nobody has yet. */
export function speakerAt(speakers: readonly Speaker[], ms: number): number {
	let found = 0;
	for (const one of speakers) {
		if (one.at_ms > ms) break;
		if (one.participant_id) found = one.participant_id;
	}
	return found;
}

/** What a choice stands for: a screen or a camera of somebody. */
export const choiceOf = (track: Track): string => `${track.source} ${track.participant_id}`;

/** The picture: what was chosen, if it is there; else a screen; else whoever speaks; else any camera. */
export function pictureAt(tracks: readonly Track[], speakers: readonly Speaker[], ms: number, choice: string): Track | undefined {
	const now = tracks.filter((track) => !isSound(track) && holds(track, ms));
	const speaker = speakerAt(speakers, ms);
	return now.find((track) => choiceOf(track) === choice) ?? now.find((track) => track.source === 'screen') ?? now.find((track) => track.participant_id === speaker) ?? now[0];
}
