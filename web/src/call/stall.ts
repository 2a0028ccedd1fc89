// SPDX-License-Identifier: Apache-2.0
// Notices that nothing comes any more on a path on which something came all the time: browsers themselves take five seconds and more. Pure.

/** So many looks in a row at which something had come make a path on which silence means something. */
const STEADY = 3;
const SILENT_MS = 1000;

export class Stall {
	#bytes = 0;
	#grew = 0;
	#run = 0;

	/** bytes: all that has come. True once a silence. */
	look(bytes: number, atMs: number): boolean {
		if (bytes !== this.#bytes) {
			this.#run = bytes > this.#bytes ? this.#run + 1 : 0; // fewer: another path
			this.#bytes = bytes;
			this.#grew = atMs;
			return false;
		}
		if (atMs - this.#grew < SILENT_MS) return false;
		const steady = this.#run >= STEADY;
		this.#run = 0;
		return steady;
	}
}
