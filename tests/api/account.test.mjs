// SPDX-License-Identifier: Apache-2.0
// One's own account on the wire: devices, the second factor, "my account was taken".
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { eventsOf } from '../lib/load.mjs';
import { serverForFile } from '../lib/server.mjs';
import { totp } from '../lib/totp.mjs';
import { claimOperator, codeFor } from '../lib/world.mjs';

// In the demonstration a code is always 000000 and may be asked for at any time, so that one person can sign in again and again.
const demo = await serverForFile({ mode: 'demo' });
const CODE = '000000';

async function signedIn(phone, extra = {}) {
	const client = new Client(demo);
	client.phone = phone;
	client.answer = await client.call('sign_in', { phone, code: CODE, device: 'Chrome, Android', ...extra });
	client.person = client.answer.person;
	return client;
}

const operator = await signedIn('+79000000000');
const of = async (number) => {
	const [admin, head, coadmin] = [await signedIn(`+7900000${number}000`), await signedIn(`+7900000${number}001`), await signedIn(`+7900000${number}002`)];
	const org = (await admin.call('me_snapshot')).memberships[0].org;
	return { ...org, admin, coadmin, head };
};
const [a, b] = [await of(4), await of(1)];

const refused = async (client, command, params, code, field) => {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, `${command}: ${JSON.stringify(error)}`);
	if (field) assert.equal(error.field, field, command);
};

let numbers = 0;
async function fresh() {
	const { token } = await a.admin.call('invite_create', { org_id: a.id, role: 'teacher' });
	const person = new Client(demo);
	person.phone = `+7901${String(process.pid % 1000).padStart(3, '0')}${String(++numbers).padStart(4, '0')}`;
	const names = { given_name: 'Нина', family_name: 'Новикова' };
	person.person = (await person.call('invite_accept', { token, phone: person.phone, code: CODE, ...names, device: 'Firefox, Windows', device_key: newId() })).person;
	return person;
}

async function switchOn(person) {
	const { secret, uri } = await person.call('totp_begin');
	assert.match(uri, new RegExp(`^otpauth://totp/.*secret=${secret}&`));
	await refused(person, 'totp_confirm', { code: '000000' === totp(secret) ? '111111' : '000000' }, 'code_wrong', 'code');
	const { codes } = await person.call('totp_confirm', { code: totp(secret, -1) });
	assert.equal(new Set(codes).size, 10);
	return { secret, codes };
}

test('the first device is no news; nobody else hears of devices', async () => {
	const person = await fresh();
	const mine = await person.socket();
	const others = await a.admin.socket();
	const { sessions } = await person.call('session_list');
	assert.deepEqual(sessions.map(({ device, address, is_new, current }) => [device, address, is_new, current]), [['Firefox, Windows', `${person.address.replace(/\d+$/, '*')}`, false, true]]);
	await refused(person, 'session_confirm', { session_id: sessions[0].id }, 'not_found');
	assert.deepEqual((await person.call('me_snapshot')).new_devices, []);
	assert.deepEqual(await person.call('session_end_others'), { ended: 0 });
	await mine.settle();
	await others.settle();
	assert.deepEqual(mine.events, []);
	await mine.close();
	await others.close();
});

test('second factor: two steps, each code once, no session before', async () => {
	const person = await fresh();
	await refused(person, 'totp_confirm', { code: '123456' }, 'conflict');
	await refused(person, 'totp_disable', { code: '123456' }, 'conflict');
	await refused(person, 'recovery_codes_renew', { code: '123456' }, 'conflict');
	const socket = await person.socket();
	const { secret, codes } = await switchOn(person);
	assert.equal((await socket.event(({ type }) => type === 'security_changed')).data.what, 'totp_on');
	await refused(person, 'totp_begin', {}, 'conflict');
	await refused(person, 'totp_confirm', { code: totp(secret) }, 'conflict');
	const security = await person.call('security_get');
	assert.deepEqual({ ...security, phone: '' }, { phone: '', totp: true, recovery_left: 10, recommended: false, passkeys: [] });
	assert.match(security.phone, /^\+7 ••• •••-\d\d-\d\d$/);
	assert.ok(!JSON.stringify(security).includes(person.phone.slice(2, 8)));
	await refused(person, 'totp_disable', { code: '000000' === totp(secret) ? '111111' : '000000' }, 'code_wrong', 'code');
	await refused(person, 'recovery_codes_renew', { code: 'zzzzz-zzzzz' }, 'code_wrong', 'code');
	const renewed = await person.call('recovery_codes_renew', { code: codes[0] });
	await refused(person, 'totp_disable', { code: codes[1] }, 'code_wrong');

	// The phone alone gives no session.
	const second = await signedIn(person.phone, { device_key: newId() });
	assert.equal(second.answer.person, undefined);
	assert.equal(second.cookies.size, 0);
	const { token, passkey, totp: byApp } = second.answer.second_factor;
	assert.deepEqual([passkey, byApp], [false, true]);
	await refused(second, 'me_snapshot', {}, 'not_signed_in');
	await refused(second, 'second_factor', { token: 'A'.repeat(43), code: totp(secret) }, 'code_expired', 'token');
	await refused(second, 'second_factor', { token, code: totp(secret, 5) }, 'code_wrong', 'code');
	const done = await second.call('second_factor', { token, code: totp(secret) });
	assert.equal(done.person.id, person.person.id);
	await refused(new Client(demo), 'second_factor', { token, code: renewed.codes[0] }, 'code_expired', 'token');
	const told = await socket.event(({ type }) => type === 'device_signed_in');
	assert.equal(told.data.device.device, 'Chrome, Android');
	const { new_devices: [device] } = await person.call('me_snapshot');
	assert.deepEqual(device, told.data.device);
	const mine = (await second.call('session_list')).sessions.find(({ current }) => current);
	assert.deepEqual([mine.id, mine.is_new], [device.session_id, true]);
	await refused(second, 'session_confirm', { session_id: mine.id }, 'not_found');
	await person.call('session_confirm', { session_id: mine.id });
	assert.equal((await socket.event(({ type }) => type === 'device_settled')).data.session_id, mine.id);
	assert.deepEqual((await person.call('me_snapshot')).new_devices, []);

	// A link is no way around the second step.
	const { token: link } = await a.admin.call('invite_create', { org_id: a.id, role: 'teacher' });
	await refused(new Client(demo), 'invite_accept', { token: link, phone: person.phone, code: CODE, given_name: 'Нина', family_name: 'Новикова' }, 'conflict');
	await refused(b.admin, 'second_factor_reset', { phone: person.phone, reason: 'чужой' }, 'forbidden');
	await refused(operator, 'second_factor_reset', { phone: '+79995550000', reason: 'нет такого' }, 'not_found', 'phone');
	await operator.call('second_factor_reset', { phone: person.phone, reason: 'Потерян телефон' });
	await refused(person, 'me_snapshot', {}, 'not_signed_in');
	assert.equal(await socket.closed, 1008);
	assert.equal((await signedIn(person.phone)).person.id, person.person.id);
});

test('my account was taken: the rest ends, both are told, and close their reports', async () => {
	const person = await fresh();
	const [admin, foreign] = [await a.admin.socket(), await b.admin.socket()];
	await switchOn(person);
	assert.deepEqual(await person.call('account_taken'), { ended: 0 });
	const event = await admin.event(({ type }) => type === 'security_reported');
	await foreign.settle();
	assert.ok(!foreign.events.some(({ type }) => type === 'security_reported'));
	const { reports } = await a.admin.call('security_report_list', { org_id: a.id });
	const report = reports.find(({ id }) => id === event.data.report_id);
	assert.deepEqual([report.person.id, report.ended, report.revoked, report.by_phone, 'closed_at' in report], [person.person.id, 0, false, false, false]);
	await person.call('account_taken', { revoke: true });
	assert.equal((await person.call('security_get')).totp, false);
	await refused(b.admin, 'security_report_close', { org_id: b.id, report_id: report.id }, 'not_found', 'report_id');
	await refused(a.head, 'security_report_list', { org_id: a.id }, 'forbidden');
	assert.ok((await a.coadmin.call('security_report_close', { org_id: a.id, report_id: report.id })).closed_at > 0);
	const queue = (await operator.call('security_report_queue')).reports;
	const own = queue.find((one) => one.person.id === person.person.id);
	assert.notEqual(own.id, report.id);
	await refused(operator, 'security_report_settle', { report_id: report.id }, 'not_found', 'report_id');
	assert.ok((await operator.call('security_report_settle', { report_id: own.id })).closed_at > 0);
	await admin.close();
	await foreign.close();
});

test('my account was taken: other sessions end at once, their sockets too', async () => {
	const person = await fresh();
	const thief = await signedIn(person.phone);
	const socket = await thief.socket();
	assert.deepEqual(await person.call('account_taken'), { ended: 1 });
	assert.equal(await socket.closed, 1008);
	await refused(thief, 'me_snapshot', {}, 'not_signed_in');
	assert.deepEqual((await person.call('me_snapshot')).new_devices, []);
	const [one, two] = [await signedIn(person.phone), await signedIn(person.phone)];
	assert.deepEqual(await person.call('session_end_others'), { ended: 2 });
	for (const gone of [one, two]) await refused(gone, 'me_snapshot', {}, 'not_signed_in');
});

test('my account was taken, from the sign-in page: the phone is proved, every session ends, nobody is signed in', async () => {
	const person = await fresh();
	const socket = await person.socket();
	const page = new Client(demo);
	await page.call('account_taken_by_phone', { phone: person.phone, code: CODE });
	assert.equal(page.cookies.size, 0);
	assert.equal(await socket.closed, 1008);
	await refused(person, 'me_snapshot', {}, 'not_signed_in');
	assert.ok((await operator.call('security_report_queue')).reports.some((report) => report.person.id === person.person.id && report.by_phone));

	const server = await serverForFile();
	const stranger = new Client(server);
	const nobody = '+79006669999';
	await refused(stranger, 'account_taken_by_phone', { phone: nobody, code: '000000' }, 'code_expired');
	await refused(await claimOperator(server), 'phone_change', { phone: nobody, code: '000000' }, 'code_expired');
	const code = await codeFor(stranger, nobody);
	await refused(stranger, 'account_taken_by_phone', { phone: nobody, code: code === '000000' ? '111111' : '000000' }, 'code_wrong');
	await refused(stranger, 'account_taken_by_phone', { phone: nobody, code }, 'no_account');
});

test('another number: proved by a code, told to the other devices, the old one is free', async () => {
	const person = await fresh();
	const socket = await person.socket();
	const number = person.phone.replace('+7901', '+7902');
	const { phone } = await person.call('phone_change', { phone: number, code: CODE });
	assert.equal(phone, `+7 ••• •••-${number.slice(-4, -2)}-${number.slice(-2)}`);
	assert.equal((await socket.event(({ type }) => type === 'security_changed')).data.what, 'phone_changed');
	await refused(person, 'phone_change', { phone: a.admin.phone, code: CODE }, 'conflict', 'phone');
	await refused(person, 'phone_change', { phone: number, code: '111111' }, 'code_wrong');
	assert.equal((await signedIn(number)).person.id, person.person.id);
	await refused(new Client(demo), 'sign_in', { phone: person.phone, code: CODE }, 'no_account');
	await socket.close();
});

test('deletion: by oneself with days of grace, by support at once; the last administrator hands over first', async () => {
	const person = await fresh();
	const socket = await person.socket();
	const { delete_at: at } = await person.call('account_delete_request');
	assert.ok(Math.abs(at - Date.now() - 14 * 86400000) < 60000);
	assert.equal((await socket.event(({ type, data }) => type === 'deletion_changed' && data.delete_at)).data.delete_at, at);
	assert.equal((await person.call('me_snapshot')).delete_at, at);
	assert.equal((await signedIn(person.phone)).person.id, person.person.id);
	assert.equal((await person.call('me_snapshot')).delete_at, at, 'signing in takes nothing back');
	await person.call('account_delete_cancel');
	assert.equal((await person.call('me_snapshot')).delete_at, undefined);
	await refused(a.admin, 'account_delete_request', {}, 'conflict');
	await refused(operator, 'person_delete', { phone: a.admin.phone, reason: 'Просьба' }, 'conflict');
	await refused(operator, 'person_delete', { phone: '+79995550000', reason: 'Просьба' }, 'not_found', 'phone');

	// A secret word of the name is nowhere any more, not even in what was told before.
	const { token } = await a.admin.call('invite_create', { org_id: a.id, role: 'teacher' });
	const gone = new Client(demo);
	gone.phone = person.phone.replace('+7901', '+7903');
	gone.person = (await gone.call('invite_accept', { token, phone: gone.phone, code: CODE, given_name: 'Тайна', family_name: 'Исчезнувшая' })).person;
	const told = await gone.socket();
	const admins = async () => (await eventsOf(a.admin, `o${a.id}`)).filter((event) => JSON.stringify(event).includes('Исчезнувшая')).length;
	assert.ok(await admins() > 0);
	await operator.call('person_delete', { phone: gone.phone, reason: 'Просьба по почте' });
	assert.equal(await told.closed, 1008);
	await refused(gone, 'me_snapshot', {}, 'not_signed_in');
	await refused(new Client(demo), 'sign_in', { phone: gone.phone, code: CODE }, 'no_account');
	assert.equal(await admins(), 0);
	const { members } = await a.admin.call('member_list', { org_id: a.id, query: 'Исчезнувшая' });
	assert.deepEqual(members, []);
	await socket.close();
});

test('second codes are wanted of whoever has them', async () => {
	const person = await fresh();
	const { secret, codes } = await switchOn(person);
	await refused(person, 'account_delete_request', {}, 'code_wrong', 'second_code');
	await refused(person, 'phone_change', { phone: person.phone.replace('+7901', '+7904'), code: CODE }, 'code_wrong', 'second_code');
	await person.call('account_delete_request', { second_code: codes[2] });
	await person.call('account_delete_cancel');
	await person.call('totp_disable', { code: totp(secret) });
});

test('documents: what is wanted, each once, a child only by its guardian', async () => {
	const person = await fresh();
	const { documents_due: due } = await person.call('me_snapshot');
	assert.deepEqual(due.map(({ kind }) => kind), ['agreement', 'consent', 'rules']);
	for (const { kind, version, title } of due) {
		const text = await new Client(demo).call('document_get', { kind });
		assert.deepEqual([text.version, text.title], [version, title]);
		assert.ok(text.text.length > 1000);
	}
	assert.match((await person.call('document_get', { kind: 'rules', locale: 'en' })).text, /^[ -~\n]+$/);
	await refused(person, 'document_get', { kind: 'rules', version: 99 }, 'not_found');
	await refused(person, 'document_accept', { kind: 'rules', version: 99 }, 'conflict', 'version');
	await refused(person, 'document_accept', { kind: 'child_consent', version: 1 }, 'not_found', 'for_person_id');
	await refused(person, 'document_accept', { kind: 'child_consent', version: 1, for_person_id: a.admin.person.id }, 'not_found', 'for_person_id');
	const socket = await person.socket();
	for (const { kind, version } of due) await person.call('document_accept', { kind, version });
	await socket.event(({ type, data }) => type === 'document_accepted' && data.kind === 'rules');
	assert.deepEqual((await person.call('me_snapshot')).documents_due, []);
	let after;
	let state;
	do {
		const page = await a.admin.call('document_state_list', { org_id: a.id, ...(after ? { after } : {}) });
		state ??= page.people.find((one) => one.person.id === person.person.id);
		after = page.next_after;
	} while (after);
	assert.deepEqual([state.accepted.length, state.due.length, state.accepted[0].by_person_id], [3, 0, person.person.id]);
	await refused(a.head, 'document_state_list', { org_id: a.id }, 'forbidden');
	await refused(a.admin, 'document_state_list', { org_id: b.id }, 'not_found');
	await socket.close();
});
