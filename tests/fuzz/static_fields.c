/* SPDX-License-Identifier: Apache-2.0
 *
 * What static files read from strangers: Range, If-None-Match, Accept-Encoding, paths. The first byte chooses, the second
 * is the size of the body. A range lies in the body; a pack that is no pack is refused.
 */
#include "fuzz.h"
#include "net/http.h"
#include "net/static_files.h"

static void range(struct str value, uint64_t size)
{
	uint64_t first = 0, last = 0;
	if (http_parse_range(value, size, &first, &last) == ERR_OK)
		MUST(first <= last && last < size);
}

static void etag(struct str value)
{
	bool strong = http_etag_matches(value, STR("\"a\""));
	MUST(strong == http_etag_matches(value, STR("W/\"a\""))); /* the weak comparison has no sides */
	if (strong)
		MUST(memmem(value.p, value.n, "\"a\"", 3) || memchr(value.p, '*', value.n));
}

static void query(struct str value)
{
	char out[64];
	size_t n = 0;
	enum err e = http_query_get(value, STR("key"), out, sizeof out, &n);
	MUST(e || n <= sizeof out);
	char *same = (char *)fuzz_exact(value.p, value.n);
	if (http_unescape(value, same, &n) == ERR_OK)
		MUST(n <= value.n);
	free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t n = size - 2;
	unsigned char *p = fuzz_exact(data + 2, n);
	struct str value = str_n(p, n);
	struct static_files *files = NULL;
	switch (data[0] % 5) {
	case 0: range(value, data[1]); break;
	case 1: etag(value); break;
	case 2:
		if (http_accepts_encoding(value, STR("br")))
			MUST(memchr(value.p, 'b', n) || memchr(value.p, 'B', n) || memchr(value.p, '*', n));
		break;
	case 3: query(value); break;
	default:
		if (static_files_open(&files, value) == ERR_OK)
			static_files_free(&files);
	}
	free(p);
	return 0;
}
