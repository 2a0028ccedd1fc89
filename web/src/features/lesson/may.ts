// SPDX-License-Identifier: Apache-2.0
// Who plans, and who changes what was planned. The server decides; these are the buttons that are worth showing.
import type { Chat, Lesson, Membership } from '../../api/index.ts';
import type { OrgType } from '../../i18n/words.ts';
import { mayWrite } from '../../model/chat.ts';
import type { Live } from '../../state/live.svelte.ts';

const STAFF = ['admin', 'coadmin', 'head', 'teacher'];

const membershipOf = (live: Live, orgId: number): Membership | undefined => live.world.memberships.find(({ org }) => org.id === orgId);

export const isStaff = (live: Live, orgId: number): boolean => STAFF.includes(membershipOf(live, orgId)?.role ?? '');
export const orgTypeOf = (live: Live, orgId: number): OrgType => membershipOf(live, orgId)?.org.type ?? 'school';

/** Chats that this person may plan for, by title. */
export function planChats(live: Live): Chat[] {
	const all = [...live.world.chats.values()].map(({ chat }) => chat);
	return all.filter((chat) => isStaff(live, chat.org_id) && mayWrite(chat) && chat.kind !== 'curator').sort((a, b) => a.title.localeCompare(b.title, 'ru', { numeric: true }));
}

export function mayChange(live: Live, lesson: Lesson): boolean {
	const membership = membershipOf(live, lesson.org_id);
	if (!membership || !STAFF.includes(membership.role)) return false;
	const chat = live.chat(lesson.chat_id)?.chat;
	const leads = membership.units.some(({ lead, unit_id }) => lead && unit_id === chat?.unit_id);
	return lesson.creator_id === live.me || leads || chat?.keeper === true || membership.role !== 'teacher';
}
