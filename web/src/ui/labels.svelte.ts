// SPDX-License-Identifier: Apache-2.0
// The few words that components say by themselves. The application sets them from its dictionary whenever the language changes.
export const labels = $state({
	close: 'Закрыть',
	copy: 'Копировать',
	copied: 'Скопировано',
	loading: 'Загрузка',
	dismiss: 'Убрать сообщение',
	optional: 'необязательно',
	clear: 'Очистить',
	qr: 'QR-код со ссылкой',
	brand: 'Звонок',
});

export function setLabels(words: Partial<typeof labels>): void {
	Object.assign(labels, words);
}
