/* SPDX-License-Identifier: Apache-2.0
 *
 * The packed client, inside the executable (tools/pack_assets.py). Built without it, the pack is there but holds no file.
 */
#ifndef APP_ASSETS_H
#define APP_ASSETS_H

#include <stddef.h>

extern const unsigned char zvonok_assets[];
extern const size_t zvonok_assets_size;

#endif
