// SPDX-License-Identifier: Apache-2.0
// A file of the organisation's content, played by this page and given to the call as a screen: a film with its sound, or a picture.
import { fileUrl } from '../../api/upload.ts';
import type { Schemas } from '../../api/index.ts';

type Capturing = HTMLVideoElement & { captureStream?: () => MediaStream; mozCaptureStream?: () => MediaStream };

/** Whether this browser gives what it plays to others. */
export const canPlay = (): boolean => 'captureStream' in HTMLVideoElement.prototype || 'mozCaptureStream' in HTMLVideoElement.prototype;

const PICTURE_MS = 500;
const PICTURE_WIDTH = 1920;
const PICTURE_HEIGHT = 1080;
const START_MS = 15_000;

export class Playing {
	readonly film: boolean;
	paused = $state(false);
	time = $state(0);
	duration = $state(0);
	video: MediaStreamTrack | undefined;
	sound: MediaStreamTrack | undefined;
	readonly #element: Capturing | undefined;
	#timer: ReturnType<typeof setInterval> | undefined;

	private constructor(element: Capturing | undefined) {
		this.film = element !== undefined;
		this.#element = element;
	}

	/** Begins; throws when the browser cannot. */
	static async of(content: Schemas['Content']): Promise<Playing> {
		const url = fileUrl(content.file_id!);
		return content.media_type?.startsWith('video/') ? Playing.#film(url) : Playing.#picture(url);
	}

	static async #film(url: string): Promise<Playing> {
		const element: Capturing = document.createElement('video');
		const playing = new Playing(element);
		element.playsInline = true;
		element.src = url;
		element.addEventListener('timeupdate', () => (playing.time = element.currentTime));
		element.addEventListener('durationchange', () => (playing.duration = Number.isFinite(element.duration) ? element.duration : 0));
		element.addEventListener('pause', () => (playing.paused = true));
		element.addEventListener('play', () => (playing.paused = false));
		try {
			await within(element.play());
			const stream = element.captureStream?.() ?? element.mozCaptureStream?.();
			if (!stream) throw new Error('no capture');
			[playing.video] = stream.getVideoTracks();
			[playing.sound] = stream.getAudioTracks();
			if (!playing.video) throw new Error('no picture');
			playing.video.contentHint = 'motion';
			return playing;
		} catch (error) {
			playing.end();
			throw error;
		}
	}

	static async #picture(url: string): Promise<Playing> {
		const playing = new Playing(undefined);
		const image = new Image();
		image.src = url;
		await within(image.decode());
		const part = Math.min(1, PICTURE_WIDTH / image.naturalWidth, PICTURE_HEIGHT / image.naturalHeight);
		const canvas = document.createElement('canvas');
		canvas.width = Math.max(2, Math.round(image.naturalWidth * part));
		canvas.height = Math.max(2, Math.round(image.naturalHeight * part));
		const paint = canvas.getContext('2d')!;
		const draw = (): void => paint.drawImage(image, 0, 0, canvas.width, canvas.height);
		draw();
		[playing.video] = canvas.captureStream(5).getVideoTracks();
		playing.video!.contentHint = 'detail';
		playing.#timer = setInterval(draw, PICTURE_MS); // what is not painted is not sent, and whoever comes later would see nothing
		return playing;
	}

	pause(paused: boolean): void {
		if (paused) this.#element?.pause();
		else void this.#element?.play().catch(() => undefined);
	}

	seek(time: number): void {
		if (this.#element) this.#element.currentTime = time;
	}

	/** Tells once that the film is over. */
	whenOver(told: () => void): void {
		this.#element?.addEventListener('ended', told, { once: true });
	}

	end(): void {
		clearInterval(this.#timer);
		this.video?.stop();
		this.sound?.stop();
		if (!this.#element) return;
		this.#element.pause();
		this.#element.removeAttribute('src');
		this.#element.load();
	}
}

function within<T>(wait: Promise<T>): Promise<T> {
	return Promise.race([wait, new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error('too slow')), START_MS))]);
}
