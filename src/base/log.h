/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured log, one JSON object a line on stderr (or "time level event key=value" when it is a terminal).
 * Keys are literals. Never log a phone, a code, a token, or a message's text. Any thread.
 *   LOG(LOG_LEVEL_INFO, "listener.open", LOG_FS("address", addr), LOG_FI("port", port));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field { const char *key; char kind; /* 's' or 'i'; 0 ends the list */ struct str s; int64_t i; };
#define LOG_FS(k, v) ((struct log_field){.key = (k), .kind = 's', .s = (v)})
#define LOG_FZ(k, v) ((struct log_field){.key = (k), .kind = 's', .s = str_of(v)})
#define LOG_FI(k, v) ((struct log_field){.key = (k), .kind = 'i', .i = (int64_t)(v)})

/* LOG(LOG_LEVEL_INFO, "listener.open", LOG_FS("address", a), LOG_FI("port", port)); */
#define LOG(level, event, ...) log_write((level), (event), (struct log_field[]){__VA_ARGS__ __VA_OPT__(,) {0}})
void log_write(enum log_level level, const char *event, const struct log_field *fields);
void log_set_level(enum log_level lowest);
void log_set_sink(void (*sink)(enum log_level, struct str line)); /* tests; NULL is stderr */

#endif
