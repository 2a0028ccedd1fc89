// SPDX-License-Identifier: Apache-2.0
// What the screens of one organisation share: its card, one's own role in it, its units. The organisation's stream says when
// something changed; lists are then asked for again, a moment later and once for many changes.
import { untrack } from 'svelte';
import { command, type Membership, type Org, type Role, type Unit, type UnitKind } from '../../api/index.ts';
import { mainUnitKind } from '../../i18n/words.ts';
import { session } from '../../state/session.svelte.ts';
import { problemText } from '../common/problem.ts';

const SETTLE_MS = 400;

export class OrgData {
	readonly orgId: number;
	units = $state.raw<readonly Unit[] | undefined>();
	problem = $state<string | undefined>();

	constructor(orgId: number) {
		this.orgId = orgId;
	}

	get membership(): Membership | undefined {
		return session.memberships.find((membership) => membership.org.id === this.orgId);
	}
	get org(): Org | undefined {
		return this.membership?.org;
	}
	get role(): Role | undefined {
		return this.membership?.role;
	}
	/** May create, invite and remove. */
	get manages(): boolean {
		return this.role === 'admin' || this.role === 'coadmin';
	}
	/** May look at the list of people. */
	get oversees(): boolean {
		return this.manages || this.role === 'head';
	}
	/** May open these screens at all. */
	get staff(): boolean {
		return this.oversees || this.role === 'teacher';
	}
	/** Grows with every event of the organisation that has arrived. */
	get version(): number {
		return session.live?.world.orgs.get(this.orgId)?.head ?? 0;
	}

	unit(id: number | undefined): Unit | undefined {
		return id === undefined ? undefined : this.units?.find((unit) => unit.id === id);
	}

	async load(): Promise<void> {
		try {
			const units: Unit[] = [];
			let after: number | undefined;
			do {
				const page = await command('unit_list', { org_id: this.orgId, ...(after === undefined ? {} : { after }) });
				units.push(...page.units);
				after = page.next_after;
			} while (after !== undefined);
			this.units = sortUnits(units);
			this.problem = undefined;
		} catch (error) {
			this.problem = problemText(error);
		}
	}

	/** The answer to a command of one's own is shown at once. */
	put(unit: Unit): void {
		this.units = sortUnits([...(this.units ?? []).filter((known) => known.id !== unit.id), unit]);
	}

	/** Units by kind: what such an organisation mostly has first, staff last. */
	groups(): { kind: UnitKind; units: readonly Unit[] }[] {
		const main = this.org ? mainUnitKind(this.org.type) : 'class';
		const order: UnitKind[] = [main, ...(['class', 'group', 'circle'] as const).filter((kind) => kind !== main), 'staff'];
		return order
			.map((kind) => ({ kind, units: (this.units ?? []).filter((unit) => unit.kind === kind) }))
			.filter((group) => group.units.length > 0);
	}
}

/** Runs `reload` at once and again after changes of the organisation. Called while a component is made. */
export function followOrg(data: OrgData, reload: () => void): void {
	let seen = untrack(() => data.version);
	$effect(() => untrack(reload));
	$effect(() => {
		const now = data.version;
		if (now === seen) return;
		seen = now;
		const timer = setTimeout(reload, SETTLE_MS);
		return () => clearTimeout(timer);
	});
}

const byName = new Intl.Collator('ru', { numeric: true, sensitivity: 'base' });

/** 2Б before 10А. */
export function sortUnits(units: readonly Unit[]): Unit[] {
	return [...units].sort((a, b) => byName.compare(a.name, b.name) || a.id - b.id);
}

export function sameName(a: string, b: string): boolean {
	return a.trim().toLocaleLowerCase('ru') === b.trim().toLocaleLowerCase('ru');
}
