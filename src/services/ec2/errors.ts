import { awsError } from '../../kernel/errors.ts'

/** Codes and sentences: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const noVpc = (id: string) => awsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
export const noSubnet = (id: string) => awsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`)
export const noGroup = (id: string) => awsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
export const noRule = (id: string) =>
  awsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
export const noGateway = (id: string) =>
  awsError('InvalidInternetGatewayID.NotFound', `The internetGateway ID '${id}' does not exist`)
export const noTable = (id: string) =>
  awsError('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`)
export const noAssociation = (id: string) =>
  awsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
export const noNat = (id: string) => awsError('NatGatewayNotFound', `The Nat Gateway ${id} was not found`)
export const noAllocation = (id: string) =>
  awsError('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`)

export const invalidValue = (message: string) => awsError('InvalidParameterValue', message)
export const combination = (message: string) => awsError('InvalidParameterCombination', message)
export const dependency = (message: string) => awsError('DependencyViolation', message)

/** Names what was asked for and is not here. */
export const unsupported = (parameter: string, advice: string) =>
  awsError('UnsupportedOperation', `${parameter} is not supported by Landfall: ${advice}`)

/** Every operation can be asked whether it would be allowed: the answer to that is an error too. */
export function unlessDryRun({ DryRun }: { readonly DryRun?: boolean }): void {
  if (DryRun) {
    throw awsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 })
  }
}
