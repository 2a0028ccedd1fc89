/* SPDX-License-Identifier: Apache-2.0
 *
 * Places for large bodies: a whole body lies in memory, so how many may be read at once is bounded, for the process and for one
 * address, whoever sends them. Any thread.
 */
#include "net/http_session.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char places[HTTP_LARGE_BODIES][sizeof((struct conn_address *)0)->text]; /* whose; empty: free. Under the lock */

bool http_large_take(const struct conn_address *whose, int *place_out)
{
	int place = -1, same = 0;
	const char *name = whose->text[0] ? whose->text : "unix";
	pthread_mutex_lock(&lock);
	for (int i = 0; i < HTTP_LARGE_BODIES; i++) {
		if (!places[i][0])
			place = i;
		else if (!strcmp(places[i], name))
			same++;
	}
	if (same >= HTTP_LARGE_BODIES_ADDRESS)
		place = -1;
	if (place >= 0)
		memcpy(places[place], name, strlen(name) + 1);
	pthread_mutex_unlock(&lock);
	*place_out = place;
	return place >= 0;
}

void http_large_give(int place)
{
	pthread_mutex_lock(&lock);
	places[place][0] = 0;
	pthread_mutex_unlock(&lock);
}
