/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses browsers are told to send sound and picture to. At start, one thread.
 */
#ifndef APP_MEDIA_ADDRESS_H
#define APP_MEDIA_ADDRESS_H

#include "base/str.h"

/* Into out, separated by commas: those of `configured` (separated by commas or spaces), or when that is empty those of this machine's interfaces that are up, IPv4
 * first (loopback when there are no others), at most TRANSPORT_ADDRESSES_MAX. False: one of them is no address, or there are too many. */
bool media_addresses(struct str configured, struct buf *out);

#endif
