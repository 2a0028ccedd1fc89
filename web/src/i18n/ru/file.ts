// SPDX-License-Identifier: Apache-2.0
// Choosing and sending a file.
const ru = {
	choose: 'Выбрать файл',
	drop: 'или перетащите его сюда',
	cancel: 'Отменить загрузку',
	remove: 'Убрать файл',
	other: 'Выбрать другой',
	done: 'Файл загружен',
	size_b: '{n} Б',
	size_kb: '{n} КБ',
	size_mb: '{n} МБ',
	hint_application: 'PDF или снимок (JPG, PNG), до 10 МБ',
	hint_document: 'Любой файл до 25 МБ',
	hint_logo: 'PNG, JPEG или WebP до 1 МБ, от 64×64 до 4096×4096 точек. Лучше квадратная.',
	hint_content: 'Фильм (MP4, WebM) или картинка (PNG, JPEG, WebP), до 200 МБ',
	hint_roster: 'Таблица CSV или XLSX, до 10 МБ',
	too_large: 'Файл больше {max}. Уменьшите его или выберите другой.',
	empty: 'Этот файл пустой. Выберите другой.',
	cut: 'Связь прервалась. Загруженное не пропало: нажмите «Повторить», и загрузка продолжится.',
};
export default ru;
