// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../index.ts';
import type ru from '../ru/secondstep.ts';

const en: Translated<typeof ru> = {
	title: 'Second step of signing in',
	text: 'Enter the code from the app on your phone.',
	code: 'Code from the app',
	recovery: 'Recovery code',
	recovery_text: 'Enter one of the recovery codes that you wrote down. It works once.',
	use_recovery: 'No phone with the app? Use a recovery code',
	use_app: 'Enter a code from the app',
	enter: 'Sign in',
	back: 'Begin again',
	code_missing: 'Enter the code.',
	lost: 'If you have neither the app nor recovery codes, ask the administrator of your organisation: the operator can help.',
	by_passkey: 'Sign in by passkey',
	passkey_cancelled: 'The device did not confirm. Try again, or sign in with your phone number.',

	taken_title: 'Somebody else is in my account',
	taken_text: 'Prove your phone number. We end all sessions and tell the administrator of your organisation and the operator.',
	taken_phone: 'Phone number',
	taken_get: 'Get a code',
	taken_do: 'End all sessions and report',
	taken_done: 'All sessions have ended; the administrator and the operator know. Now sign in yourself and look at "Security and my data".',
	to_signin: 'To sign-in',
};
export default en;
