// SPDX-License-Identifier: Apache-2.0
// Passkeys on the wire, with an authenticator that also lies.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Authenticator, cbor } from '../lib/authenticator.mjs';
import { Client } from '../lib/client.mjs';
import { serverForFile } from '../lib/server.mjs';
import { totp } from '../lib/totp.mjs';

const server = await serverForFile({ mode: 'demo' });
const person = new Client(server);
await person.call('sign_in', { phone: '+79000004010', code: '000000' });
const other = new Client(server);
await other.call('sign_in', { phone: '+79000004000', code: '000000' });
const me = (await person.call('me_snapshot')).person.id;
const refused = async (client, command, params, code, field) => {
	const { error } = await client.try(command, params);
	assert.equal(error?.code, code, `${command}: ${JSON.stringify(error)}`);
	if (field) assert.equal(error.field, field, command);
};
const begin = async (client = person) => (await client.call('passkey_begin')).challenge;
const challenge = async () => (await new Client(server).call('passkey_challenge')).challenge;

const key = new Authenticator();
let passkey;

test('a passkey is made and signs in; the list, its name', async () => {
	const begun = await person.call('passkey_begin');
	assert.deepEqual([begun.rp_id, begun.exclude], ['localhost', []]);
	const socket = await person.socket();
	passkey = await person.call('passkey_add', { name: 'Телефон', ...key.create(begun.challenge) });
	assert.equal((await socket.event(({ type }) => type === 'security_changed')).data.what, 'passkey_added');
	await socket.close();
	assert.equal((await person.call('passkey_begin')).exclude.length, 1);
	assert.equal((await person.call('passkey_rename', { passkey_id: passkey.id, name: 'Мой телефон' })).name, 'Мой телефон');
	await refused(other, 'passkey_rename', { passkey_id: passkey.id, name: 'Чужой' }, 'not_found', 'passkey_id');
	await refused(other, 'passkey_delete', { passkey_id: passkey.id }, 'not_found', 'passkey_id');
	const page = new Client(server);
	assert.equal((await page.call('passkey_sign_in', { ...key.get(await challenge()), device: 'Сайт' })).person.id, me);
	assert.equal((await page.call('me_snapshot')).person.id, me);
	const { passkeys } = await page.call('security_get');
	assert.deepEqual(passkeys.map(({ id, name }) => [id, name]), [[passkey.id, 'Мой телефон']]);
	assert.ok(passkeys[0].used_at > 0);
});

test('a challenge works once, and for what it was given', async () => {
	const one = await challenge();
	const answer = key.get(one);
	await new Client(server).call('passkey_sign_in', answer);
	await refused(new Client(server), 'passkey_sign_in', answer, 'code_expired', 'client_data');
	await refused(new Client(server), 'passkey_sign_in', key.get(one), 'code_expired');
	await refused(new Client(server), 'passkey_sign_in', key.get(await begin()), 'code_expired'); // of a registration
	await refused(person, 'passkey_add', { name: 'К', ...new Authenticator().create(await challenge()) }, 'code_expired'); // of a sign-in
	await refused(person, 'passkey_add', { name: 'К', ...new Authenticator().create(await begin(other)) }, 'code_expired'); // of another person
	await refused(person, 'passkey_add', { name: 'К', ...new Authenticator().create('AAAA') }, 'code_expired');
	// A failed try spends it too.
	const spent = await challenge();
	await refused(new Client(server), 'passkey_sign_in', key.get(spent, { flags: 0x01 }), 'code_wrong');
	await refused(new Client(server), 'passkey_sign_in', key.get(spent), 'code_expired');
});

test('another site, an unverified user, a forged signature, a copied key', async () => {
	const page = new Client(server);
	for (const client of [{ origin: 'http://localhost.evil.example' }, { origin: 'https://evil.example' }, { origin: 'http://localhos' }, { crossOrigin: true }, { type: 'webauthn.create' }, { origin: undefined }]) {
		await refused(page, 'passkey_sign_in', key.get(await challenge(), { client }), 'invalid_field', 'client_data');
	}
	await refused(page, 'passkey_sign_in', key.get(await challenge(), { rpId: 'evil.example' }), 'code_wrong', 'signature');
	await refused(page, 'passkey_sign_in', key.get(await challenge(), { flags: 0x01 }), 'code_wrong'); // not verified
	await refused(page, 'passkey_sign_in', key.get(await challenge(), { flags: 0x04 }), 'code_wrong'); // not present
	const forged = key.get(await challenge());
	await refused(page, 'passkey_sign_in', { ...forged, signature: new Authenticator().get('AAAA').signature }, 'code_wrong');
	await refused(page, 'passkey_sign_in', key.get(await challenge(), { count: 1 }), 'code_wrong'); // the counter went back
	await refused(page, 'passkey_sign_in', new Authenticator().get(await challenge()), 'no_account', 'credential_id');
	for (const field of ['credential_id', 'client_data', 'authenticator_data', 'signature']) {
		await refused(page, 'passkey_sign_in', { ...key.get(await challenge()), [field]: '%%%' }, 'invalid_field', field);
	}
	assert.equal(page.cookies.size, 0);
	assert.equal((await page.call('passkey_sign_in', key.get(await challenge()))).person.id, me); // still the right one
});

test('what is no attestation is refused', async () => {
	const add = async (make) => ({ name: 'К', ...make(await begin()) });
	const bad = async (options, field = 'attestation') => refused(person, 'passkey_add', await add((c) => new Authenticator().create(c, options)), 'invalid_field', field);
	await bad({ client: { origin: 'https://evil.example' } }, 'client_data');
	await bad({ rpId: 'evil.example' });
	await bad({ flags: 0x41 }); // not verified
	await bad({ flags: 0x05 }); // no key in it
	await bad({ algorithm: 0 });
	await bad({ algorithm: -257 }); // says RSA, is none
	for (const attestation of [Buffer.from('a0', 'hex'), Buffer.from('bf', 'hex'), Buffer.from('9bffffffffffffffff', 'hex'), Buffer.from('a1', 'hex'), cbor(new Map([['authData', 'text']])),
		Buffer.from(`a163666d74${'81'.repeat(5000)}`, 'hex'), Buffer.concat([cbor(new Map([['authData', Buffer.alloc(37)]])), Buffer.from([0])])]) await bad({ attestation });
	// The same key again, also of somebody else.
	await refused(person, 'passkey_add', { name: 'К', ...key.create(await begin()) }, 'conflict', 'attestation');
	await refused(other, 'passkey_add', { name: 'К', ...key.create(await begin(other)) }, 'conflict', 'attestation');
});

test('with a second factor its code is wanted for a new key; a key stands for both steps; twenty are enough', async () => {
	const { secret } = await person.call('totp_begin');
	const { codes } = await person.call('totp_confirm', { code: totp(secret, -1) });
	await refused(person, 'passkey_begin', {}, 'code_wrong', 'second_code');
	await person.call('passkey_begin', { second_code: codes[0] });
	const page = new Client(server);
	const step = await page.call('sign_in', { phone: '+79000004010', code: '000000' });
	assert.equal(step.second_factor.passkey, true);
	assert.equal((await page.call('passkey_sign_in', key.get(await challenge()))).person.id, me);
	await person.call('totp_disable', { code: codes[1] });
	for (let i = 1; i < 20; i++) await person.call('passkey_add', { name: `Ключ ${i}`, ...new Authenticator().create(await begin()) });
	await refused(person, 'passkey_begin', {}, 'conflict');
	await person.call('passkey_delete', { passkey_id: passkey.id });
	await refused(person, 'passkey_delete', { passkey_id: passkey.id }, 'not_found', 'passkey_id');
	await refused(new Client(server), 'passkey_sign_in', key.get(await challenge()), 'no_account');
});
