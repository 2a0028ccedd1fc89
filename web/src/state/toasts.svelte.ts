// SPDX-License-Identifier: Apache-2.0
// Short notices at the edge of the screen; App.svelte shows them.
import { untrack } from 'svelte';

export interface ToastAction {
	label: string;
	run: () => void;
}

export interface ToastItem {
	id: number;
	text: string;
	kind: 'info' | 'ok' | 'error';
	action: ToastAction | undefined;
}

const SHOWN_MS = 6000;

class Toasts {
	items = $state.raw<readonly ToastItem[]>([]);
	#next = 1;

	show(text: string, options: { kind?: ToastItem['kind']; action?: ToastAction; sticky?: boolean } = {}): number {
		const id = this.#next++;
		// Effects show toasts too; they must not follow the list.
		this.items = [...untrack(() => this.items).slice(-2), { id, text, kind: options.kind ?? 'info', action: options.action }];
		if (!options.sticky) setTimeout(() => this.close(id), SHOWN_MS + text.length * 40);
		return id;
	}

	close(id: number): void {
		this.items = this.items.filter((item) => item.id !== id);
	}
}

export const toasts = new Toasts();
export const toast = toasts.show.bind(toasts);
