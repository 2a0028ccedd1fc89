// SPDX-License-Identifier: Apache-2.0
// The bell: two soft tones every three seconds, made here, so that no file is loaded. A browser that was not touched yet stays silent.
const EVERY_MS = 3000;
const TONES = [659.25, 523.25];

export function ring(): () => void {
	let context: AudioContext;
	try {
		context = new AudioContext();
	} catch {
		return () => undefined;
	}
	const strike = (): void => {
		if (context.state !== 'running') return;
		TONES.forEach((frequency, i) => {
			const at = context.currentTime + i * 0.35;
			const tone = context.createOscillator();
			const volume = context.createGain();
			tone.frequency.value = frequency;
			volume.gain.setValueAtTime(0.0001, at);
			volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
			volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
			tone.connect(volume).connect(context.destination);
			tone.start(at);
			tone.stop(at + 1);
		});
	};
	strike();
	const timer = setInterval(strike, EVERY_MS);
	return () => {
		clearInterval(timer);
		void context.close();
	};
}
