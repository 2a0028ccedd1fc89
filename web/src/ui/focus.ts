// SPDX-License-Identifier: Apache-2.0
/** What a key gave the focus to is seen whole. Not so for a press: it must stay where it was pressed. */
export function intoSight({ target }: FocusEvent): void {
	if (target instanceof HTMLElement && target.matches(':focus-visible')) target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
