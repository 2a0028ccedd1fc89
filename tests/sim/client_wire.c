/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's bytes: requests over HTTP, then WebSocket frames (RFC 6455) with permessage-deflate when the server takes it.
 */
#include "client.h"

#include "world.h"
#include <stdio.h>
#include <zlib.h>

static void send_frame(struct client *c, int opcode, const void *p, size_t n)
{
	unsigned char head[14] = {(unsigned char)(0x80 | opcode)}, mask[4];
	size_t at = 2;
	if (n < 126) {
		head[1] = (unsigned char)(0x80 | n);
	} else {
		CHECK(n < 65536);
		head[1] = 0x80 | 126;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)n;
		at = 4;
	}
	for (size_t i = 0; i < 4; i++)
		head[at + i] = mask[i] = (unsigned char)sim_random(256);
	struct bytes *b = bytes_alloc(at + 4 + n);
	memcpy(b->p, head, at + 4);
	for (size_t i = 0; i < n; i++)
		b->p[at + 4 + i] = (unsigned char)(((const unsigned char *)p)[i] ^ mask[i & 3]);
	wire_send(c->wire, b->p, b->n);
	bytes_unref(&b);
}

void client_say(struct client *c, const char *command, const char *params, struct pending what)
{
	struct buf b;
	what.id = c->next_id++;
	VEC_PUSH(&c->pending, what);
	buf_init(&b, 65536);
	buf_addf(&b, "{\"id\":%lld,\"command\":\"%s\",\"params\":%s}", (long long)what.id, command, params);
	send_frame(c, 1, b.p, b.n);
	buf_release(&b);
}

/* --- HTTP */

static const char *line_of(const struct client *c, const char *name, size_t *n_out)
{
	const char *at = memmem(c->in.p, c->in.n, name, strlen(name));
	if (!at)
		return NULL;
	at += strlen(name);
	const char *end = memmem(at, c->in.n - (size_t)(at - c->in.p), "\r\n", 2);
	*n_out = end ? (size_t)(end - at) : 0;
	return end ? at : NULL;
}

static void post(struct client *c, const char *command, const char *json)
{
	struct buf b;
	buf_init(&b, 65536);
	buf_addf(&b, "POST /api/v1/%s HTTP/1.1\r\nHost: sim.test\r\nContent-Type: application/json\r\nX-Zvonok: 1\r\nContent-Length: %zu\r\n\r\n%s",
		command, strlen(json), json);
	wire_send(c->wire, b.p, b.n);
	buf_release(&b);
}

static void ask_for_code(struct client *c)
{
	char json[80];
	c->state = CLIENT_CODE;
	snprintf(json, sizeof json, "{\"phone\":\"%s\"}", c->world->server.school->phone[c->person]);
	post(c, "code_request", json);
}

static void ask_for_socket(struct client *c)
{
	struct buf b;
	c->state = CLIENT_UPGRADE;
	c->deflates = false;
	buf_init(&b, 4096);
	buf_addf(&b, "GET /api/v1/socket HTTP/1.1\r\nHost: sim.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://sim.test\r\nCookie: zvonok=%s\r\n%s\r\n", c->token,
		c->deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n" : "");
	wire_send(c->wire, b.p, b.n);
	buf_release(&b);
}

static void signed_step(struct client *c, int status)
{
	size_t n;
	const char *at = line_of(c, "zvonok=", &n);
	if (status == 200 && c->state == CLIENT_CODE) {
		char json[100];
		snprintf(json, sizeof json, "{\"phone\":\"%s\",\"code\":\"%s\"}", c->world->server.school->phone[c->person],
			c->world->server.code[c->person]);
		c->state = CLIENT_SIGN_IN;
		post(c, "sign_in", json);
		return;
	}
	if (status == 200) {
		const char *end = at ? memchr(at, ';', n) : NULL;
		MUST(end && (size_t)(end - at) < sizeof c->token, "no cookie after sign_in");
		memcpy(c->token, at, (size_t)(end - at));
		c->token[end - at] = 0;
		c->state = CLIENT_DOWN;
		c->doomed = false;
		if (c->revoked_epoch == UINT64_MAX)
			c->revoked_epoch = c->epoch;
	} else {
		MUST(status == 429 || status == 503 || status == 507 || (status == 400 && c->world->scenario->jump), "sign_in: status %d", status);
		c->state = CLIENT_OUT;
	}
	struct wire *w = c->wire;
	c->wire = NULL;
	wire_cut(w);
	client_down(c);
}

static bool hear_http(struct client *c)
{
	const char *end = memmem(c->in.p, c->in.n, "\r\n\r\n", 4);
	if (!end)
		return false;
	int status = (c->in.p[9] - '0') * 100 + (c->in.p[10] - '0') * 10 + c->in.p[11] - '0';
	size_t head = (size_t)(end - c->in.p) + 4, n, body = 0;
	if (status == 101) {
		MUST(c->state == CLIENT_UPGRADE, "101 out of place");
		c->deflates = line_of(c, "Sec-WebSocket-Extensions:", &n) != NULL;
		c->state = CLIENT_WELCOME;
		buf_drop_front(&c->in, head);
		return true;
	}
	const char *length = line_of(c, "Content-Length: ", &n);
	int64_t value = 0;
	MUST(length && !str_to_i64(str_n(length, n), &value), "an answer without its length");
	body = (size_t)value;
	if (c->in.n < head + body)
		return false;
	MUST(c->state != CLIENT_UPGRADE, "the socket was refused with %d", status);
	signed_step(c, status); /* looks at the cookie in the head */
	if (c->wire)
		buf_drop_front(&c->in, head + body);
	return c->wire != NULL;
}

/* --- frames */

static void inflate_frame(struct client *c, const char *p, size_t n)
{
	struct buf out, in;
	z_stream z = {0};
	char part[16384];
	buf_init(&in, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	buf_add(&in, p, n);
	buf_add(&in, "\0\0\xff\xff", 4);
	CHECK(inflateInit2(&z, -15) == Z_OK);
	z.next_in = (unsigned char *)in.p;
	z.avail_in = (unsigned)in.n;
	do {
		z.next_out = (unsigned char *)part;
		z.avail_out = sizeof part;
		int e = inflate(&z, Z_SYNC_FLUSH);
		MUST(e == Z_OK || e == Z_BUF_ERROR || e == Z_STREAM_END, "a compressed frame is broken");
		buf_add(&out, part, sizeof part - z.avail_out);
	} while (z.avail_out == 0);
	inflateEnd(&z);
	client_hear(c, out.p, out.n);
	buf_release(&in);
	buf_release(&out);
}

static void hear_close(struct client *c, const unsigned char *p, size_t n)
{
	int code = n >= 2 ? p[0] << 8 | p[1] : 1005;
	MUST(code == 1008 || code == 1013 || code == 4401, "closed with %d", code);
	if (code == 1013)
		return;
	/* 4401 also when nobody ended the session: then only its age may have */
	MUST(c->doomed || c->world->scenario->far_future, "client %zu: closed with %d although its session lives", c->index, code);
	c->token[0] = 0;
}

static bool hear_frame(struct client *c)
{
	const unsigned char *p = (const unsigned char *)c->in.p;
	if (c->in.n < 2)
		return false;
	MUST(p[0] & 0x80 && !(p[1] & 0x80), "a server's frame is whole and unmasked");
	size_t n = p[1], at = 2;
	if (n >= 126) {
		size_t more = n == 126 ? 2 : 8;
		if (c->in.n < 2 + more)
			return false;
		n = 0;
		for (size_t i = 0; i < more; i++)
			n = n << 8 | p[at++];
	}
	if (c->in.n < at + n)
		return false;
	int opcode = p[0] & 15;
	bool compressed = p[0] & 0x40;
	MUST(!compressed || c->deflates, "compressed without agreement");
	struct bytes *b = bytes_new(p + at, n);
	buf_drop_front(&c->in, at + n);
	if (opcode == 1 && compressed)
		inflate_frame(c, (const char *)b->p, b->n);
	else if (opcode == 1)
		client_hear(c, (const char *)b->p, b->n);
	else if (opcode == 9)
		send_frame(c, 10, b->p, b->n);
	else if (opcode == 8)
		hear_close(c, b->p, b->n);
	else
		MUST(false, "opcode %d", opcode);
	bytes_unref(&b);
	return c->wire != NULL;
}

static void on_bytes(void *user, struct wire *w, const unsigned char *p, size_t n)
{
	struct client *c = user;
	CHECK(c->wire == w);
	buf_add(&c->in, p, n);
	while (c->wire == w && (c->state >= CLIENT_WELCOME && c->state <= CLIENT_ONLINE ? hear_frame(c) : hear_http(c)))
		;
}

static void on_closed(void *user, struct wire *w)
{
	struct client *c = user;
	CHECK(c->wire == w);
	c->wire = NULL;
	client_down(c);
}

void client_connect(struct client *c)
{
	static const struct wire_handler handler = {on_bytes, on_closed};
	buf_clear(&c->in);
	c->epoch = ++c->world->epochs;
	c->wire = server_connect(&c->world->server, &handler, c, c->epoch, c->address);
	if (c->token[0])
		ask_for_socket(c);
	else
		ask_for_code(c);
}
