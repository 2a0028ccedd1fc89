/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration: defaults, then the file (--config, else <data>/zvonok.conf when it is there), then the environment
 * (ZVONOK_LISTEN=...), then the command line (--listen ...). One table holds every setting with its default and its help.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "base/str.h"
#include <stdio.h>

#define CONFIG_SETTINGS(X) \
	X(data, "./data", "folder of the store, its backups and the configuration file") \
	X(listen, "127.0.0.1:8080", "address and port of the product; [::]:443 for everybody") \
	X(public_url, "", "how people reach it, e.g. https://zvonok.school98.ru; empty: from the listening address") \
	X(tls_cert, "", "PEM file of the certificate chain; re-read when it changes") \
	X(tls_key, "", "PEM file of its key") \
	X(metrics_listen, "127.0.0.1:9464", "Prometheus metrics; empty: none") \
	X(trusted_proxies, "", "addresses (networks) whose PROXY header is believed") \
	X(loops, "0", "event loop threads; 0: one a core, at most 4") \
	X(readers, "2", "store threads that read, 1-16") \
	X(max_connections, "20000", "connections at once; more are closed") \
	X(rate_limit, "1", "multiplies the rate limits; 0 switches them off (load tests)") \
	X(org_files_mib, "20480", "room for the files of one organisation, MiB") \
	X(recording_days, "30", "recordings of calls are kept so many days, 1-3650; 0: none are made") \
	X(media_processes, "1", "processes that carry sound and picture of calls, 0-8; 0: this installation has no calls") \
	X(media_port, "10000", "UDP port of the first of them, the others follow; 0: any free ones") \
	X(media_address, "", "addresses, separated by commas, that browsers send sound and picture to; empty: those of this machine") \
	X(media_tcp_port, "", "TCP port of the same for closed networks; empty: that of listen, unless it is on loopback; 0: none") \
	X(ws_deflate, "on", "compress large answers on WebSockets: on or off") \
	X(code_sender, "console", "how one-time codes go out: console, command or smtp") \
	X(code_command, "", "code_sender=command: program that gets the phone as its argument and the text on its input") \
	X(smtp_url, "", "code_sender=smtp: smtp://host:587 or smtps://host:465") \
	X(smtp_from, "", "sender's address") \
	X(smtp_to, "{phone}@localhost", "recipient's address; {phone} becomes the digits") \
	X(smtp_user, "", "user name, if the server wants one") \
	X(smtp_password, "", "its password") \
	X(log_level, "info", "debug, info, warn or error")

struct config {
#define X(name, def, help) struct str name;
	CONFIG_SETTINGS(X)
#undef X
	/* owned: the texts of the settings */
	struct buf *texts;
	size_t text_count;
};

/* argv without the program's name and command. On failure says on stderr what is wrong and returns ERR_MALFORMED. */
enum err config_load(struct config *c, int argc, char **argv) MUST_CHECK;
void config_release(struct config *c);
void config_help(FILE *out);

/* "127.0.0.1:8080", "[::1]:0", "unix:/run/zvonok.sock". ERR_MALFORMED. host keeps its NUL in hostz. */
enum err config_address(struct str text, char hostz[108], uint16_t *port_out) MUST_CHECK;
enum err config_int(struct str text, int64_t min, int64_t max, int64_t *out) MUST_CHECK;

#endif
