// SPDX-License-Identifier: Apache-2.0
// Lists of people for imports, and an import from end to end.
import assert from 'node:assert/strict';
import { newId } from './client.mjs';
import { sleep } from './server.mjs';
import { upload } from './upload.mjs';

export const HEADER = ['Роль', 'Фамилия', 'Имя', 'Отчество', 'Класс', 'Кружки', 'Телефон', 'Личный номер', 'Родитель 1', 'Телефон родителя 1', 'Родитель 2', 'Телефон родителя 2',
	'Классный руководитель в', 'Предметы'];

const cell = (value) => (/[";\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
export const csv = (rows) => rows.map((row) => row.map((value) => cell(String(value ?? ''))).join(';')).join('\r\n');
/** Rows as objects by title. */
export const table = (rows, header = HEADER) => csv([header, ...rows.map((row) => header.map((title) => row[title] ?? ''))]);

/** A Russian syllable name for a number: letters only, different for each. */
export function nameOf(number, ending = 'ов') {
	const syllables = ['ба', 'ве', 'ги', 'до', 'жу', 'за', 'ки', 'ле', 'мо', 'ну'];
	const text = [...String(number)].map((digit) => syllables[Number(digit)]).join('');
	return text[0].toUpperCase() + text.slice(1) + ending;
}

const phone = (number) => `8 9${String(100000000 + number).slice(-9)}`;

/** 60 classes, 120 teachers, 1,200 pupils, 700 parents when size is 1. */
export function schoolRows({ classes = 60, teachers = 120, pupils = 1200, parents = 700, base = 0 } = {}) {
	const name = (i) => `${Math.floor(i / 6) + 1}${'АБВГДЕ'[i % 6]}`;
	const rows = [];
	for (let i = 0; i < teachers; i++)
		rows.push({ Роль: 'Учитель', Фамилия: nameOf(i, 'ова'), Имя: 'Анна', Отчество: 'Петровна', Телефон: phone(base + 10000 + i), 'Личный номер': `t${i}`,
			'Классный руководитель в': i < classes ? name(i) : '', Предметы: `Предмет ${nameOf(i % 12, 'ия')}: ${name(i % classes)}, ${name((i + 7) % classes)}` });
	for (let i = 0; i < pupils; i++) {
		const parent = i % parents; // some have two children
		rows.push({ Роль: 'Ученик', Фамилия: nameOf(i, 'ин'), Имя: 'Пётр', Отчество: 'Ильич', Класс: name(i % classes), 'Личный номер': `s${i}`, Кружки: i % 10 ? '' : 'Шахматы',
			'Родитель 1': `${nameOf(parent, 'енко')} Мария Ивановна`, 'Телефон родителя 1': phone(base + 20000 + parent) });
	}
	return rows;
}

export const begin = async (client, org, bytes, name = 'список.csv') => {
	const file = await upload(client, Buffer.from(bytes), { purpose: 'roster', org: org.id, name });
	return client.call('roster_import_begin', { org_id: org.id, file_id: file, client_id: newId() });
};

export async function settled(client, org, id, timeoutMs = 60000) {
	const end = Date.now() + timeoutMs;
	for (;;) {
		const view = await client.call('roster_import_get', { org_id: org.id, import_id: id });
		if (view.import.state !== 'decoding' && view.import.state !== 'applying') return view;
		assert.ok(Date.now() < end, `the import is still ${view.import.state}`);
		await sleep(50);
	}
}

export async function preview(client, org, bytes, name) {
	const { id } = await begin(client, org, bytes, name);
	return settled(client, org, id);
}

export const apply = async (client, org, id, more = {}) => {
	await client.call('roster_import_apply', { org_id: org.id, import_id: id, client_id: newId(), ...more });
	return settled(client, org, id);
};

/** Whole: what is in the file is in the organisation afterwards. */
export async function importAll(client, org, bytes, more = {}, name = undefined) {
	const seen = await preview(client, org, bytes, name);
	assert.equal(seen.import.state, 'ready', JSON.stringify(seen));
	assert.equal(seen.import.counts.errors, 0, JSON.stringify(seen.problems));
	return apply(client, org, seen.import.id, more);
}

/** The numbers that say that something would change. */
export const changes = ({ students_new, teachers_new, guardians_new, changed, transfers, leaving, units_new, subjects_new, bonds_new, teachings_new }) =>
	students_new + teachers_new + guardians_new + changed + transfers + leaving + units_new + subjects_new + bonds_new + teachings_new;

export async function exported(client, org, format) {
	const { path, file_name } = await client.call('roster_export', { org_id: org.id, format, client_id: newId() });
	const answer = await client.request('GET', path);
	return { ...answer, path, file_name };
}
