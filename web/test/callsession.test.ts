// SPDX-License-Identifier: Apache-2.0
// One person in one call, on a pretended engine and a pretended server: in by the waiting room, events in and out of turn, the host's word, the end.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallParticipant, CallSnapshot } from '../src/api/index.ts';
import { FakeEngine } from '../src/call/fake.ts';
import { deedOf } from '../src/features/call/keys.ts';
import { applyCallEvent, hands, inCall, lacking, loadCall, tellCall, waiting } from '../src/model/call.ts';
import { fakeTrack, soon } from './callserver.ts';

const CALL = { id: 7, org_id: 1, chat_id: 5, kind: 'video' as const, title: '7А', host_id: 1, started_at: 1, locked: false, waiting_room: true, rights: { audio: true, video: true, screen: true } };
const participant = (id: number, more: Partial<CallParticipant> = {}): CallParticipant => ({
	id,
	person: { id: 100 + id, given_name: `И${id}`, family_name: `Ф${id}` },
	member_role: 'student',
	role: 'member',
	state: 'in',
	rights: { audio: true, video: true, screen: true },
	connected: true,
	joined_at: id,
	...more,
});
const snapshot = (head = 3, participants = [participant(1, { role: 'host' }), participant(2)]): CallSnapshot => ({ call: CALL, participants, head });
const changed = (seq: number, one: CallParticipant) => ({ stream: 'v7', seq, type: 'participant_changed' as const, at: 1, data: { participant: one } });

describe('a call as its members know it', () => {
	it('is who is in it, who waits, and whose hands are up in the order of raising', () => {
		const state = loadCall(snapshot(3, [participant(3, { hand: 9 }), participant(1), participant(2, { hand: 4 }), participant(8, { state: 'waiting' })]));
		expect(inCall(state).map(({ id }) => id)).toEqual([1, 2, 3]);
		expect(waiting(state).map(({ id }) => id)).toEqual([8]);
		expect(hands(state).map(({ id }) => id)).toEqual([2, 3]);
	});

	it('takes events in their turn, the known ones once, and sees a gap', () => {
		let state = loadCall(snapshot());
		const before = state;
		state = applyCallEvent(state, changed(3, participant(9)));
		expect(state).toBe(before);
		state = applyCallEvent(state, changed(5, participant(2, { state: 'left' })));
		expect(inCall(state).map(({ id }) => id)).toEqual([1, 2]);
		expect(lacking(state)).toBe(true);
		state = applyCallEvent(state, changed(4, participant(3)));
		expect(inCall(state).map(({ id }) => id)).toEqual([1, 3]);
		expect(lacking(state)).toBe(false);
		expect(lacking(tellCall(state, 6))).toBe(true);
		expect(loadCall(snapshot(4), state)).toBe(state); // an older look changes nothing
		expect(loadCall(snapshot(9), state).cursor.head).toBe(9);
	});
});

describe('single keys', () => {
	const press = (more: object) => deedOf({ code: '', key: '', ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more });

	it('mean the same in every layout, and nothing with a modifier or held down', () => {
		expect(press({ code: 'KeyM', key: 'ь' })).toBe('microphone');
		expect(press({ code: 'Digit7', key: '?' })).toBe('help');
		expect(press({ code: 'KeyC', key: 'c', ctrlKey: true })).toBeUndefined();
		expect(press({ code: 'KeyM', key: 'm', repeat: true })).toBeUndefined();
		expect(press({ code: 'KeyQ', key: 'q' })).toBeUndefined();
	});
});

describe('one person in one call', () => {
	let sent: [string, Record<string, unknown>][];
	let answers: Record<string, (params: Record<string, unknown>) => unknown>;
	let engines: FakeEngine[];
	let listeners: Set<(frame: unknown) => void>;
	let microphone: MediaStreamTrack;

	// Made ready once, however busy the machine is.
	beforeAll(() => import('../src/features/call/session.svelte.ts'), 60_000);
	beforeEach(() => {
		sent = [];
		engines = [];
		listeners = new Set();
		answers = {
			call_start: () => CALL,
			call_join: () => ({ ...snapshot(), participant: participant(2), ticket: 'a'.repeat(32), media: '/api/v1/media' }),
			call_get: () => snapshot(20),
		};
		vi.stubGlobal('fetch', (url: string, { body }: { body: string }) => {
			const name = url.split('/').at(-1)!;
			const params = JSON.parse(body) as Record<string, unknown>;
			sent.push([name, params]);
			const answer = answers[name]?.(params) ?? {};
			const bad = (answer as { error?: unknown }).error !== undefined;
			return Promise.resolve({ ok: !bad, status: bad ? 403 : 200, json: () => Promise.resolve(answer) });
		});
		vi.stubGlobal('location', { protocol: 'https:', host: 'school.example' });
		vi.stubGlobal('innerWidth', 1440);
		vi.stubGlobal('addEventListener', () => undefined);
		vi.stubGlobal('document', { addEventListener: () => undefined, hidden: false, pictureInPictureElement: null });
		vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
		vi.stubGlobal('navigator', {
			mediaDevices: {
				addEventListener: () => undefined,
				removeEventListener: () => undefined,
				enumerateDevices: () => Promise.resolve([]),
				getUserMedia: ({ audio }: { audio?: unknown }) => {
					const track = fakeTrack(audio ? 'audio' : 'video');
					if (audio) microphone = track;
					return Promise.resolve({ getTracks: () => [track] });
				},
			},
		});
	});
	afterEach(() => void vi.unstubAllGlobals());

	async function make(callId: number | null = 7) {
		const { CallSession } = await import('../src/features/call/session.svelte.ts');
		const live = { listeners, me: 102, chat: () => undefined, world: { memberships: [] } };
		const session = new CallSession(live as never, { chatId: 5, callId: callId ?? undefined, kind: 'video' }, (passes, events) => {
			const engine = new FakeEngine(events, (_, source) => fakeTrack(source === 'mic' ? 'audio' : 'video'));
			Object.assign(engine, { passes });
			engines.push(engine);
			return Promise.resolve(engine);
		});
		return session;
	}
	const say = (frame: unknown) => listeners.forEach((told) => told(frame));
	const names = () => sent.map(([name]) => name);

	async function inside() {
		const session = await make();
		await session.own.microphoneOn();
		await session.join();
		const engine = engines[0]!;
		engine.welcome({ participant: 2, peers: [{ participant: 1, producers: [{ id: 'p-1', kind: 'audio', source: 'mic' }, { id: 'p-2', kind: 'video', source: 'camera' }] }] });
		return { session, engine };
	}

	it('starts the call when there is none, then joins it', async () => {
		const session = await make(null);
		await session.join();
		expect(names()).toEqual(['call_start', 'call_join']);
		expect(sent[0]![1]).toMatchObject({ chat_id: 5, kind: 'video' });
		expect(session.stage).toBe('inside');
		expect(engines[0]!.joined).toBe(true);
	});

	it('gives a pass for each connection, each with a ticket of its own', async () => {
		await inside();
		const { passes } = engines[0]! as unknown as { passes: () => Promise<{ url: string }> };
		const joins = () => names().filter((name) => name === 'call_join').length;
		expect((await passes()).url).toBe(`wss://school.example/api/v1/media?ticket=${'a'.repeat(32)}`);
		expect(joins()).toBe(1);
		await passes();
		expect(joins()).toBe(2);
	});

	it('is a host for whom the server says so, whatever the role', async () => {
		const { session } = await inside();
		expect(session.host).toBe(false);
		answers['call_get'] = () => ({ ...snapshot(20), runs: true });
		say({ welcome: {} });
		await soon();
		expect(session.host).toBe(true);
		answers['call_get'] = () => snapshot(21, [participant(1, { role: 'host' }), participant(2, { role: 'cohost' })]);
		say({ welcome: {} });
		await soon();
		expect(session.host).toBe(true);
	});

	it('stands for a classroom: its name, and the marks of who is in it', async () => {
		const { session } = await inside();
		await session.classroom('Кабинет 12');
		await session.inRoom([103], true);
		expect(sent.slice(-2)).toMatchObject([['call_classroom', { call_id: 7, name: 'Кабинет 12' }], ['call_in_room', { call_id: 7, person_ids: [103], here: true }]]);
		expect(session.name(participant(2, { classroom: 'Кабинет 12' }))).toBe('Кабинет 12');
		await session.classroom(undefined);
		expect(sent.at(-1)![1]).not.toHaveProperty('name');
	});

	it('speaks only while pressed, when that was chosen', async () => {
		const session = await make();
		session.own.setPushToTalk(true);
		await session.own.microphoneOn();
		expect(session.own.speaking).toBe(true); // before the call the strip moves
		await session.join();
		expect(session.own.speaking).toBe(false);
		await session.own.push(true);
		expect([session.own.speaking, engines[0]!.paused.has('mic')]).toEqual([true, false]);
		await session.own.push(false);
		expect([session.own.speaking, engines[0]!.paused.has('mic')]).toEqual([false, true]);
	});

	it('saving data is told to what sends and receives', async () => {
		const { session, engine } = await inside();
		session.see(Symbol('tile'), { participant: 1, source: 'camera', layer: 1 });
		session.setSaving('screen');
		expect([engine.saving, engine.wanted]).toEqual(['screen', []]);
	});

	it('tells why it was not let in, and can be tried again', async () => {
		answers['call_join'] = () => ({ error: { code: 'conflict', message: 'Вход закрыт' } });
		const session = await make();
		await session.join();
		expect([session.stage, session.problem]).toEqual(['before', 'Вход закрыт']);
	});

	it('waits without a ticket and comes in when admitted', async () => {
		const whole = answers['call_join']!;
		answers['call_join'] = () => ({ ...snapshot(), participant: participant(2, { state: 'waiting' }), participants: [participant(2, { state: 'waiting' })] });
		const session = await make();
		await session.join();
		expect(session.stage).toBe('waiting');
		expect(engines).toHaveLength(0);
		answers['call_join'] = whole;
		say({ stream: 'p102', seq: 1, type: 'call_place_changed', at: 1, data: { call_id: 99, chat_id: 5, participant_id: 2, state: 'in' } });
		await soon();
		expect(session.stage).toBe('waiting'); // of another call
		say({ stream: 'p102', seq: 2, type: 'call_place_changed', at: 1, data: { call_id: 7, chat_id: 5, participant_id: 2, state: 'in' } });
		await soon();
		expect(session.stage).toBe('inside');
		expect(engines).toHaveLength(1);
	});

	it('comes in once, though the place and a welcome tell of it in one moment', async () => {
		const whole = answers['call_join']!;
		answers['call_join'] = () => ({ ...snapshot(), participant: participant(2, { state: 'waiting' }), participants: [participant(2, { state: 'waiting' })] });
		const session = await make();
		await session.join();
		answers['call_join'] = whole;
		say({ welcome: {} });
		say({ stream: 'p102', seq: 1, type: 'call_place_changed', at: 1, data: { call_id: 7, chat_id: 5, participant_id: 2, state: 'in' } });
		say({ welcome: {} });
		await soon();
		expect(session.stage).toBe('inside');
		expect(engines).toHaveLength(1);
		expect(names().filter((name) => name === 'call_join')).toHaveLength(2);
	});

	it('is let in while it was being told to wait', async () => {
		const whole = answers['call_join']!;
		answers['call_join'] = () => ({ ...snapshot(), participant: participant(2, { state: 'waiting' }), participants: [participant(2, { state: 'waiting' })] });
		const session = await make();
		await session.join();
		say({ welcome: {} });
		say({ stream: 'p102', seq: 1, type: 'call_place_changed', at: 1, data: { call_id: 7, chat_id: 5, participant_id: 2, state: 'in' } });
		answers['call_join'] = whole;
		await soon();
		expect(session.stage).toBe('inside');
		expect(engines).toHaveLength(1);
	});

	it('is sent away from the waiting room', async () => {
		answers['call_join'] = () => ({ ...snapshot(), participant: participant(2, { state: 'waiting' }) });
		const session = await make();
		await session.join();
		say({ stream: 'p102', seq: 1, type: 'call_place_changed', at: 1, data: { call_id: 7, chat_id: 5, participant_id: 2, state: 'refused' } });
		expect(session.ending?.reason).toBe('sent_away');
	});

	it('asks for the whole again after a gap and after the socket came back', async () => {
		const { session } = await inside();
		say(changed(9, participant(3)));
		await soon();
		expect(names().at(-1)).toBe('call_get');
		expect(session.call?.cursor.head).toBe(20);
		say({ welcome: {} });
		await soon();
		expect(names().filter((name) => name === 'call_get')).toHaveLength(2);
	});

	it('asks only for what is in sight, the largest wish of each, and nothing when saving says so', async () => {
		const { session, engine } = await inside();
		const [a, b, own] = [Symbol('a'), Symbol('b'), Symbol('own')];
		session.see(a, { participant: 1, source: 'camera', layer: 0 });
		session.see(b, { participant: 1, source: 'camera', layer: 2 });
		session.see(own, { participant: 2, source: 'camera', layer: 2 });
		await new Promise((resolve) => setTimeout(resolve, 80));
		expect(engine.wanted).toEqual([{ participant: 1, source: 'camera', layer: 2 }]);
		session.unsee(b);
		await new Promise((resolve) => setTimeout(resolve, 400));
		expect(engine.wanted).toEqual([{ participant: 1, source: 'camera', layer: 0 }]);
		session.setSaving('audio');
		expect(engine.wanted).toEqual([]);
	});

	it('the microphone goes off when the host takes the right, and its track ends', async () => {
		const { session, engine } = await inside();
		expect(session.own.speaking).toBe(true);
		expect(engine.published.get('mic')).toBe(microphone);
		engine.notice('rights', { audio: false, video: true, screen: true });
		engine.events.taken('mic');
		expect(session.silenced).toBe(true);
		expect(session.own.speaking).toBe(false);
		expect(microphone.readyState).toBe('ended');
		await session.microphone(true);
		expect(session.own.speaking).toBe(false); // barred
		engine.notice('rights', { audio: true, video: true, screen: true });
		say({ signal: 'call_asked', data: { call_id: 7, participant_id: 2 } });
		expect(session.asked).toBe(true);
		expect(session.own.speaking).toBe(false); // he alone switches it on
		await session.microphone(true);
		expect(session.own.speaking).toBe(true);
		expect(session.asked).toBe(false);
	});

	it('speaks while the key is held, and stays muted otherwise', async () => {
		const { session } = await inside();
		session.own.microphoneOff();
		await session.own.push(true);
		expect(session.own.speaking).toBe(true);
		await session.own.push(false);
		expect(session.own.speaking).toBe(false);
		expect(session.own.choices.microphoneOff).toBe(true);
	});

	it('shows reactions of others, the last one of each', async () => {
		const { session } = await inside();
		say({ signal: 'call_reaction', data: { call_id: 7, participant_id: 1, reaction: 'clap' } });
		say({ signal: 'call_reaction', data: { call_id: 7, participant_id: 1, reaction: 'wow' } });
		say({ signal: 'call_reaction', data: { call_id: 8, participant_id: 3, reaction: 'wow' } });
		expect(session.reactions.map(({ participant, kind }) => [participant, kind])).toEqual([[1, 'wow']]);
	});

	it.each([
		['removed', (s: FakeEngine) => s.over('removed')],
		['ended', () => say({ stream: 'v7', seq: 4, type: 'call_changed', at: 1, data: { call: { ...CALL, ended_at: 9 } } })],
		['removed', () => say({ stream: 'p102', seq: 9, type: 'call_place_changed', at: 1, data: { call_id: 7, chat_id: 5, participant_id: 2, state: 'removed' } })],
	] as const)('is over: %s; the devices are let go', async (reason, end) => {
		const { session, engine } = await inside();
		end(engine);
		expect(session.stage).toBe('over');
		expect(session.ending?.reason).toBe(reason);
		expect(microphone.readyState).toBe('ended');
	});

	it('leaving tells the server', async () => {
		const { session } = await inside();
		await session.leave();
		expect(session.ending?.reason).toBe('left');
		expect(names().at(-1)).toBe('call_leave');
		expect(microphone.readyState).toBe('ended');
	});
});
