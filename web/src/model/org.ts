// SPDX-License-Identifier: Apache-2.0
// What staff see of an organisation: its units and people, kept up to date by the organisation's stream.
// Only what was loaded is kept: an event about a list that nobody asked for changes nothing.
import type { Member, OrgEvent, Unit } from '../api/types.ts';

export interface OrgState {
	readonly id: number;
	readonly head: number;
	readonly units: ReadonlyMap<number, Unit> | undefined;
	readonly members: ReadonlyMap<number, Member> | undefined;
	/** Grows when an invitation changed: the list is asked for again (an event never carries a token). */
	readonly invitesVersion: number;
}

export const orgFrom = (id: number, head: number): OrgState => ({ id, head, units: undefined, members: undefined, invitesVersion: 0 });

export function applyOrgEvent(state: OrgState, event: OrgEvent): OrgState {
	const next = { ...state, head: event.seq };
	switch (event.type) {
		case 'unit_changed':
			if (state.units) next.units = new Map(state.units).set(event.data.unit.id, event.data.unit);
			return next;
		case 'member_changed':
			if (state.members) next.members = new Map(state.members).set(event.data.member.person.id, event.data.member);
			return next;
		case 'member_ended': {
			if (state.members) {
				const members = new Map(state.members);
				members.delete(event.data.person_id);
				next.members = members;
			}
			return next;
		}
		case 'invite_changed':
			return { ...next, invitesVersion: state.invitesVersion + 1 };
		default:
			return next;
	}
}

export function withUnits(state: OrgState, units: readonly Unit[]): OrgState {
	return { ...state, units: new Map([...(state.units ?? []), ...units.map((unit) => [unit.id, unit] as const)]) };
}

export function withMembers(state: OrgState, members: readonly Member[]): OrgState {
	return { ...state, members: new Map([...(state.members ?? []), ...members.map((member) => [member.person.id, member] as const)]) };
}
