// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/lessonbar.ts';

const en: Translated<typeof ru> = {
	lesson_school: 'Lesson',
	lesson_college: 'Class',
	lesson_center: 'Class',
	meeting: 'Staff meeting',
	parents_meeting: "Parents' meeting",
	consultation: 'Consultation',
	broadcast: 'Broadcast',
	event: 'Event',
	weekly: 'Every week',
	planned: 'Planned',
	changed: 'Moved or changed',
	cancelled: 'Called off',
	weekly_until: 'every week until {day}',
	open: 'Details',
	begun: 'It has begun: {title}',
	join: 'Join',
	aside: 'Later',
};
export default en;
