// SPDX-License-Identifier: Apache-2.0
// What a chat says of its calls.
const ru = {
	call_video: 'Видеозвонок',
	going: 'Идёт звонок',
	going_since: 'Идёт звонок с {time}',
	here: 'Вы в этом звонке',
	join: 'Войти',
	back: 'К звонку',
	card_going: 'Звонок идёт',
	watch_card: 'Смотреть запись',
	card_over: 'Звонок',
	card_missed: 'Пропущенный звонок',
	card_time: '{from} – {to}',
	took_part: { one: '{n} участник', few: '{n} участника', many: '{n} участников', other: '{n} участника' },
	attendance: 'Кто был на звонке',
	who_was: 'Кто был',
	who: 'Имя',
	as_whom: 'Роль',
	came: 'Пришёл',
	went: 'Ушёл',
	in_room: 'в кабинете',
	minutes: 'Минут',
	guest: 'Гость',
	save_table: 'Сохранить таблицу',
	other_call: 'Вы в другом звонке. Сначала выйдите из него.',
	failed: 'Экран звонка не загрузился. Проверьте связь и попробуйте ещё раз.',
};
export default ru;
