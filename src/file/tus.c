/* SPDX-License-Identifier: Apache-2.0
 *
 * See tus.h.
 */
#include "file/tus.h"

#include "base/utf8.h"

#include <sodium.h>

#define ID_MAX ((1LL << 53) - 1)

enum err tus_number(struct str value, int64_t *out)
{
	if (!value.n || value.p[0] < '0' || value.p[0] > '9' || str_to_i64(value, out) || *out > ID_MAX)
		return ERR_MALFORMED;
	return ERR_OK;
}

enum err tus_path(struct str rest, int64_t *id_out)
{
	*id_out = 0;
	if (rest.n <= 1)
		return ERR_OK;
	if (rest.p[0] != '/' || rest.p[1] == '0')
		return ERR_MALFORMED;
	return tus_number(str_n(rest.p + 1, rest.n - 1), id_out);
}

/* --- Upload-Metadata */

static enum err decode(struct str text, char out[TUS_FILENAME_MAX], struct str *value_out)
{
	size_t n;
	if (sodium_base642bin((unsigned char *)out, TUS_FILENAME_MAX, text.p ? text.p : "", text.n, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL))
		return ERR_MALFORMED;
	*value_out = str_n(out, n);
	return ERR_OK;
}

static enum err read_purpose(struct str value, enum file_purpose *out)
{
	static const char *const names[FILE_PURPOSES] = {
		[FILE_FOR_APPLICATION] = "application", [FILE_FOR_DOCUMENT] = "document", [FILE_FOR_ROSTER] = "roster", [FILE_FOR_LOGO] = "logo", [FILE_FOR_CONTENT] = "content"};
	for (unsigned i = 0; i < FILE_PURPOSES; i++) {
		if (str_eq(value, str_of(names[i]))) {
			*out = (enum file_purpose)i;
			return ERR_OK;
		}
	}
	return ERR_MALFORMED;
}

enum key { KEY_FILENAME, KEY_PURPOSE, KEY_ORG, KEYS };
static const char *const key_names[KEYS] = {"filename", "purpose", "org"};

static enum err read_pair(enum key key, struct str encoded, struct tus_metadata *out)
{
	char space[TUS_FILENAME_MAX];
	struct str value;
	if (decode(encoded, space, &value))
		return ERR_MALFORMED;
	switch (key) {
	case KEY_FILENAME:
		if (!utf8_valid(value))
			return ERR_MALFORMED;
		out->name_n = file_name_clean(value, out->name);
		return ERR_OK;
	case KEY_PURPOSE:
		return read_purpose(value, &out->purpose);
	default:
		return tus_number(value, &out->org_id);
	}
}

enum err tus_metadata_parse(struct str value, struct tus_metadata *out, const char **wrong_out)
{
	bool seen[KEYS] = {0};
	*out = (struct tus_metadata){0};
	while (value.n) {
		struct str pair = str_trim_ascii(str_cut(&value, ','));
		struct str name = str_cut(&pair, ' ');
		for (int k = 0; k < KEYS; k++) {
			if (!str_eq(name, str_of(key_names[k])))
				continue;
			*wrong_out = key_names[k];
			if (seen[k] || read_pair((enum key)k, pair, out))
				return ERR_MALFORMED;
			seen[k] = true;
		}
	}
	*wrong_out = !seen[KEY_FILENAME] ? "filename" : !seen[KEY_PURPOSE] ? "purpose" : NULL;
	return *wrong_out ? ERR_MALFORMED : ERR_OK;
}

/* --- names */

static bool is_harmful(int32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
		(cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff0 && cp <= 0xffff) || (cp >= 0xe0000 && cp <= 0xe0fff);
}

static size_t whole_characters(const char *p, size_t n)
{
	while (n && ((unsigned char)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

#define EXTENSION_MAX 16

/* text has room for FILE_NAME_MAX; what is too long loses its middle, so that the extension stays. */
static size_t shorten(const char *text, size_t n, char *out)
{
	if (n <= FILE_NAME_MAX) {
		memcpy(out, text, n);
		return n;
	}
	size_t extension = 0;
	for (size_t i = 1; i <= EXTENSION_MAX && i < n; i++)
		if (text[n - i] == '.')
			extension = i;
	size_t keep = whole_characters(text, FILE_NAME_MAX - extension);
	while (!extension && (text[keep - 1] == '.' || text[keep - 1] == ' '))
		keep--;
	memcpy(out, text, keep);
	memcpy(out + keep, text + n - extension, extension);
	return keep + extension;
}

size_t file_name_clean(struct str in, char out[FILE_NAME_MAX])
{
	char text[TUS_FILENAME_MAX];
	size_t n = 0, at = 0, from = 0;
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '/' || in.p[i] == '\\')
			from = i + 1;
	struct str last = str_n(in.p + from, in.n - from);
	int32_t cp;
	while (utf8_valid(last) && last.n <= sizeof text && (cp = utf8_next(last, &at)) >= 0)
		if (!is_harmful(cp))
			n += utf8_put((uint32_t)cp, text + n);
	size_t begin = 0;
	while (begin < n && (text[begin] == '.' || text[begin] == ' '))
		begin++;
	while (n > begin && (text[n - 1] == '.' || text[n - 1] == ' '))
		n--;
	if (n == begin) {
		memcpy(out, "file", 4);
		return 4;
	}
	return shorten(text + begin, n - begin, out);
}

void file_name_disposition(struct buf *b, bool inline_, struct str name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	buf_add_str(b, inline_ ? STR("Content-Disposition: inline; filename*=UTF-8''") : STR("Content-Disposition: attachment; filename*=UTF-8''"));
	for (size_t i = 0; i < name.n; i++) {
		if (memchr(plain, name.p[i], sizeof plain - 1))
			buf_add_c(b, name.p[i]);
		else
			buf_addf(b, "%%%02X", (unsigned char)name.p[i]);
	}
	buf_add_str(b, STR("\r\n"));
}
