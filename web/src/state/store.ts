// SPDX-License-Identifier: Apache-2.0
// What this browser keeps of one person: texts on their way, drafts, the last known state. One database for each person;
// signing out deletes it. When storage is closed (private windows of some browsers) everything lives in memory instead.
import { openDB, deleteDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { OutboxItem } from '../model/outbox.ts';

interface Schema extends DBSchema {
	outbox: { key: string; value: OutboxItem; indexes: { order: number } };
	drafts: { key: number; value: { chatId: number; text: string } };
	kept: { key: string; value: unknown };
}

const name = (person: number): string => `zvonok-${person}`;

/** Orders of one browser grow; the random part keeps two tabs of one millisecond apart. */
function nextOrder(): number {
	return Date.now() + Math.random();
}

export class Store {
	readonly #person: number;
	#opened: Promise<IDBPDatabase<Schema> | undefined> | undefined;
	readonly #memory = { outbox: new Map<string, OutboxItem>(), drafts: new Map<number, string>(), kept: new Map<string, unknown>() };
	#lastOrder = 0;

	constructor(person: number) {
		this.#person = person;
	}

	/** Opened by its first use, which should not be before the first picture. */
	get #db(): Promise<IDBPDatabase<Schema> | undefined> {
		return (this.#opened ??= openDB<Schema>(name(this.#person), 1, {
			upgrade(db) {
				db.createObjectStore('outbox', { keyPath: 'clientId' }).createIndex('order', 'order');
				db.createObjectStore('drafts', { keyPath: 'chatId' });
				db.createObjectStore('kept');
			},
			blocking(_from, _to, event) {
				(event.target as IDBDatabase).close(); // another tab signs out and deletes it
			},
		}).catch(() => undefined));
	}

	/** Grows with each call in this tab. */
	order(): number {
		this.#lastOrder = Math.max(nextOrder(), this.#lastOrder + 0.001);
		return this.#lastOrder;
	}

	async outbox(): Promise<OutboxItem[]> {
		const db = await this.#db;
		if (db) return db.getAllFromIndex('outbox', 'order');
		return [...this.#memory.outbox.values()].sort((a, b) => a.order - b.order);
	}

	/** Ends when the item is on disk. */
	async putOutbox(item: OutboxItem): Promise<void> {
		const db = await this.#db;
		if (!db) return void this.#memory.outbox.set(item.clientId, item);
		const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
		await tx.store.put(item);
		await tx.done;
	}

	async deleteOutbox(clientId: string): Promise<void> {
		const db = await this.#db;
		if (db) await db.delete('outbox', clientId);
		else this.#memory.outbox.delete(clientId);
	}

	async draft(chatId: number): Promise<string> {
		const db = await this.#db;
		if (db) return (await db.get('drafts', chatId))?.text ?? '';
		return this.#memory.drafts.get(chatId) ?? '';
	}

	async drafts(): Promise<Map<number, string>> {
		const db = await this.#db;
		if (!db) return new Map(this.#memory.drafts);
		return new Map((await db.getAll('drafts')).map(({ chatId, text }) => [chatId, text]));
	}

	async putDraft(chatId: number, text: string): Promise<void> {
		const db = await this.#db;
		if (!db) {
			if (text) this.#memory.drafts.set(chatId, text);
			else this.#memory.drafts.delete(chatId);
		} else if (text) await db.put('drafts', { chatId, text });
		else await db.delete('drafts', chatId);
	}

	async kept<T>(key: string): Promise<T | undefined> {
		const db = await this.#db;
		return (db ? await db.get('kept', key) : this.#memory.kept.get(key)) as T | undefined;
	}

	async keep(key: string, value: unknown): Promise<void> {
		const db = await this.#db;
		if (db) await db.put('kept', value, key);
		else this.#memory.kept.set(key, value);
	}

	async forget(key: string): Promise<void> {
		const db = await this.#db;
		if (db) await db.delete('kept', key);
		else this.#memory.kept.delete(key);
	}

	async close(): Promise<void> {
		(await (this.#opened ??= Promise.resolve(undefined)))?.close(); // and it is not opened any more
	}

	/** Leaves nothing of the person on this device. */
	async wipe(person: number): Promise<void> {
		await this.close();
		await deleteDB(name(person)).catch(() => undefined);
	}
}
