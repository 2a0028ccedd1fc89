/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of types.
 */
#include "file/file_type.h"

static const char *const media_types[FILE_TYPES] = {
	[FILE_TYPE_OTHER] = "application/octet-stream",
	[FILE_TYPE_PDF] = "application/pdf",
	[FILE_TYPE_PNG] = "image/png",
	[FILE_TYPE_JPEG] = "image/jpeg",
	[FILE_TYPE_GIF] = "image/gif",
	[FILE_TYPE_WEBP] = "image/webp",
	[FILE_TYPE_DOCX] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	[FILE_TYPE_XLSX] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	[FILE_TYPE_PPTX] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	[FILE_TYPE_ODT] = "application/vnd.oasis.opendocument.text",
	[FILE_TYPE_ODS] = "application/vnd.oasis.opendocument.spreadsheet",
	[FILE_TYPE_ZIP] = "application/zip",
	[FILE_TYPE_TEXT] = "text/plain; charset=utf-8",
	[FILE_TYPE_TEXT_1251] = "text/plain; charset=windows-1251",
};

struct str file_media_type(enum file_type t)
{
	return str_of(t >= 0 && t < FILE_TYPES ? media_types[t] : media_types[FILE_TYPE_OTHER]);
}
