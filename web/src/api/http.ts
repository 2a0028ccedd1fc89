// SPDX-License-Identifier: Apache-2.0
// One command is one POST. The X-Zvonok header is the mark that a page of another origin cannot set.
import { Offline, Refusal } from './errors.ts';
import type { WireError } from './types.ts';

const ANSWER_LIMIT_MS = 20_000;

export async function post(name: string, params: unknown, language: string): Promise<unknown> {
	let response: Response;
	let body: unknown;
	try {
		response = await fetch(`/api/v1/${name}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', 'X-Zvonok': '1', 'Accept-Language': language },
			body: JSON.stringify(params),
			credentials: 'same-origin',
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
		});
		body = await response.json();
	} catch (cause) {
		throw new Offline('no answer', { cause });
	}
	if (response.ok) return body;
	const error = (body as { error?: WireError } | null)?.error;
	if (!error) throw new Offline(`status ${response.status} without an error`); // a proxy's page, not the server's word
	throw new Refusal(error);
}
