// SPDX-License-Identifier: Apache-2.0
// Names of people as texts.
import type { Person } from '../api/types.ts';

/** Иванова Мария Петровна */
export function personName(person: Person): string {
	return [person.family_name, person.given_name, person.patronymic].filter(Boolean).join(' ');
}

/** Мария Петровна, or Мария Иванова where there is no patronymic: how one is spoken to. */
export function personShortName(person: Person): string {
	return person.patronymic ? `${person.given_name} ${person.patronymic}` : `${person.given_name} ${person.family_name}`;
}

/** Мария Иванова: over one's messages. */
export function personPlainName(person: Person): string {
	return `${person.given_name} ${person.family_name}`;
}
