// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/ui.ts';

const en: Translated<typeof ru> = {
	cancel: 'Cancel',
	save: 'Save',
	retry: 'Try again',
	more: 'Show more',

	theme: 'Appearance',
	theme_auto: 'Same as the system',
	theme_light: 'Light',
	theme_dark: 'Dark',

	problem_offline: 'The server cannot be reached. Check your connection and try again.',
	problem_unavailable: 'The server is not answering now. Wait a little and try again.',
	problem_uncertain: 'The server’s answer did not arrive. Try again: nothing will be done twice.',
	problem_forbidden: 'You may not do this. If you need it for your work, ask the administrator.',
	problem_not_found: 'It is no longer here, or you have no access to it.',
	problem_full: 'The server has run out of space. Tell the administrator.',
	problem_unknown: 'Something went wrong. Try again; if that does not help, reload the page.',
	problem_rate_soon: 'Too many attempts. Wait a little and try again.',
	problem_rate_seconds: {
		one: 'Too many attempts. Try again in {n} second.',
		other: 'Too many attempts. Try again in {n} seconds.',
	},
	problem_rate_minutes: {
		one: 'Too many attempts. Try again in {n} minute.',
		other: 'Too many attempts. Try again in {n} minutes.',
	},
	problem_rate_hours: {
		one: 'Too many attempts. Try again in {n} hour.',
		other: 'Too many attempts. Try again in {n} hours.',
	},
	verified: 'Status confirmed',
};
export default en;
