/* SPDX-License-Identifier: Apache-2.0
 *
 * Every size in the media process that a stranger or a browser has a say in. Constants only.
 */
#ifndef MEDIA_LIMITS_H
#define MEDIA_LIMITS_H

enum {
	/* what comes from the network */
	PACKET_MAX = 1600,            /* bytes of one datagram or one frame of RFC 4571; longer ones are dropped */
	RTCP_COMPOUND_MAX = 1500,     /* bytes of what we write at once, before encryption */
	RTCP_PACKETS_MAX = 64,        /* packets in one compound that are looked at */
	STUN_MAX = 1280,              /* bytes of a STUN message */
	STUN_ATTRIBUTES_MAX = 32,
	STUN_USERNAME_MAX = 513,      /* RFC 8489 14.3 */
	DTLS_DATAGRAM_MAX = 2048,     /* bytes of one DTLS datagram, theirs or ours */
	DTLS_RECORDS_MAX = 32,        /* records in it that are looked at */
	DTLS_MESSAGE_MAX = 32768,     /* bytes of one handshake message before it is put together from fragments */

	/* SRTP, one context = one direction of one transport */
	SRTP_WINDOW = 1024,           /* packets behind the newest that may still come, or be sent */
	SRTP_SSRCS_MAX = 64,          /* incoming streams that are remembered; the one longest silent goes first */

	/* rooms and those in them */
	ROOM_PARTICIPANTS_MAX = 256,
	ROOM_VIEWERS_MAX = 2000,      /* who only watch: on top of these */
	PARTICIPANT_TRANSPORTS_MAX = 2,
	PARTICIPANT_PRODUCERS_MAX = 4,
	PARTICIPANT_CONSUMERS_MAX = 600,
	PRODUCER_ENCODINGS_MAX = 3,
	CONSUME_AT_ONCE_MAX = 64,     /* producers in one `consume` */
	REJOIN_US = 10000000,         /* how long the place of one whose socket is gone is kept */

	/* what one participant sends, and what is kept of it */
	UP_PACKETS_S = 3000,          /* RTP packets a second that are looked at */
	UP_PACKETS_BURST = 1500,      /* ... and at once */
	UP_RTCP_S = 1000,             /* RTCP packets a second of one transport, and at once */
	STREAM_RING = 512,            /* packets of a video stream that are kept to be sent again; a power of two */
	STREAM_KEEP_US = 2500000,     /* ... and for how long */
	STREAM_KEEP_SCARCE_US = 500000, /* ... when few packets are left */
	SENT_RING = 512,              /* packets sent to one receiver of a video that it can ask for again; a power of two */
	RESEND_TWICE_MAX = 16,        /* of those, copies that a receiver on a lossy way gets a second time a little later */
	RESEND_TWICE_LOSS = 5,        /* of 256, as a receiver reports it: so much is a lossy way ... */
	LOSSY_US = 10000000,          /* ... for so long */
	RESEND_TWICE_US = 15000,      /* behind the first copy */
	KEY_FRAME_EVERY_US = 500000,  /* a sender is asked for a key frame of one stream at most that often */
	KEY_ENCODER_EVERY_US = 500000, /* ... and of any of its streams: libwebrtc passes over what comes within 300 ms of the request before */

	/* signalling */
	SIGNAL_FRAME_MAX = 16 * 1024, /* bytes of a browser's text frame */
	SIGNAL_REQUESTS_S = 50,       /* requests a second of one session; as many refusals follow, then silence */
	CHANNEL_MESSAGE_MAX = 256 * 1024, /* bytes of one message on the socket pair: the answer to a whole `consume`, or `welcome` to a full room */

	/* offers of programs that speak SDP */
	SDP_MAX = 32 * 1024,          /* bytes of one */
	SDP_LINE_MAX = 4096,          /* bytes of one line */
	SDP_SECTIONS_MAX = 8,         /* lines m= */
	SDP_FORMATS_MAX = 64,         /* payload types of one of them that are looked at */

	/* repair */
	NACK_HOLES_MAX = 256,         /* holes of one incoming stream that are asked for; with more of them a key frame is */
	NACK_TRIES_MAX = 10,
	NACK_AGE_MAX = 10000,         /* holes further behind the newest packet are forgotten */
	TWCC_STATUS_MAX = 8192,       /* packets that one transport-wide feedback may tell of */
	TWCC_LOG_MAX = 1024           /* arrivals that one transport remembers until the next feedback */
};

#endif
