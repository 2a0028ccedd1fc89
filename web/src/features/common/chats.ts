// SPDX-License-Identifier: Apache-2.0
// What is said of chats in dialogs and lists.
import type { Chat, ChatMember, OrgType, Schemas } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/chats.ts';
import ru from '../../i18n/ru/chats.ts';
import type { IconName } from '../../ui/index.ts';

export const t = messages(ru, en);

/** Why somebody is in a chat, as half a sentence, in the words of the organisation's type. */
export function whyText(type: OrgType, member: { why?: ChatMember['why']; role?: ChatMember['role']; subjects?: string[] }, unit?: string): string {
	if (!member.why) return '';
	if (member.why === 'teaches' && member.subjects?.length) {
		const what = member.subjects.join(', ');
		return unit ? t('why_teaches_of', { unit, what }) : t('why_teaches_what', { what });
	}
	if (member.why === 'lead' && unit) return t('why_lead_of', { unit });
	if (member.why === 'guardian') return unit ? t(`why_guardian_of_${type}`, { unit }) : t(`why_guardian_${type}`);
	if (member.why === 'member' && member.role === 'student') return t(`why_member_student_${type}`);
	return t(`why_${member.why}`);
}

const KINDS: Record<Schemas['ChatKind'], IconName> = {
	unit: 'group', administration: 'shield', staff: 'staff', parents: 'people', teachers: 'staff', subject: 'file', set: 'circle', everybody: 'bell', employees: 'bell', free: 'chat', curator: 'globe',
};

/** «Чат класса», «Преподаватели группы». */
export const kindName = (type: OrgType, kind: Schemas['ChatKind']): string => (kind === 'unit' || kind === 'teachers' ? t(`kind_${kind}_${type}`) : t(`kind_${kind}`));

export const kindIcon = (chat: { kind: Chat['kind']; channel?: boolean }): IconName => (chat.channel ? 'bell' : KINDS[chat.kind]);

const STAFF: readonly (string | undefined)[] = ['admin', 'coadmin', 'head', 'teacher'];
export const isStaff = (role: ChatMember['role'] | undefined): boolean => STAFF.includes(role);

export const chatLinkUrl = (token: string): string => `${location.origin}/chat-link/${token}`;
