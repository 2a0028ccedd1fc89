// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../index.ts';
import type ru from '../ru/reports.ts';

const en: Translated<typeof ru> = {
	title: 'Taken accounts',
	lead: 'People who pressed "My account was taken". Get in touch, make sure that the person has the account back, and close the report.',
	lead_operator: 'People who pressed "My account was taken". Whoever has lost the second step can have it reset after he was recognised.',
	empty: 'No reports',
	empty_text: 'When somebody reports a stranger in his account, he appears here.',
	ended: { one: '{n} session ended', other: '{n} sessions ended' },
	by_phone: 'told from the sign-in page',
	revoked: 'second step and passkeys removed',
	close: 'Dealt with',
	closed: 'Closed',
};
export default en;
