// SPDX-License-Identifier: Apache-2.0
// Keeps a World in step with the server: first load, frames of the socket, gaps, names. Knows no browser and no Svelte;
// commands and the change notice are given to it.
import { Refusal } from '../api/errors.ts';
import type { CommandName, Params, Result, StreamEvent, StreamHead, Welcome } from '../api/types.ts';
import { hasOlder, mergePeople, trimMessages, unknownAuthors } from './chat.ts';
import { behind, cursorAt } from './stream.ts';
import {
	applyEvent,
	changeChat,
	dropStream,
	loadChat,
	loadMe,
	loadOlder,
	personStream,
	streamId,
	tellHead,
	type World,
} from './world.ts';
import { orgFrom } from './org.ts';

export type Command = <C extends CommandName>(name: C, params: Params<C>) => Promise<Result<C>>;

/** What the server says by itself. */
export type Frame =
	| { welcome: Welcome }
	| { follow: StreamHead }
	| { unfollow: { stream: string } }
	| { signal: string; data: { chat_id: number; person_id: number } }
	| StreamEvent;

const PAGE = 50;
const EVENTS_PAGE = 200;
/** A chat that is not open keeps this many messages. */
const KEPT = 100;
const PEOPLE_PAGE = 100;

export class Replica {
	world: World | undefined;

	readonly #command: Command;
	readonly #changed: (world: World) => void;
	/**
	 * Heads told by the server since the welcome. They outlive the cursor: whoever was away while he left a chat and came back
	 * finds both in his own stream, and the chat as it was when he came back, not as far as it is now.
	 */
	readonly #told = new Map<string, number>();
	readonly #filling = new Set<string>();
	readonly #asked = new Set<string>();
	readonly #opening = new Map<number, Promise<void>>();
	readonly #older = new Map<number, Promise<void>>();
	#open: number | undefined;
	#stopped = false;

	constructor(command: Command, changed: (world: World) => void) {
		this.#command = command;
		this.#changed = changed;
	}

	/** The first load, or a fresh look at everything. */
	async load(): Promise<World> {
		const me = await this.#command('me_snapshot', {});
		this.#set(loadMe(me, this.world));
		return this.world!;
	}

	/** What was known at the last visit, to be looked at until the server answers. */
	restore(world: World): void {
		this.#set(world);
	}

	stop(): void {
		this.#stopped = true;
	}

	frame(frame: Frame): void {
		if (!this.world || this.#stopped) return;
		let world = this.world;
		if ('welcome' in frame) {
			this.#told.clear();
			const alive = new Set(frame.welcome.heads.map(({ stream }) => stream));
			for (const stream of world.cursors.keys()) if (stream.startsWith('o') && !alive.has(stream)) world = dropStream(world, stream);
			for (const { stream, head } of frame.welcome.heads) world = this.#tell(world, stream, head);
		} else if ('follow' in frame) {
			world = this.#tell(world, frame.follow.stream, frame.follow.head);
		} else if ('unfollow' in frame) {
			world = dropStream(world, frame.unfollow.stream);
			this.#told.delete(frame.unfollow.stream);
		} else if ('stream' in frame) {
			if (!world.cursors.has(frame.stream)) world = this.#tell(world, frame.stream, frame.seq);
			world = applyEvent(world, frame);
		}
		if (world !== this.world) this.#set(world);
		else this.#catchUp();
	}

	/** Makes sure that a chat's messages are here. */
	openChat(chatId: number): Promise<void> {
		this.#open = chatId;
		if (this.world?.chats.get(chatId)?.loaded) return Promise.resolve();
		let opening = this.#opening.get(chatId);
		if (!opening) {
			opening = this.#snapshot(chatId).finally(() => this.#opening.delete(chatId));
			this.#opening.set(chatId, opening);
		}
		return opening;
	}

	closeChat(chatId: number): void {
		if (this.#open === chatId) this.#open = undefined;
		this.trim(chatId);
	}

	/** An open chat that has grown long and is followed at its end. */
	trim(chatId: number): void {
		if (this.world) this.#set(changeChat(this.world, chatId, (chat) => trimMessages(chat, KEPT)));
	}

	/** One page of history before what is here. */
	loadOlder(chatId: number): Promise<void> {
		const state = this.world?.chats.get(chatId);
		if (!state || !state.loaded || !hasOlder(state)) return Promise.resolve();
		let loading = this.#older.get(chatId);
		if (!loading) {
			const before = state.messages[0]!.seq;
			loading = this.#command('message_list', { chat_id: chatId, before, limit: PAGE })
				.then((page) => {
					if (this.world) this.#set(loadOlder(this.world, chatId, page));
				})
				.finally(() => this.#older.delete(chatId));
			this.#older.set(chatId, loading);
		}
		return loading;
	}

	/** A change that came as the answer to a command of one's own. */
	update(run: (world: World) => World): void {
		if (this.world) this.#set(run(this.world));
	}

	async #snapshot(chatId: number): Promise<void> {
		const known = this.world?.chats.has(chatId);
		const snapshot = await this.#command('chat_snapshot', { chat_id: chatId });
		if (!this.world || this.#stopped) return;
		if (known && !this.world.chats.has(chatId)) return; // he left it while the answer was on its way
		this.#set(loadChat(this.world, snapshot));
	}

	#tell(world: World, stream: string, head: number): World {
		this.#told.set(stream, Math.max(head, this.#told.get(stream) ?? 0));
		return tellHead(world, stream, head);
	}

	#set(world: World): void {
		if (this.#stopped) return;
		for (const [stream, head] of this.#told) if (world.cursors.has(stream)) world = tellHead(world, stream, head);
		this.world = world;
		this.#changed(world);
		this.#catchUp();
	}

	#catchUp(): void {
		const { world } = this;
		if (!world) return;
		for (const [stream, cursor] of world.cursors) if (behind(cursor)) void this.#fill(stream);
		for (const [chatId, state] of world.chats) {
			const ids = unknownAuthors(state, world.people).filter((id) => !this.#asked.has(`${chatId} ${id}`));
			if (ids.length > 0) void this.#names(chatId, ids.slice(0, PEOPLE_PAGE));
		}
	}

	/** Asks for what a stream lacks. Without a connection it ends; the next welcome begins it anew. */
	async #fill(stream: string): Promise<void> {
		if (this.#filling.has(stream)) return;
		this.#filling.add(stream);
		try {
			for (;;) {
				const cursor = this.world?.cursors.get(stream);
				if (!cursor || !behind(cursor) || this.#stopped) return;
				const page = await this.#command('events_since', { stream, after: cursor.head, limit: EVENTS_PAGE });
				let world = this.world;
				if (!world || this.#stopped) return;
				for (const event of page.events) world = applyEvent(world, event as unknown as StreamEvent);
				world = tellHead(world, stream, page.head);
				const progress = (world.cursors.get(stream)?.head ?? Infinity) > cursor.head;
				this.#set(world);
				if (!progress) return void (await this.#startOver(stream));
			}
		} catch (error) {
			if (!(error instanceof Refusal)) return;
			if (error.code === 'too_far') await this.#startOver(stream).catch(() => undefined);
			else if (error.code === 'not_found' && this.world && !stream.startsWith('p')) this.#set(dropStream(this.world, stream));
			else if (error.passing) setTimeout(() => this.#catchUp(), 1000 * (error.retryAfter ?? 2));
		} finally {
			this.#filling.delete(stream);
		}
	}

	/** Too far behind: the same code as the first load. */
	async #startOver(stream: string): Promise<void> {
		if (stream.startsWith('c')) {
			await this.#snapshot(streamId(stream));
		} else if (this.world && stream === personStream(this.world.person.id)) {
			await this.load();
		} else if (this.world) {
			const id = streamId(stream);
			const head = this.world.cursors.get(stream)?.known ?? 0;
			const fresh = { ...orgFrom(id, head), invitesVersion: (this.world.orgs.get(id)?.invitesVersion ?? 0) + 1 };
			this.#set({
				...this.world,
				orgs: new Map(this.world.orgs).set(id, fresh),
				cursors: new Map(this.world.cursors).set(stream, cursorAt(head)),
			});
		}
	}

	async #names(chatId: number, ids: number[]): Promise<void> {
		for (const id of ids) this.#asked.add(`${chatId} ${id}`);
		try {
			const { people } = await this.#command('people_get', { chat_id: chatId, person_ids: ids });
			if (!this.world || this.#stopped) return;
			const world = changeChat(this.world, chatId, (chat) => mergePeople(chat, people));
			this.#set({ ...world, people: new Map([...world.people, ...people.map(({ person }) => [person.id, person] as const)]) });
		} catch {
			for (const id of ids) this.#asked.delete(`${chatId} ${id}`); // the next change asks again
		}
	}
}
