/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of errors, refusals, and the end of a process that found a bug in itself. Any thread.
 */
#include "base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *err_name(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "ok";
	case ERR_REFUSED:
		return "refused";
	case ERR_NOMEM:
		return "nomem";
	case ERR_IO:
		return "io";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_TOO_LARGE:
		return "too_large";
	case ERR_AGAIN:
		return "again";
	case ERR_CLOSED:
		return "closed";
	case ERR_BUSY:
		return "busy";
	case ERR_FULL:
		return "full";
	case ERR_UNCERTAIN:
		return "uncertain";
	}
	return "unknown";
}

enum err refuse(struct refusal *r, int code, const char *field, const char *message)
{
	*r = (struct refusal){.code = code, .field = field, .message = message};
	return ERR_REFUSED;
}

_Noreturn void bug_at(const char *file, int line, const char *fmt, ...)
{
	/* No log, no heap: whatever is broken may be one of those. */
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "BUG %s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}
