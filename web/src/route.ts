// SPDX-License-Identifier: Apache-2.0
// Paths of the client and back.
export type Route =
	| { name: 'chats' }
	| { name: 'chat'; chatId: number }
	| { name: 'invite'; token: string }
	| { name: 'chat-link'; token: string }
	| { name: 'claim'; token: string }
	| { name: 'join' }
	| { name: 'card'; token: string | undefined }
	| { name: 'about'; orgId: number }
	| { name: 'mine'; orgId: number; unitId: number | undefined }
	| { name: 'apply' }
	| { name: 'application'; token: string }
	| { name: 'curator' }
	| { name: 'help' }
	| { name: 'calendar'; view: 'today' | 'week'; chatId: number | undefined; lessonId: number | undefined }
	| { name: 'guest'; token: string }
	| { name: 'operator'; section: OperatorSection }
	| { name: 'account'; taken: boolean }
	| { name: 'org'; orgId: number; section: OrgSection }
	| { name: 'unit'; orgId: number; unitId: number }
	| { name: 'unknown'; path: string };

export type OperatorSection = 'organisations' | 'applications' | 'curators' | 'support' | 'help' | 'journal';
export type OrgSection = 'guide' | 'card' | 'journal' | 'structure' | 'people' | 'links' | 'chats' | 'reception' | 'reports' | 'subjects' | 'sets' | 'archive' | 'movements' | 'rollover' | 'import' | 'content';

const SECTIONS: readonly string[] = ['guide', 'card', 'journal', 'structure', 'people', 'links', 'chats', 'reception', 'reports', 'subjects', 'sets', 'archive', 'movements', 'rollover', 'import', 'content'] satisfies OrgSection[];
const isSection = (text: string): text is OrgSection => SECTIONS.includes(text);

const TOKEN = /^[A-Za-z0-9_-]{22,64}$/;
const ID = /^[1-9][0-9]{0,15}$/;

function id(text: string | undefined): number | undefined {
	if (!text || !ID.test(text)) return undefined;
	const value = Number(text);
	return Number.isSafeInteger(value) ? value : undefined;
}

const OPERATOR_SECTIONS: readonly string[] = ['organisations', 'applications', 'curators', 'support', 'help', 'journal'] satisfies OperatorSection[];
const isOperatorSection = (text: string | undefined): text is OperatorSection => OPERATOR_SECTIONS.includes(text ?? '');

export function parseRoute(path: string): Route {
	const parts = path.split('/').filter(Boolean);
	const [first, second, third] = parts;
	if (parts.length === 0) return { name: 'chats' };
	if (first === 'chat' && parts.length === 2) {
		const chatId = id(second);
		if (chatId) return { name: 'chat', chatId };
	}
	if (first === 'chat-link' && parts.length === 2 && second && TOKEN.test(second)) return { name: 'chat-link', token: second };
	if (first === 'invite' && parts.length === 2 && second && TOKEN.test(second)) return { name: 'invite', token: second };
	if (first === 'account' && (parts.length === 1 || (parts.length === 2 && second === 'taken'))) return { name: 'account', taken: second === 'taken' };
	if (first === 'apply' && parts.length === 1) return { name: 'apply' };
	if (first === 'apply' && parts.length === 2 && second && TOKEN.test(second)) return { name: 'application', token: second };
	if (first === 'help' && parts.length === 1) return { name: 'help' };
	if (first === 'guest' && parts.length === 2 && second && TOKEN.test(second)) return { name: 'guest', token: second };
	if (first === 'calendar' && parts.length <= 3) {
		const [chatId, lessonId] = [second === 'chat' ? id(third) : undefined, parts.length === 2 ? id(second) : undefined];
		if (parts.length === 1 || (parts.length === 2 && second === 'week') || chatId || lessonId) return { name: 'calendar', view: second === 'week' ? 'week' : 'today', chatId, lessonId };
	}
	if (first === 'curator' && parts.length === 1) return { name: 'curator' };
	if (first === 'join' && parts.length === 1) return { name: 'join' };
	if (first === 'card' && parts.length <= 2 && (second === undefined || TOKEN.test(second))) return { name: 'card', token: second };
	if (first === 'about' && parts.length === 2) {
		const orgId = id(second);
		if (orgId) return { name: 'about', orgId };
	}
	if (first === 'mine' && (parts.length === 2 || parts.length === 3)) {
		const orgId = id(second);
		const unitId = id(third);
		if (orgId && (third === undefined || unitId)) return { name: 'mine', orgId, unitId };
	}
	if (first === 'operator') {
		if (parts.length === 1) return { name: 'operator', section: 'organisations' };
		if (parts.length === 2 && isOperatorSection(second)) return { name: 'operator', section: second };
		if (parts.length === 2 && second && TOKEN.test(second)) return { name: 'claim', token: second };
	}
	if (first === 'org' && third === 'unit' && parts.length === 4) {
		const orgId = id(second);
		const unitId = id(parts[3]);
		if (orgId && unitId) return { name: 'unit', orgId, unitId };
	}
	if (first === 'org' && parts.length <= 3) {
		const orgId = id(second);
		const section = third ?? 'structure';
		if (orgId && isSection(section)) return { name: 'org', orgId, section };
	}
	return { name: 'unknown', path };
}

export function routePath(route: Route): string {
	switch (route.name) {
		case 'chats':
			return '/';
		case 'chat':
			return `/chat/${route.chatId}`;
		case 'invite':
			return `/invite/${route.token}`;
		case 'chat-link':
			return `/chat-link/${route.token}`;
		case 'claim':
			return `/operator/${route.token}`;
		case 'account':
			return route.taken ? '/account/taken' : '/account';
		case 'join':
			return '/join';
		case 'card':
			return route.token === undefined ? '/card' : `/card/${route.token}`;
		case 'about':
			return `/about/${route.orgId}`;
		case 'mine':
			return route.unitId === undefined ? `/mine/${route.orgId}` : `/mine/${route.orgId}/${route.unitId}`;
		case 'operator':
			return route.section === 'organisations' ? '/operator' : `/operator/${route.section}`;
		case 'apply':
			return '/apply';
		case 'application':
			return `/apply/${route.token}`;
		case 'help':
			return '/help';
		case 'guest':
			return `/guest/${route.token}`;
		case 'calendar':
			return route.lessonId ? `/calendar/${route.lessonId}` : route.chatId ? `/calendar/chat/${route.chatId}` : route.view === 'week' ? '/calendar/week' : '/calendar';
		case 'curator':
			return '/curator';
		case 'org':
			return `/org/${route.orgId}/${route.section}`;
		case 'unit':
			return `/org/${route.orgId}/unit/${route.unitId}`;
		case 'unknown':
			return route.path;
	}
}
