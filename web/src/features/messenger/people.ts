// SPDX-License-Identifier: Apache-2.0
// People of a chat in words.
import type { ChatMember, OrgType } from '../../api/index.ts';
import { leadName, roleName } from '../../i18n/words.ts';
import type { ChatState } from '../../model/chat.ts';
import { session } from '../../state/session.svelte.ts';
import type { Live } from '../../state/live.svelte.ts';
import { t } from './words.ts';

export function orgTypeOf(orgId: number): OrgType {
	return session.memberships.find(({ org }) => org.id === orgId)?.org.type ?? 'school';
}

/** «Классный руководитель» says more than «Учитель». */
export function memberRole(type: OrgType, member: ChatMember): string {
	if (member.role === undefined) return t('municipal_curator');
	return member.lead ? leadName(type) : roleName(type, member.role);
}

export function givenName(live: Live, state: ChatState, personId: number): string {
	return (state.people.get(personId)?.person ?? live.world.people.get(personId))?.given_name ?? t('someone');
}

export function typingText(live: Live, state: ChatState): string {
	const who = live.typing.get(state.chat.id) ?? [];
	if (who.length === 0) return '';
	if (who.length === 1) return t('typing_one', { name: givenName(live, state, who[0]!) });
	if (who.length === 2) return t('typing_two', { name: givenName(live, state, who[0]!), other: givenName(live, state, who[1]!) });
	return t('typing_many', { n: who.length });
}
