// SPDX-License-Identifier: Apache-2.0
// What need not be done at once lets the screen and the fingers go first: a slow phone stalls for as long as one task of a page lasts.

/** Goes on in a task of its own, before timers but behind what a person just did. */
export function nextTask(): Promise<void> {
	const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } };
	if (scheduler?.yield) return scheduler.yield();
	return new Promise((resolve) => setTimeout(resolve));
}

/** Runs when the next picture is on the screen; a hidden page paints none and waits a moment instead. Gives what calls it off. */
export function afterPaint(run: () => void): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(go, 300);
	const frame = requestAnimationFrame(() => {
		clearTimeout(timer);
		timer = setTimeout(go);
	});
	function go(): void {
		cancelAnimationFrame(frame);
		timer = undefined;
		run();
	}
	return () => {
		clearTimeout(timer);
		cancelAnimationFrame(frame);
	};
}

/** Runs when nothing else is to do, at the latest after `atMost` ms. Gives what calls it off. */
export function whenIdle(run: () => void, atMost = 1000): () => void {
	if (typeof requestIdleCallback === 'function') {
		const id = requestIdleCallback(run, { timeout: atMost });
		return () => cancelIdleCallback(id);
	}
	const timer = setTimeout(run, Math.min(atMost, 100));
	return () => clearTimeout(timer);
}
