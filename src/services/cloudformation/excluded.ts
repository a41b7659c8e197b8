/** What of CloudFormation a node does not offer. */
export const excluded = [
  {
    operations: ['ActivateOrganizationsAccess', 'DeactivateOrganizationsAccess'],
    because: 'A node has no AWS Organizations to give access to. Use stack sets with self-managed permissions.',
  },
  {
    operations: [
      'ActivateType',
      'DeactivateType',
      'DeregisterType',
      'PublishType',
      'RecordHandlerProgress',
      'RegisterPublisher',
      'RegisterType',
      'SetTypeConfiguration',
      'SetTypeDefaultVersion',
      'TestType',
    ],
    because:
      'The handlers of extensions are run by AWS, in accounts of its own, and those of others come from its public registry. Make what AWS has no type for with a custom resource, and check or change templates with a macro.',
  },
  {
    operations: ['EstimateTemplateCost'],
    because: 'It answers the address of a page in the price calculator of AWS, with what AWS asks for resources.',
  },
] as const
