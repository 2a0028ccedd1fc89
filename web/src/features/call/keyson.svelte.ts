// SPDX-License-Identifier: Apache-2.0
// Whether single keys control a call: a person may want none (WCAG 2.1.4).
const KEY = 'zvonok.call.keys';

class Keys {
	#on = $state(localStorage.getItem(KEY) !== 'off');

	get on(): boolean {
		return this.#on;
	}
	set on(next: boolean) {
		this.#on = next;
		try {
			localStorage.setItem(KEY, next ? 'on' : 'off');
		} catch {
			// It holds until the page is closed.
		}
	}
}

export const keys = new Keys();
