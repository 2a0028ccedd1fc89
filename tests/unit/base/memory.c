/* SPDX-License-Identifier: Apache-2.0
 *
 * arena, bytes, vec, map and the buffers, with memory and without.
 */
#include "harness.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/json.h"
#include "base/vec.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void arena_gives_zeroed_aligned_memory(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	for (size_t i = 1; i < 300; i++) {
		unsigned char *p = arena_alloc(a, i * 7);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t k = 0; k < i * 7; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xaa, i * 7);
	}
	arena_reset(a);
	unsigned char *p = arena_alloc(a, 4000);
	for (size_t k = 0; k < 4000; k++)
		assert_int_equal(p[k], 0);
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void arena_keeps_its_limit(void **state)
{
	(void)state;
	struct arena *a = arena_new(100);
	assert_non_null(arena_alloc(a, 100));
	assert_false(arena_failed(a));
	assert_null(arena_alloc(a, 1));
	assert_true(arena_failed(a));
	assert_null(arena_alloc(a, 0)); /* sticky */
	arena_reset(a);
	assert_false(arena_failed(a));
	assert_null(arena_array(a, SIZE_MAX / 2, 4));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_null(arena_alloc(a, SIZE_MAX));
	arena_reset(a);
	unsigned got = 0;
	while (arena_alloc(a, 1))
		got++;
	assert_in_range(got, 1, 7); /* tiny pieces are charged what they take */
	arena_free(&a);
}

static void arena_text_and_held_bytes(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 16);
	struct str s = arena_str(a, STR("перемена"));
	assert_int_equal(s.n, 16);
	assert_int_equal(s.p[s.n], 0);
	assert_string_equal(arena_printf(a, "%s-%d", "класс", 7), "класс-7");
	assert_string_equal(arena_z(a, (struct str){0}), "");
	struct bytes *b = bytes_new("x", 1);
	struct bytes *mine = bytes_ref(b);
	arena_hold(a, b);
	assert_int_equal(mine->refs, 2);
	arena_reset(a);
	assert_int_equal(mine->refs, 1);
	arena_hold(a, mine);
	arena_free(&a);
}

static bool arena_body(void *state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	bool ok = true;
	for (int i = 0; i < 40 && ok; i++)
		ok = arena_alloc(a, 3000) && arena_printf(a, "%d", i);
	if (ok)
		arena_hold(a, bytes_new("abc", 3));
	assert_int_equal(arena_failed(a), !ok);
	arena_free(&a);
	return ok;
}

static bool buf_body(void *state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100000);
	for (int i = 0; i < 2000; i++)
		buf_addf(&b, "%0300d", i % 10);
	assert_true(b.err == ERR_TOO_LARGE || b.err == ERR_NOMEM);
	enum err first = b.err;
	buf_clear(&b);
	for (int i = 0; i < 1000; i++)
		buf_add_str(&b, STR("0123456789"));
	bool ok = first == ERR_TOO_LARGE && b.err == ERR_OK && b.n == 10000;
	assert_true(ok || first == ERR_NOMEM || b.err == ERR_NOMEM);
	buf_release(&b);
	return ok;
}

static bool map_body(void *state)
{
	(void)state;
	struct map *m = map_new();
	struct strmap *s = strmap_new();
	char key[24];
	for (uint64_t i = 1; i <= 100; i++) {
		map_put(m, i * 1000003, &key[0]);
		int n = snprintf(key, sizeof key, "key %u", (unsigned)i);
		strmap_put(s, str_n(key, (size_t)n), m);
	}
	assert_int_equal(map_count(m), 100);
	assert_int_equal(strmap_count(s), 100);
	map_free(&m);
	strmap_free(&s);
	return true;
}

static bool bytes_body(void *state)
{
	(void)state;
	struct bytes *a = bytes_new("abc", 3), *b = bytes_try_alloc(2);
	if (!b) {
		bytes_unref(&a);
		return false;
	}
	memcpy(b->p, "de", 2);
	struct bytes *whole = bytes_join((struct bytes *[]){a, b}, 2);
	assert_true(str_eq(bytes_str(whole), STR("abcde")));
	bytes_unref(&a);
	bytes_unref(&b);
	bytes_unref(&whole);
	return true;
}

static bool json_body(void *state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 16);
	struct json_writer w;
	json_writer_init(&w, &b);
	json_open_array(&w);
	for (int i = 0; i < 200; i++) {
		json_open_object(&w);
		json_key(&w, "text");
		json_str(&w, STR("строка \"в кавычках\""));
		json_close_object(&w);
	}
	json_close_array(&w);
	bool ok = b.err == ERR_OK;
	assert_true(ok || b.err == ERR_NOMEM);
	buf_release(&b);
	return ok;
}

static void without_memory(void **state)
{
	(void)state;
	struct oom_result r = run_oom(arena_body, NULL);
	assert_true(r.panicked > 0 && r.refused > 0);
	r = run_oom(buf_body, NULL);
	assert_true(r.panicked == 0 && r.refused > 0);
	r = run_oom(map_body, NULL);
	assert_true(r.panicked > 100 && r.refused == 0);
	r = run_oom(bytes_body, NULL);
	assert_true(r.panicked > 0 && r.refused > 0);
	r = run_oom(json_body, NULL);
	assert_true(r.panicked == 0 && r.refused > 0);
}

static void *unref_many(void *arg)
{
	struct bytes *b = arg;
	for (int i = 0; i < 100000; i++) {
		struct bytes *mine = bytes_ref(b);
		bytes_unref(&mine);
		assert_null(mine);
	}
	return NULL;
}

static void bytes_count_across_threads(void **state)
{
	(void)state;
	struct bytes *b = bytes_new("shared", 6);
	pthread_t t[3];
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, unref_many, b), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(b->refs, 1);
	bytes_unref(&b);
	bytes_unref(&b);
	assert_null(bytes_try_alloc(SIZE_MAX));
}

static void vec_grows(void **state)
{
	(void)state;
	VEC(int) v = VEC_INIT;
	for (int i = 0; i < 1000; i++)
		VEC_PUSH(&v, i);
	assert_int_equal(v.n, 1000);
	VEC_SWAP_REMOVE(&v, 10);
	assert_int_equal(v.p[10], 999);
	assert_int_equal(VEC_POP(&v), 998);
	VEC_RELEASE(&v);
	assert_null(v.p);
}

/* Against a plain array, with keys close together so that runs form and removal has to move them back. */
static void map_agrees_with_an_array(void **state)
{
	(void)state;
	enum { KEYS = 512 };
	static char marks[KEYS + 1];
	void *model[KEYS] = {0};
	struct map *m = map_new();
	struct strmap *s = strmap_new();
	uint64_t seed = 12345;
	for (int step = 0; step < 200000; step++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t key = (seed >> 33) % KEYS;
		char text[16];
		struct str name = str_n(text, (size_t)snprintf(text, sizeof text, "%u", (unsigned)key));
		assert_ptr_equal(map_find(m, key), model[key]);
		assert_ptr_equal(strmap_find(s, name), model[key]);
		if ((seed >> 20) % 5 < 2) {
			void *value = &marks[(seed >> 45) % KEYS];
			map_put(m, key, value);
			strmap_put(s, name, value);
			model[key] = value;
		} else {
			assert_ptr_equal(map_remove(m, key), model[key]);
			assert_ptr_equal(strmap_remove(s, name), model[key]);
			model[key] = NULL;
		}
	}
	size_t alive = 0, seen = 0, it = 0;
	for (size_t i = 0; i < KEYS; i++)
		alive += model[i] != NULL;
	uint64_t key;
	void *value;
	while (map_next(m, &it, &key, &value)) {
		assert_ptr_equal(model[key], value);
		seen++;
	}
	assert_int_equal(seen, alive);
	assert_int_equal(map_count(m), alive);
	struct str name;
	for (it = 0, seen = 0; strmap_next(s, &it, &name, &value); seen++) {
		int64_t number;
		assert_int_equal(str_to_i64(name, &number), ERR_OK);
		assert_ptr_equal(model[number], value);
	}
	assert_int_equal(seen, alive);
	map_free(&m);
	strmap_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(arena_keeps_its_limit),
		cmocka_unit_test(arena_text_and_held_bytes),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(bytes_count_across_threads),
		cmocka_unit_test(vec_grows),
		cmocka_unit_test(map_agrees_with_an_array),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
