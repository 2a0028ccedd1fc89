// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/operator.ts';

const en: Translated<typeof ru> = {
	claim_title: 'First start',
	claim_lead: 'You will be the operator of this installation: you create organisations and appoint their administrators.',
	claim_enter: 'Become the operator',
	claim_unusable: 'The link no longer works',
	claim_unusable_text:
		'It works once. If you are the operator, sign in with your phone number. If somebody else used the link, ask whoever runs the server.',
	claim_sign_in: 'Sign in with a phone number',
	claim_done: 'Done. Now create the first organisation.',

	title: 'Organisations',
	lead: 'Organisations of this installation and their administrators.',
	create: 'Create an organisation',
	empty: 'Organisations will be here',
	empty_text: 'Create the first one: enter its name and its administrator’s phone number. The administrator signs in with that number and sets up the rest.',
	pending: 'Waiting for the administrator’s first sign-in',
	active: 'Working',
	created: 'Created {date}',
	type_school: 'School, lyceum, gymnasium',
	type_college: 'College, technical school',
	type_center: 'Centre of extra education',

	form_title: 'New organisation',
	form_org: 'Organisation',
	name: 'Full name',
	name_hint: 'As in its charter.',
	short_name: 'Short name',
	short_name_hint: 'Members see it. For example, “School No. 98”.',
	type: 'Type',
	type_hint_school: 'Classes, pupils, teachers, class teachers.',
	type_hint_college: 'Groups, students, lecturers, curators.',
	type_hint_center: 'Circles, members, instructors, heads of circles.',
	form_admin: 'Administrator',
	form_admin_text: 'Whoever signs in with exactly this number becomes the administrator. Take the number from the application or the order.',
	admin_phone: 'Administrator’s phone',
	name_missing: 'Enter the full name.',
	short_name_missing: 'Enter a short name.',

	done_title: 'The organisation is created',
	done_text: '“{org}” is waiting for its administrator. Pass on these three steps:',
	done_1: 'Open the address',
	done_2: 'Sign in with the number {phone}. A code will come to it.',
	done_3_school: 'Create classes and hand out links to teachers, pupils and parents. The screen shows how.',
	done_3_college: 'Create groups and hand out links to lecturers, students and parents. The screen shows how.',
	done_3_center: 'Create circles and hand out links to instructors, members and parents. The screen shows how.',
	done_address: 'Address to sign in at',
	done_close: 'Got it',
};
export default en;
