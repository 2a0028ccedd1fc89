/* SPDX-License-Identifier: Apache-2.0
 *
 * Between ws.c and ws_deflate.c.
 */
#ifndef NET_WS_PRIVATE_H
#define NET_WS_PRIVATE_H

#include "net/ws.h"

/* The payload of a compressed message. out: this thread's buffer, borrowed until its next call. ERR_MALFORMED: no
 * DEFLATE data; ERR_TOO_LARGE: it would become more than limit bytes, and inflating stopped there; ERR_NOMEM. */
enum err ws_inflate(struct str in, size_t limit, struct str *out) MUST_CHECK;

#endif
