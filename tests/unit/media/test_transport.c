/* SPDX-License-Identifier: Apache-2.0
 *
 * Transports against a browser's end in memory: ICE, DTLS, SRTP, what strangers get, time-outs, runs of packets. A fake clock, but for DTLS,
 * whose retransmissions OpenSSL times by itself.
 */
#include "transport_world.h"

#include "base/clock.h"
#include "base/mem.h"
#include "media/stun.h"
#include "media/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)

static struct transports_stats stats_of(struct world *w)
{
	struct transports_stats s;
	transports_stats(w->all, &s);
	return s;
}

/* --- media both ways --- */

static void carries_media(const char *profiles)
{
	struct world *w = world_new(profiles);
	struct peer *p = world_connected(w);
	struct srtp_stream up = {0}, down = {0};
	for (uint16_t seq = 1; seq <= 100; seq++) {
		assert_true(world_client_sends(p, &up, seq, 1000));
		assert_int_equal(world_server_sends(p, &down, seq, 900), ERR_OK);
		world_run(w);
	}
	assert_int_equal(p->rtp_in, 100);
	assert_int_equal(p->last_n, 1012);
	assert_memory_equal(p->last + 12, ((uint8_t[]){1, 2, 3, 0}), 4);
	assert_int_equal(p->client_rtp, 100);
	assert_int_equal(p->client_last_n, 912);
	assert_memory_equal(p->client_last + 12, ((uint8_t[]){4, 5, 6, 7, 8}), 5);
	uint8_t rr[8] = {0x80, 201, 0, 1, 0, 0, 0, 9};
	assert_int_equal(transport_send_rtcp(p->t, rr, sizeof rr), ERR_OK);
	assert_true(media_client_send_rtcp(p->client, rr, sizeof rr));
	world_run(w);
	assert_int_equal(p->rtcp_in, 1);
	assert_int_equal(p->client_rtcp, 1);
	struct transport_stats s;
	transport_stats(p->t, &s);
	assert_int_equal(s.packets_in, 101);
	assert_int_equal(s.packets_out, 101);
	assert_int_equal(s.bad, 0);
	assert_false(s.tcp);
	world_free(&w);
}

static void media_by_gcm(void **state)
{
	(void)state;
	carries_media("SRTP_AEAD_AES_128_GCM");
}

static void media_by_sha1_80(void **state)
{
	(void)state;
	carries_media("SRTP_AES128_CM_SHA1_80");
}

static void what_the_browser_is_told(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	json_t *o = transport_options(p->t), *candidates = json_object_get(o, "iceCandidates");
	assert_true(json_is_true(json_object_get(json_object_get(o, "iceParameters"), "iceLite")));
	assert_int_equal(strlen(p->ufrag), 16);
	assert_int_equal(strlen(p->password), 32);
	assert_int_equal(p->ufrag[0], 'a');
	assert_int_equal(json_array_size(candidates), 4);
	json_t *first = json_array_get(candidates, 0), *last = json_array_get(candidates, 3);
	assert_int_equal(json_integer_value(json_object_get(first, "priority")), 1076302079);
	assert_string_equal(json_string_value(json_object_get(first, "ip")), "192.0.2.1");
	assert_string_equal(json_string_value(json_object_get(first, "protocol")), "udp");
	assert_int_equal(json_integer_value(json_object_get(first, "port")), 10000);
	assert_null(json_object_get(first, "tcpType"));
	assert_string_equal(json_string_value(json_object_get(last, "tcpType")), "passive");
	assert_int_equal(json_integer_value(json_object_get(last, "port")), 443);
	assert_string_equal(json_string_value(json_object_get(last, "address")), "2001:db8::1");
	json_t *fingerprint = json_array_get(json_object_get(json_object_get(o, "dtlsParameters"), "fingerprints"), 0);
	assert_int_equal(json_string_length(json_object_get(fingerprint, "value")), 95);
	json_decref(o);
	world_free(&w);
}

/* --- strangers --- */

static size_t a_check(uint8_t *out, const char *name, const char *password, const struct tuple *unused, uint16_t type)
{
	struct stun_writer w;
	uint8_t transaction[12];
	(void)unused;
	random_fill(transaction, sizeof transaction);
	stun_begin(&w, out, 256, type, transaction);
	stun_add(&w, STUN_USERNAME, name, strlen(name));
	stun_add_u32(&w, STUN_PRIORITY, 1);
	stun_add_u64(&w, STUN_ICE_CONTROLLING, 7);
	stun_add_integrity(&w, str_of(password));
	return stun_end(&w);
}

static void strangers_get_little(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	struct tuple from = world_path(77);
	char name[80];
	uint8_t check[256];
	snprintf(name, sizeof name, "%s:x", p->ufrag);
	/* a wrong password, then a name that nobody has: refused, shorter than asked */
	size_t n = a_check(check, name, "not the password", &from, STUN_BINDING_REQUEST);
	world_datagram(w, &from, check, n);
	assert_int_equal(w->sends, 1);
	assert_true(w->last_n <= n);
	n = a_check(check, "nobody:x", p->password, &from, STUN_BINDING_REQUEST);
	world_datagram(w, &from, check, n);
	assert_int_equal(w->sends, 2);
	assert_true(w->last_n <= n);
	assert_false(transports_know(w->all, &from));
	/* an indication, an answer, half of a check, a changed one: nothing */
	n = a_check(check, name, p->password, &from, STUN_BINDING_INDICATION);
	world_datagram(w, &from, check, n);
	n = a_check(check, name, p->password, &from, STUN_BINDING_SUCCESS);
	world_datagram(w, &from, check, n);
	n = a_check(check, name, p->password, &from, STUN_BINDING_REQUEST);
	world_datagram(w, &from, check, n / 2);
	check[n - 1] ^= 1;
	world_datagram(w, &from, check, n);
	/* junk of every first byte and of many lengths: nothing, and nobody dies of it */
	for (int first = 0; first < 256; first++)
		for (size_t size = 1; size < 1500; size += 97) {
			uint8_t junk[1500];
			random_fill(junk, size);
			junk[0] = (uint8_t)first;
			world_datagram(w, &from, junk, size);
		}
	assert_int_equal(w->sends, 2);
	assert_int_equal(p->closed + p->connected + p->rtp_in, 0);
	/* a flood of forged checks: no more than the allowance is answered in a second */
	for (int i = 0; i < 5000; i++) {
		n = a_check(check, name, "not the password", &from, STUN_BINDING_REQUEST);
		world_datagram(w, &from, check, n);
	}
	assert_true(w->sends <= 50);
	assert_int_equal(stats_of(w).checks_refused, 5002);
	/* and the browser's own check is answered all the same */
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->checks_answered, 1);
	world_free(&w);
}

static void the_other_role_is_refused(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	uint8_t check[256], transaction[12] = {1};
	char name[80];
	struct stun_writer sw;
	snprintf(name, sizeof name, "%s:x", p->ufrag);
	stun_begin(&sw, check, sizeof check, STUN_BINDING_REQUEST, transaction);
	stun_add(&sw, STUN_USERNAME, name, strlen(name));
	stun_add_u32(&sw, STUN_PRIORITY, 1);
	stun_add_u64(&sw, STUN_ICE_CONTROLLED, 7);
	stun_add_integrity(&sw, str_of(p->password));
	size_t n = stun_end(&sw);
	world_datagram(w, &p->path, check, n);
	assert_int_equal(stats_of(w).errors_sent, 1);
	assert_false(transports_know(w->all, &p->path));
	world_free(&w);
}

static void dtls_and_media_only_on_checked_paths(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	struct srtp_stream up = {0};
	/* the browser's own packets from an address that was never checked */
	world_path_of_client(p, 55);
	assert_true(world_client_sends(p, &up, 1, 100));
	world_run(w);
	assert_int_equal(p->rtp_in, 0);
	assert_int_equal(stats_of(w).junk, 1);
	/* a hello from there does not reach the living session either */
	uint8_t hello[64] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 51, 1, 0, 0, 39, 0, 0, 0, 0, 0, 0, 0, 39, 0xfe, 0xfd};
	for (int i = 0; i < 1000; i++)
		world_datagram(w, &p->path, hello, sizeof hello);
	world_run(w);
	assert_int_equal(p->closed, 0);
	world_path_of_client(p, 0);
	assert_true(world_client_sends(p, &up, 2, 100));
	world_run(w);
	assert_int_equal(p->rtp_in, 1);
	world_free(&w);
}

static void a_hello_again_leaves_the_session(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	struct srtp_stream up = {0};
	uint8_t hello[64] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 51, 1, 0, 0, 39, 0, 0, 0, 0, 0, 0, 0, 39, 0xfe, 0xfd};
	for (int i = 0; i < 200; i++) {
		hello[10] = (uint8_t)i;
		world_datagram(w, &p->path, hello, sizeof hello); /* even forged with the path's own address */
		world_run(w);
	}
	assert_true(world_client_sends(p, &up, 1, 100));
	world_run(w);
	assert_int_equal(p->rtp_in, 1);
	assert_int_equal(p->closed, 0);
	world_free(&w);
}

static void replayed_and_broken_media_is_dropped(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	uint8_t forged[100] = {0x80, 96, 0, 1};
	for (int i = 0; i < 100; i++)
		world_datagram(w, &p->path, forged, sizeof forged);
	forged[1] = 201;
	for (int i = 0; i < 100; i++)
		world_datagram(w, &p->path, forged, sizeof forged);
	assert_int_equal(p->rtp_in + p->rtcp_in, 0);
	assert_int_equal(stats_of(w).bad, 200);
	world_free(&w);
}

/* A participant is a stranger too: whatever he sends on his own path, the others' sessions and his own stand. */
static void junk_on_a_checked_path(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w), *q = world_peer(w, 0);
	struct srtp_stream up = {0};
	assert_int_equal(transport_connect(q->t, media_client_fingerprint(w->context)), ERR_OK);
	w->lose_dtls = UINT32_MAX;
	media_client_check(q->client); /* q stands in the middle of its handshake */
	world_run(w);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t junk[1500];
		size_t n = 1 + random_below(i % 3 ? 200 : sizeof junk);
		random_fill(junk, n);
		if (i % 2 && n > 13) { /* the head of a record that fits the datagram, so that it reaches OpenSSL */
			junk[0] = (uint8_t)(20 + random_below(4));
			memcpy(junk + 1, (uint8_t[]){0xfe, 0xfd, 0, (uint8_t)random_below(2), 0, 0, 0, 0}, 8);
			set_u16(junk + 11, (uint16_t)(n - 13));
		}
		world_datagram(w, i % 4 < 2 ? &p->path : &q->path, junk, n);
		if (i % 16 == 0)
			world_run(w);
	}
	world_run(w);
	assert_int_equal(p->closed, 0);
	assert_true(world_client_sends(p, &up, 1, 100));
	world_run(w);
	assert_int_equal(p->rtp_in, 1);
	world_free(&w);
}

/* --- certificates --- */

static void another_certificate_is_refused(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	char other[96];
	snprintf(other, sizeof other, "%s", media_client_fingerprint(w->context));
	other[0] = other[0] == 'A' ? 'B' : 'A';
	assert_int_equal(transport_connect(p->t, other), ERR_OK);
	assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_REFUSED);
	assert_int_equal(transport_connect(p->t, "AA:BB"), ERR_MALFORMED);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(p->connected, 0);
	assert_int_equal(p->closed, 1);
	assert_string_equal(p->why, "fingerprint");
	assert_false(media_client_is_connected(p->client));
	/* nothing answers there any more */
	unsigned before = w->sends;
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->errors, 1);
	assert_int_equal(w->sends, before + 1);
	world_free(&w);
}

static void nothing_before_the_fingerprint_is_known(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->checks_answered, 1);
	assert_int_equal(stats_of(w).handshakes, 0);
	assert_int_equal(w->sends, 1);
	assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_OK);
	usleep(1100000); /* OpenSSL's first retransmission of the hello */
	media_client_tick(p->client, 0);
	world_run(w);
	assert_int_equal(p->connected, 1);
	world_free(&w);
}

static void a_hello_in_fragments(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 256);
	assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_OK);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(p->connected, 1);
	world_free(&w);
}

static void lost_flights_are_sent_again(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_OK);
	w->lose_dtls = 1000;
	media_client_check(p->client);
	world_run(w);
	assert_true(w->lose_dtls < 1000);
	assert_int_equal(p->connected, 0);
	w->lose_dtls = 0;
	transports_sweep(w->all, w->now_us); /* not yet due */
	world_run(w);
	assert_int_equal(p->connected, 0);
	usleep(250000);
	transports_sweep(w->all, w->now_us);
	world_run(w);
	assert_int_equal(p->connected, 1);
	world_free(&w);
}

/* --- handshakes do not hold media up --- */

static void few_handshakes_a_turn(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	for (int i = 0; i < 12; i++) {
		struct peer *p = world_peer(w, 0);
		assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_OK);
		media_client_check(p->client);
	}
	world_run(w); /* has CHECKed every reference; all connect although only 4 datagrams are worked on in a turn */
	for (int i = 0; i < 12; i++)
		assert_int_equal(w->peers[i].connected, 1);
	assert_int_equal(stats_of(w).handshakes, 12);
	assert_int_equal(stats_of(w).handshakes_dropped, 0);
	world_free(&w);
}

/* --- paths --- */

static void the_path_follows_nomination_and_media(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	struct srtp_stream up = {0}, down = {0};
	struct transport_stats s;
	/* the browser nominates another path */
	world_path_of_client(p, 30);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(world_server_sends(p, &down, 1, 100), ERR_OK);
	world_run(w);
	assert_int_equal(p->client_rtp, 1);
	transport_stats(p->t, &s);
	assert_int_equal(s.path_changes, 1);
	/* it sends from the first again, which it had checked, without a word: after a while of silence on the other we follow */
	world_pass(w, 300000);
	world_path_of_client(p, 0);
	assert_true(world_client_sends(p, &up, 1, 100));
	world_run(w);
	assert_int_equal(world_server_sends(p, &down, 2, 100), ERR_OK);
	world_run(w);
	assert_int_equal(p->client_rtp, 2);
	world_free(&w);
}

static void at_most_eight_paths(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	for (unsigned i = 1; i <= 20; i++) {
		w->now_us += 1000;
		world_path_of_client(p, i);
		media_client_check(p->client);
		world_run(w);
	}
	unsigned known = 0;
	for (unsigned i = 0; i <= 20; i++) {
		struct tuple t = world_path(i);
		known += transports_know(w->all, &t);
	}
	assert_int_equal(known, 8);
	struct tuple last = world_path(20);
	assert_true(transports_know(w->all, &last));
	world_free(&w);
}

static void a_restart_keeps_the_old_name_until_the_new_is_used(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	json_t *fresh = transport_restart_ice(p->t);
	const char *ufrag = json_string_value(json_object_get(fresh, "usernameFragment"));
	const char *password = json_string_value(json_object_get(fresh, "password"));
	assert_string_not_equal(ufrag, p->ufrag);
	uint64_t answered = media_client_counts(p->client)->checks_answered;
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->checks_answered, answered + 1);
	media_client_credentials(p->client, ufrag, password);
	world_path_of_client(p, 40);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->checks_answered, answered + 2);
	media_client_credentials(p->client, p->ufrag, p->password);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(media_client_counts(p->client)->checks_answered, answered + 2);
	assert_int_equal(media_client_counts(p->client)->last_error, 401);
	/* the session went on, from the new address */
	struct srtp_stream down = {0};
	assert_int_equal(world_server_sends(p, &down, 1, 100), ERR_OK);
	world_run(w);
	assert_int_equal(p->client_rtp, 1);
	json_decref(fresh);
	for (int i = 0; i < 5; i++) /* again and again without a check between */
		json_decref(transport_restart_ice(p->t));
	world_free(&w);
}

/* --- time --- */

static void silence_ends_it(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w), *q = world_connected(w);
	for (int i = 0; i < 5; i++) {
		world_pass(w, 7 * SECOND);
		media_client_check(q->client);
		world_run(w);
	}
	assert_int_equal(p->closed, 1);
	assert_string_equal(p->why, "consent");
	assert_int_equal(q->closed, 0);
	struct srtp_stream down = {0};
	assert_int_equal(world_server_sends(p, &down, 1, 100), ERR_BUSY);
	assert_int_equal(world_server_sends(q, &down, 1, 100), ERR_OK);
	world_free(&w);
}

static void openings_end(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *never = world_peer(w, 0), *told = world_peer(w, 0), *stuck = world_peer(w, 0);
	assert_int_equal(transport_connect(told->t, media_client_fingerprint(w->context)), ERR_OK);
	assert_int_equal(transport_connect(stuck->t, media_client_fingerprint(w->context)), ERR_OK);
	w->lose_dtls = UINT32_MAX;
	for (int i = 0; i < 13; i++) {
		media_client_check(stuck->client);
		world_run(w);
		assert_int_equal(stuck->closed, i > 6);
		world_pass(w, 5 * SECOND);
	}
	assert_string_equal(stuck->why, "dtls");
	assert_int_equal(never->closed, 0); /* an owner may wait with it for a whole lesson */
	assert_int_equal(told->closed, 1);
	assert_string_equal(told->why, "timeout");
	world_free(&w);
}

static void goodbyes(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w), *q = world_connected(w), *r = world_connected(w);
	transport_free(&p->t);
	assert_null(p->t);
	world_run(w);
	assert_true(media_client_is_closed(p->client));
	assert_int_equal(p->closed, 0);
	media_client_goodbye(q->client);
	world_run(w);
	assert_string_equal(q->why, "closed");
	r->free_in_closed = true;
	media_client_goodbye(r->client);
	world_run(w);
	assert_null(r->t);
	assert_int_equal(stats_of(w).transports, 1);
	world_free(&w);
}

static void freed_from_inside(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	struct srtp_stream up = {0};
	p->free_in_rtp = true;
	assert_true(world_client_sends(p, &up, 1, 100));
	assert_true(world_client_sends(p, &up, 2, 100));
	world_run(w);
	assert_int_equal(p->rtp_in, 1);
	assert_null(p->t);
	world_free(&w);
}

/* --- runs --- */

static void equal_packets_leave_together(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w), *q = world_connected(w);
	struct srtp_stream down = {0}, other = {0};
	unsigned before = w->sends;
	for (uint16_t seq = 1; seq <= 6; seq++) { /* five and a shorter one, to two receivers by turns */
		assert_int_equal(world_server_sends(p, &down, seq, seq == 6 ? 500 : 1000), ERR_OK);
		assert_int_equal(world_server_sends(q, &other, seq, seq == 6 ? 500 : 1000), ERR_OK);
	}
	assert_int_equal(w->sends, before);
	world_run(w);
	assert_int_equal(w->sends, before + 2);
	assert_int_equal(w->largest_run, 6);
	assert_int_equal(p->client_rtp, 6);
	assert_int_equal(q->client_rtp, 6);
	/* a larger one begins a new run, and so does what follows a shorter one; order stays */
	assert_int_equal(world_server_sends(p, &down, 7, 100), ERR_OK);
	assert_int_equal(world_server_sends(p, &down, 8, 200), ERR_OK);
	assert_int_equal(world_server_sends(p, &down, 9, 100), ERR_OK);
	assert_int_equal(world_server_sends(p, &down, 10, 100), ERR_OK);
	world_run(w);
	assert_int_equal(w->sends, before + 5);
	assert_int_equal(p->client_rtp, 10);
	/* more than fits one run */
	for (uint16_t seq = 11; seq <= 110; seq++)
		assert_int_equal(world_server_sends(p, &down, seq, 1000), ERR_OK);
	world_run(w);
	assert_int_equal(p->client_rtp, 110);
	assert_int_equal(media_client_counts(p->client)->bad, 0);
	uint8_t head[12] = {0x80, 96};
	static const uint8_t big[PACKET_MAX];
	assert_int_equal(transport_send_rtp(p->t, &down, head, 12, NULL, 0, big, sizeof big), ERR_TOO_LARGE);
	world_free(&w);
}

static void a_full_queue_uses_nothing_up(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_peer(w, 0);
	p->path.tcp = 5;
	assert_int_equal(transport_connect(p->t, media_client_fingerprint(w->context)), ERR_OK);
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(p->connected, 1);
	struct srtp_stream down = {0};
	w->full = true;
	assert_int_equal(world_server_sends(p, &down, 1, 100), ERR_BUSY);
	w->full = false;
	assert_int_equal(world_server_sends(p, &down, 1, 100), ERR_OK); /* the same number: it was not used */
	world_run(w);
	assert_int_equal(p->client_rtp, 1);
	/* the connection goes: no path, until it comes again by another */
	transports_tuple_gone(w->all, &p->path);
	assert_int_equal(world_server_sends(p, &down, 2, 100), ERR_BUSY);
	p->path.tcp = 6;
	media_client_check(p->client);
	world_run(w);
	assert_int_equal(world_server_sends(p, &down, 2, 100), ERR_OK);
	transport_free(&p->t);
	assert_int_equal(w->drops, 1);
	world_free(&w);
}

static void no_allocation_for_a_packet(void **state)
{
	(void)state;
	struct world *w = world_new(NULL);
	struct peer *p = world_connected(w);
	struct srtp_stream down = {0};
	mem_fail_at(0, false);
	uint64_t before = mem_count();
	for (uint16_t seq = 1; seq <= 1000; seq++) {
		assert_int_equal(world_server_sends(p, &down, seq, 1000), ERR_OK);
		if (seq % 10 == 0)
			w->lose = 10, transports_flush(w->all); /* the list of this test allocates: nothing gets into it */
	}
	assert_int_equal(mem_count(), before);
	struct srtp_stream up = {0};
	for (uint16_t seq = 1; seq <= 200; seq++)
		assert_true(world_client_sends(p, &up, seq, 1000));
	before = mem_count();
	world_run(w);
	assert_int_equal(mem_count(), before);
	assert_int_equal(p->rtp_in, 200);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_by_gcm),
		cmocka_unit_test(media_by_sha1_80),
		cmocka_unit_test(what_the_browser_is_told),
		cmocka_unit_test(strangers_get_little),
		cmocka_unit_test(the_other_role_is_refused),
		cmocka_unit_test(dtls_and_media_only_on_checked_paths),
		cmocka_unit_test(a_hello_again_leaves_the_session),
		cmocka_unit_test(replayed_and_broken_media_is_dropped),
		cmocka_unit_test(junk_on_a_checked_path),
		cmocka_unit_test(another_certificate_is_refused),
		cmocka_unit_test(nothing_before_the_fingerprint_is_known),
		cmocka_unit_test(a_hello_in_fragments),
		cmocka_unit_test(lost_flights_are_sent_again),
		cmocka_unit_test(few_handshakes_a_turn),
		cmocka_unit_test(the_path_follows_nomination_and_media),
		cmocka_unit_test(at_most_eight_paths),
		cmocka_unit_test(a_restart_keeps_the_old_name_until_the_new_is_used),
		cmocka_unit_test(silence_ends_it),
		cmocka_unit_test(openings_end),
		cmocka_unit_test(goodbyes),
		cmocka_unit_test(freed_from_inside),
		cmocka_unit_test(equal_packets_leave_together),
		cmocka_unit_test(a_full_queue_uses_nothing_up),
		cmocka_unit_test(no_allocation_for_a_packet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
