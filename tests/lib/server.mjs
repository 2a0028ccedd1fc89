// SPDX-License-Identifier: Apache-2.0
// The program under test as a process: started on free ports in a folder of its own, its output kept, ended with the file.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import assert from 'node:assert/strict';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const PROGRAM = [
	process.env.ZVONOK_BIN,
	process.env.ZVONOK_PROGRAM,
	join(ROOT, 'build-test', 'src', 'app', 'zvonok'),
	join(ROOT, 'build', 'src', 'app', 'zvonok'),
].find((path) => path && existsSync(path));

const SANITIZER = /(ERROR: (Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:|WARNING: ThreadSanitizer)/;

export const temporaryFolder = () => mkdtempSync(join(process.env.ZVONOK_TMP ?? tmpdir(), 'zvonok-test-'));

/** Living servers of this file: a test that failed must not leave one behind that keeps the file from ending. */
const living = new Set();
after(() => {
	for (const server of living) if (!server.forFile) server.kill();
});
process.on('exit', () => {
	for (const server of living) server.process.kill('SIGKILL');
});

export class Server {
	/** Resolves when the server said where it listens. */
	static async start({ data, mode = 'serve', args = [], env = {}, listen = '127.0.0.1:0', wrapper = [], owned = !data } = {}) {
		assert.ok(PROGRAM, 'no program to test: build it, or name it by ZVONOK_BIN');
		const server = new Server();
		server.data = data ?? temporaryFolder();
		server.owned = owned;
		server.clients = new Set();
		server.startedAt = performance.now();
		const argv = [...wrapper, PROGRAM, mode, '--data', server.data, '--listen', listen, '--metrics-listen', '127.0.0.1:0',
			'--media-port', '0', '--media-address', '127.0.0.1', ...args];
		server.process = spawn(argv[0], argv.slice(1), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
		server.out = '';
		server.err = '';
		server.ended = new Promise((resolve) => {
			server.process.on('error', (error) => resolve({ code: 127, signal: null, error }));
			server.process.on('close', (code, signal) => resolve({ code, signal }));
		});
		server.process.stderr.setEncoding('utf8').on('data', (text) => (server.err += text));
		server.process.stdout.setEncoding('utf8');
		living.add(server);
		server.ended.then(() => living.delete(server));
		let over;
		server.ended.then((how) => (over = how));
		await new Promise((resolve, reject) => {
			server.process.stdout.on('data', (text) => {
				server.out += text;
				server.#wake();
				if (server.out.endsWith('\n\n') && /https?:\/\/\S+/.test(server.out)) resolve();
			});
			server.ended.then((how) => reject(Object.assign(new Error(`the server ended at its start: ${JSON.stringify(how)}\n${server.err}`), how)));
		});
		if (over) throw new Error(`the server ended: ${server.err}`);
		server.announcedAt = performance.now();
		const url = new URL(/https?:\/\/\S+/.exec(server.out)[0]);
		server.port = Number(url.port);
		server.tls = url.protocol === 'https:';
		server.host = `127.0.0.1:${server.port}`;
		server.origin = `${url.protocol}//${server.host}`;
		server.metricsPort = Number(/metrics: port (\d+)/.exec(server.out)?.[1] ?? 0);
		server.operatorToken = /\/operator\/([\w-]+)/.exec(server.out)?.[1];
		return server;
	}

	#waiting = [];

	#wake() {
		for (const check of [...this.#waiting]) check();
	}

	/** The newest code sent to a number; codes are told by the last four digits of it. Each is given once. */
	#taken = new Map();
	async code(phone, timeoutMs = 10000) {
		const digits = phone.replace(/\D/g, '').slice(-4);
		const find = () => {
			const all = [...this.out.matchAll(new RegExp(`ending in ${digits}: (\\d{6})`, 'g'))];
			const seen = this.#taken.get(digits) ?? 0;
			if (all.length <= seen) return undefined;
			this.#taken.set(digits, all.length);
			return all.at(-1)[1];
		};
		return this.#until(find, timeoutMs, `no code for the number ending in ${digits}`);
	}

	#until(find, timeoutMs, message) {
		return new Promise((resolve, reject) => {
			const check = () => {
				const found = find();
				if (found === undefined) return;
				clearTimeout(timer);
				this.#waiting.splice(this.#waiting.indexOf(check), 1);
				resolve(found);
			};
			const timer = setTimeout(() => reject(new Error(message)), timeoutMs);
			this.#waiting.push(check);
			check();
		});
	}

	get pid() {
		return this.process.pid;
	}

	kill(signal = 'SIGKILL') {
		this.process.kill(signal);
		return this.ended;
	}

	/** A clean end: code 0 and nothing that a sanitizer found. */
	async stop() {
		for (const client of this.clients) client.close();
		if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
		const how = await this.ended;
		this.release();
		assert.ok(!SANITIZER.test(this.err), `a sanitizer spoke:\n${this.err.slice(-6000)}`);
		assert.deepEqual({ code: how.code, signal: how.signal }, { code: 0, signal: null }, `the server did not end cleanly:\n${this.err.slice(-6000)}`);
	}

	release() {
		if (this.owned) rmSync(this.data, { recursive: true, force: true });
	}

	async metrics() {
		const answer = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`);
		const text = await answer.text();
		const values = new Map();
		for (const line of text.split('\n')) {
			const at = line.lastIndexOf(' ');
			if (at > 0 && !line.startsWith('#')) values.set(line.slice(0, at), Number(line.slice(at + 1)));
		}
		return values;
	}

	cut(metrics, reason) {
		return metrics.get(`zvonok_cut_total{reason="${reason}"}`);
	}
}

/** A server for a whole test file, stopped and looked at behind its last test. */
export async function serverForFile(options = {}) {
	const { args = [], ...rest } = options;
	const server = await Server.start({ args: ['--rate-limit', '0', ...args], ...rest });
	server.forFile = true;
	after(() => server.stop());
	return server;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function eventually(check, timeoutMs = 5000, message = 'it did not come about') {
	const until = performance.now() + timeoutMs;
	for (;;) {
		const value = await check();
		if (value) return value;
		if (performance.now() > until) throw new Error(message);
		await sleep(20);
	}
}
