// SPDX-License-Identifier: Apache-2.0
// Settings of this browser: looks and language. They belong to the device, not to the account, and hold nothing personal.
import { useLanguage } from '../api/index.ts';
import { language, type Language } from '../i18n/index.ts';

export type Theme = 'auto' | 'light' | 'dark';
export type TextSize = 'normal' | 'large' | 'huge';

const KEY = 'zvonok.settings';

class Settings {
	#theme = $state<Theme>('auto');
	#textSize = $state<TextSize>('normal');

	/** Before the first paint. */
	start(): void {
		try {
			const saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
			if (saved['theme'] === 'light' || saved['theme'] === 'dark') this.#theme = saved['theme'];
			if (saved['textSize'] === 'large' || saved['textSize'] === 'huge') this.#textSize = saved['textSize'];
			if (saved['language'] === 'ru' || saved['language'] === 'en') language.current = saved['language'];
		} catch {
			// Storage is closed or holds something else: the defaults are good.
		}
		this.#apply();
		addEventListener('storage', (event) => {
			if (event.key === KEY) location.reload();
		});
	}

	get theme(): Theme {
		return this.#theme;
	}
	set theme(next: Theme) {
		this.#theme = next;
		this.#save();
	}

	get textSize(): TextSize {
		return this.#textSize;
	}
	set textSize(next: TextSize) {
		this.#textSize = next;
		this.#save();
	}

	get language(): Language {
		return language.current;
	}
	set language(next: Language) {
		language.current = next;
		this.#save();
	}

	#save(): void {
		this.#apply();
		try {
			localStorage.setItem(KEY, JSON.stringify({ theme: this.#theme, textSize: this.#textSize, language: language.current }));
		} catch {
			// It holds until the page is closed.
		}
	}

	#apply(): void {
		const root = document.documentElement;
		root.lang = language.current;
		if (this.#theme === 'auto') root.removeAttribute('data-theme');
		else root.setAttribute('data-theme', this.#theme);
		root.setAttribute('data-text', this.#textSize);
		useLanguage(language.current);
	}
}

export const settings = new Settings();
