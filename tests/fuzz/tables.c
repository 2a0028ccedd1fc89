/* SPDX-License-Identifier: Apache-2.0
 *
 * A file for the decoder: whatever it is, the answer is of the form on the pipe and within its limits. The bytes themselves as that
 * form: read or refused.
 */
#include "decoder/decoder.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf wire;
	struct sheets got;
	struct arena *a = arena_new(64u << 20);
	unsigned char *file = fuzz_exact(data, size);
	buf_init(&wire, SHEETS_WIRE_MAX);
	decoder_tables(str_n(file, size), &wire);
	MUST(sheets_read(a, buf_str(&wire), &got) == ERR_OK);
	MUST((got.problem == SHEETS_FINE) == (got.n > 0));
	enum err e = sheets_read(a, str_n(file, size), &got);
	MUST(e == ERR_OK || e == ERR_MALFORMED || e == ERR_NOMEM);
	free(file);
	buf_release(&wire);
	arena_free(&a);
	return 0;
}
