// SPDX-License-Identifier: Apache-2.0
// Cameras, microphones and the screen of this device: which there are, which was chosen, and why one cannot be had.
export type DeviceKind = 'camera' | 'microphone' | 'speaker';

export interface DeviceInfo {
	readonly id: string;
	/** Empty until the person has let the page use devices of this kind. */
	readonly label: string;
}
export type DeviceLists = Readonly<Record<DeviceKind, readonly DeviceInfo[]>>;

/** refused: by the person or by the system; insecure: the page is not served over HTTPS; cancelled: the person changed his mind. */
export type DeviceTrouble = 'refused' | 'busy' | 'absent' | 'insecure' | 'cancelled' | 'unknown';

export const noDevices: DeviceLists = { camera: [], microphone: [], speaker: [] };

const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = { videoinput: 'camera', audioinput: 'microphone', audiooutput: 'speaker' };

export function troubleOf(error: unknown): DeviceTrouble {
	const name = error instanceof Error || error instanceof DOMException ? error.name : '';
	switch (name) {
		case 'NotAllowedError':
		case 'SecurityError':
		case 'PermissionDeniedError':
			return 'refused';
		case 'NotFoundError':
		case 'OverconstrainedError':
		case 'DevicesNotFoundError':
			return 'absent';
		case 'NotReadableError':
		case 'TrackStartError':
		case 'AbortError':
			return 'busy';
		case 'InsecureError':
			return 'insecure';
		case 'CancelledError':
			return 'cancelled';
		default:
			return 'unknown';
	}
}

class DeviceError extends Error {
	constructor(name: 'InsecureError' | 'CancelledError') {
		super(name);
		this.name = name;
	}
}

function media(): MediaDevices {
	// Browsers hide it from pages that came without TLS.
	if (!navigator.mediaDevices) throw new DeviceError('InsecureError');
	return navigator.mediaDevices;
}

export function listsOf(found: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[]): DeviceLists {
	const lists: Record<DeviceKind, DeviceInfo[]> = { camera: [], microphone: [], speaker: [] };
	for (const { deviceId, kind, label } of found) {
		if (deviceId === '') continue; // unnamed until it is allowed
		if (deviceId === 'communications') continue; // Chromium's second name of a device that is in the list
		lists[KINDS[kind]].push({ id: deviceId, label });
	}
	return lists;
}

export async function listDevices(): Promise<DeviceLists> {
	try {
		return listsOf(await media().enumerateDevices());
	} catch {
		return noDevices;
	}
}

/** Calls back when something is plugged in or out. */
export function watchDevices(changed: () => void): () => void {
	const { mediaDevices } = navigator;
	if (!mediaDevices) return () => undefined;
	mediaDevices.addEventListener('devicechange', changed);
	return () => mediaDevices.removeEventListener('devicechange', changed);
}

const which = (id: string | undefined): MediaTrackConstraints => (id === undefined ? {} : { deviceId: { exact: id } });

/** The chosen one, or another if that one is not there any more. */
async function open(kind: 'audio' | 'video', id: string | undefined, more: MediaTrackConstraints): Promise<MediaStreamTrack> {
	const ask = async (device: string | undefined): Promise<MediaStreamTrack> => {
		const stream = await media().getUserMedia({ [kind]: { ...more, ...which(device) } });
		return stream.getTracks()[0]!;
	};
	try {
		return await ask(id);
	} catch (error) {
		if (id === undefined || troubleOf(error) !== 'absent') throw error;
		return ask(undefined);
	}
}

/** What a microphone is for: one voice, with or without what the browser takes for noise, or a whole classroom, whose far voices are no noise. */
export type Hearing = 'voice' | 'everything' | 'classroom';

export const openMicrophone = (id: string | undefined, hearing: Hearing = 'voice'): Promise<MediaStreamTrack> =>
	open('audio', id, { echoCancellation: true, noiseSuppression: hearing === 'voice', autoGainControl: true, channelCount: 1 });

/** A picture of 16:9; small for a phone's tile or a weak machine, wide for a classroom: all that the camera gives, from the side that looks away from the screen. */
export const openCamera = (id: string | undefined, frame: 'usual' | 'small' | 'wide' = 'usual'): Promise<MediaStreamTrack> =>
	open('video', id, {
		width: { ideal: { usual: 1280, small: 640, wide: 1920 }[frame] },
		height: { ideal: { usual: 720, small: 360, wide: 1080 }[frame] },
		frameRate: { ideal: 24, max: 30 },
		...(id === undefined ? { facingMode: frame === 'wide' ? 'environment' : 'user' } : {}),
	});

/** Many systems blur the background themselves, better and cheaper than a page could; where they do, the camera says so. */
type Blurring = { backgroundBlur?: boolean | boolean[] };
export const canBlur = (track: MediaStreamTrack): boolean => {
	const offered = (track.getCapabilities?.() as Blurring | undefined)?.backgroundBlur;
	return Array.isArray(offered) && offered.includes(true) && offered.includes(false);
};
/** What the camera does in the end: somebody may also have switched it in the system. */
export async function setBlur(track: MediaStreamTrack, on: boolean): Promise<boolean> {
	await track.applyConstraints({ ...track.getConstraints(), backgroundBlur: on } as MediaTrackConstraints);
	return (track.getSettings() as { backgroundBlur?: boolean }).backgroundBlur === on;
}

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

/** The screen that the person chooses, and its sound where the browser gives it. */
export async function openScreen(): Promise<{ video: MediaStreamTrack; audio: MediaStreamTrack | undefined }> {
	let stream: MediaStream;
	try {
		stream = await media().getDisplayMedia({
			video: { frameRate: { ideal: 15, max: 30 } },
			audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
		});
	} catch (error) {
		// The browser's own window was closed: that is an answer, not a fault.
		throw troubleOf(error) === 'refused' ? new DeviceError('CancelledError') : error;
	}
	const video = stream.getVideoTracks()[0]!;
	video.contentHint = 'detail';
	return { video, audio: stream.getAudioTracks()[0] };
}

/** How loud it is now, 0..1, about ten times a second. Returns the end of it. */
export function meter(track: MediaStreamTrack, told: (level: number) => void): () => void {
	const context = new AudioContext();
	const source = context.createMediaStreamSource(new MediaStream([track]));
	const analyser = context.createAnalyser();
	analyser.fftSize = 512;
	source.connect(analyser);
	const samples = new Float32Array(analyser.fftSize);
	const timer = setInterval(() => {
		analyser.getFloatTimeDomainData(samples);
		told(levelOf(samples));
	}, 100);
	return () => {
		clearInterval(timer);
		void context.close();
	};
}

/** From what the microphone gives to how much of the strip is filled: by the ear, 60 dB in all. */
export function levelOf(samples: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
	const power = samples.length > 0 ? sum / samples.length : 0;
	if (power <= 1e-6) return 0;
	return Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60));
}

/** What was chosen last on this device. */
export interface Choices {
	camera?: string;
	microphone?: string;
	speaker?: string;
	cameraOff?: boolean;
	microphoneOff?: boolean;
	saving?: 'all' | 'screen' | 'audio';
	/** Noise is left in: music, an instrument, an experiment. */
	noiseIn?: boolean;
	/** The microphone is on only while its button or Space is held. */
	pushToTalk?: boolean;
	blur?: boolean;
}
const KEY = 'zvonok.call';

export function loadChoices(): Choices {
	try {
		const saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
		const choices: Choices = {};
		for (const key of ['camera', 'microphone', 'speaker'] as const) if (typeof saved[key] === 'string') choices[key] = saved[key];
		for (const key of ['cameraOff', 'microphoneOff', 'noiseIn', 'pushToTalk', 'blur'] as const) if (typeof saved[key] === 'boolean') choices[key] = saved[key];
		if (saved['saving'] === 'all' || saved['saving'] === 'screen' || saved['saving'] === 'audio') choices.saving = saved['saving'];
		return choices;
	} catch {
		return {};
	}
}

export function saveChoices(choices: Choices): void {
	try {
		localStorage.setItem(KEY, JSON.stringify(choices));
	} catch {
		// It holds until the page is closed.
	}
}
