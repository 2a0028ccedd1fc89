/* SPDX-License-Identifier: Apache-2.0
 *
 * What bytes are, by their signature. Pure; any thread.
 */
#ifndef FILE_FILE_TYPE_H
#define FILE_FILE_TYPE_H

#include "server/file_port.h"

struct str file_media_type(enum file_type t); /* for Content-Type; text is told as UTF-8 or windows-1251 */

#endif
