/* SPDX-License-Identifier: Apache-2.0
 *
 * The packed client: an index over bytes, made once at the start and only read afterwards, so any thread may answer from
 * it. The layout of the pack is described in tools/pack_assets.py.
 */
#include "net/static_files.h"
#include "base/mem.h"

#define HEADER_SIZE 16
#define ENTRY_SIZE 52
#define FLAG_IMMUTABLE 1u
#define FILES_MAX 65536
#define PATH_MAX_BYTES 1024
#define TAG_MAX 80

enum form { FORM_IDENTITY, FORM_GZIP, FORM_BROTLI, FORM_COUNT };

static const char *const form_names[FORM_COUNT] = {"", "gzip", "br"};

struct file {
	/* owned */
	struct bytes *forms[FORM_COUNT]; /* NULL: the pack has none, identity is always there */
	/* borrowed from the pack */
	struct str path, type, tag;
	/* state */
	bool immutable;
};

struct static_files {
	/* owned */
	struct file *files; /* ascending by path */
	size_t count;
};

/* --- reading the pack */

static uint32_t get_u32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool get_span(struct str pack, const char *entry, struct str *out)
{
	uint32_t at = get_u32(entry), n = get_u32(entry + 4);
	if (at > pack.n || n > pack.n - at)
		return false;
	*out = str_n(pack.p + at, n);
	return true;
}

static bool is_field_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}

static enum err read_file(struct str pack, const char *entry, struct file *f)
{
	if (!get_span(pack, entry, &f->path) || !get_span(pack, entry + 8, &f->type) || !get_span(pack, entry + 16, &f->tag) ||
	    f->path.n == 0 || f->path.n > PATH_MAX_BYTES || f->path.p[0] != '/' || !is_field_text(f->type) ||
	    !is_field_text(f->tag) || f->tag.n > TAG_MAX)
		return ERR_MALFORMED;
	uint32_t flags = get_u32(entry + 24);
	f->immutable = flags & FLAG_IMMUTABLE;
	for (int i = 0; i < FORM_COUNT; i++) {
		struct str data;
		if (!get_span(pack, entry + 28 + 8 * i, &data))
			return ERR_MALFORMED;
		if (i != FORM_IDENTITY && data.n == 0)
			continue;
		/* A copy, because what is sent is counted references, and a slow reader must not cost a copy each. */
		f->forms[i] = bytes_try_alloc(data.n);
		if (!f->forms[i])
			return ERR_NOMEM;
		if (data.n > 0)
			memcpy(f->forms[i]->p, data.p, data.n);
	}
	return ERR_OK;
}

enum err static_files_open(struct static_files **out, struct str pack)
{
	if (pack.n < HEADER_SIZE || memcmp(pack.p, "ZVPACK1\n", 8) != 0 || get_u32(pack.p + 12) != pack.n)
		return ERR_MALFORMED;
	uint32_t count = get_u32(pack.p + 8);
	if (count > FILES_MAX || (pack.n - HEADER_SIZE) / ENTRY_SIZE < count)
		return ERR_MALFORMED;
	struct static_files *s = mem_try_alloc(sizeof *s);
	if (!s)
		return ERR_NOMEM;
	s->files = mem_try_alloc(count * sizeof *s->files);
	enum err e = s->files ? ERR_OK : ERR_NOMEM;
	for (uint32_t i = 0; i < count && !e; i++) {
		s->count = i + 1;
		e = read_file(pack, pack.p + HEADER_SIZE + (size_t)i * ENTRY_SIZE, &s->files[i]);
		if (!e && i > 0 && str_cmp(s->files[i - 1].path, s->files[i].path) >= 0)
			e = ERR_MALFORMED; /* the search relies on it */
	}
	if (e)
		static_files_free(&s);
	else
		*out = s;
	return e;
}

void static_files_free(struct static_files **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->count; i++)
		for (int form = 0; form < FORM_COUNT; form++)
			bytes_unref(&(*s)->files[i].forms[form]);
	mem_free((*s)->files);
	mem_free(*s);
	*s = NULL;
}

static const struct file *file_find(const struct static_files *s, struct str path)
{
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(path, s->files[middle].path);
		if (order == 0)
			return &s->files[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- answering */

/* A strong tag names bytes, so each form has its own (RFC 9110 8.8.1): "hash", "hash-gzip", "hash-br". */
static struct str form_tag(const struct file *f, enum form form, char *out, size_t cap)
{
	struct buf b = {.p = out, .cap = cap, .limit = cap};
	buf_add_c(&b, '"');
	buf_add_str(&b, f->tag);
	if (form != FORM_IDENTITY) {
		buf_add_c(&b, '-');
		buf_add_str(&b, str_of(form_names[form]));
	}
	buf_add_c(&b, '"');
	return buf_str(&b);
}

static enum form choose_form(const struct file *f, const struct http_head *h)
{
	struct str accept;
	if (!http_field(h, STR("Accept-Encoding"), &accept))
		return FORM_IDENTITY;
	for (enum form form = FORM_BROTLI; form > FORM_IDENTITY; form--)
		if (f->forms[form] && http_accepts_encoding(accept, str_of(form_names[form])))
			return form;
	return FORM_IDENTITY;
}

/* 200: no range to honour; 206: *first .. *last; 416. */
static int choose_range(const struct file *f, const struct http_head *h, uint64_t *first, uint64_t *last)
{
	struct str value;
	char space[TAG_MAX + 16];
	if (!str_eq(h->method, STR("GET")) || !http_field(h, STR("Range"), &value))
		return 200;
	enum err e = http_parse_range(value, f->forms[FORM_IDENTITY]->n, first, last);
	struct str condition; /* RFC 9110 13.1.5: the strong comparison; a date is never ours */
	if (http_field(h, STR("If-Range"), &condition) && !str_eq(condition, form_tag(f, FORM_IDENTITY, space, sizeof space)))
		return 200;
	return e == ERR_OK ? 206 : e == ERR_TOO_LARGE ? 416 : 200;
}

static void add_fields(struct buf *b, const struct file *f, enum form form, struct str tag)
{
	buf_add_str(b, STR("ETag: "));
	buf_add_str(b, tag);
	buf_add_str(b, f->immutable ? STR("\r\nCache-Control: public, max-age=31536000, immutable") : STR("\r\nCache-Control: no-cache"));
	buf_add_str(b, STR("\r\nVary: Accept-Encoding\r\nAccept-Ranges: bytes\r\n"));
	if (form != FORM_IDENTITY)
		buf_addf(b, "Content-Encoding: %s\r\n", form_names[form]);
}

static void send_file(const struct file *f, struct http_request *r, struct buf *fields)
{
	char space[TAG_MAX + 16];
	struct str condition;
	uint64_t first = 0, last = 0, size = f->forms[FORM_IDENTITY]->n;
	int status = choose_range(f, r->head, &first, &last);
	enum form form = status == 200 ? choose_form(f, r->head) : FORM_IDENTITY;
	struct str tag = form_tag(f, form, space, sizeof space);
	if (http_field(r->head, STR("If-None-Match"), &condition) && http_etag_matches(condition, tag))
		status = 304; /* goes before the range (RFC 9110 13.2.2) */
	add_fields(fields, f, status == 304 ? FORM_IDENTITY : form, tag);
	if (status == 206)
		buf_addf(fields, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)first, (unsigned long long)last,
			(unsigned long long)size);
	else if (status == 416)
		buf_addf(fields, "Content-Range: bytes */%llu\r\n", (unsigned long long)size);
	if (fields->err)
		http_respond(r, 503, STR(""), STR(""), STR(""));
	else if (status == 206)
		http_respond(r, status, f->type, buf_str(fields), str_n(f->forms[form]->p + first, (size_t)(last - first + 1)));
	else if (status == 200)
		http_respond_bytes(r, status, f->type, buf_str(fields), f->forms[form]);
	else
		http_respond(r, status, STR(""), buf_str(fields), STR(""));
}

bool static_files_respond(const struct static_files *s, struct http_request *r, struct str path, struct str extra)
{
	const struct file *f = file_find(s, path);
	if (!f)
		return false;
	struct buf fields;
	buf_init(&fields, extra.n + 512);
	buf_add_str(&fields, extra);
	if (str_eq(r->head->method, STR("GET")) || str_eq(r->head->method, STR("HEAD"))) {
		send_file(f, r, &fields);
	} else {
		buf_add_str(&fields, STR("Allow: GET, HEAD\r\n"));
		http_respond(r, 405, STR(""), fields.err ? STR("") : buf_str(&fields), STR(""));
	}
	buf_release(&fields);
	return true;
}
