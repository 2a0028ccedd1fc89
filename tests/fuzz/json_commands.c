/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON commands: a line with the name of a command, then what a client sends as its fields. The strict reader and the
 * generated decoder of that command must take it or refuse it with a declared code; what is taken once is taken again;
 * one more, undeclared field must be refused; text that was taken is UTF-8.
 */
#include "fuzz.h"
#include "api.gen.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "server/command.h"
#include "server/json_in.h"
#include "server/stream.h"

#define ARENA_MAX (1u << 20)

/* The encoders of events stand beside the decoders; they are not run. */
void stream_event_json(struct buf *out, struct stream_id s, int64_t seq, int64_t at, const char *type, struct str data)
{
	(void)out, (void)s, (void)seq, (void)at, (void)type, (void)data;
	BUG("an event");
}

enum err stream_append(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out)
{
	(void)tx, (void)s, (void)type, (void)data, (void)seq_out;
	BUG("an event");
}

int64_t stream_head_or_zero(struct tx *tx, struct stream_id s)
{
	(void)tx, (void)s;
	BUG("an event");
}

static const struct command *choose(struct str name)
{
	const struct command *c = command_find(api_commands, api_command_count, name);
	return c ? c : &api_commands[(name.n > 0 ? (unsigned char)name.p[0] : 0) % api_command_count];
}

static enum err decode(const struct command *c, struct arena *a, const json_t *object, void *in)
{
	struct refusal refusal = {0};
	enum err e = c->decode(a, object, in, &refusal);
	MUST(e == ERR_OK || (e == ERR_REFUSED && refusal.code != 0) || (e == ERR_NOMEM && arena_failed(a)));
	MUST(e != ERR_REFUSED || !refusal.field || utf8_valid(str_of(refusal.field)));
	return e;
}

static void use(const struct command *c, const json_t *object)
{
	struct arena *a = arena_new(ARENA_MAX);
	void *in = calloc(1, c->in_size ? c->in_size : 1), *again = calloc(1, c->in_size ? c->in_size : 1);
	MUST(a && in && again);
	enum err e = decode(c, a, object, in);
	MUST(decode(c, a, object, again) == e || arena_failed(a));
	if (e == ERR_OK) {
		if (c->target_id)
			MUST(c->target_id(in) == c->target_id(again));
		if (c->client_id)
			MUST(utf8_valid(c->client_id(in)));
		json_t *more = json_copy((json_t *)object);
		MUST(more && json_object_set_new(more, "undeclared field", json_true()) == 0);
		MUST(decode(c, a, more, again) != ERR_OK);
		json_decref(more);
	}
	free(in);
	free(again);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *p = fuzz_exact(data, size);
	struct str rest = str_n(p, size), name = str_cut(&rest, '\n');
	struct refusal refusal = {0};
	json_t *object = NULL;
	enum err e = json_read(rest, 16384, &object, &refusal);
	MUST(e == ERR_OK || (e == ERR_REFUSED && refusal.code != 0));
	MUST((e == ERR_OK) == (object != NULL));
	if (object) {
		MUST(json_is_object(object) && utf8_valid(rest));
		use(choose(name), object);
		json_decref(object);
	}
	free(p);
	return 0;
}
