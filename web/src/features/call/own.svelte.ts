// SPDX-License-Identifier: Apache-2.0
// What this person sends: microphone, camera, screen. Looked at before joining, given to the engine when there is one.
import type { Engine, Source } from '../../call/engine.ts';
import {
	canBlur,
	listDevices,
	loadChoices,
	meter,
	noDevices,
	openCamera,
	openMicrophone,
	openScreen,
	saveChoices,
	setBlur,
	troubleOf,
	watchDevices,
	type Choices,
	type DeviceLists,
	type DeviceTrouble,
	type Hearing,
} from '../../call/devices.ts';
import type { Saving } from '../../call/layers.ts';

export class Own {
	microphone = $state.raw<MediaStreamTrack | undefined>();
	camera = $state.raw<MediaStreamTrack | undefined>();
	screen = $state.raw<MediaStreamTrack | undefined>();
	/** The microphone is there and others hear it. */
	speaking = $state(false);
	/** Held down for a moment: the microphone is on until it is let go. */
	pushed = $state(false);
	level = $state(0);
	busy = $state<'microphone' | 'camera' | 'screen' | undefined>();
	microphoneTrouble = $state<DeviceTrouble | undefined>();
	cameraTrouble = $state<DeviceTrouble | undefined>();
	screenTrouble = $state<DeviceTrouble | undefined>();
	/** The camera that is on can blur the background. */
	blurs = $state(false);
	blurFailed = $state(false);
	devices = $state.raw<DeviceLists>(noDevices);
	choices = $state.raw<Choices>(loadChoices());

	#engine: Engine | undefined;
	#screenSound: MediaStreamTrack | undefined;
	#endMeter: (() => void) | undefined;
	readonly #endWatch: () => void;
	#over = false;
	/** It stands for a classroom: far voices, a wide picture. */
	#classroom = false;

	constructor() {
		this.#endWatch = watchDevices(() => void this.look());
	}

	get saving(): Saving {
		return this.choices.saving ?? 'all';
	}

	/** The microphone is open and silent until its button or Space is held. */
	get pushToTalk(): boolean {
		return this.choices.pushToTalk === true;
	}

	get #hearing(): Hearing {
		return this.#classroom ? 'classroom' : this.choices.noiseIn ? 'everything' : 'voice';
	}

	get #frame(): 'usual' | 'small' | 'wide' {
		return this.#classroom ? 'wide' : innerWidth < 720 ? 'small' : 'usual';
	}

	/** Before joining: what was on last time is on again; a call by voice begins without a picture. */
	async prepare(video: boolean): Promise<void> {
		await Promise.all([this.choices.microphoneOff ? undefined : this.microphoneOn(), video && !this.choices.cameraOff && this.saving === 'all' ? this.cameraOn() : undefined]);
		await this.look();
	}

	async look(): Promise<void> {
		this.devices = await listDevices();
	}

	/** From now on it goes to others. */
	async give(engine: Engine): Promise<void> {
		this.#engine = engine;
		const tracks: [Source, MediaStreamTrack | undefined][] = [['mic', this.microphone], ['camera', this.camera], ['screen', this.screen], ['screen_audio', this.#screenSound]];
		await Promise.allSettled(tracks.map(([source, track]) => track && engine.publish(source, track)));
		if (this.microphone) this.#speak(this.speaking && !this.pushToTalk);
	}

	async microphoneOn(): Promise<void> {
		if (this.microphone?.readyState === 'live') return this.#speak(true);
		this.busy = 'microphone';
		try {
			const track = await openMicrophone(this.choices.microphone, this.#hearing);
			if (this.#over) return track.stop();
			this.microphoneTrouble = undefined;
			this.#setMicrophone(track);
			await this.#engine?.publish('mic', track);
			this.#speak(true);
			this.#choose({ microphoneOff: false });
		} catch (error) {
			this.microphoneTrouble = troubleOf(error);
		} finally {
			if (this.busy === 'microphone') this.busy = undefined;
			void this.look();
		}
	}

	/** The track stays open, so that it is on again at once; nothing of it leaves this device. */
	microphoneOff(): void {
		this.#speak(false);
		this.#choose({ microphoneOff: true });
	}

	/** While a key is held. */
	async push(down: boolean): Promise<void> {
		if (down === this.pushed) return;
		this.pushed = down;
		if (!down) return this.#speak(false);
		const before = this.choices;
		await this.microphoneOn();
		this.#choose(before);
		if (!this.pushed) this.#speak(false);
	}

	/** The server took the right to speak. */
	taken(source: Source): void {
		if (source === 'mic') {
			this.pushed = false;
			this.speaking = false;
			this.#closeMicrophone();
		} else if (source === 'camera') {
			this.#closeCamera();
		} else {
			this.screenOff();
		}
	}

	#speak(on: boolean): void {
		this.speaking = on && this.microphone !== undefined;
		if (this.microphone) this.microphone.enabled = this.speaking;
		this.#engine?.pause('mic', !this.speaking);
	}

	#setMicrophone(track: MediaStreamTrack): void {
		this.#closeMeter();
		this.microphone?.stop();
		this.microphone = track;
		track.addEventListener('ended', () => {
			if (this.microphone !== track) return;
			this.microphoneTrouble = 'absent'; // pulled out
			this.#engine?.unpublish('mic');
			this.#closeMicrophone();
		});
		try {
			this.#endMeter = meter(track, (level) => (this.level = level));
		} catch {
			this.#endMeter = undefined; // a browser without Web Audio has no strip
		}
	}

	#closeMeter(): void {
		this.#endMeter?.();
		this.#endMeter = undefined;
		this.level = 0;
	}

	#closeMicrophone(): void {
		this.#closeMeter();
		this.microphone?.stop();
		this.microphone = undefined;
		this.speaking = false;
	}

	async cameraOn(): Promise<void> {
		if (this.camera) return;
		this.busy = 'camera';
		try {
			const track = await openCamera(this.choices.camera, this.#frame);
			if (this.#over) return track.stop();
			this.cameraTrouble = undefined;
			this.#setCamera(track);
			await this.#engine?.publish('camera', track);
			this.#choose({ cameraOff: false });
		} catch (error) {
			this.cameraTrouble = troubleOf(error);
		} finally {
			if (this.busy === 'camera') this.busy = undefined;
			void this.look();
		}
	}

	/** The camera's own light goes out. */
	cameraOff(): void {
		this.#engine?.unpublish('camera');
		this.#closeCamera();
		this.#choose({ cameraOff: true });
	}

	/** The device blurs the background itself, if it can. */
	async setBlur(blur: boolean): Promise<void> {
		this.#choose({ blur });
		if (this.camera) await this.#blur(this.camera);
	}

	async #blur(track: MediaStreamTrack): Promise<void> {
		this.blurFailed = canBlur(track) && !(await setBlur(track, this.choices.blur === true).catch(() => false));
	}

	#setCamera(track: MediaStreamTrack): void {
		this.camera?.stop();
		this.camera = track;
		this.blurs = canBlur(track);
		if (this.blurs && this.choices.blur !== undefined) void this.#blur(track);
		track.addEventListener('ended', () => {
			if (this.camera !== track) return;
			this.cameraTrouble = 'absent';
			this.#engine?.unpublish('camera');
			this.#closeCamera();
		});
	}

	#closeCamera(): void {
		this.camera?.stop();
		this.camera = undefined;
	}

	async screenOn(): Promise<void> {
		if (this.screen) return;
		this.busy = 'screen';
		try {
			const { video, audio } = await openScreen();
			if (this.#over) return [video, audio].forEach((track) => track?.stop());
			this.screenTrouble = undefined;
			this.screen = video;
			this.#screenSound = audio;
			// The browser's own bar has a button to stop it.
			video.addEventListener('ended', () => this.screen === video && this.screenOff());
			await this.#engine?.publish('screen', video);
			if (audio) await this.#engine?.publish('screen_audio', audio);
		} catch (error) {
			const trouble = troubleOf(error);
			this.screenOff();
			if (trouble !== 'cancelled') this.screenTrouble = trouble;
		} finally {
			this.busy = undefined;
		}
	}

	/** What the page itself plays goes to others as a screen, in place of one that was shared. */
	async playScreen(video: MediaStreamTrack, sound: MediaStreamTrack | undefined): Promise<void> {
		this.screenOff();
		this.screen = video;
		this.#screenSound = sound;
		video.addEventListener('ended', () => this.screen === video && this.screenOff());
		await this.#engine?.publish('screen', video);
		if (sound) await this.#engine?.publish('screen_audio', sound);
	}

	screenOff(): void {
		this.#engine?.unpublish('screen');
		this.#engine?.unpublish('screen_audio');
		this.screen?.stop();
		this.#screenSound?.stop();
		this.screen = this.#screenSound = undefined;
	}

	/** Another camera or microphone, at once when one is on. */
	async choose(kind: 'camera' | 'microphone' | 'speaker', id: string): Promise<void> {
		this.#choose({ [kind]: id });
		try {
			if (kind === 'camera') await this.#cameraAnew();
			if (kind === 'microphone') await this.#microphoneAnew();
		} catch (error) {
			if (kind === 'camera') this.cameraTrouble = troubleOf(error);
			else this.microphoneTrouble = troubleOf(error);
		}
	}

	async #microphoneAnew(): Promise<void> {
		if (!this.microphone) return;
		const on = this.speaking;
		const track = await openMicrophone(this.choices.microphone, this.#hearing);
		this.#setMicrophone(track);
		await this.#engine?.publish('mic', track);
		this.#speak(on);
	}

	async #cameraAnew(): Promise<void> {
		if (!this.camera) return;
		const track = await openCamera(this.choices.camera, this.#frame);
		this.#setCamera(track);
		await this.#engine?.publish('camera', track);
	}

	/** Whether the browser takes noise out; what it cannot change in a running microphone it does in one opened anew. */
	async setNoiseIn(noiseIn: boolean): Promise<void> {
		this.#choose({ noiseIn });
		await this.#microphoneAnew().catch((error: unknown) => (this.microphoneTrouble = troubleOf(error)));
	}

	setPushToTalk(pushToTalk: boolean): void {
		this.#choose({ pushToTalk });
		if (pushToTalk) this.#speak(false);
	}

	/** For the classroom, or for oneself again. */
	async setClassroom(classroom: boolean): Promise<void> {
		if (classroom === this.#classroom) return;
		this.#classroom = classroom;
		await this.#microphoneAnew().catch((error: unknown) => (this.microphoneTrouble = troubleOf(error)));
		await this.#cameraAnew().catch((error: unknown) => (this.cameraTrouble = troubleOf(error)));
	}

	setSaving(saving: Saving): void {
		this.#choose({ saving });
		this.#engine?.save(saving);
		if (saving !== 'all' && this.camera) {
			this.#engine?.unpublish('camera');
			this.#closeCamera();
		}
	}

	#choose(change: Choices): void {
		this.choices = { ...this.choices, ...change };
		saveChoices(this.choices);
	}

	/** Lights out, meters off. */
	release(): void {
		this.#over = true;
		this.#endWatch();
		this.#closeMicrophone();
		this.#closeCamera();
		this.screenOff();
		this.#engine = undefined;
	}
}
