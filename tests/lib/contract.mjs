// SPDX-License-Identifier: Apache-2.0
// The description of the API as the judge: everything that goes over the wire in a test is validated here and counted, and
// what no test of a run has called or seen is told by the last test file.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ROOT } from './server.mjs';

const files = readdirSync(join(ROOT, 'api')).filter((name) => name.endsWith('.yaml')).sort().map((name) => join('api', name));
export const bundle = JSON.parse(execFileSync('python3', ['tools/gen_api.py', 'bundle', ...files], { cwd: ROOT, maxBuffer: 1 << 26 }));
export const schemas = bundle.components.schemas;

/** Errors that any command may answer besides those that it declares. */
const GENERAL = ['bad_request', 'invalid_field', 'not_signed_in', 'forbidden', 'rate_limited', 'too_large', 'bad_origin', 'unavailable', 'uncertain', 'storage_full'];
const name = (ref) => ref.split('/').at(-1);

/** name -> {access, target, admit, errors, request, response}: schemas by name. */
export const commands = new Map();
for (const [path, item] of Object.entries(bundle.paths)) {
	const post = item.post;
	const x = post['x-command'];
	const request = name(post.requestBody.content['application/json'].schema.$ref);
	const errors = new Set([...GENERAL, ...x.errors]);
	if (!x.admit.includes('anyone') && x.target.kind === 'none' && !x.admit.some((word) => word !== 'person') && !x.errors.includes('forbidden')) errors.delete('forbidden');
	if (schemas[request].properties?.client_id) errors.add('id_reused');
	if (x.target.kind !== 'none') errors.add('not_found');
	commands.set(path.split('/').at(-1), {
		...x,
		name: post.operationId,
		request,
		errors,
		response: name(post.responses['200'].content['application/json'].schema.$ref),
	});
}

/** type -> schema's name, of events and of signals. */
export const events = new Map();
export const signals = new Map();
for (const [schema, value] of Object.entries(schemas)) {
	if (value['x-event']) events.set(value['x-event'].type, { schema, stream: value['x-event'].stream });
	if (value['x-signal']) signals.set(value['x-signal'], schema);
}

const statusOf = schemas.ErrorCode['x-status'];

/** Nothing may be in an answer that the description does not name. */
function closed(value) {
	if (Array.isArray(value)) return value.map(closed);
	if (value === null || typeof value !== 'object') return value;
	const out = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
	if (out.type === 'object' && out.properties && out.additionalProperties === undefined) out.additionalProperties = false;
	return out;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat('phone', /^[+\d\s().\u00a0-]{5,32}$/);
ajv.addFormat('code', /^\d{6}$/);
ajv.addFormat('token', /^[\w-]{22,64}$/);
ajv.addFormat('client-id', /^[0-9a-f]{32}$/);
ajv.addFormat('person-name', true);
ajv.addFormat('stream', /^[cpov][1-9]\d{0,15}$/);
ajv.addSchema({ $id: 'bundle', components: closed(bundle.components) });
const validators = new Map();

/** Throws with the differences. */
export function validate(schema, value, what) {
	let check = validators.get(schema);
	if (!check) validators.set(schema, (check = ajv.compile({ $ref: `bundle#/components/schemas/${schema}` })));
	if (!check(value)) throw new Error(`${what} is no ${schema}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value)?.slice(0, 500)}`);
}

export function isValid(schema, value) {
	try {
		validate(schema, value, '');
		return true;
	} catch {
		return false;
	}
}

/* --- what was seen */

const seen = { ok: new Set(), errors: new Set(), events: new Set(), signals: new Set() };
const folder = join(tmpdir(), `zvonok-coverage-${process.ppid}`);
process.on('exit', () => {
	mkdirSync(folder, { recursive: true });
	const mine = Object.fromEntries(Object.entries(seen).map(([key, set]) => [key, [...set].sort()]));
	writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(mine));
});

/** How many test files of this run have ended and written down what they saw. */
export function ended() {
	mkdirSync(folder, { recursive: true });
	return readdirSync(folder).length;
}

/** Everything that the test files of this run before this one have seen, and the folder that tells it. */
export function coverage() {
	const all = { ok: new Set(), errors: new Set(), events: new Set(), signals: new Set() };
	mkdirSync(folder, { recursive: true });
	for (const file of readdirSync(folder)) {
		const part = JSON.parse(readFileSync(join(folder, file), 'utf8'));
		for (const key of Object.keys(all)) for (const value of part[key]) all[key].add(value);
	}
	return { all, folder };
}

/** An answer to a command, over HTTP (with a status) or on a socket. `params` is what was sent when it was JSON. */
export function recordAnswer({ command, params, status, result, error }) {
	const known = commands.get(command);
	if (error) {
		validate('Error', error, `${command}: the error`);
		if (status !== undefined && status !== statusOf[error.code]) throw new Error(`${command}: ${error.code} with status ${status}`);
		const declared = known ? known.errors : new Set(GENERAL);
		if (!declared.has(error.code)) throw new Error(`${command}: undeclared error ${error.code}: ${error.message}`);
		if (error.code === 'unavailable' || error.code === 'uncertain') throw new Error(`${command}: ${JSON.stringify(error)}`);
		seen.errors.add(`${command} ${error.code}`);
		return;
	}
	if (!known) throw new Error(`an unknown command was done: ${command}`);
	if (params !== undefined) validate(known.request, params, `${command}: a request that was accepted`);
	validate(known.response, result, `${command}: the answer`);
	if (command === 'events_since') for (const event of result.events) recordEvent(event);
	seen.ok.add(command);
}

const LETTERS = { chat: 'c', person: 'p', org: 'o', call: 'v' };

export function recordEvent(event) {
	validate('Event', event, 'the event');
	const known = events.get(event.type);
	if (!known) throw new Error(`undeclared event: ${event.type}`);
	if (LETTERS[known.stream] !== event.stream[0]) throw new Error(`${event.type} in stream ${event.stream}`);
	validate(known.schema, event.data, `${event.type}: the data`);
	seen.events.add(event.type);
}

export function recordFrame(frame) {
	if (frame.welcome) return validate('Welcome', frame.welcome, 'the welcome');
	if (frame.follow) return validate('StreamHead', frame.follow, 'follow');
	if (frame.unfollow) return validate('Stream', frame.unfollow.stream, 'unfollow');
	if (!frame.signal) throw new Error(`undeclared frame: ${JSON.stringify(frame).slice(0, 300)}`);
	if (!signals.has(frame.signal)) throw new Error(`undeclared signal: ${frame.signal}`);
	validate(signals.get(frame.signal), frame.data, frame.signal);
	seen.signals.add(frame.signal);
}
