/* SPDX-License-Identifier: Apache-2.0
 *
 * A calendar as other programs read it (RFC 5545): escaped, folded at 75 octets, times in UTC. Pure.
 */
#ifndef LESSON_ICAL_H
#define LESSON_ICAL_H

#include "base/str.h"

struct ical_event { int64_t id, starts_at, minutes, stamp; struct str title; bool cancelled; };

void ical_begin(struct buf *out);
void ical_event(struct buf *out, const struct ical_event *e);
void ical_end(struct buf *out);

#endif
