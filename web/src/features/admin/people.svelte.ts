// SPDX-License-Identifier: Apache-2.0
// The list of people under a search and filters, page by page. Only the newest question's answer is shown.
import { command, type Member, type Role } from '../../api/index.ts';
import { problemText } from '../common/problem.ts';

export interface Filter {
	query: string;
	unitId: number | undefined;
	role: Role | undefined;
}

const PAGE = 50;
const MOST = 200; // the server's limit of one page

export class PeopleList {
	members = $state.raw<readonly Member[] | undefined>();
	nextCursor = $state<string | undefined>();
	problem = $state<string | undefined>();
	loading = $state(false);

	readonly #orgId: number;
	#filter: Filter = { query: '', unitId: undefined, role: undefined };
	#question = 0;
	#asking = false;
	#again = false;

	constructor(orgId: number) {
		this.#orgId = orgId;
	}

	/** One question at a time: while one is under way only the newest of those that came meanwhile is kept. */
	async ask(filter: Filter): Promise<void> {
		this.#filter = filter;
		if (this.#asking) {
			this.#again = true;
			return;
		}
		this.#asking = true;
		try {
			do {
				this.#again = false;
				await this.#load(undefined, PAGE);
			} while (this.#again);
		} finally {
			this.#asking = false;
		}
	}

	async more(): Promise<void> {
		if (this.nextCursor !== undefined) await this.#load(this.nextCursor, PAGE);
	}

	/** The same again, as long as it was. */
	async reload(): Promise<void> {
		await this.#load(undefined, Math.min(MOST, Math.max(PAGE, this.members?.length ?? 0)));
	}

	/** What one's own command did is shown at once. */
	put(member: Member): void {
		this.members = this.members?.map((known) => (known.person.id === member.person.id ? member : known));
	}

	drop(personId: number): void {
		this.members = this.members?.filter((known) => known.person.id !== personId);
	}

	async #load(cursor: string | undefined, limit: number): Promise<void> {
		const question = ++this.#question;
		const { query, unitId, role } = this.#filter;
		this.loading = true;
		try {
			const page = await command('member_list', {
				org_id: this.#orgId,
				limit,
				...(query === '' ? {} : { query }),
				...(unitId === undefined ? {} : { unit_id: unitId }),
				...(role === undefined ? {} : { role }),
				...(cursor === undefined ? {} : { cursor }),
			});
			if (question !== this.#question) return;
			this.members = cursor === undefined ? page.members : [...(this.members ?? []), ...page.members];
			this.nextCursor = page.next_cursor;
			this.problem = undefined;
		} catch (error) {
			if (question === this.#question) this.problem = problemText(error);
		} finally {
			if (question === this.#question) this.loading = false;
		}
	}
}
