/* SPDX-License-Identifier: Apache-2.0
 *
 * See blob.h. A blob appears under its name by link(2), whole and on the disk; so whatever has such a name is whole.
 */
#include "file/blob.h"

#include "base/log.h"
#include "base/mem.h"
#include "file/file_type.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)

static char folder[BLOB_PATH_MAX - 256] = "."; /* set by app before the first thread */

static enum err failure(const char *what)
{
	int why = errno;
	if (why == ENOSPC || why == EDQUOT || why == EFBIG)
		return ERR_FULL;
	LOG(LOG_LEVEL_ERROR, what, LOG_FI("errno", why));
	return ERR_IO;
}

/* --- names */

static void upload_path(int64_t upload, char out[BLOB_PATH_MAX])
{
	snprintf(out, BLOB_PATH_MAX, "%s/uploads/%lld", folder, (long long)upload);
}

static void blob_path(struct str sha256, char out[BLOB_PATH_MAX])
{
	char hex[2 * FILE_SHA256 + 1];
	CHECK(sha256.n == FILE_SHA256);
	sodium_bin2hex(hex, sizeof hex, (const unsigned char *)sha256.p, sha256.n);
	snprintf(out, BLOB_PATH_MAX, "%s/blobs/%.2s/%s", folder, hex, hex);
}

static enum err sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failure("file.folder");
	enum err e = fsync(fd) ? failure("file.folder") : ERR_OK;
	close(fd);
	return e;
}

/* There, and so on the disk, when it returns. */
static enum err make_folder(const char *path)
{
	if (mkdir(path, 0700))
		return errno == EEXIST ? ERR_OK : failure("file.folder");
	char above[BLOB_PATH_MAX];
	snprintf(above, sizeof above, "%.*s", (int)(strrchr(path, '/') - path), path);
	return sync_folder(above);
}

enum err file_folder_set(const char *data)
{
	static const char *const names[] = {"uploads", "blobs", "trash"};
	char path[BLOB_PATH_MAX];
	int n = snprintf(folder, sizeof folder, "%s", data);
	enum err e = n < 0 || (size_t)n >= sizeof folder ? ERR_TOO_LARGE : ERR_OK;
	for (size_t i = 0; !e && i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		e = make_folder(path);
	}
	return e;
}

/* --- reading */

enum err blob_open(struct str sha256, int *fd_out)
{
	char path[BLOB_PATH_MAX];
	blob_path(sha256, path);
	*fd_out = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd_out >= 0)
		return ERR_OK;
	return errno == ENOENT ? ERR_NOT_FOUND : failure("file.open");
}

bool blob_there(struct str sha256)
{
	char path[BLOB_PATH_MAX];
	blob_path(sha256, path);
	return access(path, R_OK) == 0;
}

enum err blob_read(int fd, int64_t at, void *p, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(fd, (char *)p + done, n - done, at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_IO;
		done += (size_t)got;
	}
	return ERR_OK;
}

/* --- an upload */

static enum err write_all(int fd, int64_t at, struct str piece)
{
	while (piece.n) {
		ssize_t done = pwrite(fd, piece.p, piece.n, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return failure("file.write");
		piece = str_n(piece.p + done, piece.n - (size_t)done);
		at += done;
	}
	return ERR_OK;
}

static enum err hash_again(int fd, int64_t size, struct blob_digest *d)
{
	unsigned char *p = mem_alloc(READ_SIZE);
	enum err e = ERR_OK;
	crypto_hash_sha256_init(&d->state);
	for (d->at = 0; !e && d->at < size;) {
		size_t n = size - d->at < READ_SIZE ? (size_t)(size - d->at) : READ_SIZE;
		e = blob_read(fd, d->at, p, n);
		if (!e)
			crypto_hash_sha256_update(&d->state, p, n);
		d->at += (int64_t)n;
	}
	mem_free(p);
	return e;
}

static enum err write_piece(int fd, int64_t at, struct str piece, struct blob_digest *io)
{
	struct stat s;
	if (fstat(fd, &s))
		return failure("file.stat");
	if (s.st_size < at)
		return ERR_NOT_FOUND;
	if (s.st_size > at && ftruncate(fd, at))
		return failure("file.truncate");
	enum err e = at && io->at == at ? ERR_OK : hash_again(fd, at, io);
	if (!e)
		e = write_all(fd, at, piece);
	if (!e && fdatasync(fd))
		e = failure("file.sync");
	if (e) {
		if (ftruncate(fd, at)) /* the next piece does the same */
			LOG(LOG_LEVEL_WARN, "file.truncate", LOG_FI("errno", errno));
		return e;
	}
	crypto_hash_sha256_update(&io->state, (const unsigned char *)piece.p, piece.n);
	io->at = at + (int64_t)piece.n;
	return ERR_OK;
}

enum err blob_write(int64_t upload, int64_t at, struct str piece, struct blob_digest *io)
{
	char path[BLOB_PATH_MAX];
	upload_path(upload, path);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (at ? 0 : O_CREAT), 0600);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : failure("file.open");
	enum err e = write_piece(fd, at, piece, io);
	close(fd);
	if (!e && !at) {
		snprintf(path, sizeof path, "%s/uploads", folder);
		e = sync_folder(path);
	}
	return e;
}

static enum err look(int fd, int64_t size, enum file_type *type_out)
{
	size_t n = size < FILE_SNIFF_MAX ? (size_t)size : FILE_SNIFF_MAX;
	char *both = mem_alloc(2 * FILE_SNIFF_MAX);
	enum err e = blob_read(fd, 0, both, n);
	if (!e)
		e = blob_read(fd, size - (int64_t)n, both + FILE_SNIFF_MAX, n);
	if (!e)
		*type_out = file_sniff(str_n(both, n), str_n(both + FILE_SNIFF_MAX, n), (uint64_t)size);
	mem_free(both);
	return e;
}

/* fd: of the file `from`, whose hash is in out already. */
static enum err give_last_name(const char *from, int fd, int64_t size, struct blob_ready *out)
{
	char to[BLOB_PATH_MAX], in[BLOB_PATH_MAX];
	blob_path(str_n((const char *)out->sha256, FILE_SHA256), to);
	enum err e = look(fd, size, &out->type);
	snprintf(in, sizeof in, "%.*s", (int)(strrchr(to, '/') - to), to);
	if (!e)
		e = make_folder(in);
	if (!e && link(from, to) && errno != EEXIST)
		e = errno == ENOENT ? ERR_NOT_FOUND : failure("file.link");
	return e ? e : sync_folder(in);
}

enum err blob_finish(int64_t upload, int64_t size, const struct blob_digest *d, struct blob_ready *out)
{
	char from[BLOB_PATH_MAX];
	CHECK(d->at == size && size > 0);
	crypto_hash_sha256_state state = d->state;
	crypto_hash_sha256_final(&state, out->sha256);
	upload_path(upload, from);
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : failure("file.open");
	enum err e = give_last_name(from, fd, size, out);
	close(fd);
	return e;
}

enum err blob_adopt(const char *path, struct blob_ready *out, int64_t *size_out)
{
	struct blob_digest d = {.at = 0};
	struct stat s;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : failure("file.open");
	enum err e = fstat(fd, &s) || s.st_size < 1 ? ERR_NOT_FOUND : hash_again(fd, s.st_size, &d);
	if (!e && fdatasync(fd))
		e = failure("file.sync");
	if (!e) {
		crypto_hash_sha256_final(&d.state, out->sha256);
		*size_out = s.st_size;
		e = give_last_name(path, fd, s.st_size, out);
	}
	close(fd);
	return e;
}

void blob_forget_upload(int64_t upload)
{
	char path[BLOB_PATH_MAX];
	upload_path(upload, path);
	if (unlink(path) && errno != ENOENT)
		LOG(LOG_LEVEL_WARN, "file.unlink", LOG_FI("errno", errno));
}

/* --- going */

static void move_to_trash(const char *path)
{
	char to[BLOB_PATH_MAX];
	snprintf(to, sizeof to, "%s/trash/%s", folder, strrchr(path, '/') + 1);
	if (rename(path, to) && errno != ENOENT)
		LOG(LOG_LEVEL_WARN, "file.trash", LOG_FI("errno", errno));
}

void blob_trash(struct str sha256)
{
	char path[BLOB_PATH_MAX];
	blob_path(sha256, path);
	move_to_trash(path);
}

void blob_trash_upload(int64_t upload)
{
	char path[BLOB_PATH_MAX];
	upload_path(upload, path);
	move_to_trash(path);
}

/* Calls each() for every name in a folder; a folder that is not there has none. */
static enum err for_names(const char *path, enum err (*each)(void *user, int at, const char *name), void *user)
{
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? ERR_OK : failure("file.folder");
	enum err e = ERR_OK;
	for (struct dirent *f; !e && (f = readdir(d)) != NULL;)
		if (f->d_name[0] != '.')
			e = each(user, dirfd(d), f->d_name);
	closedir(d);
	return e;
}

static enum err unlink_it(void *user, int at, const char *name)
{
	(void)user;
	if (unlinkat(at, name, 0) && errno != ENOENT)
		LOG(LOG_LEVEL_WARN, "file.unlink", LOG_FI("errno", errno));
	return ERR_OK;
}

void blob_empty_trash(void)
{
	char path[BLOB_PATH_MAX];
	snprintf(path, sizeof path, "%s/trash", folder);
	if (for_names(path, unlink_it, NULL))
		LOG(LOG_LEVEL_WARN, "file.trash");
}

struct sweep {
	enum err (*wanted)(void *user, int64_t upload, struct str sha256, bool *out);
	void *user;
	size_t removed;
};

static enum err sweep_one(struct sweep *s, int at, const char *name, int64_t upload, struct str sha256)
{
	bool wanted = false;
	enum err e = upload || sha256.n ? s->wanted(s->user, upload, sha256, &wanted) : ERR_OK;
	if (e || wanted)
		return e;
	s->removed++;
	return unlink_it(NULL, at, name);
}

static enum err sweep_upload(void *user, int at, const char *name)
{
	int64_t id;
	if (str_to_i64(str_of(name), &id) || id < 0)
		id = 0; /* no name of ours */
	return sweep_one(user, at, name, id, (struct str){0});
}

static enum err sweep_blob(void *user, int at, const char *name)
{
	unsigned char sha[FILE_SHA256];
	size_t n = 0;
	if (sodium_hex2bin(sha, sizeof sha, name, strlen(name), NULL, &n, NULL) || n != sizeof sha)
		n = 0;
	return sweep_one(user, at, name, 0, str_n(sha, n));
}

static enum err sweep_shelf(void *user, int at, const char *name)
{
	char path[BLOB_PATH_MAX];
	(void)at;
	snprintf(path, sizeof path, "%s/blobs/%.200s", folder, name);
	return for_names(path, sweep_blob, user);
}

enum err blob_sweep(enum err (*wanted)(void *user, int64_t upload, struct str sha256, bool *out), void *user)
{
	char path[BLOB_PATH_MAX];
	struct sweep s = {wanted, user, 0};
	snprintf(path, sizeof path, "%s/uploads", folder);
	enum err e = for_names(path, sweep_upload, &s);
	snprintf(path, sizeof path, "%s/blobs", folder);
	if (!e)
		e = for_names(path, sweep_shelf, &s);
	if (s.removed)
		LOG(LOG_LEVEL_INFO, "file.swept", LOG_FI("orphans", s.removed));
	return e;
}
