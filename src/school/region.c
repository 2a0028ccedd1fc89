/* SPDX-License-Identifier: Apache-2.0 */
#include "school/region.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool region_known(struct str code)
{
	if (code.n != 2 || !digit(code.p[0]) || !digit(code.p[1]))
		return false;
	int n = (code.p[0] - '0') * 10 + (code.p[1] - '0');
	return (n >= 1 && n <= 79) || n == 83 || n == 86 || n == 87 || (n >= 89 && n <= 95);
}

bool inn_valid(struct str inn)
{
	static const int weights[] = {2, 4, 10, 3, 5, 9, 4, 6, 8};
	int sum = 0;
	if (inn.n != 10)
		return false;
	for (size_t i = 0; i < inn.n; i++) {
		if (!digit(inn.p[i]))
			return false;
		if (i < 9)
			sum += weights[i] * (inn.p[i] - '0');
	}
	return sum % 11 % 10 == inn.p[9] - '0';
}
