/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody types from paper (a link's or a card's short code), before anybody knows who he is: the first byte says how long the code
 * is. What is read is of the alphabet and reads back as itself, however it is grouped; what is no text is no code.
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "school/join.h"

#define LETTERS_MAX 32

static void must_read_as(const char *typed, size_t n, size_t letters, const char *code)
{
	char out[LETTERS_MAX + 1];
	MUST(short_code_read(str_n(typed, n), letters, out));
	MUST(strcmp(out, code) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[LETTERS_MAX + 2], typed[3 * LETTERS_MAX], made[LETTERS_MAX + 2];
	if (!size)
		return 0;
	size_t letters = data[0] % (LETTERS_MAX + 1), n = 0, at = 0;
	unsigned char *text = fuzz_exact(data + 1, size - 1);
	memset(out, '!', sizeof out);
	bool code = short_code_read(str_n(text, size - 1), letters, out);
	MUST(out[letters + 1] == '!');
	MUST(!code || utf8_valid(str_n(text, size - 1)));
	if (code) {
		MUST(strlen(out) == letters);
		must_read_as(out, letters, letters, out);
		for (size_t i = 0; i < letters; i++) { /* "ab-c d" */
			typed[n++] = (char)(out[i] >= 'A' ? out[i] + 32 : out[i]);
			if (data[1 + i % (size - 1)] & 1)
				typed[n++] = i % 2 ? '-' : ' ';
		}
		must_read_as(typed, n, letters, out);
		MUST(letters == 0 || !short_code_read(str_n(out, letters - 1), letters, typed));
		while (at < letters)
			MUST(strchr("23456789ABCDEFGHJKMNPQRSTVWXYZ", out[at++]));
	}
	short_code_make(made, letters);
	must_read_as(made, letters, letters, made);
	free(text);
	return 0;
}
