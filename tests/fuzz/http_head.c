/* SPDX-License-Identifier: Apache-2.0
 *
 * The head parser: a beginning never says something else than the whole; what is taken lies in the input and is unambiguous.
 */
#include "fuzz.h"
#include "net/http.h"

static struct http_head whole, part;

static void inside(struct str s, const unsigned char *p, size_t n)
{
	MUST(s.n == 0 || str_eq(s, STR("/")) || ((const unsigned char *)s.p >= p && (const unsigned char *)s.p + s.n <= p + n));
}

static void check_taken(const struct http_head *h, const unsigned char *p, size_t used)
{
	static char out[HTTP_HEAD_MAX];
	unsigned lengths = 0, codings = 0, hosts = 0;
	inside(h->method, p, used);
	inside(h->target, p, used);
	inside(h->path, p, used);
	inside(h->query, p, used);
	inside(h->host, p, used);
	MUST(h->field_count <= HTTP_FIELDS_MAX && h->target.n <= HTTP_TARGET_MAX && h->path.n > 0);
	MUST(used <= HTTP_HEAD_MAX && used >= 4 && memcmp(p + used - 4, "\r\n\r\n", 4) == 0);
	MUST(h->path.p[0] == '/' || (h->path.p[0] == '*' && str_eq(h->method, STR("OPTIONS"))));
	for (size_t i = 0; i < h->field_count; i++) {
		struct str name = h->fields[i].name, value = h->fields[i].value;
		inside(name, p, used);
		inside(value, p, used);
		for (size_t k = 0; k < value.n; k++)
			MUST((unsigned char)value.p[k] >= 0x20 || value.p[k] == '\t');
		lengths += str_ieq_ascii(name, STR("Content-Length"));
		codings += str_ieq_ascii(name, STR("Transfer-Encoding"));
		hosts += str_ieq_ascii(name, STR("Host"));
	}
	MUST(lengths + codings <= 1 && hosts <= 1 && (h->minor == 0 || hosts == 1));
	MUST((h->body == HTTP_BODY_LENGTH) == (lengths == 1) && (h->body == HTTP_BODY_CHUNKED) == (codings == 1));
	size_t n = 0;
	struct str value;
	if (http_unescape(h->path, out, &n) == ERR_OK)
		MUST(n <= h->path.n && !memchr(out, 0, n));
	if (http_query_get(h->query, STR("a"), out, 64, &n) == ERR_OK)
		MUST(n <= 64);
	if (http_cookie(h, STR("session"), &value))
		inside(value, p, used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *p = fuzz_exact(data, size);
	size_t used, used_part;
	enum err e = http_parse_head(str_n(p, size), &whole, &used);
	uint32_t seed = size > 0 ? data[size - 1] : 0;
	if (e == ERR_OK)
		check_taken(&whole, p, used);
	else
		MUST(e == ERR_AGAIN || whole.status >= 400);
	size_t at = 0;
	for (enum err before = ERR_AGAIN; at < size;) {
		at += fuzz_piece(&seed, size - at);
		unsigned char *q = fuzz_exact(data, at);
		enum err now = http_parse_head(str_n(q, at), &part, &used_part);
		MUST(now == ERR_AGAIN ? before == ERR_AGAIN : now == e && part.status == whole.status);
		MUST(now != ERR_OK || used_part == used);
		before = now;
		free(q);
	}
	free(p);
	return 0;
}
