// SPDX-License-Identifier: Apache-2.0
// The client's own model, bundled from its sources.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, temporaryFolder } from './server.mjs';

export async function loadModel() {
	const folder = temporaryFolder();
	const file = join(folder, 'model.mjs');
	try {
		execFileSync('node', [join(ROOT, 'web/node_modules/rolldown/bin/cli.mjs'), join(ROOT, 'web/src/model/index.ts'), '--format', 'esm', '--file', file], { stdio: 'pipe' });
		return await import(pathToFileURL(file).href);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
