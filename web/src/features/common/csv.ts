// SPDX-License-Identifier: Apache-2.0
// A table as a text that spreadsheets of both languages open: a mark of UTF-8, semicolons, quotes where needed. What looks like a formula
// is a text (names come from people).
const FORMULA = /^[=+\-@\t\r]/;

export function csvOf(rows: readonly (readonly string[])[]): string {
	const cell = (text: string): string => {
		const safe = FORMULA.test(text) ? `'${text}` : text;
		return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	};
	return `\uFEFF${rows.map((row) => row.map(cell).join(';')).join('\r\n')}\r\n`;
}
