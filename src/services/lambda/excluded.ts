/** What of Lambda a node does not offer. */
export const excluded = [
  {
    operations: [
      'CreateCapacityProvider',
      'DeleteCapacityProvider',
      'GetCapacityProvider',
      'GetFunctionScalingConfig',
      'ListCapacityProviders',
      'ListFunctionVersionsByCapacityProvider',
      'PutFunctionScalingConfig',
      'UpdateCapacityProvider',
    ],
    because:
      'They are of Lambda Managed Instances, which run functions on a fleet of EC2 instances; a node runs them itself. Keep instances ready with PutProvisionedConcurrencyConfig, and bound them with PutFunctionConcurrency.',
  },
] as const
