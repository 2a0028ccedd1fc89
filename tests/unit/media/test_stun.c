/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN: the sample messages of RFC 5769, requests as browsers write them, what is wrong with the others, answers.
 */
#include "bytes.h"
#include "media/stun.h"
#include "media/wire.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <zlib.h>

#define SAMPLE_PASSWORD STR("VOkJxbRl1RmTxUk/WvJxBt")

/* RFC 5769 2.1; its SOFTWARE may be passed over */
static const char sample_request[] =
	"00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff 80290008 932ff9b1 51263b36"
	"00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf";
/* 2.2: 192.0.2.1 port 32853 */
static const char sample_answer4[] =
	"0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643"
	"00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96";
/* 2.3: 2001:db8:1234:5678:11:2233:4455:6677 port 32853 */
static const char sample_answer6[] =
	"01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9"
	"00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c";

static void samples(void **state)
{
	(void)state;
	uint8_t p[200];
	struct stun m;
	size_t n = unhex(sample_request, p);
	assert_int_equal(stun_parse(p, n, &m), ERR_OK);
	assert_int_equal(m.type, STUN_BINDING_REQUEST);
	assert_true(str_eq(m.username, STR("evtj:h6vY")) && str_eq(m.ours, STR("evtj")) && str_eq(m.theirs, STR("h6vY")));
	assert_true(m.has_priority && m.priority == 0x6e0001ff && m.controlled && m.tie_breaker == 0x932ff9b151263b36 && !m.use_candidate);
	assert_int_equal(stun_judge(&m), 487);
	assert_true(stun_verify(&m, p, n, SAMPLE_PASSWORD));
	assert_false(stun_verify(&m, p, n, STR("VOkJxbRl1RmTxUk/WvJxBT")));
	assert_false(stun_verify(&m, p, n, STR("")));
	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *q = exact(p, cut);
		assert_int_equal(stun_parse(q, cut, &m), ERR_MALFORMED);
		free(q);
	}
	for (size_t i = 0; i < n * 8; i++) { /* the fingerprint sees each flipped bit */
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (stun_parse(p, n, &m) == ERR_OK)
			assert_false(m.has_fingerprint && stun_verify(&m, p, n, SAMPLE_PASSWORD));
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	n = unhex(sample_answer4, p);
	assert_int_equal(stun_parse(p, n, &m), ERR_OK);
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&m.mapped;
	assert_true(m.type == STUN_BINDING_SUCCESS && v4->sin_family == AF_INET && ntohs(v4->sin_port) == 32853 && ntohl(v4->sin_addr.s_addr) == 0xc0000201);
	assert_true(stun_verify(&m, p, n, SAMPLE_PASSWORD));
	n = unhex(sample_answer6, p);
	assert_int_equal(stun_parse(p, n, &m), ERR_OK);
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&m.mapped;
	char text[INET6_ADDRSTRLEN];
	assert_string_equal(inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text), "2001:db8:1234:5678:11:2233:4455:6677");
	assert_int_equal(ntohs(v6->sin6_port), 32853);
	assert_true(stun_verify(&m, p, n, SAMPLE_PASSWORD));
}

static const uint8_t transaction[12] = "transaction!";

struct wish { const char *username; bool no_priority, no_integrity, no_fingerprint, controlled, nominate; uint16_t more; };

static size_t request(uint8_t *out, size_t cap, const struct wish *w)
{
	struct stun_writer s;
	stun_begin(&s, out, cap, STUN_BINDING_REQUEST, transaction);
	if (w->username)
		stun_add(&s, STUN_USERNAME, w->username, strlen(w->username));
	if (w->more)
		stun_add(&s, w->more, "1234", 4);
	stun_add(&s, 0xc057, "\0\3\0\0", 4); /* network info of Chrome */
	stun_add_u64(&s, w->controlled ? STUN_ICE_CONTROLLED : STUN_ICE_CONTROLLING, 77);
	if (w->nominate)
		stun_add(&s, STUN_USE_CANDIDATE, NULL, 0);
	if (!w->no_priority)
		stun_add_u32(&s, STUN_PRIORITY, 1853693695);
	if (!w->no_integrity)
		stun_add_integrity(&s, STR("password of ours"));
	return w->no_fingerprint ? s.n : stun_end(&s);
}

static int judged(const struct wish *w, struct stun *m, uint8_t *p, size_t *n)
{
	*n = request(p, STUN_MAX, w);
	assert_true(*n > 0);
	assert_int_equal(stun_parse(p, *n, m), ERR_OK);
	return stun_judge(m);
}

static void requests(void **state)
{
	(void)state;
	uint8_t p[STUN_MAX];
	size_t n;
	struct stun m;
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .nominate = true}, &m, p, &n), 0);
	assert_true(m.use_candidate && m.controlling && m.tie_breaker == 77 && m.priority == 1853693695 && !m.has_nomination);
	assert_true(stun_verify(&m, p, n, STR("password of ours")));
	assert_false(stun_verify(&m, p, n, STR("password of hers")));
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .more = STUN_NOMINATION}, &m, p, &n), 0);
	assert_true(m.has_nomination && m.nomination == 0x31323334);
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .more = STUN_NOMINATION_OLD}, &m, p, &n), 0);
	assert_true(m.has_nomination);
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .no_priority = true}, &m, p, &n), 400);
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .no_integrity = true}, &m, p, &n), 400);
	assert_false(stun_verify(&m, p, n, STR("password of ours")));
	assert_int_equal(judged(&(struct wish){.username = "ours:theirs", .no_fingerprint = true}, &m, p, &n), 400);
	assert_int_equal(judged(&(struct wish){.username = "ours"}, &m, p, &n), 400);
	assert_int_equal(judged(&(struct wish){0}, &m, p, &n), 400);
	assert_int_equal(judged(&(struct wish){.username = "a:b", .controlled = true}, &m, p, &n), 487);
	assert_int_equal(judged(&(struct wish){.username = "a:b", .more = 0x7f00}, &m, p, &n), 420);
	assert_int_equal(m.unknown[0], 0x7f00);
	assert_int_equal(m.unknown[1], 0);
}

/* What stands behind MESSAGE-INTEGRITY is not signed: it counts for nothing, but for the fingerprint. */
static void unsigned_attributes(void **state)
{
	(void)state;
	uint8_t p[STUN_MAX];
	struct stun m;
	struct stun_writer s;
	stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
	stun_add(&s, STUN_USERNAME, "a:b", 3);
	stun_add_u32(&s, STUN_PRIORITY, 5);
	stun_add_integrity(&s, STR("secret"));
	stun_add(&s, STUN_USE_CANDIDATE, NULL, 0);
	stun_add_u32(&s, STUN_PRIORITY, 6);
	size_t n = stun_end(&s);
	assert_int_equal(stun_parse(p, n, &m), ERR_OK);
	assert_true(!m.use_candidate && m.priority == 5 && stun_verify(&m, p, n, STR("secret")));
	/* and nothing may stand behind the fingerprint, even when it knows of the length */
	stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
	stun_add_u32(&s, STUN_PRIORITY, 5);
	size_t at = s.n;
	stun_add_u32(&s, STUN_FINGERPRINT, 0);
	stun_add_u32(&s, STUN_PRIORITY, 7);
	set_u32(p + at + 4, (uint32_t)crc32(0, p, (uInt)at) ^ 0x5354554e);
	assert_int_equal(stun_parse(p, s.n, &m), ERR_MALFORMED);
}

static void limits(void **state)
{
	(void)state;
	static uint8_t p[STUN_MAX + 4];
	static char name[STUN_USERNAME_MAX + 2], filler[STUN_MAX];
	struct stun m;
	struct stun_writer s;
	memset(name, 'a', sizeof name);
	for (size_t extra = 0; extra < 2; extra++) {
		stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
		stun_add(&s, STUN_USERNAME, name, STUN_USERNAME_MAX + extra);
		assert_int_equal(stun_parse(p, stun_end(&s), &m), extra ? ERR_TOO_LARGE : ERR_OK);
		stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
		for (size_t i = 0; i + 1 < STUN_ATTRIBUTES_MAX + extra; i++)
			stun_add_u32(&s, 0x9000, 1);
		assert_int_equal(stun_parse(p, stun_end(&s), &m), extra ? ERR_TOO_LARGE : ERR_OK);
	}
	assert_int_equal(stun_parse(p, sizeof p, &m), ERR_TOO_LARGE);
	stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
	stun_add(&s, 0x9000, filler, STUN_MAX - 20 - 4 - 8);
	assert_int_equal(stun_end(&s), STUN_MAX);
	stun_begin(&s, p, sizeof p, STUN_BINDING_REQUEST, transaction);
	stun_add(&s, 0x9000, filler, STUN_MAX - 20 - 4 - 8 + 1);
	assert_int_equal(stun_end(&s), 0);
	stun_begin(&s, p, 19, STUN_BINDING_REQUEST, transaction);
	assert_int_equal(stun_end(&s), 0);
	static const struct { const char *text; } broken[] = {
		{"0001 0000 2112a443 000000000000000000000000"}, {"0001 0004 2112a442 000000000000000000000000"}, {"0002 0000 2112a442 000000000000000000000000"},
		{"4001 0000 2112a442 000000000000000000000000"}, {"0001 0003 2112a442 000000000000000000000000 000000"},
		{"0001 0008 2112a442 000000000000000000000000 0024 0005 00000000"}, {"0001 0008 2112a442 000000000000000000000000 0024 0003 00000000"},
		{"0001 0008 2112a442 000000000000000000000000 0008 0004 00000000"}, {"0101 0008 2112a442 000000000000000000000000 0020 0004 00010000"},
		{"0101 0008 2112a442 000000000000000000000000 0009 0002 00010000"}, {"0001 0008 2112a442 000000000000000000000000 8028 0004 00000000"},
	};
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		size_t n = unhex(broken[i].text, p);
		assert_int_equal(stun_parse(p, n, &m), ERR_MALFORMED);
	}
}

static void answers(void **state)
{
	(void)state;
	uint8_t p[STUN_MAX], out[STUN_MAX];
	size_t n, out_n;
	struct stun m, a;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(50000), .sin_addr.s_addr = htonl(0xc0a80102)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(50001)}, mapped = v6;
	inet_pton(AF_INET6, "2001:db8::7", &v6.sin6_addr);
	inet_pton(AF_INET6, "::ffff:192.168.1.2", &mapped.sin6_addr);
	judged(&(struct wish){.username = "ours:theirs"}, &m, p, &n);
	out_n = stun_write_success(out, STUN_ANSWER_MAX, &m, (const struct sockaddr *)&v4, STR("secret"));
	assert_int_equal(stun_parse(out, out_n, &a), ERR_OK);
	assert_true(a.type == STUN_BINDING_SUCCESS && a.has_fingerprint && stun_verify(&a, out, out_n, STR("secret")) && memcmp(a.transaction, transaction, 12) == 0);
	assert_memory_equal(&((struct sockaddr_in *)&a.mapped)->sin_addr, &v4.sin_addr, 4);
	assert_int_equal(((struct sockaddr_in *)&a.mapped)->sin_port, v4.sin_port);
	out_n = stun_write_success(out, STUN_ANSWER_MAX, &m, (const struct sockaddr *)&v6, STR("secret"));
	assert_true(out_n > 0 && out_n <= STUN_ANSWER_MAX);
	assert_int_equal(stun_parse(out, out_n, &a), ERR_OK);
	assert_memory_equal(&((struct sockaddr_in6 *)&a.mapped)->sin6_addr, &v6.sin6_addr, 16);
	out_n = stun_write_success(out, STUN_ANSWER_MAX, &m, (const struct sockaddr *)&mapped, STR("secret"));
	assert_int_equal(stun_parse(out, out_n, &a), ERR_OK);
	assert_int_equal(a.mapped.ss_family, AF_INET);
	out_n = stun_write_error(out, n, &m, 401, STR(""));
	assert_int_equal(stun_parse(out, out_n, &a), ERR_OK);
	assert_true(a.type == STUN_BINDING_ERROR && a.error_code == 401 && !a.has_integrity && out_n < n);
	judged(&(struct wish){.username = "a:b", .more = 0x7f00}, &m, p, &n);
	out_n = stun_write_error(out, n, &m, 420, STR("secret"));
	assert_int_equal(stun_parse(out, out_n, &a), ERR_OK);
	assert_true(a.error_code == 420 && stun_verify(&a, out, out_n, STR("secret")));
	/* a bare header is answered by nothing, when its size is the limit */
	n = unhex("0001 0000 2112a442 000000000000000000000000", p);
	assert_int_equal(stun_parse(p, n, &m), ERR_OK);
	assert_int_equal(stun_judge(&m), 400);
	assert_int_equal(stun_write_error(out, n, &m, 400, STR("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(requests),
		cmocka_unit_test(unsigned_attributes),
		cmocka_unit_test(limits),
		cmocka_unit_test(answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
