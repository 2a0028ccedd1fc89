// SPDX-License-Identifier: Apache-2.0
// One call as its members know it: who is in it and who waits, whose hands are up, what the host decided. Its stream is followed by those in it.
import type { Call, CallEvent, CallParticipant, CallSnapshot, StreamEvent } from '../api/types.ts';
import { accept, behind, cursorAt, tell, type Cursor } from './stream.ts';

export interface CallState {
	readonly call: Call;
	/** In it or waiting, by participant. */
	readonly participants: ReadonlyMap<number, CallParticipant>;
	readonly cursor: Cursor;
}

export const callStream = (id: number): string => `v${id}`;

/** Of the answer to joining or to looking; an older one than what is known changes nothing. */
export function loadCall(snapshot: CallSnapshot, before?: CallState): CallState {
	if (before && before.call.id === snapshot.call.id && before.cursor.head > snapshot.head) return before;
	return { call: snapshot.call, participants: new Map(snapshot.participants.map((one) => [one.id, one])), cursor: cursorAt(snapshot.head) };
}

/** An event of the call's stream in its turn; a gap shows as `lacking`. */
export function applyCallEvent(state: CallState, event: CallEvent): CallState {
	const { cursor, apply } = accept(state.cursor, event as unknown as StreamEvent);
	if (cursor === state.cursor) return state;
	return (apply as unknown as CallEvent[]).reduce(change, { ...state, cursor });
}

/** The server says how far the stream goes. */
export function tellCall(state: CallState, head: number): CallState {
	const cursor = tell(state.cursor, head);
	return cursor === state.cursor ? state : { ...state, cursor };
}

/** Something was missed: ask for the whole again. */
export const lacking = (state: CallState): boolean => behind(state.cursor);

function change(state: CallState, event: CallEvent): CallState {
	switch (event.type) {
		case 'call_changed':
			return { ...state, call: event.data.call };
		case 'participant_changed': {
			const { participant } = event.data;
			const participants = new Map(state.participants);
			if (participant.state === 'in' || participant.state === 'waiting') participants.set(participant.id, participant);
			else participants.delete(participant.id);
			return { ...state, participants };
		}
		default:
			return state; // of a newer server
	}
}

const byComing = (a: CallParticipant, b: CallParticipant): number => a.joined_at - b.joined_at || a.id - b.id;

export const inCall = (state: CallState): CallParticipant[] => [...state.participants.values()].filter((one) => one.state === 'in' && one.role !== 'viewer').sort(byComing);
export const waiting = (state: CallState): CallParticipant[] => [...state.participants.values()].filter((one) => one.state === 'waiting').sort(byComing);

/** The first to raise is the first to speak. */
export const hands = (state: CallState): CallParticipant[] => inCall(state).filter((one) => one.hand !== undefined).sort((a, b) => a.hand! - b.hand!);

export const runs = (participant: CallParticipant | undefined): boolean => participant?.role === 'host' || participant?.role === 'cohost';
