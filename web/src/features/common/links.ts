// SPDX-License-Identifier: Apache-2.0
// What is said of an invitation link on more than one screen.

export function inviteUrl(invite: { token: string }): string {
	return `${location.origin}/invite/${invite.token}`;
}

/** ABCD-EFGH, ABCDE-FGHJK */
export function codeText(code: string): string {
	const half = Math.ceil(code.length / 2);
	return code.length > 4 ? `${code.slice(0, half)}-${code.slice(half)}` : code;
}
