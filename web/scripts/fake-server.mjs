// SPDX-License-Identifier: Apache-2.0
// A small server with a few chats in memory that speaks the contract of ../api, for looking at screens without the real one.
// Not a test double: it checks no rights and keeps nothing. `npm run fake`, then `npm run dev`; it serves dist/ too.
// Codes are always 000000. Phones: +79000000001 teacher, ...2 administrator, ...3 operator, ...4 pupil, ...5 nobody's member.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const port = Number(process.env.PORT ?? 8098);
const CSP =
	"default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const now = Date.now();
const DAY = 86_400_000;
let nextId = 1000;
const hex = (bytes) => randomBytes(bytes).toString('hex');

const people = new Map();
function person(id, family_name, given_name, patronymic) {
	people.set(id, { id, family_name, given_name, ...(patronymic ? { patronymic } : {}) });
}
person(1, 'Соколова', 'Марина', 'Викторовна');
person(2, 'Орлов', 'Дмитрий', 'Сергеевич');
person(3, 'Лебедев', 'Пётр', 'Ильич');
person(4, 'Кузнецова', 'Аня');
person(5, 'Никитин', 'Олег', 'Павлович');
person(6, 'Громова', 'Елена', 'Андреевна');
const kids = ['Абрамов Илья', 'Белова Соня', 'Волков Артём', 'Гусева Маша', 'Дроздов Кирилл', 'Ершова Полина', 'Жуков Миша', 'Зайцева Вера', 'Ильин Тимур', 'Котова Алиса', 'Лапин Егор', 'Морозова Даша'];
kids.forEach((name, i) => person(10 + i, ...name.split(' ')));

const orgs = new Map([
	[1, { id: 1, name: 'ГБОУ средняя общеобразовательная школа № 98', short_name: 'Школа № 98', type: 'school', admin_pending: false, created_at: now - 90 * DAY }],
	[2, { id: 2, name: 'Центр детского творчества', short_name: 'ЦДТ', type: 'center', admin_pending: true, created_at: now - 9 * DAY }],
]);
const roles = new Map([[1, 'teacher'], [2, 'admin'], [4, 'student'], [6, 'guardian'], ...kids.map((_, i) => [10 + i, 'student'])]);
const phones = new Map([['1', 1], ['2', 2], ['3', 3], ['4', 4], ['5', 5]]);

const chats = new Map();
const units = new Map();
const invites = [];
const streams = new Map(); // stream -> events
const sockets = new Map(); // ws -> person id
const sessions = new Map();

function addUnit(org_id, kind, name, members, lead) {
	const id = nextId++;
	const unit = { id, org_id, kind, name, chat_id: nextId++, member_count: members.length, created_at: now - 60 * DAY };
	units.set(id, { unit, members: new Set(members), lead });
	chats.set(unit.chat_id, { id: unit.chat_id, org_id, unit_id: id, unit_kind: kind, title: name, members: new Set(members), messages: [], marks: new Map(), created_at: unit.created_at });
	streams.set(`c${unit.chat_id}`, []);
	return unit;
}

function emit(stream, type, data, at = Date.now()) {
	const events = streams.get(stream) ?? [];
	streams.set(stream, events);
	const event = { stream, seq: events.length + 1, type, at, data };
	events.push(event);
	const text = JSON.stringify(event);
	for (const [ws, id] of sockets) if (follows(id).has(stream)) ws.send(text);
	return event;
}

function follows(id) {
	const set = new Set([`p${id}`]);
	for (const chat of chats.values()) if (chat.members.has(id)) set.add(`c${chat.id}`);
	if (roles.get(id) === 'admin') set.add('o1');
	return set;
}
const head = (stream) => streams.get(stream)?.length ?? 0;

function readers(chat) {
	return [...chat.marks].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([person_id, seq]) => ({ person_id, seq }));
}

function post(chat, sender_id, text, at = Date.now(), client_id = hex(16)) {
	const known = chat.messages.find((m) => m.client_id === client_id);
	if (known) return known;
	const message = { chat_id: chat.id, seq: head(`c${chat.id}`) + 1, number: chat.messages.length + 1, sender_id, client_id, text, created_at: at };
	chat.messages.push(message);
	chat.marks.set(sender_id, message.seq);
	emit(`c${chat.id}`, 'message_posted', { message }, at);
	return message;
}

function read(chat, id, seq) {
	const before = JSON.stringify(readers(chat));
	chat.marks.set(id, Math.max(seq, chat.marks.get(id) ?? 0));
	if (JSON.stringify(readers(chat)) !== before) emit(`c${chat.id}`, 'read_advanced', { person_id: id, read_seq: chat.marks.get(id) });
}

const readCount = (chat, id) => chat.messages.filter((m) => m.seq <= (chat.marks.get(id) ?? 0)).length;

function chatFor(chat, id) {
	const last = chat.messages.at(-1);
	return {
		id: chat.id, org_id: chat.org_id, kind: 'unit', unit_id: chat.unit_id, unit_kind: chat.unit_kind, title: chat.title, member_count: chat.members.size,
		head: head(`c${chat.id}`), message_count: chat.messages.length, read_seq: chat.marks.get(id) ?? 0, read_count: readCount(chat, id), first_readers: readers(chat),
		...(last ? { last_message: last } : {}), created_at: chat.created_at,
	};
}

function memberOf(chat, id) {
	const lead = units.get(chat.unit_id)?.lead === id;
	return { person: people.get(id), role: roles.get(id) ?? 'student', lead, left: !chat.members.has(id) };
}

// --- some life

const all = [1, 4, 6, ...kids.map((_, i) => 10 + i)];
const class7 = chats.get(addUnit(1, 'class', '7А', all, 1).chat_id);
const class8 = chats.get(addUnit(1, 'class', '8Б', [1, 2, 10, 11, 12], 2).chat_id);
const staff = chats.get(addUnit(1, 'staff', 'Сотрудники', [1, 2], undefined).chat_id);
const quiet = chats.get(addUnit(1, 'class', '5В', [1, 2], 1).chat_id);
const LINES = [
	[1, 'Доброе утро! Завтра первый урок — русский язык, кабинет 214.'],
	[4, 'Марина Викторовна, а учебник брать?'],
	[1, 'Да, и тетрадь для контрольных работ.'],
	[10, 'А литература будет?'],
	[1, 'Будет третьим уроком. Читаем «Тараса Бульбу», главы 3–5.\nВопросы к уроку здесь: https://school98.example.ru/7a/literatura (можно отвечать письменно).'],
	[4, 'Спасибо!'],
	[6, 'Добрый день. Подскажите, пожалуйста, во сколько собрание в четверг и нужно ли приходить обоим родителям?'],
	[1, 'Здравствуйте, Елена Андреевна! Собрание в 18:30, достаточно одного из родителей. Если не получается прийти, подключайтесь по ссылке: её пришлю в день собрания.'],
	[12, 'Я забыл сменку(('],
	[13, '😂'],
	[4, 'Кто помнит номер упражнения?'],
	[15, '342, письменно'],
];
let at = now - 12 * DAY;
for (let i = 0; i < 180; i++) {
	const [who, text] = LINES[i % LINES.length];
	at += i % LINES.length === 0 ? DAY * 0.72 : 90_000 + (i % 5) * 60_000;
	post(class7, who, text, Math.min(at, now - 3_600_000 + i * 1000));
}
for (const id of all) class7.marks.set(id, head(`c${class7.id}`));
class7.marks.set(1, head(`c${class7.id}`) - 3);
class7.marks.set(4, head(`c${class7.id}`));
post(class8, 2, 'Коллеги и ребята, расписание на следующую неделю повесил в кабинете.', now - 2 * DAY);
post(class8, 10, 'Спасибо, Дмитрий Сергеевич!', now - 2 * DAY + 60_000);
class8.marks.set(1, 2);
post(staff, 2, 'Педсовет в пятницу в 15:00. Повестка: итоги четверти, подготовка к конференции.', now - 5 * DAY);
post(staff, 1, 'Буду. Захвачу отчёт по 7А.', now - 5 * DAY + 300_000);

// --- commands

class Refused extends Error {
	constructor(code, message, field) {
		super(message);
		this.body = { code, message, ...(field ? { field } : {}) };
	}
}
const STATUS = { not_signed_in: 401, not_found: 404, no_account: 403, link_unusable: 410, conflict: 409, too_far: 410, forbidden: 403 };

const myChat = (id, chat_id) => {
	const chat = chats.get(chat_id);
	if (!chat || !chat.members.has(id)) throw new Refused('not_found', 'Такого чата нет.');
	return chat;
};
const withPeople = (chat, messages) => [...new Set(messages.map((m) => m.sender_id))].map((id) => memberOf(chat, id));
const byPhone = (phone) => phones.get(phone.replace(/\D/g, '').slice(-1));
const orgMember = (id) => ({ person: people.get(id), role: roles.get(id), units: unitsOf(id), joined_at: now - 50 * DAY });
const unitsOf = (id) => [...units.values()].filter((u) => u.members.has(id)).map((u) => ({ unit_id: u.unit.id, lead: u.lead === id }));
function checkCode(code) {
	if (code !== '000000') throw new Refused('code_wrong', 'Код не подошёл. Проверьте цифры или запросите новый.', 'code');
}

const commands = {
	code_request: () => ({ digits: 6, expires_in_s: 300, resend_after_s: 60 }),
	sign_in(_, { phone, code }) {
		checkCode(code);
		const id = byPhone(phone);
		if (!id) throw new Refused('no_account', 'С этим номером вас пока никто не пригласил. Попросите ссылку у администратора школы.');
		return { person: people.get(id), as: id };
	},
	operator_claim(_, { code }) {
		checkCode(code);
		return { person: people.get(3), as: 3 };
	},
	invite_preview: (_, { token }) => {
		if (token.startsWith('used')) throw new Refused('link_unusable', 'Ссылка уже не действует.');
		return { org_name: orgs.get(1).name, org_short_name: orgs.get(1).short_name, org_type: 'school', role: 'student', lead: false, unit_kind: 'class', unit_name: '7А' };
	},
	invite_accept(id, { code, given_name, family_name }) {
		if (!id) checkCode(code);
		const who = id || nextId++;
		if (!id) {
			person(who, family_name, given_name);
			roles.set(who, 'student');
		}
		class7.members.add(who);
		emit(`c${class7.id}`, 'chat_member_joined', { member: memberOf(class7, who), member_count: class7.members.size });
		emit(`p${who}`, 'chat_joined', { chat: chatFor(class7, who) });
		return { person: people.get(who), as: who };
	},
	sign_out: () => ({}),
	session_list: () => ({ sessions: [{ id: 1, device: 'Chromium, Linux', created_at: now, seen_at: Date.now(), current: true }] }),
	me_snapshot(id) {
		const mine = [...chats.values()].filter((c) => c.members.has(id));
		const role = roles.get(id);
		return {
			person: people.get(id), operator: id === 3,
			memberships: role ? [{ org: orgs.get(1), role, units: unitsOf(id) }] : [],
			chats: mine.map((c) => chatFor(c, id)),
			people: [...new Set(mine.map((c) => c.messages.at(-1)?.sender_id).filter(Boolean))].map((p) => people.get(p)),
			heads: [...follows(id)].map((stream) => ({ stream, head: head(stream) })),
		};
	},
	chat_snapshot(id, { chat_id }) {
		const chat = myChat(id, chat_id);
		const messages = chat.messages.slice(-50);
		return { chat: chatFor(chat, id), messages, people: withPeople(chat, messages) };
	},
	message_list(id, { chat_id, before = Infinity, limit = 50 }) {
		const chat = myChat(id, chat_id);
		const older = chat.messages.filter((m) => m.seq < before);
		const messages = older.slice(-limit);
		return { messages, people: withPeople(chat, messages), more: older.length > messages.length };
	},
	message_post(id, { chat_id, client_id, text }) {
		const chat = myChat(id, chat_id);
		if (text.includes('отказ')) throw new Refused('invalid_field', 'Сервер не принял это сообщение.', 'text');
		const { seq, number, created_at } = post(chat, id, text, Date.now(), client_id);
		if (text.endsWith('?')) {
			setTimeout(() => signal(chat, 12), 700);
			setTimeout(() => (read(chat, 12, seq), post(chat, 12, 'Хороший вопрос!')), 3000);
		}
		return { chat_id, seq, number, client_id, created_at };
	},
	chat_read(id, { chat_id, seq }) {
		const chat = myChat(id, chat_id);
		read(chat, id, Math.min(seq, head(`c${chat_id}`)));
		const done = { chat_id, read_seq: chat.marks.get(id), read_count: readCount(chat, id) };
		emit(`p${id}`, 'chat_read', done);
		return done;
	},
	chat_members: (id, { chat_id }) => ({ members: [...myChat(id, chat_id).members].map((m) => memberOf(myChat(id, chat_id), m)) }),
	people_get: (id, { chat_id, person_ids }) => ({ people: person_ids.filter((p) => people.has(p)).map((p) => memberOf(myChat(id, chat_id), p)) }),
	presence_get: (id, { chat_id }) => ({ online: [...myChat(id, chat_id).members].filter((m) => m % 3 === 1 || [...sockets.values()].includes(m)) }),
	typing(id, { chat_id }) {
		signal(myChat(id, chat_id), id);
		return {};
	},
	events_since(_, { stream, after, limit = 200 }) {
		const events = streams.get(stream) ?? [];
		return { stream, events: events.slice(after, after + limit), head: events.length };
	},
	org_get: (_, { org_id }) => orgs.get(org_id) ?? orgs.get(1),
	org_list: () => ({ orgs: [...orgs.values()] }),
	org_create(_, { name, short_name, type }) {
		const org = { id: nextId++, name, short_name, type, admin_pending: true, created_at: Date.now() };
		orgs.set(org.id, org);
		return org;
	},
	unit_list: () => ({ units: [...units.values()].map((u) => u.unit) }),
	unit_create(id, { org_id, kind, name }) {
		if ([...units.values()].some((u) => u.unit.name === name)) throw new Refused('conflict', `«${name}» уже есть.`, 'name');
		const unit = addUnit(org_id, kind, name, [], undefined);
		emit(`o${org_id}`, 'unit_changed', { unit });
		return unit;
	},
	unit_rename(_, { unit_id, name }) {
		const { unit } = units.get(unit_id);
		unit.name = chats.get(unit.chat_id).title = name;
		emit(`c${unit.chat_id}`, 'chat_renamed', { title: name });
		emit(`o${unit.org_id}`, 'unit_changed', { unit });
		return unit;
	},
	member_list: (_, { unit_id, role, query = '' }) => ({
		members: [...roles.keys()].map(orgMember).filter((m) => (!unit_id || units.get(unit_id).members.has(m.person.id)) && (!role || m.role === role) && (m.person.family_name + ' ' + m.person.given_name).toLowerCase().includes(query.toLowerCase())),
	}),
	unit_member_add(_, { unit_id, person_id, lead }) {
		const u = units.get(unit_id);
		u.members.add(person_id);
		if (lead) u.lead = person_id;
		chats.get(u.unit.chat_id).members.add(person_id);
		u.unit.member_count = u.members.size;
		return orgMember(person_id);
	},
	unit_member_remove(_, { unit_id, person_id }) {
		const u = units.get(unit_id);
		u.members.delete(person_id);
		chats.get(u.unit.chat_id).members.delete(person_id);
		u.unit.member_count = u.members.size;
		return {};
	},
	member_remove(_, { person_id }) {
		roles.delete(person_id);
		return {};
	},
	invite_create(_, params) {
		const { org_id, unit_id, role, lead = false, expires_in_h = 720, max_uses = 1 } = params;
		const invite = { id: nextId++, org_id, ...(unit_id ? { unit_id } : {}), role, lead, token: hex(11), state: 'open', uses: 0, max_uses, created_at: Date.now(), expires_at: Date.now() + expires_in_h * 3_600_000 };
		invites.unshift(invite);
		return invite;
	},
	invite_list: () => ({ invites }),
	invite_annul(_, { invite_id }) {
		const invite = invites.find((i) => i.id === invite_id);
		invite.state = 'annulled';
		return invite;
	},
};
const OPEN = new Set(['code_request', 'sign_in', 'operator_claim', 'invite_preview', 'invite_accept']);

function signal(chat, person_id) {
	for (const [ws, id] of sockets) if (id !== person_id && chat.members.has(id)) ws.send(JSON.stringify({ signal: 'typing', data: { chat_id: chat.id, person_id } }));
}

function run(name, id, params) {
	if (!(name in commands)) throw new Refused('bad_request', `Нет команды ${name}.`);
	if (!id && !OPEN.has(name)) throw new Refused('not_signed_in', 'Войдите, чтобы продолжить.');
	return commands[name](id, params);
}

const personOf = (request) => sessions.get(/zvonok=(\w+)/.exec(request.headers.cookie ?? '')?.[1]);

const server = createServer((request, response) => {
	const { pathname } = new URL(request.url, 'http://x');
	if (!pathname.startsWith('/api/')) return file(pathname, response);
	let body = '';
	request.on('data', (chunk) => (body += chunk));
	request.on('end', () => {
		const answer = (status, value, headers = {}) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
		try {
			const name = pathname.slice('/api/v1/'.length);
			const { as, ...result } = run(name, personOf(request), JSON.parse(body || '{}')) ?? {};
			const headers = {};
			if (as) {
				const token = hex(16);
				sessions.set(token, as);
				headers['set-cookie'] = `zvonok=${token}; Path=/; HttpOnly; SameSite=Lax`;
			}
			if (name === 'sign_out') headers['set-cookie'] = 'zvonok=; Path=/; Max-Age=0';
			answer(200, result, headers);
		} catch (error) {
			if (!(error instanceof Refused)) console.error(error);
			const refusal = error.body ?? { code: 'unavailable', message: String(error) };
			answer(STATUS[refusal.code] ?? 400, { error: refusal });
		}
	});
});

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json' };

function file(pathname, response) {
	let path = join(dist, normalize(pathname));
	if (!extname(path) || !existsSync(path)) path = join(dist, 'index.html');
	if (!existsSync(path)) return response.writeHead(404).end('npm run build first, or open the address of npm run dev');
	const hashed = pathname.startsWith('/assets/');
	const packed = existsSync(`${path}.gz`);
	response
		.writeHead(200, {
			'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
			'content-security-policy': CSP,
			'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
			...(packed ? { 'content-encoding': 'gzip' } : {}),
		})
		.end(readFileSync(packed ? `${path}.gz` : path));
}

new WebSocketServer({ server, path: '/api/v1/socket' }).on('connection', (ws, request) => {
	const id = personOf(request);
	if (!id) return ws.close(4401);
	sockets.set(ws, id);
	ws.on('close', () => sockets.delete(ws));
	ws.send(JSON.stringify({ welcome: { person_id: id, session_id: 1, now: Date.now(), version: '0.1.0', heads: [...follows(id)].map((stream) => ({ stream, head: head(stream) })) } }));
	ws.on('message', (data) => {
		const { id: call, command, params } = JSON.parse(String(data));
		try {
			ws.send(JSON.stringify({ id: call, result: run(command, id, params) }));
		} catch (error) {
			if (!(error instanceof Refused)) console.error(error);
			ws.send(JSON.stringify({ id: call, error: error.body ?? { code: 'unavailable', message: String(error) } }));
		}
	});
});

server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port} (codes are 000000; quiet chat ${quiet.id})`));
