// SPDX-License-Identifier: Apache-2.0
// Papers: the order of an application (nobody is signed in) and an organisation's documents.
import { newId } from './client.mjs';
import { upload as uploadBytes } from './upload.mjs';

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');

/** {id, token}: of an application (without `org`) or of an organisation's document. */
export async function paper(client, { name = 'приказ.pdf', bytes = PDF, purpose = 'application', org } = {}) {
	const token = org ? undefined : newId();
	return { id: await uploadBytes(client, bytes, { name, purpose, org, token }), token };
}
