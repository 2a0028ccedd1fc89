/* SPDX-License-Identifier: Apache-2.0
 *
 * The decoder: a process of its own that reads one file of a stranger and writes what is in it in a form that is easy to check. It is
 * started for one file, shut off from everything but its input and output, and limited in memory and time; a bug in a library that it
 * uses costs that one file. It includes base only; the program speaks to it over pipes (app/decoder_run.c).
 */
#ifndef DECODER_DECODER_H
#define DECODER_DECODER_H

#include "base/sheets.h"

/* What `zvonok decode-tables` is: the file on standard input, sheets on standard output. Ends the process, with 0 also for a file that is refused. */
_Noreturn void decoder_tables_main(void);

/* The same without a process, for tests and fuzzing: never fails; a problem is written as the end. */
void decoder_tables(struct str file, struct buf *out);

#endif
