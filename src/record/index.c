/* SPDX-License-Identifier: Apache-2.0
 *
 * See index.h.
 */
#include "record/index.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_NAME "index.new"

static const char *const sources[] = {"mic", "camera", "screen", "screen_audio"}, *const codecs[] = {"opus", "vp8", "h264"};

void index_release(struct index *x)
{
	VEC_RELEASE(&x->tracks);
	VEC_RELEASE(&x->speakers);
}

static json_t *to_json(const struct index *x)
{
	json_t *tracks = json_array(), *speakers = json_array();
	for (size_t i = 0; i < x->tracks.n; i++) {
		const struct index_track *t = &x->tracks.p[i];
		json_array_append_new(tracks, json_pack("{s:s,s:I,s:s,s:s,s:I,s:I,s:I}", "file", t->file, "participant", (json_int_t)t->participant, "source",
			sources[t->source], "codec", codecs[t->codec], "start_us", (json_int_t)t->start_us, "duration_ms", (json_int_t)t->duration_ms, "bytes",
			(json_int_t)t->bytes));
	}
	for (size_t i = 0; i < x->speakers.n; i++)
		json_array_append_new(speakers, json_pack("[I,I]", (json_int_t)x->speakers.p[i].at_us, (json_int_t)x->speakers.p[i].participant));
	return json_pack("{s:o,s:o}", "tracks", tracks, "speakers", speakers);
}

static enum err failure(struct shelf *shelf)
{
	shelf->failed = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
	return shelf->failed;
}

enum err index_write(const struct index *x, struct shelf *shelf)
{
	json_t *j = to_json(x);
	char *text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	CHECK(text);
	size_t n = strlen(text), at = 0;
	int fd = openat(shelf->folder, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e = fd < 0 ? failure(shelf) : ERR_OK;
	while (!e && at < n) {
		ssize_t k = write(fd, text + at, n - at);
		if (k < 0 && errno != EINTR && !(errno == ENOSPC && shelf_relieve(shelf)))
			e = failure(shelf);
		at += k > 0 ? (size_t)k : 0;
	}
	if (!e && (fdatasync(fd) || renameat(shelf->folder, NEW_NAME, shelf->folder, INDEX_NAME)))
		e = failure(shelf);
	if (fd >= 0)
		close(fd);
	free(text);
	return e;
}

static int word_of(const json_t *v, const char *const *words, int n)
{
	const char *s = json_string_value(v);
	for (int i = 0; s && i < n; i++)
		if (strcmp(s, words[i]) == 0)
			return i;
	return -1;
}

static bool track_of(const json_t *j, struct index_track *t)
{
	const char *file = json_string_value(json_object_get(j, "file"));
	int source = word_of(json_object_get(j, "source"), sources, TAPE_SOURCES), codec = word_of(json_object_get(j, "codec"), codecs, TAPE_CODECS);
	if (!file || strlen(file) >= sizeof t->file || strchr(file, '/') || source < 0 || codec < 0)
		return false;
	*t = (struct index_track){.participant = json_integer_value(json_object_get(j, "participant")), .start_us = json_integer_value(json_object_get(j, "start_us")),
		.duration_ms = json_integer_value(json_object_get(j, "duration_ms")), .bytes = json_integer_value(json_object_get(j, "bytes")),
		.source = (enum tape_source)source, .codec = (enum tape_codec)codec};
	memcpy(t->file, file, strlen(file));
	return true;
}

static enum err from_json(struct index *x, const json_t *j)
{
	const json_t *tracks = json_object_get(j, "tracks"), *speakers = json_object_get(j, "speakers");
	for (size_t i = 0; i < json_array_size(tracks); i++) {
		struct index_track t;
		if (!track_of(json_array_get(tracks, i), &t))
			return ERR_MALFORMED;
		VEC_PUSH(&x->tracks, t);
	}
	for (size_t i = 0; i < json_array_size(speakers); i++) {
		const json_t *s = json_array_get(speakers, i);
		struct index_speaker k = {json_integer_value(json_array_get(s, 0)), json_integer_value(json_array_get(s, 1))};
		VEC_PUSH(&x->speakers, k);
	}
	return json_is_array(tracks) ? ERR_OK : ERR_MALFORMED;
}

enum err index_read(struct index *x, int folder)
{
	struct stat s;
	int fd = openat(folder, INDEX_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*x = (struct index){0};
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	size_t n = fstat(fd, &s) || s.st_size > INDEX_BYTES_MAX ? 0 : (size_t)s.st_size;
	char *text = mem_alloc(n + 1);
	ssize_t k = read(fd, text, n);
	close(fd);
	json_t *j = k == (ssize_t)n ? json_loadb(text, n, 0, NULL) : NULL;
	enum err e = j ? from_json(x, j) : ERR_MALFORMED;
	json_decref(j);
	mem_free(text);
	if (e)
		index_release(x);
	return e;
}
