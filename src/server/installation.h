/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings of this installation that handlers read; made by app from the configuration, constant while the program runs.
 */
#ifndef SERVER_INSTALLATION_H
#define SERVER_INSTALLATION_H

#include "base/str.h"

struct installation {
	struct str public_url;      /* "https://zvonok.school98.ru", no slash at the end */
	struct str secret;          /* 32 random bytes kept in the store: keys of hashes of codes and phones' limits */
	bool demo;                  /* make demo: codes are always 000000 and no caps on codes hold for demo numbers */
	int64_t session_days;       /* 90 */
	int64_t org_files_max;      /* bytes of files that one organisation may have */
	int64_t recording_days;     /* so long recordings of calls are kept */
	/* Hands a one-time code to the sender's own thread after the commit; never blocks. Called from a handler through
	 * code_sender of room account; NULL in tests that read codes from the store's hook. */
	void (*send_code)(void *user, struct str phone, struct str code, bool english);
	void *send_code_user;
};

#endif
