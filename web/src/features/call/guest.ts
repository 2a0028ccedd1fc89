// SPDX-License-Identifier: Apache-2.0
// A guest without an account in one call: what the server says to his key. The key is kept on this device, so that a page that was closed or
// loaded anew comes back to its place.
import { command, Refusal, type CallReactionKind, type OrgType, type Schemas } from '../../api/index.ts';
import type { Desk, Told } from './desk.ts';

type State = Schemas['GuestState'];
const KEPT = 'zvonok.guest';

/** The key that was given for this link on this device. */
export function keptKey(token: string): string | undefined {
	try {
		const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as { token?: unknown; key?: unknown };
		return kept.token === token && typeof kept.key === 'string' ? kept.key : undefined;
	} catch {
		return undefined;
	}
}

function keep(token: string, key: string): void {
	try {
		localStorage.setItem(KEPT, JSON.stringify({ token, key }));
	} catch {
		// Without storage he stays in while the page is open.
	}
}

export function placeOf({ state, admitted }: Pick<State, 'state' | 'admitted'>): Told['place'] {
	if (state === 'in' || state === 'removed' || state === 'waiting') return state;
	if (state === 'refused') return 'sent_away';
	return admitted ? 'let' : 'waiting';
}

export class GuestDesk implements Desk {
	readonly name: string;
	readonly title: string;
	readonly orgType: OrgType;
	readonly #token: string;
	#key: string | undefined;
	#head = 0;

	constructor(token: string, key: string | undefined, as: { name: string; title: string; orgType: OrgType }) {
		this.#token = token;
		this.#key = key;
		this.name = as.name;
		this.title = as.title;
		this.orgType = as.orgType;
	}

	async enter(accepts: boolean): Promise<Told> {
		if (this.#key === undefined) {
			const state = await command('guest_enter', { token: this.#token, name: this.name });
			this.#key = state.key!;
			keep(this.#token, this.#key);
			return this.#told(state);
		}
		try {
			return this.#told(await command('guest_join', { key: this.#key, ...(accepts ? { accept_recording: true } : {}) }));
		} catch (error) {
			// Sent away, taken out, or it is over: how he stands now says which.
			if (error instanceof Refusal && (error.code === 'forbidden' || error.code === 'conflict')) {
				const told = await this.look();
				if (told.place === 'sent_away' || told.place === 'removed' || told.call?.ended_at !== undefined) return told;
			}
			throw error;
		}
	}

	async look(): Promise<Told> {
		return this.#told(await command('guest_get', { key: this.#key! }));
	}

	async leave(): Promise<void> {
		if (this.#key !== undefined) await command('guest_leave', { key: this.#key });
	}

	async hand(raised: boolean): Promise<void> {
		await command('guest_hand', { key: this.#key!, raised });
	}

	async react(reaction: CallReactionKind): Promise<void> {
		await command('guest_reaction', { key: this.#key!, reaction });
	}

	#told(state: State): Told {
		return {
			place: placeOf(state),
			me: state.participant_id,
			call: state.call,
			participants: state.participants,
			head: ++this.#head,
			ticket: state.ticket,
			media: state.media,
		};
	}
}
