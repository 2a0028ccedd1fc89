// SPDX-License-Identifier: Apache-2.0
// Энгельсский медицинский колледж: the regulation's rows through the API, in the order in which the branch comes to life.
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { commands, schemas } from '../lib/contract.mjs';
import { paper } from '../lib/files.mjs';
import { sample } from '../lib/samples.mjs';
import { serverForFile } from '../lib/server.mjs';
import { buildOrganisation, claimOperator, codeFor, comeIn, makeCurator, newPhone } from '../lib/world.mjs';
import { regulation } from './lib.mjs';
import { actions, apply, approve, bringAct, chatOf, chatsOf, comesByCards, join, me, named, newToken, post, refused } from './scene.mjs';

const step = regulation('S2');
const server = await serverForFile();
const operator = await claimOperator(server);
const neighbour = await buildOrganisation(server, operator);
let org, application, group, second, director, curator, teacher, student, mate;

/* --- §4: the organisation decides, appoints an administrator and applies */

step(['R2', 'R3', 'R4'], ['§4¶2', '§4 1)–2)', '§4 1)'], 'the branch applies with the order on its letterhead and the filled-in questionnaire; only the operator sees the administrator\'s contacts, and decides', async () => {
	application = await apply(server, {
		type: 'college', name: 'Филиал ГАПОУ СО «Энгельсский медицинский колледж Св. Луки (Войно-Ясенецкого)»', short_name: 'Энгельсский медколледж', region: '64', address: 'Саратовская область, г. Энгельс, пл. Свободы, 11',
		head_name: 'Шейко Д. Ю.', admin_family_name: 'Лукьянова', admin_given_name: 'Ольга', admin_email: 'lukyanova@engmed.ru', order_number: '112-од', order_date: '2024-09-02', students: 840, staff: 71, guardians: false,
	});
	const { form, file, token, client } = application;
	const without = (drop) => {
		const whole = { ...form };
		delete whole[drop];
		return { token: newToken(), form: whole, file_id: file.id, file_token: file.token };
	};
	for (const field of ['name', 'region', 'head_name', 'admin_family_name', 'admin_phone', 'order_number', 'order_date', 'students', 'staff', 'guardians', 'duty_connect']) await refused(client, 'application_send', without(field), 'invalid_field', `form.${field}`);
	const { file_id, ...noFile } = without('');
	await refused(client, 'application_send', noFile, 'invalid_field', 'file_id');
	const spare = await paper(client, { name: 'не приказ.txt', bytes: Buffer.from('просто текст') }).catch((error) => error);
	if (spare.id) await refused(client, 'application_send', { ...noFile, file_id: spare.id, file_token: spare.token }, 'invalid_field', 'file_id');
	const page = await client.call('application_status', { token });
	assert.deepEqual([page.state, page.form], ['sent', undefined]);
	const seen = await operator.call('application_get', { application_id: application.sent.number });
	assert.deepEqual([seen.form.admin_phone, seen.form.admin_email, seen.file.id > 0], [form.admin_phone, form.admin_email, true]);
	for (const stranger of [neighbour.admin, neighbour.head]) {
		await refused(stranger, 'application_get', { application_id: application.sent.number }, 'forbidden');
		assert.notEqual((await stranger.request('GET', `/api/v1/files/${seen.file.id}`)).status, 200);
	}
	await operator.call('application_return', { application_id: application.sent.number, reason: 'Приложите приказ с печатью', client_id: newId() });
	assert.equal((await client.call('application_status', { token })).reason, 'Приложите приказ с печатью');
	await client.call('application_resend', { token, form });
	const refusedOne = await apply(server, { type: 'college', short_name: 'Не колледж' });
	await operator.call('application_reject', { application_id: refusedOne.sent.number, reason: 'Нет лицензии', client_id: newId() });
	assert.equal((await refusedOne.client.call('application_status', { token: refusedOne.token })).state, 'rejected');
});

step('R5', '§4 1)', 'the number of the order becomes the administrator by its one-time code; any other number gets nothing', async () => {
	const { form } = application;
	const early = new Client(server);
	await refused(early, 'sign_in', { phone: newPhone(), code: '000000' }, 'code_expired');
	org = await approve(server, operator, application);
	assert.deepEqual((await me(org.admin)).memberships.map(({ org: { id }, role }) => [id, role]), [[org.id, 'admin']]);
	const stranger = new Client(server);
	const phone = newPhone();
	const code = await codeFor(stranger, phone);
	await refused(stranger, 'sign_in', { phone, code: code === '111111' ? '222222' : '111111' }, 'code_wrong');
	await refused(stranger, 'sign_in', { phone, code }, 'no_account');
	await refused(stranger, 'me_snapshot', {}, 'not_signed_in');
	// The code of the administrator is good once.
	assert.equal(form.admin_phone, org.admin.phone);
	await refused(new Client(server), 'sign_in', { phone: form.admin_phone, code: '000000' }, 'code_expired');
});

step('R13', ['§3', '§4¶4'], 'the region chosen in the application decides which help people of the college read, and whom they ask', async () => {
	const write = (title, region) => operator.call('help_save', { category: 'start', title, text: `${title}: по шагам.`, links: [{ label: 'Памятка', url: 'https://example.ru/pamyatka' }], place: 1, ...(region ? { region } : {}), client_id: newId() });
	assert.deepEqual((await org.admin.call('help_list', { org_id: org.id })).pages, []); // nothing yet: the page says what to do
	await write('Как войти');
	await write('Куда звонить в Саратовской области', '64');
	await write('Куда звонить в Бурятии', '03');
	await operator.call('help_contact_set', { text: 'Горячая линия: 8 800 000-00-00', client_id: newId() });
	await operator.call('help_contact_set', { region: '64', text: 'Саратовская линия: 8 845 200-00-00', client_id: newId() });
	const read = async (client, id) => (({ region, contact, pages }) => [region, contact, pages.map(({ title }) => title)])(await client.call('help_list', { org_id: id }));
	assert.deepEqual(await read(org.admin, org.id), ['64', 'Саратовская линия: 8 845 200-00-00', ['Как войти', 'Куда звонить в Саратовской области']]);
	await neighbour.admin.call('org_card_set', { org_id: neighbour.id, region: '03' });
	assert.deepEqual(await read(neighbour.student, neighbour.id), ['03', 'Горячая линия: 8 800 000-00-00', ['Как войти', 'Куда звонить в Бурятии']]);
	await refused(org.admin, 'help_save', { category: 'start', title: 'Своё', text: 'Своё', links: [], place: 1, client_id: newId() }, 'forbidden');
	await refused(neighbour.admin, 'help_list', { org_id: org.id }, 'not_found');
});

step('R6', '§4¶2', 'the administrator is one of the staff, by an order with number, date and scan; another one takes over explicitly, and the journal says so', async () => {
	const next = await join(org, 'teacher', undefined, ['Морозова', 'Елена']);
	const scan = await paper(org.admin, { purpose: 'document', org: org.id, name: 'приказ 140-од.pdf' });
	const offer = { org_id: org.id, order_number: '140-од', order_date: '2024-10-14', file_id: scan.id, stay_as: 'teacher', client_id: newId() };
	await refused(org.admin, 'handover_offer', { ...offer, person_id: neighbour.teacher.person.id }, 'not_found', 'person_id');
	await org.admin.call('handover_offer', { ...offer, client_id: newId(), person_id: next.person.id });
	await refused(next, 'invite_list', { org_id: org.id }, 'forbidden');
	await next.call('handover_answer', { org_id: org.id, answer: 'accept', client_id: newId() });
	await refused(org.admin, 'invite_list', { org_id: org.id }, 'forbidden');
	const { appointments } = await next.call('appointment_list', { org_id: org.id });
	assert.deepEqual(appointments.map(({ how, order_number, order_date, file }) => [how, order_number, order_date, file?.name]), [['handover', '140-од', '2024-10-14', 'приказ 140-од.pdf'], ['application', '112-од', '2024-09-02', undefined]]);
	const done = await actions(org, next);
	assert.ok(done.includes('handover_offer') && done.includes('handover_accept'));
	org.admin = next;
});

step('R1', '§4¶1', 'the college is a draft until its own local act is there; the act is kept by versions', async () => {
	group = await org.unit('group', 'СД-211');
	assert.equal((await org.admin.call('org_get', { org_id: org.id })).state, 'draft');
	await refused(org.admin, 'invite_create', { org_id: org.id, role: 'student', unit_id: group.id }, 'conflict');
	const act = await bringAct(org, { title: 'Порядок применения сервиса взаимодействия', date: '2024-09-10' });
	assert.deepEqual([act.version, (await org.admin.call('org_get', { org_id: org.id })).state], [1, 'active']);
	assert.equal((await bringAct(org, { title: 'Порядок, изменения', date: '2025-02-01', replaces: act.document })).version, 2);
	assert.deepEqual((await org.admin.call('org_document_list', { org_id: org.id })).documents.map(({ version }) => version), [2, 1]);
	await org.invite('student', group);
});

step('R15', '§4 2)', 'the administrator builds the structure: groups by a list, kinds of units', async () => {
	await refused(org.admin, 'unit_create_many', { org_id: org.id, kind: 'group', names: ['СД-211', 'СД-212'] }, 'conflict');
	const { units, skipped } = await org.admin.call('unit_create_many', { org_id: org.id, kind: 'group', names: ['СД-111', 'СД-211', 'СД-212', 'ЛД-311', 'АК-121'], skip_existing: true, client_id: newId() });
	assert.deepEqual([units.map(({ name }) => name).sort(), skipped], [['АК-121', 'ЛД-311', 'СД-111', 'СД-212'], ['СД-211']]);
	second = units.find(({ name }) => name === 'СД-212');
	await org.unit('circle', 'Волонтёры-медики');
	assert.deepEqual([...new Set((await org.admin.call('unit_list', { org_id: org.id })).units.map(({ kind }) => kind))].sort(), ['circle', 'group', 'staff']);
});

step('R23', '§4¶4', 'the head of the college comes in by a staff link and stands above the teachers', async () => {
	director = await comeIn(server, (await org.invite('head')).token, named(['Шейко', 'Дмитрий', 'Юрьевич']));
	assert.equal((await me(director)).memberships[0].role, 'head');
	await org.confirm(director);
	assert.ok(await chatOf(director, 'Администрация'));
	await director.call('org_figures', { org_id: org.id });
	await director.call('member_list', { org_id: org.id });
	const channel = await director.call('chat_create', { org_id: org.id, title: 'Объявления директора', audience: ['staff'], channel: true, client_id: newId() });
	await post(director, channel.id, 'Педсовет в среду в 14:30');
});

step(['R36', 'R37', 'R38'], '§4¶4', 'the role of teacher is given at registration and confirmed by the administrator; before it no links, chats with students or broadcasts; then the badge', async () => {
	curator = await join(org, 'teacher', group, ['Гаврилова', 'Наталья', 'Петровна'], { lead: true, unconfirmed: true });
	const watcher = await join(org, 'student', group, ['Смирнова', 'Дарья']);
	const badge = async () => (await watcher.call('chat_members', { chat_id: group.chat_id })).members.find(({ person }) => person.id === curator.person.id).confirmed;
	const state = async () => (await me(curator)).memberships[0].verification;
	assert.deepEqual([await state(), await badge()], ['claimed', false]);
	const deeds = () => [
		['unit_invite_create', { unit_id: group.id, role: 'student', client_id: newId() }],
		['chat_create', { org_id: org.id, title: 'Практика', audience: ['staff', 'student'], client_id: newId() }],
		['chat_create', { org_id: org.id, title: 'Рассылка', audience: ['student'], channel: true, client_id: newId() }],
	];
	for (const [command, params] of deeds()) assert.match((await refused(curator, command, params, 'forbidden')).message, /подтверд/);
	await curator.call('verification_submit', { org_id: org.id, position: 'преподаватель анатомии', subjects: 'анатомия', client_id: newId() });
	assert.deepEqual([await state(), await badge()], ['under_review', false]);
	for (const [command, params] of deeds()) await refused(curator, command, params, 'forbidden');
	await org.admin.call('verification_decide', { org_id: org.id, person_ids: [curator.person.id], confirm: false, reason: 'Укажите отделение', client_id: newId() });
	assert.equal(await state(), 'refused');
	await curator.call('verification_submit', { org_id: org.id, position: 'преподаватель анатомии, отделение СД', client_id: newId() });
	await org.confirm(curator);
	assert.deepEqual([await state(), await badge()], ['confirmed', true]);
	for (const [command, params] of deeds()) await curator.call(command, params);
	const leaver = await join(org, 'teacher', group, ['Временный', 'Иван']);
	await org.admin.call('movement_apply', { org_id: org.id, kind: 'dismiss', person_ids: [leaver.person.id], client_id: newId() });
	await leaver.call('invite_accept', { token: (await org.invite('teacher', group)).token });
	assert.equal((await me(leaver)).memberships[0].verification, 'claimed');
});

step('R32', '§4¶4', 'the college lets its curators make the links of registration for their groups, or keeps that to the administrator', async () => {
	const make = (unit = group) => curator.try('unit_invite_create', { unit_id: unit.id, role: 'student', max_uses: 30, client_id: newId() });
	const { result } = await make();
	const page = await new Client(server).call('invite_preview', { token: result.token });
	assert.deepEqual([page.org_type, page.role, page.unit_kind, page.unit_name], ['college', 'student', 'group', 'СД-211']);
	student = await comeIn(server, result.token, named(['Петров', 'Кирилл']));
	mate = await comeIn(server, result.token, named(['Ильина', 'Софья']));
	assert.equal((await make(second)).error.code, 'forbidden');
	await org.admin.call('join_settings_set', { org_id: org.id, student_invites: 'admins', client_id: newId() });
	assert.equal((await make()).error.code, 'forbidden');
	await org.admin.call('unit_invite_create', { unit_id: group.id, role: 'student', client_id: newId() });
	await org.admin.call('join_settings_set', { org_id: org.id, student_invites: 'admins_and_leads', client_id: newId() });
	assert.ok((await make()).result);
	teacher = await join(org, 'teacher', group, ['Орлов', 'Андрей']);
	await refused(teacher, 'unit_invite_create', { unit_id: group.id, role: 'student' }, 'forbidden');
});

step('R35', '§4¶4', 'a teacher makes chats with colleagues and students and invites by a link that lets in only those it is for', async () => {
	const withStudents = await curator.call('chat_create', { org_id: org.id, title: 'Анатомия: зачёт', audience: ['student'], client_id: newId() });
	const toStudents = await curator.call('chat_link_create', { chat_id: withStudents.id, max_uses: 2, client_id: newId() });
	assert.equal((await student.call('chat_link_join', { token: toStudents.token, client_id: newId() })).id, withStudents.id);
	const colleagues = await curator.call('chat_create', { org_id: org.id, title: 'Цикловая комиссия', audience: ['staff'], client_id: newId() });
	const toColleagues = await curator.call('chat_link_create', { chat_id: colleagues.id, client_id: newId() });
	await refused(student, 'chat_link_join', { token: toColleagues.token, client_id: newId() }, 'forbidden');
	assert.equal((await teacher.call('chat_link_join', { token: toColleagues.token, client_id: newId() })).id, colleagues.id);
	await refused(neighbour.student, 'chat_link_join', { token: toStudents.token, client_id: newId() }, 'forbidden');
	const parents = await curator.call('chat_create', { org_id: org.id, title: 'Родители несовершеннолетних', audience: ['guardian'], client_id: newId() });
	await refused(mate, 'chat_link_join', { token: (await curator.call('chat_link_create', { chat_id: parents.id, client_id: newId() })).token, client_id: newId() }, 'forbidden');
	await curator.call('chat_link_annul', { chat_id: withStudents.id, link_id: toStudents.id, client_id: newId() });
	await refused(mate, 'chat_link_join', { token: toStudents.token, client_id: newId() }, 'link_unusable');
});

step('R25', '§4', 'head, administrator, deputy, curator of a group, teacher, student and parent; beside them the operator and the municipal curator', async () => {
	const deputy = await join(org, 'coadmin', undefined, ['Дроздова', 'Ирина']);
	const parent = await join(org, 'guardian', group, ['Петрова', 'Анна']);
	const municipal = await makeCurator(server, operator, [org]);
	const roles = await Promise.all([director, org.admin, deputy, curator, teacher, student, parent].map(async (client) => (await me(client)).memberships[0].role));
	assert.deepEqual(roles, ['head', 'admin', 'coadmin', 'teacher', 'teacher', 'student', 'guardian']);
	assert.ok((await me(curator)).memberships[0].units.some(({ unit_id, lead }) => unit_id === group.id && lead));
	assert.ok((await me(teacher)).memberships[0].units.every(({ lead }) => !lead));
	assert.deepEqual([(await me(operator)).operator, (await me(municipal)).curator, (await me(municipal)).memberships], [true, true, []]);
});

/* --- §2: the environment */

step('R26', '§2¶1', 'everybody has the functions of his role, and the server refuses all others', async () => {
	const deputy = await join(org, 'coadmin', undefined, ['Зорина', 'Вера']);
	const parent = await join(org, 'guardian', group, ['Ильина', 'Ольга']);
	const everybody = { 'администратор': org.admin, 'помощник': deputy, 'директор': director, 'куратор': curator, 'преподаватель': teacher, 'студент': student, 'родитель': parent };
	const staff = ['администратор', 'помощник', 'директор', 'куратор', 'преподаватель'];
	const matrix = [
		['org_card_set', { org_id: org.id, site: 'https://engmed.ru' }, ['администратор']],
		['handover_offer', { org_id: org.id, person_id: 999999, order_number: '1', order_date: '2024-01-01', stay_as: 'teacher' }, ['администратор']],
		['invite_create', { org_id: org.id, role: 'student', unit_id: group.id }, ['администратор', 'помощник']],
		['movement_apply', { org_id: org.id, kind: 'transfer', person_ids: [student.person.id], to_unit_id: second.id, preview: true }, ['администратор', 'помощник']],
		['member_list', { org_id: org.id }, ['администратор', 'помощник', 'директор']],
		['audit_list', { org_id: org.id }, ['администратор', 'директор']],
		['unit_invite_create', { unit_id: group.id, role: 'student' }, ['администратор', 'помощник', 'куратор']],
		['arrival_list', { unit_id: group.id }, ['администратор', 'помощник', 'директор', 'куратор']],
		['chat_create', { org_id: org.id, title: 'Чат', audience: ['staff'] }, staff],
		['subject_list', { org_id: org.id }, staff],
		['chat_directory', { org_id: org.id }, Object.keys(everybody)],
		['org_card_get', { org_id: org.id }, Object.keys(everybody)],
		['application_list', { state: 'sent' }, []],
		['org_list', {}, []],
	];
	for (const [command, params, allowed] of matrix) {
		for (const [name, client] of Object.entries(everybody)) {
			const { error } = await client.try(command, 'client_id' in (schemas[commands.get(command).request].properties ?? {}) ? { ...params, client_id: newId() } : params);
			assert.equal(error?.code !== 'forbidden', allowed.includes(name), `${command}: ${name}: ${error?.code}`);
		}
	}
});

step('R10', ['§2¶1', '§4¶1'], 'a closed community of its own: every command on an object of another organisation finds nothing; only operator and municipal curator are explicit', async () => {
	let tried = 0;
	for (const { name, target } of commands.values()) {
		if (target.kind === 'none' || name === 'org_public') continue;
		for (const client of [org.admin, curator, student, operator]) {
			const { error } = await client.try(name, sample(name, neighbour));
			assert.equal(error?.code, 'not_found', `${name} by ${client.person.family_name}: ${error?.code}`);
			tried += 1;
		}
	}
	assert.ok(tried > 300, `${tried} calls`);
	const municipal = await makeCurator(server, operator, [org]);
	assert.equal((await municipal.call('org_figures', { org_id: org.id })).units > 0, true);
	await refused(municipal, 'org_figures', { org_id: neighbour.id }, 'not_found');
	await refused(municipal, 'member_list', { org_id: org.id }, 'forbidden');
	await refused(municipal, 'chat_snapshot', { chat_id: group.chat_id }, 'not_found');
	assert.ok(!JSON.stringify(await Promise.all([org.admin, student].map(me))).includes(neighbour.word));
});

step(['R40', 'R41', 'R42'], '§2', 'accounts are our own; numbers and addresses are hidden and nobody is found by one; into a group only by a closed link, or admitted by staff', async () => {
	assert.deepEqual(Object.keys(schemas.SignIn.properties).sort(), ['code', 'device', 'device_key', 'phone']);
	const told = JSON.stringify([
		...await Promise.all([student, teacher, curator, director, org.admin].map(me)),
		await student.call('chat_members', { chat_id: group.chat_id }), await student.call('people_get', { chat_id: group.chat_id, person_ids: [curator.person.id, mate.person.id] }),
		await curator.call('arrival_list', { unit_id: group.id }), await org.admin.call('member_list', { org_id: org.id }), await director.call('audit_list', { org_id: org.id, limit: 200 }),
	]);
	for (const client of [student, mate, curator, teacher, director, org.admin]) assert.ok(!told.replace(/\D/g, '').includes(client.phone.slice(-10)));
	assert.doesNotMatch(told, /https?:\/\/(vk|t\.me|ok\.ru|facebook)|engmed\.ru"|lukyanova@/);
	for (const query of [mate.phone, mate.phone.slice(-7)]) assert.deepEqual((await org.admin.call('member_list', { org_id: org.id, query })).members, []);
	for (const command of ['person_delete', 'second_factor_reset']) await refused(curator, command, { phone: mate.phone, reason: 'Проверка' }, 'forbidden');

	const outsider = new Client(server);
	for (const [command, params] of [['chat_directory', { org_id: org.id }], ['chat_snapshot', { chat_id: group.chat_id }], ['member_list', { org_id: org.id, query: 'Петров' }]]) await refused(outsider, command, params, 'not_signed_in');
	await refused(outsider, 'org_public', { org_id: org.id }, 'not_found');
	await refused(neighbour.student, 'chat_join', { org_id: org.id, chat_id: group.chat_id, client_id: newId() }, 'not_found');
	await refused(student, 'chat_join', { org_id: org.id, chat_id: second.chat_id, client_id: newId() }, 'not_found');
	const asking = await comeIn(server, (await org.invite('student', group, { approval: true })).token, named(['Чужаков', 'Глеб']));
	assert.deepEqual((await me(asking)).memberships, []);
	const request = (await curator.call('unit_request_list', { unit_id: group.id })).requests.find(({ person }) => person.id === asking.person.id);
	await refused(mate, 'unit_request_decide', { unit_id: group.id, request_id: request.id, accept: true, client_id: newId() }, 'forbidden');
	await curator.call('unit_request_decide', { unit_id: group.id, request_id: request.id, accept: true, client_id: newId() });
	assert.ok((await chatsOf(asking)).some(({ id }) => id === group.chat_id));
});

step('R43', '§2', 'no advertisements, nothing to pay for; codes, guesses and messages have their limits, and a link is checked before it tells anything', async () => {
	assert.deepEqual([...commands.keys()].filter((name) => /pay|price|tariff|advert|banner|promo/.test(name)), []);
	const guest = new Client(server);
	const phone = newPhone();
	await guest.call('code_request', { phone });
	await refused(guest, 'code_request', { phone }, 'rate_limited');
	let guessed;
	for (let i = 0; i < 200 && guessed?.code !== 'rate_limited'; i++) guessed = (await guest.try('invite_by_code', { code: '44444444' })).error;
	assert.equal(guessed.code, 'rate_limited');
	await refused(student, 'message_post', { chat_id: group.chat_id, client_id: newId(), text: 'я'.repeat(20000) }, 'invalid_field', 'text');
	const link = await curator.call('chat_link_create', { chat_id: (await chatOf(curator, 'Цикловая комиссия')).id, client_id: newId() });
	assert.equal((await student.call('chat_link_preview', { token: link.token })).title, undefined);
	await refused(student, 'chat_link_preview', { token: 'A'.repeat(32) }, 'link_unusable');
});

step('R67', '§5¶1', 'the public page says how to register by role, names nobody, and is there only when the college opens it', async () => {
	const guest = new Client(server);
	await refused(guest, 'org_public', { org_id: org.id }, 'not_found');
	await refused(student, 'join_settings_set', { org_id: org.id, published: true }, 'forbidden');
	await org.admin.call('join_settings_set', { org_id: org.id, published: true, contact: 'учебная часть, кабинет 12', client_id: newId() });
	const page = await guest.call('org_public', { org_id: org.id });
	assert.deepEqual([page.short_name, page.type, page.contact, page.requests_open, page.units], ['Энгельсский медколледж', 'college', 'учебная часть, кабинет 12', false, []]);
	await org.admin.call('join_settings_set', { org_id: org.id, requests_open: true, client_id: newId() });
	const open = await guest.call('org_public', { org_id: org.id });
	assert.ok(open.units.some(({ name }) => name === 'СД-211'));
	for (const { person } of [org.admin, curator, student]) assert.ok(!JSON.stringify(open).includes(person.family_name));
	const asker = new Client(server);
	const phone = newPhone();
	await asker.call('join_ask', { org_id: org.id, role: 'student', unit_id: group.id, phone, code: await codeFor(asker, phone), ...named(['Поступивший', 'Марк']) });
	assert.equal((await asker.call('join_request_mine')).requests[0].state, 'waiting');
	await org.admin.call('join_settings_set', { org_id: org.id, published: false, requests_open: false, client_id: newId() });
	await refused(guest, 'org_public', { org_id: org.id }, 'not_found');
});

step('R102', '§4¶5', 'whoever cannot get in turns to the administrator, who sees who is expected, invited, in or shut out, and gives a way in again', () => comesByCards(server, org, group, curator, mate, 'Крылов'));
