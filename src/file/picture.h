/* SPDX-License-Identifier: Apache-2.0
 *
 * How large a picture is, by its header alone: nothing is decoded. Pure; any thread.
 */
#ifndef FILE_PICTURE_H
#define FILE_PICTURE_H

#include "server/file_port.h"

#define PICTURE_LOGO_MIN 64   /* points, of each side */
#define PICTURE_LOGO_MAX 4096

struct picture_size { uint32_t width, height; };

/* Of PNG, JPEG and WebP, by their whole bytes. false: another type, or a header that is not whole. */
bool picture_measure(struct str bytes, enum file_type type, struct picture_size *out);
bool picture_is_logo(struct str bytes, enum file_type type); /* and each side is within the bounds */

#endif
