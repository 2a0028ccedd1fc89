/* SPDX-License-Identifier: Apache-2.0
 *
 * Carries one-time codes to people: printed by the server (console), by a program of the site's choice (command), or by mail
 * through an SMS gateway (smtp). One thread of its own behind a bounded queue; a full queue drops the code (the person asks for
 * another). Failures are logged without number and code.
 *
 * The program is run without a shell as `<command> <phone>`, with the text on its standard input; exit status 0 is success. It
 * has CODE_SENDER_LIMIT_S seconds.
 */
#ifndef ACCOUNT_CODE_SENDER_H
#define ACCOUNT_CODE_SENDER_H

#include "base/str.h"

#define CODE_SENDER_QUEUE_MAX 1000
#define CODE_SENDER_LIMIT_S 10
#define CODE_SENDER_STOP_S 5 /* for what still waits when the program stops */

enum code_sender_kind { CODE_SENDER_CONSOLE, CODE_SENDER_COMMAND, CODE_SENDER_SMTP };

bool code_sender_kind_from(struct str text, enum code_sender_kind *out); /* "console", "command", "smtp" */

/* NULL and "" both mean: not given. */
struct code_sender_config {
	enum code_sender_kind kind;
	const char *command;      /* path of the program */
	const char *smtp_url;     /* "smtp://mail.example:587" or "smtps://..."; STARTTLS when the server offers it */
	const char *smtp_user;    /* none: no AUTH; with one, TLS is demanded */
	const char *smtp_password;
	const char *smtp_from;    /* "zvonok@example" */
	const char *smtp_to;      /* "{phone}@sms.example"; {phone} becomes the digits without '+' */
};

struct code_sender_stats { uint64_t sent, failed, dropped; };

struct code_sender;

/* Copies the configuration. ERR_REFUSED (and a line in the log) when it lacks something. */
enum err code_sender_start(struct code_sender **out, const struct code_sender_config *config) MUST_CHECK;
/* Fits struct installation.send_code; user is the struct code_sender. Any thread; never blocks. */
void code_sender_send(void *user, struct str phone, struct str code, bool english);
/* Sends what waits within CODE_SENDER_STOP_S, joins the thread; NULL is fine. */
void code_sender_stop(struct code_sender **s);
void code_sender_stats(struct code_sender *s, struct code_sender_stats *out); /* any thread */

#endif
