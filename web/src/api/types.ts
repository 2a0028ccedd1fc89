// SPDX-License-Identifier: Apache-2.0
// Short names for what types.gen.ts (made from ../../../api) declares.
import type { components, operations } from './types.gen.ts';

export type Schemas = components['schemas'];

export type Person = Schemas['Person'];
export type Membership = Schemas['Membership'];
export type UnitMembership = Schemas['UnitMembership'];
export type MeSnapshot = Schemas['MeSnapshot'];
export type Session = Schemas['Session'];
export type StreamHead = Schemas['StreamHead'];
export type NewDevice = Schemas['NewDevice'];
export type NameChange = Schemas['NameChange'];
export type DocumentDue = Schemas['DocumentDue'];
export type OpenViolation = Schemas['OpenViolation'];
export type DocumentKind = Schemas['DocumentKind'];
export type SecurityReport = Schemas['SecurityReport'];
export type Org = Schemas['Org'];
export type OrgType = Schemas['OrgType'];
export type Role = Schemas['Role'];
export type RosterImport = Schemas['RosterImport'];
export type RosterProblem = Schemas['RosterProblem'];
export type RosterChange = Schemas['RosterChange'];
export type Subject = Schemas['Subject'];
export type NamedSet = Schemas['Set'];
export type OrgCard = Schemas['OrgCard'];
export type OrgCardEdit = Schemas['OrgCardEdit'];
export type OrgDocument = Schemas['OrgDocument'];
export type OrgGuide = Schemas['OrgGuide'];
export type GuideStepName = Schemas['GuideStepName'];
export type Handover = Schemas['Handover'];
export type Appointment = Schemas['Appointment'];
export type ApplicationForm = Schemas['ApplicationForm'];
export type ApplicationState = Schemas['ApplicationState'];
export type ApplicationStatus = Schemas['ApplicationStatus'];
export type ApplicationSummary = Schemas['ApplicationSummary'];
export type Application = Schemas['Application'];
export type Curator = Schemas['Curator'];
export type OrgFigures = Schemas['OrgFigures'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditVerdict = Schemas['AuditVerdict'];
export type Unit = Schemas['Unit'];
export type UnitKind = Schemas['UnitKind'];
export type Member = Schemas['Member'];
export type Invite = Schemas['Invite'];
export type InvitePreviewed = Schemas['InvitePreviewed'];
export type Chat = Schemas['Chat'];
export type ChatMember = Schemas['ChatMember'];
export type ChatSnapshot = Schemas['ChatSnapshot'];
export type Message = Schemas['Message'];
export type MessagePage = Schemas['MessagePage'];
export type ReadMark = Schemas['ReadMark'];
export type Call = Schemas['Call'];
export type CallKind = Schemas['CallKind'];
export type CallParticipant = Schemas['CallParticipant'];
export type CallRoster = Schemas['CallRoster'];
export type CallSnapshot = Schemas['CallSnapshot'];
export type CallReactionKind = Schemas['CallReactionKind'];
export type MessageCard = Schemas['MessageCard'];
export type CallCard = Schemas['CallCard'];
export type Lesson = Schemas['Lesson'];
export type ErrorCode = Schemas['ErrorCode'];
export type WireError = Schemas['Error'];
export type Welcome = Schemas['Welcome'];

/** An event as a stream carries it; `data` is told apart by `type`. */
export interface EventOf<T extends string, D> {
	stream: string;
	seq: number;
	type: T;
	at: number;
	data: D;
}

export type ChatEvent =
	| EventOf<'message_posted', Schemas['MessagePostedEvent']>
	| EventOf<'read_advanced', Schemas['ReadAdvancedEvent']>
	| EventOf<'chat_renamed', Schemas['ChatRenamedEvent']>
	| EventOf<'chat_changed', Schemas['ChatChangedEvent']>
	| EventOf<'chat_member_joined', Schemas['ChatMemberJoinedEvent']>
	| EventOf<'chat_member_left', Schemas['ChatMemberLeftEvent']>
	| EventOf<'call_started', Schemas['CallStartedEvent']>
	| EventOf<'call_ended', Schemas['CallEndedEvent']>;

export type PersonEvent =
	| EventOf<'chat_joined', Schemas['ChatJoinedEvent']>
	| EventOf<'chat_left', Schemas['ChatLeftEvent']>
	| EventOf<'chat_read', Schemas['ChatReadEvent']>
	| EventOf<'person_renamed', Schemas['PersonRenamedEvent']>
	| EventOf<'name_change_changed', Schemas['NameChangeChangedEvent']>
	| EventOf<'membership_changed', Schemas['MembershipChangedEvent']>
	| EventOf<'membership_ended', Schemas['MembershipEndedEvent']>
	| EventOf<'device_signed_in', Schemas['DeviceSignedInEvent']>
	| EventOf<'device_settled', Schemas['DeviceSettledEvent']>
	| EventOf<'deletion_changed', Schemas['DeletionChangedEvent']>
	| EventOf<'violations_changed', Schemas['ViolationsChangedEvent']>
	| EventOf<'document_accepted', Schemas['DocumentAcceptedEvent']>
	| EventOf<'security_changed', Schemas['SecurityChangedEvent']>
	| EventOf<'curator_changed', Schemas['CuratorChangedEvent']>;

export type OrgEvent =
	| EventOf<'unit_changed', Schemas['UnitChangedEvent']>
	| EventOf<'member_changed', Schemas['MemberChangedEvent']>
	| EventOf<'member_ended', Schemas['MemberEndedEvent']>
	| EventOf<'invite_changed', Schemas['InviteChangedEvent']>
	| EventOf<'security_reported', Schemas['SecurityReportedEvent']>
	| EventOf<'org_changed', Schemas['OrgChangedEvent']>;

/** Of a call's own stream, which only those in the call follow; model/call.ts applies them. */
export type CallEvent =
	| EventOf<'call_changed', Schemas['CallChangedEvent']>
	| EventOf<'participant_changed', Schemas['ParticipantChangedEvent']>;

export type StreamEvent = ChatEvent | PersonEvent | OrgEvent;

export type CommandName = keyof operations;
export type Params<C extends CommandName> = operations[C] extends {
	requestBody: { content: { 'application/json': infer P } };
}
	? P
	: Record<string, never>;
export type Result<C extends CommandName> = operations[C] extends {
	responses: { 200: { content: { 'application/json': infer R } } };
}
	? R
	: never;
