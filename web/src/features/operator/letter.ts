// SPDX-License-Identifier: Apache-2.0
// The letter about a decision, for the operator to send to the administrator's e-mail.
import type { Application } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/queue.ts';
import ru from '../../i18n/ru/queue.ts';
import { formatPhoneUnbroken } from '../../ui/index.ts';

const t = messages(ru, en);

export interface Letter { to: string; subject: string; text: string; mailto: string }

export function letterOf({ id, state, form, steps }: Application): Letter {
	const about = { n: id, org: form.short_name };
	const name = [form.admin_given_name, form.admin_patronymic].filter(Boolean).join(' ');
	const reason = steps[0]?.reason ?? '';
	const body: Record<string, string[]> = {
		approved: [
			t('letter_approved', about),
			t('letter_step_1', { address: location.origin }),
			t('letter_step_2', { phone: formatPhoneUnbroken(form.admin_phone) }),
			t('letter_step_3'),
			t('letter_step_4'),
		],
		returned: [t('letter_returned', about), reason, t('letter_returned_2')],
		rejected: [t('letter_rejected', about), reason],
	};
	const text = [t('letter_hello', { name }), '', ...(body[state] ?? [])].join('\n');
	const subject = t('letter_subject', about);
	return { to: form.admin_email, subject, text, mailto: `mailto:${form.admin_email}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text)}` };
}
