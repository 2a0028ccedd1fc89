// SPDX-License-Identifier: Apache-2.0
// What is said of an invitation link.
import type { Invite, Org, Unit } from '../../api/index.ts';
import { leadName, roleName } from '../../i18n/words.ts';

/** Ученик · 7А */
export function inviteTitle(org: Org, invite: Invite, unit: Unit | undefined): string {
	const role = invite.lead ? leadName(org.type) : roleName(org.type, invite.role);
	return unit ? `${role} · ${unit.name}` : role;
}
