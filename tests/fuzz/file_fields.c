/* SPDX-License-Identifier: Apache-2.0
 *
 * What uploads bring: Upload-Metadata, numbers, paths, names, and the first and last bytes that the sniffer looks at. The first byte
 * chooses. A name comes out short, valid and harmless, and cleaning it again changes nothing.
 */
#include "base/utf8.h"
#include "file/file_type.h"
#include "file/tus.h"
#include "fuzz.h"

static void name(struct str in)
{
	char out[FILE_NAME_MAX], again[FILE_NAME_MAX];
	size_t n = file_name_clean(in, out);
	MUST(n > 0 && n <= FILE_NAME_MAX && utf8_valid(str_n(out, n)));
	for (size_t i = 0; i < n; i++)
		MUST((unsigned char)out[i] >= 0x20 && out[i] != 0x7f && out[i] != '/' && out[i] != '\\');
	size_t m = file_name_clean(str_n(out, n), again);
	MUST(m == n && memcmp(out, again, n) == 0);
	struct buf b;
	buf_init(&b, 2048);
	file_name_disposition(&b, false, str_n(out, n));
	MUST(!b.err && b.n > 2 && memchr(b.p, '\r', b.n) == b.p + b.n - 2);
	buf_release(&b);
}

static void metadata(struct str in)
{
	struct tus_metadata m;
	const char *wrong = NULL;
	if (tus_metadata_parse(in, &m, &wrong)) {
		MUST(wrong);
		return;
	}
	MUST(m.name_n > 0 && m.name_n <= FILE_NAME_MAX && utf8_valid(str_n(m.name, m.name_n)));
	MUST((unsigned)m.purpose < FILE_PURPOSES && m.org_id >= 0);
}

static void bytes(struct str in)
{
	size_t cut = in.n ? (unsigned char)in.p[0] % (in.n + 1) : 0;
	MUST((unsigned)file_sniff(in, in, in.n) < FILE_TYPES);
	MUST(file_media_type(file_sniff(str_n(in.p, cut), str_n(in.p + cut, in.n - cut), in.n + 1)).n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	unsigned char *p = fuzz_exact(data + 1, size - 1);
	struct str value = str_n(p, size - 1);
	int64_t n = -1;
	switch (data[0] % 5) {
	case 0: metadata(value); break;
	case 1: MUST(tus_number(value, &n) || n >= 0); break;
	case 2: MUST(tus_path(value, &n) || n >= 0); break;
	case 3: name(value); break;
	default: bytes(value);
	}
	free(p);
	return 0;
}
