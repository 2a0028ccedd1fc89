/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes out of decryption: any RTP and RTCP of any of three people into a room with sound, simulcast VP8 and H264. Records of the input: a
 * byte (0-5: which transport; 8: RTCP instead of RTP; 16: 40 ms pass first), a length of 2 bytes, the packet. No number of an SSRC goes out twice (the
 * recording transport aborts), and every packet comes back to the slab.
 */
#include "media_bed.h"
#include "media/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	bed_start(size % 4 == 0);
	for (unsigned records = 0; r.n >= 3 && records < 512; records++) {
		uint8_t kind = read_u8(&r);
		size_t n = read_u16(&r);
		const uint8_t *p = read_bytes(&r, n < r.n ? n : r.n);
		n = n < (size_t)(data + size - p) ? n : (size_t)(data + size - p);
		struct transport *t = bed.transports[(kind & 7) % (BED_PEOPLE * 2)];
		if (kind & 16)
			bed_wait(40000);
		unsigned char *exact = fuzz_exact(p, n);
		if (kind & 8)
			fake_rtcp(t, exact, n, 0);
		else
			(void)fake_rtp(t, exact, n);
		free(exact);
		fake_forget();
	}
	bed_wait(1100000);
	bed_stop();
	return 0;
}
