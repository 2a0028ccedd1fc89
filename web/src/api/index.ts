// SPDX-License-Identifier: Apache-2.0
// Commands, over the open socket when there is one, else over HTTP.
import { post } from './http.ts';
import { Refusal } from './errors.ts';
import type { CommandName, Params, Result } from './types.ts';
import type { Socket } from './socket.ts';

export { Offline, Refusal } from './errors.ts';
export type * from './types.ts';

let socket: Socket | undefined;
let language = 'ru';
let onSignedOut: (() => void) | undefined;

/** The socket that commands go through while it is open. */
export function useSocket(next: Socket | undefined): void {
	socket = next;
}

export function useLanguage(next: string): void {
	language = next;
}

/** Called when the server says that there is no session any more. */
export function onNotSignedIn(run: (() => void) | undefined): void {
	onSignedOut = run;
}

// These set or clear the cookie, which a socket cannot do.
const HTTP_ONLY: ReadonlySet<string> = new Set(['sign_in', 'sign_out', 'operator_claim', 'invite_accept', 'second_factor', 'passkey_sign_in']);

export async function command<C extends CommandName>(name: C, params: Params<C>): Promise<Result<C>> {
	try {
		if (socket?.open && !HTTP_ONLY.has(name)) return (await socket.command(name, params)) as Result<C>;
		return (await post(name, params, language)) as Result<C>;
	} catch (error) {
		if (error instanceof Refusal && error.code === 'not_signed_in') onSignedOut?.();
		throw error;
	}
}

/** 128 random bits; made before the first attempt of a command and kept for its repeats. */
export function newClientId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
