// SPDX-License-Identifier: Apache-2.0
// What went wrong, in words that say what to do.
import { Offline, Refusal } from '../../api/index.ts';
import { uiWords as t } from './words.ts';

export function problemText(error: unknown): string {
	if (error instanceof Offline) return t('problem_offline');
	if (!(error instanceof Refusal)) return t('problem_unknown');
	switch (error.code) {
		case 'rate_limited':
			return rateText(error.retryAfter);
		case 'unavailable':
			return t('problem_unavailable');
		case 'uncertain':
			return t('problem_uncertain');
		case 'forbidden':
			return t('problem_forbidden');
		case 'not_found':
			return t('problem_not_found');
		case 'storage_full':
			return t('problem_full');
		default:
			// The server's own words are for a person and in his language.
			return error.message || t('problem_unknown');
	}
}

function rateText(seconds: number | undefined): string {
	if (seconds === undefined || seconds <= 0) return t('problem_rate_soon');
	if (seconds < 90) return t('problem_rate_seconds', { n: Math.ceil(seconds) });
	if (seconds < 90 * 60) return t('problem_rate_minutes', { n: Math.ceil(seconds / 60) });
	return t('problem_rate_hours', { n: Math.ceil(seconds / 3600) });
}
