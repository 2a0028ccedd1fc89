// SPDX-License-Identifier: Apache-2.0
// A participant of a call who is no browser: werift, a WebRTC of its own (ICE, DTLS, SRTP in TypeScript), through the product's signalling. What it receives
// of somebody it sends back as its own sound and picture, so that others get what can be decoded.
import WebSocket from '../../node_modules/ws/wrapper.mjs';
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS, useVP8 } from 'werift';

const PT = { audio: 100, video: 101 };
const codecs = () => ({ audio: [useOPUS({ payloadType: PT.audio })], video: [useVP8({ payloadType: PT.video })] });

/** Our end of a transport as the answer to an offer. */
function answerTo(offer, { iceParameters, iceCandidates, dtlsParameters }, direction, ssrcs) {
	const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
	const { ip, port, priority, foundation } = iceCandidates.find(({ protocol }) => protocol === 'udp');
	const parts = offer.split(/^(?=m=)/m).slice(1);
	const mids = parts.map((part) => /^a=mid:(\S+)/m.exec(part)[1]);
	const section = (part, at) => {
		const kind = /^m=(\w+)/.exec(part)[1];
		return [
			`m=${kind} ${port} UDP/TLS/RTP/SAVPF ${PT[kind]}`,
			`c=IN IP4 ${ip}`,
			kind === 'audio' ? `a=rtpmap:${PT.audio} OPUS/48000/2` : `a=rtpmap:${PT.video} VP8/90000\r\na=rtcp-fb:${PT.video} nack\r\na=rtcp-fb:${PT.video} nack pli`,
			`a=mid:${mids[at]}`,
			`a=${direction}`,
			'a=rtcp-mux',
			`a=ice-ufrag:${iceParameters.usernameFragment}`,
			`a=ice-pwd:${iceParameters.password}`,
			`a=fingerprint:sha-256 ${fingerprint.value}`,
			'a=setup:passive',
			`a=candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ host`,
			'a=end-of-candidates',
			...(ssrcs[at] ? [`a=msid:them ${mids[at]}`, `a=ssrc:${ssrcs[at]} cname:them`] : []),
		].join('\r\n');
	};
	return `v=0\r\no=- 1 1 IN IP4 ${ip}\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE ${mids.join(' ')}\r\n${parts.map(section).join('\r\n')}\r\n`;
}

const fingerprintOf = (sdp) => ({ algorithm: 'sha-256', value: /^a=fingerprint:sha-256 (\S+)/m.exec(sdp)[1] });

export class SecondStack {
	#number = 0;
	#waiting = new Map();
	events = [];
	received = { audio: { packets: 0, bytes: 0 }, video: { packets: 0, bytes: 0 } };
	sent = { audio: 0, video: 0 };
	keyFramesAsked = 0;

	/** client: signed in (tests/lib/client.mjs). */
	static async join(client, call_id) {
		const one = new SecondStack();
		const { ticket, participant } = await client.call('call_join', { call_id });
		one.participant = participant.id;
		one.socket = new WebSocket(`ws://${client.server.host}/api/v1/media?ticket=${ticket}`, {
			headers: { Origin: client.server.origin, Cookie: client.cookie },
			localAddress: client.address,
		});
		one.socket.on('message', (data) => one.#hear(JSON.parse(data.toString('utf8'))));
		one.closed = new Promise((resolve) => one.socket.on('close', resolve));
		one.socket.on('error', () => {});
		one.welcome = await one.event('welcome');
		return one;
	}

	#hear(frame) {
		if (frame.event) this.events.push(frame);
		this.#waiting.get(frame.id)?.(frame);
		this.#waiting.delete(frame.id);
	}

	async event(name, timeoutMs = 30_000) {
		for (const end = Date.now() + timeoutMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
			const found = this.events.find(({ event }) => event === name);
			if (found) return found.data;
		}
		throw new Error(`no event ${name}`);
	}

	async ask(method, data = {}) {
		const id = ++this.#number;
		const answer = await new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			this.socket.send(JSON.stringify({ id, method, data }));
		});
		if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
		return answer.data;
	}

	async #connect(options, kinds, direction, ssrcs = []) {
		const pc = new RTCPeerConnection({ codecs: codecs(), iceUseIpv6: false, iceAdditionalHostAddresses: ['127.0.0.1'] });
		const up = direction === 'send';
		const lines = kinds.map((kind) => pc.addTransceiver(up ? new MediaStreamTrack({ kind }) : kind, { direction: up ? 'sendonly' : 'recvonly' }));
		await pc.setLocalDescription(await pc.createOffer());
		const { sdp } = pc.localDescription;
		await this.ask('connect_transport', { transportId: options.id, dtlsParameters: { role: 'client', fingerprints: [fingerprintOf(sdp)] } });
		await pc.setRemoteDescription({ type: 'answer', sdp: answerTo(sdp, options, up ? 'recvonly' : 'sendonly', ssrcs) });
		return { pc, lines, sdp };
	}

	/** Sound, and a picture, of its own; what they hold comes by receive() or say(). */
	async publish({ video: seen = true } = {}) {
		const options = await this.ask('create_transport', { direction: 'send' });
		this.options = options;
		this.up = await this.#connect(options, seen ? ['audio', 'video'] : ['audio'], 'send');
		const [audio, video] = this.up.lines;
		this.tracks = { audio: audio.sender, video: video?.sender };
		const rtcp = { cname: 'second', reducedSize: true };
		const base = { headerExtensions: [], rtcp };
		const made = await this.ask('produce', { transportId: options.id, kind: 'audio', appData: { source: 'mic' }, rtpParameters: { ...base, mid: '0', encodings: [{ ssrc: audio.sender.ssrc }],
			codecs: [{ mimeType: 'audio/opus', payloadType: PT.audio, clockRate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }] } });
		this.mic = made.id;
		if (!seen) return;
		await this.ask('produce', { transportId: options.id, kind: 'video', appData: { source: 'camera' }, rtpParameters: { ...base, mid: '1', encodings: [{ ssrc: video.sender.ssrc }],
			codecs: [{ mimeType: 'video/VP8', payloadType: PT.video, clockRate: 90000, parameters: {}, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] }] } });
		video.sender.onPictureLossIndication.subscribe(() => {
			this.keyFramesAsked++;
			this.askKey?.();
		});
	}

	/** One packet of sound with this payload; true when the transport took it. */
	say(payload) {
		if (this.up?.pc.connectionState !== 'connected') return false;
		this.said = (this.said ?? 0) + 1;
		const header = new RtpHeader({ sequenceNumber: this.said & 0xffff, timestamp: (this.said * 960) >>> 0, payloadType: PT.audio, marker: false });
		this.tracks.audio.sendRtp(new RtpPacket(header, payload));
		return true;
	}

	/** Everything of these producers; without onPacket it is sent back as our own. */
	async receive(producers, onPacket = (kind, packet) => this.#echo(kind, packet)) {
		const options = await this.ask('create_transport', { direction: 'recv' });
		this.downOptions = options;
		await this.ask('capabilities', { rtpCapabilities: { ...this.welcome.routerRtpCapabilities,
			codecs: this.welcome.routerRtpCapabilities.codecs.filter(({ mimeType }) => /opus|VP8/.test(mimeType)), headerExtensions: [] } });
		const { consumers } = await this.ask('consume', { transportId: options.id, producerIds: producers });
		this.down = await this.#connect(options, consumers.map(({ kind }) => kind), 'recv', consumers.map(({ rtpParameters }) => rtpParameters.encodings[0].ssrc));
		consumers.forEach(({ kind, rtpParameters }, at) => {
			const { receiver } = this.down.lines[at];
			if (rtpParameters.codecs[0].payloadType !== PT[kind]) throw new Error('another payload type than expected');
			if (kind === 'video') this.askKey = () => receiver.sendRtcpPLI(rtpParameters.encodings[0].ssrc);
			for (const track of receiver.tracks) track.onReceiveRtp.subscribe((packet) => onPacket(kind, packet));
		});
		await this.ask('resume_consumers', { consumerIds: consumers.map(({ id }) => id) });
		return consumers;
	}

	#echo(kind, packet) {
		if (packet.payload.length === 0) return;
		this.received[kind].packets++;
		this.received[kind].bytes += packet.payload.length;
		if (this.up?.pc.connectionState !== 'connected') return;
		this.sent[kind]++;
		this.tracks[kind].sendRtp(packet.clone());
	}

	async leave() {
		await this.ask('leave').catch(() => undefined);
		await this.up?.pc.close();
		await this.down?.pc.close();
		this.socket.close();
	}
}
