/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings of simulated senders, read back by libav: half an hour with clocks that run differently, a way with jitter and loss, pauses, layers, a file that was cut off, a full disk's reserve.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "media/wire.h"
#include "record/index.h"
#include "record/tracks.h"
#include "track_reader.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#define ZERO_US (INT64_C(5000) * 1000000)
#define MARK 0xee

struct folder { char path[64]; struct shelf shelf; };
struct asked { unsigned n; };

static void on_ask(void *user, uint32_t track, uint8_t layer)
{
	(void)track;
	(void)layer;
	((struct asked *)user)->n++;
}

static void open_folder(struct folder *f)
{
	snprintf(f->path, sizeof f->path, "/tmp/zvonok-record-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->shelf = (struct shelf){.folder = open(f->path, O_RDONLY | O_DIRECTORY)};
	assert_true(f->shelf.folder >= 0);
}

static void close_folder(struct folder *f)
{
	DIR *d = opendir(f->path);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	close(f->shelf.folder);
	rmdir(f->path);
}

static bool is_mark(const uint8_t *p, size_t n) { return n > 12 && p[n - 1] == MARK; }

static void look(const struct folder *f, const char *name, struct track_look *out)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", f->path, name);
	assert_true(track_read(path, is_mark, out));
	assert_false(out->backwards);
}

/* --- a sender whose true time is us since the zero; his wall clock is elsewhere, his sound card runs at its own speed */

struct sender {
	struct recording *r;
	int64_t participant, wall_us;
	uint32_t tracks, audio_seq, video_seq, audio_ts, video_ts; /* first values */
	double audio_speed, sound_us;
	unsigned random;
	int64_t lost_every;
};

static int64_t way_us(struct sender *s) /* 20 to 60 ms, sometimes 250 */
{
	s->random = s->random * 1103515245u + 12345u;
	unsigned v = s->random >> 16;
	return 20000 + v % 40000 + (v % 50 == 0 ? 190000 : 0);
}

static struct tape_message from(const struct sender *s, bool video, enum tape_type type)
{
	return (struct tape_message){.type = type, .track = s->tracks + video, .participant = s->participant, .source = video ? TAPE_CAMERA : TAPE_MIC,
		.codec = video ? TAPE_VP8 : TAPE_OPUS};
}

static uint32_t ts_of(const struct sender *s, bool video, int64_t us)
{
	return video ? s->video_ts + (uint32_t)(us * 9 / 100) : s->audio_ts + (uint32_t)(int64_t)((double)us * 0.048 * s->audio_speed);
}

static void say_report(struct sender *s, bool video, int64_t us)
{
	struct tape_message m = from(s, video, TAPE_REPORT);
	int64_t wall = us + s->wall_us;
	m.ts = ts_of(s, video, us);
	m.ntp = (uint64_t)(wall / 1000000) << 32 | ((uint64_t)(wall % 1000000) << 32) / 1000000;
	m.at_us = ZERO_US + us + way_us(s);
	recording_hear(s->r, &m);
}

static void say_sound(struct sender *s, int64_t us, bool mark)
{
	uint8_t p[60] = {0x78};
	struct tape_message m = from(s, false, TAPE_PACKET);
	memset(p + 1, 0x44, sizeof p - 1);
	p[sizeof p - 1] = mark ? MARK : 0;
	m.seq = s->audio_seq++;
	m.ts = s->audio_ts + 960 * (uint32_t)((double)us * s->audio_speed / 20000 + 0.5);
	m.at_us = ZERO_US + us + way_us(s);
	m.payload = p;
	m.n = sizeof p;
	if (mark || !s->lost_every || m.seq % s->lost_every)
		recording_hear(s->r, &m);
}

static void say_picture(struct sender *s, int64_t us, bool key, bool mark, uint8_t layer, uint16_t width)
{
	uint8_t p[80] = {0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, (uint8_t)width, (uint8_t)(width >> 8), 0x68, 0x01};
	struct tape_message m = from(s, true, TAPE_PACKET);
	if (!key)
		p[1] |= 1;
	p[sizeof p - 1] = mark ? MARK : 0;
	m.layer = layer;
	m.seq = s->video_seq++;
	m.ts = ts_of(s, true, us);
	m.marker = true;
	m.at_us = ZERO_US + us + 60000 + way_us(s); /* it takes long to encode */
	m.payload = p;
	m.n = sizeof p;
	recording_hear(s->r, &m);
}

static void begin(struct sender *s, struct folder *f, struct asked *asked)
{
	struct tape_message m = {.type = TAPE_BEGIN, .at_us = ZERO_US};
	s->r = recording_new(&f->shelf, on_ask, asked);
	recording_hear(s->r, &m);
}

/* From..to seconds: 50 packets of sound and 10 pictures a second, a mark in both at each full second. */
static void run(struct sender *s, int64_t from_s, int64_t to_s)
{
	for (int64_t ms = from_s * 1000; ms < to_s * 1000; ms += 20) {
		bool second = ms % 1000 == 0;
		/* his card's 20 ms are not ours; the first packet that begins in the second has the mark */
		for (; s->sound_us <= (double)ms * 1000; s->sound_us += 20000 / s->audio_speed)
			say_sound(s, (int64_t)s->sound_us, (int64_t)s->sound_us % 1000000 < 20000 / s->audio_speed);
		if (ms % 100 == 0)
			say_picture(s, ms * 1000, ms % 10000 == 0, second, 0, 640);
		if (ms % 1000 == 500)
			say_report(s, true, ms * 1000 - 3000);
		if (ms % 5000 == 2500)
			say_report(s, false, ms * 1000 + 1000);
		recording_turn(s->r, 0);
	}
}

static const struct index_track *entry(const struct index *x, enum tape_source source, unsigned which)
{
	for (size_t i = 0; i < x->tracks.n; i++)
		if (x->tracks.p[i].source == source && which-- == 0)
			return &x->tracks.p[i];
	fail_msg("no such track");
	return NULL;
}

static int64_t apart_ms(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

/* Marks of the same second: how far is the sound from the picture, at most, from the tenth on? */
static int64_t worst_offset(const struct index_track *a, const struct track_look *la, const struct index_track *v, const struct track_look *lv)
{
	int64_t worst = 0;
	unsigned compared = 0;
	for (unsigned i = 0; i < lv->marks; i++) {
		int64_t at = v->start_us / 1000 + lv->marks_ms[i], nearest = INT64_MAX;
		for (unsigned k = 0; k < la->marks; k++)
			if (apart_ms(at, a->start_us / 1000 + la->marks_ms[k]) < nearest)
				nearest = apart_ms(at, a->start_us / 1000 + la->marks_ms[k]);
		if (at < 10000)
			continue;
		compared++;
		worst = nearest > worst ? nearest : worst;
	}
	assert_true(compared > 0);
	return worst;
}

/* --- half an hour; the sound card is 200 ppm too fast, or too slow: 360 ms at the end */

static void half_hour(double speed, int64_t lost_every)
{
	struct folder f;
	struct asked asked = {0};
	struct index x;
	struct track_look a, v;
	struct sender s = {.participant = 5, .wall_us = INT64_C(3900000000) * 1000000, .tracks = 1, .audio_seq = 0xfffff000, .video_seq = 60000, .audio_ts = 0xffff0000,
		.video_ts = 0xfffff000, .audio_speed = speed, .random = 7, .lost_every = lost_every};
	open_folder(&f);
	begin(&s, &f, &asked);
	run(&s, 0, 1800);
	recording_end(&s.r);
	assert_int_equal(index_read(&x, f.shelf.folder), ERR_OK);
	assert_int_equal(x.tracks.n, 2);
	const struct index_track *audio = entry(&x, TAPE_MIC, 0), *video = entry(&x, TAPE_CAMERA, 0);
	look(&f, audio->file, &a);
	look(&f, video->file, &v);
	assert_int_equal(v.packets, 18000);
	assert_true(v.marks == 1800 && a.marks >= 1790);
	assert_true(v.video && v.width == 640 && !a.video);
	assert_in_range(video->duration_ms, 1799800, 1800200);
	assert_in_range(audio->duration_ms, 1799800, 1800200);
	assert_in_range(v.duration_ms, 1799800, 1800200);
	int64_t end = apart_ms(video->start_us / 1000 + v.last_mark_ms, audio->start_us / 1000 + a.last_mark_ms), worst = worst_offset(audio, &a, video, &v);
	print_message("# half an hour, sound at %.4f, one of %lld packets lost: A/V offset at the end %lld ms, at worst %lld ms\n", speed, (long long)lost_every, (long long)end,
		(long long)worst);
	assert_true(end <= 80 && worst <= 80);
	assert_int_equal(f.shelf.failed, ERR_OK);
	index_release(&x);
	close_folder(&f);
}

static void half_hours(void **state)
{
	(void)state;
	half_hour(1.0, 0);
	half_hour(1.0002, 0);
	half_hour(0.9998, 37);
}

/* --- pauses: sound goes on in one file with silence between, a camera in another file */

static void pauses(void **state)
{
	(void)state;
	struct folder f;
	struct asked asked = {0};
	struct index x;
	struct track_look a, v;
	struct sender s = {.participant = 5, .tracks = 1, .audio_speed = 1.0, .wall_us = 1000000, .random = 1};
	open_folder(&f);
	begin(&s, &f, &asked);
	run(&s, 0, 20);
	recording_turn(s.r, ZERO_US + 100 * 1000000);
	s.sound_us = 100e6;
	run(&s, 100, 130);
	recording_end(&s.r);
	assert_int_equal(index_read(&x, f.shelf.folder), ERR_OK);
	assert_int_equal(x.tracks.n, 3);
	look(&f, entry(&x, TAPE_MIC, 0)->file, &a);
	look(&f, entry(&x, TAPE_CAMERA, 1)->file, &v);
	assert_in_range(entry(&x, TAPE_MIC, 0)->duration_ms, 129800, 130200);
	assert_in_range(entry(&x, TAPE_CAMERA, 0)->duration_ms, 19800, 20200);
	assert_in_range(entry(&x, TAPE_CAMERA, 1)->start_us, 99900000, 100200000);
	assert_true(worst_offset(entry(&x, TAPE_MIC, 0), &a, entry(&x, TAPE_CAMERA, 1), &v) <= 40);
	index_release(&x);
	close_folder(&f);
}

/* --- another layer has its own numbers; pictures wait for its key frame, and one that is lost is asked for */

static void layers(void **state)
{
	(void)state;
	struct folder f;
	struct asked asked = {0};
	struct index x;
	struct track_look v;
	struct sender s = {.participant = 5, .tracks = 1, .audio_speed = 1.0, .random = 1};
	open_folder(&f);
	begin(&s, &f, &asked);
	for (int i = 0; i < 30; i++)
		say_picture(&s, i * 100000, i == 0, false, 0, 320);
	s.video_seq = 0x80000000;
	s.video_ts = 0x12345678;
	for (int i = 30; i < 60; i++)
		say_picture(&s, i * 100000, i == 30, false, 2, 1280);
	assert_int_equal(asked.n, 0);
	s.video_seq++; /* lost */
	for (int i = 60; i < 90; i++)
		say_picture(&s, i * 100000, i == 80, false, 2, 1280);
	assert_true(asked.n >= 1);
	recording_end(&s.r);
	assert_int_equal(index_read(&x, f.shelf.folder), ERR_OK);
	assert_int_equal(x.tracks.n, 1);
	look(&f, x.tracks.p[0].file, &v);
	assert_int_equal(v.packets, 70);
	assert_int_equal(v.keys, 3);
	assert_in_range(v.last_ms, 8800, 9000);
	index_release(&x);
	close_folder(&f);
}

/* --- a recorder that is killed: what was written more than five seconds ago is there, and mending makes it whole */

static void copy_folder(const struct folder *from, const struct folder *to)
{
	char line[256];
	snprintf(line, sizeof line, "cp %s/* %s/", from->path, to->path);
	assert_int_equal(system(line), 0);
}

static void cut_off(void **state)
{
	(void)state;
	struct folder f, killed;
	struct asked asked = {0};
	struct index x;
	struct track_look a, v;
	struct sender s = {.participant = 5, .tracks = 1, .audio_speed = 1.0, .random = 1};
	open_folder(&f);
	open_folder(&killed);
	begin(&s, &f, &asked);
	run(&s, 0, 60);
	copy_folder(&f, &killed); /* the disk as a kill would leave it */
	recording_end(&s.r);
	assert_int_equal(index_read(&x, killed.shelf.folder), ERR_OK);
	assert_int_equal(entry(&x, TAPE_MIC, 0)->duration_ms, -1);
	look(&killed, entry(&x, TAPE_MIC, 0)->file, &a);
	look(&killed, entry(&x, TAPE_CAMERA, 0)->file, &v);
	assert_true(a.last_ms >= 55000 && v.last_ms >= 55000);
	index_release(&x);
	assert_int_equal(recording_mend(&killed.shelf), ERR_OK);
	assert_int_equal(index_read(&x, killed.shelf.folder), ERR_OK);
	assert_in_range(entry(&x, TAPE_MIC, 0)->duration_ms, 55000, 60100);
	assert_in_range(entry(&x, TAPE_CAMERA, 0)->duration_ms, 55000, 60200);
	look(&killed, entry(&x, TAPE_CAMERA, 0)->file, &v);
	assert_true(v.duration_ms >= 55000 && v.last_ms >= 55000);
	print_message("# killed at 60000 ms: sound up to %lld ms, pictures up to %lld ms\n", (long long)a.last_ms, (long long)v.last_ms);
	index_release(&x);
	close_folder(&f);
	close_folder(&killed);
	open_folder(&f);
	assert_int_equal(recording_mend(&f.shelf), ERR_NOT_FOUND);
	close_folder(&f);
}

/* --- who sends nonsense gets no file, and no time that is not there */

static void nonsense(void **state)
{
	(void)state;
	struct folder f;
	struct asked asked = {0};
	struct index x;
	struct sender s = {.participant = 5, .tracks = 1, .audio_speed = 1.0, .random = 1};
	open_folder(&f);
	begin(&s, &f, &asked);
	for (int i = 0; i < 100; i++) { /* a clock that jumps by hours with each packet */
		s.audio_ts += 0x10000000;
		say_sound(&s, i * 20000, false);
	}
	recording_end(&s.r);
	assert_int_equal(index_read(&x, f.shelf.folder), ERR_OK);
	assert_in_range(entry(&x, TAPE_MIC, 0)->duration_ms, 1000, 3000);
	index_release(&x);
	close_folder(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(half_hours), cmocka_unit_test(pauses), cmocka_unit_test(layers), cmocka_unit_test(cut_off), cmocka_unit_test(nonsense)};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
