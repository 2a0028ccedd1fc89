/* SPDX-License-Identifier: Apache-2.0
 *
 * The rule of first readers, the same as in web/src/model. Owned by room chat; pure.
 */
#include "chat/readers.h"

bool first_readers_advance(struct first_readers *f, int64_t person, int64_t seq)
{
	struct reader *first = &f->at[0], *second = &f->at[1];
	if (first->person == person) {
		if (seq <= first->seq)
			return false;
		first->seq = seq;
		return true;
	}
	/* Equal marks keep their order: only a mark beyond another's passes it. */
	if (seq <= second->seq)
		return false;
	second->person = person;
	second->seq = seq;
	if (seq > first->seq) {
		struct reader passed = *first;
		*first = *second;
		*second = passed;
	}
	return true;
}
