// SPDX-License-Identifier: Apache-2.0
// How this browser is called in the person's list of sessions: "Firefox, Windows". Nothing finer is sent.
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
