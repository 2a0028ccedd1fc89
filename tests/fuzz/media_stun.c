/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN: any bytes. What is lent lies within them; an answer to what was not verified is never longer; our own answers are read back; what the fuzzer's message says is said
 * again by our writer.
 */
#include "fuzz.h"
#include "media/stun.h"
#include <netinet/in.h>

static bool within(struct str s, const uint8_t *p, size_t n) { return s.n == 0 || ((const uint8_t *)s.p >= p && (const uint8_t *)s.p + s.n <= p + n); }

static void written_again(const struct stun *m)
{
	uint8_t out[STUN_MAX + 100];
	struct stun again;
	struct stun_writer w;
	stun_begin(&w, out, sizeof out, m->type, m->transaction);
	stun_add(&w, STUN_USERNAME, m->username.p, m->username.n);
	if (m->has_priority)
		stun_add_u32(&w, STUN_PRIORITY, m->priority);
	if (m->controlled || m->controlling)
		stun_add_u64(&w, m->controlled ? STUN_ICE_CONTROLLED : STUN_ICE_CONTROLLING, m->tie_breaker);
	if (m->use_candidate)
		stun_add(&w, STUN_USE_CANDIDATE, NULL, 0);
	if (m->mapped.ss_family)
		stun_add_address(&w, (const struct sockaddr *)&m->mapped);
	stun_add_integrity(&w, STR("password"));
	size_t n = stun_end(&w);
	MUST(n > 0 && stun_parse(out, n, &again) == ERR_OK && stun_verify(&again, out, n, STR("password")));
	MUST(again.type == m->type && str_eq(again.username, m->username) && again.priority == m->priority && again.use_candidate == m->use_candidate);
	MUST(again.has_fingerprint && again.has_integrity && (!(m->controlled || m->controlling) || again.tie_breaker == m->tie_breaker));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = 5};
	struct stun m, answer;
	uint8_t *p = fuzz_exact(data, size), out[STUN_MAX];
	if (stun_parse(p, size, &m) == ERR_OK) {
		MUST(within(m.username, p, size) && within(m.ours, p, size) && within(m.theirs, p, size) && m.username.n <= STUN_USERNAME_MAX);
		MUST(!m.has_integrity || m.integrity_at + 24 <= size);
		int code = stun_judge(&m);
		MUST(!stun_verify(&m, p, size, STR("nobody has this")));
		if (code) {
			size_t n = stun_write_error(out, size, &m, code, STR(""));
			MUST(n <= size && (n == 0 || (stun_parse(out, n, &answer) == ERR_OK && answer.error_code == code)));
		}
		size_t n = stun_write_success(out, STUN_ANSWER_MAX, &m, (const struct sockaddr *)&peer, STR("password"));
		MUST(n > 0 && stun_parse(out, n, &answer) == ERR_OK && stun_verify(&answer, out, n, STR("password")));
		written_again(&m);
	}
	free(p);
	return 0;
}
