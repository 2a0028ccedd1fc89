/* SPDX-License-Identifier: Apache-2.0
 *
 * One line an event, written at once and without the heap, so that it works when memory does not. Any thread.
 */
#include "base/log.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include <errno.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 8192
#define LOG_VALUE_MAX 512

static int lowest_level = LOG_LEVEL_INFO;
static void (*line_sink)(enum log_level, struct str);

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_DEBUG:
		return "debug";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_WARN:
		return "warn";
	case LOG_LEVEL_ERROR:
		return "error";
	}
	return "unknown";
}

static struct str time_text(char out[32])
{
	int64_t ms = clock_wall_ms();
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	gmtime_r(&s, &tm);
	size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	int part = (int)(ms % 1000);
	out[n++] = '.';
	out[n++] = (char)('0' + part / 100);
	out[n++] = (char)('0' + part / 10 % 10);
	out[n++] = (char)('0' + part % 10);
	out[n++] = 'Z';
	return str_n(out, n);
}

/* Text that a stranger may have had a hand in: cut, and question marks for what is not UTF-8. */
static struct str presentable(struct str s, char out[LOG_VALUE_MAX])
{
	size_t n = s.n < LOG_VALUE_MAX ? s.n : LOG_VALUE_MAX;
	if (n < s.n) /* not through a character */
		while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
			n--;
	if (n > 0)
		memcpy(out, s.p, n);
	if (!utf8_valid(str_n(out, n)))
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)out[i] >= 0x80)
				out[i] = '?';
	return str_n(out, n);
}

static void write_json(struct buf *b, struct str when, enum log_level level, const char *event, const struct log_field *fields)
{
	char value[LOG_VALUE_MAX];
	struct json_writer w;
	json_writer_init(&w, b);
	json_open_object(&w);
	json_key(&w, "time");
	json_str(&w, when);
	json_key(&w, "level");
	json_str(&w, str_of(level_name(level)));
	json_key(&w, "event");
	json_str(&w, str_of(event));
	for (const struct log_field *f = fields; f && f->kind; f++) {
		json_key(&w, f->key);
		if (f->kind == 'i')
			json_int(&w, f->i);
		else
			json_str(&w, presentable(f->s, value));
	}
	json_close_object(&w);
}

static void write_plain(struct buf *b, struct str when, enum log_level level, const char *event, const struct log_field *fields)
{
	char value[LOG_VALUE_MAX];
	buf_add_str(b, when);
	buf_add_c(b, ' ');
	buf_add_str(b, str_of(level_name(level)));
	buf_add_c(b, ' ');
	buf_add_str(b, str_of(event));
	for (const struct log_field *f = fields; f && f->kind; f++) {
		buf_add_c(b, ' ');
		buf_add_str(b, str_of(f->key));
		buf_add_c(b, '=');
		if (f->kind == 'i') {
			buf_add_i64(b, f->i);
			continue;
		}
		struct str s = presentable(f->s, value);
		for (size_t i = 0; i < s.n; i++) /* nothing that moves the cursor of a terminal */
			buf_add_c(b, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? '?' : s.p[i]);
	}
}

static void put_on_stderr(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, p, n);
		if (done < 0) {
			if (errno == EINTR)
				continue;
			return; /* nobody to tell */
		}
		p += done;
		n -= (size_t)done;
	}
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	if ((int)level < __atomic_load_n(&lowest_level, __ATOMIC_RELAXED))
		return;
	int kept_errno = errno;
	char line[LOG_LINE_MAX + 1], when_text[32];
	struct buf b = {.p = line, .cap = LOG_LINE_MAX, .limit = LOG_LINE_MAX}; /* full from the start: it never asks the heap */
	struct str when = time_text(when_text);
	void (*sink)(enum log_level, struct str) = __atomic_load_n(&line_sink, __ATOMIC_ACQUIRE);
	bool plain = !sink && isatty(STDERR_FILENO);
	void (*writer)(struct buf *, struct str, enum log_level, const char *, const struct log_field *) = plain ? write_plain : write_json;
	writer(&b, when, level, event, fields);
	if (b.err != ERR_OK) { /* too long: the event without its fields is better than half a line */
		buf_clear(&b);
		writer(&b, when, level, event, (struct log_field[]){LOG_FI("truncated", 1), {0}});
	}
	if (sink) {
		sink(level, buf_str(&b));
	} else {
		line[b.n] = '\n';
		put_on_stderr(line, b.n + 1);
	}
	errno = kept_errno;
}

void log_set_level(enum log_level lowest) { __atomic_store_n(&lowest_level, (int)lowest, __ATOMIC_RELAXED); }

void log_set_sink(void (*sink)(enum log_level, struct str line)) { __atomic_store_n(&line_sink, sink, __ATOMIC_RELEASE); }
