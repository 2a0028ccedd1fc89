// SPDX-License-Identifier: Apache-2.0
// The engine on mediasoup-client, which hides the SDP of three families of browsers; it is loaded when somebody joins. The server answers
// its JSON objects over `Signal`. One transport to send, one to receive; both are made anew at each welcome, and what was sent is sent again.
import type { Consumer, Device, Producer as Sender, RtpCapabilities, Transport, TransportOptions } from 'mediasoup-client/types';
import { Offline } from '../api/errors.ts';
import { allows, kindOf, MediaError, type EndReason, type Engine, type EngineEvents, type EngineState, type EngineStats, type MediaPath, type Passes, type Rights, type Source, type Wanted } from './engine.ts';
import { cameraEncodings, hears, priority, screenEncodings, VOICE_BPS, type Saving } from './layers.ts';
import { applyNotice, emptyRoom, findProducer, roomFrom, type NoticeName, type Notices, type Room } from './room.ts';
import { Signal, type Wire } from './signal.ts';
import { Stall } from './stall.ts';
import { bytesCome, Meter } from './stats.ts';

/** A path that does not come about in this time is told as blocked; it is still tried. */
const BLOCKED_MS = 12_000;
/** A lost path may come back by itself. */
const PATIENCE_MS = 2_000;
/** A picture that the server rests for longer than this, because the way here is too narrow, is taken away instead of standing still. */
const STARVED_MS = 2_500;
const WATCH_MS = 400;
const BATCH = 64;
/** What the server or a busy device did not answer in time is asked for once more, so often. */
const TRIES = 5;
const RETRY_MS = 1_000;

export type Devices = () => Promise<Device>;
const realDevice: Devices = async () => (await import('mediasoup-client')).Device.factory();
/** While one looks at oneself before joining: what the call will need is here already. */
export const warm = async (): Promise<unknown> => realDevice();

/** How far it has come, for tests and for whoever looks at a slow join in the browser's own tools. */
const phase = (name: string): void => void performance.mark(`call: ${name}`);

const unsupported = (error: unknown): boolean => error instanceof Error && error.name === 'UnsupportedError';

interface Local {
	track: MediaStreamTrack;
	paused: boolean;
	sender?: Sender;
}

/** As the server was told last about a consumer. */
interface Told {
	running: boolean;
	layer: number | undefined;
	priority: number | undefined;
}

interface Remote extends Told {
	consumer: Consumer;
	participant: number;
	source: Source;
	/** The server rests it for want of bandwidth: runs out, or has run out and the picture is away. */
	starving?: ReturnType<typeof setTimeout>;
}

interface Consumed {
	id: string;
	producerId: string;
	participant: number;
	kind: 'audio' | 'video';
	rtpParameters: Consumer['rtpParameters'];
	source: Source;
}

export interface Options {
	readonly saving: Saving;
	/** For tests. */
	readonly device?: Devices;
	readonly open?: (url: string) => Wire;
}

export class MediasoupEngine implements Engine {
	readonly #events: EngineEvents;
	readonly #signal: Signal;
	readonly #device: Devices;
	#saving: Saving;
	readonly #meter = new Meter();
	readonly #local = new Map<Source, Local>();
	/** By the id of the producer that is received. */
	readonly #remote = new Map<string, Remote>();
	readonly #asked = new Set<string>();
	/** By consumer: what the server was told about it before the browser had its side of it. */
	readonly #begun = new Map<string, Told>();
	readonly #patience = new Map<Transport, ReturnType<typeof setTimeout>>();
	#room: Room = emptyRoom;
	#rights: Rights = { audio: false, video: false, screen: false };
	#wanted: readonly Wanted[] = [];
	#state: EngineState = 'idle';
	#path: MediaPath = 'none';
	#capabilities: RtpCapabilities | undefined;
	#send: Transport | undefined;
	#recv: Transport | undefined;
	/** Grows with each welcome: what an earlier one began is not finished. */
	#turn = 0;
	/** Welcomes in a row that came to nothing. */
	#broken = 0;
	#blockedTimer: ReturnType<typeof setTimeout> | undefined;
	#watchTimer: ReturnType<typeof setInterval> | undefined;

	constructor(passes: Passes, events: EngineEvents, options: Options) {
		this.#events = events;
		this.#saving = options.saving;
		this.#device = options.device ?? realDevice;
		this.#signal = new Signal(
			passes,
			{
				notice: (name, data) => this.#noticed(name, data),
				lost: () => this.#setState('rejoining'),
				over: (reason, message) => this.#over(reason, message),
			},
			options.open,
		);
	}

	join(): void {
		if (this.#state !== 'idle') return;
		this.#setState('connecting');
		this.#signal.start();
	}

	leave(): void {
		if (this.#state === 'over') return;
		if (this.#signal.live) this.#signal.tell('leave', {});
		this.#signal.stop();
		this.#over('left', undefined);
	}

	/** Less of the own voice, and of shared screens as of now. */
	save(saving: Saving): void {
		if (saving === this.#saving) return;
		this.#saving = saving;
		void this.#local.get('mic')?.sender?.setRtpEncodingParameters({ maxBitrate: VOICE_BPS[saving] }).catch(() => undefined); // a browser that cannot goes on as it was
		for (const { source, consumer, ...told } of this.#remote.values()) if (source === 'screen' && told.layer !== undefined) this.#size(consumer.id, told);
		this.#balance();
	}

	hurry(): void {
		this.#signal.hurry();
		this.#signal.probe();
		for (const transport of [this.#send, this.#recv]) if (transport && transport.connectionState !== 'new') void this.#restart(transport);
	}

	// --- what this person sends

	async publish(source: Source, track: MediaStreamTrack): Promise<void> {
		const known = this.#local.get(source);
		if (known) {
			known.track = track;
			if (known.sender) await known.sender.replaceTrack({ track });
			return;
		}
		const local: Local = { track, paused: false };
		this.#local.set(source, local);
		await this.#produce(source, local);
	}

	unpublish(source: Source): void {
		const local = this.#local.get(source);
		this.#local.delete(source);
		if (!local?.sender) return;
		const { id } = local.sender;
		local.sender.close();
		this.#signal.tell('close_producer', { producerId: id });
	}

	pause(source: Source, paused: boolean): void {
		const local = this.#local.get(source);
		if (!local || local.paused === paused) return;
		local.paused = paused;
		if (!local.sender) return;
		if (paused) local.sender.pause();
		else local.sender.resume();
		this.#signal.tell(paused ? 'pause_producer' : 'resume_producer', { producerId: local.sender.id });
	}

	/** What was sent before, on new transports; a device or a server that was too busy gets its time. */
	async #again(source: Source, local: Local): Promise<void> {
		for (let tries = 0; tries < TRIES && this.#local.get(source) === local && !local.sender; tries++) {
			const turn = this.#turn;
			try {
				return await this.#produce(source, local);
			} catch (error) {
				if (error instanceof MediaError && error.code === 'forbidden') return;
			}
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
			if (turn !== this.#turn) return; // the next welcome does it
		}
	}

	async #produce(source: Source, local: Local): Promise<void> {
		const transport = this.#send;
		if (!transport || !allows(this.#rights, source)) return; // at the next welcome, or when it is allowed
		const voice = source === 'mic';
		const sender = await transport.produce({
			track: local.track,
			stopTracks: false,
			zeroRtpOnPause: kindOf(source) === 'video',
			...(source === 'camera' ? { encodings: cameraEncodings(local.track.getSettings().height ?? 720), codecOptions: { videoGoogleStartBitrate: 600 } } : {}),
			...(source === 'screen' ? { encodings: screenEncodings() } : {}),
			...(kindOf(source) === 'audio'
				? { codecOptions: { opusDtx: true, opusFec: true, opusStereo: !voice, opusMaxAverageBitrate: voice ? VOICE_BPS[this.#saving] : 64_000 } }
				: {}),
			appData: { source },
		});
		if (this.#local.get(source) !== local || transport !== this.#send) {
			sender.close();
			this.#signal.tell('close_producer', { producerId: sender.id });
			return;
		}
		local.sender = sender;
		if (sender.track !== local.track) await sender.replaceTrack({ track: local.track });
		if (local.paused) {
			sender.pause();
			this.#signal.tell('pause_producer', { producerId: sender.id });
		}
	}

	// --- what the server says

	#noticed<N extends NoticeName>(name: N, data: Notices[N]): void {
		if (this.#state === 'over') return;
		switch (name) {
			case 'welcome':
				return void this.#welcomed(data as Notices['welcome']);
			case 'rights':
				return this.#allowed(data as Rights);
			case 'active_speaker':
				return this.#events.speaker((data as Notices['active_speaker']).participant ?? undefined);
			case 'consumer_closed':
				return this.#closeConsumer([...this.#remote].find(([, { consumer }]) => consumer.id === (data as Notices['consumer_closed']).consumerId)?.[0]);
			case 'consumer_layers':
				return this.#layers(data as Notices['consumer_layers']);
			case 'transport_closed':
				return; // the server made it known before it closes the connection; rejoining repairs it
			case 'producer_closed':
				this.#ownClosed((data as Notices['producer_closed']).producerId);
				break;
			default:
		}
		const room = applyNotice(this.#room, name, data);
		if (room !== this.#room) this.#setRoom(room);
	}

	async #welcomed(welcome: Notices['welcome']): Promise<void> {
		const turn = ++this.#turn;
		// What is told from here on is told about this.
		this.#room = roomFrom(welcome);
		this.#rights = welcome.rights;
		try {
			phase('welcome');
			// Asked at once: the browser finds out what it can while the server makes them.
			const asked = Promise.all([this.#signal.request('create_transport', { direction: 'send' }), this.#signal.request('create_transport', { direction: 'recv' })]);
			asked.catch(() => undefined); // awaited below, unless the device fails before
			const device = await this.#device();
			await device.load({ routerRtpCapabilities: welcome.routerRtpCapabilities as RtpCapabilities });
			const known = this.#signal.request('capabilities', { rtpCapabilities: device.recvRtpCapabilities });
			const [send, recv] = (await Promise.all([asked, known]))[0] as [TransportOptions, TransportOptions];
			if (turn !== this.#turn || this.#state === 'over') return;
			this.#closeTransports();
			this.#capabilities = device.recvRtpCapabilities;
			this.#send = this.#bind(device.createSendTransport(send));
			this.#recv = this.#bind(device.createRecvTransport(recv));
			phase('transports');
		} catch (error) {
			if (turn !== this.#turn) return;
			if (!(error instanceof Offline) && (unsupported(error) || ++this.#broken >= TRIES)) this.#fail(error);
			else this.#signal.restart();
			return;
		}
		this.#broken = 0;
		this.#watch(this.#send, this.#recv);
		this.#setState('live');
		this.#allowed(this.#rights);
		this.#setRoom(this.#room);
		for (const [source, local] of this.#local) void this.#again(source, local);
	}

	#fail(error: unknown): void {
		this.#signal.stop();
		this.#over(unsupported(error) ? 'unsupported' : 'refused', error instanceof Error ? error.message : undefined);
	}

	#allowed(rights: Rights): void {
		this.#rights = rights;
		this.#events.rights(rights);
		for (const [source, local] of this.#local) {
			if (allows(rights, source)) continue;
			this.#local.delete(source);
			local.sender?.close(); // the server has closed its side
			this.#events.taken(source);
		}
	}

	#ownClosed(producerId: string): void {
		for (const [source, local] of this.#local) {
			if (local.sender?.id !== producerId) continue;
			this.#local.delete(source);
			local.sender.close();
			this.#events.taken(source);
		}
	}

	#bind(transport: Transport): Transport {
		transport.on('connect', ({ dtlsParameters }, done, failed) => {
			// The answer is not waited for: ICE begins while the server reads it. When it is refused, no path comes about, and that is told.
			this.#signal.request('connect_transport', { transportId: transport.id, dtlsParameters }).catch(failed);
			done();
		});
		if (transport.direction === 'send') {
			transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
				this.#signal.request('produce', { transportId: transport.id, kind, rtpParameters, appData }).then((made) => done(made as { id: string }), failed);
			});
		}
		transport.on('connectionstatechange', (state) => {
			clearTimeout(this.#patience.get(transport));
			this.#patience.delete(transport);
			if (state === 'failed') void this.#restart(transport);
			if (state === 'disconnected') this.#patience.set(transport, setTimeout(() => void this.#restart(transport), PATIENCE_MS));
			if (state === 'connected') phase(`${transport.direction} connected`);
			this.#lookAtPath();
		});
		return transport;
	}

	/** A path that carried something all the time and carries nothing now is looked for anew before the browser gives it up. */
	#watch(...transports: Transport[]): void {
		clearInterval(this.#watchTimer);
		const looks = transports.map((transport) => ({ transport, stall: new Stall() }));
		this.#watchTimer = setInterval(() => {
			for (const { transport, stall } of looks) {
				if (transport.closed || transport.connectionState !== 'connected') continue;
				void bytesCome(transport).then((bytes) => stall.look(bytes, performance.now()) && void this.#restart(transport));
			}
		}, WATCH_MS);
	}

	/** DTLS and everything above it goes on. Where the way to the server is dead too, the answer does not come, and that is another connection. */
	async #restart(transport: Transport): Promise<void> {
		if (transport.closed || !this.#signal.live) return; // rejoining makes new ones
		phase(`${transport.direction} path lost`);
		try {
			const { iceParameters } = (await this.#signal.urgent('restart_ice', { transportId: transport.id })) as { iceParameters: TransportOptions['iceParameters'] };
			if (!transport.closed) await transport.restartIce({ iceParameters });
			phase(`${transport.direction} restarted`);
		} catch {
			// The next change of its state, or of the connection to the server, tries again.
		}
		if (!transport.closed && transport.connectionState !== 'connected') {
			clearTimeout(this.#patience.get(transport));
			this.#patience.set(transport, setTimeout(() => transport.connectionState !== 'connected' && void this.#restart(transport), BLOCKED_MS));
		}
	}

	#lookAtPath(): void {
		const states = [this.#send, this.#recv].map((transport) => transport?.connectionState ?? 'new').filter((state) => state !== 'new');
		if (states.includes('failed') || states.includes('disconnected')) this.#setPath(this.#path === 'blocked' ? 'blocked' : 'broken');
		else if (states.includes('connecting')) this.#setPath(this.#path === 'blocked' ? 'blocked' : 'connecting');
		else this.#setPath(states.length > 0 ? 'connected' : 'none');
		if (this.#path === 'connected' || this.#path === 'none') {
			clearTimeout(this.#blockedTimer);
			this.#blockedTimer = undefined;
		} else {
			this.#blockedTimer ??= setTimeout(() => this.#setPath('blocked'), BLOCKED_MS);
		}
	}

	// --- what this person receives

	want(wanted: readonly Wanted[]): void {
		this.#wanted = wanted;
		this.#balance();
	}

	#setRoom(room: Room): void {
		this.#room = room;
		this.#events.room(room);
		this.#balance();
	}

	#wantedProducers(): Map<string, Wanted> {
		const wanted = new Map<string, Wanted>();
		for (const one of this.#wanted) {
			const id = this.#room.peers.get(one.participant)?.producers.get(one.source)?.id;
			if (id !== undefined) wanted.set(id, one);
		}
		return wanted;
	}

	/** Makes what comes equal to what is wanted: all sound (of screens only where nothing is saved), and the video of the tiles in sight. */
	#balance(): void {
		if (this.#state !== 'live' || !this.#recv) return;
		const wanted = this.#wantedProducers();
		for (const [producerId] of this.#remote) if (!findProducer(this.#room, producerId)) this.#closeConsumer(producerId);
		const missing: string[] = [];
		for (const { producers } of this.#room.peers.values()) {
			for (const { id, kind, source } of producers.values()) {
				if (!this.#remote.has(id) && !this.#asked.has(id) && (kind === 'audio' ? hears(this.#saving, source) : wanted.has(id))) missing.push(id);
			}
		}
		for (let from = 0; from < missing.length; from += BATCH) void this.#consume(missing.slice(from, from + BATCH));
		this.#steer(wanted);
	}

	/** Runs, rests and sizes of the consumers that are there. */
	#steer(wanted: ReadonlyMap<string, Wanted>): void {
		const resume: string[] = [];
		const rest: string[] = [];
		for (const [producerId, remote] of this.#remote) {
			const want = wanted.get(producerId);
			const run = remote.consumer.kind === 'audio' ? hears(this.#saving, remote.source) : want !== undefined;
			if (want && (remote.layer !== want.layer || remote.priority !== priority(want))) {
				remote.layer = want.layer;
				remote.priority = priority(want);
				this.#size(remote.consumer.id, remote);
			}
			if (run === remote.running) continue;
			remote.running = run; // the server stops sending; the browser's side need not know
			(run ? resume : rest).push(remote.consumer.id);
		}
		if (resume.length > 0) this.#signal.tell('resume_consumers', { consumerIds: resume });
		if (rest.length > 0) this.#signal.tell('pause_consumers', { consumerIds: rest });
	}

	async #consume(producerIds: string[]): Promise<void> {
		const recv = this.#recv;
		if (!recv || !this.#capabilities) return;
		for (const id of producerIds) this.#asked.add(id);
		try {
			const answer = (await this.#signal.request('consume', { transportId: recv.id, producerIds })) as { consumers: Consumed[] };
			phase('consumed');
			// Before there is a path nothing can come too early: the server begins by itself, with a key frame, as soon as there is one.
			if (recv === this.#recv && recv.connectionState === 'new') this.#begin(answer.consumers);
			await Promise.all(answer.consumers.map((made) => this.#consumed(recv, made)));
		} catch {
			// Refused, or the connection went, or everything is too busy: what is still wanted is asked for at the next change, or soon.
			setTimeout(() => recv === this.#recv && this.#balance(), RETRY_MS * 2);
		} finally {
			for (const id of producerIds) this.#asked.delete(id);
		}
		if (recv === this.#recv && producerIds.some((id) => this.#remote.has(id))) this.#balance();
	}

	/** Told ahead of the browser's side of these consumers, so that it need not be told again. */
	#begin(consumers: readonly Consumed[]): void {
		const wanted = this.#wantedProducers();
		const resume: string[] = [];
		for (const { id, producerId, kind } of consumers) {
			const want = wanted.get(producerId);
			if (kind === 'video' && !want) continue;
			const told: Told = { running: true, layer: want?.layer, priority: want && priority(want) };
			if (want) this.#size(id, told);
			this.#begun.set(id, told);
			resume.push(id);
		}
		if (resume.length > 0) this.#signal.tell('resume_consumers', { consumerIds: resume });
	}

	#size(consumerId: string, { layer, priority: rank }: Told): void {
		this.#signal.tell('set_layers', { consumerId, spatialLayer: layer, ...(this.#saving === 'screen' ? { temporalLayer: 0 } : {}) });
		this.#signal.tell('set_priority', { consumerId, priority: rank });
	}

	async #consumed(recv: Transport, made: Consumed): Promise<void> {
		const { id, producerId, kind, rtpParameters, participant, source } = made;
		// One stream a person and place: the browser keeps lips and voice together.
		const streamId = `${participant}-${source === 'mic' || source === 'camera' ? 'person' : 'screen'}`;
		const consumer = await recv.consume({ id, producerId, kind, rtpParameters, streamId });
		const told = this.#begun.get(id) ?? { running: false, layer: undefined, priority: undefined };
		this.#begun.delete(id);
		if (recv !== this.#recv || !findProducer(this.#room, producerId)) return consumer.close();
		this.#remote.set(producerId, { consumer, participant, source, ...told });
		this.#events.track(participant, source, consumer.track);
	}

	/** No layer at all fits: after a moment the face gives way to the name, and comes back with the first layer that fits. */
	#layers({ consumerId, spatialLayer }: Notices['consumer_layers']): void {
		const remote = [...this.#remote.values()].find(({ consumer }) => consumer.id === consumerId);
		if (!remote) return;
		if (spatialLayer < 0) {
			if (remote.running) remote.starving ??= setTimeout(() => this.#events.track(remote.participant, remote.source, undefined), STARVED_MS);
		} else if (remote.starving !== undefined) {
			clearTimeout(remote.starving);
			delete remote.starving;
			this.#events.track(remote.participant, remote.source, remote.consumer.track);
		}
	}

	#closeConsumer(producerId: string | undefined): void {
		const remote = producerId === undefined ? undefined : this.#remote.get(producerId);
		if (!remote) return;
		this.#remote.delete(producerId!);
		clearTimeout(remote.starving);
		remote.consumer.close();
		this.#events.track(remote.participant, remote.source, undefined);
	}

	stats(): Promise<EngineStats> {
		return this.#meter.read(
			this.#send,
			this.#recv,
			[...this.#remote.values()].map(({ consumer, participant, source, starving }) => ({ trackId: consumer.track.id, participant, source, starved: starving !== undefined })),
		);
	}

	// --- beginnings and ends

	#setState(state: EngineState, reason?: EndReason, message?: string): void {
		if (this.#state === state || this.#state === 'over') return;
		if (state === 'rejoining' && this.#state === 'connecting') return; // not in yet
		this.#state = state;
		this.#events.state(state, reason, message);
	}

	#setPath(path: MediaPath): void {
		if (this.#path === path) return;
		this.#path = path;
		this.#events.path(path);
	}

	#closeTransports(): void {
		clearInterval(this.#watchTimer);
		for (const timer of this.#patience.values()) clearTimeout(timer);
		this.#patience.clear();
		for (const id of [...this.#remote.keys()]) this.#closeConsumer(id);
		this.#asked.clear();
		this.#begun.clear();
		for (const local of this.#local.values()) delete local.sender;
		this.#send?.close();
		this.#recv?.close();
		this.#send = this.#recv = undefined;
		this.#setPath('none');
	}

	#over(reason: EndReason, message: string | undefined): void {
		this.#turn += 1;
		clearTimeout(this.#blockedTimer);
		this.#closeTransports();
		this.#setState('over', reason, message);
	}
}
