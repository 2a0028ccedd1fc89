/* SPDX-License-Identifier: Apache-2.0
 *
 * See channel.h.
 */
#include "media/channel.h"

#include "media/wire.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 65536

/* --- framing --- */

enum err channel_parse(struct str in, struct channel_message *out, size_t *used_out)
{
	if (in.n < CHANNEL_HEAD)
		return ERR_AGAIN;
	const uint8_t *p = (const uint8_t *)in.p;
	size_t n = get_u32(p);
	if (n > CHANNEL_MESSAGE_MAX)
		return ERR_TOO_LARGE;
	if (p[4] > CHANNEL_RECORD)
		return ERR_MALFORMED;
	if (in.n - CHANNEL_HEAD < n)
		return ERR_AGAIN;
	*out = (struct channel_message){(enum channel_type)p[4], str_n(in.p + CHANNEL_HEAD, n)};
	*used_out = CHANNEL_HEAD + n;
	return ERR_OK;
}

static void write_head(uint8_t head[CHANNEL_HEAD], enum channel_type type, size_t n)
{
	set_u32(head, (uint32_t)n);
	head[4] = (uint8_t)type;
}

void channel_write(struct buf *out, enum channel_type type, struct str payload)
{
	uint8_t head[CHANNEL_HEAD];
	CHECK(payload.n <= CHANNEL_MESSAGE_MAX);
	write_head(head, type, payload.n);
	buf_add(out, head, sizeof head);
	buf_add_str(out, payload);
}

/* --- a socket --- */

void channel_init(struct channel *c, int fd)
{
	*c = (struct channel){.fd = fd};
	buf_init(&c->in, READ_BYTES + CHANNEL_HEAD + CHANNEL_MESSAGE_MAX);
	buf_init(&c->out, CHANNEL_QUEUE_MAX);
}

void channel_release(struct channel *c)
{
	for (unsigned i = 0; i < c->descriptor_count; i++)
		close(c->descriptors[i]);
	c->descriptor_count = 0;
	buf_release(&c->in);
	buf_release(&c->out);
}

static int take_descriptor(struct channel *c)
{
	if (c->descriptor_count == 0)
		return -1;
	int fd = c->descriptors[0];
	memmove(c->descriptors, c->descriptors + 1, --c->descriptor_count * sizeof *c->descriptors);
	return fd;
}

static enum err keep_descriptors(struct channel *c, struct msghdr *m)
{
	enum err e = m->msg_flags & MSG_CTRUNC ? ERR_MALFORMED : ERR_OK;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (c->descriptor_count == CHANNEL_DESCRIPTORS_MAX) {
				close(fd);
				e = ERR_MALFORMED;
			} else {
				c->descriptors[c->descriptor_count++] = fd;
			}
		}
	}
	return e;
}

static enum err give_out(struct channel *c, void (*on_message)(void *, const struct channel_message *, int), void *user)
{
	size_t at = 0;
	enum err e = ERR_OK;
	for (;;) {
		struct channel_message m;
		size_t used;
		e = channel_parse(str_n(c->in.p + at, c->in.n - at), &m, &used);
		if (e)
			break;
		int fd = m.type != CHANNEL_JSON ? take_descriptor(c) : -1;
		if (m.type != CHANNEL_JSON && fd < 0) {
			e = ERR_MALFORMED;
			break;
		}
		at += used;
		on_message(user, &m, fd);
	}
	buf_drop_front(&c->in, at);
	return e == ERR_AGAIN ? ERR_OK : e;
}

enum err channel_read(struct channel *c, void (*on_message)(void *, const struct channel_message *, int), void *user)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int) * CHANNEL_DESCRIPTORS_MAX)];
	for (;;) {
		enum err e = buf_reserve(&c->in, READ_BYTES);
		if (e)
			return e;
		struct iovec v = {c->in.p + c->in.n, READ_BYTES};
		struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
		ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? ERR_OK : errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
		if (n == 0)
			return ERR_CLOSED;
		c->in.n += (size_t)n;
		e = keep_descriptors(c, &m);
		if (!e)
			e = give_out(c, on_message, user);
		if (e)
			return e;
	}
}

enum err channel_flush(struct channel *c)
{
	size_t at = 0;
	enum err e = ERR_OK;
	while (at < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + at, c->out.n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			e = errno == EAGAIN ? ERR_OK : ERR_CLOSED;
			break;
		}
		at += (size_t)n;
	}
	buf_drop_front(&c->out, at);
	return e;
}

enum err channel_send(struct channel *c, enum channel_type type, struct str payload)
{
	if (payload.n > CHANNEL_MESSAGE_MAX)
		return ERR_TOO_LARGE;
	if (c->out.n + CHANNEL_HEAD + payload.n > CHANNEL_QUEUE_MAX)
		return ERR_BUSY;
	channel_write(&c->out, type, payload);
	return c->out.err ? ERR_BUSY : channel_flush(c);
}

enum err channel_send_fd(struct channel *c, enum channel_type type, struct str payload, int descriptor)
{
	uint8_t head[CHANNEL_HEAD];
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof descriptor)] = {0};
	enum err e = channel_flush(c);
	if (e)
		return e;
	if (c->out.n > 0)
		return ERR_BUSY;
	if (payload.n > CHANNEL_MESSAGE_MAX)
		return ERR_TOO_LARGE;
	write_head(head, type, payload.n);
	struct iovec v[2] = {{head, sizeof head}, {(void *)(uintptr_t)payload.p, payload.n}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof descriptor);
	memcpy(CMSG_DATA(h), &descriptor, sizeof descriptor);
	ssize_t n;
	do
		n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == ETOOMANYREFS ? ERR_BUSY : ERR_CLOSED;
	/* a part of so few bytes would be strange, but then the rest follows */
	struct buf rest;
	buf_init(&rest, CHANNEL_HEAD + CHANNEL_MESSAGE_MAX);
	buf_add(&rest, head, sizeof head);
	buf_add_str(&rest, payload);
	if (rest.n > (size_t)n)
		buf_add(&c->out, rest.p + n, rest.n - (size_t)n);
	buf_release(&rest);
	return channel_flush(c);
}
