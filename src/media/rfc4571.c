/* SPDX-License-Identifier: Apache-2.0
 *
 * Framing on TCP. Pure, any thread.
 */
#include "media/rfc4571.h"
#include "media/wire.h"

enum err rfc4571_next(const uint8_t *p, size_t n, struct str *frame_out, size_t *used_out)
{
	if (n < RFC4571_HEAD)
		return ERR_AGAIN;
	size_t size = get_u16(p);
	if (size > PACKET_MAX)
		return ERR_TOO_LARGE;
	if (n - RFC4571_HEAD < size)
		return ERR_AGAIN;
	*frame_out = str_n(p + RFC4571_HEAD, size);
	*used_out = RFC4571_HEAD + size;
	return ERR_OK;
}

void rfc4571_head(uint8_t out[RFC4571_HEAD], size_t n)
{
	CHECK(n <= UINT16_MAX);
	set_u16(out, (uint16_t)n);
}
