/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the bytes lie: names in the data folder. Constant after file_folder_set; any thread.
 */
#ifndef FILE_BLOB_H
#define FILE_BLOB_H

#include "base/str.h"

#define BLOB_PATH_MAX 4096

void blob_upload_path(int64_t file, char out[BLOB_PATH_MAX]);     /* uploads/<id> */
void blob_path(struct str sha256, char out[BLOB_PATH_MAX]);       /* blobs/aa/<hexadecimal> */
enum err blob_open(struct str sha256, int *fd_out) MUST_CHECK;    /* for reading; ERR_NOT_FOUND, ERR_IO */

#endif
