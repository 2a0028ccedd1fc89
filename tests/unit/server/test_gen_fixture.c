/* SPDX-License-Identifier: Apache-2.0
 *
 * What the generator makes of fixture_api.yaml: every kind of field, the encoders, the events, the table of commands.
 * The functions of tx.h that events go to are recorded here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api.gen.h"
#include "server/json_in.h"

#define CLIENT_ID "0123456789abcdef0123456789abcdef"
#define NEEDED "\"org_id\":5,\"open\":true,\"size\":-1,\"colour\":\"green\",\"cage\":{\"label\":\"а\"},\"cages\":[{\"label\":\"б\",\"depths\":[-5,5]}]"

static struct {
	struct arena *arena;
	json_t *tree;
	struct refusal refusal;
	char event[64], data[256];
	int64_t seq;
	struct stream_id stream;
	struct person_id except;
	enum err event_answer;
} t;

static void record(const char *type, struct stream_id s, struct str data)
{
	assert_true(strlen(type) < sizeof t.event && data.n < sizeof t.data);
	memcpy(t.event, type, strlen(type) + 1);
	memcpy(t.data, data.p, data.n);
	t.data[data.n] = '\0';
	t.stream = s;
}

enum err tx_event(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out)
{
	(void)tx;
	assert_null(seq_out);
	record(type, s, data);
	return t.event_answer;
}

void tx_event_stored(struct tx *tx, struct stream_id s, int64_t seq, const char *type, struct str data)
{
	(void)tx;
	t.seq = seq;
	record(type, s, data);
}

void tx_signal(struct tx *tx, struct stream_id s, const char *name, struct str data, struct person_id except)
{
	(void)tx;
	t.except = except;
	record(name, s, data);
}

bool stream_parse(struct str text, struct stream_id *out)
{
	if (!str_eq(text, STR("c12")))
		return false;
	*out = chat_stream((struct chat_id){12});
	return true;
}

/* --- handlers of the fixture */

enum err zoo_make(struct tx *tx, const struct api_zoo_make *in, struct api_zoo *out)
{
	(void)tx;
	out->size = in->size + 1;
	return ERR_OK;
}

enum err follow(struct tx *tx, const struct api_follow *in, struct api_empty *out)
{
	(void)tx;
	(void)in;
	(void)out;
	return ERR_AGAIN;
}

enum err own_id(struct tx *tx, const struct api_own_id *in, struct api_empty *out)
{
	(void)tx;
	(void)in;
	(void)out;
	return ERR_OK;
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof t);
	t.arena = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(t.tree);
	arena_free(&t.arena);
	return 0;
}

static enum err decode(const char *text, struct api_zoo_make *out)
{
	json_decref(t.tree);
	t.tree = NULL;
	t.refusal = (struct refusal){0};
	struct refusal r;
	if (json_read(str_of(text), 1 << 20, &t.tree, &r) != ERR_OK)
		fail_msg("the test's own JSON is wrong: %s", text);
	return api_zoo_make_decode(t.arena, t.tree, out, &t.refusal);
}

static void refused(const char *text, const char *field)
{
	struct api_zoo_make got;
	if (decode(text, &got) != ERR_REFUSED)
		fail_msg("not refused: %s", text);
	assert_int_equal(t.refusal.code, API_INVALID_FIELD);
	assert_string_equal(t.refusal.field, field);
}

static void test_all_kinds(void **state)
{
	(void)state;
	struct api_zoo_make z;
	assert_int_equal(decode("{" NEEDED "}", &z), ERR_OK);
	assert_int_equal(z.org_id, 5);
	assert_true(z.open);
	assert_int_equal(z.size, -1);
	assert_int_equal(z.colour, API_COLOUR_GREEN);
	assert_true(str_eq(z.cage.label, STR("а")));
	assert_false(z.cage.has_depths);
	assert_int_equal(z.cages.n, 1);
	assert_int_equal(z.cages.items[0].depths.n, 2);
	assert_int_equal(z.cages.items[0].depths.items[0], -5);
	assert_false(z.has_phone || z.has_may_be_open || z.has_may_be_cage || z.has_mood || z.has_flags || z.has_words || z.has_colours ||
		z.has_phones || z.has_client_id);
	assert_int_equal(decode("{" NEEDED ",\"phone\":\"89123456789\",\"may_be_open\":false,\"may_be_cage\":{\"label\":\"в\",\"depths\":[]},"
				"\"mood\":\"loud\",\"flags\":[true,false],\"words\":[\"аб\"],\"colours\":[\"red\",\"green\"],"
				"\"phones\":[\"9123456789\"],\"client_id\":\"" CLIENT_ID "\"}",
				 &z),
		ERR_OK);
	assert_true(z.has_phone && str_eq(z.phone, STR("+79123456789")));
	assert_true(z.has_may_be_open && !z.may_be_open);
	assert_true(z.has_may_be_cage && z.may_be_cage.has_depths && z.may_be_cage.depths.n == 0);
	assert_true(z.has_mood && z.mood == API_ZOO_MAKE_MOOD_LOUD);
	assert_true(z.has_flags && z.flags.n == 2 && z.flags.items[0] && !z.flags.items[1]);
	assert_true(z.has_words && str_eq(z.words.items[0], STR("аб")));
	assert_true(z.has_colours && z.colours.items[1] == API_COLOUR_GREEN);
	assert_true(z.has_phones && str_eq(z.phones.items[0], STR("+79123456789")));
	assert_true(z.has_client_id);
}

static void test_paths_of_fields(void **state)
{
	(void)state;
	refused("{" NEEDED ",\"phones\":[\"9123456789\",\"12\"]}", "phones[1]");
	refused("{" NEEDED ",\"phones\":[\"9123456789\",\"12345\"]}", "phones[1]");
	refused("{" NEEDED ",\"flags\":[1]}", "flags[0]");
	refused("{" NEEDED ",\"words\":[\"аб\",\"абв\"]}", "words[1]");
	refused("{" NEEDED ",\"words\":[\"\"]}", "words[0]");
	refused("{" NEEDED ",\"colours\":[\"red\",\"blue\"]}", "colours[1]");
	refused("{" NEEDED ",\"flags\":[true,true,true]}", "flags");
	refused("{" NEEDED ",\"may_be_cage\":{}}", "may_be_cage.label");
	refused("{" NEEDED ",\"may_be_cage\":[]}", "may_be_cage");
	refused("{" NEEDED ",\"may_be_cage\":null}", "may_be_cage");
	refused("{" NEEDED ",\"may_be_cage\":{\"label\":\"а\",\"more\":1}}", "may_be_cage.more");
	refused("{" NEEDED ",\"mood\":\"glad\"}", "mood");
	refused("{" NEEDED ",\"may_be_open\":0}", "may_be_open");
	refused("{\"org_id\":5,\"open\":true,\"size\":4}", "size");
	refused("{\"org_id\":5,\"open\":true,\"size\":-2}", "size");
	refused("{\"org_id\":5,\"open\":true,\"size\":0,\"colour\":\"red\",\"cage\":{\"label\":\"а\"},\"cages\":[{\"label\":\"а\"},7]}", "cages[1]");
	refused("{\"org_id\":5,\"open\":true,\"size\":0,\"colour\":\"red\",\"cage\":{\"label\":\"а\"},"
		"\"cages\":[{\"label\":\"а\"},{\"label\":\"а\",\"depths\":[0,6]}]}",
		"cages[1].depths[1]");
	refused("{\"org_id\":5,\"open\":true,\"size\":0,\"colour\":\"red\",\"cage\":{\"label\":\"а\"},\"cages\":[]}", "cages");
}

static void test_encode(void **state)
{
	(void)state;
	struct str raws[] = {STR("{\"x\":1}"), STR("[2]")};
	int64_t depths[] = {3, -4};
	struct api_cage cages[] = {{.label = STR("q\"")}, {.label = STR("я"), .has_depths = true, .depths = {depths, 2}}};
	enum api_colour colours[] = {API_COLOUR_RED, API_COLOUR_GREEN};
	struct api_zoo z = {.size = -7, .colour = API_COLOUR_GREEN, .cage = cages[0], .cages = {cages, 2}, .raw = STR("null"), .raws = {raws, 2}};
	struct buf b;
	buf_init(&b, 4096);
	struct json_writer w;
	json_writer_init(&w, &b);
	api_zoo_encode(&w, &z);
	assert_true(str_eq(buf_str(&b),
		STR("{\"open\":false,\"size\":-7,\"colour\":\"green\",\"cage\":{\"label\":\"q\\\"\"},"
		    "\"cages\":[{\"label\":\"q\\\"\"},{\"label\":\"я\",\"depths\":[3,-4]}],\"raw\":null,\"raws\":[{\"x\":1},[2]]}")));
	buf_clear(&b);
	json_writer_init(&w, &b);
	z = (struct api_zoo){.raw = STR("1"), .has_note = true, .has_colours = true, .colours = {colours, 2}};
	api_zoo_encode(&w, &z);
	assert_true(str_eq(buf_str(&b), STR("{\"open\":false,\"size\":0,\"colour\":\"red\",\"cage\":{\"label\":\"\"},\"cages\":[],\"raw\":1,"
					    "\"raws\":[],\"note\":\"\",\"colours\":[\"red\",\"green\"]}")));
	buf_release(&b);
}

static void test_events(void **state)
{
	(void)state;
	struct tx tx = {0};
	struct stream_id s = org_stream((struct org_id){9});
	struct api_cage_opened_event v = {.label = STR("лев")};
	assert_int_equal(event_cage_opened(&tx, s, &v), ERR_OK);
	assert_string_equal(t.event, "cage_opened");
	assert_string_equal(t.data, "{\"label\":\"лев\"}");
	assert_int_equal(t.stream.v, s.v);
	t.event_answer = ERR_BUSY;
	assert_int_equal(event_cage_opened(&tx, s, &v), ERR_BUSY);
	memset(t.event, 0, sizeof t.event);
	assert_int_equal(event_cage_opened_stored(&tx, s, 42, &v), ERR_OK);
	assert_int_equal(t.seq, 42);
	assert_string_equal(t.event, "cage_opened");
	struct api_roar_signal roar = {.loud = true};
	assert_int_equal(signal_roar(&tx, s, &roar, (struct person_id){3}), ERR_OK);
	assert_string_equal(t.event, "roar");
	assert_string_equal(t.data, "{\"loud\":true}");
	assert_int_equal(t.except.v, 3);
}

static const struct command *row(const char *name)
{
	for (size_t i = 0; i < api_command_count; i++)
		if (strcmp(api_commands[i].name, name) == 0)
			return &api_commands[i];
	fail_msg("no command %s", name);
	return NULL;
}

static void test_table(void **state)
{
	(void)state;
	assert_int_equal(api_command_count, 3);
	for (size_t i = 1; i < api_command_count; i++)
		assert_true(strcmp(api_commands[i - 1].name, api_commands[i].name) < 0);
	const struct command *make = row("zoo_make"), *read = row("follow"), *own = row("own_id");
	assert_int_equal(make->access, COMMAND_WRITE);
	assert_int_equal(make->target, TARGET_ORG);
	assert_int_equal(make->admit, ADMIT_ADMIN | ADMIT_UNIT_LEAD);
	assert_int_equal(make->cost, 3);
	assert_true(make->replay && make->client_id);
	assert_int_equal(read->access, COMMAND_READ);
	assert_int_equal(read->target, TARGET_STREAM);
	assert_true(!read->replay && !read->client_id);
	assert_int_equal(own->target, TARGET_NONE);
	assert_null(own->target_id);
	assert_true(!own->replay && own->client_id);
	const struct api_zoo_make in = {.org_id = 77, .size = 2};
	struct api_zoo out = {0};
	assert_int_equal(make->in_size, sizeof in);
	assert_int_equal(make->out_size, sizeof out);
	assert_int_equal(make->target_id(&in), 77);
	assert_int_equal(make->client_id(&in).n, 0);
	assert_int_equal(make->run(NULL, &in, &out), ERR_OK);
	assert_int_equal(out.size, 3);
	const struct api_follow stream = {.stream = STR("c12")};
	assert_int_equal(read->target_id(&stream), chat_stream((struct chat_id){12}).v);
	assert_int_equal(read->run(NULL, &stream, &out), ERR_AGAIN);
	const struct api_own_id id = {.client_id = STR(CLIENT_ID)};
	assert_true(str_eq(own->client_id(&id), STR(CLIENT_ID)));
}

static void test_decode_through_the_table(void **state)
{
	(void)state;
	struct refusal r = {0};
	assert_int_equal(json_read(STR("{\"stream\":\"c12\"}"), 100, &t.tree, &r), ERR_OK);
	struct api_follow in;
	assert_int_equal(row("follow")->decode(t.arena, t.tree, &in, &r), ERR_OK);
	assert_true(str_eq(in.stream, STR("c12")));
	struct buf b;
	buf_init(&b, 100);
	struct json_writer w;
	json_writer_init(&w, &b);
	struct api_empty out = {0};
	row("follow")->encode(&w, &out);
	assert_true(str_eq(buf_str(&b), STR("{}")));
	buf_release(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_kinds),
		TEST(test_paths_of_fields),
		TEST(test_encode),
		TEST(test_events),
		TEST(test_table),
		TEST(test_decode_through_the_table),
	};
	return cmocka_run_group_tests_name("server_gen_fixture", tests, NULL, NULL);
}
