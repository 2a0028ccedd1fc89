// SPDX-License-Identifier: Apache-2.0
// What was begun and not sent, by chat; on disk a moment after the last key.
import { SvelteMap } from 'svelte/reactivity';
import type { Store } from '../../state/store.ts';

const SAVE_AFTER_MS = 400;

class Drafts {
	readonly #texts = new SvelteMap<number, string>();
	#store: Store | undefined;
	readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

	/** Of the person whose store this is; what another one began is forgotten. */
	async open(store: Store): Promise<void> {
		if (this.#store === store) return;
		this.#store = store;
		this.#texts.clear();
		for (const [chatId, text] of await store.drafts()) if (this.#store === store) this.#texts.set(chatId, text);
	}

	of(chatId: number): string {
		return this.#texts.get(chatId) ?? '';
	}

	set(chatId: number, text: string): void {
		if (text) this.#texts.set(chatId, text);
		else this.#texts.delete(chatId);
		clearTimeout(this.#timers.get(chatId));
		if (text) this.#timers.set(chatId, setTimeout(() => this.#save(chatId), SAVE_AFTER_MS));
		else this.#save(chatId);
	}

	/** The page may be closed. */
	flush(): void {
		for (const chatId of [...this.#timers.keys()]) this.#save(chatId);
	}

	#save(chatId: number): void {
		clearTimeout(this.#timers.get(chatId));
		this.#timers.delete(chatId);
		void this.#store?.putDraft(chatId, this.of(chatId)).catch(() => undefined);
	}
}

export const drafts = new Drafts();
