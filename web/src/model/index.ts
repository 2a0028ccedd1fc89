// SPDX-License-Identifier: Apache-2.0
// The client's model: pure, runs in a browser and in node alike.
export * from './chat.ts';
export * from './org.ts';
export * from './outbox.ts';
export * from './person.ts';
export * from './replica.ts';
export * from './stream.ts';
export * from './world.ts';
