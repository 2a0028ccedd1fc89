// SPDX-License-Identifier: Apache-2.0
// A person's name being typed: family, given and, where there is one, patronymic.
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/signin.ts';
import ru from '../../i18n/ru/signin.ts';

const t = messages(ru, en);
const ALLOWED = /^[\p{L}\p{M} .'’-]+$/u;

export type NamePart = 'family_name' | 'given_name' | 'patronymic';

export class Names {
	family_name = $state('');
	given_name = $state('');
	patronymic = $state('');
	errors = $state<Partial<Record<NamePart, string>>>({});

	/** True when it may be sent. */
	check(): boolean {
		const errors: Partial<Record<NamePart, string>> = {};
		if (!tidy(this.family_name)) errors.family_name = t('family_name_missing');
		if (!tidy(this.given_name)) errors.given_name = t('given_name_missing');
		for (const part of ['family_name', 'given_name', 'patronymic'] as const) {
			if (tidy(this[part]) && !ALLOWED.test(this[part])) errors[part] = t('name_wrong');
		}
		this.errors = errors;
		return Object.keys(errors).length === 0;
	}

	refuse(field: string | undefined): boolean {
		if (field !== 'family_name' && field !== 'given_name' && field !== 'patronymic') return false;
		this.errors = { ...this.errors, [field]: t('name_wrong') };
		return true;
	}

	get first(): NamePart | undefined {
		return (['family_name', 'given_name', 'patronymic'] as const).find((part) => this.errors[part]);
	}

	get params(): { given_name: string; family_name: string; patronymic?: string } {
		const patronymic = tidy(this.patronymic);
		return { given_name: tidy(this.given_name), family_name: tidy(this.family_name), ...(patronymic ? { patronymic } : {}) };
	}
}

/** One space between words, none at the ends, typed apostrophes straight. */
function tidy(name: string): string {
	return name.trim().replace(/\s+/g, ' ').replace(/’/g, "'");
}
