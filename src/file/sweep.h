/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep of what was removed. On the writer's thread, inside a transaction.
 */
#ifndef FILE_SWEEP_H
#define FILE_SWEEP_H

#include "file/file.h"

#define FILE_SWEEP_BATCH 100

/* Takes up to FILE_SWEEP_BATCH rows; their bytes lie in the trash then (blob_empty_trash). */
enum err file_sweep(struct tx *tx, size_t *n_out) MUST_CHECK;

#endif
