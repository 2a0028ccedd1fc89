/* SPDX-License-Identifier: Apache-2.0
 *
 * A camera and a decoder over media clients: pictures of VP8 in up to three sizes with answers to NACK and key frame requests; and a receiver that asks for what is
 * missing, puts pictures together and shows each when it and all before it are whole, as late as a browser's jitter buffer would (SHOWN_LATER_US), so that it knows what
 * a person would have seen stand still. For tests and load.
 */
#ifndef BENCH_MEDIA_VIDEO_H
#define BENCH_MEDIA_VIDEO_H

#include "media_room.h"

enum { CAMERA_SIZES_MAX = 3, CAMERA_RING = 1024, SCREEN_RING = 4096, VIDEO_PAYLOAD_MAX = 1100, SHOWN_LATER_US = 150000 };

struct camera_packet { uint16_t seq, n; uint32_t ts; bool marker, used; uint8_t payload[VIDEO_PAYLOAD_MAX]; };

struct camera_stream {
	uint32_t ssrc, rtx_ssrc;
	uint16_t seq, rtx_seq, picture;
	uint32_t frames;
	bool key_wanted;
	unsigned key_requests; /* that came */
	uint64_t packets, resent;
	struct srtp_stream srtp, rtx_srtp;
	struct camera_packet ring[CAMERA_RING];
};

struct camera {
	struct person *person;
	unsigned sizes, packets, bytes[CAMERA_SIZES_MAX]; /* a frame is so many packets of so many bytes */
	struct camera_stream streams[CAMERA_SIZES_MAX];
	int64_t begun_us;
	char transport[64], producer[64];
};

struct screen_packet { uint32_t seq, ts; bool here, marker, start, key; uint16_t picture; uint8_t size; };
struct screen_hole { uint32_t seq; int64_t found_us, asked_us; unsigned tries; bool filled; };

struct screen_counts {
	uint64_t packets, copies, wrong; /* wrong: bytes that no camera sent */
	uint64_t holes, repaired;        /* numbers that were missing for 10 ms after a later one came */
	uint64_t frames, keys, broken;   /* broken: a picture that did not follow the one before it and was no key frame, or numbers of pictures that did not go on by one */
	unsigned freezes, given_up;      /* given_up: times that a hole was not filled within a second, and a key frame was asked for */
};

struct screen {
	struct person *person;
	uint32_t ssrc, rtx_ssrc;
	char transport[64], consumer[64];
	bool begun, waits_key, skipped, picture_known;
	uint32_t highest, play;      /* extended numbers; play: the first packet of the next picture */
	uint16_t picture;
	uint8_t size;                /* of the newest picture shown */
	int64_t shown_us, stalled_us; /* stalled_us: since then our own thread did not run */
	int64_t clock_us;            /* when the timestamp clock_ts came, at the earliest */
	uint32_t clock_ts, shown_ts;
	int64_t ticked_us, reported_us, late_us;
	uint64_t expected_before, come_before, come;
	uint32_t first;
	struct screen_hole holes[512];
	unsigned holes_n;
	struct screen_packet ring[SCREEN_RING];
	struct screen_counts counts;
};

/* Both join room with a person of their own and ids of theirs; false: it did not come about. */
bool camera_open(struct camera *c, struct media_room *r, const char *room, int64_t participant, unsigned sizes, unsigned packets);
void camera_frame(struct camera *c); /* one picture of each size, now */
bool screen_open(struct screen *s, struct media_room *r, const char *room, int64_t participant, const char *producer);
bool screen_size(struct screen *s, struct media_room *r, int spatial); /* the size that is wanted */
void screen_tick(struct screen *s);                                   /* every 10 ms or so: asks, shows, reports */
/* Runs both for so long, at so many pictures a second. */
void video_run(struct media_room *r, struct camera *c, struct screen *s, int ms, unsigned frames_s);

#endif
