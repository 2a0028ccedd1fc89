/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket (RFC 6455) and permessage-deflate (RFC 7692) as pure functions: bytes in, messages out. Server side only.
 * Limits: a frame and a message have a maximum given by the owner, checked before anything is allocated.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include "base/bytes.h"

enum ws_opcode { WS_CONT = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* Sec-WebSocket-Accept of a key; ERR_MALFORMED unless the key is 16 bytes in base64. */
enum err ws_accept_key(struct str key, char out[29]) MUST_CHECK;

/* Offer of permessage-deflate -> what to answer. We take it only without context take-over on both sides, so that a
 * socket holds no window and one compressed frame serves every receiver. Empty answer: not negotiated. */
struct str ws_deflate_negotiate(struct str offers);

#define WS_HEAD_MAX 14 /* of a client's frame */

/* Size of the head of a server's frame (never masked), and the head itself. */
size_t ws_head_size(uint64_t payload);
size_t ws_put_head(unsigned char out[10], enum ws_opcode op, uint64_t payload, bool compressed);
struct bytes *ws_frame(enum ws_opcode op, struct str payload);              /* one reference */
struct bytes *ws_frame_deflated(enum ws_opcode op, struct str payload);     /* the same, compressed; NULL when it would not be smaller */
struct bytes *ws_close_frame(uint16_t code, struct str reason);

/* --- reading: one per socket; small (the message buffer exists only between fragments). */
struct ws_reader {
	/* owned */
	struct buf message;      /* fragments so far */
	/* state */
	size_t limit;            /* bytes a message may have, also after inflating */
	uint32_t utf8;           /* state of the text so far */
	uint8_t opcode;          /* of the message in fragments; 0 none */
	bool compressed, deflate_allowed, closed;
};
void ws_reader_init(struct ws_reader *r, size_t limit, bool deflate_allowed);
void ws_reader_release(struct ws_reader *r);

struct ws_event {
	enum ws_opcode op;       /* TEXT, BINARY, PING, PONG, CLOSE */
	struct str payload;      /* borrowed until the next call; UTF-8 checked for TEXT and the reason of CLOSE */
	uint16_t close_code;     /* CLOSE: 1005 when there was none */
};
/* p is unmasked in place. ERR_OK: one event, *used_out bytes gone. ERR_AGAIN: *used_out bytes gone, no event yet.
 * ERR_MALFORMED (close 1002), ERR_TOO_LARGE (close 1009), ERR_REFUSED: text is not UTF-8 (close 1007), ERR_NOMEM (1011).
 * A frame is used whole: until it is there its bytes stay the caller's, limit + WS_HEAD_MAX of them at most. Behind a
 * close frame and behind an error everything is used and nothing comes. */
enum err ws_read(struct ws_reader *r, unsigned char *p, size_t n, size_t *used_out, struct ws_event *out) MUST_CHECK;

#endif
