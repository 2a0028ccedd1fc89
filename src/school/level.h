/* SPDX-License-Identifier: Apache-2.0
 *
 * Year and letter of a class out of its name: "5А" is the 5th year and "А". Pure, any thread.
 */
#ifndef SCHOOL_LEVEL_H
#define SCHOOL_LEVEL_H

#include "base/str.h"

#define LEVEL_MAX 13
#define LETTER_MAX 3 /* code points */

/* *level_out 0 when the name begins with no year of study; the letter is empty when there is none, and borrows from the name. */
void level_of_name(struct str name, int *level_out, struct str *letter_out);

#endif
