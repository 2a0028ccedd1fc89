/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of SRTP: the session keys, which the tests set to the values of the RFCs, and the memory of builds with checks.
 */
#ifndef MEDIA_SRTP_PRIVATE_H
#define MEDIA_SRTP_PRIVATE_H

#include "media/srtp.h"

enum srtp_label { SRTP_LABEL_RTP_KEY, SRTP_LABEL_RTP_AUTH, SRTP_LABEL_RTP_SALT, SRTP_LABEL_RTCP_KEY, SRTP_LABEL_RTCP_AUTH, SRTP_LABEL_RTCP_SALT };

struct srtp_session { uint8_t key[16], auth[20], salt[14]; }; /* of RTP or of RTCP; auth is SHA1_80's alone */

/* RFC 3711 4.3.1: n bytes of AES-CM under the master key, salt padded to 14 bytes. ERR_IO: OpenSSL. */
enum err srtp_derive(const uint8_t key[16], const uint8_t salt[14], enum srtp_label label, uint8_t *out, size_t n) MUST_CHECK;

struct srtp *srtp_new_session(enum srtp_profile profile, bool sending, const struct srtp_session *rtp, const struct srtp_session *rtcp);
void srtcp_set_index(struct srtp *s, uint32_t index); /* the next one to be sent */

#ifdef MEDIA_CHECKS
/* Aborts when this key's index was encrypted before; the process's thread. What is remembered is bounded: the last 16,384 indices of 32,768 streams. */
void srtp_seen(uint64_t key_id, uint32_t ssrc, uint64_t index);
uint64_t srtp_key_id(const uint8_t key[16]);
#endif

#endif
