/* SPDX-License-Identifier: Apache-2.0
 *
 * Browsers' requests: each line of the input is a frame of one of three people in a room, by its first byte. Whatever they say, every answer is
 * JSON, nothing leaks, and all packets and transports come back.
 */
#include "media_bed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_n(data, size);
	bed_start(size % 4 == 0);
	fake.keep = false;
	for (unsigned lines = 0; rest.n > 0 && lines < 64; lines++) {
		struct str line = str_cut(&rest, '\n');
		if (line.n == 0)
			continue;
		unsigned char *exact = fuzz_exact(line.p + 1, line.n - 1);
		bed_say((unsigned char)line.p[0] % BED_PEOPLE, str_n(exact, line.n - 1));
		free(exact);
		bed_wait(50000);
	}
	bed_wait(1000000);
	bed_stop();
	return 0;
}
