/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN (RFC 8489) as far as an ICE-lite agent needs it (RFC 8445): reads binding requests, judges them, verifies them, answers them. A general
 * writer besides, because answers and the tests' requests are made of the same attributes. Pure functions, any thread.
 *
 * The way of a request: stun_parse; stun_judge (400, 420, 487); look up `ours`; stun_verify with our password (401); stun_write_success.
 * What is no STUN, an indication or an answer gets no answer. No answer is longer than its request, before that was verified.
 */
#ifndef MEDIA_STUN_H
#define MEDIA_STUN_H

#include "base/str.h"
#include "media/limits.h"
#include <sys/socket.h>

enum {
	STUN_BINDING_REQUEST = 0x0001,
	STUN_BINDING_INDICATION = 0x0011,
	STUN_BINDING_SUCCESS = 0x0101,
	STUN_BINDING_ERROR = 0x0111
};

enum stun_attribute {
	STUN_USERNAME = 0x0006,
	STUN_MESSAGE_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_UNKNOWN_ATTRIBUTES = 0x000a,
	STUN_XOR_MAPPED_ADDRESS = 0x0020,
	STUN_PRIORITY = 0x0024,
	STUN_USE_CANDIDATE = 0x0025,
	STUN_NOMINATION = 0x0030,     /* of Chrome since 2025; in the range of what must be understood */
	STUN_FINGERPRINT = 0x8028,
	STUN_ICE_CONTROLLED = 0x8029,
	STUN_ICE_CONTROLLING = 0x802a,
	STUN_NOMINATION_OLD = 0xc001
};

struct stun {
	uint16_t type;            /* STUN_BINDING_REQUEST, ... */
	uint8_t transaction[12];
	/* borrowed from the message; all but FINGERPRINT from before MESSAGE-INTEGRITY only */
	struct str username;      /* "ours:theirs", empty when absent */
	struct str ours, theirs;  /* both empty without a ':' */
	/* state */
	bool has_priority, has_fingerprint, has_integrity, use_candidate, controlling, controlled, has_nomination;
	uint32_t priority, nomination;
	uint64_t tie_breaker;
	uint16_t unknown[4];      /* the first attributes below 0x8000 that nobody knows, 0: no more */
	uint16_t error_code;      /* of an answer, 0: none */
	size_t integrity_at;      /* place of MESSAGE-INTEGRITY's head */
	struct sockaddr_storage mapped; /* XOR-MAPPED-ADDRESS of an answer; ss_family 0: none */
};

/* ERR_MALFORMED: no STUN (magic cookie, lengths, a binding's type), an attribute of a wrong size, a wrong FINGERPRINT. ERR_TOO_LARGE: beyond STUN_MAX,
 * STUN_ATTRIBUTES_MAX or STUN_USERNAME_MAX. *out is then undefined. */
enum err stun_parse(const uint8_t *p, size_t n, struct stun *out) MUST_CHECK;

/* What is wrong with a binding request before its password is asked: 0 nothing; 400 no FINGERPRINT, PRIORITY, USERNAME with a ':', or MESSAGE-INTEGRITY; 420 an
 * unknown attribute that must be understood; 487 its sender thinks that we are the controlling side. */
int stun_judge(const struct stun *m);

/* Is MESSAGE-INTEGRITY made with this password? p and n as stun_parse had them. false without one. */
bool stun_verify(const struct stun *m, const uint8_t *p, size_t n, struct str password);

/* Whole answers; the bytes written, or 0 when cap is too small (STUN_ANSWER_MAX is enough). peer: AF_INET or AF_INET6; an IPv4 address mapped into IPv6 is told as IPv4.
 * An error is not signed when the password is empty (400 and 401 are never, RFC 8489 9.1.3). An answer to what was not verified is written with the request's size as cap:
 * so it is never longer, and what asks for more than it is worth gets none. */
enum { STUN_ANSWER_MAX = 96 };
size_t stun_write_success(uint8_t *out, size_t cap, const struct stun *request, const struct sockaddr *peer, struct str password);
size_t stun_write_error(uint8_t *out, size_t cap, const struct stun *request, int code, struct str password);

/* The writer: begin, attributes, then integrity (when there is a password), then fingerprint. After the first failure it does nothing, and end gives 0. */
struct stun_writer {
	/* borrowed */
	uint8_t *p;
	/* state */
	size_t n, cap;
	bool bad;
};

void stun_begin(struct stun_writer *w, uint8_t *out, size_t cap, uint16_t type, const uint8_t transaction[12]);
void stun_add(struct stun_writer *w, uint16_t attribute, const void *data, size_t n);
void stun_add_u32(struct stun_writer *w, uint16_t attribute, uint32_t v);
void stun_add_u64(struct stun_writer *w, uint16_t attribute, uint64_t v);
void stun_add_address(struct stun_writer *w, const struct sockaddr *a);   /* XOR-MAPPED-ADDRESS */
void stun_add_integrity(struct stun_writer *w, struct str password);
size_t stun_end(struct stun_writer *w);                                   /* adds FINGERPRINT; the message's bytes */

#endif
