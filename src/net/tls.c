/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's TLS settings, its certificate, and the keys of its session tickets. Any thread: a mutex guards the pointer
 * to the present SSL_CTX and the ticket keys; connections that exist keep the SSL_CTX that they began with.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn_private.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/stat.h>

#define TICKET_KEY_MS (12 * 3600 * 1000) /* a key makes tickets for as long, and opens them for as long again */
#define TICKET_LIFETIME_S (12 * 3600)

struct ticket_key {
	unsigned char name[16], aes[32], mac[32];
	int64_t made_ms;
};

struct file_mark { /* of a file, to see that it was replaced or rewritten */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct tls_context {
	/* owned */
	char *cert_file, *key_file;
	pthread_mutex_t lock;
	/* state, under the lock */
	SSL_CTX *ctx;
	struct ticket_key keys[2]; /* the present one and the one before; made_ms 0: none */
	struct file_mark cert_mark, key_mark;
};

static bool read_mark(const char *path, struct file_mark *out)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return false;
	*out = (struct file_mark){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
	return true;
}

static bool same_mark(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}

/* --- session tickets --- */

/* Under the lock. The clock that never goes back. */
static void rotate_keys(struct tls_context *t)
{
	int64_t now = clock_mono_ms() + 1; /* never 0 */
	if (t->keys[0].made_ms != 0 && now - t->keys[0].made_ms < TICKET_KEY_MS)
		return;
	t->keys[1] = t->keys[0];
	struct ticket_key *k = &t->keys[0];
	random_fill(k->name, sizeof k->name);
	random_fill(k->aes, sizeof k->aes);
	random_fill(k->mac, sizeof k->mac);
	k->made_ms = now;
	if (t->keys[1].made_ms != 0 && now - t->keys[1].made_ms >= 2 * (int64_t)TICKET_KEY_MS)
		mem_wipe(&t->keys[1], sizeof t->keys[1]);
}

static int use_key(const struct ticket_key *k, const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int making)
{
	char digest[] = "SHA256";
	unsigned char mac_key[sizeof k->mac];
	memcpy(mac_key, k->mac, sizeof mac_key);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, sizeof mac_key),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	int ok = EVP_MAC_CTX_set_params(mac, params) && EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv, making);
	mem_wipe(mac_key, sizeof mac_key);
	return ok;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb: 1 go on, 2 go on and send a new ticket, 0 do not know it, -1 error. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int making)
{
	struct tls_context *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	int answer = 0;
	pthread_mutex_lock(&t->lock);
	rotate_keys(t);
	if (making) {
		memcpy(name, t->keys[0].name, sizeof t->keys[0].name);
		random_fill(iv, 16);
		answer = use_key(&t->keys[0], iv, cipher, mac, 1) ? 1 : -1;
	} else {
		for (int i = 0; i < 2; i++) {
			struct ticket_key *k = &t->keys[i];
			if (k->made_ms == 0 || memcmp(name, k->name, sizeof k->name) != 0)
				continue;
			/* TLS 1.3 gives a new ticket in any case: one is used once */
			int known = i == 0 && SSL_version(ssl) < TLS1_3_VERSION ? 1 : 2;
			answer = use_key(k, iv, cipher, mac, 0) ? known : -1;
			break;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return answer;
}

/* --- settings --- */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in, unsigned in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	(void)ssl;
	(void)arg;
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *make_ctx(struct tls_context *t)
{
	ERR_clear_error();
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return NULL;
	bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1;
	ok = ok && SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
	ok = ok && SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
		SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1); /* one system call for a record, not one for its head and one for its body */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, TICKET_LIFETIME_S);
	ok = ok && SSL_CTX_set_num_tickets(ctx, 1) == 1;
	ok = ok && SSL_CTX_set_max_early_data(ctx, 0) == 1;
	ok = ok && SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"zvonok", 6) == 1;
	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	ok = ok && SSL_CTX_use_certificate_chain_file(ctx, t->cert_file) == 1;
	ok = ok && SSL_CTX_use_PrivateKey_file(ctx, t->key_file, SSL_FILETYPE_PEM) == 1;
	ok = ok && SSL_CTX_check_private_key(ctx) == 1;
	if (ok)
		return ctx;
	char why[160];
	ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
	LOG(LOG_LEVEL_ERROR, "tls.certificate", LOG_FZ("cert", t->cert_file), LOG_FZ("key", t->key_file), LOG_FZ("error", why));
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return NULL;
}

/* --- life --- */

enum err tls_context_open(struct tls_context **out, const char *cert_file, const char *key_file)
{
	struct tls_context *t = mem_alloc(sizeof *t);
	t->cert_file = mem_dup(cert_file, strlen(cert_file));
	t->key_file = mem_dup(key_file, strlen(key_file));
	pthread_mutex_init(&t->lock, NULL);
	/* the marks first: a change while we read is then seen at the next look */
	if (read_mark(cert_file, &t->cert_mark) && read_mark(key_file, &t->key_mark))
		t->ctx = make_ctx(t);
	if (!t->ctx) {
		tls_context_close(&t);
		return ERR_IO;
	}
	*out = t;
	return ERR_OK;
}

enum err tls_context_reload_if_changed(struct tls_context *t, bool *changed_out)
{
	*changed_out = false;
	struct file_mark cert, key;
	if (!read_mark(t->cert_file, &cert) || !read_mark(t->key_file, &key))
		return ERR_IO;
	pthread_mutex_lock(&t->lock);
	bool same = same_mark(&cert, &t->cert_mark) && same_mark(&key, &t->key_mark);
	/* Noted even when they prove unusable: half-written files change again when they are whole. */
	t->cert_mark = cert;
	t->key_mark = key;
	pthread_mutex_unlock(&t->lock);
	if (same)
		return ERR_OK;
	SSL_CTX *fresh = make_ctx(t);
	if (!fresh)
		return ERR_IO;
	pthread_mutex_lock(&t->lock);
	SSL_CTX *old = t->ctx;
	t->ctx = fresh;
	pthread_mutex_unlock(&t->lock);
	SSL_CTX_free(old);
	*changed_out = true;
	return ERR_OK;
}

void tls_context_close(struct tls_context **context)
{
	struct tls_context *t = *context;
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	pthread_mutex_destroy(&t->lock);
	mem_wipe(t->keys, sizeof t->keys);
	mem_free(t->cert_file);
	mem_free(t->key_file);
	mem_free(t);
	*context = NULL;
}

SSL *tls_context_accept(struct tls_context *t, int fd)
{
	ERR_clear_error();
	pthread_mutex_lock(&t->lock);
	SSL *ssl = SSL_new(t->ctx);
	pthread_mutex_unlock(&t->lock);
	if (!ssl)
		return NULL;
	if (SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	return ssl;
}
