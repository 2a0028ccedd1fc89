/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration's conversations: threads of demo_talk.c and demo_talk_preset.c, filled with subjects, dates and names, spread over
 * four weeks. They are posted and read with the room chat's own functions. One thread, at start.
 */
#include "app/demo_make.h"

#include "base/clock.h"
#include "chat/chat.h"
#include "server/effects.h"

#include <stdlib.h>
#include <time.h>

#define MINUTE_MS DEMO_MINUTE_MS
#define HOUR_MS DEMO_HOUR_MS
#define DAY_MS DEMO_DAY_MS
#define WEEKS_DAYS 28
#define LINES_WANTED 70
#define THREADS_MAX 64

/* What one thread is filled with. */
struct cast {
	int teacher;                    /* T, by number within the organisation */
	struct person_id speakers[128]; /* by letter; 0: nobody */
	int exercise, paragraph, room;
	const struct demo_subject *subject;
	char date[40], time[8];
	const char *weekday;
	const char *name_of_other;
	char lead[96];
};

struct plan { const struct demo_thread *thread; int64_t start; };

/* Enough for choosing among templates, and the same at each start (xorshift64). */
int demo_pick(struct demo *d, int below)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return (int)((d->random >> 33) % (uint64_t)below);
}

static struct tm local_time(const struct demo *d, int64_t at)
{
	time_t seconds = (time_t)(at / 1000 + d->org->utc_hours * 3600);
	struct tm out = {0};
	gmtime_r(&seconds, &out);
	return out;
}

static bool can_speak(const struct demo_room *r, const struct demo_thread *t)
{
	for (int i = 0; i < DEMO_LINES && t->lines[i]; i++) {
		char who = t->lines[i][0];
		if ((who == 'H' && !r->has_head) || (who == 'A' && !r->has_admin) || (who == 'C' && !r->has_coadmin) ||
			((who == 'G' || who == 'P') && !r->guardian_count))
			return false;
	}
	return true;
}

static int lines_of(const struct demo_thread *t)
{
	int n = 0;
	while (n < DEMO_LINES && t->lines[n])
		n++;
	return n;
}

/* Each thread once, in a random order; those with a subject or a date may come again until there is enough. */
static int choose(struct demo *d, const struct demo_room *r, struct plan *plans)
{
	const struct demo_threads *talk = &(r->talk <= DEMO_TALK_STAFF ? demo_talks : demo_preset_talks)[r->talk];
	int n = 0, lines = 0;
	for (int i = 0; i < talk->count && n < THREADS_MAX; i++)
		if (can_speak(r, &talk->list[i])) {
			plans[n++].thread = &talk->list[i];
			lines += lines_of(&talk->list[i]);
		}
	for (int i = 0; !r->threads && lines < LINES_WANTED && i < talk->count && n < THREADS_MAX; i++)
		if (can_speak(r, &talk->list[i]) && strstr(talk->list[i].lines[0], "{")) {
			plans[n++].thread = &talk->list[i];
			lines += lines_of(&talk->list[i]);
		}
	for (int i = n - 1; i > 0; i--) {
		int k = demo_pick(d, i + 1);
		struct plan p = plans[i];
		plans[i] = plans[k];
		plans[k] = p;
	}
	return r->threads && r->threads < n ? r->threads : n;
}

static int by_start(const void *a, const void *b)
{
	const struct plan *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Between 8:00 and 20:00 local time, not on Sundays, over before now. */
static void place(struct demo *d, const struct demo_room *r, struct plan *plans, int n)
{
	int64_t shift = d->org->utc_hours * HOUR_MS, midnight = (d->now_ms + shift) / DAY_MS * DAY_MS - shift;
	for (int i = 0; i < n; i++) {
		int64_t start = midnight - (WEEKS_DAYS - 1 - (int64_t)(2 * i + 1) * WEEKS_DAYS / (2 * n)) * DAY_MS + 8 * HOUR_MS + demo_pick(d, 12 * 60) * MINUTE_MS;
		if (r->threads) /* else all such chats would speak on the same days */
			start += (demo_pick(d, 7) - 3) * DAY_MS;
		while (start > d->now_ms - 90 * MINUTE_MS || local_time(d, start).tm_wday == 0)
			start -= DAY_MS;
		plans[i].start = start;
	}
	qsort(plans, (size_t)n, sizeof *plans, by_start);
}

static void cast_dates(struct demo *d, struct cast *c, int64_t at)
{
	static const char *const months[] = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
					     "ноября", "декабря"};
	static const char *const weekdays[] = {"в воскресенье", "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу"};
	static const char *const times[] = {"15:00", "15:30", "16:00", "17:00", "17:30", "18:00"};
	int64_t soon = at + (2 + demo_pick(d, 5)) * DAY_MS;
	struct tm t = local_time(d, soon);
	if (t.tm_wday == 0)
		t = local_time(d, soon + DAY_MS);
	snprintf(c->date, sizeof c->date, "%d %s", t.tm_mday, months[t.tm_mon]);
	snprintf(c->time, sizeof c->time, "%s", times[demo_pick(d, 6)]);
	c->weekday = weekdays[t.tm_wday];
}

/* What a teacher speaks of is his own subject; anybody else speaks of one that is taught here. */
static void cast_subject(struct demo *d, const struct demo_room *r, const struct demo_thread *t, struct cast *c)
{
	const struct demo_org *o = d->org;
	const struct demo_subject *fit[DEMO_SUBJECTS_MAX];
	int n = 0;
	if (r->subject) {
		c->subject = r->subject;
		return;
	}
	for (int own = t->lines[0][0] == 'T'; !n && own >= 0; own--)
		for (int i = 0; i < o->subject_count; i++)
			if ((!own || o->subjects[i].teacher == c->teacher) && (!r->unit || demo_taught(o, r, &o->subjects[i])))
				fit[n++] = &o->subjects[i];
	CHECK(n);
	c->subject = fit[demo_pick(d, n)];
}

static void cast_families(struct demo *d, const struct demo_room *r, struct cast *c)
{
	int first = 0, second = 0;
	if (r->guardian_count) {
		second = demo_pick(d, r->guardian_count);
		c->speakers['G'] = r->guardians[second];
		c->speakers['P'] = r->guardian_count > 1 ? r->guardians[(second + 1) % r->guardian_count]
			: r->second_guardian.v ? r->second_guardian : c->speakers['G'];
	}
	if (r->pupil_count < 2)
		return;
	if (!r->guardian_count || !r->unit) /* a parent in a unit speaks of his own child: "{z} is ill" */
		second = demo_pick(d, r->pupil_count);
	first = (second + 1 + demo_pick(d, r->pupil_count - 1)) % r->pupil_count;
	c->speakers['S'] = d->students[r->pupils[first]];
	c->speakers['Z'] = d->students[r->pupils[second]];
	c->name_of_other = demo_given_name(d->org, r->pupils[second]);
}

static void cast_people(struct demo *d, const struct demo_room *r, struct cast *c)
{
	const struct demo_org *o = d->org;
	int lead = r->unit ? r->lead : demo_pick(d, o->teacher_count);
	int other = r->other_teacher_count ? r->other_teachers[demo_pick(d, r->other_teacher_count)] : lead;
	const struct demo_name *n = &o->teachers[lead];
	c->teacher = r->subject ? r->subject->teacher : other == lead ? 0 : other;
	c->speakers['L'] = d->teachers[lead];
	c->speakers['T'] = d->teachers[c->teacher];
	c->speakers['H'] = d->head;
	c->speakers['A'] = d->admin;
	c->speakers['C'] = d->coadmin;
	snprintf(c->lead, sizeof c->lead, "%s %s", n->given, n->patronymic);
	c->name_of_other = "";
	cast_families(d, r, c);
}

static struct str value_of(const struct cast *c, const struct demo_room *r, struct str key, char number[16])
{
	const char *text = "";
	if (str_eq(key, STR("u")))
		text = r->unit ? r->unit->name : "";
	else if (str_eq(key, STR("s")))
		text = c->subject->name;
	else if (str_eq(key, STR("sd")))
		text = c->subject->dative;
	else if (str_eq(key, STR("d")))
		text = c->date;
	else if (str_eq(key, STR("w")))
		text = c->weekday;
	else if (str_eq(key, STR("t")))
		text = c->time;
	else if (str_eq(key, STR("l")))
		text = c->lead;
	else if (str_eq(key, STR("z")))
		text = c->name_of_other;
	else if (str_eq(key, STR("n")) || str_eq(key, STR("p")) || str_eq(key, STR("r"))) {
		snprintf(number, 16, "%d", key.p[0] == 'n' ? c->exercise : key.p[0] == 'p' ? c->paragraph : c->room);
		text = number;
	} else {
		BUG("demo text names {%.*s}", (int)key.n, key.p);
	}
	return str_of(text);
}

static void compose(struct buf *out, const struct cast *c, const struct demo_room *r, const char *line)
{
	struct str rest = str_of(line);
	size_t open, close;
	buf_clear(out);
	while (str_find(rest, '{', &open)) {
		char number[16];
		buf_add(out, rest.p, open);
		rest = str_n(rest.p + open + 1, rest.n - open - 1);
		CHECK(str_find(rest, '}', &close));
		buf_add_str(out, value_of(c, r, str_n(rest.p, close), number));
		rest = str_n(rest.p + close + 1, rest.n - close - 1);
	}
	buf_add_str(out, rest);
}

static enum err speak_as(struct demo *d, const struct demo_room *r, struct person_id p, int64_t at, struct relation *rel)
{
	arena_reset(d->tx.arena);
	effects_clear(d->tx.effects);
	d->tx.actor.person = p;
	d->tx.now_ms = at;
	*rel = (struct relation){.role = ROLE_NONE};
	enum err e = chat_relation(&d->tx, r->chat.v, rel);
	if (!e)
		CHECK(rel->chat_member);
	return e;
}

static enum err read_some(struct demo *d, const struct demo_room *r, int64_t at, int64_t seq, int percent)
{
	enum err e = ERR_OK;
	for (int i = 0; !e && i < r->member_count; i++) {
		struct relation rel;
		struct api_chat_read_done done;
		if (demo_pick(d, 100) >= percent)
			continue;
		e = speak_as(d, r, r->members[i], at, &rel);
		if (!e)
			e = chat_mark_read(&d->tx, &rel, seq, &done);
	}
	return e;
}

static enum err say_thread(struct demo *d, const struct demo_room *r, const struct demo_thread *t, int64_t *at, int64_t *seq_out)
{
	struct cast c = {.exercise = 100 + demo_pick(d, 300), .paragraph = 4 + demo_pick(d, 26), .room = 101 + demo_pick(d, 3) * 100 + demo_pick(d, 18)};
	cast_dates(d, &c, *at);
	cast_people(d, r, &c);
	cast_subject(d, r, t, &c);
	struct buf text;
	buf_init(&text, 4096);
	enum err e = ERR_OK;
	for (int i = 0; !e && i < DEMO_LINES && t->lines[i] && *at < d->now_ms; i++) {
		char id[16];
		struct relation rel;
		struct api_message_posted done;
		struct person_id who = c.speakers[(unsigned char)t->lines[i][0] & 127];
		CHECK(who.v);
		random_fill(id, sizeof id);
		compose(&text, &c, r, t->lines[i] + 1);
		e = speak_as(d, r, who, *at, &rel);
		if (!e)
			e = chat_post(&d->tx, &rel, str_n(id, sizeof id), buf_str(&text), &done);
		if (!e)
			*seq_out = done.seq;
		*at += MINUTE_MS + demo_pick(d, 11 * 60) * 1000;
	}
	buf_release(&text);
	return e;
}

enum err demo_fill_chat(struct demo *d, const struct demo_room *r)
{
	struct plan plans[THREADS_MAX];
	int n = choose(d, r, plans);
	place(d, r, plans, n);
	enum err e = ERR_OK;
	int64_t at = 0, seq = 0;
	for (int i = 0; !e && i < n; i++) {
		at = plans[i].start > at + 3 * MINUTE_MS ? plans[i].start : at + 3 * MINUTE_MS;
		if (at > d->now_ms - 30 * MINUTE_MS)
			break;
		e = say_thread(d, r, plans[i].thread, &at, &seq);
		/* almost everybody is up to date until the last days; what was said last, many have not seen yet */
		if (!e)
			e = read_some(d, r, at, seq, i == n - 4 ? 85 : i > n - 4 ? 12 : 30);
	}
	return e;
}
