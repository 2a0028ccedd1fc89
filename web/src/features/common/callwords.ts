// SPDX-License-Identifier: Apache-2.0
// Calls of chats: their words, and the way in from wherever one is.
import type { CallKind } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/callbar.ts';
import ru from '../../i18n/ru/callbar.ts';
import { calls } from '../../state/calls.svelte.ts';
import { toast } from '../../state/toasts.svelte.ts';

export const t = messages(ru, en);

/** One call at a time: whoever is in another one is told so. */
export function goToCall(chatId: number, callId: number | undefined, kind: CallKind, title?: string): void {
	if (calls.current && calls.current.chatId !== chatId) toast(t('other_call'), { action: { label: t('back'), run: () => calls.open(calls.current!) } });
	else calls.open({ chatId, callId, kind, title });
}
