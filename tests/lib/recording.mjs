// SPDX-License-Identifier: Apache-2.0
// Recordings without a call's sound and pictures: within the second in which everybody is told, files are put where a recorder would have put them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { sleep } from './server.mjs';

/** Begins as a WebM file does; more is not looked at. */
export const webm = (text = 'sound') => Buffer.concat([Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104', 'hex'), Buffer.from(text)]);

/** Records the running call for a moment; its tracks: [{participant, source, bytes}]. Answers as recording_list does. */
export async function record(server, who, { chat_id, call_id }, tracks) {
	const { recording } = await who.call('call_record_start', { call_id });
	const folder = `${server.data}/recordings/${recording.id}`;
	if (tracks.length) {
		mkdirSync(folder, { recursive: true });
		const entries = tracks.map(({ participant, source, bytes }, i) => {
			writeFileSync(`${folder}/${i + 1}.webm`, bytes);
			return { file: `${i + 1}.webm`, participant, source, codec: source.endsWith('mic') || source === 'screen_audio' ? 'opus' : 'vp8', start_us: i * 1e6, duration_ms: 5000, bytes: bytes.length };
		});
		writeFileSync(`${folder}/index.json`, JSON.stringify({ tracks: entries, speakers: tracks.length ? [[0, tracks[0].participant], [2e6, 0]] : [] }));
	}
	await who.call('call_record_stop', { call_id });
	for (let i = 0; i < 300; i++) {
		const found = (await who.call('recording_list', { chat_id })).recordings.find(({ id }) => id === recording.id);
		if (found && found.state !== 'saving') return found;
		await sleep(100);
	}
	throw new Error('the recording was not saved');
}
