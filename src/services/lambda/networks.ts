import type { VpcConfig } from '@aws-sdk/client-lambda'
import { attach } from '../../functions/network-use.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { EgressRule, FunctionSpec } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { invalid, unsupported } from './errors.ts'
import type { FunctionName } from './names.ts'
import { executionCredentials } from './role.ts'
import type { FunctionNetwork } from './state.ts'

/** A group as EC2 describes it; only what decides about a function. */
interface Group {
  readonly GroupId: string
  readonly VpcId: string
  readonly IpPermissionsEgress: readonly {
    readonly IpProtocol: string
    readonly FromPort?: number
    readonly ToPort?: number
    readonly IpRanges?: readonly { readonly CidrIp: string }[]
  }[]
}

/**
 * Checks what a function is to be attached to, with the caller's own permissions, as Lambda does. Undefined when it is
 * to be attached to nothing. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export async function checkNetwork(
  ctx: Ctx,
  name: FunctionName,
  role: string,
  asked: Partial<VpcConfig> | undefined,
): Promise<FunctionNetwork | undefined> {
  const { SubnetIds: subnetIds = [], SecurityGroupIds: groupIds = [] } = asked ?? {}
  if (asked?.Ipv6AllowedForDualStack) throw unsupported('VpcConfig.Ipv6AllowedForDualStack', 'there is no IPv6.')
  if (subnetIds.length === 0 && groupIds.length === 0) return undefined
  if (subnetIds.length === 0 || groupIds.length === 0) {
    throw invalid('SubnetIds and SecurityIds must coexist or be both empty list.')
  }
  const { scope } = name
  const { Subnets } = await described<{ Subnets: { VpcId: string }[] }>(ctx, scope, 'DescribeSubnets', {
    SubnetIds: subnetIds,
  })
  const { SecurityGroups } = await described<{ SecurityGroups: Group[] }>(ctx, scope, 'DescribeSecurityGroups', {
    GroupIds: groupIds,
  })
  const vpcId = Subnets[0]?.VpcId ?? ''
  if (Subnets.some((subnet) => subnet.VpcId !== vpcId)) throw invalid('Subnets are required to be in the same VPC.')
  if (SecurityGroups.some((group) => group.VpcId !== vpcId)) {
    throw invalid('Security Groups are required to be in the same VPC.')
  }
  await checkRoleMayAttach(ctx, name, role)
  await refuseUnkept(ctx.host, egressOfGroups(SecurityGroups))
  return { vpcId, subnetIds: [...subnetIds], groupIds: [...groupIds] }
}

/** In the transaction in which a version comes to have the network: its subnets and groups then stay. */
export function attachNetwork(tx: Tx, network: FunctionNetwork | undefined, functionName: string): Promise<void> {
  return attach(tx, partsOf(network), functionName, 1)
}

/** In the transaction in which a version goes, or comes to have another network. */
export function detachNetwork(tx: Tx, network: FunctionNetwork | undefined, functionName: string): Promise<void> {
  return attach(tx, partsOf(network), functionName, -1)
}

const partsOf = (network: FunctionNetwork | undefined) => [...(network?.subnetIds ?? []), ...(network?.groupIds ?? [])]

/** What conditions may ask about the network of a function that is configured. */
export async function networkContext(ctx: Ctx, asked: Partial<VpcConfig> | undefined) {
  const { SubnetIds = [], SecurityGroupIds = [] } = asked ?? {}
  if (SubnetIds.length === 0 && SecurityGroupIds.length === 0) return {}
  const groups = await Promise.all(SecurityGroupIds.map((id) => currentGroup(ctx.host, ctx.scope, id)))
  return {
    'lambda:SubnetIds': SubnetIds,
    'lambda:SecurityGroupIds': SecurityGroupIds,
    // Of one VPC, or it is refused.
    'lambda:VpcIds': [...new Set(groups.flatMap((group) => (group ? [group.VpcId] : [])))],
  }
}

/** In the scope of the function, as who configures it: what EC2 refuses, Lambda tells in its own words. */
async function described<O>(ctx: Ctx, scope: Scope, operation: string, input: object): Promise<O> {
  try {
    return await ctx.host.invoke<O>(`ec2:${operation}`, input, { as: ctx.principal, scope })
  } catch (error) {
    if (!isAwsError(error)) throw error
    if (error.code === 'AccessDenied') {
      throw invalid(
        `Your access has been denied by EC2, please make sure your request credentials have permission to ${operation}. EC2 Error Code: UnauthorizedOperation. EC2 Error Message: You are not authorized to perform this operation.`,
      )
    }
    throw invalid(
      `Error occurred while ${operation}. EC2 Error Code: ${error.code}. EC2 Error Message: ${error.message}`,
    )
  }
}

/** Nothing is created on the role's behalf here; a role that would fail in AWS fails here as well. */
async function checkRoleMayAttach(ctx: Ctx, name: FunctionName, role: string): Promise<void> {
  const { principal } = await executionCredentials(ctx.host, name, role)
  const may = { action: 'ec2:CreateNetworkInterface', resource: ctx.arn('ec2', 'network-interface/*') }
  if (await ctx.read((tx) => ctx.host.isAllowed(principal, may, {}, tx))) return
  throw invalid('The provided execution role does not have permissions to call CreateNetworkInterface on EC2')
}

async function refuseUnkept(host: Host, egress: readonly EgressRule[] | undefined): Promise<void> {
  const why = await unkept(host, egress)
  if (why === undefined) return
  throw unsupported('VpcConfig with security groups that restrict what goes out', why)
}

/** Why these rules would not be kept on this host; undefined when they would. */
async function unkept(host: Host, egress: readonly EgressRule[] | undefined): Promise<string | undefined> {
  if (egress === undefined) return undefined
  const network = await host.functions.network()
  return network.kind === 'own' ? undefined : `${network.reason}. See landfall doctor for how to change that.`
}

/**
 * The union of what the groups let out; undefined when that is everything. Rules that name groups or IPv6 ranges open
 * nothing: members of groups are other functions, which nobody can connect to, and there is no IPv6.
 */
function egressOfGroups(groups: readonly Group[]): readonly EgressRule[] | undefined {
  const rules = groups.flatMap((group) => group.IpPermissionsEgress.flatMap(egressRule))
  const open = rules.some(({ protocol, cidrs }) => protocol === 'all' && cidrs.includes('0.0.0.0/0'))
  return open ? undefined : rules
}

function egressRule({ IpProtocol, FromPort, ToPort, IpRanges = [] }: Group['IpPermissionsEgress'][number]) {
  const cidrs = IpRanges.map(({ CidrIp }) => CidrIp)
  if (cidrs.length === 0) return []
  const from = FromPort ?? -1
  const to = ToPort ?? -1
  const rule: EgressRule =
    IpProtocol === '-1'
      ? { protocol: 'all', cidrs }
      : IpProtocol === 'tcp' || IpProtocol === 'udp'
        ? { protocol: IpProtocol === 'tcp' ? 6 : 17, ports: [from, to], cidrs }
        : IpProtocol === 'icmp'
          ? { protocol: 1, ...(from >= 0 && { icmp: { type: from, ...(to >= 0 && { code: to }) } }), cidrs }
          : { protocol: IpProtocol === 'icmpv6' ? 58 : Number(IpProtocol), cidrs }
  return [rule]
}

const lastRules = new WeakMap<Host, Map<string, string>>()
const mostRemembered = 5_000

/**
 * The spec with what its groups let out now. Other rules make another version of it, so that a request never runs under
 * earlier ones; instances that were started with those end. A group that is gone lets nothing out.
 */
export async function withEgress(host: Host, spec: FunctionSpec, scope: Scope, network: FunctionNetwork) {
  const groups = await Promise.all(network.groupIds.map((id) => currentGroup(host, scope, id)))
  const egress = egressOfGroups(groups.filter((group) => group !== undefined))
  const why = await unkept(host, egress)
  // Groups that have come to restrict it, or a host that no longer can: it does not run without them.
  if (why !== undefined) throw awsError('EC2UnexpectedException', `Security groups cannot be enforced: ${why}`)
  const rules = egress === undefined ? 'open' : JSON.stringify(egress)
  const known = lastRules.get(host) ?? new Map<string, string>()
  lastRules.set(host, known)
  const before = known.get(spec.version)
  if (before !== undefined && before !== rules) host.functions.retire(spec.functionArn)
  if (known.size >= mostRemembered && before === undefined) known.delete(known.keys().next().value ?? '')
  known.set(spec.version, rules)
  return { ...spec, version: `${spec.version} ${rules}`, ...(egress && { egress }) }
}

async function currentGroup(host: Host, scope: Scope, id: string): Promise<Group | undefined> {
  // The groups are the account's own, and what they say is told to nobody.
  const owner: Principal = {
    kind: 'root',
    account: scope.account,
    arn: `arn:aws:iam::${scope.account}:root`,
    userId: scope.account,
  }
  try {
    const input = { GroupIds: [id] }
    const found = await host.invoke<{ SecurityGroups: Group[] }>('ec2:DescribeSecurityGroups', input, {
      as: owner,
      scope,
    })
    return found.SecurityGroups[0]
  } catch (error) {
    if (isAwsError(error, 'InvalidGroup.NotFound')) return undefined
    throw error
  }
}
