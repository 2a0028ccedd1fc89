// SPDX-License-Identifier: Apache-2.0
const ru = {
	admin: 'Администратор',
	coadmin: 'Доп. администратор',
	head: 'Администрация',
	guardian: 'Родитель',
	teacher_school: 'Учитель',
	teacher_college: 'Преподаватель',
	teacher_center: 'Педагог',
	student_school: 'Ученик',
	student_college: 'Студент',
	student_center: 'Воспитанник',
	lead_school: 'Классный руководитель',
	lead_college: 'Куратор',
	lead_center: 'Руководитель кружка',
	unit_class: 'Класс',
	unit_group: 'Группа',
	unit_circle: 'Кружок',
	unit_staff: 'Сотрудники',
	units_school: 'Классы',
	units_college: 'Группы',
	units_center: 'Кружки',
};
export default ru;
