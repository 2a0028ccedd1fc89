/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats of text that api/ names, at their edges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "server/format.h"

typedef enum err (*format_function)(struct arena *a, struct str in, struct str *out);

static void good(format_function f, const char *in, const char *want)
{
	struct arena *a = arena_new(1 << 16);
	struct str out = {0};
	enum err e = f(a, str_of(in), &out);
	if (e != ERR_OK)
		fail_msg("\"%s\" was not accepted", in);
	if (!str_eq(out, str_of(want)))
		fail_msg("\"%s\" became \"%.*s\", not \"%s\"", in, (int)out.n, out.p, want);
	arena_free(&a);
}

static void bad(format_function f, const char *in)
{
	struct arena *a = arena_new(1 << 16);
	struct str out = {0};
	if (f(a, str_of(in), &out) != ERR_MALFORMED)
		fail_msg("\"%s\" was not refused", in);
	assert_null(out.p);
	arena_free(&a);
}

static void test_phone_russian_habits(void **state)
{
	(void)state;
	good(format_phone, "+79123456789", "+79123456789");
	good(format_phone, "89123456789", "+79123456789");
	good(format_phone, "8 (912) 345-67-89", "+79123456789");
	good(format_phone, "+7 (912) 345 67 89", "+79123456789");
	good(format_phone, "79123456789", "+79123456789");
	good(format_phone, "9123456789", "+79123456789");
	good(format_phone, "  8.912.345.67.89\t", "+79123456789");
	good(format_phone, "8\xc2\xa0" "912\xc2\xa0" "345-67-89", "+79123456789");
	good(format_phone, "8 3412 55-66-77", "+73412556677");
}

static void test_phone_of_other_countries(void **state)
{
	(void)state;
	good(format_phone, "+375 29 123-45-67", "+375291234567");
	good(format_phone, "+12345678", "+12345678");
	good(format_phone, "+123456789012345", "+123456789012345");
	good(format_phone, "+86 139 1099 7888", "+8613910997888"); /* an eight in front means Russia without a plus only */
}

static void test_phone_refused(void **state)
{
	(void)state;
	const char *list[] = {"", "+", "phone", "+1234567", "+1234567890123456", "12345678", "3412556677", "+0123456789", "8912345678",
		"7+9123456789", "++79123456789", "+7912345678a", "+7912,3456789", "+7 912 345 67 89 доб. 5", "\xd9\xa1\xd9\xa2\xd9\xa3",
		"00000000000000000000000000000000", "000000000000000000000000000000000"};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		bad(format_phone, list[i]);
}

static void test_code(void **state)
{
	(void)state;
	good(format_code, "000000", "000000");
	good(format_code, "987654", "987654");
	bad(format_code, "");
	bad(format_code, "12345");
	bad(format_code, "1234567");
	bad(format_code, "12345a");
	bad(format_code, " 12345");
	bad(format_code, "-12345");
}

static void test_token(void **state)
{
	(void)state;
	good(format_token, "abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuv");
	good(format_token, "-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09",
		"-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09");
	bad(format_token, "abcdefghijklmnopqrstu");
	bad(format_token, "-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09x");
	bad(format_token, "abcdefghijklmnopqrstu=");
	bad(format_token, "abcdefghijklmnopqrst+/");
	bad(format_token, "abcdefghijklmnopqrst..");
}

static void test_client_id(void **state)
{
	(void)state;
	good(format_client_id, "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef");
	bad(format_client_id, "0123456789ABCDEF0123456789abcdef");
	bad(format_client_id, "0123456789abcdef0123456789abcde");
	bad(format_client_id, "0123456789abcdef0123456789abcdef0");
	bad(format_client_id, "0123456789abcdeg0123456789abcdef");
}

static void test_date(void **state)
{
	(void)state;
	good(format_date, "2026-09-01", "2026-09-01");
	good(format_date, "2024-02-29", "2024-02-29");
	good(format_date, "2000-02-29", "2000-02-29");
	bad(format_date, "2025-02-29");
	bad(format_date, "1900-02-29");
	bad(format_date, "2026-13-01");
	bad(format_date, "2026-00-10");
	bad(format_date, "2026-04-31");
	bad(format_date, "2026-4-01");
	bad(format_date, "01.09.2026");
	bad(format_date, "1899-12-31");
	bad(format_date, "2200-01-01");
	bad(format_date, "2026-09-0a");
}

static void test_email(void **state)
{
	(void)state;
	good(format_email, "School98@Mail.RU", "school98@mail.ru");
	good(format_email, " a.b+c@x-y.spb.ru ", "a.b+c@x-y.spb.ru");
	bad(format_email, "school98");
	bad(format_email, "a@b");
	bad(format_email, "@mail.ru");
	bad(format_email, "a@");
	bad(format_email, "a@.ru");
	bad(format_email, "a@mail.ru.");
	bad(format_email, "a..b@mail.ru");
	bad(format_email, "a b@mail.ru");
	bad(format_email, "a@b@mail.ru");
	bad(format_email, "a@mail.ru\nBcc: x@y.z");
	bad(format_email, "a,b@mail.ru");
	bad(format_email, "\"a\"@mail.ru");
}

static void test_stream(void **state)
{
	(void)state;
	good(format_stream, "c12", "c12");
	good(format_stream, "p1", "p1");
	good(format_stream, "o9007199254740991", "o9007199254740991");
	bad(format_stream, "o9007199254740992");
	bad(format_stream, "c99999999999999999");
	bad(format_stream, "c");
	bad(format_stream, "c0");
	bad(format_stream, "c012");
	bad(format_stream, "x12");
	bad(format_stream, "12");
	bad(format_stream, "c-1");
	bad(format_stream, "C12");
}

static void test_name_kept(void **state)
{
	(void)state;
	const char *list[] = {"Анна", "О'Нил", "Мамин-Сибиряк", "d’Artagnan", "Ё", "Нгуен Ван Ан", "李", "Jr.", "Гульнара кызы", "محمد",
		"ʻOkina ʼа"};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		good(format_person_name, list[i], list[i]);
}

static void test_name_folded(void **state)
{
	(void)state;
	good(format_person_name, "  Анна \t Мария\xc2\xa0\xc2\xa0Ивановна\n", "Анна Мария Ивановна");
	good(format_person_name, "и\xcc\x86од", "йод"); /* combining breve to NFC */
	good(format_person_name, "\xe3\x80\x80李\xe3\x80\x80", "李");
}

static void test_name_refused(void **state)
{
	(void)state;
	const char *list[] = {"", " ", "-", "...", "' '", "Анна2", "<b>Анна</b>", "Анна!", "Анна\x01", "Анна\xe2\x80\x8eБ", "😀", "Ан_на",
		"\xcc\x86", "Анна@", "Анна \xcc\x86", "Анна\xe2\x80\xa8Б", "Анна\x7f", "\ufeffАнна"};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		bad(format_person_name, list[i]);
	char longer[1100];
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	bad(format_person_name, longer);
}

static void test_no_room(void **state)
{
	(void)state;
	struct arena *a = arena_new(1);
	struct str out = {0};
	assert_int_equal(format_phone(a, STR("+79123456789"), &out), ERR_NOMEM);
	assert_int_equal(format_person_name(a, STR("Анна Мария Ивановна Петрова"), &out), ERR_NOMEM);
	assert_null(out.p);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phone_russian_habits),
		cmocka_unit_test(test_phone_of_other_countries),
		cmocka_unit_test(test_phone_refused),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_client_id),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_email),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_name_kept),
		cmocka_unit_test(test_name_folded),
		cmocka_unit_test(test_name_refused),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests_name("server_format", tests, NULL, NULL);
}
