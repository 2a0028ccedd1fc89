/* SPDX-License-Identifier: Apache-2.0
 *
 * The running program: store, workers, loops, listeners; started in order, stopped in reverse.
 */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "app/config.h"

/* Returns the process's exit code: 0 after an orderly stop (SIGTERM, SIGINT). demo: fills an empty store with the five
 * organisations and lets everybody sign in with the code 000000; refuses to listen on other than loopback. */
int serve(const struct config *c, bool demo);

#endif
