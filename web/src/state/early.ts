// SPDX-License-Identifier: Apache-2.0
// The first question to the server, asked before the rest of the client has come; the session takes the answer.
import { post } from '../api/http.ts';
import type { MeSnapshot } from '../api/types.ts';

let asked: Promise<MeSnapshot> | undefined;

export function askEarly(): void {
	asked = post('me_snapshot', {}, navigator.language || 'ru') as Promise<MeSnapshot>;
	asked.catch(() => undefined); // whoever takes it hears of it
}

/** Once: the next question is asked anew. */
export function takeEarly(): Promise<MeSnapshot> | undefined {
	const answer = asked;
	asked = undefined;
	return answer;
}
