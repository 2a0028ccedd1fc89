/* SPDX-License-Identifier: Apache-2.0
 *
 * The packed client: what tools/pack_assets.py made of a small folder, answered; and packs that are broken anywhere.
 */
#include "codec_split.h"
#include "fake_conn.h"
#include "net/static_files.h"
#include "base/mem.h"
#include <stdio.h>

extern const unsigned char zvonok_assets[];
extern const size_t zvonok_assets_size;

struct site {
	struct http_app http;
	struct loop *loop;
	struct conn *c;
	struct static_files *files;
	bool found;
};

static size_t body_limit(void *user, const struct http_head *h)
{
	(void)user;
	(void)h;
	return 100;
}

static void on_request(void *user, struct http_request *r)
{
	struct site *s = user;
	struct str path = r->head->path;
	s->found = static_files_respond(s->files, r, str_eq(path, STR("/")) ? STR("/index.html") : path, STR("X-Extra: yes\r\n"));
	if (!s->found)
		http_respond(r, 404, STR(""), STR(""), STR(""));
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	(void)r;
}

static void site_begin(struct site *s)
{
	*s = (struct site){0};
	s->http = (struct http_app){.user = s, .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort};
	s->loop = fake_loop_new();
	s->c = fake_conn_new(s->loop);
	assert_int_equal(static_files_open(&s->files, str_n(zvonok_assets, zvonok_assets_size)), ERR_OK);
	http_serve(s->c, &s->http);
}

static void site_end(struct site *s)
{
	fake_conn_free(s->c);
	fake_loop_free(s->loop);
	static_files_free(&s->files);
}

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static struct str ask(struct site *s, const char *method, const char *path, const char *fields)
{
	char text[512];
	fake_conn_forget(s->c);
	int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, fields);
	fake_conn_give(s->c, text, (size_t)n);
	return fake_conn_sent(s->c);
}

#define EXPECT(answer, part) \
	do { \
		struct str answer_ = (answer); \
		if (!has(answer_, part)) \
			fail_msg("no %s in: %.*s", part, (int)answer_.n, answer_.p); \
	} while (0)

static void test_files(void **state)
{
	(void)state;
	struct site s;
	site_begin(&s);
	struct str a = ask(&s, "GET", "/", "");
	EXPECT(a, "HTTP/1.1 200 OK\r\n");
	EXPECT(a, "Content-Type: text/html; charset=utf-8\r\n");
	EXPECT(a, "Cache-Control: no-cache\r\n");
	EXPECT(a, "Vary: Accept-Encoding\r\n");
	EXPECT(a, "Accept-Ranges: bytes\r\n");
	EXPECT(a, "X-Extra: yes\r\n");
	EXPECT(a, "\r\n\r\n<!doctype html>");
	assert_false(has(a, "Content-Encoding"));
	a = ask(&s, "GET", "/assets/app-Ab3_xY9z.js", "Accept-Encoding: gzip, br\r\n");
	EXPECT(a, "Cache-Control: public, max-age=31536000, immutable\r\n");
	EXPECT(a, "Content-Type: text/javascript; charset=utf-8\r\n");
	EXPECT(a, "Content-Encoding: br\r\n");
	EXPECT(a, "\r\n\r\nBR:");
	EXPECT(a, "-br\"\r\n");
	a = ask(&s, "GET", "/assets/app-Ab3_xY9z.js", "Accept-Encoding: gzip, br;q=0\r\n");
	EXPECT(a, "Content-Encoding: gzip\r\n");
	EXPECT(a, "\r\n\r\n\x1f\x8b");
	EXPECT(a, "-gzip\"\r\n");
	EXPECT(ask(&s, "GET", "/icon-maskable.png", ""), "Cache-Control: no-cache\r\n"); /* no hash, whatever it looks like */
	EXPECT(ask(&s, "GET", "/empty.txt", ""), "Content-Length: 0\r\n");
	EXPECT(ask(&s, "GET", "/\xd1\x84", ""), "400 Bad Request");
	site_end(&s);
	site_begin(&s);
	EXPECT(ask(&s, "GET", "/assets/app-Ab3_xY9z.js.gz", ""), "404");
	assert_false(s.found);
	EXPECT(ask(&s, "GET", "/assets", ""), "404");
	EXPECT(ask(&s, "POST", "/", ""), "405");
	EXPECT(ask(&s, "POST", "/", ""), "Allow: GET, HEAD\r\n");
	a = ask(&s, "HEAD", "/assets/app-Ab3_xY9z.js", "");
	EXPECT(a, "HTTP/1.1 200 OK\r\n");
	assert_true(a.n > 4 && memcmp(a.p + a.n - 4, "\r\n\r\n", 4) == 0);
	site_end(&s);
}

static void etag_of(struct str answer, char out[128])
{
	const char *at = memmem(answer.p, answer.n, "ETag: ", 6);
	assert_non_null(at);
	const char *end = strstr(at, "\r\n");
	assert_true(end - at < 120);
	memcpy(out, at + 6, (size_t)(end - at - 6));
	out[end - at - 6] = 0;
}

static void test_conditions(void **state)
{
	(void)state;
	struct site s;
	char tag[128], packed[128], fields[300];
	site_begin(&s);
	etag_of(ask(&s, "GET", "/data.json", ""), tag);
	etag_of(ask(&s, "GET", "/data.json", "Accept-Encoding: gzip\r\n"), packed);
	assert_string_not_equal(tag, packed); /* a strong tag names bytes */
	snprintf(fields, sizeof fields, "If-None-Match: \"x\", W/%s\r\n", tag);
	struct str a = ask(&s, "GET", "/data.json", fields);
	EXPECT(a, "HTTP/1.1 304 Not Modified\r\n");
	EXPECT(a, tag);
	assert_false(has(a, "Content-Length"));
	assert_true(memcmp(a.p + a.n - 4, "\r\n\r\n", 4) == 0);
	snprintf(fields, sizeof fields, "If-None-Match: %s\r\nAccept-Encoding: gzip\r\n", packed);
	EXPECT(ask(&s, "GET", "/data.json", fields), "HTTP/1.1 304 ");
	EXPECT(ask(&s, "GET", "/data.json", "If-None-Match: \"other\"\r\n"), "HTTP/1.1 200 ");

	a = ask(&s, "GET", "/data.json", "Range: bytes=2-5\r\nAccept-Encoding: br, gzip\r\n");
	EXPECT(a, "HTTP/1.1 206 Partial Content\r\n");
	EXPECT(a, "Content-Range: bytes 2-5/2000\r\n");
	EXPECT(a, "Content-Length: 4\r\n");
	EXPECT(a, "\r\n\r\n2345");
	assert_false(has(a, "Content-Encoding"));
	EXPECT(ask(&s, "GET", "/data.json", "Range: bytes=1998-\r\n"), "\r\n\r\n89");
	EXPECT(ask(&s, "GET", "/data.json", "Range: bytes=-3\r\n"), "\r\n\r\n789");
	a = ask(&s, "GET", "/data.json", "Range: bytes=2000-\r\n");
	EXPECT(a, "HTTP/1.1 416 ");
	EXPECT(a, "Content-Range: bytes */2000\r\n");
	EXPECT(ask(&s, "GET", "/data.json", "Range: bytes=0-1,3-4\r\n"), "HTTP/1.1 200 ");
	EXPECT(ask(&s, "GET", "/data.json", "Range: bytes=nonsense\r\n"), "HTTP/1.1 200 ");
	EXPECT(ask(&s, "HEAD", "/data.json", "Range: bytes=0-1\r\n"), "HTTP/1.1 200 ");
	snprintf(fields, sizeof fields, "Range: bytes=0-1\r\nIf-Range: %s\r\n", tag);
	EXPECT(ask(&s, "GET", "/data.json", fields), "HTTP/1.1 206 ");
	EXPECT(ask(&s, "GET", "/data.json", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n"), "HTTP/1.1 200 ");
	snprintf(fields, sizeof fields, "Range: bytes=0-1\r\nIf-None-Match: %s\r\n", tag);
	EXPECT(ask(&s, "GET", "/data.json", fields), "HTTP/1.1 304 ");
	site_end(&s);
}

/* A pack is ours, but a broken one must be said to be broken: every cut, and every byte of header and index changed. */
static void test_broken_packs(void **state)
{
	(void)state;
	struct static_files *f = NULL;
	static const unsigned char empty[] = "ZVPACK1\n\0\0\0\0\x10\0\0";
	assert_int_equal(static_files_open(&f, str_n(empty, 16)), ERR_OK);
	static_files_free(&f);
	size_t n = zvonok_assets_size;
	for (size_t cut = 0; cut < n; cut += cut < 600 ? 1 : 97) {
		unsigned char *p = split_exact(zvonok_assets, cut);
		assert_int_equal(static_files_open(&f, str_n(p, cut)), ERR_MALFORMED);
		free(p);
	}
	unsigned char *p = split_exact(zvonok_assets, n);
	for (size_t i = 0; i < 16 + 5 * 52; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1u << bit);
			if (static_files_open(&f, str_n(p, n)) == ERR_OK)
				static_files_free(&f); /* another file's bytes, a flag: no harm */
			p[i] ^= (unsigned char)(1u << bit);
		}
	free(p);
}

static void test_memory(void **state)
{
	(void)state;
	struct static_files *f = NULL;
	enum err e = ERR_NOMEM;
	uint64_t n = 1;
	for (; e == ERR_NOMEM; n++) {
		mem_fail_at(n, false);
		e = static_files_open(&f, str_n(zvonok_assets, zvonok_assets_size));
		mem_fail_at(0, false);
	}
	assert_int_equal(e, ERR_OK);
	assert_true(n > 5);
	static_files_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_broken_packs),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("codec_static", tests, NULL, NULL);
}
