/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recording has to know of Opus (RFC 6716 3.1, RFC 7845 5.1): how long a packet is, how silence is written, the header of a file. Pure, any thread.
 */
#ifndef RECORD_OPUS_H
#define RECORD_OPUS_H

#include <stddef.h>
#include <stdint.h>

enum { OPUS_RATE = 48000, OPUS_FRAME = 960, OPUS_PACKET_MAX = 5760, OPUS_HEAD = 19, OPUS_SILENCE_MAX = 14 };

unsigned opus_samples(const uint8_t *p, size_t n); /* of a packet, at 48 kHz; 0: it is none */
/* Silence of so many frames of 20 ms, 1 to 6, in one packet; bytes. */
size_t opus_silence(unsigned frames, uint8_t out[OPUS_SILENCE_MAX]);
void opus_head(uint8_t out[OPUS_HEAD]); /* stereo, nothing to skip */

#endif
