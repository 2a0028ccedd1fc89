/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command.h"

const struct command *command_find(const struct command *table, size_t count, struct str name)
{
	size_t lo = 0, hi = count;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(name, str_of(table[mid].name));
		if (!c)
			return &table[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}
