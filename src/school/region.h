/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of the Russian state that forms hold: subjects of the Federation and taxpayer numbers. Pure; any thread.
 */
#ifndef SCHOOL_REGION_H
#define SCHOOL_REGION_H

#include "base/str.h"

bool region_known(struct str code); /* "01" to "95": the code of one of the 89 subjects; their names are web's (features/common/regions.ts) */
bool inn_valid(struct str inn);     /* of an organisation: ten digits, the last of which checks the others */

#endif
