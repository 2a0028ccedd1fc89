/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats that api/ names for text: each checks what came in and gives its normal form, which is either `in` itself or
 * new text in the arena. ERR_MALFORMED: it is not one; ERR_NOMEM: the arena is full. `in` must be valid UTF-8. Any thread.
 */
#ifndef SERVER_FORMAT_H
#define SERVER_FORMAT_H

#include "base/arena.h"

/* E.164 (8 to 15 digits after the plus). Spaces, brackets, hyphens and dots are dropped; ten digits from 9 and eleven from 8
 * or 7 are a Russian number. */
enum err format_phone(struct arena *a, struct str in, struct str *out) MUST_CHECK;
enum err format_code(struct arena *a, struct str in, struct str *out) MUST_CHECK;      /* 6 ASCII digits */
enum err format_token(struct arena *a, struct str in, struct str *out) MUST_CHECK;     /* 22 to 64 characters of base64url */
enum err format_client_id(struct arena *a, struct str in, struct str *out) MUST_CHECK; /* 32 lower-case hexadecimal digits */
/* Letters and marks of any script, inner spaces, hyphens, apostrophes and dots, with at least one letter; to NFC, white
 * space at the ends dropped and inside folded to single spaces. */
enum err format_person_name(struct arena *a, struct str in, struct str *out) MUST_CHECK;
enum err format_date(struct arena *a, struct str in, struct str *out) MUST_CHECK;      /* a day of the calendar, 2026-09-01; years 1900 to 2199 */
/* One @ with ASCII letters, digits and the usual signs around it and a dot behind; as a whole in lower case. */
enum err format_email(struct arena *a, struct str in, struct str *out) MUST_CHECK;
enum err format_stream(struct arena *a, struct str in, struct str *out) MUST_CHECK;    /* "c12", "p5", "o3" */

#endif
