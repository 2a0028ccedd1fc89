/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON writer. Pure; failures show in the buf.
 */
#include "base/json.h"

void json_writer_init(struct json_writer *w, struct buf *out) { *w = (struct json_writer){.out = out}; }

static void comma(struct json_writer *w)
{
	if (w->comma)
		buf_add_c(w->out, ',');
}

static void json_open(struct json_writer *w, char bracket)
{
	comma(w);
	buf_add_c(w->out, bracket);
	w->comma = false;
}

static void json_close(struct json_writer *w, char bracket)
{
	buf_add_c(w->out, bracket);
	w->comma = true;
}

void json_open_object(struct json_writer *w) { json_open(w, '{'); }
void json_close_object(struct json_writer *w) { json_close(w, '}'); }
void json_open_array(struct json_writer *w) { json_open(w, '['); }
void json_close_array(struct json_writer *w) { json_close(w, ']'); }

void json_key(struct json_writer *w, const char *key)
{
	comma(w);
	buf_add_c(w->out, '"');
	buf_add(w->out, key, strlen(key));
	buf_add(w->out, "\":", 2);
	w->comma = false;
}

static void add_escape(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	switch (c) {
	case '"':
		buf_add(out, "\\\"", 2);
		return;
	case '\\':
		buf_add(out, "\\\\", 2);
		return;
	case '\b':
		buf_add(out, "\\b", 2);
		return;
	case '\f':
		buf_add(out, "\\f", 2);
		return;
	case '\n':
		buf_add(out, "\\n", 2);
		return;
	case '\r':
		buf_add(out, "\\r", 2);
		return;
	case '\t':
		buf_add(out, "\\t", 2);
		return;
	default: {
		char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
		buf_add(out, text, sizeof text);
	}
	}
}

void json_str(struct json_writer *w, struct str s)
{
	comma(w);
	buf_add_c(w->out, '"');
	size_t done = 0; /* what lies before is written */
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0xe2)
			continue;
		if (c == 0xe2) {
			/* U+2028 and U+2029 end a line in old JavaScript and in event streams */
			bool separator = s.n - i >= 3 && (unsigned char)s.p[i + 1] == 0x80 && ((unsigned char)s.p[i + 2] & 0xfe) == 0xa8;
			if (!separator)
				continue;
			buf_add(w->out, s.p + done, i - done);
			buf_add(w->out, (unsigned char)s.p[i + 2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
			i += 2;
		} else {
			buf_add(w->out, s.p + done, i - done);
			add_escape(w->out, c);
		}
		done = i + 1;
	}
	if (done < s.n)
		buf_add(w->out, s.p + done, s.n - done);
	buf_add_c(w->out, '"');
	w->comma = true;
}

void json_int(struct json_writer *w, int64_t v)
{
	comma(w);
	buf_add_i64(w->out, v);
	w->comma = true;
}

void json_bool(struct json_writer *w, bool v)
{
	comma(w);
	buf_add_str(w->out, v ? STR("true") : STR("false"));
	w->comma = true;
}

void json_raw(struct json_writer *w, struct str json)
{
	comma(w);
	buf_add_str(w->out, json);
	w->comma = true;
}
