// SPDX-License-Identifier: Apache-2.0
// A signed-in person's live connection: the world kept in step, the socket, the outbox, who types and who is here.
import { command, Refusal, useSocket, type MeSnapshot } from '../api/index.ts';
import { Socket, type Phase } from '../api/socket.ts';
import { language } from '../i18n/index.ts';
import { applyOwnRead, trimMessages, type ChatState } from '../model/chat.ts';
import { Replica, type Frame } from '../model/replica.ts';
import { cursorAt } from '../model/stream.ts';
import { changeChat, loadMe, type World } from '../model/world.ts';
import { Outbox } from './outbox.svelte.ts';
import { afterPaint } from './pace.ts';
import { Store } from './store.ts';

const TYPING_SHOWN_MS = 6000;
const TYPING_SENT_MS = 4000;
/** Shorter losses are not worth a word. */
const TROUBLE_MS = 2500;
const KEEP_AFTER_MS = 3000;
const KEPT_MESSAGES = 30;

export interface LiveEvents {
	/** The session is over (ended elsewhere or expired). */
	signedOut(): void;
	/** The cookie belongs to somebody else now. */
	otherPerson(): void;
}

export class Live {
	world = $state.raw<World>(undefined as unknown as World);
	phase = $state<Phase>('closed');
	/** There has been no connection for long enough to say so. */
	trouble = $state(false);
	retryAt = $state<number | undefined>();
	/** The server runs another version than at the start of this page. */
	outdated = $state(false);
	/** By chat: who types now. */
	typing = $state.raw<ReadonlyMap<number, readonly number[]>>(new Map());

	/** The session of this page, as the socket was told. */
	sessionId = $state<number | undefined>();
	/** How the account's protection changed last, while this page was open. */
	security = $state.raw<{ what: string; at: number } | undefined>();

	readonly store: Store;
	readonly outbox: Outbox;
	readonly replica: Replica;

	/** Told of every frame after it was taken in: what a call needs and the world does not keep. */
	readonly listeners = new Set<(frame: Frame) => void>();

	readonly #socket: Socket;
	readonly #events: LiveEvents;
	readonly #stop = new AbortController();
	/** Calls off the start of what goes on behind the screen. */
	readonly #begin: () => void;
	readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
	readonly #typingSent = new Map<number, number>();
	readonly #reading = new Map<number, number>();
	#version: string | undefined;
	#stale: boolean;
	#frame: number | undefined;
	#next: World | undefined;
	#keepTimer: ReturnType<typeof setTimeout> | undefined;
	#troubleTimer: ReturnType<typeof setTimeout> | undefined;

	/** With a fresh snapshot, or with what was kept from the last visit when the server is out of reach. */
	constructor(start: MeSnapshot | World, events: LiveEvents) {
		this.#events = events;
		const world = 'cursors' in start ? start : loadMe(start);
		this.#stale = 'cursors' in start;
		this.world = world;
		const me = world.person.id;
		this.store = new Store(me);
		this.replica = new Replica(command, (next) => this.#changed(next));
		this.replica.restore(world);
		this.outbox = new Outbox(this.store, me, () => events.signedOut());
		const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
		this.#socket = new Socket(() => `${scheme}://${location.host}/api/v1/socket?lang=${language.current}`, {
			frame: (frame) => this.#received(frame as unknown as Frame),
			phase: (phase, retryAt) => this.#phase(phase, retryAt),
			signedOut: () => events.signedOut(),
		});
		useSocket(this.#socket);
		const { signal } = this.#stop;
		addEventListener('online', () => this.hurry(), { signal });
		addEventListener('offline', () => this.#socket.suspect(), { signal });
		document.addEventListener('visibilitychange', () => (document.hidden ? void this.#keep() : this.hurry()), { signal });
		addEventListener('pagehide', () => void this.#keep(), { signal });
		this.#begin = afterPaint(() => {
			this.outbox.start();
			this.#socket.start();
		});
	}

	static async kept(person: number): Promise<World | undefined> {
		const store = new Store(person);
		try {
			return await store.kept<World>('world');
		} catch {
			return undefined;
		} finally {
			await store.close();
		}
	}

	/** What others wrote does not stay on a device whose session is over; one's own unsent texts and drafts do. */
	static async forget(person: number): Promise<void> {
		const store = new Store(person);
		await store.forget('world').catch(() => undefined);
		await store.close();
	}

	get me(): number {
		return this.world.person.id;
	}

	chat(chatId: number): ChatState | undefined {
		return this.world.chats.get(chatId);
	}

	/** Tries the connection now. */
	hurry(): void {
		this.#socket.hurry();
		this.outbox.wake();
	}

	/** Everything up to this message was seen. A failure is repaired by the next look at the chat. */
	async markRead(chatId: number, seq: number): Promise<void> {
		const chat = this.world.chats.get(chatId)?.chat;
		if (!chat || seq <= chat.read_seq || (this.#reading.get(chatId) ?? 0) >= seq) return;
		this.#reading.set(chatId, seq);
		try {
			const done = await command('chat_read', { chat_id: chatId, seq });
			this.replica.update((world) => changeChat(world, chatId, (state) => applyOwnRead(state, done.read_seq, done.read_count)));
		} catch {
			// Offline or refused: nothing is lost but a mark.
		} finally {
			if (this.#reading.get(chatId) === seq) this.#reading.delete(chatId);
		}
	}

	/** Called at each key; tells the chat from time to time. */
	tellTyping(chatId: number): void {
		const now = Date.now();
		if (!this.#socket.open || now - (this.#typingSent.get(chatId) ?? 0) < TYPING_SENT_MS) return;
		this.#typingSent.set(chatId, now);
		this.#socket.command('typing', { chat_id: chatId }).catch(() => undefined);
	}

	async presence(chatId: number): Promise<ReadonlySet<number> | undefined> {
		try {
			return new Set((await command('presence_get', { chat_id: chatId })).online);
		} catch {
			return undefined;
		}
	}

	/** The connection ends; what is kept on this device stays. */
	async stop(): Promise<void> {
		this.#stop.abort();
		this.#begin();
		useSocket(undefined);
		this.#socket.stop();
		this.outbox.stop();
		this.replica.stop();
		clearTimeout(this.#keepTimer);
		clearTimeout(this.#troubleTimer);
		for (const timer of this.#typingTimers.values()) clearTimeout(timer);
		await this.store.close();
	}

	#received(frame: Frame): void {
		this.#take(frame);
		for (const told of this.listeners) told(frame);
	}

	#take(frame: Frame): void {
		if ('signal' in frame) {
			if (frame.signal === 'typing') this.#typed(frame.data.chat_id, frame.data.person_id);
			return;
		}
		if ('welcome' in frame) {
			if (frame.welcome.person_id !== this.me) return this.#events.otherPerson();
			this.sessionId = frame.welcome.session_id;
			this.#version ??= frame.welcome.version;
			this.outdated = this.#version !== frame.welcome.version;
			if (this.#stale) void this.#refresh();
			this.outbox.wake();
		}
		if ('stream' in frame && frame.type === 'message_posted') {
			this.#typed(frame.data.message.chat_id, frame.data.message.sender_id, true);
		}
		if ('stream' in frame && frame.type === 'security_changed') this.security = { what: frame.data.what, at: frame.at };
		this.replica.frame(frame);
	}

	async #refresh(): Promise<void> {
		try {
			await this.replica.load();
			this.#stale = false;
		} catch (error) {
			if (error instanceof Refusal) setTimeout(() => this.#stale && this.#socket.open && void this.#refresh(), 3000);
		}
	}

	/** Many events of one moment make one change of the screen. */
	#changed(world: World): void {
		this.#next = world;
		if (this.#frame !== undefined) return;
		const apply = () => {
			this.#frame = undefined;
			const next = this.#next;
			if (!next || this.#stop.signal.aborted) return;
			this.world = next;
			this.outbox?.arrived(ownClientIds(next));
			clearTimeout(this.#keepTimer);
			this.#keepTimer = setTimeout(() => void this.#keep(), KEEP_AFTER_MS);
		};
		// A hidden page gets no animation frames.
		this.#frame = document.hidden ? (setTimeout(apply, 50) as unknown as number) : requestAnimationFrame(apply);
	}

	#phase(phase: Phase, retryAt: number | undefined): void {
		this.phase = phase;
		this.retryAt = retryAt;
		if (phase === 'open') {
			clearTimeout(this.#troubleTimer);
			this.#troubleTimer = undefined;
			this.trouble = false;
		} else {
			this.#troubleTimer ??= setTimeout(() => (this.trouble = true), TROUBLE_MS);
		}
	}

	#typed(chatId: number, personId: number, done = false): void {
		if (personId === this.me) return;
		const key = `${chatId} ${personId}`;
		clearTimeout(this.#typingTimers.get(key));
		this.#typingTimers.delete(key);
		const others = (this.typing.get(chatId) ?? []).filter((id) => id !== personId);
		if (!done) this.#typingTimers.set(key, setTimeout(() => this.#typed(chatId, personId, true), TYPING_SHOWN_MS));
		else if (others.length === (this.typing.get(chatId)?.length ?? 0)) return;
		this.typing = new Map(this.typing).set(chatId, done ? others : [...others, personId]);
	}

	async #keep(): Promise<void> {
		clearTimeout(this.#keepTimer);
		const world = this.replica.world;
		if (!world || this.#stop.signal.aborted) return;
		const chats = new Map([...world.chats].map(([id, chat]) => [id, trimMessages(chat, KEPT_MESSAGES)] as const));
		const cursors = new Map([...world.cursors].map(([stream, { head }]) => [stream, cursorAt(head)] as const));
		await this.store.keep('world', { ...world, chats, cursors }).catch(() => undefined);
	}
}

function* ownClientIds(world: World): Iterable<string> {
	for (const { messages } of world.chats.values()) {
		for (const message of messages.slice(-50)) if (message.sender_id === world.person.id) yield message.client_id;
	}
}
