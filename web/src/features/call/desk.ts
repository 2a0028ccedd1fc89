// SPDX-License-Identifier: Apache-2.0
// What a call's session stands on when it hears no events: questions, asked by turns.
import type { Call, CallParticipant, CallReactionKind, OrgType } from '../../api/index.ts';

/** What a call says to whoever hears no events of it, and is asked by turns: a guest (guest.ts). */
export interface Desk {
	/** As he called himself. */
	readonly name: string;
	readonly title: string;
	readonly orgType: OrgType;
	/** accepts: he knows that the call is recorded. */
	enter(accepts: boolean): Promise<Told>;
	look(): Promise<Told>;
	leave(): Promise<void>;
	hand(raised: boolean): Promise<void>;
	react(kind: CallReactionKind): Promise<void>;
}
export interface Told {
	/** in: the ticket counts, or would. let: he may come in. */
	readonly place: 'waiting' | 'let' | 'in' | 'sent_away' | 'removed';
	readonly me: number | undefined;
	readonly call: Call | undefined;
	readonly participants: readonly CallParticipant[];
	/** Grows from answer to answer. */
	readonly head: number;
	readonly ticket: string | undefined;
	readonly media: string | undefined;
}
