/* SPDX-License-Identifier: Apache-2.0
 *
 * See blob.h.
 */
#include "file/blob.h"

#include "base/log.h"
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static char folder[BLOB_PATH_MAX - 128] = "."; /* set by app before the first thread */

static enum err make(const char *path)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return ERR_OK;
	LOG(LOG_LEVEL_ERROR, "file.folder", LOG_FZ("path", path), LOG_FI("errno", errno));
	return ERR_IO;
}

enum err file_folder_set(const char *data)
{
	char path[BLOB_PATH_MAX];
	int n = snprintf(folder, sizeof folder, "%s", data);
	if (n < 0 || (size_t)n >= sizeof folder)
		return ERR_TOO_LARGE;
	snprintf(path, sizeof path, "%s/uploads", folder);
	enum err e = make(path);
	snprintf(path, sizeof path, "%s/blobs", folder);
	return e ? e : make(path);
}

void blob_upload_path(int64_t file, char out[BLOB_PATH_MAX])
{
	snprintf(out, BLOB_PATH_MAX, "%s/uploads/%lld", folder, (long long)file);
}

void blob_path(struct str sha256, char out[BLOB_PATH_MAX])
{
	CHECK(sha256.n == FILE_SHA256);
	int n = snprintf(out, BLOB_PATH_MAX, "%s/blobs/%02x/", folder, (unsigned char)sha256.p[0]);
	for (size_t i = 0; i < sha256.n; i++)
		n += snprintf(out + n, BLOB_PATH_MAX - (size_t)n, "%02x", (unsigned char)sha256.p[i]);
}

enum err blob_open(struct str sha256, int *fd_out)
{
	char path[BLOB_PATH_MAX];
	blob_path(sha256, path);
	*fd_out = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd_out >= 0)
		return ERR_OK;
	return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
}
