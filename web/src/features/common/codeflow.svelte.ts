// SPDX-License-Identifier: Apache-2.0
// A phone and the code that proves it: what signing in, accepting an invitation and the first start share.
import { command, Refusal } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/signin.ts';
import ru from '../../i18n/ru/signin.ts';
import { settings } from '../../state/settings.svelte.ts';
import { phoneComplete, phoneDigits } from '../../ui/index.ts';
import { problemText } from './problem.ts';

const t = messages(ru, en);
const TICK_MS = 500;

export class CodeFlow {
	step = $state<'phone' | 'code'>('phone');
	phone = $state('');
	code = $state('');
	digits = $state(6);
	busy = $state(false);
	phoneError = $state<string | undefined>();
	codeError = $state<string | undefined>();
	/** Of the whole form. */
	problem = $state<string | undefined>();
	/** Seconds until another code may be asked for. */
	resendIn = $state(0);
	resent = $state(false);

	#resendAt = 0;
	#timer: ReturnType<typeof setInterval> | undefined;

	get e164(): string {
		return phoneDigits(this.phone);
	}

	/** Asks for a code; true when the next step is the code. */
	async request(): Promise<boolean> {
		if (this.busy) return false;
		this.phoneError = undefined;
		this.problem = undefined;
		if (!phoneComplete(this.phone)) {
			this.phoneError = t('phone_incomplete');
			return false;
		}
		this.busy = true;
		try {
			const { digits, resend_after_s } = await command('code_request', { phone: this.e164, locale: settings.language });
			this.resent = this.step === 'code';
			this.digits = digits;
			this.code = '';
			this.codeError = undefined;
			this.#countDown(resend_after_s);
			this.step = 'code';
			return true;
		} catch (error) {
			if (error instanceof Refusal && error.code === 'invalid_field') {
				this.back();
				this.phoneError = t('phone_wrong');
				return false;
			}
			this.problem = problemText(error);
			if (error instanceof Refusal && error.retryAfter !== undefined && error.retryAfter < 3600) this.#countDown(error.retryAfter);
			return false;
		} finally {
			this.busy = false;
		}
	}

	/** Runs what the code is for. What it does not settle itself is shown at the code or over the form. */
	async verify(run: (proof: { phone: string; code: string }) => Promise<void>): Promise<void> {
		if (this.busy) return;
		this.resent = false;
		this.codeError = undefined;
		this.problem = undefined;
		if (this.code.length !== this.digits) {
			this.codeError = t('code_incomplete');
			return;
		}
		this.busy = true;
		try {
			await run({ phone: this.e164, code: this.code });
		} catch (error) {
			const code = error instanceof Refusal ? error.code : undefined;
			if (code === 'code_wrong' || (code === 'invalid_field' && (error as Refusal).field === 'code')) this.codeError = t('code_wrong');
			else if (code === 'code_expired') this.codeError = t('code_expired');
			else this.problem = problemText(error);
		} finally {
			this.busy = false;
		}
	}

	/** To the number again. */
	back(): void {
		this.step = 'phone';
		this.code = '';
		this.codeError = undefined;
		this.problem = undefined;
		this.resent = false;
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	#countDown(seconds: number): void {
		this.#resendAt = Date.now() + seconds * 1000;
		clearInterval(this.#timer);
		const tick = () => {
			this.resendIn = Math.max(0, Math.ceil((this.#resendAt - Date.now()) / 1000));
			if (this.resendIn === 0) clearInterval(this.#timer);
		};
		tick();
		this.#timer = setInterval(tick, TICK_MS);
	}
}
