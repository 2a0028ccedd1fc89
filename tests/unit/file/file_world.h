/* SPDX-License-Identifier: Apache-2.0
 *
 * Two organisations with a person in each role, an operator, and rows of files in any state. One thread.
 */
#ifndef TESTS_UNIT_FILE_WORLD_H
#define TESTS_UNIT_FILE_WORLD_H

#include "file/file.h"
#include "store_fixture.h"

#define TOKEN_A "00112233445566778899aabbccddeeff"
#define TOKEN_B "ffeeddccbbaa99887766554433221100"

struct file_world {
	struct store *s;
	int64_t org[2], person[2][ROLE_GUARDIAN + 1], operator, stranger;
};
extern struct file_world w;

int file_world_setup(void **state);
int file_world_teardown(void **state);

struct file_made { int64_t id, person, org; enum file_purpose purpose; const char *token; bool unfinished; };
void file_make(const struct file_made *f); /* 100 bytes, called "план.pdf" */

#endif
