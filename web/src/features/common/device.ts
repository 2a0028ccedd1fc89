// SPDX-License-Identifier: Apache-2.0
// How this browser is called in the person's list of sessions: "Firefox, Windows". Nothing finer is sent.
import { newClientId } from '../../api/index.ts';

const BROWSERS: readonly [RegExp, string][] = [
	[/YaBrowser\//, 'Яндекс Браузер'],
	[/Edg(e|A|iOS)?\//, 'Edge'],
	[/OPR\//, 'Opera'],
	[/Firefox\/|FxiOS\//, 'Firefox'],
	[/SamsungBrowser\//, 'Samsung Internet'],
	[/Chrome\/|CriOS\//, 'Chrome'],
	[/Safari\//, 'Safari'],
];

const SYSTEMS: readonly [RegExp, string][] = [
	[/Android/, 'Android'],
	[/iPhone|iPod/, 'iPhone'],
	[/iPad/, 'iPad'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'macOS'],
	[/CrOS/, 'ChromeOS'],
	[/Linux/, 'Linux'],
];

const find = (agent: string, table: readonly [RegExp, string][]): string | undefined => table.find(([pattern]) => pattern.test(agent))?.[1];

export function deviceName(agent: string = navigator.userAgent): string {
	return [find(agent, BROWSERS), find(agent, SYSTEMS)].filter(Boolean).join(', ') || 'Web';
}

const KEY = 'zvonok.device';
let key: string | undefined;

/**
 * By these 128 random bits the server knows this browser again, so that its next sign-in is no news. Signing out clears the
 * site's storage; the page that did it still holds them.
 */
export function deviceKey(): string {
	try {
		key ??= localStorage.getItem(KEY) ?? undefined;
		if (!key || !/^[0-9a-f]{32}$/.test(key)) key = newClientId();
		localStorage.setItem(KEY, key);
	} catch {
		key ??= newClientId(); // a browser that keeps nothing is new each time
	}
	return key;
}

export const thisDevice = (): { device: string; device_key: string } => ({ device: deviceName(), device_key: deviceKey() });
