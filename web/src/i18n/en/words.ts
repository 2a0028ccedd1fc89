// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/words.ts';

const en: Translated<typeof ru> = {
	admin: 'Administrator',
	coadmin: 'Co-administrator',
	head: 'Management',
	guardian: 'Parent',
	teacher_school: 'Teacher',
	teacher_college: 'Lecturer',
	teacher_center: 'Instructor',
	student_school: 'Pupil',
	student_college: 'Student',
	student_center: 'Member',
	lead_school: 'Class teacher',
	lead_college: 'Curator',
	lead_center: 'Head of the circle',
	unit_class: 'Class',
	unit_group: 'Group',
	unit_circle: 'Circle',
	unit_staff: 'Staff',
	units_school: 'Classes',
	units_college: 'Groups',
	units_center: 'Circles',
};
export default en;
