// SPDX-License-Identifier: Apache-2.0
// The lessons of a stretch of time, kept in step while a page shows them.
import { command, Refusal, type Lesson } from '../../api/index.ts';
import type { Frame } from '../../model/replica.ts';
import type { Live } from '../../state/live.svelte.ts';
import { problemText } from '../common/problem.ts';
import { merged } from './days.ts';

export class Lessons {
	list = $state.raw<readonly Lesson[]>([]);
	loaded = $state(false);
	problem = $state('');
	/** There is no such lesson, or not for this person. */
	gone = $state(false);
	now = $state(Date.now());
	/** Calls of lessons that one is connected to without being in their chat, and that go on. */
	#elsewhere = $state.raw<ReadonlySet<number>>(new Set());

	readonly live: Live;
	readonly #take: (lesson: Lesson) => boolean;
	readonly #load: () => Promise<readonly Lesson[]>;
	readonly #timer: ReturnType<typeof setInterval>;
	readonly #listener = (frame: Frame): void => this.#frame(frame);
	#question = 0;

	private constructor(live: Live, load: () => Promise<readonly Lesson[]>, take: (lesson: Lesson) => boolean) {
		this.live = live;
		this.#load = load;
		this.#take = take;
		live.listeners.add(this.#listener);
		this.#timer = setInterval(() => (this.now = Date.now()), 15_000);
		void this.load();
	}

	/** Of all one's chats, or of one of them. */
	static between(live: Live, from: number, to: number, chatId: number | undefined): Lessons {
		const here = (one: Lesson): boolean => (chatId === undefined || one.chat_id === chatId) && one.starts_at >= from && one.starts_at < to;
		return new Lessons(live, async () => (await command('lesson_list', { from, to })).lessons.filter(here), here);
	}

	static one(live: Live, id: number): Lessons {
		return new Lessons(live, async () => [await command('lesson_get', { lesson_id: id })], (one) => one.id === id);
	}

	async load(): Promise<void> {
		const mine = ++this.#question;
		this.problem = '';
		try {
			const list = await this.#load();
			if (mine !== this.#question) return;
			this.list = list;
			this.loaded = true;
			for (const one of list) this.#probe(one);
		} catch (error) {
			if (mine !== this.#question) return;
			if (error instanceof Refusal && error.code === 'not_found') this.gone = true;
			else this.problem = problemText(error);
		}
	}

	merge(lesson: Lesson): void {
		if (this.#take(lesson)) this.list = merged(this.list, lesson);
		else this.list = this.list.filter(({ id }) => id !== lesson.id);
		this.#probe(lesson);
	}

	/** The call of this lesson that goes on. */
	callOf(lesson: Lesson): number | undefined {
		const chat = this.live.chat(lesson.chat_id)?.chat;
		if (chat) return chat.call?.lesson_id === lesson.id ? chat.call.call_id : undefined;
		return lesson.call_id !== undefined && this.#elsewhere.has(lesson.call_id) ? lesson.call_id : undefined;
	}

	close(): void {
		this.live.listeners.delete(this.#listener);
		clearInterval(this.#timer);
		this.#question++;
	}

	/** Of a chat that one is not in nobody tells that a call goes on. */
	#probe({ chat_id, call_id }: Lesson): void {
		if (call_id === undefined || this.live.chat(chat_id)) return;
		command('call_get', { call_id }).then(
			({ call }) => {
				const next = new Set(this.#elsewhere);
				if (call.ended_at === undefined) next.add(call_id);
				else next.delete(call_id);
				this.#elsewhere = next;
			},
			() => undefined, // over, or not ours any more: no button
		);
	}

	#frame(frame: Frame): void {
		if ('welcome' in frame && this.loaded) return void this.load();
		if (!('stream' in frame)) return;
		const event = frame as unknown as { type: string; data: { lesson?: Lesson } };
		if ((event.type === 'lesson_changed' || event.type === 'lesson_invited') && event.data.lesson) this.merge(event.data.lesson);
	}
}
