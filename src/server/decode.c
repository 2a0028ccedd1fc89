/* SPDX-License-Identifier: Apache-2.0
 *
 * See decode.h. Every check of one value is written once, for a field and for an item of an array alike.
 */
#include "server/decode.h"
#include "api_codes.gen.h"
#include "base/utf8.h"

#define FIELD_SHOWN_MAX 64 /* bytes of an unknown field's name that an answer repeats */

/* Where a value stands: a field, or the i-th item of the array in it. */
struct place {
	const char *field;
	bool item;
	size_t i;
};

static void fail(struct decoder *d, enum err e)
{
	if (d->err == ERR_OK)
		d->err = e;
}

static void refuse_place(struct decoder *d, struct place at)
{
	if (d->err != ERR_OK)
		return;
	const char *path = at.field;
	if (at.item) {
		path = arena_printf(d->arena, "%s[%zu]", at.field, at.i);
		if (!path) {
			fail(d, ERR_NOMEM);
			return;
		}
	}
	d->err = refuse(d->refusal, API_INVALID_FIELD, path, NULL);
}

static void refuse_field(struct decoder *d, const char *field)
{
	refuse_place(d, (struct place){.field = field});
}

/* The name of an unknown field is a stranger's text: copied, because the JSON may go before the answer is written, and cut. */
static void refuse_unknown(struct decoder *d, const char *key)
{
	struct str name = str_of(key);
	if (name.n > FIELD_SHOWN_MAX) {
		name.n = FIELD_SHOWN_MAX;
		while (name.n > 0 && ((unsigned char)name.p[name.n] & 0xc0) == 0x80)
			name.n--;
	}
	const char *copy = arena_z(d->arena, name);
	if (copy)
		refuse_field(d, copy);
	else
		fail(d, ERR_NOMEM);
}

static bool named(const char *key, const char *const *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(key, fields[i]) == 0)
			return true;
	return false;
}

void decode_begin(struct decoder *d, struct arena *a, const json_t *object, struct refusal *r, const char *const *fields, size_t count)
{
	*d = (struct decoder){.arena = a, .object = object, .refusal = r, .err = ERR_OK};
	if (!json_is_object(object)) {
		d->err = refuse(r, API_INVALID_FIELD, NULL, NULL);
		return;
	}
	/* jansson iterates const objects with a cast only; nothing is changed */
	json_t *o = (json_t *)(uintptr_t)object;
	for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
		if (!named(json_object_iter_key(it), fields, count)) {
			refuse_unknown(d, json_object_iter_key(it));
			return;
		}
	}
}

enum err decode_end(const struct decoder *d)
{
	if (d->err == ERR_OK && arena_failed(d->arena))
		return ERR_NOMEM;
	return d->err;
}

/* The field's value; NULL when absent (refused if it is required) or after a failure. */
static const json_t *take(struct decoder *d, const char *field, bool *has)
{
	const json_t *v = d->err == ERR_OK ? json_object_get(d->object, field) : NULL;
	if (has)
		*has = v != NULL;
	else if (!v)
		refuse_field(d, field);
	return v;
}

static void take_int(struct decoder *d, struct place at, const json_t *v, int64_t minimum, int64_t maximum, int64_t *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < minimum || json_integer_value(v) > maximum)
		refuse_place(d, at);
	else
		*out = json_integer_value(v);
}

static void take_bool(struct decoder *d, struct place at, const json_t *v, bool *out)
{
	if (json_is_boolean(v))
		*out = json_is_true(v);
	else
		refuse_place(d, at);
}

static void take_str(struct decoder *d, struct place at, const json_t *v, size_t minimum, size_t maximum, decode_format format,
	struct str *out)
{
	if (!json_is_string(v)) {
		refuse_place(d, at);
		return;
	}
	struct str s = str_n(json_string_value(v), json_string_length(v));
	size_t n = utf8_count(s); /* jansson admits valid UTF-8 only */
	if (n < minimum || n > maximum) {
		refuse_place(d, at);
		return;
	}
	if (format) {
		enum err e = format(d->arena, s, &s);
		if (e == ERR_MALFORMED)
			refuse_place(d, at);
		else
			fail(d, e);
	}
	if (d->err == ERR_OK)
		*out = s;
}

static int take_enum(struct decoder *d, struct place at, const json_t *v, const char *const *names, size_t count)
{
	if (json_is_string(v)) {
		struct str s = str_n(json_string_value(v), json_string_length(v));
		for (size_t i = 0; i < count; i++)
			if (str_eq(s, str_of(names[i])))
				return (int)i;
	}
	refuse_place(d, at);
	return 0;
}

void decode_int(struct decoder *d, const char *field, bool *has, int64_t minimum, int64_t maximum, int64_t *out)
{
	const json_t *v = take(d, field, has);
	if (v)
		take_int(d, (struct place){.field = field}, v, minimum, maximum, out);
}

void decode_bool(struct decoder *d, const char *field, bool *has, bool *out)
{
	const json_t *v = take(d, field, has);
	if (v)
		take_bool(d, (struct place){.field = field}, v, out);
}

void decode_str(struct decoder *d, const char *field, bool *has, size_t minimum, size_t maximum, decode_format format, struct str *out)
{
	const json_t *v = take(d, field, has);
	if (v)
		take_str(d, (struct place){.field = field}, v, minimum, maximum, format, out);
}

int decode_enum(struct decoder *d, const char *field, bool *has, const char *const *names, size_t count)
{
	const json_t *v = take(d, field, has);
	return v ? take_enum(d, (struct place){.field = field}, v, names, count) : 0;
}

const json_t *decode_object(struct decoder *d, const char *field, bool *has)
{
	const json_t *v = take(d, field, has);
	if (v && !json_is_object(v)) {
		refuse_field(d, field);
		return NULL;
	}
	return v;
}

const json_t *decode_array(struct decoder *d, const char *field, bool *has, size_t minimum, size_t maximum, size_t *n_out)
{
	*n_out = 0;
	const json_t *v = take(d, field, has);
	if (!v)
		return NULL;
	if (!json_is_array(v) || json_array_size(v) < minimum || json_array_size(v) > maximum) {
		refuse_field(d, field);
		return NULL;
	}
	*n_out = json_array_size(v);
	return v;
}

void *decode_room(struct decoder *d, size_t n, size_t size)
{
	if (d->err != ERR_OK || n == 0)
		return NULL;
	void *room = arena_array(d->arena, n, size);
	if (!room)
		fail(d, ERR_NOMEM);
	return room;
}

void decode_int_item(struct decoder *d, const char *field, const json_t *array, size_t i, int64_t minimum, int64_t maximum, int64_t *out)
{
	if (d->err == ERR_OK)
		take_int(d, (struct place){field, true, i}, json_array_get(array, i), minimum, maximum, out);
}

void decode_bool_item(struct decoder *d, const char *field, const json_t *array, size_t i, bool *out)
{
	if (d->err == ERR_OK)
		take_bool(d, (struct place){field, true, i}, json_array_get(array, i), out);
}

void decode_str_item(struct decoder *d, const char *field, const json_t *array, size_t i, size_t minimum, size_t maximum,
	decode_format format, struct str *out)
{
	if (d->err == ERR_OK)
		take_str(d, (struct place){field, true, i}, json_array_get(array, i), minimum, maximum, format, out);
}

int decode_enum_item(struct decoder *d, const char *field, const json_t *array, size_t i, const char *const *names, size_t count)
{
	return d->err == ERR_OK ? take_enum(d, (struct place){field, true, i}, json_array_get(array, i), names, count) : 0;
}

static void inner(struct decoder *d, const char *way, enum err e)
{
	if (d->err != ERR_OK || e == ERR_OK)
		return;
	if (e == ERR_REFUSED && way) {
		const char *field = d->refusal->field;
		d->refusal->field = field ? arena_printf(d->arena, "%s.%s", way, field) : way;
	}
	d->err = way && (e != ERR_REFUSED || d->refusal->field) ? e : ERR_NOMEM;
}

void decode_inner(struct decoder *d, const char *field, enum err e)
{
	inner(d, field, e);
}

void decode_inner_item(struct decoder *d, const char *field, size_t i, enum err e)
{
	if (e != ERR_OK)
		inner(d, arena_printf(d->arena, "%s[%zu]", field, i), e);
}
