// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/callbar.ts';

const en: Translated<typeof ru> = {
	call_video: 'Video call',
	going: 'A call is going on',
	going_since: 'A call has been going on since {time}',
	here: 'You are in this call',
	watch: 'Watch',
	broadcast_since: 'A broadcast is on since {time}',
	card_broadcast: 'Broadcast: {title}',
	card_broadcast_over: 'The broadcast is over: {title}',
	join: 'Join',
	back: 'To the call',
	card_going: 'A call is going on',
	watch_card: 'Watch the recording',
	card_over: 'Call',
	card_missed: 'Missed call',
	card_time: '{from} – {to}',
	took_part: { one: '{n} participant', other: '{n} participants' },
	attendance: 'Who was in the call',
	who_was: 'Who was there',
	who: 'Name',
	as_whom: 'Role',
	came: 'Came',
	went: 'Went',
	in_room: 'in the classroom',
	minutes: 'Minutes',
	guest: 'Guest',
	save_table: 'Save the table',
	other_call: 'You are in another call. Leave it first.',
	failed: 'The call did not load. Check your connection and try again.',
};
export default en;
