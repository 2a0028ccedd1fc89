// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseRoute, routePath } from '../src/route.ts';

const token = 'AbCdEfGhIjKlMnOpQrStUv_-12';

describe('paths', () => {
	it.each([
		['/', { name: 'chats' }],
		['/chat/17', { name: 'chat', chatId: 17 }],
		[`/invite/${token}`, { name: 'invite', token }],
		['/operator', { name: 'operator', section: 'organisations' }],
		['/operator/support', { name: 'operator', section: 'support' }],
		['/operator/applications', { name: 'operator', section: 'applications' }],
		['/curator', { name: 'curator' }],
		['/apply', { name: 'apply' }],
		[`/apply/${'a'.repeat(43)}`, { name: 'application', token: 'a'.repeat(43) }],
		['/org/3/guide', { name: 'org', orgId: 3, section: 'guide' }],
		[`/operator/${token}`, { name: 'claim', token }],
		['/org/3/structure', { name: 'org', orgId: 3, section: 'structure' }],
		['/org/3/people', { name: 'org', orgId: 3, section: 'people' }],
		['/org/3/links', { name: 'org', orgId: 3, section: 'links' }],
		['/org/3/subjects', { name: 'org', orgId: 3, section: 'subjects' }],
		['/calendar', { name: 'calendar', view: 'today' }],
		['/calendar/week', { name: 'calendar', view: 'week' }],
		['/calendar/12', { name: 'calendar', view: 'today', lessonId: 12 }],
		['/calendar/chat/7', { name: 'calendar', view: 'today', chatId: 7 }],
		[`/guest/${'0'.repeat(32)}`, { name: 'guest', token: '0'.repeat(32) }],
		['/org/3/unit/7', { name: 'unit', orgId: 3, unitId: 7 }],
	])('%s there and back', (path, route) => {
		expect(parseRoute(path)).toEqual(route);
		expect(routePath(parseRoute(path))).toBe(path);
	});

	it('opens the structure of an organisation by default', () => {
		expect(parseRoute('/org/3')).toEqual({ name: 'org', orgId: 3, section: 'structure' });
	});

	it.each(['/chat', '/chat/0', '/chat/01', '/chat/x', '/chat/99999999999999999', '/chat/1/2', '/invite/short', `/invite/${token}/x`, '/org/3/secrets', '/org/3/unit', '/org/3/unit/x', '/org/-1', '/calendar/x', '/calendar/chat', '/calendar/week/7', '/guest', '/guest/x', '/nowhere', '/invite/%3Cscript%3E'])(
		'%s is unknown',
		(path) => expect(parseRoute(path)).toEqual({ name: 'unknown', path }),
	);
});
