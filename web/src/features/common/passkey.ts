// SPDX-License-Identifier: Apache-2.0
// Passkeys of this browser (WebAuthn), and what the server wants of them.
import { command } from '../../api/index.ts';
import type { Params, Schemas } from '../../api/types.ts';
import { thisDevice } from './device.ts';

export const passkeysHere = (): boolean => typeof PublicKeyCredential !== 'undefined' && isSecureContext;

const toText = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const toBytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/** The person said no, or the device did: nothing happened. */
export class Cancelled extends Error {}

async function asked<T>(ask: Promise<Credential | null>): Promise<PublicKeyCredential & { response: T }> {
	try {
		const credential = await ask;
		if (credential) return credential as PublicKeyCredential & { response: T };
	} catch {
		// NotAllowedError, InvalidStateError, ...: the browser has told why
	}
	throw new Cancelled();
}

export async function makePasskey(begun: Schemas['PasskeyBegun'], name: string): Promise<Params<'passkey_add'>> {
	const { response } = await asked<AuthenticatorAttestationResponse>(
		navigator.credentials.create({
			publicKey: {
				challenge: toBytes(begun.challenge),
				rp: { id: begun.rp_id, name: 'Звонок' },
				user: { id: toBytes(begun.user_id), name: begun.user_name, displayName: begun.user_name },
				pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key' as const, alg })),
				authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
				attestation: 'none',
				excludeCredentials: begun.exclude.map((id) => ({ type: 'public-key' as const, id: toBytes(id) })),
			},
		}),
	);
	return { name, client_data: toText(response.clientDataJSON), attestation: toText(response.attestationObject) };
}

/** Begins a session by a passkey that the browser offers. */
export async function signInByPasskey(): Promise<void> {
	const { challenge, rp_id } = await command('passkey_challenge', {});
	const credential = await asked<AuthenticatorAssertionResponse>(
		navigator.credentials.get({ publicKey: { challenge: toBytes(challenge), rpId: rp_id, userVerification: 'required' } }),
	);
	const { response } = credential;
	await command('passkey_sign_in', {
		credential_id: toText(credential.rawId),
		client_data: toText(response.clientDataJSON),
		authenticator_data: toText(response.authenticatorData),
		signature: toText(response.signature),
		...thisDevice(),
	});
}
