/* SPDX-License-Identifier: Apache-2.0
 *
 * VP8 and H.264 payloads: any bytes. A VP8 descriptor that is written anew says the same again, with the new picture id.
 */
#include "fuzz.h"
#include "media/h264.h"
#include "media/vp8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = fuzz_exact(data, size), out[VP8_DESCRIPTOR_MAX + 1];
	struct vp8 d, again;
	struct h264 h;
	if (vp8_parse(p, size, &d) == ERR_OK) {
		MUST(d.n >= 1 && d.n <= VP8_DESCRIPTOR_MAX && d.n <= size && d.tid <= 3 && d.key_index <= 31 && d.partition <= 15 && d.picture_id <= 0x7fff);
		MUST(!d.key_frame || (d.start && d.partition == 0));
		size_t n = vp8_write(&d, (uint16_t)(d.picture_id + 300), (uint8_t)(d.tl0 + 1), out);
		MUST(n <= VP8_DESCRIPTOR_MAX && vp8_parse(out, n, &again) == ERR_OK && again.n == n);
		MUST(again.start == d.start && again.partition == d.partition && again.non_reference == d.non_reference && again.tid == d.tid);
		MUST(again.layer_sync == d.layer_sync && again.key_index == d.key_index && again.has_tid == d.has_tid && again.has_tl0 == d.has_tl0);
		MUST(!d.has_picture_id || (again.long_picture_id && again.picture_id == ((d.picture_id + 300) & 0x7fff)));
		MUST(!d.has_tl0 || again.tl0 == (uint8_t)(d.tl0 + 1));
	}
	if (h264_parse(p, size, &h) == ERR_OK)
		MUST(h.nal >= 1 && h.nal <= 23 && (!h.key_frame || h.start));
	free(p);
	return 0;
}
