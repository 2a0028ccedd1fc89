// SPDX-License-Identifier: Apache-2.0
// An application being filled in. What is typed is kept on this device until it was sent.
import type { ApplicationForm, OrgType } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/apply.ts';
import ru from '../../i18n/ru/apply.ts';
import { phoneComplete, phoneDigits } from '../../ui/index.ts';

const t = messages(ru, en);
const KEPT = 'zvonok.application';

const EMPTY = {
	name: '', short_name: '', region: '', address: '', inn: '', head_name: '', admin_family_name: '', admin_given_name: '', admin_patronymic: '',
	admin_email: '', admin_phone: '', order_number: '', order_date: '', students: '', staff: '', start_date: '', duty_move: '', duty_connect: '',
	duty_inform: '', comment: '',
};
export type TextName = keyof typeof EMPTY;
export type FieldName = TextName | 'consent' | 'file';
const OPTIONAL: readonly TextName[] = ['inn', 'admin_patronymic', 'start_date', 'comment'];
const SHORTEST: Partial<Record<TextName, number>> = { name: 2, address: 5, head_name: 3, duty_move: 2, duty_connect: 2, duty_inform: 2 };
const NUMBERS: Partial<Record<TextName, readonly [number, number]>> = { students: [0, 100000], staff: [1, 10000] };

export class Form {
	type = $state<OrgType>('school');
	texts = $state({ ...EMPTY });
	guardians = $state(true);
	consent = $state(false);
	errors = $state<Partial<Record<FieldName, string>>>({});
	readonly #kept: boolean;

	/** Without a form of the server: the draft of this device. */
	constructor(sent?: ApplicationForm) {
		this.#kept = sent === undefined;
		const from: Partial<ApplicationForm> = sent ?? this.#stored();
		for (const key of Object.keys(EMPTY) as TextName[]) if (from[key] !== undefined) this.texts[key] = String(from[key]);
		if (from.type) this.type = from.type;
		if (from.guardians !== undefined) this.guardians = from.guardians;
	}

	#stored(): Partial<ApplicationForm> {
		try {
			return JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<ApplicationForm>;
		} catch {
			return {};
		}
	}

	/** Called whenever something was typed. */
	keep(): void {
		if (!this.#kept) return;
		try {
			localStorage.setItem(KEPT, JSON.stringify({ ...this.texts, type: this.type, guardians: this.guardians }));
		} catch {
			// a device that keeps nothing
		}
	}

	forget(): void {
		try {
			localStorage.removeItem(KEPT);
		} catch {
			// the same
		}
	}

	#wrong(key: TextName): string | undefined {
		const text = this.texts[key].trim();
		const range = NUMBERS[key];
		if (text === '') return OPTIONAL.includes(key) ? undefined : key === 'region' ? t('need_region') : t('need');
		if (range && !(/^\d+$/.test(text) && Number(text) >= range[0] && Number(text) <= range[1])) return t('need_number');
		if (text.length < (SHORTEST[key] ?? 1)) return t('need_short');
		if (key === 'inn' && !/^\d{10}$/.test(text)) return t('need_inn');
		if (key === 'admin_email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return t('need_email');
		if (key === 'admin_phone' && !phoneComplete(text)) return t('need_phone');
		if ((key === 'order_date' || key === 'start_date') && !/^\d{4}-\d\d-\d\d$/.test(text)) return t('need_date');
		return undefined;
	}

	check(file: boolean): boolean {
		const errors: Partial<Record<FieldName, string>> = {};
		for (const key of Object.keys(EMPTY) as TextName[]) {
			const wrong = this.#wrong(key);
			if (wrong) errors[key] = wrong;
		}
		if (!file) errors.file = t('need_file');
		if (!this.consent) errors.consent = t('need_consent');
		this.errors = errors;
		return Object.keys(errors).length === 0;
	}

	/** A refusal of the server that names a field. */
	refuse(field: string | undefined, text: string): boolean {
		const key = field?.startsWith('form.') ? field.slice(5) : field === 'file_id' ? 'file' : undefined;
		if (key === undefined || !(key in EMPTY || key === 'consent' || key === 'file')) return false;
		this.errors = { [key]: text };
		return true;
	}

	get params(): ApplicationForm {
		const texts = Object.fromEntries(Object.entries(this.texts).map(([key, value]) => [key, value.trim().replace(/\s+/g, ' ')])) as typeof EMPTY;
		const { inn, admin_patronymic, start_date, comment, students, staff, admin_phone, ...rest } = texts;
		return {
			...rest,
			type: this.type,
			admin_phone: phoneDigits(admin_phone),
			students: Number(students),
			staff: Number(staff),
			guardians: this.guardians,
			consent: this.consent,
			...(inn ? { inn } : {}),
			...(admin_patronymic ? { admin_patronymic } : {}),
			...(start_date ? { start_date } : {}),
			...(comment ? { comment } : {}),
		};
	}
}
