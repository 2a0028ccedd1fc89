// SPDX-License-Identifier: Apache-2.0
// Who was signed in on this device last.
const PERSON_KEY = 'zvonok.person';

/** The id of who was signed in here last; undefined: nobody; null: this browser keeps nothing, so it is not known. */
export function remembered(): string | null | undefined {
	try {
		return localStorage.getItem(PERSON_KEY) ?? undefined;
	} catch {
		return null;
	}
}

export function remember(person: number | undefined): void {
	try {
		if (person === undefined) localStorage.removeItem(PERSON_KEY);
		else localStorage.setItem(PERSON_KEY, String(person));
	} catch {
		// Without storage there is nothing to come back to either.
	}
}
