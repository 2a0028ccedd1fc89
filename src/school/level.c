/* SPDX-License-Identifier: Apache-2.0
 *
 * See level.h.
 */
#include "school/level.h"

#include "base/utf8.h"

/* What may stand between the year and the letter, or around it: 5 А, 5-А, 5 «А». */
static bool between(int32_t c)
{
	return c == ' ' || c == 0xa0 || c == '-' || c == 0x2013 || c == '"' || c == 0xab || c == 0xbb || c == '.';
}

static bool letter(int32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0x410 && c <= 0x44f) || c == 0x401 || c == 0x451;
}

void level_of_name(struct str name, int *level_out, struct str *letter_out)
{
	int level = 0;
	size_t at = 0, from = 0, to = 0, letters = 0;
	*level_out = 0;
	*letter_out = (struct str){0};
	while (at < name.n && at < 3 && name.p[at] >= '0' && name.p[at] <= '9')
		level = level * 10 + (name.p[at++] - '0');
	if (at == 0 || level < 1 || level > LEVEL_MAX)
		return;
	*level_out = level;
	for (;;) {
		size_t start = at;
		int32_t c = utf8_next(name, &at);
		if (c < 0)
			break;
		if (letter(c)) {
			if (to && to != start)
				return; /* two words: no letter */
			from = letters++ ? from : start;
			to = at;
		} else if (!between(c)) {
			return;
		}
	}
	if (letters && letters <= LETTER_MAX)
		*letter_out = str_n(name.p + from, to - from);
}
