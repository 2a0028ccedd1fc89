// SPDX-License-Identifier: Apache-2.0
// Who is signed in on this device.
import { command, Offline, onNotSignedIn, Refusal, type Membership, type Person } from '../api/index.ts';
import { takeEarly } from './early.ts';
import type { Live } from './live.svelte.ts';
import { remember, remembered } from './remembered.ts';
import { router } from './router.svelte.ts';

export type SessionStatus = 'loading' | 'guest' | 'ready' | 'failed';

/** Of a signed-in person only: the sign-in page does without. */
const liveModule = () => import('./live.svelte.ts');

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
	get curator(): boolean {
		return this.live?.world.curator ?? false;
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
				if (last > 0) void this.#forget(last);
				this.status = 'guest';
				return;
			}
			const kept = error instanceof Offline ? await this.#kept() : undefined;
			if (kept) await this.#go(kept);
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
		await this.#go(await (takeEarly() ?? command('me_snapshot', {})));
	}

	async #go(start: ConstructorParameters<typeof Live>[0]): Promise<void> {
		remember(start.person.id);
		const { Live } = await liveModule();
		this.live = new Live(start, { signedOut: () => void this.#over(), otherPerson: () => location.reload() });
		this.status = 'ready';
	}

	async #kept() {
		const id = Number(remembered() ?? 0);
		return id > 0 ? (await liveModule()).Live.kept(id) : undefined;
	}

	/** The session ended by itself: what is on its way stays for the next sign-in of the same person. */
	async #over(): Promise<void> {
		if (this.status !== 'ready') return;
		const { live } = this;
		this.live = undefined;
		this.ended = true;
		this.status = 'guest';
		await live?.stop();
		if (live) await this.#forget(live.me);
	}

	async #forget(person: number): Promise<void> {
		await (await liveModule()).Live.forget(person);
	}
}

export const session = new SessionState();
