// SPDX-License-Identifier: Apache-2.0
// The one call that this page is in or about to join. It belongs to no screen: whoever goes to another chat stays in it. What shows it is
// loaded with it (features/call); this part is in the first load and stays small.
import type { CallKind } from '../api/index.ts';

export interface WantedCall {
	readonly chatId: number;
	/** Of a call that goes on; without it one is started at joining. */
	readonly callId: number | undefined;
	readonly kind: CallKind;
	/** Of a call of a chat that one is not in. */
	readonly title?: string | undefined;
}

class Calls {
	current = $state.raw<WantedCall | undefined>();
	/** It covers the page; otherwise a small window at the edge. */
	large = $state(false);
	/** Notices of calls that were put aside, by call. */
	aside = $state.raw<ReadonlySet<number>>(new Set());

	/** Opens the way into a call, or the call itself if this page is in it. */
	open(wanted: WantedCall): void {
		if (!this.current) this.current = wanted;
		this.large = true;
	}

	close(): void {
		this.current = undefined;
		this.large = false;
	}

	putAside(callId: number): void {
		this.aside = new Set(this.aside).add(callId);
	}
}

export const calls = new Calls();
