// SPDX-License-Identifier: Apache-2.0
// One's own account on the wire: devices, the second factor, "my account was taken".
import test from 'node:test';
import assert from 'node:assert/strict';
import { Client, newId } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { totp } from '../lib/totp.mjs';
import { codeFor } from '../lib/world.mjs';

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
	const code = await codeFor(stranger, nobody);
	await refused(stranger, 'account_taken_by_phone', { phone: nobody, code: code === '000000' ? '111111' : '000000' }, 'code_wrong');
	await refused(stranger, 'account_taken_by_phone', { phone: nobody, code }, 'no_account');
});
