// SPDX-License-Identifier: Apache-2.0
// A person's own browser: Debian's Chromium with a profile folder of its own, watched for everything that must not happen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
export const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--use-fake-ui-for-media-stream',
	'--use-fake-device-for-media-stream',
	'--allow-loopback-in-peer-connection',
];

export const DESKTOP = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const opened = new Set();

export class Profile {
	/** `origin` is the only place that this browser may speak to. */
	static async open(origin, name, options = {}) {
		const profile = new Profile();
		profile.origin = origin;
		profile.name = name;
		profile.folder = mkdtempSync(join(tmpdir(), 'zvonok-profile-'));
		profile.options = options;
		profile.faults = [];
		profile.expected = [];
		opened.add(profile);
		await profile.launch();
		return profile;
	}

	async launch() {
		this.context = await chromium.launchPersistentContext(this.folder, {
			executablePath: CHROMIUM,
			args: FLAGS,
			locale: 'ru-RU',
			timezoneId: 'Europe/Moscow',
			...DESKTOP,
			...this.options,
			timeout: 30_000,
		});
		this.context.setDefaultTimeout(this.options.timeout ?? 15_000);
		const { host } = new URL(this.origin);
		this.context.on('request', (request) => {
			const url = new URL(request.url());
			if (url.protocol.startsWith('http') && url.host !== host) this.faults.push(`a request to another host: ${url}`);
		});
		await this.context.exposeBinding('zvonokViolation', (_source, text) => this.faults.push(`CSP violation: ${text}`));
		await this.context.addInitScript(() => {
			addEventListener('securitypolicyviolation', (event) => {
				globalThis.zvonokViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
			});
		});
		this.page = this.context.pages()[0] ?? (await this.context.newPage());
		this.watch(this.page);
		this.context.on('page', (page) => this.watch(page));
	}

	watch(page) {
		page.on('pageerror', (error) => this.faults.push(`page error: ${error.stack ?? error}`));
		page.on('crash', () => this.faults.push('the page crashed'));
		page.on('websocket', (socket) => {
			if (new URL(socket.url()).host !== new URL(this.origin).host) this.faults.push(`a socket to another host: ${socket.url()}`);
		});
		page.on('console', (message) => {
			if (message.type() !== 'error' && message.type() !== 'warning') return;
			const text = `${message.text()} (${message.location().url})`;
			if (!this.expected.some((pattern) => pattern.test(text))) this.faults.push(`console ${message.type()}: ${text}`);
		});
	}

	/** The browser itself reports refused and lost requests on the console; where a step makes them, it says so first. */
	expect(...patterns) {
		this.expected.push(...patterns);
		return this;
	}

	go(path = '/') {
		return this.page.goto(new URL(path, this.origin).href);
	}

	/** Closes the browser as a person does, and opens it again with the same profile. */
	async reopen(between) {
		await this.context.close();
		await between();
		await this.launch();
	}

	async close() {
		opened.delete(this);
		await this.context.close().catch(() => undefined);
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	}
}

export const LOST = [/ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_NETWORK_/, /ERR_SOCKET_NOT_CONNECTED/, /WebSocket connection to .* failed/];
export const refused = (command, status) => new RegExp(`status of ${status} .*/api/v1/${command}\\)`);

export async function closeAll() {
	await Promise.all([...opened].map((profile) => profile.close()));
}

export function faults() {
	return [...opened].flatMap((profile) => profile.faults.map((fault) => `${profile.name}: ${fault}`));
}

/** What every browser shows when a step fails, for the eye: in the folder that ZVONOK_PICTURES names. */
export async function pictures(name) {
	const folder = process.env.ZVONOK_PICTURES;
	if (!folder) return;
	for (const profile of opened) {
		await profile.page.screenshot({ path: join(folder, `${name.slice(0, 40)} - ${profile.name}.png`.replaceAll('/', ' ')) }).catch(() => undefined);
	}
}
