// SPDX-License-Identifier: Apache-2.0
// Joins ../api/*.yaml into one OpenAPI document and writes src/api/types.gen.ts from it.
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const api = fileURLToPath(new URL('../../api/', import.meta.url));
const out = fileURLToPath(new URL('../src/api/types.gen.ts', import.meta.url));

function join() {
	const whole = parse(readFileSync(`${api}openapi.yaml`, 'utf8'));
	whole.paths ??= {};
	whole.components.schemas ??= {};
	for (const file of readdirSync(api).filter((f) => f.endsWith('.yaml') && f !== 'openapi.yaml').sort()) {
		const part = parse(readFileSync(api + file, 'utf8'));
		for (const [into, from] of [
			[whole.paths, part.paths ?? {}],
			[whole.components.schemas, part.components?.schemas ?? {}],
		]) {
			for (const [name, value] of Object.entries(from)) {
				if (name in into) throw new Error(`${file}: ${name} stands twice`);
				into[name] = value;
			}
		}
	}
	return whole;
}

const ast = await openapiTS(join(), { alphabetize: true });
const text = `// Made by scripts/types.mjs from api/*.yaml.\n${astToString(ast)}`;
if (!existsSync(out) || readFileSync(out, 'utf8') !== text) writeFileSync(out, text);
