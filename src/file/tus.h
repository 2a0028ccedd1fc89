/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fields and paths of uploads say (tus 1.0), and names of files made harmless. Pure; any thread.
 */
#ifndef FILE_TUS_H
#define FILE_TUS_H

#include "file/file.h"

#define TUS_FILENAME_MAX 1024 /* bytes of a name as it is sent; longer is refused, beyond FILE_NAME_MAX it is shortened */

struct tus_metadata {
	char name[FILE_NAME_MAX]; /* harmless already */
	size_t name_n;
	enum file_purpose purpose;
	int64_t org_id;           /* 0: not given */
};
/* The value of Upload-Metadata: "filename <base64>,purpose <base64>,org <base64>"; other keys are skipped. ERR_MALFORMED; then
 * *wrong_out names the key, or is "Upload-Metadata". */
enum err tus_metadata_parse(struct str value, struct tus_metadata *out, const char **wrong_out) MUST_CHECK;
enum err tus_number(struct str value, int64_t *out) MUST_CHECK; /* digits only, up to 2^53 - 1; ERR_MALFORMED */
/* Path below /api/v1/files: empty or "/" is 0, "/<id>" the id; ERR_MALFORMED. */
enum err tus_path(struct str rest, int64_t *id_out) MUST_CHECK;

/* The last part of a path, without control characters and those that turn the direction of text, without dots at its ends, short. Never
 * empty: "file" then. Returns its length. */
size_t file_name_clean(struct str in, char out[FILE_NAME_MAX]);
void file_name_disposition(struct buf *b, bool inline_, struct str name); /* a whole Content-Disposition line */

#endif
