// SPDX-License-Identifier: Apache-2.0
// Who is signed in on this device.
import { command, Offline, onNotSignedIn, Refusal, type Membership, type Person } from '../api/index.ts';
import { Live } from './live.svelte.ts';
import { router } from './router.svelte.ts';

const PERSON_KEY = 'zvonok.person';

export type SessionStatus = 'loading' | 'guest' | 'ready' | 'failed';

class SessionState {
	status = $state<SessionStatus>('loading');
	/** Set while `status` is `ready`. */
	live = $state.raw<Live | undefined>();
	/** Why a visitor who was signed in sees the sign-in page. */
	ended = $state(false);

	readonly #channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('zvonok-session');

	get person(): Person | undefined {
		return this.live?.world.person;
	}
	get operator(): boolean {
		return this.live?.world.operator ?? false;
	}
	get memberships(): readonly Membership[] {
		return this.live?.world.memberships ?? [];
	}

	/** Once, when the page opens. */
	async start(): Promise<void> {
		onNotSignedIn(() => void this.#over());
		if (this.#channel) this.#channel.onmessage = () => location.reload();
		// A device that nobody signed in on asks nothing: its first page is there at once.
		if (remembered() === undefined) return void (this.status = 'guest');
		try {
			await this.#load();
		} catch (error) {
			if (error instanceof Refusal && error.code === 'not_signed_in') {
				const last = Number(remembered() ?? 0);
				if (last > 0) void Live.forget(last);
				this.status = 'guest';
				return;
			}
			const kept = error instanceof Offline ? await this.#kept() : undefined;
			if (kept) this.#go(kept);
			else this.status = 'failed';
		}
	}

	/** After a command has set the session cookie. */
	async enter(): Promise<void> {
		this.ended = false;
		await this.live?.stop();
		this.live = undefined;
		await this.#load();
		this.#channel?.postMessage('entered');
	}

	/** Signs out here and leaves nothing of the person on the device. Throws when the server is out of reach: the cookie is the server's. */
	async leave(): Promise<void> {
		await command('sign_out', {});
		const { live } = this;
		this.live = undefined;
		this.status = 'guest';
		remember(undefined);
		this.#channel?.postMessage('left');
		if (live) {
			const { me, store } = live;
			await live.stop();
			await store.wipe(me);
		}
		router.go('/', { replace: true });
	}

	async #load(): Promise<void> {
		this.#go(await command('me_snapshot', {}));
	}

	#go(start: ConstructorParameters<typeof Live>[0]): void {
		this.live = new Live(start, { signedOut: () => void this.#over(), otherPerson: () => location.reload() });
		remember(this.live.me);
		this.status = 'ready';
	}

	async #kept() {
		const id = Number(remembered() ?? 0);
		return id > 0 ? Live.kept(id) : undefined;
	}

	/** The session ended by itself: what is on its way stays for the next sign-in of the same person. */
	async #over(): Promise<void> {
		if (this.status !== 'ready') return;
		const { live } = this;
		this.live = undefined;
		this.ended = true;
		this.status = 'guest';
		await live?.stop();
		if (live) await Live.forget(live.me);
	}
}

/** The id of who was signed in here last; undefined: nobody; null: this browser keeps nothing, so it is not known. */
function remembered(): string | null | undefined {
	try {
		return localStorage.getItem(PERSON_KEY) ?? undefined;
	} catch {
		return null;
	}
}

function remember(person: number | undefined): void {
	try {
		if (person === undefined) localStorage.removeItem(PERSON_KEY);
		else localStorage.setItem(PERSON_KEY, String(person));
	} catch {
		// Without storage there is nothing to come back to either.
	}
}

export const session = new SessionState();
