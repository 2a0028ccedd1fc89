// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/curator.ts';

const en: Translated<typeof ru> = {
	title: 'My organisations',
	lead: 'Cards and figures. A curator sees neither people nor messages.',
	empty: 'No organisations yet',
	empty_text: 'The operator of the platform has not given you any organisation yet.',
	figures_again: 'Figures anew',
	chat: 'Chat with the administrators',
	figures: 'Show figures',
	people: 'People',
	came_in: '{n} of {all} came in',
	units: 'Classes, groups, circles',
	messages_7: 'Messages in 7 days',
	messages_30: 'Messages in 30 days',
	draft: 'No local act yet',
	active: 'At work',
	pending: 'The administrator has not signed in yet',
	address: 'Address',
	director: 'Director',
	contacts: 'Contacts',
	site: 'Site',
	not_said: 'not given',
	application: 'Application',
	application_sent: 'under consideration',
	application_returned: 'returned',
	application_approved: 'approved',
	application_rejected: 'rejected',
	search: 'Find an organisation',
	nothing: 'Nothing was found.',
};
export default en;
