// SPDX-License-Identifier: Apache-2.0
// Что говорит о своих уроках и встречах чат, и как они называются.
const ru = {
	lesson_school: 'Урок',
	lesson_college: 'Занятие',
	lesson_center: 'Занятие',
	meeting: 'Совещание',
	parents_meeting: 'Родительское собрание',
	consultation: 'Консультация',
	broadcast: 'Трансляция',
	event: 'Мероприятие',
	weekly: 'Каждую неделю',
	planned: 'Запланировано',
	changed: 'Перенесено или изменено',
	cancelled: 'Отменено',
	weekly_until: 'каждую неделю до {day}',
	open: 'Подробнее',
	begun: 'Началось: {title}',
	join: 'Войти',
	aside: 'Позже',
};
export default ru;
