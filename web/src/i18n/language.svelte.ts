// SPDX-License-Identifier: Apache-2.0
// The language of the interface; reading it inside a template or an effect follows its changes.
import type { Language } from './plural.ts';

function preferred(): Language {
	if (typeof navigator === 'undefined') return 'ru';
	const first = (navigator.languages ?? [navigator.language])[0] ?? 'ru';
	// Russian first: English only for those whose browser asks for it before anything else.
	return first.toLowerCase().startsWith('en') ? 'en' : 'ru';
}

class LanguageState {
	current = $state<Language>(preferred());
}

export const language = new LanguageState();
export { preferred as preferredLanguage };
