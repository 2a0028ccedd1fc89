// SPDX-License-Identifier: Apache-2.0
// Taking a movement back, from a toast or from the journal.
import { command, newClientId } from '../../api/index.ts';
import { messages } from '../../i18n/index.ts';
import en from '../../i18n/en/movement.ts';
import ru from '../../i18n/ru/movement.ts';
import { toast } from '../../state/toasts.svelte.ts';
import { problemText } from '../common/problem.ts';

const t = messages(ru, en);

/** True when it is done; a refusal is told in its own words. */
export async function undoMovement(orgId: number, batchId: number): Promise<boolean> {
	try {
		await command('movement_undo', { org_id: orgId, batch_id: batchId, client_id: newClientId() });
		toast(t('undone'), { kind: 'ok' });
		return true;
	} catch (error) {
		toast(problemText(error), { kind: 'error' });
		return false;
	}
}
