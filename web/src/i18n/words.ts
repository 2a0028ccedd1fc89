// SPDX-License-Identifier: Apache-2.0
// The organisation's own words (R11): a school has учеников and классы, a college студентов and группы, a centre воспитанников and кружки.
import { messages } from './index.ts';
import en from './en/words.ts';
import ru from './ru/words.ts';

export type OrgType = 'school' | 'college' | 'center';
export type Role = 'admin' | 'coadmin' | 'head' | 'teacher' | 'student' | 'guardian';
export type UnitKind = 'class' | 'group' | 'circle' | 'staff';

export const t = messages(ru, en);

export function roleName(type: OrgType, role: Role): string {
	if (role === 'teacher' || role === 'student') return t(`${role}_${type}`);
	return t(role);
}

/** The leader of a unit: классный руководитель, куратор, руководитель кружка. */
export function leadName(type: OrgType): string {
	return t(`lead_${type}`);
}

export function unitKindName(kind: UnitKind): string {
	return t(`unit_${kind}`);
}

/** «Классы», «Группы», «Кружки»: what the structure of such an organisation consists of. */
export function unitsName(type: OrgType): string {
	return t(`units_${type}`);
}

/** The kind of unit that an organisation of this type mostly has. */
export function mainUnitKind(type: OrgType): Exclude<UnitKind, 'staff'> {
	return type === 'school' ? 'class' : type === 'college' ? 'group' : 'circle';
}

/** «Учителя», «Студенты», «Родители»: many of a role. */
export function roleNames(type: OrgType, role: Role): string {
	if (role === 'teacher' || role === 'student') return t(`roles_${type}_${role}`);
	return t(`roles_${role}`);
}

/** The sets that are offered ready-made (R24). */
export function parentSetName(): string {
	return t('parent_set');
}
export function studentSetName(type: OrgType): string {
	return t(`student_set_${type}`);
}
