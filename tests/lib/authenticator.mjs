// SPDX-License-Identifier: Apache-2.0
// A passkey's authenticator in software, that can also lie.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** The handful of CBOR that is needed: integers, bytes, text, maps. */
export function cbor(value) {
	const head = (major, n) => (n < 24 ? Buffer.from([(major << 5) | n]) : n < 256 ? Buffer.from([(major << 5) | 24, n]) : Buffer.from([(major << 5) | 25, n >> 8, n & 255]));
	if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
	if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
	if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
	return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, part]) => [cbor(key), cbor(part)])]);
}

export class Authenticator {
	id = randomBytes(32);
	count = 0;
	keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

	constructor({ rpId = 'localhost', origin = 'http://localhost' } = {}) {
		this.rpId = rpId;
		this.origin = origin;
	}

	#client(type, challenge, more = {}) {
		return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false, ...more }));
	}

	#data(flags, { rpId = this.rpId, count = this.count } = {}) {
		const counter = Buffer.alloc(4);
		counter.writeUInt32BE(count);
		return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter]);
	}

	/** What navigator.credentials.create gives. */
	create(challenge, { flags = 0x45, client = {}, algorithm = -7, rpId, attestation } = {}) {
		const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
		const cose = cbor(new Map([[1, 2], [3, algorithm], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]));
		const length = Buffer.from([0, this.id.length]);
		const data = Buffer.concat([this.#data(flags, { rpId: rpId ?? this.rpId }), Buffer.alloc(16), length, this.id, cose]);
		const whole = attestation ?? cbor(new Map([['fmt', 'none'], ['attStmt', new Map()], ['authData', data]]));
		return { client_data: base64url(this.#client('webauthn.create', challenge, client)), attestation: base64url(whole) };
	}

	/** What navigator.credentials.get gives. */
	get(challenge, { flags = 0x05, client = {}, rpId, count } = {}) {
		this.count += 1;
		const clientData = this.#client('webauthn.get', challenge, client);
		const data = this.#data(flags, { rpId: rpId ?? this.rpId, count: count ?? this.count });
		const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), this.keys.privateKey);
		return { credential_id: base64url(this.id), client_data: base64url(clientData), authenticator_data: base64url(data), signature: base64url(signature) };
	}
}
