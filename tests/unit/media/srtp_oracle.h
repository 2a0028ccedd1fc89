/* SPDX-License-Identifier: Apache-2.0
 *
 * libsrtp2 behind a few functions. It is loaded at run time, because it calls its functions as we do ours.
 */
#ifndef TESTS_UNIT_MEDIA_SRTP_ORACLE_H
#define TESTS_UNIT_MEDIA_SRTP_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle;
struct oracle *oracle_new(bool gcm, const uint8_t key[16], const uint8_t salt[14], bool sending);
void oracle_free(struct oracle *o);

enum oracle_says { ORACLE_OK, ORACLE_REPLAY, ORACLE_NOT_AUTHENTIC, ORACLE_OTHER };
/* In place; p has room for 64 bytes more when protecting. */
enum oracle_says oracle_protect(struct oracle *o, bool rtcp, uint8_t *p, size_t *n);
enum oracle_says oracle_unprotect(struct oracle *o, bool rtcp, uint8_t *p, size_t *n);

#endif
