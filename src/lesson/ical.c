/* SPDX-License-Identifier: Apache-2.0 */
#include "lesson/ical.h"

#include <time.h>

#define FOLD 75 /* octets of a line */

/* One content line, folded between characters. */
static void add_line(struct buf *out, struct str line)
{
	size_t at = 0, room = FOLD;
	while (line.n - at > room) {
		size_t n = room;
		while (n > 1 && ((unsigned char)line.p[at + n] & 0xc0) == 0x80)
			n--;
		buf_add(out, line.p + at, n);
		buf_add_str(out, STR("\r\n "));
		at += n;
		room = FOLD - 1;
	}
	buf_add(out, line.p + at, line.n - at);
	buf_add_str(out, STR("\r\n"));
}

static void add_text(struct buf *out, const char *name, struct str text)
{
	struct buf line;
	buf_init(&line, 65536);
	buf_add_str(&line, str_of(name));
	buf_add_c(&line, ':');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '\n') {
			buf_add_str(&line, STR("\\n"));
			continue;
		}
		if (c == '\\' || c == ';' || c == ',')
			buf_add_c(&line, '\\');
		if ((unsigned char)c >= ' ')
			buf_add_c(&line, c);
	}
	add_line(out, buf_str(&line));
	buf_release(&line);
}

static void add_time(struct buf *out, const char *name, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm t;
	char text[20];
	CHECK(gmtime_r(&s, &t));
	CHECK(strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &t));
	buf_addf(out, "%s:%s\r\n", name, text);
}

void ical_begin(struct buf *out)
{
	buf_add_str(out, STR("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Zvonok//Zvonok//RU\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Звонок\r\n"));
}

void ical_event(struct buf *out, const struct ical_event *e)
{
	buf_addf(out, "BEGIN:VEVENT\r\nUID:lesson-%lld@zvonok\r\n", (long long)e->id);
	add_time(out, "DTSTAMP", e->stamp);
	add_time(out, "DTSTART", e->starts_at);
	buf_addf(out, "DURATION:PT%lldM\r\n", (long long)e->minutes);
	add_text(out, "SUMMARY", e->title);
	buf_add_str(out, e->cancelled ? STR("STATUS:CANCELLED\r\nEND:VEVENT\r\n") : STR("STATUS:CONFIRMED\r\nEND:VEVENT\r\n"));
}

void ical_end(struct buf *out)
{
	buf_add_str(out, STR("END:VCALENDAR\r\n"));
}
