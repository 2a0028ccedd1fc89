// SPDX-License-Identifier: Apache-2.0
// Import and export of the roster: files as schools have them, what is wrong in them and where, and that nothing changes by looking (B6).
import test from 'node:test';
import assert from 'node:assert/strict';
import { newId } from '../lib/client.mjs';
import { apply, begin, changes, csv, exported, HEADER, importAll, preview, schoolRows, settled, table } from '../lib/roster.mjs';
import { Server, serverForFile } from '../lib/server.mjs';
import { create, errorOf, head, idOf, patch, upload } from '../lib/upload.mjs';
import { lockedXlsx, oldXls, streamsOf } from '../lib/ole.mjs';
import { buildWorld, claimOperator, comeIn, newPhone, newWord, Organisation } from '../lib/world.mjs';
import { cp1251, zip } from '../lib/tables.mjs';

const server = await serverForFile({ args: ['--rate-limit', '0'] });
const world = await buildWorld(server);
const { a, b, operator } = world;
const fresh = (more) => Organisation.create(server, operator, more);
const people = async (org) => (await org.admin.call('member_list', { org_id: org.id, limit: 200 })).members;
const problem = (view, key) => view.problems.find((one) => one.key === key);
const pupil = (more) => ({ Роль: 'Ученик', Фамилия: 'Петров', Имя: 'Иван', Отчество: 'Ильич', Класс: '5А', ...more });

test('a class list as a school has it: one column of names, any order, a semicolon, windows-1251', async () => {
	const org = await fresh();
	const text = csv([['Список 5 «А» класса', '', ''], ['Класс', 'Ф.И.О. ученика', 'Тел. мамы', 'ФИО мамы'], ['5 а', 'Королёв  Пётр Ильич', '8(911)000-11-22', 'Королёва Анна Львовна'],
		['5-А', 'Белова Анна', '', ''], ['5A', 'Сёмин Лев Олегович', '', '']]);
	const view = await preview(org.admin, org, cp1251(text));
	assert.equal(view.import.state, 'ready', JSON.stringify(view));
	assert.deepEqual([view.import.counts.students_new, view.import.counts.guardians_new, view.import.counts.units_new, view.import.counts.errors], [3, 1, 1, 0], JSON.stringify(view));
	assert.equal((await people(org)).length, 1, 'looking changes nothing');
	const after = await apply(org.admin, org, view.import.id);
	assert.equal(after.import.state, 'done');
	const { units } = await org.admin.call('unit_list', { org_id: org.id });
	const unit = units.find((one) => one.name === '5А');
	assert.equal(unit.member_count, 4);
	const members = await people(org);
	assert.deepEqual(members.filter((one) => one.role === 'student').map((one) => [one.person.family_name, one.person.given_name, one.came_in]).sort(),
		[['Белова', 'Анна', false], ['Королёв', 'Пётр', false], ['Сёмин', 'Лев', false]]);
	const { families } = await org.admin.call('guardian_list', { unit_id: unit.id });
	assert.equal(families.find((one) => one.child.family_name === 'Королёв').guardians[0].person.given_name, 'Анна');
	assert.equal(changes((await preview(org.admin, org, cp1251(text))).import.counts), 0);
});

test('teachers with classes and subjects, parents with their children', async () => {
	const org = await fresh();
	const text = csv([['Роль', 'ФИО', 'Телефон', 'Классный руководитель', 'Предмет', 'Класс', 'Дети'], ['учитель', 'Ильина Ольга Петровна', '', '7Б', 'Алгебра: 7А, 7Б; Физика (7А)', '', ''],
		['ученик', 'Орлов Ян', '', '', '', '7А', ''], ['родитель', 'Орлова Нина', newPhone(), '', '', '', 'Орлов Ян']]);
	const view = await importAll(org.admin, org, text);
	assert.equal(view.import.counts.refused, 0);
	const { units } = await org.admin.call('unit_list', { org_id: org.id });
	const [first, second] = ['7А', '7Б'].map((name) => units.find((one) => one.name === name));
	const taught = await org.admin.call('teaching_list', { unit_id: first.id });
	assert.deepEqual(taught.teachings.map((one) => `${one.subject_name} ${one.unit.name}`).sort(), ['Алгебра 7А', 'Физика 7А']);
	const lead = (await people(org)).find((one) => one.role === 'teacher');
	assert.ok(lead.units.some((one) => one.unit_id === second.id && one.lead));
	const { families } = await org.admin.call('guardian_list', { unit_id: first.id });
	assert.equal(families[0].guardians[0].person.family_name, 'Орлова');
});

test('every mistake is named with its line and cell, and with one nothing can be applied', async () => {
	const org = await fresh();
	const rows = [pupil(), pupil(), pupil({ Фамилия: '=HYPERLINK("x")' }), pupil({ Фамилия: 'Сид0ров' }), pupil({ Фамилия: '' }), pupil({ Фамилия: 'Ким', Класс: 'пятый' }),
		pupil({ Фамилия: 'Ли', Телефон: '123' }), pupil({ Роль: 'Космонавт', Фамилия: 'Лю' }), pupil({ Класс: '6Б' }), pupil({ Фамилия: 'Юн', 'Личный номер': '7' }),
		pupil({ Фамилия: 'Ян', 'Личный номер': '7' }), pupil({ Фамилия: 'Эм', Телефон: '8 911 222-33-44' }), pupil({ Фамилия: 'Юм', Телефон: '+7 (911) 222 33 44' }),
		pupil({ Фамилия: 'Оз', Имя: '' })];
	const view = await preview(org.admin, org, table(rows));
	assert.equal(view.import.state, 'ready');
	for (const [key, line, column, value, other] of [['duplicate_person', 3, undefined, 'Петров', 2], ['formula', 4, 2, '=HYPERLINK("x")'], ['bad_name', 5, 2, 'Сид0ров'], ['missing_name', 6, 2],
		['unknown_class', 7, 5, 'пятый'], ['bad_phone', 8, 7, '123'], ['unknown_role', 9, 1, 'Космонавт'], ['two_classes', 10, undefined, 'Петров', 2], ['external_twice', 12, 8, '7', 11],
		['phone_twice', 14, 7, '+7 (911) 222 33 44', 13], ['missing_given_name', 15, 3]]) {
		const found = problem(view, key);
		assert.ok(found, `${key}: ${JSON.stringify(view.problems)}`);
		assert.deepEqual([found.line, found.column, found.value, found.other_line, found.severity], [line, column, value, other, 'error'], key);
		if (column) assert.equal(found.column_name, HEADER[column - 1]);
	}
	const answer = await org.admin.try('roster_import_apply', { org_id: org.id, import_id: view.import.id });
	assert.equal(answer.error?.code, 'conflict');
	assert.equal((await people(org)).length, 1);
});

const sheet = (rows) => zip([['xl/workbook.xml', '<workbook xmlns:r="r"><sheets><sheet name="Л" r:id="r1"/></sheets></workbook>'],
	['xl/_rels/workbook.xml.rels', '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'], ['xl/worksheets/sheet1.xml', rows]]);

for (const [what, bytes, expected] of [
	['an empty file', () => ' \n', 'empty'],
	['100,000 rows', () => table(Array.from({ length: 100000 }, () => pupil())), 'too_many_rows'],
	['a bomb in an XLSX', () => sheet(Buffer.alloc(200 << 20, 0x20)), 'bomb'],
	['entities in an XLSX', () => sheet('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'), 'broken'],
	['a broken archive', () => sheet('<worksheet>').subarray(0, 150), 'broken'],
	['an archive of something else', () => zip([['photo.jpg', 'x']]), 'unknown'],
	['a quote that is never closed', () => 'ФИО;Класс\nПетров Иван;5А\n"Иванов Пётр;5А\nСидоров Ян;5А', 'broken_quotes'],
])
	test(`${what} is refused, and nothing changes`, { timeout: 120000 }, async () => {
		const before = (await people(a)).length;
		let view;
		try {
			view = await preview(a.admin, a, bytes(), 'список.xlsx');
		} catch (error) {
			assert.match(String(error), /422|415|413|400|too_large|invalid_field/, String(error)); // the upload itself was refused
			return;
		}
		assert.equal(view.import.state, 'failed', JSON.stringify(view));
		assert.equal(view.import.file_problem, expected);
		if (expected === 'broken_quotes') assert.equal(view.import.file_line, 3);
		if (expected === 'too_many_rows') assert.equal(view.import.file_line, 20001);
		assert.equal((await a.admin.try('roster_import_apply', { org_id: a.id, import_id: view.import.id })).error?.code, 'conflict');
		assert.equal((await people(a)).length, before);
	});

// Compound files as Excel writes them: read back here first, so that they are what they pretend to be.
for (const [what, name, bytes, streams] of [
	['an XLSX with a password', 'список.xlsx', lockedXlsx(sheet('<worksheet/>')), ['EncryptedPackage', 'EncryptionInfo']],
	['a sheet of Excel 97', 'список.xls', oldXls([['Фамилия', 'Имя', 'Класс'], ['Петров', 'Иван', '5А']]), ['Workbook']],
	['a sheet of Excel 97 under the name of a new one', 'список.xlsx', oldXls([['ФИО'], ['Петров Иван']]), ['Workbook']],
])
	test(`${what}: nothing changes, and what to do is said in plain words`, async () => {
		assert.deepEqual(streamsOf(bytes), streams);
		const before = JSON.stringify([await people(a), (await a.admin.call('roster_import_get', { org_id: a.id })).import]);
		const id = idOf(await create(a.admin, bytes.length, { purpose: 'roster', org: a.id, name }));
		const answer = await patch(a.admin, id, 0, bytes);
		assert.equal(answer.status, 400);
		assert.deepEqual([errorOf(answer).code, errorOf(answer).field], ['invalid_field', 'file']);
		assert.match(errorOf(answer).message, /сохраните как \.xlsx без пароля/);
		assert.equal((await head(a.admin, id)).status, 404, 'the bytes are gone');
		assert.equal((await a.admin.try('roster_import_begin', { org_id: a.id, file_id: id })).error?.code, 'not_found');
		const foreign = idOf(await create(a.admin, bytes.length, { purpose: 'roster', org: a.id, name }));
		assert.match(errorOf(await patch(a.admin, foreign, 0, bytes, { 'Accept-Language': 'en' })).message, /save it as \.xlsx without a password/);
		assert.equal(JSON.stringify([await people(a), (await a.admin.call('roster_import_get', { org_id: a.id })).import]), before);
	});

test('a page of HTML under the name of a table has no titles to read', async () => {
	const view = await preview(a.admin, a, '<html><body><table><tr><td>ФИО</td></tr></table></body></html>', 'список.xlsx');
	assert.ok(view.import.state === 'failed' || (view.import.counts.errors > 0 && problem(view, 'no_header')), JSON.stringify(view));
});

test('a namesake in another class is asked about: moved, or another person', async () => {
	const org = await fresh();
	await importAll(org.admin, org, table([pupil(), pupil({ Фамилия: 'Зуев' })]));
	const moved = table([pupil({ Класс: '5Б' }), pupil({ Фамилия: 'Зуев', Класс: '5Б' })]);
	const view = await preview(org.admin, org, moved);
	assert.equal(view.import.counts.questions, 2);
	const [first, second] = view.problems;
	assert.deepEqual([first.key, first.was, first.became], ['namesake', '5А', '5Б']);
	assert.equal((await org.admin.try('roster_import_apply', { org_id: org.id, import_id: view.import.id })).error?.field, 'answers');
	await apply(org.admin, org, view.import.id, { answers: [{ problem_id: first.id, same: true }, { problem_id: second.id, same: false }] });
	const students = (await people(org)).filter((one) => one.role === 'student');
	assert.equal(students.filter((one) => one.person.family_name === 'Петров').length, 1);
	assert.equal(students.filter((one) => one.person.family_name === 'Зуев').length, 2);
	const { units } = await org.admin.call('unit_list', { org_id: org.id });
	const target = units.find((one) => one.name === '5Б').id;
	assert.deepEqual(students.find((one) => one.person.family_name === 'Петров').units.map((one) => one.unit_id), [target]);
});

test('only what differs is changed; who is not in the file leaves only when that is said', async () => {
	const org = await fresh();
	await importAll(org.admin, org, table([pupil({ 'Личный номер': '1' }), pupil({ Фамилия: 'Зуев', 'Личный номер': '2' }), pupil({ Фамилия: 'Юдин', Класс: '6А' })]));
	const next = table([pupil({ Фамилия: 'Петровский', 'Личный номер': '1' })]);
	const view = await preview(org.admin, org, next);
	assert.deepEqual(view.changes.map((one) => one.kind), ['renamed', 'absent']);
	assert.deepEqual([view.import.counts.changed, view.import.counts.absent], [1, 1]);
	await apply(org.admin, org, view.import.id);
	assert.equal((await people(org)).length, 4);
	const again = await preview(org.admin, org, next);
	assert.equal(changes(again.import.counts), 0);
	await apply(org.admin, org, again.import.id, { leave_absent: true });
	assert.deepEqual((await people(org)).filter((one) => one.role === 'student').map((one) => one.person.family_name).sort(), ['Петровский', 'Юдин'], 'the class that the file does not name is left alone');
});

test('what a file moves stands in the journal as one movement, and is taken back as one', async () => {
	const org = await fresh();
	const journal = async () => (await org.admin.call('movement_list', { org_id: org.id, limit: 200 })).movements;
	const places = async () => {
		const { units } = await org.admin.call('unit_list', { org_id: org.id });
		const name = (id) => units.find((unit) => unit.id === id)?.name ?? '?';
		return (await people(org)).filter((one) => one.role === 'student').map((one) => [one.person.family_name, one.units.map(({ unit_id }) => name(unit_id)).sort().join()].join(' ')).sort();
	};
	await importAll(org.admin, org, table([pupil({ 'Личный номер': '1', 'Родитель 1': 'Петрова Анна', 'Телефон родителя 1': newPhone() }), pupil({ Фамилия: 'Зуев', 'Личный номер': '2' }),
		pupil({ Фамилия: 'Юдин', Класс: '6А', 'Личный номер': '3' })]), {}, 'осень.csv');
	const first = await journal();
	assert.ok(first.every((line) => line.batch_kind === 'import' && line.batch_id === first[0].batch_id && line.actor.id === org.admin.person.id));
	assert.deepEqual(first.map((line) => [line.kind, line.person?.family_name, line.to_name]).sort(), [['enroll', 'Зуев', '5А'], ['enroll', 'Петров', '5А'], ['enroll', 'Юдин', '6А'], ['import', undefined, 'осень.csv']]);
	const before = await places();

	// One goes to another class and into a circle, one is not there any more, one is new.
	await importAll(org.admin, org, table([pupil({ 'Личный номер': '1', Класс: '6А', Кружки: 'Шахматы' }), pupil({ Фамилия: 'Юдин', Класс: '6А', 'Личный номер': '3' }),
		pupil({ Фамилия: 'Новиков', Класс: '5А', 'Личный номер': '4' })]), { leave_absent: true }, 'зима.csv');
	assert.deepEqual(await places(), ['Новиков 5А', 'Петров 6А,Шахматы', 'Юдин 6А']);
	const second = (await journal()).filter((line) => line.batch_id !== first[0].batch_id);
	assert.deepEqual(second.map((line) => [line.kind, line.person?.family_name, line.from_name, line.to_name]).sort(), [['enroll', 'Новиков', undefined, '5А'], ['import', undefined, undefined, 'зима.csv'],
		['leave', 'Зуев', '5А', undefined], ['transfer', 'Петров', '5А', '6А'], ['unit_join', 'Петров', undefined, 'Шахматы']]);
	assert.equal(new Set(second.map((line) => line.batch_id)).size, 1);
	await org.admin.call('movement_undo', { org_id: org.id, batch_id: second[0].batch_id });
	assert.deepEqual(await places(), before);
	assert.ok(!(await org.admin.call('unit_list', { org_id: org.id })).units.some((unit) => unit.name === 'Шахматы'), 'the circle that nobody is in ends again');

	// The first too: whoever came in meanwhile stays, and his class with him.
	const link = await org.invite('student', (await org.admin.call('unit_list', { org_id: org.id })).units.find((unit) => unit.name === '5А'));
	await comeIn(server, link.token, { family_name: 'Петров', given_name: 'Иван', patronymic: 'Ильич' });
	await org.admin.call('movement_undo', { org_id: org.id, batch_id: first[0].batch_id });
	assert.deepEqual(await places(), ['Петров 5А']);
	assert.deepEqual((await org.admin.call('unit_list', { org_id: org.id })).units.filter((unit) => unit.kind === 'class').map((unit) => unit.name), ['5А']);
	assert.equal(changes((await preview(org.admin, org, table([pupil()]))).import.counts), 0);
});

test('whoever has come in is not renamed by a file', async () => {
	const view = await preview(a.admin, a, table([{ Роль: 'Ученик', Фамилия: newWord('Другой'), Имя: a.student.person.given_name, Класс: '', Телефон: a.student.phone }]));
	assert.ok(problem(view, 'name_kept'), JSON.stringify(view));
	assert.equal(view.import.counts.changed, 0);
});

test('the phone of a stranger tells nothing of him', async () => {
	const view = await preview(a.admin, a, table([pupil({ Телефон: b.student.phone })]));
	const found = problem(view, 'phone_of_other');
	assert.equal(found.severity, 'error');
	assert.ok(!JSON.stringify(view).includes(b.student.person.family_name));
});

test('cells that a spreadsheet would calculate with are harmless in what is exported', async () => {
	const org = await fresh();
	await org.admin.call('unit_create', { org_id: org.id, kind: 'circle', name: '=1+1', client_id: newId() });
	await org.person('student', (await org.admin.call('unit_list', { org_id: org.id })).units.find((one) => one.name === '=1+1'));
	const text = (await exported(org.admin, org, 'csv')).body.toString();
	assert.ok(text.startsWith('\ufeff'));
	assert.match(text, /;'=1\+1;/);
	assert.doesNotMatch(text, /;=1/);
});

test('an export is fetched once, by whoever asked', async () => {
	const { path } = await a.admin.call('roster_export', { org_id: a.id, format: 'csv', client_id: newId() });
	for (const other of [b.admin, a.coadmin, a.teacher]) assert.equal((await other.request('GET', path)).status, 410);
	assert.equal((await world.nobody.request('GET', path)).status, 401);
	const answer = await a.admin.request('GET', path);
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-disposition'], /attachment/);
	assert.ok(!answer.body.toString().includes(b.word));
	assert.equal((await a.admin.request('GET', path)).status, 410);
	assert.equal((await a.admin.request('POST', path)).status, 405);
	for (const type of ['school', 'college', 'center'])
		for (const end of ['csv', 'xlsx']) {
			const template = await a.admin.request('GET', `/api/v1/roster/template-${type}.${end}`);
			assert.equal(template.status, 200);
			const org = await fresh({ type });
			const view = await preview(org.admin, org, template.body);
			assert.deepEqual([view.import.state, view.import.counts?.errors, view.import.counts?.people], ['ready', 0, 7], `${type}.${end}: ${JSON.stringify(view.problems)}`);
		}
	assert.equal((await a.admin.request('GET', '/api/v1/roster/template-prison.csv')).status, 404);
});

test('what cannot be is refused', async () => {
	const text = table([pupil()]);
	const refused = async (command, params, code, field) => {
		const answer = await a.admin.try(command, params);
		assert.deepEqual([answer.error?.code, answer.error?.field], [code, field], command);
	};
	await refused('roster_import_begin', { org_id: a.id, file_id: 999983 }, 'not_found', 'file_id');
	await refused('roster_import_begin', { org_id: a.id, file_id: await upload(b.admin, Buffer.from(text), { purpose: 'roster', org: b.id, name: 'x.csv' }) }, 'not_found', 'file_id');
	await refused('roster_import_begin', { org_id: a.id, file_id: idOf(await create(a.admin, 10, { purpose: 'roster', org: a.id, name: 'half.csv' })) }, 'conflict', 'file_id');
	await refused('roster_import_get', { org_id: a.id, import_id: 999983 }, 'not_found', 'import_id');
	await refused('roster_import_apply', { org_id: a.id, import_id: 999983 }, 'not_found', 'import_id');
	await refused('roster_import_cancel', { org_id: a.id, import_id: 999983 }, 'not_found', 'import_id');
	const { import: other } = await preview(b.admin, b, text);
	for (const command of ['roster_import_get', 'roster_import_apply', 'roster_import_cancel']) await refused(command, { org_id: a.id, import_id: other.id }, 'not_found', 'import_id');
	const { import: own } = await preview(a.admin, a, text);
	await a.admin.call('roster_import_cancel', { org_id: a.id, import_id: own.id });
	await refused('roster_import_apply', { org_id: a.id, import_id: own.id }, 'conflict', 'import_id');
	assert.equal((await a.teacher.try('roster_import_get', { org_id: a.id })).error?.code, 'forbidden');
	assert.equal((await a.waiting.try('roster_export', { org_id: a.id, format: 'csv' })).error?.code, 'forbidden');
});

test('a file that marks people as gone (OneRoster) ends their places', async () => {
	const org = await fresh();
	await importAll(org.admin, org, table([pupil({ 'Личный номер': 's1' }), pupil({ Фамилия: 'Зуев', 'Личный номер': 's2' })]));
	const bytes = zip([['users.csv', 'sourcedId,status,givenName,familyName,middleName,role\ns1,tobedeleted,Иван,Петров,Ильич,student\ns2,,Иван,Зуев,Ильич,student\n'],
		['classes.csv', 'sourcedId,status,title,classType\nc1,,5А,homeroom\n'], ['enrollments.csv', 'sourcedId,status,classSourcedId,userSourcedId,role,primary\ne1,,c1,s2,student,\n']]);
	const view = await preview(org.admin, org, bytes, 'x.zip');
	assert.deepEqual([view.import.counts.leaving, view.import.counts.unchanged, view.import.counts.errors], [1, 1, 0], JSON.stringify(view));
	await apply(org.admin, org, view.import.id);
	assert.deepEqual((await people(org)).filter((one) => one.role === 'student').map((one) => one.person.family_name), ['Зуев']);
});

test('a kill in the middle: the import goes on after the start, and nothing is doubled', { timeout: 60000 }, async () => {
	const mortal = await Server.start({ args: ['--rate-limit', '0'] });
	const org = await Organisation.create(mortal, await claimOperator(mortal));
	const rows = schoolRows({ classes: 6, teachers: 20, pupils: 400, parents: 200, base: 500000 });
	const { id } = await begin(org.admin, org, table(rows));
	await settled(org.admin, org, id);
	await org.admin.call('roster_import_apply', { org_id: org.id, import_id: id });
	for (;;) {
		const { import: now } = await org.admin.call('roster_import_get', { org_id: org.id, import_id: id, limit: 0 });
		if (now.done > 100) break;
	}
	await mortal.kill();
	org.admin.close();
	const reborn = await Server.start({ data: mortal.data, args: ['--rate-limit', '0'] });
	org.admin.server = reborn;
	const after = await settled(org.admin, org, id);
	assert.equal(after.import.state, 'done');
	const seen = await preview(org.admin, org, table(rows));
	assert.equal(changes(seen.import.counts), 0, JSON.stringify(seen.import.counts));
	assert.equal(seen.import.counts.unchanged, 620);
	const { units } = await org.admin.call('unit_list', { org_id: org.id });
	assert.equal(units.filter((unit) => unit.kind === 'class').length, 6);
	const pages = [];
	for (let before; pages.length === 0 || before !== undefined; ) {
		const page = await org.admin.call('movement_list', { org_id: org.id, limit: 200, ...(before === undefined ? {} : { before }) });
		pages.push(...page.movements);
		before = page.next_before;
	}
	assert.equal(new Set(pages.map((line) => line.batch_id)).size, 1, 'one movement before and after the kill');
	assert.equal(pages.filter((line) => line.kind === 'enroll').length, 400);
	await org.admin.call('movement_undo', { org_id: org.id, batch_id: pages[0].batch_id });
	assert.equal((await people(org)).length, 1);
	assert.deepEqual((await org.admin.call('unit_list', { org_id: org.id })).units.filter((unit) => unit.kind !== 'staff'), []);
	await reborn.stop();
	mortal.release();
});
