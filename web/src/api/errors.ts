// SPDX-License-Identifier: Apache-2.0
// What a command may end with besides its result.
import type { ErrorCode, WireError } from './types.ts';

/** The server's declared refusal. `message` is in the person's language and safe to show. */
export class Refusal extends Error {
	override readonly name = 'Refusal';
	readonly code: ErrorCode;
	readonly field: string | undefined;
	/** Seconds until it is worth trying again. */
	readonly retryAfter: number | undefined;

	constructor(error: WireError) {
		super(error.message);
		this.code = error.code;
		this.field = error.field;
		this.retryAfter = error.retry_after_s;
	}

	/** Trying again by itself may help; anything else needs a person. */
	get passing(): boolean {
		return this.code === 'rate_limited' || this.code === 'unavailable' || this.code === 'uncertain' || this.code === 'storage_full';
	}
}

/** The server was not reached, or the answer did not come: the command may have happened. */
export class Offline extends Error {
	override readonly name = 'Offline';
}
