/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter in front of DTLS: any bytes. What passes is whole records, one behind the other, of known types and versions.
 */
#include "fuzz.h"
#include "media/dtls_front.h"
#include "media/limits.h"
#include "media/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = fuzz_exact(data, size);
	enum dtls_front f = dtls_front(p, size);
	MUST(dtls_front(p, size) == f);
	if (f != DTLS_JUNK) {
		MUST(datagram_kind(p, size) == DATAGRAM_DTLS && size <= DTLS_DATAGRAM_MAX);
		MUST(f != DTLS_CLIENT_HELLO || (size >= 25 && p[0] == 22 && p[3] == 0 && p[4] == 0 && p[13] == 1));
		unsigned records = 0;
		for (size_t at = 0; at < size; records++) {
			MUST(size - at > 13 && p[at] >= 20 && p[at] <= 23 && p[at + 1] == 0xfe);
			at += 13 + (size_t)(p[at + 11] << 8 | p[at + 12]);
			MUST(at <= size);
		}
		MUST(records >= 1 && records <= DTLS_RECORDS_MAX);
	}
	free(p);
	return 0;
}
