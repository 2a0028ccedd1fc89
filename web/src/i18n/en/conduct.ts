// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/conduct.ts';

const en: Translated<typeof ru> = {
	title: 'Violations of the rules',
	lead: 'Whoever has a violation recorded reads chats but does not write until the rules are read and signed again. The parents of a child are told.',
	none: 'No violations are recorded.',
	record: 'Record a violation',
	record_text: 'The person will see the reason and the rules. The record stays in the journal.',
	who: 'Who violated them',
	reason: 'What happened',
	reason_hint: 'Short and to the point: the person and the parents will see it.',
	reason_missing: 'Write what happened.',
	record_do: 'Record',
	record_done: 'The violation is recorded.',
	state_open: 'The rules are not signed',
	state_signed: 'The rules are signed again',
	state_withdrawn: 'Withdrawn',
	by: 'Recorded by {name}, {date}',
	withdrawn_because: 'Withdrawn: {reason}',
	withdraw: 'Withdraw',
	withdraw_title: 'Withdraw the record of a violation?',
	withdraw_text: 'With no other record the person can write at once. Both records stay in the journal.',
	withdraw_reason: 'Why',
	withdraw_done: 'The record is withdrawn.',
	again_title: 'The rules are to be signed again',
	again_text: 'Until the rules are signed, chats can be read but not written in.',
	recorded: 'A violation was recorded, {date}',
	sign: 'Read, I sign',
	later: 'Later',
	signed: 'The rules are signed. You can write.',
	child_title: 'A violation of the rules was recorded',
	child_text: 'Your child can write in chats after reading and signing the rules again. Talk about what happened.',
};
export default en;
