/* SPDX-License-Identifier: Apache-2.0
 *
 * The slab of packets and its free list, last in first out so that what is taken is still in the cache. The process's thread.
 */
#include "media/packet.h"
#include "base/mem.h"

struct packets {
	/* owned */
	struct packet *all;
	/* state */
	struct packet *free;
	size_t count, left;
};

struct packets *packets_new(size_t count)
{
	CHECK(count > 0 && count < UINT32_MAX);
	struct packets *s = mem_alloc(sizeof *s);
	s->all = mem_alloc(count * sizeof *s->all);
	s->count = s->left = count;
	for (size_t i = count; i-- > 0;) {
		s->all[i].slot = (uint32_t)i;
		s->all[i].next = s->free;
		s->free = &s->all[i];
	}
	return s;
}

void packets_free(struct packets **all)
{
	struct packets *s = *all;
	if (!s)
		return;
	CHECK(s->left == s->count);
	mem_free(s->all);
	mem_free(s);
	*all = NULL;
}

struct packet *packet_take(struct packets *all)
{
	struct packet *p = all->free;
	if (!p)
		return NULL;
	all->free = p->next;
	all->left--;
	p->next = NULL;
	p->refs = 1;
	p->n = 0;
	return p;
}

void packet_ref(struct packet *p)
{
	CHECK(p->refs > 0);
	p->refs++;
}

void packet_unref(struct packets *all, struct packet *p)
{
	CHECK(p->refs > 0);
	if (--p->refs > 0)
		return;
	p->next = all->free;
	all->free = p;
	all->left++;
}

size_t packets_left(const struct packets *all) { return all->left; }

struct packet *packet_at(struct packets *all, uint32_t slot)
{
	CHECK(slot < all->count);
	return &all->all[slot];
}

enum datagram datagram_kind(const uint8_t *p, size_t n)
{
	if (n < 2)
		return DATAGRAM_JUNK;
	if (p[0] <= 3)
		return DATAGRAM_STUN;
	if (p[0] >= 20 && p[0] <= 63)
		return DATAGRAM_DTLS;
	if (p[0] < 128 || p[0] > 191)
		return DATAGRAM_JUNK;
	return p[1] >= 192 && p[1] <= 223 ? DATAGRAM_RTCP : DATAGRAM_RTP;
}
