// SPDX-License-Identifier: Apache-2.0
// Content of the organisation that this person shows in a call: a file is played by this page, a link is offered to all. What others read about it the server says.
import { command, newClientId, type Schemas } from '../../api/index.ts';
import type { CallState } from '../../model/call.ts';
import type { Own } from './own.svelte.ts';
import { Playing } from './playing.svelte.ts';

interface Session {
	readonly own: Own;
	readonly stage: string;
	readonly me: number | undefined;
	readonly call: CallState | undefined;
}

export class Shown {
	/** The file that this page plays for the call. */
	playing = $state.raw<Playing | undefined>();
	readonly #session: Session;

	constructor(session: Session) {
		this.#session = session;
	}

	async show(content: Schemas['Content']): Promise<void> {
		const playing = content.kind === 'file' ? await Playing.of(content) : undefined;
		try {
			const { stage, call, own } = this.#session;
			if (stage !== 'inside' || !call) throw new Error('over');
			this.end();
			await command('call_show', { call_id: call.call.id, content_id: content.id, client_id: newClientId() });
			if (!playing) return;
			try {
				await own.playScreen(playing.video!, playing.sound);
			} catch (error) {
				await this.stop().catch(() => undefined); // nobody would see what was announced
				throw error;
			}
			this.playing = playing;
			playing.whenOver(() => this.playing === playing && void this.stop().catch(() => undefined));
		} catch (error) {
			playing?.end();
			throw error;
		}
	}

	async stop(): Promise<void> {
		this.end();
		const { call } = this.#session;
		if (call) await command('call_show', { call_id: call.call.id, client_id: newClientId() });
	}

	/** After a reload: what this page played before nobody plays any more. */
	async again(): Promise<void> {
		const showing = this.#session.call?.call.showing;
		if (showing?.kind === 'file' && showing.participant_id === this.#session.me && !this.playing) await this.stop();
	}

	/** Only here: the server knows it already, or the call is over. */
	end(): void {
		const { playing } = this;
		if (!playing) return;
		this.playing = undefined;
		if (this.#session.own.screen === playing.video) this.#session.own.screenOff();
		playing.end();
	}
}
