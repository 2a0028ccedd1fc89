/* SPDX-License-Identifier: Apache-2.0
 *
 * What bytes are, by their signature. Pure; any thread.
 */
#ifndef FILE_FILE_TYPE_H
#define FILE_FILE_TYPE_H

#include "server/file_port.h"

#define FILE_SNIFF_MAX 65536 /* bytes looked at, at each end */

struct str file_media_type(enum file_type t); /* for Content-Type; text is told as UTF-8 or windows-1251 */
bool file_is_picture(enum file_type t);       /* one that a browser may show by itself */
/* head and tail: the first and the last bytes, at most FILE_SNIFF_MAX each; they overlap when the file is short. */
enum file_type file_sniff(struct str head, struct str tail, uint64_t size);

#endif
