// SPDX-License-Identifier: Apache-2.0
// The component kit. It imports nothing of ours; tokens.css and base.css must be loaded once by main.ts, and the words that components say
// by themselves come through setLabels.
export { default as Avatar } from './Avatar.svelte';
export { default as Badge } from './Badge.svelte';
export { default as Button } from './Button.svelte';
export { default as Card } from './Card.svelte';
export { default as Checkbox } from './Checkbox.svelte';
export { default as CodeField } from './CodeField.svelte';
export { default as ConfirmDialog } from './ConfirmDialog.svelte';
export { default as CopyField } from './CopyField.svelte';
export { default as DateField } from './DateField.svelte';
export { default as Dialog } from './Dialog.svelte';
export { default as EmptyState } from './EmptyState.svelte';
export { default as FilePick } from './FilePick.svelte';
export type { FilePickWords, PickedFile } from './FilePick.svelte';
export { default as Icon } from './Icon.svelte';
export { default as IconButton } from './IconButton.svelte';
export { default as List } from './List.svelte';
export { default as Logo } from './Logo.svelte';
export { default as Menu } from './Menu.svelte';
export { default as Notice } from './Notice.svelte';
export { default as PersonRow } from './PersonRow.svelte';
export { default as PhoneField } from './PhoneField.svelte';
export { default as Progress } from './Progress.svelte';
export { default as QrCode } from './QrCode.svelte';
export { default as Select } from './Select.svelte';
export { default as Spinner } from './Spinner.svelte';
export { default as Switch } from './Switch.svelte';
export { default as Tabs } from './Tabs.svelte';
export { default as TextField } from './TextField.svelte';
export { default as Toast } from './Toast.svelte';
export { labels, setLabels } from './labels.svelte.ts';
export { formatPhoneUnbroken, phoneComplete, phoneDigits } from './phone.ts';
export type { IconName } from './icons.ts';
