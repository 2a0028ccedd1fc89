/* SPDX-License-Identifier: Apache-2.0
 *
 * base/mem.h and jansson's memory for targets that begin each run with the same large state: what is taken between begin and keep lies in one
 * place, and every later run gets it back by copying, with the sanitizer's knowledge of which of its bytes may be touched. What a run takes itself comes from malloc; in runs that are not careful jansson's
 * own objects come from a heap that is faster and watched by nobody.
 */
#ifndef TESTS_FUZZ_BED_MEMORY_H
#define TESTS_FUZZ_BED_MEMORY_H

#include <stdbool.h>

void bed_memory_begin(void);
void bed_memory_keep(void);
void bed_memory_again(bool careful);

#endif
