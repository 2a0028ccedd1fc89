// SPDX-License-Identifier: Apache-2.0
// Which parts of the list of chats are folded on this device.
import type { SectionKey } from './list.ts';

const KEY = 'zvonok.folded';

function kept(): ReadonlySet<string> {
	try {
		return new Set((localStorage.getItem(KEY) ?? '').split(' ').filter(Boolean));
	} catch {
		return new Set();
	}
}

class Folded {
	#keys = $state.raw(kept());

	has(key: SectionKey): boolean {
		return this.#keys.has(key);
	}

	set(key: SectionKey, on: boolean): void {
		const next = new Set(this.#keys);
		if (on) next.add(key);
		else next.delete(key);
		this.#keys = next;
		try {
			localStorage.setItem(KEY, [...next].join(' '));
		} catch {
			// as long as the page is open
		}
	}
}

export const folded = new Folded();
