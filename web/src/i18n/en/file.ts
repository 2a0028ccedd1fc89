// SPDX-License-Identifier: Apache-2.0
import type { Translated } from '../plural.ts';
import type ru from '../ru/file.ts';

const en: Translated<typeof ru> = {
	choose: 'Choose a file',
	drop: 'or drop it here',
	cancel: 'Cancel the upload',
	remove: 'Remove the file',
	other: 'Choose another',
	done: 'The file has been uploaded',
	size_b: '{n} B',
	size_kb: '{n} KB',
	size_mb: '{n} MB',
	hint_application: 'PDF or a picture (JPG, PNG), up to 10 MB',
	hint_document: 'Any file up to 25 MB',
	hint_logo: 'PNG, JPEG or WebP up to 1 MB, of 64×64 to 4096×4096 points. Best a square one.',
	hint_content: 'A film (MP4, WebM) or a picture (PNG, JPEG, WebP), up to 200 MB',
	hint_roster: 'A CSV or XLSX table, up to 10 MB',
	too_large: 'The file is larger than {max}. Make it smaller or choose another.',
	empty: 'This file is empty. Choose another.',
	cut: 'The connection was lost. Nothing is lost of what was uploaded: press “Try again” and it goes on.',
};
export default en;
