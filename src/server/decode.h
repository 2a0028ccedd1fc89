/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking a command's fields out of a JSON object; the generated decoders of api.gen.c are made of these calls. The first
 * failure sticks and is returned by decode_end; later calls then do nothing. A refusal is API_INVALID_FIELD with the path of
 * the field ("text", "person_ids[3]", "options[0].label"). Text that needs no change points into the JSON. One thread.
 *
 * `has`: NULL for a required field; otherwise it tells whether the field was there. null is a wrong type, not an absence.
 */
#ifndef SERVER_DECODE_H
#define SERVER_DECODE_H

#include "base/arena.h"
#include <jansson.h>

struct decoder {
	/* borrowed */
	struct arena *arena;
	const json_t *object;
	struct refusal *refusal;
	/* state */
	enum err err;
};

/* Checks a text and gives its normal form; ERR_MALFORMED when it is not one, ERR_NOMEM (server/format.h). */
typedef enum err (*decode_format)(struct arena *a, struct str in, struct str *out);

/* Refuses what is not an object and every field that `fields` (count of them) does not name. */
void decode_begin(struct decoder *d, struct arena *a, const json_t *object, struct refusal *r, const char *const *fields, size_t count);
enum err decode_end(const struct decoder *d) MUST_CHECK;

void decode_int(struct decoder *d, const char *field, bool *has, int64_t minimum, int64_t maximum, int64_t *out);
void decode_bool(struct decoder *d, const char *field, bool *has, bool *out);
/* minimum and maximum count code points of the text as it came; format may be NULL */
void decode_str(struct decoder *d, const char *field, bool *has, size_t minimum, size_t maximum, decode_format format, struct str *out);
/* The index of the value among names; 0 after a failure or when absent. */
int decode_enum(struct decoder *d, const char *field, bool *has, const char *const *names, size_t count);
/* The value of an object field (NULL: absent or failed), for its own decoder, whose result goes to decode_inner. */
const json_t *decode_object(struct decoder *d, const char *field, bool *has);
/* The array (NULL: absent or failed) and its length, then the items one by one. */
const json_t *decode_array(struct decoder *d, const char *field, bool *has, size_t minimum, size_t maximum, size_t *n_out);
/* Zeroed room for n items, NULL when n is 0 or after a failure. */
void *decode_room(struct decoder *d, size_t n, size_t size);
void decode_int_item(struct decoder *d, const char *field, const json_t *array, size_t i, int64_t minimum, int64_t maximum, int64_t *out);
void decode_bool_item(struct decoder *d, const char *field, const json_t *array, size_t i, bool *out);
void decode_str_item(struct decoder *d, const char *field, const json_t *array, size_t i, size_t minimum, size_t maximum,
	decode_format format, struct str *out);
int decode_enum_item(struct decoder *d, const char *field, const json_t *array, size_t i, const char *const *names, size_t count);
/* Takes over what an inner decoder returned and puts the way to it before its field. */
void decode_inner(struct decoder *d, const char *field, enum err e);
void decode_inner_item(struct decoder *d, const char *field, size_t i, enum err e);

#endif
