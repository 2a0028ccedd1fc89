/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunked bodies: the same body and the same end, however the bytes are split; a body is never longer than its input.
 */
#include "fuzz.h"
#include "net/http.h"

struct result { enum err e; size_t used; struct buf body; };

static void run(const uint8_t *data, size_t size, uint32_t seed, bool split, struct result *r)
{
	struct http_chunked c;
	http_chunked_init(&c);
	*r = (struct result){.e = ERR_AGAIN};
	buf_init(&r->body, size);
	while (r->used < size && (r->e == ERR_AGAIN || r->e == ERR_OK)) {
		size_t n = split ? fuzz_piece(&seed, size - r->used) : size - r->used, used;
		unsigned char *p = fuzz_exact(data + r->used, n);
		struct str part;
		r->e = http_chunked_feed(&c, str_n(p, n), &used, &part);
		MUST(used <= n && part.n <= used);
		MUST(r->e != ERR_AGAIN || used == n);
		MUST(part.n == 0 || (r->e == ERR_OK && (unsigned char *)part.p >= p && (unsigned char *)part.p + part.n <= p + n));
		buf_add_str(&r->body, part);
		MUST(!r->body.err && c.total == r->body.n);
		r->used += used;
		free(p);
	}
	if (r->e == ERR_OK)
		r->e = ERR_AGAIN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, split;
	run(data, size, 0, false, &whole);
	run(data, size, size > 0 ? data[size - 1] : 0, true, &split);
	MUST(whole.e == split.e && whole.used == split.used && str_eq(buf_str(&whole.body), buf_str(&split.body)));
	buf_release(&whole.body);
	buf_release(&split.body);
	return 0;
}
