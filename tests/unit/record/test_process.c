/* SPDX-License-Identifier: Apache-2.0
 *
 * A recording as the program makes it: a media process with one who sends sound and pictures in real time, and a recorder, both with their walls up. Arguments: the program, and how many seconds
 * (docs/TESTING.md has the half hour).
 */
#include "../../../bench/media_room.h"

#include "base/clock.h"
#include "base/mem.h"
#include "media/rtcp.h"
#include "media/wire.h"
#include "record/index.h"
#include "record/muxer.h"
#include "record/record.h"
#include "track_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK 0xee
#define AUDIO_SSRC 1111
#define VIDEO_SSRC 2222

static const char *program;
static int64_t seconds;

struct show {
	struct media_room room;
	struct person *a;
	struct srtp_stream audio, video;
	uint16_t audio_seq, video_seq;
	int64_t zero_us, sent_ms; /* all before sent_ms was sent */
	char folder[64];
	pid_t recorder;
};

static bool is_mark(const uint8_t *p, size_t n) { return n > 12 && p[n - 1] == MARK; }

static int64_t now_us(void) { return clock_mono_ns() / 1000; }

static void start_recorder(struct show *s, const char *most)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	s->recorder = fork();
	if (s->recorder == 0) {
		dup2(ends[1], RECORDER_TAPE_FD);
		fcntl(RECORDER_TAPE_FD, F_SETFD, 0);
		execl(program, program, "recorder", s->folder, most, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(channel_send_fd(&s->room.channel, CHANNEL_RECORD, STR("7"), ends[0]), ERR_OK);
	close(ends[0]);
	close(ends[1]);
}

static void show_folder(struct show *s)
{
	memset(s, 0, sizeof *s);
	snprintf(s->folder, sizeof s->folder, "/tmp/zvonok-record-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
}

static void begin_show(struct show *s, const char *most)
{
	struct media_client_config client = {.user = NULL};
	char id[64], producer[64];
	assert_true(media_room_start(&s->room, program));
	s->a = media_room_admit(&s->room, "7", 1, true, true, false);
	assert_true(media_room_open(&s->room, s->a, true, false, &client, id));
	assert_true(media_room_produce(&s->room, s->a, id, "mic", false, media_room_parameters("0", false, false, AUDIO_SSRC), producer));
	assert_true(media_room_produce(&s->room, s->a, id, "camera", true, media_room_parameters("1", true, true, VIDEO_SSRC), producer));
	s->zero_us = now_us();
	start_recorder(s, most);
}

static void open_show(struct show *s, const char *most)
{
	show_folder(s);
	begin_show(s, most);
}

static void send_one(struct show *s, bool video, int64_t ms, bool mark)
{
	uint8_t head[12] = {0x80, video ? MEDIA_ROOM_VP8 | 0x80 : MEDIA_ROOM_OPUS}, payload[900] = {0x78};
	size_t n = video ? sizeof payload : 80;
	memset(payload + 1, 0x33, n - 1);
	if (video)
		memcpy(payload, (const uint8_t[]){0x10, ms % 5000 ? 0x11 : 0x10, 0x02, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}, 11);
	payload[n - 1] = mark ? MARK : 0;
	set_u16(head + 2, video ? s->video_seq++ : s->audio_seq++);
	set_u32(head + 4, 0xfffff000u + (uint32_t)(ms * (video ? 90 : 48)));
	set_u32(head + 8, video ? VIDEO_SSRC : AUDIO_SSRC);
	media_client_send_rtp(s->a->send, video ? &s->video : &s->audio, head, sizeof head, payload, n);
}

static void send_report(struct show *s, bool video, int64_t ms)
{
	uint8_t bytes[128];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	struct rtcp_sr sr = {.ssrc = video ? VIDEO_SSRC : AUDIO_SSRC, .ntp = ntp_of_us((1700000000 * INT64_C(1000) + ms) * 1000), .ts = 0xfffff000u + (uint32_t)(ms * (video ? 90 : 48))};
	rtcp_write_sr(&w, &sr, NULL, 0);
	rtcp_write_cname(&w, sr.ssrc, STR("a"));
	media_client_send_rtcp(s->a->send, w.p, w.n);
}

/* In real time; a picture takes 50 ms to encode, so its packet leaves later than the sound of the same moment. */
static void play(struct show *s, int64_t until_ms)
{
	while (s->sent_ms < until_ms) {
		media_room_pump(&s->room, 2);
		for (int64_t now_ms = (now_us() - s->zero_us) / 1000; s->sent_ms < now_ms; s->sent_ms++) {
			int64_t ms = s->sent_ms;
			if (ms % 20 == 0)
				send_one(s, false, ms, ms % 1000 == 0);
			if (ms % 100 == 50)
				send_one(s, true, ms - 50, ms % 1000 == 50);
			if (ms % 1000 == 300)
				send_report(s, true, ms);
			if (ms % 1000 == 700)
				send_report(s, false, ms);
		}
	}
}

static int end_of(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int mend(const struct show *s)
{
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, "recorder", s->folder, "mend", (char *)NULL);
		_exit(127);
	}
	return end_of(pid);
}

static void look(const struct show *s, struct index *x, struct track_look *audio, struct track_look *video)
{
	char path[128];
	int folder = open(s->folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(index_read(x, folder), ERR_OK);
	close(folder);
	assert_true(x->tracks.n >= 2);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", s->folder, x->tracks.p[i].file);
		struct track_look *l = x->tracks.p[i].source == TAPE_MIC ? audio : video;
		assert_true(track_read(path, is_mark, l));
		assert_false(l->backwards);
		l->last_mark_ms += x->tracks.p[i].start_us / 1000;
		l->last_ms += x->tracks.p[i].start_us / 1000;
	}
}

static void forget(const struct show *s)
{
	char line[128];
	snprintf(line, sizeof line, "rm -r %s", s->folder);
	assert_int_equal(system(line), 0);
}

static void recorded(void **state)
{
	(void)state;
	struct show *s = mem_alloc(sizeof *s);
	struct index x;
	struct track_look audio, video;
	open_show(s, "1000000000");
	play(s, seconds * 1000 + 200);
	assert_true(media_room_walled(s->recorder));
	media_room_say(&s->room, json_pack("{s:s,s:s}", "m", "record_end", "room", "7"));
	media_room_pump(&s->room, 50);
	assert_int_equal(end_of(s->recorder), RECORDER_DONE);
	look(s, &x, &audio, &video);
	int64_t offset = audio.last_mark_ms - video.last_mark_ms;
	print_message("# %lld s in real time: A/V offset at the end %lld ms; %u packets of sound, %u pictures\n", (long long)seconds, (long long)offset, audio.packets,
		video.packets);
	assert_true(offset >= -80 && offset <= 80);
	assert_true(video.packets >= (unsigned)seconds * 10 - 10 && video.marks >= (unsigned)seconds - 1);
	assert_true(audio.last_ms >= seconds * 1000 - 500 && audio.duration_ms > 0 && video.duration_ms > 0);
	index_release(&x);
	assert_int_equal(media_room_stop(&s->room), 0);
	forget(s);
	mem_free(s);
}

/* The machine may have other things to do before the recorder runs at all. */
static void wait_for_files(struct show *s)
{
	char path[96];
	snprintf(path, sizeof path, "%s/2.webm", s->folder);
	while (access(path, F_OK) && s->sent_ms < 60000)
		play(s, s->sent_ms + 200);
}

/* The recorder is killed while the call goes on: all but the last five seconds is there, and the call does not notice. */
static void killed(void **state)
{
	(void)state;
	struct show *s = mem_alloc(sizeof *s);
	struct index x;
	struct track_look audio, video;
	open_show(s, "1000000000");
	wait_for_files(s);
	play(s, s->sent_ms + 7000);
	int64_t killed_ms = s->sent_ms;
	kill(s->recorder, SIGKILL);
	assert_int_equal(end_of(s->recorder), -SIGKILL);
	play(s, s->sent_ms + 1000);
	assert_false(s->room.ended);
	look(s, &x, &audio, &video);
	print_message("# killed at %lld ms: sound up to %lld ms, pictures up to %lld ms\n", (long long)killed_ms, (long long)audio.last_ms, (long long)video.last_ms);
	assert_true(audio.last_ms >= killed_ms - 5000 && video.last_ms >= killed_ms - 5000);
	index_release(&x);
	assert_int_equal(mend(s), RECORDER_DONE);
	look(s, &x, &audio, &video);
	assert_true(audio.duration_ms > 0 && video.duration_ms > 0 && x.tracks.p[0].duration_ms > 0);
	index_release(&x);
	assert_int_equal(media_room_stop(&s->room), 0);
	forget(s);
	mem_free(s);
}

/* The end of the room, or of the media process, ends the tape; so does the most that it may take. */
static void ends(void **state)
{
	(void)state;
	struct show *s = mem_alloc(sizeof *s);
	struct index x;
	struct track_look audio, video;
	open_show(s, "20000");
	wait_for_files(s);
	play(s, s->sent_ms + 4000);
	assert_int_equal(end_of(s->recorder), RECORDER_FULL);
	look(s, &x, &audio, &video);
	assert_true(audio.duration_ms > 0 && video.duration_ms > 0);
	index_release(&x);
	start_recorder(s, "1000000000");
	play(s, s->sent_ms + 1000);
	kill(s->room.pid, SIGKILL);
	assert_int_equal(end_of(s->recorder), RECORDER_DONE);
	media_room_stop(&s->room);
	forget(s);
	mem_free(s);
}

/* --- a disk that becomes full: tmpfs of our own, so that it is a real one */

#define DISK "size=12m"
#define LEFT (96 << 10)

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}

/* A small disk at the folder that this process and its children alone see. False: the machine does not let us. */
static bool mount_disk(const char *folder)
{
	char uid[40], gid[40];
	snprintf(uid, sizeof uid, "0 %u 1", (unsigned)getuid());
	snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getgid());
	bool mine = unshare(CLONE_NEWNS) == 0 ||
		    (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && put_text("/proc/self/setgroups", "deny") && put_text("/proc/self/uid_map", uid) && put_text("/proc/self/gid_map", gid));
	return mine && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", folder, "tmpfs", 0, DISK) == 0;
}

static int fill_disk(const char *folder)
{
	char path[96], block[4096] = {0};
	struct stat st;
	snprintf(path, sizeof path, "%s/others", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof block) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size - LEFT), 0);
	return fd;
}

/* The recording ends in order with what its reserve leaves room for: all files are whole and the call goes on. */
static void full_disk(void **state)
{
	(void)state;
	struct show *s = mem_alloc(sizeof *s);
	struct index x;
	struct track_look audio, video;
	char path[96];
	show_folder(s);
	if (!mount_disk(s->folder)) {
		forget(s);
		mem_free(s);
		skip();
	}
	begin_show(s, "1000000000");
	wait_for_files(s);
	int others = fill_disk(s->folder);
	int64_t begun_ms = s->sent_ms;
	int status = 0;
	while (waitpid(s->recorder, &status, WNOHANG) == 0 && s->sent_ms < begun_ms + 60000)
		play(s, s->sent_ms + 100);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), RECORDER_FULL);
	int64_t ended_ms = s->sent_ms;
	look(s, &x, &audio, &video);
	print_message("# full after %lld ms: sound up to %lld ms, pictures up to %lld ms\n", (long long)ended_ms, (long long)audio.last_ms, (long long)video.last_ms);
	assert_true(audio.duration_ms > 0 && video.duration_ms > 0 && x.tracks.p[0].duration_ms > 0 && x.tracks.p[1].duration_ms > 0);
	assert_true(audio.last_ms >= ended_ms - 5000 && video.last_ms >= ended_ms - 5000);
	index_release(&x);
	snprintf(path, sizeof path, "%s/" SHELF_RESERVE, s->folder);
	assert_int_equal(access(path, F_OK), -1);
	play(s, s->sent_ms + 500);
	assert_false(s->room.ended);
	close(others);
	assert_int_equal(media_room_stop(&s->room), 0);
	assert_int_equal(umount(s->folder), 0);
	forget(s);
	mem_free(s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(recorded), cmocka_unit_test(killed), cmocka_unit_test(ends), cmocka_unit_test(full_disk)};
	assert_true(argc == 3);
	program = argv[1];
	seconds = strtol(argv[2], NULL, 10);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
