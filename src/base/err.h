/* SPDX-License-Identifier: Apache-2.0
 *
 * The three classes of failure (docs/CONVENTIONS.md):
 *   a bug          -> BUG() / CHECK(): prints and aborts; the supervisor restarts the process.
 *                     Nothing that a peer sends may reach one.
 *   environment    -> enum err, returned; the caller at the top logs it once.
 *   a refusal      -> ERR_REFUSED, with a struct refusal that is untouched on success.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

enum err {
	ERR_OK = 0,
	ERR_REFUSED = -1,   /* see the struct refusal that goes with the call */
	ERR_NOMEM = -2,     /* memory, or the stated limit of a buffer that a peer can grow */
	ERR_IO = -3,        /* the system said no; errno tells why */
	ERR_NOT_FOUND = -4, /* for calls whose contract names it */
	ERR_MALFORMED = -5, /* bytes from a stranger that the standard forbids */
	ERR_TOO_LARGE = -6, /* bytes from a stranger beyond a stated limit */
	ERR_AGAIN = -7,     /* more input, or a later try, is needed */
	ERR_CLOSED = -8,    /* the other side, or the object, is closed */
	ERR_BUSY = -9,      /* the store could not be locked, a queue is full */
	ERR_FULL = -10,     /* no space on the disk */
	ERR_UNCERTAIN = -11 /* it may have happened */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Name of the code, for logs; never NULL. */
const char *err_name(enum err e);

/* Codes of refusal: the enum is generated from api/common.yaml (ErrorCode); base knows it as a number.
 * message is a key of the message table ("code.rate_limited"), not yet a sentence. */
struct refusal {
	int code;            /* enum api_error_code; 0 means none */
	const char *field;   /* static or arena text, NULL when no field is to blame */
	const char *message; /* static key of the sentence that a person is shown, NULL for the code's own */
	int64_t retry_after_s; /* 0: not said */
};

/* Fills *r and returns ERR_REFUSED, so that a handler can `return refuse(...)`. */
enum err refuse(struct refusal *r, int code, const char *field, const char *message);

#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond) ((cond) ? (void)0 : bug_at(__FILE__, __LINE__, "CHECK failed: %s", #cond))
_Noreturn void bug_at(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
