/* SPDX-License-Identifier: Apache-2.0
 *
 * See record.h.
 */
#include "record/record.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/wire.h"
#include "record/index.h"
#include "record/tracks.h"
#include "record/walls.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (1u << 20)
#define TURN_MS 200
#define RESERVE_BYTES (8 << 20)

struct recorder {
	struct shelf shelf;
	struct recording *recording;
	int64_t max;
	uint8_t *in;     /* READ_BYTES */
	size_t n;
	bool bad;        /* what comes is no tape */
};

bool recorder_there(void) { return muxer_there(); }

/* Best effort: it is asked for again as long as it is wanted. */
static void ask(void *user, uint32_t track, uint8_t layer)
{
	uint8_t p[TAPE_ASK];
	(void)user;
	set_u32(p, track);
	p[4] = layer;
	(void)!send(RECORDER_TAPE_FD, p, sizeof p, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void take(struct recorder *r)
{
	size_t at = 0, used = 0;
	struct tape_message m;
	enum err e;
	while ((e = tape_read(r->in + at, r->n - at, &m, &used)) == ERR_OK) {
		recording_hear(r->recording, &m);
		at += used;
	}
	r->bad = e != ERR_AGAIN;
	memmove(r->in, r->in + at, r->n - at);
	r->n -= at;
}

/* False: the tape is at its end. */
static bool hear(struct recorder *r)
{
	ssize_t n = recv(RECORDER_TAPE_FD, r->in + r->n, READ_BYTES - r->n, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	r->n += (size_t)n;
	take(r);
	return n > 0;
}

static void record(struct recorder *r)
{
	for (bool going = true; going && !r->bad && !r->shelf.full && !r->shelf.failed;) {
		struct pollfd p = {.fd = RECORDER_TAPE_FD, .events = POLLIN};
		if (poll(&p, 1, TURN_MS) > 0)
			going = hear(r);
		else
			recording_turn(r->recording, recording_now(r->recording) + TURN_MS * 1000);
		recording_turn(r->recording, 0);
		if (r->shelf.bytes >= r->max)
			r->shelf.full = true;
	}
	recording_end(&r->recording);
}

static void make_reserve(struct shelf *s)
{
	int fd = openat(s->folder, SHELF_RESERVE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	s->reserve = fallocate(fd, 0, 0, RESERVE_BYTES) == 0;
	s->full = !s->reserve && errno == ENOSPC;
	close(fd);
}

static _Noreturn void wrong_arguments(void)
{
	fprintf(stderr, "zvonok recorder is started by zvonok serve\n");
	_exit(RECORDER_ARGUMENTS);
}

static void prepare(struct recorder *r, const char *folder)
{
	signal(SIGPIPE, SIG_IGN);
	json_object_seed((size_t)random_u64() | 1);
	r->shelf.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->shelf.folder < 0 || flock(r->shelf.folder, LOCK_EX))
		_exit(RECORDER_IO);
	if (!muxer_there()) {
		LOG(LOG_LEVEL_ERROR, "record.no_library");
		_exit(RECORDER_NO_LIBRARY);
	}
	if (!record_walls(r->shelf.folder)) {
		LOG(LOG_LEVEL_ERROR, "record.no_walls", LOG_FZ("error", strerror(errno)));
		_exit(RECORDER_NO_WALLS);
	}
}

static int mend(struct recorder *r)
{
	unlinkat(r->shelf.folder, SHELF_RESERVE, 0);
	enum err e = recording_mend(&r->shelf);
	return !e ? RECORDER_DONE : e == ERR_NOT_FOUND ? RECORDER_NOTHING : e == ERR_FULL ? RECORDER_FULL : RECORDER_IO;
}

void recorder_main(int argc, char **argv)
{
	struct recorder r = {0};
	if (argc != 2)
		wrong_arguments();
	bool mends = strcmp(argv[1], "mend") == 0;
	if (!mends && (str_to_i64(str_of(argv[1]), &r.max) || r.max <= 0))
		wrong_arguments();
	prepare(&r, argv[0]);
	if (mends)
		_exit(mend(&r));
	make_reserve(&r.shelf);
	r.in = mem_alloc(READ_BYTES);
	r.recording = recording_new(&r.shelf, ask, NULL);
	record(&r);
	if (r.shelf.reserve)
		unlinkat(r.shelf.folder, SHELF_RESERVE, 0);
	/* at once: an orderly end would need what is behind the walls (a sanitizer's look for leaks) */
	_exit(r.shelf.failed == ERR_IO ? RECORDER_IO : r.shelf.full || r.shelf.failed ? RECORDER_FULL : RECORDER_DONE);
}
