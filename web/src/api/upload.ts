// SPDX-License-Identifier: Apache-2.0
// A file to the server by the tus protocol (../docs/files.md): in pieces, going on by itself after a cut. The library is loaded with the
// first file.
import type { Upload } from 'tus-js-client';
import { Offline, Refusal } from './errors.ts';
import type { WireError } from './types.ts';

export type UploadPurpose = 'application' | 'document' | 'roster' | 'logo' | 'content';

export interface UploadOptions {
	purpose: UploadPurpose;
	/** The organisation that it is for; none for an application. */
	orgId?: number | undefined;
	/** Application: newClientId(), made once for the form and sent with it; the files are its holder's. */
	token?: string | undefined;
	language: string;
	/** Bytes that have left, and all. */
	onprogress: (sent: number, total: number) => void;
}

export interface RunningUpload {
	/** The file's id. Fails with Refusal, or Offline: then retry() goes on from what the server has. */
	done: Promise<number>;
	retry(): void;
	/** Stops it and removes what the server has. done stays open. */
	cancel(): void;
}

const PIECE = 1 << 20; // what the server takes at once
const RETRY_MS = [500, 1000, 3000, 5000, 10_000];

/** What the server said, as commands say it. */
export function uploadError(error: unknown): Refusal | Offline {
	const answer = (error as { originalResponse?: { getBody(): string } | null }).originalResponse;
	try {
		const said = (JSON.parse(answer?.getBody() ?? '') as { error?: WireError }).error;
		if (said) return new Refusal(said);
	} catch {
		// no answer, or a proxy's page
	}
	return new Offline('no answer', { cause: error });
}

/** Trying again by itself helps: no answer, a busy server, or a piece that it has already. A refusal of a person stays one. */
export function uploadMayRetry(error: unknown, method: string): boolean {
	const said = uploadError(error);
	if (said instanceof Offline) return true;
	return said.code === 'unavailable' || (said.code === 'conflict' && method === 'PATCH');
}

export function startUpload(file: File, options: UploadOptions): RunningUpload {
	let upload: Upload | undefined;
	let cancelled = false;
	let settle: { resolve: (id: number) => void; reject: (error: unknown) => void };
	const running: RunningUpload = { done: next(), retry, cancel };

	function next(): Promise<number> {
		return new Promise((resolve, reject) => (settle = { resolve, reject }));
	}

	async function begin(): Promise<void> {
		try {
			const tus = await import('tus-js-client');
			if (cancelled) return;
			upload = new tus.Upload(file, {
				endpoint: '/api/v1/files',
				chunkSize: PIECE,
				retryDelays: RETRY_MS,
				storeFingerprintForResuming: false,
				metadata: { filename: file.name, purpose: options.purpose, ...(options.orgId ? { org: String(options.orgId) } : {}) },
				headers: { 'X-Zvonok': '1', 'Accept-Language': options.language, ...(options.token ? { 'X-Upload-Token': options.token } : {}) },
				onShouldRetry: (error) => uploadMayRetry(error, error.originalRequest.getMethod()),
				onProgress: (sent, total) => options.onprogress(sent, total),
				onSuccess: () => settle.resolve(Number(upload!.url!.split('/').at(-1))),
				onError: (error) => settle.reject(uploadError(error)),
			});
			upload.start();
		} catch (cause) {
			settle.reject(new Offline('the library was not loaded', { cause }));
		}
	}

	function retry(): void {
		running.done = next();
		if (upload) upload.start();
		else void begin();
	}

	function cancel(): void {
		cancelled = true;
		// What is not removed now is removed by the server after a day.
		upload?.abort(true).catch(() => undefined);
	}

	void begin();
	return running;
}

/** Removes a finished upload that nothing holds yet. */
export async function removeUpload(id: number, options: Pick<UploadOptions, 'token' | 'language'>): Promise<void> {
	await fetch(`/api/v1/files/${id}`, {
		method: 'DELETE',
		headers: { 'Tus-Resumable': '1.0.0', 'X-Zvonok': '1', 'Accept-Language': options.language, ...(options.token ? { 'X-Upload-Token': options.token } : {}) },
		credentials: 'same-origin',
	}).catch(() => undefined);
}

/** Where a browser gets the bytes: for links (they are saved) and, of pictures, for img. */
export function fileUrl(id: number): string {
	return `/api/v1/files/${id}`;
}
