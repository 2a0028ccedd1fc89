/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS on real sockets against OpenSSL's own client: both versions, what is refused, resumption, a new certificate while
 * running, back-pressure, closing, and memory.
 */
#include "io_server.h"
#include "base/mem.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char cert_file[64], key_file[64];
static struct tls_context *context;
static unsigned closed, overflowed;

static void make_certificate(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	FILE *f = fopen(cert_file, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
	f = fopen(key_file, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(cert_file, sizeof cert_file, "/tmp/zvonok-io-%d.crt", (int)getpid());
	snprintf(key_file, sizeof key_file, "/tmp/zvonok-io-%d.key", (int)getpid());
	make_certificate("first");
	return tls_context_open(&context, cert_file, key_file) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	tls_context_close(&context);
	unlink(cert_file);
	unlink(key_file);
	return 0;
}

/* --- the client --- */

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

static SSL_SESSION *last_session;
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(last_session);
	last_session = session;
	return 1;
}

static bool client_open(struct client *c, const struct server *s, int version, const char *alpn, SSL_SESSION *resume)
{
	c->fd = client_connect(s);
	c->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(c->ctx, version);
	SSL_CTX_set_max_proto_version(c->ctx, version);
	SSL_CTX_set_security_level(c->ctx, 0);
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, keep_session);
	c->ssl = SSL_new(c->ctx);
	if (alpn)
		SSL_set_alpn_protos(c->ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
	if (resume)
		SSL_set_session(c->ssl, resume);
	SSL_set_fd(c->ssl, c->fd);
	ERR_clear_error();
	return SSL_connect(c->ssl) == 1;
}

static void client_close(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	close(c->fd);
}

static size_t tls_read(struct client *c, void *p, size_t n)
{
	size_t at = 0, got;
	while (at < n && SSL_read_ex(c->ssl, (char *)p + at, n - at, &got) == 1)
		at += got;
	return at;
}

/* --- the server: echo, and "flood" --- */

static void on_overflow(struct conn *c)
{
	conn_drop_queue(c);
	conn_send_copy(c, "last words", 10);
	conn_close(c, CONN_CLOSE_FLUSH);
	bump(&overflowed);
}

static size_t on_data(struct conn *c, const unsigned char *p, size_t n)
{
	assert_true(conn_is_tls(c));
	if (n == 5 && memcmp(p, "flood", 5) == 0) {
		char frame[1000];
		for (int i = 0; i < 20000; i++) {
			memset(frame, 'a' + i % 26, sizeof frame);
			conn_send_copy(c, frame, sizeof frame);
		}
	} else {
		conn_send_copy(c, p, n);
	}
	return n;
}

static void on_close(struct conn *c)
{
	(void)c;
	bump(&closed);
}

static const struct conn_handler handler = {.on_data = on_data, .on_overflow = on_overflow, .on_close = on_close};

static void accept_tls(struct conn *c, void *user)
{
	(void)user;
	conn_set_limits(c, 100000, 200000);
	conn_set_handler(c, &handler, NULL);
}

static void start(struct server *s, size_t loops)
{
	closed = overflowed = 0;
	server_start(s, loops, (struct listener_config){.on_accept = accept_tls, .tls = context});
}

static void round_trip(void **state)
{
	(void)state;
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct net_stats before, after;
	net_stats_read(&before);
	struct server s;
	start(&s, 2);
	for (int v = 0; v < 2; v++) {
		struct client c;
		assert_true(client_open(&c, &s, versions[v], "\x02h2\x08http/1.1", NULL));
		const unsigned char *alpn;
		unsigned alpn_n;
		SSL_get0_alpn_selected(c.ssl, &alpn, &alpn_n);
		assert_true(str_eq(str_n(alpn, alpn_n), STR("http/1.1")));
		static char in[150000], out[150000];
		for (size_t i = 0; i < sizeof in; i++)
			in[i] = (char)(i * 7 % 251);
		for (size_t n = 1; n <= sizeof in; n = n * 5 + 3) {
			assert_int_equal(SSL_write(c.ssl, in, (int)n), n);
			assert_int_equal(tls_read(&c, out, n), n);
			assert_memory_equal(in, out, n);
		}
		assert_int_equal(SSL_shutdown(c.ssl), 0); /* our goodbye; then the server's */
		assert_int_equal(SSL_shutdown(c.ssl), 1);
		assert_true(wait_for(&closed, (unsigned)v + 1));
		client_close(&c);
	}
	server_stop(&s);
	net_stats_read(&after);
	assert_int_equal(after.tls_handshakes - before.tls_handshakes, 2);
	assert_int_equal(after.tls_failed - before.tls_failed, 0);
}

static void what_is_refused(void **state)
{
	(void)state;
	struct server s;
	start(&s, 1);
	struct net_stats before, after;
	net_stats_read(&before);
	struct client c;
	assert_false(client_open(&c, &s, TLS1_1_VERSION, NULL, NULL));
	client_close(&c);
	assert_false(client_open(&c, &s, TLS1_3_VERSION, "\x02h2", NULL));
	client_close(&c);
	int fd = client_connect(&s);
	client_send(fd, "\x16\x03\x01\x00\x05hello and nonsense", 23);
	assert_true(client_ended(fd));
	close(fd);
	/* renegotiation */
	assert_true(client_open(&c, &s, TLS1_2_VERSION, NULL, NULL));
	SSL_renegotiate(c.ssl);
	assert_int_not_equal(SSL_do_handshake(c.ssl), 1);
	client_close(&c);
	server_stop(&s);
	net_stats_read(&after);
	assert_int_equal(after.tls_failed - before.tls_failed, 3);
}

static void tickets_resume(void **state)
{
	(void)state;
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct server s;
	start(&s, 1);
	for (int v = 0; v < 2; v++) {
		struct client c;
		char out[2];
		assert_true(client_open(&c, &s, versions[v], NULL, NULL));
		assert_false(SSL_session_reused(c.ssl));
		assert_int_equal(SSL_write(c.ssl, "ab", 2), 2);
		assert_int_equal(tls_read(&c, out, 2), 2); /* the ticket of 1.3 comes before */
		SSL_shutdown(c.ssl);
		client_close(&c);
		assert_non_null(last_session);
		assert_int_equal(SSL_SESSION_get_max_early_data(last_session), 0);
		SSL_SESSION *session = last_session;
		last_session = NULL;
		assert_true(client_open(&c, &s, versions[v], NULL, session));
		assert_true(SSL_session_reused(c.ssl));
		SSL_SESSION_free(session);
		client_close(&c);
	}
	SSL_SESSION_free(last_session);
	last_session = NULL;
	server_stop(&s);
}

static void name_shown(const struct server *s, char out[32])
{
	struct client c;
	assert_true(client_open(&c, s, TLS1_3_VERSION, NULL, NULL));
	X509 *cert = SSL_get1_peer_certificate(c.ssl);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, 32);
	X509_free(cert);
	client_close(&c);
}

static void a_new_certificate_while_running(void **state)
{
	(void)state;
	struct server s;
	start(&s, 1);
	char name[32], out[1];
	bool changed = true;
	struct client old;
	assert_int_equal(tls_context_reload_if_changed(context, &changed), ERR_OK);
	assert_false(changed);
	assert_true(client_open(&old, &s, TLS1_3_VERSION, NULL, NULL));
	name_shown(&s, name);
	assert_string_equal(name, "first");
	make_certificate("second");
	assert_int_equal(tls_context_reload_if_changed(context, &changed), ERR_OK);
	assert_true(changed);
	name_shown(&s, name);
	assert_string_equal(name, "second");
	assert_int_equal(SSL_write(old.ssl, "x", 1), 1); /* the old connection goes on */
	assert_int_equal(tls_read(&old, out, 1), 1);
	client_close(&old);
	/* half a file: the present one stays */
	FILE *f = fopen(cert_file, "w");
	fputs("-----BEGIN CERTIFICATE-----\n", f);
	fclose(f);
	assert_int_equal(tls_context_reload_if_changed(context, &changed), ERR_IO);
	assert_false(changed);
	name_shown(&s, name);
	assert_string_equal(name, "second");
	unlink(cert_file);
	assert_int_equal(tls_context_reload_if_changed(context, &changed), ERR_IO);
	make_certificate("third");
	assert_int_equal(tls_context_reload_if_changed(context, &changed), ERR_OK);
	assert_true(changed);
	name_shown(&s, name);
	assert_string_equal(name, "third");
	server_stop(&s);
	struct tls_context *none = NULL;
	assert_int_equal(tls_context_open(&none, "/nonexistent", key_file), ERR_IO);
	assert_null(none);
}

static void overflow_keeps_records_whole(void **state)
{
	(void)state;
	struct server s;
	start(&s, 1);
	struct client c;
	assert_true(client_open(&c, &s, TLS1_3_VERSION, NULL, NULL));
	assert_int_equal(SSL_write(c.ssl, "flood", 5), 5);
	assert_true(wait_for(&overflowed, 1));
	char frame[1000];
	size_t frames = 0, got;
	while ((got = tls_read(&c, frame, sizeof frame)) == sizeof frame) {
		for (size_t i = 1; i < sizeof frame; i++)
			assert_int_equal(frame[i], frame[0]);
		frames++;
	}
	assert_true(frames > 10 && frames < 20000);
	assert_int_equal(got, 10);
	assert_memory_equal(frame, "last words", 10);
	assert_int_equal(SSL_get_error(c.ssl, 0), SSL_ERROR_ZERO_RETURN); /* ended properly */
	client_close(&c);
	assert_true(wait_for(&closed, 1));
	server_stop(&s);
}

static void a_stuck_handshake_ends_with_the_server(void **state)
{
	(void)state;
	struct server s;
	start(&s, 1);
	int fd = client_connect(&s), silent = client_connect(&s);
	client_send(fd, "\x16\x03\x01\x02", 4);
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	server_stop(&s);
	assert_true(client_ended(fd));
	assert_true(client_ended(silent));
	close(fd);
	close(silent);
	assert_int_equal(closed, 0); /* its owner never heard of it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(tickets_resume),
		cmocka_unit_test(a_new_certificate_while_running),
		cmocka_unit_test(overflow_keeps_records_whole),
		cmocka_unit_test(a_stuck_handshake_ends_with_the_server),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
