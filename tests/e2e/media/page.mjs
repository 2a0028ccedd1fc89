// SPDX-License-Identifier: Apache-2.0
// The smallest browser of a call, for media.test.mjs: the messages of docs/media.md over a socket, mediasoup-client on both transports.
import { Device } from 'mediasoup-client';

const waiting = new Map();
const consumers = new Map(); // by producer
const events = [];
let socket, send, recv, device, number = 0;

const ask = (method, data = {}) =>
	new Promise((resolve, reject) => {
		const id = ++number;
		waiting.set(id, { resolve, reject });
		socket.send(JSON.stringify({ id, method, data }));
	});

function bind(transport) {
	transport.on('connect', ({ dtlsParameters }, done, failed) => ask('connect_transport', { transportId: transport.id, dtlsParameters }).then(done, failed));
	transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) =>
		ask('produce', { transportId: transport.id, kind, rtpParameters, appData }).then(done, failed));
	return transport;
}

/** Resolves with the welcome, when both transports are made. */
globalThis.join = (url) =>
	new Promise((resolve, reject) => {
		socket = new WebSocket(url);
		socket.onerror = () => reject(new Error('no socket'));
		socket.onmessage = async ({ data }) => {
			const frame = JSON.parse(data);
			if (frame.event) events.push(frame);
			if (frame.event === 'welcome') {
				try {
					device = await Device.factory();
					await device.load({ routerRtpCapabilities: frame.data.routerRtpCapabilities });
					send = bind(device.createSendTransport(await ask('create_transport', { direction: 'send' })));
					recv = bind(device.createRecvTransport(await ask('create_transport', { direction: 'recv' })));
					await ask('capabilities', { rtpCapabilities: device.recvRtpCapabilities });
					resolve(frame.data);
				} catch (error) {
					reject(error);
				}
			}
			const one = waiting.get(frame.id);
			waiting.delete(frame.id);
			if (one) frame.ok ? one.resolve(frame.data) : one.reject(new Error(`${frame.error.code}: ${frame.error.message}`));
		};
	});

/** A picture that moves and a tone, drawn here: the fake devices of headless browsers differ. */
function track(source) {
	if (source === 'mic') {
		const context = new AudioContext();
		const oscillator = context.createOscillator();
		const out = context.createMediaStreamDestination();
		oscillator.connect(out);
		oscillator.start();
		return out.stream.getAudioTracks()[0];
	}
	const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
	const pen = canvas.getContext('2d');
	let n = 0;
	setInterval(() => {
		pen.fillStyle = `hsl(${(n * 7) % 360} 80% 50%)`;
		pen.fillRect(0, 0, 640, 360);
		pen.fillStyle = 'white';
		pen.font = '80px sans-serif';
		pen.fillText(String(n++), (n * 5) % 500, 200);
	}, 66);
	return canvas.captureStream(15).getVideoTracks()[0];
}

globalThis.produce = async (source, simulcast = false) => {
	const producer = await send.produce({
		track: track(source),
		appData: { source },
		...(simulcast
			? {
					encodings: [
						{ scaleResolutionDownBy: 2, maxBitrate: 120_000, scalabilityMode: 'L1T3' },
						{ scaleResolutionDownBy: 1, maxBitrate: 500_000, scalabilityMode: 'L1T3' },
					],
				}
			: {}),
	});
	return producer.id;
};

globalThis.consume = async (producerIds) => {
	const { consumers: made, refused } = await ask('consume', { transportId: recv.id, producerIds });
	for (const one of made) {
		const consumer = await recv.consume(one);
		consumers.set(one.producerId, consumer);
		const element = Object.assign(document.createElement(one.kind), { autoplay: true, muted: one.kind === 'video', srcObject: new MediaStream([consumer.track]) });
		document.body.append(element);
	}
	if (made.length > 0) await ask('resume_consumers', { consumerIds: made.map(({ id }) => id) });
	return { made: made.map(({ id, producerId }) => ({ id, producerId })), refused };
};

globalThis.ask = ask;
globalThis.events = () => events;

/** What came of one producer. */
globalThis.received = async (producerId) => {
	const out = {};
	for (const report of (await consumers.get(producerId).getStats()).values()) {
		if (report.type === 'inbound-rtp')
			Object.assign(out, {
				packets: report.packetsReceived,
				lost: report.packetsLost,
				frames: report.framesDecoded ?? 0,
				keyFrames: report.keyFramesDecoded ?? 0,
				width: report.frameWidth ?? 0,
				energy: report.totalAudioEnergy ?? 0,
				concealed: report.concealedSamples ?? 0,
				samples: report.totalSamplesReceived ?? 0,
				freezes: report.freezeCount ?? 0,
				nacks: report.nackCount ?? 0,
				plis: report.pliCount ?? 0,
			});
	}
	return out;
};

/** Through what the media go: the candidate that was taken. */
globalThis.path = async () => {
	const reports = [...(await recv.getStats()).values()];
	const transport = reports.find(({ type }) => type === 'transport');
	const pair = reports.find(({ id }) => id === transport?.selectedCandidatePairId);
	const remote = reports.find(({ id }) => id === pair?.remoteCandidateId);
	return { state: recv.connectionState, protocol: remote?.protocol, cipher: transport?.srtpCipher, dtls: transport?.tlsVersion };
};
