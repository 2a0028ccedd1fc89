// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/names.ts';

const en: Translated<typeof ru> = {
	title: 'Name',
	text: 'This is the name you have in chats and lists. It can be changed when an administrator of your organisation agrees.',
	nowhere: 'A name is changed through an organisation, and you are in none yet.',
	change: 'Change the name',
	change_again: 'Correct the request',
	dialog: 'Change the name',
	dialog_text: 'Write the name as in the documents. An administrator decides; until then the old name stays.',
	org: 'Who decides',
	reason: 'Why it changes',
	reason_hint: 'For example: a new family name, a misprint.',
	send: 'Send to the administrator',
	same: 'This is the name that you have already. Change at least one field.',
	sent: 'The request is with the administrator.',
	waiting: 'Waits for an answer: {name}',
	accepted: 'The name was changed: {name}',
	declined: 'Declined: {name}. Reason: {reason}',

	queue: 'Changes of names',
	queue_none: 'Nobody asks for another name.',
	now: 'Now',
	wanted: 'Asks for',
	accept: 'Change',
	decline: 'Decline',
	decline_title: 'Decline: {name}',
	decline_reason: 'Reason',
	decline_hint: 'Whoever you decline will see it.',
	decline_missing: 'Give the reason.',
	accepted_done: 'The name is now {name}.',
	declined_done: 'Declined. The person will see the reason.',
};
export default en;
