// SPDX-License-Identifier: Apache-2.0
// What becomes of an upload's failures, and sizes in words.
import { describe, expect, it } from 'vitest';
import { Offline, Refusal } from '../src/api/index.ts';
import { fileUrl, uploadError, uploadMayRetry } from '../src/api/upload.ts';
import { fileSize } from '../src/features/common/filesize.ts';
import { language } from '../src/i18n/index.ts';

const answered = (body: string) => Object.assign(new Error('tus'), { originalResponse: { getBody: () => body } });
const refused = (code: string) => answered(JSON.stringify({ error: { code, message: 'Почему', field: 'file' } }));

describe('an upload that fails', () => {
	it('tells the server’s words when there are any', () => {
		const error = uploadError(refused('invalid_field'));
		expect(error).toBeInstanceOf(Refusal);
		expect(error.message).toBe('Почему');
		expect((error as Refusal).field).toBe('file');
	});

	it('is a lost connection when there is no answer, or none of ours', () => {
		for (const error of [new Error('network'), Object.assign(new Error('x'), { originalResponse: null }), answered(''), answered('<html>'), answered('{}'), answered('null')]) {
			expect(uploadError(error)).toBeInstanceOf(Offline);
		}
	});

	it('is tried again by itself only when that can help', () => {
		expect(uploadMayRetry(new Error('network'), 'PATCH')).toBe(true);
		expect(uploadMayRetry(refused('unavailable'), 'POST')).toBe(true);
		expect(uploadMayRetry(refused('conflict'), 'PATCH')).toBe(true); // the server has that piece already: ask it where it is
		expect(uploadMayRetry(refused('conflict'), 'POST')).toBe(false); // no room
		for (const code of ['too_large', 'invalid_field', 'not_signed_in', 'forbidden', 'not_found', 'storage_full', 'rate_limited']) expect(uploadMayRetry(refused(code), 'PATCH')).toBe(false);
	});

	it('knows where the bytes are', () => expect(fileUrl(17)).toBe('/api/v1/files/17'));
});

describe('sizes in words', () => {
	it.each([
		[0, '0 Б', '0 B'],
		[1023, '1 023 Б', '1,023 B'],
		[1024, '1 КБ', '1 KB'],
		[1536, '1,5 КБ', '1.5 KB'],
		[10 * 1024 + 600, '11 КБ', '11 KB'],
		[(1 << 20) * 2.4, '2,4 МБ', '2.4 MB'],
		[10 << 20, '10 МБ', '10 MB'],
		[25 << 20, '25 МБ', '25 MB'],
	])('%i', (bytes, russian, english) => {
		const said = () => fileSize(bytes).replaceAll('\u00a0', ' '); // never broken into two lines
		language.current = 'ru';
		expect(said()).toBe(russian);
		language.current = 'en';
		expect(said()).toBe(english);
		language.current = 'ru';
	});
});
