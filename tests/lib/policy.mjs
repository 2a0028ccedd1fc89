// SPDX-License-Identifier: Apache-2.0
// A small model of who may do what, made from the description's words and the world that the test built; it shares nothing with the server.
import { commands } from './contract.mjs';

/** Everybody that commands are tried as: name -> {client, org, role}. */
export function personas(world) {
	const { a, b } = world;
	const of = (org, name, role, more = {}) => ({ client: org[name], org, role, units: [], ...more });
	return {
		nobody: { client: world.nobody },
		operator: { client: world.operator },
		admin: of(a, 'admin', 'admin', { units: [a.staff] }),
		coadmin: of(a, 'coadmin', 'coadmin', { units: [a.staff] }),
		waiting: of(a, 'waiting', 'coadmin', { units: [a.staff], unconfirmed: true }),
		head: of(a, 'head', 'head', { units: [a.staff] }),
		lead: of(a, 'lead', 'teacher', { units: [a.staff, a.first], leads: a.first }),
		teacher: of(a, 'teacher', 'teacher', { units: [a.staff, a.second] }),
		taught: of(a, 'taught', 'teacher', { units: [a.staff], teaches: a.first }), // a subject there, and nothing more
		student: of(a, 'student', 'student', { units: [a.first] }),
		guardian: of(a, 'guardian', 'guardian', { units: [a.first] }),
		other: of(b, 'admin', 'admin', { units: [b.staff] }),
		removed: { client: a.removed },
		curator: { client: world.curator, curates: a },
	};
}

const FOLLOWS_ORG = ['admin', 'coadmin', 'head'];

/** An object that rights are looked up on: {kind, org, unit?} or undefined for one that does not exist. */
function wordsOf(persona, kind, object) {
	const words = new Set(['anyone']);
	if (!persona.client.person) return { words, known: false };
	words.add('person');
	if (persona.client === persona.client.server.operatorClient) words.add('operator');
	const mine = object && persona.org === object.org;
	const inUnit = mine && object.unit && persona.units.includes(object.unit);
	const curated = kind === 'org' && object && persona.curates === object.org;
	let known = false;
	if (curated) known = true;
	else if (kind === 'org' || kind === 'unit' || kind === 'invite') known = Boolean(mine);
	else if (kind === 'file') known = object?.person === persona.client; // an upload that nothing holds
	else if (kind === 'chat') known = Boolean(inUnit) || (Boolean(mine) && FOLLOWS_ORG.includes(persona.role)); // whoever runs it knows that it is there
	else if (kind === 'call') known = Boolean(inUnit); // whoever may come into its chat
	else if (kind === 'stream') {
		if (object?.person) known = object.person === persona.client;
		else if (object?.unit) known = Boolean(inUnit);
		else known = Boolean(mine) && FOLLOWS_ORG.includes(persona.role);
		if (known) words.add('stream_follower');
	}
	if (!known) return { words, known };
	if (curated) words.add('curator');
	if (mine) words.add('member').add(persona.role);
	// Of links a lead has those only that bring pupils and parents into his unit.
	if (inUnit && persona.leads === object.unit && (kind !== 'invite' || object.family)) words.add('unit_lead');
	if (mine && kind === 'unit' && object.unit && persona.teaches === object.unit) words.add('unit_teacher');
	if (inUnit) words.add('chat_member').add('chat_writer');
	if (kind === 'call') words.add('call_member');
	if (kind === 'call' && (persona.client === object.host || persona.leads === object.unit)) words.add('call_host');
	return { words, known };
}

/** What must come: 'ok', or the code of the refusal. */
export function expectation(command, persona, object) {
	const { admit, target, require = [] } = commands.get(command);
	const { words, known } = wordsOf(persona, target.kind, object);
	if (!words.has('person') && !admit.includes('anyone')) return 'not_signed_in';
	if (target.kind !== 'none' && !known) return 'not_found';
	if (require.includes('confirmed') && persona.unconfirmed && known) return 'forbidden';
	return admit.some((word) => words.has(word)) ? 'ok' : 'forbidden';
}
