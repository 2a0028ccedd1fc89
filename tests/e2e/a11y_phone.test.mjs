// SPDX-License-Identifier: Apache-2.0
// What a11y.mjs says, on a phone.
import { everyScreenOn } from './a11y.mjs';

everyScreenOn('phone');
