/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket frames (RFC 6455), server side. A reader belongs to one socket and its thread; the rest is pure.
 */
#include "net/ws.h"
#include "net/ws_private.h"
#include "base/utf8.h"
#include <openssl/evp.h>
#include <openssl/sha.h>

#define CONTROL_MAX 125

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

enum err ws_accept_key(struct str key, char out[29])
{
	/* 16 bytes are 21 digits of base64, one whose last four bits are zero, and two '='. */
	if (key.n != 24 || key.p[22] != '=' || key.p[23] != '=' || !memchr("AQgw", key.p[21], 4))
		return ERR_MALFORMED;
	for (size_t i = 0; i < 21; i++)
		if (!is_base64(key.p[i]))
			return ERR_MALFORMED;
	char text[24 + 36];
	memcpy(text, key.p, 24);
	memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
	unsigned char digest[SHA_DIGEST_LENGTH];
	SHA1((const unsigned char *)text, sizeof text, digest);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
	return ERR_OK;
}

size_t ws_head_size(uint64_t payload)
{
	return payload < 126 ? 2 : payload <= 0xffff ? 4 : 10;
}

size_t ws_put_head(unsigned char out[10], enum ws_opcode op, uint64_t payload, bool compressed)
{
	out[0] = (unsigned char)(0x80 | (compressed ? 0x40 : 0) | op);
	if (payload < 126) {
		out[1] = (unsigned char)payload;
		return 2;
	}
	size_t size = payload <= 0xffff ? 2 : 8;
	out[1] = size == 2 ? 126 : 127;
	for (size_t i = 0; i < size; i++)
		out[2 + i] = (unsigned char)(payload >> 8 * (size - 1 - i));
	return 2 + size;
}

struct bytes *ws_frame(enum ws_opcode op, struct str payload)
{
	struct bytes *b = bytes_alloc(ws_head_size(payload.n) + payload.n);
	size_t head = ws_put_head(b->p, op, payload.n, false);
	if (payload.n > 0)
		memcpy(b->p + head, payload.p, payload.n);
	return b;
}

struct bytes *ws_close_frame(uint16_t code, struct str reason)
{
	unsigned char payload[CONTROL_MAX];
	if (code == 0 || code == 1005)
		return ws_frame(WS_CLOSE, str_n(NULL, 0));
	if (reason.n > sizeof payload - 2) {
		reason.n = sizeof payload - 2;
		while (reason.n > 0 && ((unsigned char)reason.p[reason.n] & 0xc0) == 0x80)
			reason.n--; /* the first byte cut off continues a character: cut all of it */
	}
	payload[0] = (unsigned char)(code >> 8);
	payload[1] = (unsigned char)code;
	if (reason.n > 0)
		memcpy(payload + 2, reason.p, reason.n);
	return ws_frame(WS_CLOSE, str_n(payload, 2 + reason.n));
}

void ws_reader_init(struct ws_reader *r, size_t limit, bool deflate_allowed)
{
	*r = (struct ws_reader){.limit = limit, .deflate_allowed = deflate_allowed};
	buf_init(&r->message, limit);
}

void ws_reader_release(struct ws_reader *r)
{
	buf_release(&r->message);
	ws_reader_init(r, r->limit, r->deflate_allowed);
}

struct frame {
	unsigned char op;
	bool fin, compressed;
	uint64_t size;
	size_t head; /* bytes before the payload */
	const unsigned char *mask;
};

static bool is_control(const struct frame *f) { return f->op >= WS_CLOSE; }

/* RFC 6455 5.2, 5.4, 5.5 and RFC 7692 6: what may come now. One byte is enough to know. */
static enum err read_first_byte(const struct ws_reader *r, unsigned char b, struct frame *f)
{
	f->fin = b & 0x80;
	f->compressed = b & 0x40;
	f->op = b & 0x0f;
	if (b & 0x30)
		return ERR_MALFORMED;
	switch (f->op) {
	case WS_CONT:
		return r->opcode == 0 || f->compressed ? ERR_MALFORMED : ERR_OK;
	case WS_TEXT:
	case WS_BINARY:
		return r->opcode != 0 || (f->compressed && !r->deflate_allowed) ? ERR_MALFORMED : ERR_OK;
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return !f->fin || f->compressed ? ERR_MALFORMED : ERR_OK;
	default:
		return ERR_MALFORMED;
	}
}

static enum err read_head(const struct ws_reader *r, const unsigned char *p, size_t n, struct frame *f)
{
	if (n < 1)
		return ERR_AGAIN;
	enum err e = read_first_byte(r, p[0], f);
	if (e)
		return e;
	if (n < 2)
		return ERR_AGAIN;
	if (!(p[1] & 0x80))
		return ERR_MALFORMED; /* 5.1: a client masks */
	unsigned short_size = p[1] & 0x7f;
	if (short_size > CONTROL_MAX && is_control(f))
		return ERR_MALFORMED;
	size_t more = short_size < 126 ? 0 : short_size == 126 ? 2 : 8;
	f->size = short_size;
	f->head = 2 + more + 4;
	if (more > 0) {
		if (n < 2 + more)
			return ERR_AGAIN;
		f->size = 0;
		for (size_t i = 0; i < more; i++)
			f->size = f->size << 8 | p[2 + i];
		if (f->size < (more == 2 ? 126 : 0x10000) || f->size >> 63)
			return ERR_MALFORMED; /* 5.2: the shortest form, the highest bit zero */
	}
	if (!is_control(f) && f->size > r->limit - r->message.n)
		return ERR_TOO_LARGE;
	if (n < f->head)
		return ERR_AGAIN;
	f->mask = p + f->head - 4;
	return ERR_OK;
}

/* Four bytes at a time by memcpy, which the compiler widens further. */
static void unmask(unsigned char *p, size_t n, const unsigned char mask[4])
{
	uint64_t wide, key;
	unsigned char m[8];
	memcpy(m, mask, 4);
	memcpy(m + 4, mask, 4);
	memcpy(&key, m, 8);
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		memcpy(&wide, p + i, 8);
		wide ^= key;
		memcpy(p + i, &wide, 8);
	}
	for (; i < n; i++)
		p[i] ^= m[i & 7];
}

static bool is_close_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static enum err take_control(struct ws_reader *r, const struct frame *f, struct str payload, struct ws_event *out)
{
	*out = (struct ws_event){.op = f->op, .payload = payload, .close_code = 1005};
	if (f->op != WS_CLOSE)
		return ERR_OK;
	if (payload.n == 1)
		return ERR_MALFORMED;
	r->closed = true;
	if (payload.n == 0)
		return ERR_OK;
	out->close_code = (uint16_t)((unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1]);
	out->payload = str_n(payload.p + 2, payload.n - 2);
	if (!is_close_code(out->close_code))
		return ERR_MALFORMED;
	return utf8_valid(out->payload) ? ERR_OK : ERR_REFUSED;
}

/* A frame of a message, whole and unmasked. ERR_AGAIN: a fragment was kept. */
static enum err take_data(struct ws_reader *r, const struct frame *f, struct str payload, struct ws_event *out)
{
	if (f->op != WS_CONT) {
		r->opcode = f->op;
		r->compressed = f->compressed;
		r->utf8 = 0;
	}
	bool check = r->opcode == WS_TEXT && !r->compressed;
	if (check) {
		r->utf8 = utf8_feed(r->utf8, (const unsigned char *)payload.p, payload.n);
		if (r->utf8 == UTF8_BAD || (f->fin && r->utf8 != 0))
			return ERR_REFUSED;
	}
	if (!f->fin || f->op == WS_CONT) {
		buf_add_str(&r->message, payload);
		if (r->message.err)
			return r->message.err;
		payload = buf_str(&r->message);
	}
	if (!f->fin)
		return ERR_AGAIN;
	*out = (struct ws_event){.op = r->opcode, .payload = payload};
	r->opcode = 0; /* the buffer stays until the next call: the event borrows it */
	if (!r->compressed)
		return ERR_OK;
	enum err e = ws_inflate(payload, r->limit, &out->payload);
	if (!e && out->op == WS_TEXT && !utf8_valid(out->payload))
		return ERR_REFUSED;
	return e;
}

enum err ws_read(struct ws_reader *r, unsigned char *p, size_t n, size_t *used_out, struct ws_event *out)
{
	struct frame f = {0};
	*used_out = 0;
	if (r->closed) { /* 5.5.1: nothing that comes behind a close frame, or behind an error, has a meaning */
		*used_out = n;
		return ERR_AGAIN;
	}
	if (r->opcode == 0)
		buf_release(&r->message); /* the last event borrowed it */
	enum err e = read_head(r, p, n, &f);
	if (!e && n - f.head < f.size)
		return ERR_AGAIN;
	if (!e) {
		unsigned char mask[4];
		memcpy(mask, f.mask, 4);
		unmask(p + f.head, (size_t)f.size, mask);
		struct str payload = str_n(p + f.head, (size_t)f.size);
		*used_out = f.head + (size_t)f.size;
		e = is_control(&f) ? take_control(r, &f, payload, out) : take_data(r, &f, payload, out);
	}
	if (e && e != ERR_AGAIN)
		r->closed = true;
	return e;
}
