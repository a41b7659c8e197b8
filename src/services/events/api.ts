// Written by `npm run models`; do not edit.
import type {
  ActivateEventSourceCommandInput,
  ActivateEventSourceCommandOutput,
  CancelReplayCommandInput,
  CancelReplayCommandOutput,
  CreateApiDestinationCommandInput,
  CreateApiDestinationCommandOutput,
  CreateArchiveCommandInput,
  CreateArchiveCommandOutput,
  CreateConnectionCommandInput,
  CreateConnectionCommandOutput,
  CreateEndpointCommandInput,
  CreateEndpointCommandOutput,
  CreateEventBusCommandInput,
  CreateEventBusCommandOutput,
  CreatePartnerEventSourceCommandInput,
  CreatePartnerEventSourceCommandOutput,
  DeactivateEventSourceCommandInput,
  DeactivateEventSourceCommandOutput,
  DeauthorizeConnectionCommandInput,
  DeauthorizeConnectionCommandOutput,
  DeleteApiDestinationCommandInput,
  DeleteApiDestinationCommandOutput,
  DeleteArchiveCommandInput,
  DeleteArchiveCommandOutput,
  DeleteConnectionCommandInput,
  DeleteConnectionCommandOutput,
  DeleteEndpointCommandInput,
  DeleteEndpointCommandOutput,
  DeleteEventBusCommandInput,
  DeleteEventBusCommandOutput,
  DeletePartnerEventSourceCommandInput,
  DeletePartnerEventSourceCommandOutput,
  DeleteRuleCommandInput,
  DeleteRuleCommandOutput,
  DescribeApiDestinationCommandInput,
  DescribeApiDestinationCommandOutput,
  DescribeArchiveCommandInput,
  DescribeArchiveCommandOutput,
  DescribeConnectionCommandInput,
  DescribeConnectionCommandOutput,
  DescribeEndpointCommandInput,
  DescribeEndpointCommandOutput,
  DescribeEventBusCommandInput,
  DescribeEventBusCommandOutput,
  DescribeEventSourceCommandInput,
  DescribeEventSourceCommandOutput,
  DescribePartnerEventSourceCommandInput,
  DescribePartnerEventSourceCommandOutput,
  DescribeReplayCommandInput,
  DescribeReplayCommandOutput,
  DescribeRuleCommandInput,
  DescribeRuleCommandOutput,
  DisableRuleCommandInput,
  DisableRuleCommandOutput,
  EnableRuleCommandInput,
  EnableRuleCommandOutput,
  ListApiDestinationsCommandInput,
  ListApiDestinationsCommandOutput,
  ListArchivesCommandInput,
  ListArchivesCommandOutput,
  ListConnectionsCommandInput,
  ListConnectionsCommandOutput,
  ListEndpointsCommandInput,
  ListEndpointsCommandOutput,
  ListEventBusesCommandInput,
  ListEventBusesCommandOutput,
  ListEventSourcesCommandInput,
  ListEventSourcesCommandOutput,
  ListPartnerEventSourceAccountsCommandInput,
  ListPartnerEventSourceAccountsCommandOutput,
  ListPartnerEventSourcesCommandInput,
  ListPartnerEventSourcesCommandOutput,
  ListReplaysCommandInput,
  ListReplaysCommandOutput,
  ListRuleNamesByTargetCommandInput,
  ListRuleNamesByTargetCommandOutput,
  ListRulesCommandInput,
  ListRulesCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  ListTargetsByRuleCommandInput,
  ListTargetsByRuleCommandOutput,
  PutEventsCommandInput,
  PutEventsCommandOutput,
  PutPartnerEventsCommandInput,
  PutPartnerEventsCommandOutput,
  PutPermissionCommandInput,
  PutPermissionCommandOutput,
  PutRuleCommandInput,
  PutRuleCommandOutput,
  PutTargetsCommandInput,
  PutTargetsCommandOutput,
  RemovePermissionCommandInput,
  RemovePermissionCommandOutput,
  RemoveTargetsCommandInput,
  RemoveTargetsCommandOutput,
  StartReplayCommandInput,
  StartReplayCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  TestEventPatternCommandInput,
  TestEventPatternCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateApiDestinationCommandInput,
  UpdateApiDestinationCommandOutput,
  UpdateArchiveCommandInput,
  UpdateArchiveCommandOutput,
  UpdateConnectionCommandInput,
  UpdateConnectionCommandOutput,
  UpdateEndpointCommandInput,
  UpdateEndpointCommandOutput,
  UpdateEventBusCommandInput,
  UpdateEventBusCommandOutput,
} from '@aws-sdk/client-eventbridge'

/** Every operation of EventBridge, as the SDK types it. */
export type Api = {
  ActivateEventSource: [ActivateEventSourceCommandInput, ActivateEventSourceCommandOutput]
  CancelReplay: [CancelReplayCommandInput, CancelReplayCommandOutput]
  CreateApiDestination: [CreateApiDestinationCommandInput, CreateApiDestinationCommandOutput]
  CreateArchive: [CreateArchiveCommandInput, CreateArchiveCommandOutput]
  CreateConnection: [CreateConnectionCommandInput, CreateConnectionCommandOutput]
  CreateEndpoint: [CreateEndpointCommandInput, CreateEndpointCommandOutput]
  CreateEventBus: [CreateEventBusCommandInput, CreateEventBusCommandOutput]
  CreatePartnerEventSource: [CreatePartnerEventSourceCommandInput, CreatePartnerEventSourceCommandOutput]
  DeactivateEventSource: [DeactivateEventSourceCommandInput, DeactivateEventSourceCommandOutput]
  DeauthorizeConnection: [DeauthorizeConnectionCommandInput, DeauthorizeConnectionCommandOutput]
  DeleteApiDestination: [DeleteApiDestinationCommandInput, DeleteApiDestinationCommandOutput]
  DeleteArchive: [DeleteArchiveCommandInput, DeleteArchiveCommandOutput]
  DeleteConnection: [DeleteConnectionCommandInput, DeleteConnectionCommandOutput]
  DeleteEndpoint: [DeleteEndpointCommandInput, DeleteEndpointCommandOutput]
  DeleteEventBus: [DeleteEventBusCommandInput, DeleteEventBusCommandOutput]
  DeletePartnerEventSource: [DeletePartnerEventSourceCommandInput, DeletePartnerEventSourceCommandOutput]
  DeleteRule: [DeleteRuleCommandInput, DeleteRuleCommandOutput]
  DescribeApiDestination: [DescribeApiDestinationCommandInput, DescribeApiDestinationCommandOutput]
  DescribeArchive: [DescribeArchiveCommandInput, DescribeArchiveCommandOutput]
  DescribeConnection: [DescribeConnectionCommandInput, DescribeConnectionCommandOutput]
  DescribeEndpoint: [DescribeEndpointCommandInput, DescribeEndpointCommandOutput]
  DescribeEventBus: [DescribeEventBusCommandInput, DescribeEventBusCommandOutput]
  DescribeEventSource: [DescribeEventSourceCommandInput, DescribeEventSourceCommandOutput]
  DescribePartnerEventSource: [DescribePartnerEventSourceCommandInput, DescribePartnerEventSourceCommandOutput]
  DescribeReplay: [DescribeReplayCommandInput, DescribeReplayCommandOutput]
  DescribeRule: [DescribeRuleCommandInput, DescribeRuleCommandOutput]
  DisableRule: [DisableRuleCommandInput, DisableRuleCommandOutput]
  EnableRule: [EnableRuleCommandInput, EnableRuleCommandOutput]
  ListApiDestinations: [ListApiDestinationsCommandInput, ListApiDestinationsCommandOutput]
  ListArchives: [ListArchivesCommandInput, ListArchivesCommandOutput]
  ListConnections: [ListConnectionsCommandInput, ListConnectionsCommandOutput]
  ListEndpoints: [ListEndpointsCommandInput, ListEndpointsCommandOutput]
  ListEventBuses: [ListEventBusesCommandInput, ListEventBusesCommandOutput]
  ListEventSources: [ListEventSourcesCommandInput, ListEventSourcesCommandOutput]
  ListPartnerEventSourceAccounts: [ListPartnerEventSourceAccountsCommandInput, ListPartnerEventSourceAccountsCommandOutput]
  ListPartnerEventSources: [ListPartnerEventSourcesCommandInput, ListPartnerEventSourcesCommandOutput]
  ListReplays: [ListReplaysCommandInput, ListReplaysCommandOutput]
  ListRuleNamesByTarget: [ListRuleNamesByTargetCommandInput, ListRuleNamesByTargetCommandOutput]
  ListRules: [ListRulesCommandInput, ListRulesCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  ListTargetsByRule: [ListTargetsByRuleCommandInput, ListTargetsByRuleCommandOutput]
  PutEvents: [PutEventsCommandInput, PutEventsCommandOutput]
  PutPartnerEvents: [PutPartnerEventsCommandInput, PutPartnerEventsCommandOutput]
  PutPermission: [PutPermissionCommandInput, PutPermissionCommandOutput]
  PutRule: [PutRuleCommandInput, PutRuleCommandOutput]
  PutTargets: [PutTargetsCommandInput, PutTargetsCommandOutput]
  RemovePermission: [RemovePermissionCommandInput, RemovePermissionCommandOutput]
  RemoveTargets: [RemoveTargetsCommandInput, RemoveTargetsCommandOutput]
  StartReplay: [StartReplayCommandInput, StartReplayCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  TestEventPattern: [TestEventPatternCommandInput, TestEventPatternCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateApiDestination: [UpdateApiDestinationCommandInput, UpdateApiDestinationCommandOutput]
  UpdateArchive: [UpdateArchiveCommandInput, UpdateArchiveCommandOutput]
  UpdateConnection: [UpdateConnectionCommandInput, UpdateConnectionCommandOutput]
  UpdateEndpoint: [UpdateEndpointCommandInput, UpdateEndpointCommandOutput]
  UpdateEventBus: [UpdateEventBusCommandInput, UpdateEventBusCommandOutput]
}
