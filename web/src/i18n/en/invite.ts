// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/invite.ts';

const en: Translated<typeof ru> = {
	agree: 'I have read the documents and agree to them',
	agree_missing: 'To register, read the documents and tick that you agree.',
	document_agreement: 'User agreement',
	document_consent: 'Consent to the processing of personal data',
	document_rules: 'Rules of conduct',
	title: 'You are invited',
	checking: 'Checking the invitation…',
	your_role: 'Your role',

	names_title: 'Tell us your name',
	names_text: 'Other members will see you under this name.',
	names_text_guardian: 'Enter your own name, not your child’s. Other members will see you under it.',
	known: 'I already have an account',
	known_text: 'Enter the number that you sign in with. We will send a code to it.',
	new: 'I am here for the first time',
	enter: 'Join',

	joining_as: 'You are signed in as {name}.',
	join: 'Join',
	not_me: 'Not me: sign in with another number',

	conflict: 'You could not join',
	unusable: 'The link does not work',
	unusable_text: 'It has expired or was annulled, somebody has already used it, or some characters of the address are missing.',
	unusable_1: 'Open the whole link from the message, or scan the QR code again.',
	unusable_2: 'Ask for a new link: pupils, students and parents get it from the class teacher, curator or head of the circle, staff from the organisation’s administrator.',
	unusable_3: 'If you have joined before, just sign in with your phone number.',
	to_sign_in: 'Sign in with a phone number',
	to_chats: 'To the chats',
	welcome: 'Done, you are in “{org}”.',
	asked: 'The request was sent: {org}. Your chat appears here when it is accepted.',
};
export default en;
