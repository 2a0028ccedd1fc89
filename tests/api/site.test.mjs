// SPDX-License-Identifier: Apache-2.0
// The server as a site and as a process: fields of answers, files, health, figures, start and end, TLS.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { copyFileSync, mkdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createServer, connect as netConnect } from 'node:net';
import tls from 'node:tls';
import { join } from 'node:path';
import { Client, newId } from '../lib/client.mjs';
import { PROGRAM, Server, eventually, serverForFile, sleep, temporaryFolder } from '../lib/server.mjs';
import { Organisation, claimOperator, codeFor, newPhone } from '../lib/world.mjs';

const server = await serverForFile();
const nobody = new Client(server);
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
const page = await nobody.request('GET', '/');
const hasClient = page.status === 200;
const withoutClient = hasClient ? false : 'this program was built without its client';
const slow = Boolean(process.env.ASAN_OPTIONS) && execFileSync('nm', ['-D', PROGRAM]).includes('__asan_init');

const EVERYWHERE = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'x-frame-options': 'DENY',
};

const json = { 'Content-Type': 'application/json', 'X-Zvonok': '1', Origin: server.origin };

test('every kind of answer carries the fields that protect it', async () => {
	const kinds = {
		'an error of a command': await nobody.request('POST', '/api/v1/me_snapshot', { headers: json, body: '{}' }),
		'an answer': await nobody.request('POST', '/api/v1/code_request', { headers: json, body: JSON.stringify({ phone: newPhone() }) }),
		'a wrong method': await nobody.request('GET', '/api/v1/me_snapshot'),
		'a foreign origin': await nobody.request('POST', '/api/v1/me_snapshot', { headers: { ...json, Origin: 'http://evil.example' }, body: '{}' }),
		'no upgrade': await nobody.request('GET', '/api/v1/socket'),
		health: await nobody.request('GET', '/healthz'),
		readiness: await nobody.request('GET', '/readyz'),
		'a page': page,
		'a missing file': await nobody.request('GET', '/nothing.js'),
		'a wrong method of a page': await nobody.request('POST', '/'),
	};
	for (const [kind, { headers, status }] of Object.entries(kinds)) {
		for (const [field, value] of Object.entries(EVERYWHERE)) assert.equal(headers[field], value, `${kind} (${status}): ${field}`);
		assert.match(headers['permissions-policy'], /camera=\(self\)/);
		assert.ok(!headers.server && !headers['x-powered-by'], kind);
		assert.ok(!headers['access-control-allow-origin'], kind);
		if (kind !== 'a page') assert.equal(headers['cache-control'], 'no-store', kind);
	}
	for (const [kind, status] of [['a wrong method', 405], ['a foreign origin', 403], ['no upgrade', 426], ['a missing file', 404], ['a wrong method of a page', 405]]) assert.equal(kinds[kind].status, status, kind);
});

test('the client: one document for its routes, immutable files, compression, ETag, ranges, HEAD', { skip: withoutClient }, async () => {
	assert.match(page.headers['content-type'], /^text\/html/);
	const policy = page.headers['content-security-policy'];
	assert.match(policy, /default-src 'self'/);
	assert.match(policy, /frame-ancestors 'none'/);
	assert.ok(!policy.includes('unsafe'));
	const html = page.body.toString();
	assert.ok(!/<script(?![^>]*src=)[^>]*>[^<]/.test(html) && !/\son\w+=/.test(html), 'code inside the page');
	for (const route of ['/c/12', '/invite/abc', '/operator/abc', '/sign-in']) assert.deepEqual((await nobody.request('GET', route)).body, page.body, route);
	for (const path of ['/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/../../x.js', '/..%5cx.js', '/%00.js', '/x.php', '/.env', '/assets/']) {
		const answer = await nobody.request('GET', path);
		assert.ok([400, 404].includes(answer.status) || answer.body.equals(page.body), path);
	}
	const script = /src="([^"]+\.js)"/.exec(html)[1];
	const plain = await nobody.request('GET', script);
	assert.equal(plain.status, 200);
	assert.match(plain.headers['cache-control'], /immutable/);
	assert.match(plain.headers['content-type'], /javascript/);
	assert.match(plain.headers.vary ?? '', /accept-encoding/i);
	for (const [coding, open] of [['br', brotliDecompressSync], ['gzip', gunzipSync]]) {
		const packed = await nobody.request('GET', script, { headers: { 'Accept-Encoding': coding } });
		assert.equal(packed.headers['content-encoding'], coding);
		assert.ok(packed.body.length < plain.body.length);
		assert.deepEqual(open(packed.body), plain.body);
		const known = await nobody.request('GET', script, { headers: { 'Accept-Encoding': coding, 'If-None-Match': packed.headers.etag } });
		assert.deepEqual([known.status, known.body.length], [304, 0]);
		assert.equal(known.headers.etag, packed.headers.etag);
	}
	const refused = await nobody.request('GET', script, { headers: { 'Accept-Encoding': 'br;q=0, gzip;q=0' } });
	assert.equal(refused.headers['content-encoding'], undefined);
	const head = await nobody.request('HEAD', script);
	assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, String(plain.body.length)]);
	const range = await nobody.request('GET', script, { headers: { Range: 'bytes=10-19' } });
	assert.deepEqual([range.status, range.headers['content-range']], [206, `bytes 10-19/${plain.body.length}`]);
	assert.deepEqual(range.body, plain.body.subarray(10, 20));
	const beyond = await nobody.request('GET', script, { headers: { Range: `bytes=${plain.body.length}-` } });
	assert.equal(beyond.status, 416);
	for (const [method, status] of [['POST', 405], ['PUT', 405], ['TRACE', 405]]) assert.equal((await nobody.request(method, script)).status, status);
});

test('figures for Prometheus', async () => {
	const text = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
	const kinds = new Map();
	for (const line of text.trim().split('\n')) {
		const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line);
		if (type) kinds.set(type[1], type[2]);
		if (line.startsWith('#')) continue;
		const sample = /^([a-z_]+)(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? (-?[\d.]+(e[+-]?\d+)?)$/.exec(line);
		assert.ok(sample, line);
		assert.ok(kinds.has(sample[1]), `${sample[1]} has no type`);
	}
	assert.ok(kinds.size > 15);
	for (const [name, kind] of kinds) assert.equal(name.endsWith('_total'), kind === 'counter', name);
	assert.equal((await fetch(`http://127.0.0.1:${server.metricsPort}/`)).status, 404);
	assert.equal((await nobody.request('GET', '/metrics')).body.includes('zvonok_cut_total'), false);
});

test('it answers /healthz soon after its start', async (t) => {
	const times = [];
	const data = join(folder, 'start');
	for (let i = 0; i < 3; i++) {
		const port = await freePort();
		const began = performance.now();
		const starting = Server.start({ data, listen: `127.0.0.1:${port}` });
		const probe = { server: { port, host: `127.0.0.1:${port}` } };
		for (;;) {
			const status = await new Promise((resolve) => {
				const socket = netConnect(port, '127.0.0.1', () => socket.write(`GET /healthz HTTP/1.1\r\nHost: ${probe.server.host}\r\nConnection: close\r\n\r\n`));
				socket.on('data', (part) => resolve(String(part).slice(9, 12)));
				socket.on('error', () => resolve(undefined));
				socket.on('close', () => resolve(undefined));
			});
			if (status === '200') break;
			await sleep(2);
		}
		times.push(performance.now() - began);
		const started = await starting;
		await started.stop();
	}
	t.diagnostic(`${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
	assert.ok(Math.min(...times) < (slow ? 1500 : 300), `${times.join(', ')} ms`);
});

async function freePort() {
	const holder = createServer();
	await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve));
	const { port } = holder.address();
	await new Promise((resolve) => holder.close(resolve));
	return port;
}

test('SIGTERM: sockets hear 1001, what was sent is answered, the code is 0, nothing is lost', async () => {
	const data = join(folder, 'term');
	const first = await Server.start({ data, args: ['--rate-limit', '0'] });
	const operator = await claimOperator(first);
	const org = await Organisation.create(first, operator);
	const unit = await org.unit();
	const teacher = await org.person('teacher', unit);
	const sockets = await Promise.all([teacher.socket(), teacher.socket(), org.admin.socket()]);
	const results = [];
	let writing = true;
	const noise = (async () => {
		while (writing) {
			const client_id = newId();
			try {
				const { seq } = await sockets[0].call('message_post', { chat_id: unit.chat_id, client_id, text: 'До конца' });
				results.push([client_id, seq]);
			} catch {
				break;
			}
		}
	})();
	await eventually(() => results.length >= 10, 10000);
	for (const client of first.clients) client.close();
	const began = performance.now();
	await first.stop();
	writing = false;
	await noise;
	assert.ok(performance.now() - began < 4000, `it took ${(performance.now() - began).toFixed(0)} ms`);
	assert.deepEqual(await Promise.all(sockets.map(({ closed }) => closed)), [1001, 1001, 1001]);
	const second = await Server.start({ data, args: ['--rate-limit', '0'] });
	teacher.server = second;
	second.clients.add(teacher);
	const kept = new Map();
	for (let after = 0; ;) {
		const more = await teacher.call('message_list', { chat_id: unit.chat_id, after, limit: 100 });
		for (const { client_id, seq } of more.messages) kept.set(client_id, seq);
		if (!more.more) break;
		after = more.messages.at(-1).seq;
	}
	for (const [id, seq] of results) assert.equal(kept.get(id), seq);
	assert.ok(kept.size <= results.length + 1, 'more than one answer was lost on the way');
	assert.equal(second.operatorToken, undefined, 'there is an operator, no link is made');
	await second.stop();
});

test('SIGTERM does not wait for browsers that merely keep a connection open', async (t) => {
	const other = await Server.start();
	const idle = netConnect(other.port, '127.0.0.1');
	idle.on('error', () => {});
	idle.write(`GET /healthz HTTP/1.1\r\nHost: ${other.host}\r\n\r\n`);
	await new Promise((resolve) => idle.once('data', resolve));
	const began = performance.now();
	await other.stop();
	const took = performance.now() - began;
	idle.destroy();
	t.diagnostic(`${took.toFixed(0)} ms`);
	assert.ok(took < 8000);
});

function startsAndFails(args) {
	const how = spawnSync(PROGRAM, args, { encoding: 'utf8', timeout: 20000 });
	assert.ok(how.status > 0, `${args.join(' ')}: ${how.status} ${how.signal}\n${how.stderr}`);
	return how.stderr;
}

test('what cannot work is said clearly at the start', async () => {
	const fresh = (name) => ['--data', join(folder, name), '--metrics-listen', ''];
	assert.match(startsAndFails(['serve', '--data', server.data, '--metrics-listen', '', '--listen', '127.0.0.1:0']), /another server/);
	assert.match(startsAndFails(['serve', ...fresh('a'), '--listen', `127.0.0.1:${server.port}`]), /cannot listen on 127\.0\.0\.1:\d+: Address already in use/);
	assert.match(startsAndFails(['demo', ...fresh('b'), '--listen', '0.0.0.0:0']), /loopback/);
	assert.match(startsAndFails(['serve', ...fresh('c'), '--listen', 'nonsense']), /not an address/);
	assert.match(startsAndFails(['serve', ...fresh('d'), '--nonsense', '1']), /no such option/);
	assert.match(startsAndFails(['serve', ...fresh('e'), '--listen', '127.0.0.1:0', '--tls-cert', '/nonexistent', '--tls-key', '/nonexistent']), /certificate/);
	assert.match(startsAndFails(['serve', ...fresh('f'), '--listen', '127.0.0.1:0', '--code-sender', 'pigeon']), /code_sender/);
	assert.match(startsAndFails(['serve', '--data', '/proc/nonexistent/x', '--listen', '127.0.0.1:0']), /folder/);
	assert.equal((await nobody.request('GET', '/readyz')).status, 200);
});

test('the data folder is for its owner only', () => {
	assert.equal(statSync(server.data).mode & 0o077, 0);
});

function certificate(name) {
	const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'pipe' });
	return { cert, key };
}

test('TLS: the cookie, the protocols, the certificate that changes, plain words on the port', { timeout: 90000 }, async () => {
	mkdirSync(join(folder, 'tls'));
	const [one, two] = [certificate('one.example'), certificate('two.example')];
	const used = { cert: join(folder, 'tls', 'cert.pem'), key: join(folder, 'tls', 'key.pem') };
	const use = ({ cert, key }) => {
		copyFileSync(key, used.key);
		copyFileSync(cert, used.cert);
		for (const file of Object.values(used)) utimesSync(file, new Date(), new Date());
	};
	use(one);
	const secure = await Server.start({ args: ['--tls-cert', used.cert, '--tls-key', used.key, '--rate-limit', '0'] });
	assert.ok(secure.tls);
	const operator = await claimOperator(secure);
	assert.deepEqual([...operator.cookies.keys()], ['__Host-zvonok']);
	const phone = newPhone();
	await operator.call('org_create', { name: 'Под замком', short_name: 'ПЗ', type: 'school', admin_phone: phone });
	const client = new Client(secure);
	const code = await codeFor(client, phone);
	const answer = await client.try('sign_in', { phone, code });
	assert.match(answer.headers['set-cookie'][0], /^__Host-zvonok=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
	assert.match(answer.headers['strict-transport-security'], /max-age=\d{8}/);
	const socket = await client.socket();
	await socket.settle();
	await socket.close();
	const plainCookie = new Client(secure);
	plainCookie.cookies.set('zvonok', client.cookies.get('__Host-zvonok'));
	assert.equal((await plainCookie.try('me_snapshot')).error.code, 'not_signed_in');
	const shake = (options) => new Promise((resolve, reject) => {
		const raw = tls.connect({ port: secure.port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
			resolve({ name: raw.getPeerCertificate().subject.CN, protocol: raw.getProtocol(), resumed: raw.isSessionReused() });
			raw.destroy();
		});
		raw.on('error', reject);
	});
	assert.deepEqual(await shake({}), { name: 'one.example', protocol: 'TLSv1.3', resumed: false });
	assert.equal((await shake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
	await assert.rejects(shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
	// From loopback plain words are understood (a proxy, a health check); a session does not travel that way.
	const plain = await new Promise((resolve) => {
		let text = '';
		const body = '{}';
		const bare = netConnect(secure.port, '127.0.0.1', () => bare.write(`POST /api/v1/me_snapshot HTTP/1.1\r\nHost: ${secure.host}\r\nCookie: ${client.cookie}\r\nContent-Type: application/json\r\n` +
			`X-Zvonok: 1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
		bare.on('data', (part) => (text += part));
		bare.on('error', () => resolve(text));
		bare.on('close', () => resolve(text));
	});
	assert.match(plain, /^HTTP\/1\.1 401 /);
	use(two);
	await eventually(async () => (await shake({})).name === 'two.example', 75000, 'the new certificate is not taken up');
	await secure.stop();
});

test('codes go to a program that gets them on its input', async () => {
	const sink = join(folder, 'sink');
	const script = join(folder, 'carrier.sh');
	execFileSync('sh', ['-c', `printf '#!/bin/sh\\n{ echo "$1"; cat; } > ${sink}.tmp\\nmv ${sink}.tmp ${sink}\\n' > ${script} && chmod +x ${script}`]);
	const other = await Server.start({ args: ['--code-sender', 'command', '--code-command', script] });
	const phone = newPhone();
	await new Client(other).call('code_request', { phone, locale: 'ru' });
	const text = await eventually(() => {
		try {
			return execFileSync('cat', [sink], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
		} catch {
			return undefined;
		}
	});
	assert.ok(text.startsWith(`${phone}\n`), text);
	const [, code] = /\b(\d{6})\b/.exec(text.slice(phone.length));
	assert.equal((await new Client(other).try('sign_in', { phone, code })).error.code, 'no_account');
	assert.ok(!other.out.includes(code) && !other.err.includes(code), 'the code stands in the log');
	assert.ok(!other.out.includes(phone) && !other.err.includes(phone), 'the number stands in the log');
	await other.stop();
});
