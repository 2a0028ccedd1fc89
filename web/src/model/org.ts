// SPDX-License-Identifier: Apache-2.0
// What is followed of an organisation by its staff: how far its stream went. Lists of units and people belong to the screens that ask for them.
import type { OrgEvent } from '../api/types.ts';

export interface OrgState {
	readonly id: number;
	readonly head: number;
	/** Grows when an invitation changed: the list is asked for again (an event never carries a token). */
	readonly invitesVersion: number;
	/** Grows when a report of a taken account came or was closed. */
	readonly reportsVersion?: number;
}

export const orgFrom = (id: number, head: number): OrgState => ({ id, head, invitesVersion: 0 });

export function applyOrgEvent(state: OrgState, event: OrgEvent): OrgState {
	return {
		...state,
		head: event.seq,
		invitesVersion: state.invitesVersion + (event.type === 'invite_changed' ? 1 : 0),
		reportsVersion: (state.reportsVersion ?? 0) + (event.type === 'security_reported' ? 1 : 0),
	};
}
