/* SPDX-License-Identifier: Apache-2.0
 *
 * See dtls.h. OpenSSL reads one datagram at a time and writes each one of its own by one call of the BIO below: a plain memory BIO would run
 * datagrams together, and a ClientHello that comes in several of them needs nothing special here.
 */
#include "media/dtls.h"

#include "base/clock.h"
#include "base/mem.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#define FIRST_TIMEOUT_US 200000   /* then doubled, up to the next */
#define LONGEST_TIMEOUT_US 3000000
#define CERTIFICATE_DAYS 365
#define CERTIFICATES_MAX 4096     /* bytes of what a browser shows: one of P-256 has some 300, of RSA 2048 some 700 */
#define EXPORTER "EXTRACTOR-dtls_srtp"
#define KEYING_MAX (2 * (16 + 14))

struct dtls_context {
	/* owned */
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	/* state */
	char fingerprint[DTLS_FINGERPRINT_TEXT];
};

struct dtls {
	/* owned */
	SSL *ssl;
	/* borrowed */
	void (*send)(void *user, const uint8_t *p, size_t n);
	void *user;
	const uint8_t *in; /* the datagram that is being read; NULL: none */
	size_t in_n;
	/* state */
	enum dtls_state state;
	bool wrong_certificate;
	uint8_t peer[DTLS_FINGERPRINT_BYTES];
};

/* --- fingerprints --- */

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err dtls_fingerprint_read(const char *text, uint8_t out[DTLS_FINGERPRINT_BYTES])
{
	if (strnlen(text, DTLS_FINGERPRINT_TEXT) != DTLS_FINGERPRINT_TEXT - 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < DTLS_FINGERPRINT_BYTES; i++) {
		int high = nibble(text[3 * i]), low = nibble(text[3 * i + 1]);
		bool last = i + 1 == DTLS_FINGERPRINT_BYTES;
		if (high < 0 || low < 0 || (!last && text[3 * i + 2] != ':'))
			return ERR_MALFORMED;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return ERR_OK;
}

void dtls_fingerprint_write(const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES], char out[DTLS_FINGERPRINT_TEXT])
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < DTLS_FINGERPRINT_BYTES; i++) {
		out[3 * i] = digits[fingerprint[i] >> 4];
		out[3 * i + 1] = digits[fingerprint[i] & 15];
		out[3 * i + 2] = ':';
	}
	out[DTLS_FINGERPRINT_TEXT - 1] = 0;
}

/* --- the datagrams --- */

static int bio_write(BIO *b, const char *p, int n)
{
	struct dtls *d = BIO_get_data(b);
	BIO_clear_retry_flags(b);
	if (n > 0)
		d->send(d->user, (const uint8_t *)p, (size_t)n);
	return n;
}

static int bio_read(BIO *b, char *p, int n)
{
	struct dtls *d = BIO_get_data(b);
	BIO_clear_retry_flags(b);
	if (!d->in) {
		BIO_set_retry_read(b);
		return -1;
	}
	size_t take = d->in_n < (size_t)n ? d->in_n : (size_t)n; /* the rest of a datagram is lost, as on a socket */
	memcpy(p, d->in, take);
	d->in = NULL;
	return (int)take;
}

static long bio_ctrl(BIO *b, int command, long number, void *p)
{
	(void)b;
	(void)number;
	(void)p;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return DTLS_MTU;
	default:
		return 0;
	}
}

static int bio_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

/* --- what all of them share --- */

/* The chain proves nothing: browsers sign for themselves. What counts is that this is the certificate that signalling named, and (OpenSSL sees to
 * that) that the browser has its key. */
static int check_certificate(X509_STORE_CTX *store, void *unused)
{
	(void)unused;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct dtls *d = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (certificate && X509_digest(certificate, EVP_sha256(), digest, &n) == 1 && n == sizeof d->peer &&
		str_eq_secret(str_n(digest, n), str_n(d->peer, sizeof d->peer)))
		return 1;
	d->wrong_certificate = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	if (!x)
		return NULL;
	X509_NAME *name = X509_get_subject_name(x);
	uint64_t serial = 0;
	random_fill(&serial, sizeof serial);
	bool ok = X509_set_version(x, 2) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1 | 1) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(x), -86400) && X509_gmtime_adj(X509_getm_notAfter(x), CERTIFICATE_DAYS * 86400L) &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"zvonok", -1, -1, 0) == 1 && X509_set_issuer_name(x, name) == 1 &&
		X509_set_pubkey(x, key) == 1 && X509_sign(x, key, EVP_sha256()) > 0;
	if (ok)
		return x;
	X509_free(x);
	return NULL;
}

static bool use_certificate(struct dtls_context *c)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? make_certificate(key) : NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = x && SSL_CTX_use_certificate(c->ctx, x) == 1 && SSL_CTX_use_PrivateKey(c->ctx, key) == 1 &&
		X509_digest(x, EVP_sha256(), digest, &n) == 1 && n == DTLS_FINGERPRINT_BYTES;
	if (ok)
		dtls_fingerprint_write(digest, c->fingerprint);
	X509_free(x);
	EVP_PKEY_free(key);
	return ok;
}

static bool set_up(struct dtls_context *c)
{
	c->bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory");
	c->ctx = SSL_CTX_new(DTLS_server_method());
	if (!c->bio || !c->ctx)
		return false;
	BIO_meth_set_write(c->bio, bio_write);
	BIO_meth_set_read(c->bio, bio_read);
	BIO_meth_set_ctrl(c->bio, bio_ctrl);
	BIO_meth_set_create(c->bio, bio_create);
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(c->ctx, 1);
	SSL_CTX_set_max_cert_list(c->ctx, CERTIFICATES_MAX);
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(c->ctx, check_certificate, NULL);
	/* SSL_CTX_set_tlsext_use_srtp gives 0 when it is fine */
	return SSL_CTX_set_min_proto_version(c->ctx, DTLS1_2_VERSION) == 1 &&
		SSL_CTX_set_cipher_list(c->ctx, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305") == 1 &&
		SSL_CTX_set1_groups_list(c->ctx, "X25519:P-256") == 1 &&
		SSL_CTX_set_tlsext_use_srtp(c->ctx, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") == 0 && use_certificate(c);
}

enum err dtls_context_new(struct dtls_context **out)
{
	struct dtls_context *c = mem_alloc(sizeof *c);
	if (set_up(c)) {
		*out = c;
		return ERR_OK;
	}
	ERR_clear_error();
	dtls_context_free(&c);
	return ERR_IO;
}

void dtls_context_free(struct dtls_context **context)
{
	struct dtls_context *c = *context;
	if (!c)
		return;
	SSL_CTX_free(c->ctx);
	BIO_meth_free(c->bio);
	mem_free(c);
	*context = NULL;
}

const char *dtls_context_fingerprint(const struct dtls_context *c) { return c->fingerprint; }

/* --- one of them --- */

static unsigned next_timeout(SSL *ssl, unsigned last_us)
{
	(void)ssl;
	unsigned twice = last_us * 2;
	return last_us == 0 ? FIRST_TIMEOUT_US : twice < LONGEST_TIMEOUT_US ? twice : LONGEST_TIMEOUT_US;
}

struct dtls *dtls_new(struct dtls_context *c, const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES],
	void (*send)(void *user, const uint8_t *p, size_t n), void *user)
{
	ERR_clear_error();
	SSL *ssl = SSL_new(c->ctx);
	BIO *bio = ssl ? BIO_new(c->bio) : NULL;
	if (!bio) {
		SSL_free(ssl);
		return NULL;
	}
	struct dtls *d = mem_alloc(sizeof *d);
	d->ssl = ssl;
	d->send = send;
	d->user = user;
	memcpy(d->peer, peer_fingerprint, sizeof d->peer);
	BIO_set_data(bio, d);
	SSL_set_bio(ssl, bio, bio); /* the one reference is for both */
	SSL_set_app_data(ssl, d);
	SSL_set_mtu(ssl, DTLS_MTU);
	DTLS_set_link_mtu(ssl, DTLS_MTU);
	DTLS_set_timer_cb(ssl, next_timeout);
	SSL_set_accept_state(ssl);
	return d;
}

void dtls_free(struct dtls **dtls)
{
	struct dtls *d = *dtls;
	if (!d)
		return;
	SSL_free(d->ssl);
	mem_wipe(d, sizeof *d);
	mem_free(d);
	*dtls = NULL;
}

enum dtls_state dtls_state(const struct dtls *d) { return d->state; }

static void fail(struct dtls *d) { d->state = d->wrong_certificate ? DTLS_BAD_FINGERPRINT : DTLS_FAILED; }

static void go_on(struct dtls *d)
{
	uint8_t nobody_reads[64];
	ERR_clear_error();
	if (d->state == DTLS_HANDSHAKING) {
		int done = SSL_do_handshake(d->ssl);
		int why = SSL_get_error(d->ssl, done);
		if (done != 1 && why != SSL_ERROR_WANT_READ)
			fail(d);
		if (done != 1)
			return;
		d->state = SSL_get_selected_srtp_profile(d->ssl) ? DTLS_CONNECTED : DTLS_FAILED;
	}
	/* Alerts, and a last flight that comes again because our answer to it was lost. What else there is, is of no protocol of ours. */
	for (int i = 0; i < 8 && d->state == DTLS_CONNECTED; i++) {
		int n = SSL_read(d->ssl, nobody_reads, sizeof nobody_reads);
		if (n > 0)
			continue;
		int why = SSL_get_error(d->ssl, n);
		if (why == SSL_ERROR_WANT_READ)
			break;
		d->state = DTLS_CLOSED; /* its close_notify, or an alert that ends it */
	}
	ERR_clear_error();
}

enum dtls_state dtls_input(struct dtls *d, const uint8_t *p, size_t n)
{
	if (d->state != DTLS_HANDSHAKING && d->state != DTLS_CONNECTED)
		return d->state;
	d->in = p;
	d->in_n = n;
	go_on(d);
	d->in = NULL;
	return d->state;
}

enum dtls_state dtls_sweep(struct dtls *d)
{
	struct timeval left;
	if (d->state != DTLS_HANDSHAKING || DTLSv1_get_timeout(d->ssl, &left) != 1 || left.tv_sec > 0 || left.tv_usec > 0)
		return d->state;
	ERR_clear_error();
	if (DTLSv1_handle_timeout(d->ssl) < 0)
		fail(d);
	ERR_clear_error();
	return d->state;
}

void dtls_say_goodbye(struct dtls *d)
{
	if (d->state != DTLS_CONNECTED)
		return;
	ERR_clear_error();
	SSL_shutdown(d->ssl);
	ERR_clear_error();
	d->state = DTLS_CLOSED;
}

enum err dtls_keys(struct dtls *d, struct srtp_keys *client, struct srtp_keys *server)
{
	uint8_t all[KEYING_MAX];
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(d->ssl);
	if (d->state != DTLS_CONNECTED || !profile)
		return ERR_IO;
	*client = *server = (struct srtp_keys){.profile = profile->id == SRTP_AEAD_AES_128_GCM ? SRTP_PROFILE_GCM : SRTP_PROFILE_CM_SHA1_80};
	size_t salt_n = srtp_salt_n(client->profile), n = 2 * (sizeof client->key + salt_n);
	if (SSL_export_keying_material(d->ssl, all, n, EXPORTER, sizeof EXPORTER - 1, NULL, 0, 0) != 1) {
		ERR_clear_error();
		return ERR_IO;
	}
	/* RFC 5764 4.2: client's key, server's key, client's salt, server's salt */
	const uint8_t *at = all;
	memcpy(client->key, at, sizeof client->key);
	memcpy(server->key, at + 16, sizeof server->key);
	memcpy(client->salt, at + 32, salt_n);
	memcpy(server->salt, at + 32 + salt_n, salt_n);
	mem_wipe(all, sizeof all);
	return ERR_OK;
}
