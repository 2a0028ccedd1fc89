/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message's text becomes.
 */
#include "base/utf8.h"
#include "chat/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <utf8proc.h>

static struct arena *a;

static void becomes(const char *in, const char *want)
{
	struct str out;
	arena_reset(a);
	assert_int_equal(chat_text_clean(a, str_of(in), &out), CHAT_TEXT_OK);
	assert_int_equal(out.n, strlen(want));
	assert_memory_equal(out.p, want, out.n);
}

static enum chat_text_result result(struct str in)
{
	struct str out;
	arena_reset(a);
	return chat_text_clean(a, in, &out);
}

static void ends_are_trimmed(void **state)
{
	(void)state;
	becomes("Завтра контрольная", "Завтра контрольная");
	becomes(" \t\n\u00a0\u2003\u3000 привет \u2028\u205f\r\n", "привет");
	becomes("а  б", "а  б");
	becomes("a", "a");
}

static void line_breaks_stay(void **state)
{
	(void)state;
	becomes("раз\r\nдва\rтри\nчетыре", "раз\nдва\nтри\nчетыре");
	becomes("раз\n\nдва", "раз\n\nдва");
	becomes("раз\r\n\r\nдва", "раз\n\nдва");
	becomes("раз\u2028два\u2029три\xc2\x85четыре", "раз\nдва\nтри\nчетыре");
}

static void control_characters_go(void **state)
{
	(void)state;
	becomes("а\x01\x1b[31mб\x7fв\xc2\x9fг", "а[31mбвг");
	becomes("раз\tдва", "раз два");
	struct str out, in = str_n("a\0b", 3);
	assert_int_equal(chat_text_clean(a, in, &out), CHAT_TEXT_OK);
	assert_int_equal(out.n, 2);
	/* joiners are no control characters: family emoji stay one picture */
	becomes("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧");
}

static void composed_form(void **state)
{
	(void)state;
	becomes("и\u0306од и е\u0308ж", "йод и ёж");
	becomes("cafe\u0301", "caf\u00e9");
	becomes("\u212b", "\u00c5");          /* Angstrom sign */
	becomes("\u1112\u1161\u11ab", "\ud55c"); /* Hangul */
	becomes("e\u0323\u0301", "\u1eb9\u0301");
}

static void empty_is_refused(void **state)
{
	(void)state;
	assert_int_equal(result(STR("")), CHAT_TEXT_EMPTY);
	assert_int_equal(result(STR(" \n\t\u00a0")), CHAT_TEXT_EMPTY);
	assert_int_equal(result(STR("\x01\x02")), CHAT_TEXT_EMPTY);
	assert_int_equal(result(STR("\u200b\u200d\ufeff \u2060")), CHAT_TEXT_EMPTY);
	assert_int_equal(result(STR(".")), CHAT_TEXT_OK);
}

static void broken_utf8_is_refused(void **state)
{
	(void)state;
	assert_int_equal(result(STR("\xff")), CHAT_TEXT_NOT_UTF8);
	assert_int_equal(result(STR("\xc0\xaf")), CHAT_TEXT_NOT_UTF8);
	assert_int_equal(result(STR("\xed\xa0\x80")), CHAT_TEXT_NOT_UTF8);
	assert_int_equal(result(STR("\xd0")), CHAT_TEXT_NOT_UTF8);
}

static struct str repeated(const char *unit, size_t times, char *out)
{
	size_t n = strlen(unit);
	for (size_t i = 0; i < times; i++)
		memcpy(out + i * n, unit, n);
	return str_n(out, n * times);
}

static void length_is_counted_in_code_points_after_all(void **state)
{
	(void)state;
	static char big[CHAT_TEXT_MAX * 4 + 64];
	assert_int_equal(result(repeated("ы", CHAT_TEXT_MAX, big)), CHAT_TEXT_OK);
	assert_int_equal(result(repeated("ы", CHAT_TEXT_MAX + 1, big)), CHAT_TEXT_TOO_LONG);
	assert_int_equal(result(repeated("😀", CHAT_TEXT_MAX, big)), CHAT_TEXT_OK);
	/* one code point that normal form C takes apart into two */
	assert_int_equal(result(repeated("\u0958", CHAT_TEXT_MAX / 2, big)), CHAT_TEXT_OK);
	assert_int_equal(result(repeated("\u0958", CHAT_TEXT_MAX / 2 + 1, big)), CHAT_TEXT_TOO_LONG);
	/* trailing space is not counted */
	struct str s = repeated("ы", CHAT_TEXT_MAX, big);
	big[s.n] = ' ';
	assert_int_equal(result(str_n(big, s.n + 1)), CHAT_TEXT_OK);
}

/* The quick answer is right: each such code point stays itself, alone and before and after every kind of neighbour. */
static void plain_code_points_are_composed_already(void **state)
{
	(void)state;
	static const int32_t neighbours[] = {'a', 'e', 0x438, 0x435, 0x416, 0xe9, 0x1f600, 0x2014};
	size_t plain = 0;
	for (int32_t cp = 1; cp <= 0x10ffff; cp++) {
		if (!chat_text_plain(cp) || (cp >= 0xd800 && cp < 0xe000))
			continue;
		plain++;
		for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++) {
			unsigned char text[13];
			size_t n = utf8_put((uint32_t)neighbours[i], (char *)text);
			n += utf8_put((uint32_t)cp, (char *)text + n);
			n += utf8_put((uint32_t)neighbours[i], (char *)text + n);
			text[n] = 0;
			unsigned char *composed = utf8proc_NFC(text);
			assert_non_null(composed);
			assert_string_equal((char *)composed, (char *)text);
			free(composed);
		}
	}
	assert_true(plain > 2000);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_trimmed),
		cmocka_unit_test(line_breaks_stay),
		cmocka_unit_test(control_characters_go),
		cmocka_unit_test(composed_form),
		cmocka_unit_test(empty_is_refused),
		cmocka_unit_test(broken_utf8_is_refused),
		cmocka_unit_test(length_is_counted_in_code_points_after_all),
		cmocka_unit_test(plain_code_points_are_composed_already),
	};
	return cmocka_run_group_tests_name("chat_text", tests, setup, teardown);
}
