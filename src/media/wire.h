/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in network order: a reader that never leaves its bytes, and unchecked loads and stores for places whose size is known.
 * Pure, any thread.
 */
#ifndef MEDIA_WIRE_H
#define MEDIA_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t get_u24(const uint8_t *p) { return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]; }
static inline uint32_t get_u32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
static inline uint64_t get_u64(const uint8_t *p) { return (uint64_t)get_u32(p) << 32 | get_u32(p + 4); }

static inline void set_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void set_u24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}

static inline void set_u32(uint8_t *p, uint32_t v)
{
	set_u16(p, (uint16_t)(v >> 16));
	set_u16(p + 2, (uint16_t)v);
}

static inline void set_u64(uint8_t *p, uint64_t v)
{
	set_u32(p, (uint32_t)(v >> 32));
	set_u32(p + 4, (uint32_t)v);
}

/* Reads from the front. What lies beyond the end reads as 0 (NULL) and sets `bad`, which stays set; nothing is left then. */
struct reader {
	/* borrowed */
	const uint8_t *p;
	/* state */
	size_t n;  /* bytes left */
	bool bad;
};

static inline struct reader reader_of(const void *p, size_t n) { return (struct reader){.p = p, .n = n}; }

/* The next n bytes, or NULL. n = 0 gives a pointer that must not be read. */
static inline const uint8_t *read_bytes(struct reader *r, size_t n)
{
	if (r->bad || n > r->n) {
		r->bad = true;
		r->n = 0; /* a loop over what is left ends */
		return NULL;
	}
	const uint8_t *at = r->p;
	if (n > 0) { /* p may be NULL when there is nothing */
		r->p += n;
		r->n -= n;
	}
	return at;
}

static inline uint8_t read_u8(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 1);
	return p ? *p : 0;
}

static inline uint16_t read_u16(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 2);
	return p ? get_u16(p) : 0;
}

static inline uint32_t read_u24(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 3);
	return p ? get_u24(p) : 0;
}

static inline uint32_t read_u32(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 4);
	return p ? get_u32(p) : 0;
}

static inline uint64_t read_u64(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 8);
	return p ? get_u64(p) : 0;
}

#endif
