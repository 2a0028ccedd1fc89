// SPDX-License-Identifier: Apache-2.0
// Writes src/api/types.gen.ts from ../api/*.yaml, joined into one OpenAPI document by the generator of the server's code.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = fileURLToPath(new URL('../src/api/types.gen.ts', import.meta.url));

const files = readdirSync(`${root}api`).filter((file) => file.endsWith('.yaml')).sort().map((file) => `${root}api/${file}`);
const whole = JSON.parse(execFileSync('python3', [`${root}tools/gen_api.py`, 'bundle', ...files], { encoding: 'utf8', maxBuffer: 64 << 20 }));

const ast = await openapiTS(whole, { alphabetize: true });
const text = `// Made by scripts/types.mjs from api/*.yaml.\n${astToString(ast)}`;
if (!existsSync(out) || readFileSync(out, 'utf8') !== text) writeFileSync(out, text);
