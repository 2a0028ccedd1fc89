/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.1 as pure functions (RFC 9110, RFC 9112): no socket, no clock, no allocation. Strict wherever two parsers could
 * disagree (CL with TE, repeated CL, bare LF, obs-fold, space before colon, absolute-form mismatch): ERR_MALFORMED.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/str.h"

#define HTTP_HEAD_MAX 16384   /* request line and fields, bytes */
#define HTTP_TARGET_MAX 4096
#define HTTP_FIELDS_MAX 64

struct http_field { struct str name, value; }; /* value without surrounding white space */

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_head { /* everything borrowed from the parsed bytes */
	struct str method, target;
	struct str path, query;        /* of target, still percent-encoded; query without '?' */
	struct str host;               /* of Host or of an absolute-form target; never empty for 1.1 */
	int minor;                     /* HTTP/1.minor: 0 or 1 */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
	enum http_body body;
	uint64_t content_length;
	bool keep_alive, expect_continue, upgrade_websocket;
	int status;                    /* what an error is answered by: 400, 414, 417, 431, 501, 505 */
};

/* ERR_OK: *used_out bytes were the head. ERR_AGAIN: incomplete so far. ERR_TOO_LARGE (431 or 414), ERR_MALFORMED (400). */
enum err http_parse_head(struct str in, struct http_head *out, size_t *used_out) MUST_CHECK;
/* Value of the only field of that name (ASCII case does not matter); false when absent or repeated. */
bool http_field(const struct http_head *h, struct str name, struct str *value_out);
bool http_cookie(const struct http_head *h, struct str name, struct str *value_out);
/* Percent-decodes into out (same size suffices); refuses %00, bad hex and invalid UTF-8. */
enum err http_unescape(struct str in, char *out, size_t *n_out) MUST_CHECK;
/* Value of key in a query string, percent-decoded into out; ERR_NOT_FOUND. '+' is a space. */
enum err http_query_get(struct str query, struct str key, char *out, size_t cap, size_t *n_out) MUST_CHECK;

/* Chunked bodies (RFC 9112 7.1). Extensions up to 256 bytes a chunk are skipped, trailers up to 1024 bytes dropped. */
struct http_chunked { uint64_t left; uint64_t total; int state; unsigned extra; };
void http_chunked_init(struct http_chunked *c);
/* Looks at in; *used_out bytes of it are dealt with, *data_out (borrowed) is body data, possibly empty.
 * ERR_OK: call again with the rest; ERR_CLOSED: the body is complete; ERR_AGAIN: needs more; ERR_MALFORMED. */
enum err http_chunked_feed(struct http_chunked *c, struct str in, size_t *used_out, struct str *data_out) MUST_CHECK;

/* One byte range (RFC 9110 14.1.2) of a body of `size`. ERR_NOT_FOUND: no or several ranges, send all; ERR_MALFORMED:
 * ignore it; ERR_TOO_LARGE: 416. */
enum err http_parse_range(struct str value, uint64_t size, uint64_t *first_out, uint64_t *last_out) MUST_CHECK;
bool http_etag_matches(struct str if_none_match, struct str etag);
/* Accept-Encoding: does it take this coding with q > 0? */
bool http_accepts_encoding(struct str accept_encoding, struct str coding);
const char *http_reason(int status);

#endif
