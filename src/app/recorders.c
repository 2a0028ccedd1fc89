/* SPDX-License-Identifier: Apache-2.0
 *
 * See recorders.h. A recording goes through stages (enum stage); it belongs to the thread, but while a job of the writer or a background thread has it. Those hand it back by the list `said`,
 * under the lock.
 */
#include "app/recorders.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "lesson/lesson.h"
#include "record/index.h"
#include "record/record.h"
#include "server/media_port.h"
#include "server/record_port.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define ARENA_MAX (4u << 20)
#define RETRY_MS 2000  /* a step that the environment refused */
#define TRIES 30
#define LEFT_MAX 256   /* recordings that a former run left; more are found at the next start */
#define ENDING_MS 3000 /* at the stop recorders are waited for so long */

enum stage {
	STAGE_NOTICE, /* everybody is being told */
	STAGE_RUNS,   /* a recorder, by pid */
	STAGE_OVER,   /* the store is to hear that it has ended */
	STAGE_MEND,   /* a mending recorder, by pid */
	STAGE_ADOPT,  /* files get their last names */
	STAGE_KEEP,   /* the store is to hear of them */
	STAGE_DONE,
	STAGE_LEFT,   /* of no recording: what a former run left */
	STAGE_STOP    /* of no recording: the thread ends */
};

struct one {
	struct job job;   /* first */
	struct work work;
	struct recorders *all;
	int64_t id, room, most;
	enum stage stage;
	bool away;        /* with a worker or a background thread */
	bool whole;       /* its recorder came to its end; nothing is to be mended */
	bool stop;        /* it was stopped before it began */
	enum lesson_record_end end;
	pid_t pid;
	int pid_fd;
	int64_t at_ms;    /* when its stage is due */
	int tries;
	enum err err;
	/* owned */
	struct lesson_record_track *tracks;
	size_t tracks_n;
	struct buf speakers;
	struct arena *arena;
	struct effects effects;
	int64_t left[LEFT_MAX];
	size_t left_n;
};

struct said { struct said *next; enum { SAID_START, SAID_STOP, SAID_BACK, SAID_END } what; struct one *one; int64_t id, room, most; };

struct recorders {
	struct recorders_config config;
	/* owned */
	char *data;
	pthread_t thread;
	int wake_fd;
	/* state of the thread */
	VEC(struct one *) list;
	/* shared, under the lock */
	pthread_mutex_t lock;
	struct said *first, *last;
	bool stopping;
};

static void say(struct recorders *r, const struct said *what)
{
	struct said *s = mem_alloc(sizeof *s);
	uint64_t one = 1;
	*s = *what;
	pthread_mutex_lock(&r->lock);
	if (r->last)
		r->last->next = s;
	else
		r->first = s;
	r->last = s;
	pthread_mutex_unlock(&r->lock);
	while (write(r->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static void folder_of(const struct recorders *r, int64_t id, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/recordings/%lld", r->data, (long long)id);
}

static struct one *one_new(struct recorders *r, int64_t id, enum stage stage)
{
	struct one *o = mem_alloc(sizeof *o);
	o->all = r;
	o->id = id;
	o->stage = stage;
	o->pid_fd = -1;
	o->arena = arena_new(ARENA_MAX);
	effects_init(&o->effects);
	buf_init(&o->speakers, INDEX_BYTES_MAX);
	VEC_PUSH(&r->list, o);
	return o;
}

static void one_free(struct one *o)
{
	if (o->pid_fd >= 0)
		close(o->pid_fd);
	mem_free(o->tracks);
	buf_release(&o->speakers);
	effects_release(&o->effects);
	arena_free(&o->arena);
	mem_free(o);
}

/* --- processes */

static enum err spawn(struct one *o, int tape, const char *what)
{
	char folder[PATH_BYTES], mode[24], name[] = "zvonok", word[] = "recorder";
	folder_of(o->all, o->id, folder);
	snprintf(mode, sizeof mode, "%s", what);
	/* its log goes where ours does */
	const int fds[RECORDER_TAPE_FD + 1] = {CHILD_NOTHING, CHILD_NOTHING, CHILD_OURS, [RECORDER_TAPE_FD] = tape};
	enum err e = child_start(NULL, (char *[]){name, word, folder, mode, NULL}, fds, RECORDER_TAPE_FD + 1, &o->pid);
	if (e)
		return e;
	o->pid_fd = (int)syscall(SYS_pidfd_open, o->pid, 0);
	return o->pid_fd < 0 ? ERR_IO : ERR_OK; /* without it we would not see its end: next to impossible */
}

static enum err start_recorder(struct one *o)
{
	struct recorders *r = o->all;
	char folder[PATH_BYTES], number[24];
	int ends[2];
	folder_of(r, o->id, folder);
	if ((mkdir(folder, 0700) && errno != EEXIST) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
	snprintf(number, sizeof number, "%lld", (long long)o->most);
	enum err e = spawn(o, ends[1], number);
	close(ends[1]);
	if (e) {
		close(ends[0]);
		return e;
	}
	struct buf name = {.p = number, .cap = sizeof number, .limit = sizeof number};
	buf_add_i64(&name, o->room);
	media_processes_record(r->config.media, media_process_of(o->room, r->config.processes), buf_str(&name), ends[0]);
	return ERR_OK;
}

/* --- steps that others do; each comes back by `said` */

static void come_back(struct one *o) { say(o->all, &(struct said){.what = SAID_BACK, .one = o}); }

static struct tx tx_of(struct one *o, struct db *db, int64_t now_ms)
{
	arena_reset(o->arena);
	return (struct tx){.db = db, .arena = o->arena, .effects = &o->effects, .inst = o->all->config.inst, .now_ms = now_ms, .rel.role = ROLE_NONE, .writable = true};
}

static enum err run_job(struct job *j, struct db *db, int64_t now_ms)
{
	struct one *o = (struct one *)j;
	struct tx tx = tx_of(o, db, now_ms);
	bool kept;
	if (o->stage == STAGE_LEFT)
		return lesson_recordings_left(&tx, o->left, LEFT_MAX, &o->left_n);
	if (o->stage == STAGE_OVER)
		return lesson_recording_over(&tx, o->id, o->end);
	return lesson_recording_keep(&tx, o->id, o->tracks, o->tracks_n, o->speakers.n ? buf_str(&o->speakers) : STR("[]"), &kept);
}

static void done_job(struct job *j, enum err result)
{
	struct one *o = (struct one *)j;
	o->err = result;
	if (result)
		effects_clear(&o->effects);
	publisher_effects(o->all->config.publisher, &o->effects);
	come_back(o);
}

static void add_speakers(struct one *o, const struct index *x)
{
	buf_clear(&o->speakers);
	buf_add_c(&o->speakers, '[');
	for (size_t i = 0; i < x->speakers.n; i++)
		buf_addf(&o->speakers, "%s[%lld,%lld]", i ? "," : "", (long long)(x->speakers.p[i].at_us / 1000), (long long)x->speakers.p[i].participant);
	buf_add_c(&o->speakers, ']');
}

static void adopt_track(struct one *o, const struct index_track *t)
{
	char path[PATH_BYTES + 32];
	struct lesson_record_track *out = &o->tracks[o->tracks_n];
	if (t->duration_ms <= 0)
		return;
	folder_of(o->all, o->id, path);
	snprintf(path + strlen(path), 32, "/%s", t->file);
	*out = (struct lesson_record_track){.participant_id = t->participant, .source = (unsigned)t->source, .start_ms = t->start_us < 0 ? 0 : t->start_us / 1000,
		.duration_ms = t->duration_ms, .sound = t->codec == TAPE_OPUS, .h264 = t->codec == TAPE_H264};
	enum err e = blob_adopt(path, &out->ready, &out->size);
	if (!e)
		o->tracks_n++;
	else if (e != ERR_NOT_FOUND)
		o->err = e;
}

static void adopt(struct work *w)
{
	struct one *o = (struct one *)((char *)w - offsetof(struct one, work));
	char folder[PATH_BYTES];
	struct index x = {0};
	folder_of(o->all, o->id, folder);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mem_free(o->tracks);
	o->tracks = NULL;
	o->tracks_n = 0;
	o->err = ERR_OK;
	if (fd >= 0 && index_read(&x, fd) == ERR_OK) {
		o->tracks = mem_alloc((x.tracks.n + 1) * sizeof *o->tracks);
		for (size_t i = 0; i < x.tracks.n; i++)
			adopt_track(o, &x.tracks.p[i]);
		add_speakers(o, &x);
		index_release(&x);
	}
	if (fd >= 0)
		close(fd);
	come_back(o);
}

/* --- the stages, on the thread */

static void remove_folder(struct one *o)
{
	char folder[PATH_BYTES];
	struct index x = {0};
	folder_of(o->all, o->id, folder);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (index_read(&x, fd) == ERR_OK)
		for (size_t i = 0; i < x.tracks.n; i++)
			unlinkat(fd, x.tracks.p[i].file, 0);
	index_release(&x);
	unlinkat(fd, INDEX_NAME, 0);
	unlinkat(fd, SHELF_RESERVE, 0);
	close(fd);
	if (rmdir(folder))
		LOG(LOG_LEVEL_WARN, "record.folder", LOG_FI("recording", o->id), LOG_FI("errno", errno));
}

static void next(struct one *o, enum stage stage)
{
	o->stage = stage;
	o->tries = 0;
	o->at_ms = 0;
}

static void later(struct one *o, enum err e)
{
	LOG(LOG_LEVEL_ERROR, "record.step", LOG_FI("recording", o->id), LOG_FI("stage", o->stage), LOG_FZ("error", err_name(e)));
	o->at_ms = clock_mono_ms() + RETRY_MS;
	if (++o->tries == TRIES)
		o->stage = STAGE_DONE; /* its files stay where they are: the next start tries again */
}

static void broken(struct one *o, enum lesson_record_end end)
{
	o->end = end;
	next(o, STAGE_OVER);
}

static void step(struct one *o)
{
	struct recorders *r = o->all;
	enum err e;
	switch (o->stage) {
	case STAGE_NOTICE:
		if (o->stop) {
			o->whole = true;
			broken(o, LESSON_RECORD_DONE);
			return;
		}
		e = start_recorder(o);
		if (e)
			broken(o, e == ERR_FULL ? LESSON_RECORD_FULL : LESSON_RECORD_BROKEN);
		else
			next(o, STAGE_RUNS);
		return;
	case STAGE_MEND:
		e = o->whole ? ERR_NOT_FOUND : spawn(o, CHILD_NOTHING, "mend");
		if (e == ERR_NOT_FOUND)
			next(o, STAGE_ADOPT);
		else if (e)
			later(o, e);
		return;
	case STAGE_LEFT:
	case STAGE_OVER:
	case STAGE_KEEP:
		o->job = (struct job){.run = run_job, .done = done_job};
		o->away = true;
		e = workers_write(r->config.workers, &o->job);
		break;
	case STAGE_ADOPT:
		o->work.run = adopt;
		o->away = true;
		e = background_post(r->config.background, &o->work);
		break;
	default:
		return;
	}
	if (e) {
		o->away = false;
		later(o, e);
	}
}

static void ended(struct one *o)
{
	struct child_end end = child_wait(o->pid);
	close(o->pid_fd);
	o->pid_fd = -1;
	o->pid = 0;
	int code = end.code;
	if (code != RECORDER_DONE)
		LOG(LOG_LEVEL_ERROR, "record.ended", LOG_FI("recording", o->id), LOG_FI("code", code), LOG_FI("signal", end.signal));
	if (o->stage == STAGE_MEND) {
		next(o, STAGE_ADOPT);
		return;
	}
	o->whole = code == RECORDER_DONE || code == RECORDER_FULL;
	o->end = code == RECORDER_DONE ? LESSON_RECORD_DONE : code == RECORDER_FULL ? LESSON_RECORD_FULL : LESSON_RECORD_BROKEN;
	next(o, STAGE_OVER);
}

static void back(struct one *o)
{
	o->away = false;
	if (o->err) {
		later(o, o->err);
		return;
	}
	if (o->stage == STAGE_LEFT) {
		for (size_t i = 0; i < o->left_n; i++)
			one_new(o->all, o->left[i], STAGE_MEND);
		next(o, STAGE_DONE);
	} else if (o->stage == STAGE_KEEP) {
		remove_folder(o);
		next(o, STAGE_DONE);
	} else {
		next(o, o->stage == STAGE_OVER ? STAGE_MEND : STAGE_KEEP);
	}
}

/* --- what others say */

static struct one *find(struct recorders *r, int64_t id)
{
	for (size_t i = 0; i < r->list.n; i++)
		if (r->list.p[i]->id == id)
			return r->list.p[i];
	return NULL;
}

static void end_tape(struct recorders *r, int64_t room)
{
	char text[96];
	struct buf b = {.p = text, .cap = sizeof text, .limit = sizeof text};
	buf_addf(&b, "{\"m\":\"record_end\",\"room\":\"%lld\"}", (long long)room);
	media_processes_send(r->config.media, media_process_of(room, r->config.processes), buf_str(&b));
}

static bool obey(struct recorders *r, const struct said *s)
{
	struct one *o;
	switch (s->what) {
	case SAID_START:
		o = one_new(r, s->id, STAGE_NOTICE);
		o->room = s->room;
		o->most = s->most;
		o->at_ms = clock_mono_ms() + RECORD_NOTICE_MS;
		if (r->list.n > RECORDERS_MAX)
			broken(o, LESSON_RECORD_BROKEN);
		break;
	case SAID_STOP:
		o = find(r, s->id);
		if (o && o->stage == STAGE_NOTICE)
			o->stop = true;
		else if (o && o->stage == STAGE_RUNS)
			end_tape(r, s->room);
		break;
	case SAID_BACK:
		back(s->one);
		break;
	case SAID_END:
		return false;
	}
	return true;
}

static bool take_said(struct recorders *r)
{
	uint64_t unused;
	bool going = true;
	while (read(r->wake_fd, &unused, sizeof unused) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&r->lock);
	struct said *s = r->first;
	r->first = r->last = NULL;
	pthread_mutex_unlock(&r->lock);
	while (s) {
		struct said *after = s->next;
		going &= obey(r, s);
		mem_free(s);
		s = after;
	}
	return going;
}

static bool waits_for_time(const struct one *o) { return !o->away && o->stage != STAGE_RUNS && !o->pid && o->stage != STAGE_DONE; }

static int wait_ms(const struct recorders *r)
{
	int64_t now = clock_mono_ms(), until = now + 60000;
	for (size_t i = 0; i < r->list.n; i++)
		if (waits_for_time(r->list.p[i]) && r->list.p[i]->at_ms < until)
			until = r->list.p[i]->at_ms;
	return until > now ? (int)(until - now) : 0;
}

static void step_due(struct recorders *r)
{
	for (size_t i = r->list.n; i-- > 0;) {
		struct one *o = r->list.p[i];
		if (waits_for_time(o) && o->at_ms <= clock_mono_ms())
			step(o);
		if (o->stage == STAGE_DONE) {
			one_free(o);
			VEC_SWAP_REMOVE(&r->list, i);
		}
	}
}

static size_t poll_all(struct recorders *r, int ms)
{
	struct pollfd *polls = mem_alloc((r->list.n + 1) * sizeof *polls);
	size_t n = r->list.n, running = 0;
	polls[0] = (struct pollfd){.fd = r->wake_fd, .events = POLLIN};
	for (size_t i = 0; i < n; i++) {
		polls[i + 1] = (struct pollfd){.fd = r->list.p[i]->pid_fd, .events = POLLIN};
		running += r->list.p[i]->pid_fd >= 0;
	}
	if (poll(polls, n + 1, ms) > 0)
		for (size_t i = 0; i < n; i++)
			if (polls[i + 1].revents)
				ended(r->list.p[i]);
	mem_free(polls);
	return running;
}

static void *run(void *user)
{
	struct recorders *r = user;
	pthread_setname_np(pthread_self(), "recorders");
	for (bool going = true; going;) {
		poll_all(r, wait_ms(r));
		going = take_said(r);
		if (going)
			step_due(r);
	}
	/* those that still write have lost their tape and are about to end */
	for (int64_t until = clock_mono_ms() + ENDING_MS; clock_mono_ms() < until && poll_all(r, 50) > 0;)
		;
	return NULL;
}

/* --- the object */

static void port_start(void *user, int64_t recording, int64_t room, int64_t most) { say(user, &(struct said){.what = SAID_START, .id = recording, .room = room, .most = most}); }

static void port_stop(void *user, int64_t recording, int64_t room) { say(user, &(struct said){.what = SAID_STOP, .id = recording, .room = room}); }

struct recorders *recorders_start(const struct recorders_config *config)
{
	char folder[PATH_BYTES];
	if (!config->media || !recorder_there()) {
		LOG(LOG_LEVEL_WARN, "record.off", LOG_FZ("why", config->media ? "no libavformat" : "no calls"));
		return NULL;
	}
	struct recorders *r = mem_alloc(sizeof *r);
	r->config = *config;
	r->data = mem_dup(config->data, strlen(config->data));
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&r->lock, NULL);
	snprintf(folder, sizeof folder, "%s/recordings", r->data);
	one_new(r, 0, STAGE_LEFT);
	if (r->wake_fd >= 0 && (mkdir(folder, 0700) == 0 || errno == EEXIST) && pthread_create(&r->thread, NULL, run, r) == 0) {
		if (config->records)
			record_port_set(&(struct record_port){.start = port_start, .stop = port_stop, .user = r});
		return r;
	}
	LOG(LOG_LEVEL_ERROR, "record.not_started", LOG_FI("errno", errno));
	r->stopping = true;
	recorders_free(&r);
	return NULL;
}

void recorders_stop(struct recorders *r)
{
	if (!r || r->stopping)
		return;
	r->stopping = true;
	say(r, &(struct said){.what = SAID_END});
	pthread_join(r->thread, NULL);
}

void recorders_free(struct recorders **recorders)
{
	struct recorders *r = *recorders;
	if (!r)
		return;
	CHECK(r->stopping);
	while (r->first) {
		struct said *s = r->first;
		r->first = s->next;
		mem_free(s);
	}
	for (size_t i = 0; i < r->list.n; i++)
		one_free(r->list.p[i]);
	VEC_RELEASE(&r->list);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	pthread_mutex_destroy(&r->lock);
	mem_free(r->data);
	mem_free(r);
	*recorders = NULL;
}
