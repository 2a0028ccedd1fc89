/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of organisations, units and people as this room stores and compares them. Pure but for the arena.
 */
#ifndef SCHOOL_TITLE_H
#define SCHOOL_TITLE_H

#include "school/school.h"

/* Without white space at its ends; refuses (invalid_field, field) what is then empty, or has control or direction characters. */
enum err title_clean(struct tx *tx, struct str in, const char *field, struct str *out) MUST_CHECK;
/* Folded for comparing (case, ё), in the arena. ERR_NOMEM. */
enum err title_fold(struct tx *tx, struct str in, struct str *out) MUST_CHECK;
/* What a member is sorted and found by. */
enum err title_of_person(struct tx *tx, const struct api_person *p, struct str *name_fold_out, struct str *given_fold_out) MUST_CHECK;

#endif
