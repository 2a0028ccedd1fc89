/* SPDX-License-Identifier: Apache-2.0
 *
 * See json_in.h.
 */
#include "server/json_in.h"
#include "api_codes.gen.h"

/* jansson's parser recurses once a level; the depth is known before it sees the text. Brackets inside of strings do not count.
 * Text that is not JSON may pass: jansson refuses it afterwards, and it cannot go deeper than the brackets counted here. */
static bool too_deep(struct str text)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

enum err json_read(struct str text, size_t limit, json_t **out, struct refusal *r)
{
	if (text.n > limit)
		return refuse(r, API_TOO_LARGE, NULL, NULL);
	if (text.n == 0 || too_deep(text))
		return refuse(r, API_BAD_REQUEST, NULL, NULL);
	json_error_t error;
	json_t *tree = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
	if (!tree)
		return json_error_code(&error) == json_error_out_of_memory ? ERR_NOMEM : refuse(r, API_BAD_REQUEST, NULL, NULL);
	if (!json_is_object(tree)) {
		json_decref(tree);
		return refuse(r, API_BAD_REQUEST, NULL, NULL);
	}
	*out = tree;
	return ERR_OK;
}
