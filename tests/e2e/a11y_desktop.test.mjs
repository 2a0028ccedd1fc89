// SPDX-License-Identifier: Apache-2.0
// What a11y.mjs says, on a desktop.
import { everyScreenOn } from './a11y.mjs';

everyScreenOn('desktop');
