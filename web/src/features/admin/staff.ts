// SPDX-License-Identifier: Apache-2.0
// Staff of an organisation, for lists to choose from.
import { command, type Member, type Role } from '../../api/index.ts';

const MOST = 400; // of each role: more staff than that is chosen on the people screen

export async function membersOf(orgId: number, role: Role): Promise<Member[]> {
	const all: Member[] = [];
	let cursor: string | undefined;
	do {
		const page = await command('member_list', { org_id: orgId, role, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
		all.push(...page.members);
		cursor = page.next_cursor;
	} while (cursor !== undefined && all.length < MOST);
	return all;
}

export async function staffOf(orgId: number): Promise<Member[]> {
	const parts = await Promise.all((['admin', 'coadmin', 'head', 'teacher'] as const).map((role) => membersOf(orgId, role)));
	return parts.flat();
}
