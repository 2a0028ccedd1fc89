/* SPDX-License-Identifier: Apache-2.0
 *
 * libsrtp2, loaded at run time.
 */
#include "srtp_oracle.h"
#include "base/err.h"
#include "media/limits.h"
#include <dlfcn.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct oracle { srtp_t session; };

static struct {
	__typeof__(srtp_init) *init;
	__typeof__(srtp_create) *create;
	__typeof__(srtp_dealloc) *dealloc;
	__typeof__(srtp_protect) *protect, *unprotect, *protect_rtcp, *unprotect_rtcp;
	__typeof__(srtp_crypto_policy_set_rtp_default) *cm, *gcm;
} lib;

static void *symbol(void *library, const char *name)
{
	void *p = dlsym(library, name);
	CHECK(p);
	return p;
}

static void load(void)
{
	if (lib.init)
		return;
	void *library = dlopen("libsrtp2.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		BUG("libsrtp2 is missing: %s", dlerror());
	lib.create = symbol(library, "srtp_create");
	lib.dealloc = symbol(library, "srtp_dealloc");
	lib.protect = symbol(library, "srtp_protect");
	lib.unprotect = symbol(library, "srtp_unprotect");
	lib.protect_rtcp = symbol(library, "srtp_protect_rtcp");
	lib.unprotect_rtcp = symbol(library, "srtp_unprotect_rtcp");
	lib.cm = symbol(library, "srtp_crypto_policy_set_rtp_default");
	lib.gcm = symbol(library, "srtp_crypto_policy_set_aes_gcm_128_16_auth");
	lib.init = symbol(library, "srtp_init");
	CHECK(lib.init() == srtp_err_status_ok);
}

struct oracle *oracle_new(bool gcm, const uint8_t key[16], const uint8_t salt[14], bool sending)
{
	unsigned char both[30];
	srtp_policy_t policy = {0};
	struct oracle *o = calloc(1, sizeof *o);
	CHECK(o);
	load();
	memcpy(both, key, 16);
	memcpy(both + 16, salt, gcm ? 12 : 14);
	(gcm ? lib.gcm : lib.cm)(&policy.rtp);
	(gcm ? lib.gcm : lib.cm)(&policy.rtcp);
	policy.ssrc.type = sending ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = both;
	policy.window_size = SRTP_WINDOW;
	CHECK(lib.create(&o->session, &policy) == srtp_err_status_ok);
	return o;
}

void oracle_free(struct oracle *o)
{
	lib.dealloc(o->session);
	free(o);
}

static enum oracle_says says(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok:
		return ORACLE_OK;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
		return ORACLE_REPLAY;
	case srtp_err_status_auth_fail:
		return ORACLE_NOT_AUTHENTIC;
	default:
		return ORACLE_OTHER;
	}
}

static enum oracle_says run(__typeof__(srtp_protect) *f, struct oracle *o, uint8_t *p, size_t *n)
{
	int length = (int)*n;
	enum oracle_says s = says(f(o->session, p, &length));
	*n = (size_t)length;
	return s;
}

enum oracle_says oracle_protect(struct oracle *o, bool rtcp, uint8_t *p, size_t *n)
{
	return run(rtcp ? lib.protect_rtcp : lib.protect, o, p, n);
}

enum oracle_says oracle_unprotect(struct oracle *o, bool rtcp, uint8_t *p, size_t *n)
{
	return run(rtcp ? lib.unprotect_rtcp : lib.unprotect, o, p, n);
}
