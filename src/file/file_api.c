/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of files. On a store worker, inside a transaction; rights are checked before.
 */
#include "api.gen.h"
#include "file/file_sql.h"
#include "file/file_type.h"

_Static_assert((int)FILE_FOR_APPLICATION == (int)API_FILE_PURPOSE_APPLICATION && (int)FILE_FOR_DOCUMENT == (int)API_FILE_PURPOSE_DOCUMENT &&
	(int)FILE_FOR_ROSTER == (int)API_FILE_PURPOSE_ROSTER && (int)FILE_FOR_LOGO == (int)API_FILE_PURPOSE_LOGO, "purposes");

enum err file_get(struct tx *tx, const struct api_file_get *in, struct api_file *out)
{
	struct file_row f;
	enum err e = file_sql_get(tx, in->file_id, &f);
	if (e)
		return e;
	bool finished = file_is_finished(&f);
	*out = (struct api_file){.id = f.id, .name = f.name, .size = f.size, .received = f.received, .has_type = finished,
		.type = file_media_type(f.type), .purpose = (enum api_file_purpose)f.purpose,
		.state = finished ? API_FILE_STATE_FINISHED : API_FILE_STATE_UPLOADING, .created_at = f.created_at};
	return ERR_OK;
}

enum err file_delete(struct tx *tx, const struct api_file_delete *in, struct api_empty *out)
{
	struct file_row f;
	(void)out;
	enum err e = file_sql_get(tx, in->file_id, &f);
	if (e)
		return e;
	if (f.holder != FILE_HELD_BY_NOBODY)
		return tx_refuse(tx, API_FORBIDDEN, "file_id", "forbidden.file_held");
	return file_sql_remove(tx, f.id);
}
