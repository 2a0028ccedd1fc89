// SPDX-License-Identifier: Apache-2.0
// Everything that one person's client knows: himself, his chats and organisations, and how far each stream was followed.
// What must always hold: state(events applied to an old snapshot) == state(fresh snapshot); `fingerprint` compares them.
import type {
	Chat,
	DocumentDue,
	NewDevice,
	ChatEvent,
	ChatSnapshot,
	Membership,
	MeSnapshot,
	MessagePage,
	NameChange,
	OpenViolation,
	OrgEvent,
	Person,
	PersonEvent,
	StreamEvent,
} from '../api/types.ts';
import { applyChatEvent, applyOwnRead, chatFrom, mergeOlder, mergeSnapshot, type ChatState } from './chat.ts';
import { applyOrgEvent, orgFrom, type OrgState } from './org.ts';
import { accept, cursorAt, jump, tell, type Cursor } from './stream.ts';

export interface World {
	readonly person: Person;
	readonly operator: boolean;
	/** Municipal curator of some organisations. */
	readonly curator: boolean;
	readonly memberships: readonly Membership[];
	readonly chats: ReadonlyMap<number, ChatState>;
	readonly orgs: ReadonlyMap<number, OrgState>;
	/** Names of people met outside a loaded chat: authors of last messages. */
	readonly people: ReadonlyMap<number, Person>;
	/** Sign-ins from devices that were new, and nobody has said yet that it was he. */
	readonly newDevices?: readonly NewDevice[];
	/** When the account will be deleted. */
	readonly deleteAt?: number | undefined;
	/** What is still to be agreed to. */
	readonly documentsDue?: readonly DocumentDue[];
	/** Own violations of the rules that are to be signed for, and those of one's children (R88). */
	readonly violations?: readonly OpenViolation[];
	readonly childViolations?: readonly OpenViolation[];
	/** The last thing that was said about one's own request for another name. */
	readonly nameChange?: NameChange | undefined;
	/** By stream: `p7`, `c12`, `o3`. */
	readonly cursors: ReadonlyMap<string, Cursor>;
}

export const personStream = (id: number): string => `p${id}`;
export const chatStream = (id: number): string => `c${id}`;
export const orgStream = (id: number): string => `o${id}`;
export const streamId = (stream: string): number => Number(stream.slice(1));

/** The first load, and the catching up of whoever is too far behind in his own stream: what is loaded and still his stays loaded. */
export function loadMe(me: MeSnapshot, earlier?: World): World {
	const before = earlier?.person.id === me.person.id ? earlier : undefined;
	const chats = new Map<number, ChatState>();
	const orgs = new Map<number, OrgState>();
	const cursors = new Map<string, Cursor>();
	for (const chat of me.chats) {
		const old = before?.chats.get(chat.id);
		// A chat that was opened keeps its messages and its place in its stream, and takes the events it lacks from there.
		const known = old && (old.loaded || old.chat.head > chat.head) ? old : undefined;
		chats.set(chat.id, known ? applyOwnRead(known, chat.read_seq, chat.read_count) : chatFrom(chat));
		const cursor = known ? before?.cursors.get(chatStream(chat.id)) : undefined;
		cursors.set(chatStream(chat.id), cursor ? tell(cursor, chat.head) : cursorAt(chat.head));
	}
	for (const { stream, head } of me.heads) {
		if (stream.startsWith('o')) {
			const id = streamId(stream);
			const known = before?.orgs.get(id);
			const cursor = known ? before?.cursors.get(stream) : undefined;
			orgs.set(id, known ?? orgFrom(id, head));
			cursors.set(stream, cursor ? tell(cursor, head) : cursorAt(head));
		} else if (stream.startsWith('p')) {
			cursors.set(stream, cursorAt(head));
		} else {
			// The chat says its head itself; both are from one transaction.
			const cursor = cursors.get(stream);
			if (cursor) cursors.set(stream, tell(cursor, head));
		}
	}
	return {
		person: me.person,
		operator: me.operator,
		curator: me.curator ?? false,
		memberships: sortMemberships(me.memberships),
		chats,
		orgs,
		people: new Map([...(before?.people ?? []), ...me.people.map((person) => [person.id, person] as const)]),
		newDevices: me.new_devices ?? [],
		deleteAt: me.delete_at,
		documentsDue: me.documents_due ?? [],
		violations: me.violations ?? [],
		childViolations: me.child_violations ?? [],
		cursors,
	};
}

export function loadChat(world: World, snapshot: ChatSnapshot): World {
	const id = snapshot.chat.id;
	const chats = new Map(world.chats).set(id, mergeSnapshot(world.chats.get(id), snapshot));
	const { cursor, apply } = jump(world.cursors.get(chatStream(id)), snapshot.chat.head);
	const cursors = new Map(world.cursors).set(chatStream(id), cursor);
	return apply.reduce(change, { ...world, chats, cursors });
}

export function loadOlder(world: World, chatId: number, page: MessagePage): World {
	return changeChat(world, chatId, (chat) => mergeOlder(chat, page));
}

export function changeChat(world: World, chatId: number, run: (chat: ChatState) => ChatState): World {
	const chat = world.chats.get(chatId);
	if (!chat) return world;
	const next = run(chat);
	return next === chat ? world : { ...world, chats: new Map(world.chats).set(chatId, next) };
}

/** Takes an event from the wire: applied in its turn, ignored when known, held when something before it is missing. */
export function applyEvent(world: World, event: StreamEvent): World {
	const cursor = world.cursors.get(event.stream);
	if (!cursor) return world; // of a stream that is not followed (any more)
	const accepted = accept(cursor, event);
	if (accepted.cursor === cursor) return world;
	const cursors = new Map(world.cursors).set(event.stream, accepted.cursor);
	return accepted.apply.reduce(change, { ...world, cursors });
}

/** The server says how far a stream goes; an unknown organisation's stream is followed from there on. */
export function tellHead(world: World, stream: string, head: number): World {
	const cursor = world.cursors.get(stream);
	if (cursor) {
		const next = tell(cursor, head);
		return next === cursor ? world : { ...world, cursors: new Map(world.cursors).set(stream, next) };
	}
	if (!stream.startsWith('o')) return world; // a chat comes with chat_joined in the person's stream
	const id = streamId(stream);
	return {
		...world,
		orgs: new Map(world.orgs).set(id, orgFrom(id, head)),
		cursors: new Map(world.cursors).set(stream, cursorAt(head)),
	};
}

/** No events of this stream come any more. */
export function dropStream(world: World, stream: string): World {
	if (!world.cursors.has(stream) || stream.startsWith('p')) return world;
	const cursors = new Map(world.cursors);
	cursors.delete(stream);
	const id = streamId(stream);
	if (stream.startsWith('c')) {
		const chats = new Map(world.chats);
		chats.delete(id);
		return { ...world, chats, cursors };
	}
	const orgs = new Map(world.orgs);
	orgs.delete(id);
	return { ...world, orgs, cursors };
}

function change(world: World, event: StreamEvent): World {
	const id = streamId(event.stream);
	switch (event.stream[0]) {
		case 'c':
			return named(changeChat(world, id, (chat) => applyChatEvent(chat, event as ChatEvent, world.person.id)), event as ChatEvent);
		case 'o': {
			const org = world.orgs.get(id);
			return org ? { ...world, orgs: new Map(world.orgs).set(id, applyOrgEvent(org, event as OrgEvent)) } : world;
		}
		default:
			return applyPersonEvent(world, event as PersonEvent);
	}
}

/** A chat tells somebody's new name: he is called so in the list of chats too. */
function named(world: World, event: ChatEvent): World {
	if (event.type !== 'chat_member_joined') return world;
	const people = knownAs(world.people, event.data.member.person);
	return people === world.people ? world : { ...world, people };
}

function knownAs(people: ReadonlyMap<number, Person>, person: Person): ReadonlyMap<number, Person> {
	return people.has(person.id) ? new Map(people).set(person.id, person) : people;
}

function applyPersonEvent(world: World, event: PersonEvent): World {
	switch (event.type) {
		case 'chat_joined': {
			const { chat } = event.data;
			const known = world.chats.get(chat.id);
			if (known && known.chat.head >= chat.head) return world;
			return {
				...world,
				chats: new Map(world.chats).set(chat.id, chatFrom(chat)),
				cursors: new Map(world.cursors).set(chatStream(chat.id), cursorAt(chat.head)),
			};
		}
		case 'chat_left':
			return dropStream(world, chatStream(event.data.chat_id));
		case 'chat_read':
			return changeChat(world, event.data.chat_id, (chat) => applyOwnRead(chat, event.data.read_seq, event.data.read_count));
		case 'person_renamed': {
			const { person } = event.data;
			return { ...world, person, people: knownAs(world.people, person) };
		}
		case 'name_change_changed':
			return { ...world, nameChange: event.data.change };
		case 'membership_changed': {
			const { membership } = event.data;
			const others = world.memberships.filter((known) => known.org.id !== membership.org.id);
			return { ...world, memberships: sortMemberships([...others, membership]) };
		}
		case 'curator_changed':
			return { ...world, curator: event.data.curator };
		case 'membership_ended':
			return { ...world, memberships: world.memberships.filter((known) => known.org.id !== event.data.org_id) };
		case 'device_signed_in': {
			const { device } = event.data;
			const others = (world.newDevices ?? []).filter((known) => known.session_id !== device.session_id);
			return { ...world, newDevices: [device, ...others] };
		}
		case 'device_settled':
			return { ...world, newDevices: (world.newDevices ?? []).filter((known) => known.session_id !== event.data.session_id) };
		case 'deletion_changed':
			return { ...world, deleteAt: event.data.delete_at };
		case 'violations_changed':
			return { ...world, violations: event.data.own, childViolations: event.data.children };
		case 'document_accepted': {
			const { kind, for_person_id } = event.data;
			return { ...world, documentsDue: (world.documentsDue ?? []).filter((due) => due.kind !== kind || due.for_person?.id !== for_person_id) };
		}
		default:
			return world;
	}
}

function sortMemberships(memberships: readonly Membership[]): Membership[] {
	return memberships
		.map((membership) => ({ ...membership, units: [...membership.units].sort((a, b) => a.unit_id - b.unit_id) }))
		.sort((a, b) => a.org.id - b.org.id);
}

/** How many of a chat's newest messages a snapshot carries. */
const SNAPSHOT_MESSAGES = 50;

/**
 * A text that is equal for equal states: what a fresh me_snapshot says, and of the chats named in `withMessages` (loaded in
 * both states) the newest messages of a chat_snapshot. Names and roles of people are left out: they are fetched when needed.
 */
export function fingerprint(world: World, withMessages: readonly number[] = []): string {
	const chats = [...world.chats.values()].sort((a, b) => a.chat.id - b.chat.id);
	return canonical({
		person: world.person,
		operator: world.operator,
		curator: world.curator,
		memberships: world.memberships,
		newDevices: world.newDevices,
		deleteAt: world.deleteAt,
		head: world.cursors.get(personStream(world.person.id))?.head ?? 0,
		chats: chats.map((state) => ({
			...(state.chat as Chat),
			messages: withMessages.includes(state.chat.id) ? state.messages.slice(-SNAPSHOT_MESSAGES) : undefined,
		})),
	});
}

function canonical(value: unknown): string {
	return JSON.stringify(value, (_key, part: unknown) => {
		if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
		return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
	});
}
