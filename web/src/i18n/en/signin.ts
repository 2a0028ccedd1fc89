// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/signin.ts';

const en: Translated<typeof ru> = {
	title: 'Sign in',
	lead: 'Enter your phone number. We will send a code to it.',
	phone: 'Phone number',
	phone_hint: 'Other members will not see your number.',
	get_code: 'Get a code',
	phone_incomplete: 'Enter the whole number: +7 and ten digits.',
	phone_wrong: 'There is no such number. Check the digits.',
	taken: 'Somebody else is in my account',
	apply: 'Connect an organisation',
	first_time: 'Here for the first time?',
	first_time_text:
		'You come in by an invitation link. Pupils, students and parents get it from the class teacher, curator or head of the circle, staff from the organisation’s administrator.',

	code_title: 'Code from the message',
	code_sent: 'We sent a code to {phone}.',
	code: 'Code of {n} digits',
	code_wrong: 'The code does not match. Check the digits or ask for a new code.',
	code_expired: 'This code is no longer valid. Ask for a new one.',
	code_incomplete: 'Enter all digits of the code.',
	sign_in: 'Sign in',
	change_phone: 'Change the number',
	resend: 'Send the code again',
	resend_in: {
		one: 'You can ask for a new code in {n} second',
		other: 'You can ask for a new code in {n} seconds',
	},
	resent: 'We sent a new code. The previous one is no longer valid.',
	no_code: 'No code arriving?',
	no_code_1: 'Check the number: {phone}. If it is wrong, change it.',
	no_code_2: 'The message may take a couple of minutes. Look into the spam folder too.',
	no_code_3: 'Ask for the code again. Only the last one is valid.',
	no_code_4: 'If that does not help, ask whoever gave you the link, or your organisation’s administrator.',

	no_account: 'This number is not invited yet',
	no_account_text: 'The number {phone} is confirmed, but no organisation has invited it yet.',
	no_account_how: 'To come in, open an invitation link:',
	no_account_student: 'pupils, students and parents get it from the class teacher, curator or head of the circle;',
	no_account_staff: 'teachers and other staff from the organisation’s administrator.',
	other_phone: 'Enter another number',

	family_name: 'Family name',
	given_name: 'Given name',
	patronymic: 'Patronymic',
	family_name_missing: 'Enter your family name.',
	given_name_missing: 'Enter your given name.',
	name_wrong: 'Only letters, spaces, hyphens, apostrophes and dots.',
	have_code: 'I have an invitation code',
	have_card: 'I have a card',
};
export default en;
