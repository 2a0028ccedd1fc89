/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunked bodies (RFC 9112 7.1), one byte at a time outside of the data, so that a split anywhere changes nothing.
 * Stricter than the grammar in one thing: no white space around a chunk's size. Pure, any thread.
 */
#include "net/http.h"
#include "net/http_private.h"

#define SIZE_DIGITS_MAX 15 /* sixteen hexadecimal digits could reach the sign bit of somebody's integer */
#define EXTENSION_MAX 256
#define TRAILERS_MAX 1024

enum chunk_state {
	SIZE,         /* in the size; extra counts its digits */
	EXTENSION,    /* behind the size's ';'; extra counts bytes */
	SIZE_LF,      /* CR seen */
	DATA,
	DATA_CR,      /* the data is over */
	DATA_LF,
	LINE,         /* start of a trailer line, or of the end; extra counts bytes of all trailers from here on */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	DONE,
	BAD
};

void http_chunked_init(struct http_chunked *c)
{
	*c = (struct http_chunked){.state = SIZE};
}

static int hex_digit(unsigned char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool is_text(unsigned char ch) { return ch == '\t' || (ch >= 0x20 && ch != 0x7f); }

static int after_size(struct http_chunked *c, unsigned char ch)
{
	int digit = hex_digit(ch);
	if (digit >= 0) {
		if (++c->extra > SIZE_DIGITS_MAX)
			return BAD;
		c->left = c->left << 4 | (unsigned)digit;
		return SIZE;
	}
	if (c->extra == 0 || (ch != ';' && ch != '\r'))
		return BAD;
	c->extra = 0;
	return ch == ';' ? EXTENSION : SIZE_LF;
}

static int after_trailer(struct http_chunked *c, unsigned char ch)
{
	if (++c->extra > TRAILERS_MAX)
		return BAD;
	if (c->state == TRAILER_NAME)
		return ch == ':' ? TRAILER_VALUE : http_is_token_char(ch) ? TRAILER_NAME : BAD;
	return ch == '\r' ? TRAILER_LF : is_text(ch) ? TRAILER_VALUE : BAD;
}

/* The state after a byte that is not data. */
static int after(struct http_chunked *c, unsigned char ch)
{
	switch (c->state) {
	case SIZE:
		return after_size(c, ch);
	case EXTENSION:
		if (ch == '\r')
			return SIZE_LF;
		return ++c->extra > EXTENSION_MAX || !is_text(ch) ? BAD : EXTENSION;
	case SIZE_LF:
		c->extra = 0;
		return ch != '\n' ? BAD : c->left > 0 ? DATA : LINE;
	case DATA_CR:
		return ch == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		return ch == '\n' ? SIZE : BAD;
	case LINE:
		if (ch == '\r')
			return END_LF;
		c->extra++;
		return http_is_token_char(ch) && c->extra <= TRAILERS_MAX ? TRAILER_NAME : BAD;
	case TRAILER_NAME:
	case TRAILER_VALUE:
		return after_trailer(c, ch);
	case TRAILER_LF:
		return ch == '\n' ? LINE : BAD;
	case END_LF:
		return ch == '\n' ? DONE : BAD;
	default:
		return BAD;
	}
}

enum err http_chunked_feed(struct http_chunked *c, struct str in, size_t *used_out, struct str *data_out)
{
	*used_out = 0;
	*data_out = str_n(NULL, 0);
	for (size_t i = 0; c->state != DONE && c->state != BAD; i++) {
		*used_out = i;
		if (i == in.n)
			return ERR_AGAIN;
		if (c->state == DATA) {
			size_t n = c->left < in.n - i ? (size_t)c->left : in.n - i;
			*data_out = str_n(in.p + i, n);
			*used_out = i + n;
			c->left -= n;
			c->total += n;
			if (c->left == 0)
				c->state = DATA_CR;
			return ERR_OK;
		}
		c->state = after(c, (unsigned char)in.p[i]);
		*used_out = i + 1;
	}
	return c->state == DONE ? ERR_CLOSED : ERR_MALFORMED;
}
