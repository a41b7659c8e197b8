/** What of EventBridge a node does not offer. */
export const excluded = [
  {
    operations: [
      'ActivateEventSource',
      'CreatePartnerEventSource',
      'DeactivateEventSource',
      'DeletePartnerEventSource',
      'DescribeEventSource',
      'DescribePartnerEventSource',
      'ListEventSources',
      'ListPartnerEventSourceAccounts',
      'ListPartnerEventSources',
      'PutPartnerEvents',
    ],
    because:
      'Partner event sources join accounts of AWS with its partners. Have the partner call a webhook that puts events.',
  },
  {
    operations: ['CreateEndpoint', 'DeleteEndpoint', 'DescribeEndpoint', 'ListEndpoints', 'UpdateEndpoint'],
    because: 'Global endpoints fail over between regions that fail apart from each other; those of a node do not.',
  },
] as const
