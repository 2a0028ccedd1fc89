// SPDX-License-Identifier: Apache-2.0
// Participants in words.
import type { CallParticipant } from '../../api/index.ts';
import { roleName, type OrgType } from '../../i18n/words.ts';
import { personShortName } from '../../model/person.ts';
import type { CallSession } from './session.svelte.ts';
import { t } from './words.ts';

/** How one is spoken to: staff by name and patronymic, others by both names. */
export function shortName(participant: CallParticipant | undefined, otherwise: string): string {
	if (participant?.classroom) return participant.classroom;
	const person = participant?.person;
	if (!person) return participant?.guest_name ?? otherwise;
	return participant.member_role === 'student' ? `${person.given_name} ${person.family_name}` : personShortName(person);
}

/** What somebody is here: the one who runs the call, then the role in the organisation; pupils need none. */
export function roleBadge(participant: CallParticipant, type: OrgType): string {
	if (participant.classroom) return t('room_badge');
	if (participant.role === 'host' || participant.role === 'cohost' || participant.role === 'guest') return t(participant.role);
	const { member_role } = participant;
	return member_role === undefined || member_role === 'student' ? '' : memberWords(participant, type);
}

/** The role in the organisation, by its own words. */
export function memberWords(participant: CallParticipant, type: OrgType): string {
	return participant.role === 'guest' ? t('guest') : participant.member_role === undefined ? '' : roleName(type, participant.member_role);
}

/** The signs of a tile, for the ear. */
export function stateWords(session: CallSession, participant: number): string {
	const person = session.call?.participants.get(participant);
	const place = session.hands.findIndex((one) => one.id === participant) + 1;
	return [
		person && roleBadge(person, session.orgType),
		session.speaker === participant ? t('state_speaking') : '',
		session.heard(participant) ? '' : t('state_muted'),
		session.hasCamera(participant) ? t('state_camera') : '',
		place > 0 ? t('state_hand', { n: place }) : '',
		session.weak(participant) ? t('state_weak') : '',
	]
		.filter(Boolean)
		.join(', ');
}
