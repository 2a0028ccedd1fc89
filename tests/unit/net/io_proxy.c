/* SPDX-License-Identifier: Apache-2.0
 *
 * The PROXY protocol: headers, good and hostile, whole and in pieces; who is trusted; and the first byte of a connection.
 */
#include "io_server.h"
#include "net/proxy.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V2_TCP4 SIGNATURE "\x21\x11\x00\x0c\xc0\x00\x02\x07\x0a\x00\x00\x01\x30\x39\x01\xbb"
#define V2_TCP6 SIGNATURE "\x21\x21\x00\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x04\xd2\x01\xbb"

static void good_headers(void **state)
{
	(void)state;
	static const struct { struct str in; const char *text; uint16_t port; } cases[] = {
		{STR("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\n"), "192.0.2.7", 12345},
		{STR("PROXY TCP6 2001:db8::5 ::1 1234 443\r\n"), "2001:db8::5", 1234},
		{STR("PROXY UNKNOWN\r\n"), "before", 1},
		{STR("PROXY UNKNOWN ffff::1 ffff::1 65535 65535\r\n"), "before", 1},
		{STR(V2_TCP4), "192.0.2.7", 12345},
		{STR(V2_TCP6), "2001:db8::5", 1234},
		{STR(SIGNATURE "\x20\x00\x00\x00"), "before", 1},             /* LOCAL */
		{STR(SIGNATURE "\x21\x00\x00\x03\x04\x00\x00"), "before", 1}, /* unspecified, with extras */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str in = cases[i].in;
		struct conn_address a = {.text = "before", .port = 1};
		size_t size = 0;
		for (size_t n = 1; n < in.n; n++)
			assert_int_equal(proxy_parse(str_n(in.p, n), &a, &size), ERR_AGAIN);
		assert_string_equal(a.text, "before");
		char longer[200];
		memcpy(longer, in.p, in.n);
		memcpy(longer + in.n, "GET /", 5);
		assert_int_equal(proxy_parse(str_n(longer, in.n + 5), &a, &size), ERR_OK);
		assert_int_equal(size, in.n);
		assert_string_equal(a.text, cases[i].text);
		assert_int_equal(a.port, cases[i].port);
	}
}

static void hostile_headers(void **state)
{
	(void)state;
	static const struct { struct str in; enum err err; } cases[] = {
		{STR("GET / HTTP/1.1\r\n"), ERR_NOT_FOUND}, {STR("POST /"), ERR_NOT_FOUND}, {STR("PROXYTCP4 "), ERR_NOT_FOUND}, {STR("\r\n\r\nG"), ERR_NOT_FOUND},
		{STR("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\n"), ERR_MALFORMED}, {STR("PROXY \r\n"), ERR_MALFORMED},
		{STR("PROXY TCP4\r\n"), ERR_MALFORMED}, {STR("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n"), ERR_MALFORMED},
		{STR("PROXY TCP4 ::1 ::1 1 1\r\n"), ERR_MALFORMED}, {STR("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n"), ERR_MALFORMED},
		{STR("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n"), ERR_MALFORMED}, {STR("PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n"), ERR_MALFORMED},
		{STR("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n"), ERR_MALFORMED}, {STR("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n"), ERR_MALFORMED},
		{STR("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 1\r\n"), ERR_MALFORMED},
		{STR("PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"), ERR_MALFORMED},
		{STR(SIGNATURE "\x11\x11\x00\x0c____________"), ERR_MALFORMED}, {STR(SIGNATURE "\x22\x11\x00\x0c____________"), ERR_MALFORMED},
		{STR(SIGNATURE "\x21\x12\x00\x0c____________"), ERR_MALFORMED}, {STR(SIGNATURE "\x21\x11\x00\x0b___________"), ERR_MALFORMED},
		{STR(SIGNATURE "\x21\x21\x00\x0c____________"), ERR_MALFORMED}, {STR(SIGNATURE "\x21\x11\xff\xff"), ERR_TOO_LARGE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conn_address a = {.text = "before"};
		size_t size = 0;
		if (proxy_parse(cases[i].in, &a, &size) != cases[i].err)
			fail_msg("case %zu", i);
		assert_string_equal(a.text, "before");
	}
}

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage s = {0};
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&s)->sin_addr) == 1)
		s.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&s)->sin6_addr) == 1)
		s.ss_family = AF_INET6;
	else
		s.ss_family = AF_UNIX;
	return s;
}

static void trust(void **state)
{
	(void)state;
	struct str list = STR("127.0.0.1  10.0.0.0/8 192.168.128.0/17 2001:db8::/32");
	static const struct { const char *peer; bool yes; } cases[] = {
		{"127.0.0.1", true}, {"127.0.0.2", false}, {"10.255.0.9", true}, {"11.0.0.1", false}, {"192.168.200.1", true},
		{"192.168.127.255", false}, {"2001:db8:ffff::1", true}, {"2001:db9::1", false}, {"::ffff:10.1.2.3", true}, {"::1", false}, {"unix", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sockaddr_storage s = address_of(cases[i].peer);
		if (proxy_trusts(list, &s) != cases[i].yes)
			fail_msg("%s", cases[i].peer);
		assert_false(proxy_trusts(STR(""), &s));
	}
	struct sockaddr_storage local = address_of("unix"), any = address_of("9.9.9.9");
	assert_true(proxy_trusts(STR("unix"), &local));
	assert_true(proxy_trusts(STR("0.0.0.0/0"), &any));
	assert_true(proxy_list_valid(list) && proxy_list_valid(STR("")) && proxy_list_valid(STR(" unix ")));
	assert_false(proxy_list_valid(STR("10.0.0.0/33")) || proxy_list_valid(STR("::/129")) || proxy_list_valid(STR("host")) ||
		proxy_list_valid(STR("10.0.0.0/")) || proxy_list_valid(STR("10.0.0.0/x")));
}

/* --- on sockets: the server answers with the address that it sees and what it got --- */

static size_t tell_peer(struct conn *c, const unsigned char *p, size_t n)
{
	const struct conn_address *a = conn_peer(c);
	conn_send_copy(c, a->text, strlen(a->text));
	conn_send_copy(c, " ", 1);
	conn_send_copy(c, p, n);
	conn_close(c, CONN_CLOSE_FLUSH);
	return n;
}

static unsigned closed;
static void on_close(struct conn *c)
{
	(void)c;
	bump(&closed);
}

static const struct conn_handler handler = {.on_data = tell_peer, .on_close = on_close};

static void accept_any(struct conn *c, void *user)
{
	(void)user;
	conn_set_handler(c, &handler, NULL);
}

/* Sends in, a byte at a time or at once; the answer, or "" when the connection was closed. */
static void ask(const struct server *s, struct str in, bool slowly, char out[200])
{
	int fd = client_connect(s), one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (size_t i = 0; slowly && i < in.n; i++) {
		client_send(fd, in.p + i, 1);
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	if (!slowly)
		client_send(fd, in.p, in.n);
	size_t n = client_read(fd, out, 199);
	out[n] = 0;
	close(fd);
}

static void headers_on_sockets(void **state)
{
	(void)state;
	struct server trusting, other;
	server_start(&trusting, 1, (struct listener_config){.on_accept = accept_any, .trusted_proxies = STR("127.0.0.0/8")});
	server_start(&other, 1, (struct listener_config){.on_accept = accept_any});
	char out[200];
	ask(&trusting, STR("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\nGET"), false, out);
	assert_string_equal(out, "192.0.2.7 GET");
	ask(&trusting, STR(V2_TCP6 "GET"), false, out);
	assert_string_equal(out, "2001:db8::5 GET");
	ask(&trusting, STR("GET"), false, out);
	assert_string_equal(out, "127.0.0.1 GET");
	ask(&trusting, STR("PUT"), false, out);
	assert_string_equal(out, "127.0.0.1 PUT");
	/* in pieces: the answer comes after the first byte behind the header */
	ask(&trusting, STR("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\nG"), true, out);
	assert_string_equal(out, "192.0.2.7 G");
	ask(&trusting, STR(V2_TCP4 "G"), true, out);
	assert_string_equal(out, "192.0.2.7 G");
	ask(&trusting, STR("PRI"), true, out);
	assert_memory_equal(out, "127.0.0.1 PRI", 13);

	struct net_stats before, after;
	net_stats_read(&before);
	ask(&trusting, STR("PROXY TCP4 nonsense\r\nGET"), false, out);
	assert_string_equal(out, "");
	ask(&trusting, STR(SIGNATURE "\x21\x11\xff\xff"), false, out);
	assert_string_equal(out, "");
	/* twice is once too often: the second is not ours to read, it goes to HTTP as what it is */
	ask(&trusting, STR("PROXY UNKNOWN\r\n\r\n"), false, out);
	assert_string_equal(out, "");
	ask(&other, STR(V2_TCP4 "GET"), false, out);
	assert_string_equal(out, "");
	ask(&other, STR("\x80\x01"), false, out);
	assert_string_equal(out, "");
	ask(&other, STR("\x16\x03\x01"), false, out); /* TLS without a certificate */
	assert_string_equal(out, "");
	net_stats_read(&after);
	assert_int_equal(after.cut_malformed - before.cut_malformed, 6);
	/* a stranger's header names nobody */
	ask(&other, STR("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\nGET"), false, out);
	assert_memory_equal(out, "127.0.0.1 PROXY", 15);
	server_stop(&trusting);
	server_stop(&other);
}

/* --- frames of ICE-TCP: the descriptor goes to somebody else, untouched --- */

static unsigned handed_over;
static void take_frames(int fd, const struct conn_address *peer, void *user)
{
	unsigned char in[8] = {0};
	assert_ptr_equal(user, &handed_over);
	assert_string_equal(peer->text, "127.0.0.1");
	size_t n = (size_t)recv(fd, in, sizeof in, 0);
	send(fd, in, n, MSG_NOSIGNAL);
	close(fd);
	bump(&handed_over);
}

static void frames_go_elsewhere(void **state)
{
	(void)state;
	struct server s, without;
	server_start(&s, 2, (struct listener_config){.on_accept = accept_any, .tls_only = true, .on_frames = take_frames, .frames_user = &handed_over});
	server_start(&without, 1, (struct listener_config){.on_accept = accept_any});
	struct net_stats before, after;
	char out[200];
	net_stats_read(&before);
	for (unsigned i = 1; i <= 10; i++) {
		ask(&s, STR("\0\3abc"), false, out);
		assert_memory_equal(out, "\0\3abc", 6);
		assert_true(wait_for(&handed_over, i));
	}
	ask(&without, STR("\0\3abc"), false, out);
	assert_string_equal(out, "");
	net_stats_read(&after);
	assert_int_equal(after.cut_malformed - before.cut_malformed, 1);
	server_stop(&s);
	server_stop(&without);
	net_stats_read(&after);
	assert_int_equal(after.open, before.open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_headers),
		cmocka_unit_test(hostile_headers),
		cmocka_unit_test(trust),
		cmocka_unit_test(headers_on_sockets),
		cmocka_unit_test(frames_go_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
