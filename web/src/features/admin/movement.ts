// SPDX-License-Identifier: Apache-2.0
// What can be said of movements and of the next school year without asking anybody: which deeds fit which people, which lines of a plan
// cannot be, what belongs together in the journal.
import type { Role, Schemas, Unit, UnitKind } from '../../api/index.ts';

export type MoveKind = Schemas['MovementApply']['kind'];
export type Movement = Schemas['Movement'];
export const MOST_AT_ONCE = 500;
export const MOST_NEW = 100;

const STAFF: readonly Role[] = ['admin', 'coadmin', 'head', 'teacher'];

/** What can be done with these people in one movement; none: they do not go together. */
export function kindsFor(roles: readonly Role[]): MoveKind[] {
	if (roles.length === 0) return [];
	if (roles.every((role) => role === 'student')) return ['transfer', 'enroll', 'leave'];
	if (roles.every((role) => STAFF.includes(role))) return ['dismiss'];
	return roles.some((role) => STAFF.includes(role)) ? [] : ['leave'];
}

/** Where pupils can go; `placed`: some of them have a class or group, so only a circle can come on top of it. */
export function targetsOf(kind: MoveKind, units: readonly Unit[], placed: boolean): Unit[] {
	if (kind !== 'transfer' && kind !== 'enroll') return [];
	return units.filter((unit) => {
		if (unit.kind === 'staff') return false;
		if (unit.kind === 'circle') return kind === 'enroll';
		return kind === 'transfer' || !placed;
	});
}

// --- the next school year

export interface PlanLine {
	unit_id: number;
	kind: UnitKind;
	name: string;
	members: number;
	action: Schemas['RolloverAction'];
	newName: string;
}

export type PlanProblem = 'empty' | 'same';

export const fold = (name: string): string => name.trim().replace(/\s+/gu, ' ').toLocaleLowerCase('ru').replaceAll('ё', 'е');

/** The name that a unit will have; undefined: it will not be there. */
export function nameAfter(line: PlanLine): string | undefined {
	if (line.action === 'keep') return line.name;
	return line.action === 'rename' ? line.newName.trim() : undefined;
}

/** What cannot be, by unit: names must be there, and once within a kind. */
export function planProblems(lines: readonly PlanLine[]): Map<number, PlanProblem> {
	const found = new Map<number, PlanProblem>();
	const count = new Map<string, number>();
	const key = (line: PlanLine, name: string) => `${line.kind} ${fold(name)}`;
	for (const line of lines) {
		const name = nameAfter(line);
		if (name !== undefined) count.set(key(line, name), (count.get(key(line, name)) ?? 0) + 1);
	}
	for (const line of lines) {
		if (line.action !== 'rename') continue;
		if (fold(line.newName) === '') found.set(line.unit_id, 'empty');
		else if (count.get(key(line, line.newName))! > 1) found.set(line.unit_id, 'same');
	}
	return found;
}

/** Of these new names, those that another unit of the kind will have. */
export function takenNames(names: readonly string[], kind: UnitKind, lines: readonly PlanLine[]): string[] {
	const there = new Set(lines.filter((line) => line.kind === kind).map((line) => fold(nameAfter(line) ?? '')));
	return names.filter((name) => there.has(fold(name)));
}

export function planLines(lines: readonly Schemas['RolloverLine'][]): PlanLine[] {
	return lines.map(({ unit_id, kind, name, members, action, new_name }) => ({ unit_id, kind, name, members, action, newName: new_name ?? '' }));
}

/** What the server is told: only what changes. */
export function planSteps(lines: readonly PlanLine[]): Schemas['RolloverStep'][] {
	return lines
		.filter((line) => line.action !== 'keep' && !(line.action === 'rename' && line.newName.trim() === line.name))
		.map(({ unit_id, action, newName }) => ({ unit_id, action, ...(action === 'rename' ? { new_name: newName.trim() } : {}) }));
}

/** Where a repeater can go: what stays a class or group next year, but not where he is. */
export function repeatTargets(lines: readonly PlanLine[], now: readonly number[]): PlanLine[] {
	return lines.filter((line) => (line.kind === 'class' || line.kind === 'group') && nameAfter(line) !== undefined && !now.includes(line.unit_id));
}

/** The class that comes into the place of his own: of 5А whichever will be called 5А. */
export function repeatProposal(lines: readonly PlanLine[], now: readonly number[]): number {
	const own = lines.find((line) => now.includes(line.unit_id) && (line.kind === 'class' || line.kind === 'group'));
	const next = own && repeatTargets(lines, now).find((line) => line.kind === own.kind && fold(nameAfter(line)!) === fold(own.name));
	return next?.unit_id ?? 0;
}

// --- the journal

export interface Batch {
	id: number;
	first: Movement;
	lines: Movement[];
}

/** Lines of one movement stand together. They come newest first, and a page may end within a movement. */
export function batches(movements: readonly Movement[]): Batch[] {
	const found = new Map<number, Batch>();
	for (const movement of movements) {
		const batch = found.get(movement.batch_id);
		if (batch) batch.lines.push(movement);
		else found.set(movement.batch_id, { id: movement.batch_id, first: movement, lines: [movement] });
	}
	return [...found.values()];
}
