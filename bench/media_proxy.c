/* SPDX-License-Identifier: Apache-2.0
 *
 * A bad network as a program: see --help and media_path.h. Rules change while it runs, by lines on its input; it ends with its input.
 */
#include "media_path.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"media_proxy PORT [RULES_UP [RULES_DOWN [SEED [LISTEN_PORT]]]]\n"
	"Carries UDP between clients of 127.0.0.1 and 127.0.0.1:PORT, badly. Prints `port N`, where clients come.\n"
	"Rules: loss=5%,dup=1%,reorder=2%:30,delay=40,rate=500k,queue=300 in any choice and order; - or \"\" for none.\n"
	"  loss, dup, reorder    share of the datagrams; reordered ones come 20 ms later, or so many as stand behind the colon\n"
	"  delay, queue          milliseconds; queue: what the narrow link keeps before it drops (200)\n"
	"  rate                  bits a second of the link, 500k or 3m; all clients share it\n"
	"SEED (1): the fate of the n-th datagram of a client and direction follows from it.\n"
	"Lines of input: `up RULES`, `down RULES` change them, `counts` prints what passed and what did not.\n";

static void print_counts(struct media_path *p)
{
	for (int up = 1; up >= 0; up--) {
		struct media_path_counts c;
		media_path_counts(p, up, &c);
		printf("%s packets %" PRIu64 " bytes %" PRIu64 " lost %" PRIu64 " reordered %" PRIu64 " duplicated %" PRIu64 " overflowed %" PRIu64 "\n",
			up ? "up" : "down", c.packets, c.bytes, c.lost, c.reordered, c.duplicated, c.overflowed);
	}
}

static bool rules_of(const char *text, struct media_path_rules *out) { return media_path_parse(strcmp(text, "-") ? text : "", out); }

int main(int argc, char **argv)
{
	struct media_path_config config = {.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1};
	long port = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	if (port < 1 || port > 65535 || (argc > 2 && !rules_of(argv[2], &config.up)) || (argc > 3 && !rules_of(argv[3], &config.down))) {
		fputs(help, argc > 1 && !strcmp(argv[1], "--help") ? stdout : stderr);
		return argc > 1 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	config.port = argc > 5 ? (uint16_t)strtol(argv[5], NULL, 10) : 0;
	config.server = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &config.server.sin6_addr);
	struct media_path *p = media_path_start(&config);
	if (!p) {
		perror("media_proxy");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("port %u\n", media_path_port(p));
	char line[256];
	while (fgets(line, sizeof line, stdin)) {
		struct media_path_rules rules;
		bool up = !strncmp(line, "up ", 3);
		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "counts"))
			print_counts(p);
		else if ((up || !strncmp(line, "down ", 5)) && rules_of(strchr(line, ' ') + 1, &rules))
			media_path_rules(p, up, &rules);
		else
			puts("unknown");
	}
	print_counts(p);
	media_path_stop(&p);
	return 0;
}
