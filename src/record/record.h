/* SPDX-License-Identifier: Apache-2.0
 *
 * The recorder: `zvonok recorder`, started by `zvonok serve` (app/recorders.h) once for each recording of a call. It hears the media process over a stream socket (media/tape_format.h) and writes one file a track
 * and an index into a folder. It has no store and no network; a fault in it ends this recording and nothing else. When the tape ends it ends its files and itself.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>

#define RECORDER_TAPE_FD 3

/* argv, behind the word "recorder": the folder, which is there, and the most bytes that all files together may have; or the folder and "mend", for one whose recorder did not come to
 * its end. Ends the process: */
enum recorder_end {
	RECORDER_DONE = 0,
	RECORDER_ARGUMENTS = 2,
	RECORDER_NO_WALLS = 3,
	RECORDER_NOTHING = 4, /* mend: there is nothing in the folder */
	RECORDER_IO = 6,
	RECORDER_FULL = 7,    /* the disk, or the bytes: it ended in order, what was recorded before is whole */
	RECORDER_NO_LIBRARY = 8
};
_Noreturn void recorder_main(int argc, char **argv);
/* Whether recordings can be made on this machine: libavformat is installed. */
bool recorder_there(void);

#endif
