/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of a datagram each on a TCP stream: two bytes of length, then the datagram (RFC 4571, for ICE-TCP RFC 6544). Pure functions, any thread.
 */
#ifndef MEDIA_RFC4571_H
#define MEDIA_RFC4571_H

#include "base/str.h"
#include "media/limits.h"

enum { RFC4571_HEAD = 2 };

/* The first frame of p. ERR_OK: *frame is borrowed from p (it may be empty: pass it over), *used bytes are done with. ERR_AGAIN: not whole yet; keep all of p, at most
 * RFC4571_HEAD + PACKET_MAX bytes are needed. ERR_TOO_LARGE: longer than PACKET_MAX; nothing behind it can be found, close the connection. */
enum err rfc4571_next(const uint8_t *p, size_t n, struct str *frame_out, size_t *used_out) MUST_CHECK;

/* n <= 65535 */
void rfc4571_head(uint8_t out[RFC4571_HEAD], size_t n);

#endif
