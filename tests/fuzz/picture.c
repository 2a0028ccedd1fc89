/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of pictures, which say how large they are: the first byte chooses the type. What is measured lies within what the format can
 * say, and cutting bytes off never makes another size of it.
 */
#include "file/picture.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum file_type types[] = {FILE_TYPE_PNG, FILE_TYPE_JPEG, FILE_TYPE_WEBP, FILE_TYPE_GIF};
	struct picture_size whole = {0, 0}, part = {0, 0};
	if (size < 1)
		return 0;
	enum file_type type = types[data[0] % 4];
	size_t n = size - 1, cut = n / 2;
	unsigned char *p = fuzz_exact(data + 1, n), *q = fuzz_exact(data + 1, cut);
	bool known = picture_measure(str_n(p, n), type, &whole);
	MUST(!known || type != FILE_TYPE_GIF);
	MUST(known || !picture_is_logo(str_n(p, n), type));
	if (known && type != FILE_TYPE_PNG)
		MUST(whole.width <= 1 << 24 && whole.height <= 1 << 24);
	if (picture_measure(str_n(q, cut), type, &part))
		MUST(known && part.width == whole.width && part.height == whole.height);
	free(p);
	free(q);
	return 0;
}
