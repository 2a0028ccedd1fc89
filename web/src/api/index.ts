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

async function heard<T>(answer: Promise<unknown>): Promise<T> {
	try {
		return (await answer) as T;
	} catch (error) {
		if (error instanceof Refusal && error.code === 'not_signed_in') onSignedOut?.();
		throw error;
	}
}

export function command<C extends CommandName>(name: C, params: Params<C>): Promise<Result<C>> {
	return heard(socket?.open && !HTTP_ONLY.has(name) ? socket.command(name, params) : post(name, params, language));
}

/** Milliseconds after which the same command goes another way too. */
const BESIDE_MS: readonly number[] = [300, 600, 900, 1500, 2500, 4000];

/** For a command that may happen more than once and is in haste: what seems open may be dead, so while no answer comes the command goes by new connections too.
 *  The first answer counts; it fails when nothing is under way any more. */
export function commandBeside<C extends CommandName>(name: C, params: Params<C>): Promise<Result<C>> {
	return new Promise((resolve, reject) => {
		const timers: ReturnType<typeof setTimeout>[] = [];
		let under = 0;
		let over = false;
		let bySocket = socket?.open === true;
		const end = (run: () => void): void => {
			over = true;
			timers.forEach(clearTimeout);
			run();
		};
		const attempt = (answer: Promise<Result<C>>): void => {
			under += 1;
			answer.then(
				(result) => end(() => resolve(result)),
				(error: unknown) => {
					under -= 1;
					if (over) return;
					if (error instanceof Refusal) return end(() => reject(error));
					if (under > 0) return;
					if (!bySocket) return end(() => reject(error as Error));
					bySocket = false; // it broke with the command in it
					another();
				},
			);
		};
		const another = (): void => attempt(heard(post(name, params, language)));
		attempt(command(name, params));
		for (const ms of BESIDE_MS) timers.push(setTimeout(another, ms));
	});
}

/** 128 random bits; made before the first attempt of a command and kept for its repeats. */
export function newClientId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
