/* SPDX-License-Identifier: Apache-2.0
 *
 * permessage-deflate (RFC 7692) without context take-over on either side: every message begins with an empty window. So
 * a socket holds no compression state at all; each thread has one inflating and one deflating stream for all of its
 * sockets. Any thread.
 */
#include "net/ws.h"
#include "net/ws_private.h"
#include "base/mem.h"
#include <pthread.h>
#include <zlib.h>

#define WINDOW_BITS (-15) /* raw DEFLATE, 32 KiB */

/* --- one pair of streams a thread, made when first needed */

struct codec {
	/* owned */
	z_stream inflater, deflater;
	struct buf inflated;
	/* state */
	bool inflater_ready, deflater_ready;
};

static _Thread_local struct codec *this_codec;
static pthread_key_t codec_key;
static pthread_once_t codec_once = PTHREAD_ONCE_INIT;

static void codec_free(void *p)
{
	struct codec *c = p;
	if (c->inflater_ready)
		inflateEnd(&c->inflater);
	if (c->deflater_ready)
		deflateEnd(&c->deflater);
	buf_release(&c->inflated);
	mem_free(c);
}

static void make_key(void)
{
	if (pthread_key_create(&codec_key, codec_free) != 0)
		BUG("no thread key for the compression streams");
}

static void *zlib_alloc(void *opaque, unsigned items, unsigned size)
{
	(void)opaque;
	return mem_try_alloc((size_t)items * size);
}

static void zlib_free(void *opaque, void *p)
{
	(void)opaque;
	mem_free(p);
}

static struct codec *codec_of_thread(void)
{
	if (this_codec)
		return this_codec;
	pthread_once(&codec_once, make_key);
	struct codec *c = mem_try_alloc(sizeof *c);
	if (!c)
		return NULL;
	c->inflater = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
	c->deflater = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
	buf_init(&c->inflated, 0);
	pthread_setspecific(codec_key, c); /* should it fail, a thread that ends leaks one codec */
	return this_codec = c;
}

/* --- negotiation (RFC 7692 5, 7.1) */

static struct str unquote(struct str s)
{
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_n(s.p + 1, s.n - 2) : s;
}

/* Can this offer (its parameters, without the name) be met? A parameter that is unknown, repeated or malformed declines
 * the whole offer. A smaller window for us would need another stream, so only 15 bits are taken. */
static bool offer_acceptable(struct str params, bool *window_asked_out)
{
	bool seen[4] = {false};
	static const char *const names[4] = {
		"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"};
	while (params.n > 0) {
		struct str value = str_cut(&params, ';');
		size_t at;
		bool has_value = str_find(value, '=', &at);
		struct str name = str_trim_ascii(str_cut(&value, '='));
		value = unquote(str_trim_ascii(value));
		size_t i = 0;
		while (i < 4 && !str_ieq_ascii(name, str_of(names[i])))
			i++;
		if (i == 4 || seen[i])
			return false;
		seen[i] = true;
		int64_t bits = 15;
		if (i < 2 ? has_value : i == 2 && !has_value)
			return false;
		if (has_value && (value.n == 0 || value.n > 2 || value.p[0] == '0' || str_to_i64(value, &bits) || bits < 8 || bits > 15))
			return false;
		if (i == 2 && bits != 15)
			return false;
	}
	*window_asked_out = seen[2];
	return true;
}

struct str ws_deflate_negotiate(struct str offers)
{
	while (offers.n > 0) {
		struct str params = str_cut(&offers, ',');
		bool window_asked;
		if (!str_ieq_ascii(str_trim_ascii(str_cut(&params, ';')), STR("permessage-deflate")) ||
		    !offer_acceptable(params, &window_asked))
			continue;
		return window_asked ? STR("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
					  "server_max_window_bits=15")
				    : STR("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
	}
	return str_n(NULL, 0);
}

/* --- inflating */

/* Everything that `in` gives goes to c->inflated. *ended_out: a last block ended exactly where `in` does. */
static enum err inflate_into(struct codec *c, const unsigned char *in, size_t n, size_t limit, bool *ended_out)
{
	z_stream *z = &c->inflater;
	struct buf *out = &c->inflated;
	*ended_out = false;
	z->next_in = (unsigned char *)in;
	z->avail_in = (unsigned)n;
	for (;;) {
		unsigned char probe; /* at the limit: would there be one byte more? */
		size_t room = (out->cap < limit ? out->cap : limit) - out->n;
		if (room == 0 && out->n < limit) {
			if (buf_reserve(out, 1) != ERR_OK)
				return ERR_NOMEM;
			continue;
		}
		z->next_out = room > 0 ? (unsigned char *)out->p + out->n : &probe;
		z->avail_out = room > 0 ? (unsigned)room : 1;
		unsigned before = z->avail_out;
		int rc = inflate(z, Z_SYNC_FLUSH);
		unsigned made = before - z->avail_out;
		if (room == 0 && made > 0)
			return ERR_TOO_LARGE;
		out->n += made;
		if (rc == Z_STREAM_END) { /* RFC 7692 7.2.3.4: a last block is allowed, and more may follow it */
			inflateReset(z);
			if (z->avail_in > 0)
				continue;
			*ended_out = true;
			return ERR_OK;
		}
		if (rc == Z_BUF_ERROR || (rc == Z_OK && z->avail_in == 0 && z->avail_out > 0))
			return ERR_OK;
		if (rc != Z_OK)
			return rc == Z_MEM_ERROR ? ERR_NOMEM : ERR_MALFORMED;
	}
}

enum err ws_inflate(struct str in, size_t limit, struct str *out)
{
	static const unsigned char tail[4] = {0, 0, 0xff, 0xff}; /* RFC 7692 7.2.2: the sender cut it off */
	struct codec *c = codec_of_thread();
	if (!c || in.n > UINT32_MAX)
		return ERR_NOMEM;
	if (!c->inflater_ready && inflateInit2(&c->inflater, WINDOW_BITS) != Z_OK)
		return ERR_NOMEM;
	c->inflater_ready = true;
	inflateReset(&c->inflater);
	buf_clear(&c->inflated);
	c->inflated.limit = limit > c->inflated.cap ? limit : c->inflated.cap;
	bool ended;
	enum err e = inflate_into(c, (const unsigned char *)in.p, in.n, limit, &ended);
	if (!e && !ended) {
		e = inflate_into(c, tail, sizeof tail, limit, &ended);
		if (!e && !ended && !(c->inflater.data_type & 128))
			e = ERR_MALFORMED; /* it stopped within a block */
	}
	*out = buf_str(&c->inflated);
	return e;
}

/* --- deflating */

/* Bytes in out, which has room for cap; 0: it does not fit, or there is no memory. */
static size_t deflate_message(struct str in, unsigned char *out, size_t cap)
{
	struct codec *c = codec_of_thread();
	if (!c)
		return 0;
	z_stream *z = &c->deflater;
	if (!c->deflater_ready && deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	c->deflater_ready = true;
	deflateReset(z);
	z->next_in = (unsigned char *)in.p;
	z->avail_in = (unsigned)in.n;
	z->next_out = out;
	z->avail_out = (unsigned)cap;
	if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_in > 0 || z->avail_out == 0)
		return 0;
	return cap - z->avail_out - 4; /* without 00 00 ff ff, which every flush ends with */
}

struct bytes *ws_frame_deflated(enum ws_opcode op, struct str payload)
{
	if (payload.n == 0 || payload.n > UINT32_MAX - 8)
		return NULL;
	size_t cap = payload.n + 4; /* to be smaller it needs payload - 1 bytes, the tail, and one that proves the end */
	unsigned char *packed = mem_try_alloc(cap);
	if (!packed)
		return NULL;
	size_t n = deflate_message(payload, packed, cap);
	struct bytes *b = n > 0 ? bytes_try_alloc(ws_head_size(n) + n) : NULL;
	if (b) {
		size_t head = ws_put_head(b->p, op, n, true);
		memcpy(b->p + head, packed, n);
	}
	mem_free(packed);
	return b;
}
