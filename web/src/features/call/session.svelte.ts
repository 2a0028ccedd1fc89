// SPDX-License-Identifier: Apache-2.0
// One person in one call: before it, in the waiting room, inside, and after. Puts together the server's word (model/call.ts), the engine and
// what this person sends; the screens look at it and call its deeds.
import { command, commandBeside, newClientId, Offline, Refusal, type CallEvent, type CallParticipant, type CallReactionKind, type CallRoster, type OrgType } from '../../api/index.ts';
import type { EndReason, Engine, EngineEvents, EngineState, MediaPath, Rights, Source, Wanted } from '../../call/engine.ts';
import { allowed } from '../../call/layers.ts';
import { emptyRoom, sends, type Room } from '../../call/room.ts';
import { qualityOf, type Quality, type Reason } from '../../call/stats.ts';
import { applyCallEvent, callStream, hands, inCall, lacking, loadCall, runs, tellCall, waiting, type CallState } from '../../model/call.ts';
import { personName } from '../../model/person.ts';
import type { Frame } from '../../model/replica.ts';
import type { WantedCall } from '../../state/calls.svelte.ts';
import type { Live } from '../../state/live.svelte.ts';
import type { Desk } from './desk.ts';
import { Own } from './own.svelte.ts';
import { Shown } from './shown.svelte.ts';

export type Stage = 'before' | 'entering' | 'waiting' | 'inside' | 'over';
/** What kept somebody out, or ended it: the server's sentence where it gave one. */
export interface Ending {
	readonly reason: EndReason | 'sent_away';
	readonly message: string | undefined;
}
export interface Reaction {
	readonly id: number;
	readonly participant: number;
	readonly kind: CallReactionKind;
}
export type MakeEngine = (passes: () => Promise<{ url: string }>, events: EngineEvents, saving: 'all' | 'screen' | 'audio') => Promise<Engine>;

const ASK_MS = 2500;
const REACTION_MS = 4000;
const STATS_MS = 3000;
/** A clock that stood for so long was asleep; timers of a hidden page may run once a minute. */
const SLEEP_MS = { shown: 10_000, hidden: 75_000 };
/** A tile that goes often comes again in another place. */
const SEEN_MS = 60;
const UNSEEN_MS = 300;
/** Below this the server hears somebody badly (of 10). */
const WEAK = 5;

/** mediasoup-client comes with the first call that is joined. */
const realEngine: MakeEngine = async (passes, events, saving) => {
	const { MediasoupEngine } = await import('../../call/mediasoup.ts');
	return new MediasoupEngine(passes, events, { saving });
};

const NO_RIGHTS: Rights = { audio: false, video: false, screen: false };
export const trackKey = (participant: number, source: Source): string => `${participant} ${source}`;

export class CallSession {
	readonly own = new Own();
	/** Undefined for a guest, who has a desk. */
	readonly live: Live | undefined;
	readonly desk: Desk | undefined;
	readonly wanted: WantedCall;

	stage = $state<Stage>('before');
	ending = $state.raw<Ending | undefined>();
	/** What the last attempt was refused with. */
	problem = $state('');
	call = $state.raw<CallState | undefined>();
	/** One's own participant, once the server has said it. */
	me = $state<number | undefined>();
	engineState = $state<EngineState>('idle');
	path = $state<MediaPath>('none');
	room = $state.raw<Room>(emptyRoom);
	tracks = $state.raw<ReadonlyMap<string, MediaStreamTrack>>(new Map());
	rights = $state.raw<Rights>(NO_RIGHTS);
	speaker = $state<number | undefined>();
	/** When each spoke last: a number that grows. */
	spoke = $state.raw<ReadonlyMap<number, number>>(new Map());
	reactions = $state.raw<readonly Reaction[]>([]);
	quality = $state<Quality>('good');
	/** Why it is not good. */
	reason = $state<Reason | undefined>();
	/** A host asked to switch the microphone on. */
	asked = $state(false);
	/** A host switched it off. */
	silenced = $state(false);
	/** Before the call: it is being recorded, and he has to accept that to come in. */
	recorded = $state(false);

	readonly people = $derived(this.call ? inCall(this.call) : []);
	readonly waiting = $derived(this.call ? waiting(this.call) : []);
	readonly hands = $derived(this.call ? hands(this.call) : []);
	readonly self = $derived(this.me === undefined ? undefined : this.call?.participants.get(this.me));
	/** The server said that one may do what a host may, whatever one's role. */
	#leads = $state(false);
	readonly shown = new Shown(this);
	readonly host = $derived(runs(this.self) || this.#leads);
	/** Of a broadcast: one is seen and heard by nobody. */
	readonly watching = $derived(this.self?.role === 'viewer');

	readonly #makeEngine: MakeEngine;
	readonly #listener = (frame: Frame): void => this.#frame(frame);
	#engine: Engine | undefined;
	#callId: number | undefined;
	#pass: { url: string } | undefined;
	/** Tiles in sight, by tile: several may want the same. */
	readonly #sight = new Map<symbol, Wanted>();
	#sightTimer: ReturnType<typeof setTimeout> | undefined;
	#sightAt = 0;
	#statsTimer: ReturnType<typeof setInterval> | undefined;
	#nextReaction = 1;
	#spoken = 0;
	#asking = false;
	#askTimer: ReturnType<typeof setInterval> | undefined;
	#accepts = false;
	#comingIn = false;
	#onceMore = false;
	readonly #stop = new AbortController();

	constructor(live: Live | undefined, wanted: WantedCall, makeEngine: MakeEngine = realEngine, desk?: Desk) {
		this.live = live;
		this.desk = desk;
		this.wanted = wanted;
		this.#callId = wanted.callId;
		this.#makeEngine = makeEngine;
		live?.listeners.add(this.#listener);
		if (desk) this.#askTimer = setInterval(() => void this.#refresh(), ASK_MS);
		const { signal } = this.#stop;
		addEventListener('online', () => this.#engine?.hurry(), { signal });
		(navigator as { connection?: EventTarget }).connection?.addEventListener('change', () => this.#engine?.hurry(), { signal });
		document.addEventListener('visibilitychange', () => this.#want(), { signal });
		this.#notice();
		addEventListener('pagehide', () => void this.#bye(), { signal });
	}

	get callId(): number | undefined {
		return this.#callId;
	}

	get orgType(): OrgType {
		if (!this.live) return this.desk?.orgType ?? 'school';
		const orgId = this.live.chat(this.wanted.chatId)?.chat.org_id;
		return this.live.world.memberships.find(({ org }) => org.id === orgId)?.org.type ?? 'school';
	}

	get title(): string {
		return this.call?.call.title ?? this.live?.chat(this.wanted.chatId)?.chat.title ?? this.wanted.title ?? this.desk?.title ?? '';
	}

	/** Oneself before one has a place. */
	get selfName(): string {
		return this.live ? personName(this.live.world.person) : (this.desk?.name ?? '');
	}

	name(participant: CallParticipant | undefined): string {
		if (participant?.classroom) return participant.classroom;
		return participant?.person ? personName(participant.person) : (participant?.guest_name ?? '');
	}

	// --- in and out

	async join(): Promise<void> {
		if (this.stage !== 'before') return;
		performance.mark('call: pressed');
		this.stage = 'entering';
		this.problem = '';
		this.#accepts = this.recorded;
		try {
			if (this.#callId === undefined) {
				const call = await command('call_start', { chat_id: this.wanted.chatId, kind: this.wanted.kind, client_id: newClientId() });
				this.#callId = call.id;
			}
			await this.#enter();
		} catch (error) {
			this.stage = 'before';
			if (this.#mustAccept(error)) return;
			this.problem = error instanceof Refusal ? error.message : 'offline';
		}
	}

	/** The server lets nobody into a recorded call who was not told: back to the door, with the question. */
	#mustAccept(error: unknown): boolean {
		if (!(error instanceof Refusal) || error.field !== 'accept_recording') return false;
		this.recorded = true;
		this.#dropEngine();
		this.stage = 'before';
		return true;
	}

	/** What the door has to say, before anything is asked of it. */
	async look(): Promise<void> {
		if (this.#callId === undefined || this.desk) return;
		const { call } = await command('call_get', { call_id: this.#callId });
		this.recorded = call.recording !== undefined;
	}

	/** Its call is there already: a broadcast that was begun at the door. */
	begin(callId: number): void {
		this.#callId = callId;
		void this.join();
	}

	/** Asks for a place. Without a ticket there is waiting to do. */
	async #enter(): Promise<void> {
		if (this.desk) return this.#enterBy(this.desk);
		const ask = this.#engine ? commandBeside : command; // back in haste, by whatever way is there
		const entry = await ask('call_join', { call_id: this.#callId!, ...(this.#accepts ? { accept_recording: true } : {}) });
		performance.mark('call: ticket');
		this.me = entry.participant.id;
		this.rights = entry.participant.rights;
		this.call = loadCall(entry, this.call);
		this.#leads = entry.runs === true;
		if (entry.ticket === undefined || entry.media === undefined) {
			this.stage = 'waiting';
			return;
		}
		await this.#inside(entry.media, entry.ticket);
	}

	/** Out of the waiting room: several things may tell of it in one moment, and each place has one connection. */
	async #comeIn(): Promise<void> {
		if (this.#comingIn) return void (this.#onceMore = true);
		this.#comingIn = true;
		try {
			do {
				this.#onceMore = false;
				await this.#enter();
			} while (this.#onceMore && (this.stage as Stage) === 'waiting');
		} finally {
			this.#comingIn = false;
		}
	}

	async #enterBy(desk: Desk): Promise<void> {
		const told = await desk.enter(this.#accepts);
		this.me = told.me;
		if (told.call) this.call = loadCall({ call: told.call, participants: [...told.participants], head: told.head }, this.call);
		this.rights = this.self?.rights ?? this.rights;
		if (told.call?.ended_at !== undefined) return this.#finish('ended', undefined);
		if (told.place === 'sent_away' || told.place === 'removed') return this.#finish(told.place, undefined);
		if (told.ticket === undefined || told.media === undefined) this.stage = 'waiting';
		else await this.#inside(told.media, told.ticket);
	}

	async #inside(media: string, ticket: string): Promise<void> {
		const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
		this.#pass = { url: `${scheme}://${location.host}${media}?ticket=${ticket}` };
		if (this.#engine) return;
		this.stage = 'inside';
		const engine = await this.#makeEngine(() => this.#nextPass(), this.#engineEvents(), this.own.saving);
		if (this.stage !== 'inside') return engine.leave(); // left while it was loading
		this.#engine = engine;
		engine.join();
		this.#want(); // of tiles that stood before the engine was here
		await this.own.setClassroom(this.self?.classroom !== undefined); // before a reload it may have been one
		void this.shown.again().catch(() => undefined);
		await this.own.give(engine);
		this.#statsTimer = setInterval(() => void this.#measure(), STATS_MS);
	}

	/** Of a device that slept only the time tells, afterwards. */
	#notice(): void {
		let last = Date.now();
		const timer = setInterval(() => {
			const [now, slept] = [Date.now(), Date.now() - last];
			if (slept > SLEEP_MS.hidden || (slept > SLEEP_MS.shown && !document.hidden)) this.#engine?.hurry();
			last = now;
		}, 2000);
		this.#stop.signal.addEventListener('abort', () => clearInterval(timer));
	}

	/** What joining needs comes while one looks at oneself. */
	warm(): void {
		if (this.#makeEngine === realEngine) import('../../call/mediasoup.ts').then(({ warm }) => warm()).catch(() => undefined); // joining asks again
	}

	/** Each connection to the media server needs a pass of its own; the first is here already. */
	async #nextPass(): Promise<{ url: string }> {
		if (!this.#pass) {
			await this.#enter().catch((error: unknown) => {
				this.#mustAccept(error);
				throw error;
			});
		}
		const pass = this.#pass;
		this.#pass = undefined;
		if (pass) return pass;
		// Put into the waiting room while away: the engine is made anew when he is let in.
		this.#dropEngine();
		throw new Offline('waiting');
	}

	async leave(): Promise<void> {
		if (this.stage === 'over') return;
		this.#finish('left', undefined);
		if (this.desk) return void (await this.desk.leave().catch(() => undefined));
		if (this.#callId !== undefined && this.me !== undefined) await command('call_leave', { call_id: this.#callId }).catch(() => undefined);
	}

	async end(): Promise<void> {
		if (this.#callId === undefined) return;
		await command('call_end', { call_id: this.#callId, client_id: newClientId() });
		this.#finish('ended', undefined);
	}

	/** The page goes away: the server frees the place by itself when the connection ends. */
	#bye(): void {
		this.#engine?.leave();
	}

	/** Once more from the door, after an end that was not meant. */
	again(): void {
		this.ending = undefined;
		this.stage = 'before';
		this.me = undefined;
		this.call = undefined;
	}

	#finish(reason: Ending['reason'], message: string | undefined): void {
		if (this.stage === 'over') return;
		this.stage = 'over';
		clearInterval(this.#askTimer);
		this.ending = { reason, message };
		this.shown.end();
		this.#dropEngine();
		this.own.release();
	}

	#dropEngine(): void {
		clearInterval(this.#statsTimer);
		clearTimeout(this.#sightTimer);
		this.#sightTimer = undefined;
		const engine = this.#engine;
		this.#engine = undefined;
		engine?.leave();
		this.engineState = 'idle';
		this.path = 'none';
		this.room = emptyRoom;
		this.tracks = new Map();
		this.speaker = undefined;
	}

	/** The end of this object. */
	close(): void {
		this.#stop.abort();
		clearInterval(this.#askTimer);
		this.live?.listeners.delete(this.#listener);
		if (this.stage !== 'over') void this.leave();
	}

	// --- what the server says

	#frame(frame: Frame): void {
		if (this.stage === 'over' || this.#callId === undefined) return;
		if ('welcome' in frame) return void this.#refresh();
		if ('signal' in frame) return this.#signal(frame as unknown as { signal: string; data: { call_id: number; participant_id: number; reaction?: CallReactionKind } });
		if ('follow' in frame) {
			if (this.call && frame.follow.stream === callStream(this.#callId)) this.#set(tellCall(this.call, frame.follow.head));
			return;
		}
		if (!('stream' in frame)) return;
		const event = frame as unknown as { stream: string; type: string; data: { call_id?: number; state?: string } };
		if (event.type === 'call_place_changed' && event.data.call_id === this.#callId) this.#placed(event.data.state);
		if (this.call && event.stream === callStream(this.#callId)) this.#set(applyCallEvent(this.call, frame as unknown as CallEvent));
	}

	#set(next: CallState): void {
		const role = (state: CallState | undefined): string | undefined => (this.me === undefined ? undefined : state?.participants.get(this.me)?.role);
		if (role(this.call) === 'viewer' && role(next) === 'member') this.asked = true; // brought on the stage
		this.call = next;
		if (next.call.showing?.participant_id !== this.me) this.shown.end(); // ended by somebody else
		if (next.call.ended_at !== undefined) return this.#finish('ended', undefined);
		if (lacking(next)) void this.#refresh();
	}

	async #refresh(): Promise<void> {
		if (this.#asking || this.#callId === undefined || this.stage === 'before') return;
		this.#asking = true;
		try {
			if (this.desk) return void (await this.#askDesk(this.desk));
			if (this.stage === 'waiting') return void (await this.#comeIn());
			const snapshot = await command('call_get', { call_id: this.#callId });
			if (snapshot.call.ended_at !== undefined) this.#finish('ended', undefined);
			else this.call = loadCall(snapshot, this.call);
			this.#leads = snapshot.runs === true;
		} catch (error) {
			if (this.#mustAccept(error)) return;
			if (error instanceof Refusal && error.code === 'not_found') this.#finish('ended', undefined);
		} finally {
			this.#asking = false;
		}
	}

	async #askDesk(desk: Desk): Promise<void> {
		if (this.stage !== 'waiting' && this.stage !== 'inside') return;
		const told = await desk.look();
		if (told.call?.ended_at !== undefined) return this.#finish('ended', undefined);
		if (told.place === 'sent_away' || told.place === 'removed') return this.#finish(told.place, undefined);
		if (this.stage === 'waiting') {
			if (told.place !== 'waiting') await this.#comeIn();
		} else if (told.call) {
			this.call = loadCall({ call: told.call, participants: [...told.participants], head: told.head }, this.call);
		}
	}

	#placed(state: string | undefined): void {
		if (state === 'in' && this.watching) void this.#refresh(); // a host lowered the hand
		else if (state === 'in' && this.stage === 'waiting') void this.#comeIn().catch((error: unknown) => this.#mustAccept(error)); // the next welcome asks again
		else if (state === 'refused') this.#finish('sent_away', undefined);
		else if (state === 'removed') this.#finish('removed', undefined);
	}

	#signal({ signal, data }: { signal: string; data: { call_id: number; participant_id: number; reaction?: CallReactionKind } }): void {
		if (data.call_id !== this.#callId) return;
		if (signal === 'call_asked' && data.participant_id === this.me) this.asked = true;
		if (signal === 'call_reaction' && data.reaction) this.#react(data.participant_id, data.reaction);
	}

	#react(participant: number, kind: CallReactionKind): void {
		const reaction = { id: this.#nextReaction++, participant, kind };
		this.reactions = [...this.reactions.filter((one) => one.participant !== participant), reaction];
		setTimeout(() => (this.reactions = this.reactions.filter((one) => one !== reaction)), REACTION_MS);
	}

	// --- what the engine says

	#engineEvents(): EngineEvents {
		return {
			state: (state, reason, message) => {
				this.engineState = state;
				if (state !== 'over' || this.stage !== 'inside' || !this.#engine) return;
				this.#finish(reason ?? 'ended', message);
			},
			room: (room) => {
				this.room = room;
				if (this.desk && [...room.peers.keys()].some((id) => !this.call?.participants.has(id))) void this.#refresh();
			},
			track: (participant, source, track) => {
				const tracks = new Map(this.tracks);
				if (track) tracks.set(trackKey(participant, source), track);
				else tracks.delete(trackKey(participant, source));
				this.tracks = tracks;
			},
			speaker: (participant) => {
				this.speaker = participant;
				if (participant !== undefined) this.spoke = new Map(this.spoke).set(participant, ++this.#spoken);
			},
			rights: (rights) => {
				this.rights = rights;
			},
			taken: (source) => {
				if (source === 'mic' && this.own.speaking) this.silenced = true;
				this.own.taken(source);
			},
			path: (path) => {
				this.path = path;
			},
		};
	}

	async #measure(): Promise<void> {
		const engine = this.#engine;
		if (!engine || document.hidden) return;
		const stats = await engine.stats().catch(() => undefined);
		if (!stats || engine !== this.#engine) return;
		const { quality, reason } = qualityOf(stats);
		this.quality = quality;
		this.reason = reason;
	}

	// --- what is in sight

	/** A tile is on the screen and so large. */
	see(tile: symbol, wanted: Wanted): void {
		const known = this.#sight.get(tile);
		if (known?.participant === wanted.participant && known.source === wanted.source && known.layer === wanted.layer) return;
		this.#sight.set(tile, wanted);
		this.#soon(SEEN_MS);
	}

	unsee(tile: symbol): void {
		if (this.#sight.delete(tile)) this.#soon(UNSEEN_MS);
	}

	/** Turning a page changes many tiles at once. */
	#soon(ms: number): void {
		const at = performance.now() + ms;
		if (this.#sightTimer !== undefined && this.#sightAt <= at) return;
		clearTimeout(this.#sightTimer);
		this.#sightAt = at;
		this.#sightTimer = setTimeout(() => {
			this.#sightTimer = undefined;
			this.#want();
		}, ms);
	}

	#want(): void {
		const largest = new Map<string, Wanted>();
		for (const one of this.#sight.values()) {
			if (one.participant === this.me) continue;
			const key = trackKey(one.participant, one.source);
			if ((largest.get(key)?.layer ?? -1) < one.layer) largest.set(key, one);
		}
		const aside = document.hidden && !document.pictureInPictureElement;
		this.#engine?.want(aside ? [] : allowed(this.own.saving, [...largest.values()]));
	}

	setSaving(saving: 'all' | 'screen' | 'audio'): void {
		this.own.setSaving(saving);
		this.#want();
	}

	video(participant: number, source: 'camera' | 'screen'): MediaStreamTrack | undefined {
		if (participant === this.me) return source === 'camera' ? this.own.camera : this.own.screen;
		return sends(this.room.peers.get(participant), source) ? this.tracks.get(trackKey(participant, source)) : undefined;
	}

	/** Whether others would hear this participant now. */
	heard(participant: number): boolean {
		return participant === this.me ? this.own.speaking : sends(this.room.peers.get(participant), 'mic');
	}

	hasCamera(participant: number): boolean {
		return participant === this.me ? this.own.camera !== undefined : sends(this.room.peers.get(participant), 'camera');
	}

	weak(participant: number): boolean {
		if (participant === this.me) return this.quality === 'poor';
		const producers = this.room.peers.get(participant)?.producers;
		return producers !== undefined && [...producers.values()].some(({ score, paused }) => !paused && score < WEAK);
	}

	// --- deeds

	async microphone(on: boolean): Promise<void> {
		this.asked = this.silenced = false;
		if (!on) return this.own.microphoneOff();
		if (this.rights.audio) await this.own.microphoneOn();
	}

	async hand(raised: boolean, participant?: number): Promise<void> {
		if (this.desk) {
			await this.desk.hand(raised);
			return this.#refresh();
		}
		await command('call_hand', { call_id: this.#callId!, raised, client_id: newClientId(), ...(participant === undefined ? {} : { participant_id: participant }) });
		if (this.watching && participant === undefined) await this.#refresh(); // a viewer's hand is told to nobody by name
	}

	react(kind: CallReactionKind): void {
		this.#react(this.me ?? 0, kind);
		const told = this.desk ? this.desk.react(kind) : command('call_reaction', { call_id: this.#callId!, reaction: kind });
		told.catch(() => undefined); // seen or not, it is gone in a moment
	}

	/** This device stands for the classroom of this name; without one for oneself. */
	async classroom(name: string | undefined): Promise<void> {
		await command('call_classroom', { call_id: this.#callId!, client_id: newClientId(), ...(name === undefined ? {} : { name }) });
		await this.own.setClassroom(name !== undefined);
	}

	roster(): Promise<CallRoster> {
		return command('call_roster', { call_id: this.#callId! });
	}

	inRoom(people: number[], here: boolean): Promise<CallRoster> {
		return command('call_in_room', { call_id: this.#callId!, person_ids: people, here, client_id: newClientId() });
	}

	/** The deeds of a host on one participant. */
	async deed(name: 'call_mute' | 'call_ask_unmute' | 'call_remove' | 'call_refuse' | 'call_hand_over', participant: number): Promise<void> {
		await command(name, { call_id: this.#callId!, participant_id: participant, client_id: newClientId() });
	}

	/** A viewer on the stage, or a speaker back among the viewers. */
	async toStage(participant: number, speaks: boolean): Promise<void> {
		await command('broadcast_stage', { call_id: this.#callId!, participant_id: participant, speaks, client_id: newClientId() });
	}

	async cohost(participant: number, cohost: boolean): Promise<void> {
		await command('call_cohost', { call_id: this.#callId!, participant_id: participant, cohost, client_id: newClientId() });
	}

	async admit(participants?: number[]): Promise<void> {
		await command('call_admit', { call_id: this.#callId!, client_id: newClientId(), ...(participants ? { participant_ids: participants } : {}) });
	}

	async muteAll(hold: boolean): Promise<void> {
		await command('call_mute_all', { call_id: this.#callId!, hold, client_id: newClientId() });
	}

	async lock(change: { locked?: boolean; waiting_room?: boolean }): Promise<void> {
		await command('call_lock', { call_id: this.#callId!, client_id: newClientId(), ...change });
	}

	async letAll(change: { audio?: boolean; video?: boolean; screen?: boolean }): Promise<void> {
		await command('call_rights', { call_id: this.#callId!, client_id: newClientId(), ...change });
	}
}
