/* SPDX-License-Identifier: Apache-2.0
 *
 * A transport: one browser's RTCPeerConnection in one direction, that is ICE (RFC 8445, lite), DTLS-SRTP (RFC 5763, 5764), SRTP and SRTCP
 * over UDP or over TCP (RFC 6544, RFC 4571). It knows nothing of rooms: above it are clear RTP and RTCP, below it a wire (tuple.h).
 * All of them belong to one struct transports; all of it is one thread, the media process's only one. Times are microseconds of the
 * monotonic clock (clock_mono_ns() / 1000).
 *
 * Its life: transport_new (its user name and password are known from then on) -> the browser's checks are answered -> transport_connect tells
 * the browser's fingerprint; only from then on is DTLS listened to -> connected() -> rtp(), rtcp() -> closed(), once, when the browser
 * ended it, fell silent for TRANSPORT_CONSENT_US, or failed its handshake -> transport_free by the owner, in any case.
 */
#ifndef MEDIA_TRANSPORT_H
#define MEDIA_TRANSPORT_H

#include "base/str.h"
#include "media/packet.h"
#include "media/srtp.h"
#include <jansson.h>

#define TRANSPORT_CONSENT_US (30 * INT64_C(1000000))   /* without a valid check for as long: closed("consent") */
#define TRANSPORT_OPENING_US (60 * INT64_C(1000000))   /* from transport_connect to connected, else closed("timeout") */
#define TRANSPORT_HANDSHAKE_US (30 * INT64_C(1000000)) /* from the first DTLS to its end, else closed("dtls") */
#define TRANSPORT_RTCP_MAX 1200                        /* bytes of one compound that transport_send_rtcp takes */
#define TRANSPORTS_MAX 4096                            /* of one process; beyond it transport_new gives NULL */

struct transports;
struct transport;

/* Any of them may call any function of this header, also transport_free of the transport itself: it then hears no more. */
struct transport_listener {
	/* Clear RTP in p->data with p->rtp parsed. The listener may packet_ref it to keep it; its own reference ends with the call. */
	void (*rtp)(void *user, struct packet *p);
	/* One clear compound RTCP; p ends with the call. */
	void (*rtcp)(void *user, const uint8_t *p, size_t n, int64_t now_us);
	void (*connected)(void *user); /* once; from now on sending works */
	/* Once; why is a static word: "closed" (the browser said so), "consent", "timeout", "dtls", "fingerprint". Never from inside transport_free. */
	void (*closed)(void *user, const char *why);
};

/* NULL: there are TRANSPORTS_MAX already. listener and user are borrowed and outlive it. */
struct transport *transport_new(struct transports *all, const struct transport_listener *listener, void *user);
/* Says goodbye (DTLS close_notify) to a browser that is still there. Fine with NULL inside; nulls *t. */
void transport_free(struct transport **t);

/* {iceParameters, iceCandidates, dtlsParameters} as mediasoup-client wants them; the caller adds "id". A new reference. */
json_t *transport_options(const struct transport *t);
/* "82:5A:...", 32 pairs in either case. ERR_MALFORMED: not that; ERR_REFUSED: another one was given before (the same one again is fine). */
enum err transport_connect(struct transport *t, const char *sha256_fingerprint) MUST_CHECK;
/* New {usernameFragment, password, iceLite}. The old ones hold until the first valid check with the new. A new reference. */
json_t *transport_restart_ice(struct transport *t);
bool transport_is_connected(const struct transport *t);

/* Encrypts now, into what leaves with the turn's transports_flush: header (RTP header with CSRCs and extensions), then head (the first
 * payload bytes when they are patched, may be of length 0), then rest. One (ssrc, sequence number) must never be given twice with other
 * bytes: resend by RTX. ERR_BUSY: not connected, or the receiver's queue is full (TCP): nothing was used up, no number of the stream either.
 * ERR_TOO_LARGE: beyond PACKET_MAX. No allocation. */
enum err transport_send_rtp(struct transport *t, struct srtp_stream *stream, const uint8_t *header, size_t header_n, const uint8_t *head,
	size_t head_n, const uint8_t *rest, size_t rest_n) MUST_CHECK;
/* One compound of at most TRANSPORT_RTCP_MAX bytes. ERR_BUSY, ERR_TOO_LARGE as above. */
enum err transport_send_rtcp(struct transport *t, const uint8_t *p, size_t n) MUST_CHECK;

struct transport_stats {
	uint64_t packets_in, bytes_in;         /* RTP and RTCP, as on the wire without UDP and IP */
	uint64_t packets_out, bytes_out;
	uint64_t bad;                          /* that failed authentication, were replayed, or make no sense */
	uint64_t refused;                      /* not taken for sending: the queue was full */
	uint64_t path_changes;                 /* of the selected tuple, after the first */
	bool tcp;                              /* the selected tuple */
};
void transport_stats(const struct transport *t, struct transport_stats *out);
uint32_t transport_path_breaks(const struct transport *t); /* changes of path after which what was sent of late is lost (ice.h) */

/* --- all transports of the process; called by media.c only (and by tests) */

#define TRANSPORT_ADDRESSES_MAX 8
struct wire;
struct transports_config {
	const struct wire *wire; /* borrowed: what goes out */
	struct packets *packets; /* borrowed */
	char letter;             /* the first of every user name fragment: which process of several it is, 'a'.. */
	uint16_t udp_port, tcp_port; /* announced; 0: no candidate of that kind */
	char addresses[TRANSPORT_ADDRESSES_MAX][46]; /* announced, in order of preference; the first empty one ends the list */
};

/* ERR_IO: OpenSSL refused to make a certificate. */
enum err transports_new(struct transports **out, const struct transports_config *config) MUST_CHECK;
void transports_free(struct transports **all); /* and every transport that is left, without a callback */

struct tuple;
/* One datagram (or one frame of TCP) in p->data[0..p->n), with p->received_us; takes the reference over. */
void transports_input(struct transports *all, const struct tuple *from, struct packet *p);
/* The wire closed a connection of TCP: the tuple is forgotten. */
void transports_tuple_gone(struct transports *all, const struct tuple *from);
/* The tuple is one of a transport that is alive: a valid check came over it. */
bool transports_know(const struct transports *all, const struct tuple *from);
/* At the beginning of a turn. */
void transports_now(struct transports *all, int64_t now_us);
/* At the end of every turn: what was encrypted leaves; at most TRANSPORTS_HANDSHAKES handshake datagrams are worked on. True: there are
 * more of these, so the next turn should not wait. */
#define TRANSPORTS_HANDSHAKES 4
bool transports_flush(struct transports *all);
/* Every 5 ms or so: retransmissions of DTLS, consent, time-outs. */
void transports_sweep(struct transports *all, int64_t now_us);

struct transports_stats {
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	uint64_t junk;          /* datagrams of no known kind, or of nobody known */
	uint64_t bad;           /* of known ones: authentication failed, replayed, malformed */
	uint64_t checks, checks_refused, errors_sent; /* STUN: valid; refused; refused with an answer */
	uint64_t handshakes, handshakes_failed, handshakes_dropped; /* dropped: the queue of handshake datagrams was full */
	uint64_t send_refused;  /* packets not taken: queue full */
	uint64_t sends, runs;   /* calls of wire->send with media; those of more than one packet */
	size_t transports;
};
void transports_stats(const struct transports *all, struct transports_stats *out);

#endif
