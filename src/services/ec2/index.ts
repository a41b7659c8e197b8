import { defineService, type Service } from '../../kernel/service.ts'
import { addresses } from './addresses.ts'
import type { Api } from './api.ts'
import { groupRules } from './group-rules.ts'
import { internetGateways } from './internet-gateways.ts'
import model from './model.json' with { type: 'json' }
import { natGateways } from './nat-gateways.ts'
import { regions } from './regions.ts'
import { resources } from './resources.ts'
import { routeTables } from './route-tables.ts'
import { routes } from './routes.ts'
import { ruleChanges } from './rule-changes.ts'
import { securityGroups } from './security-groups.ts'
import { subnets } from './subnets.ts'
import { tags } from './tags.ts'
import { vpcs } from './vpcs.ts'

const here = defineService<Api>()({
  id: 'ec2',
  model,
  operations: {
    ...vpcs,
    ...subnets,
    ...securityGroups,
    ...groupRules,
    ...ruleChanges,
    ...internetGateways,
    ...routeTables,
    ...routes,
    ...addresses,
    ...natGateways,
    ...tags,
    ...regions,
  },
  planned: [],
  resources,
  inert: {
    'DescribeRegions.AllRegions': 'No region is disabled: all are answered in any case.',
    'DescribeAvailabilityZones.AllAvailabilityZones': 'There are no local zones: all are answered in any case.',
    'CreateVpc.InstanceTenancy': 'Stored and returned; there are no instances.',
    'CreateSubnet.AvailabilityZone': 'Stored and returned; functions run on the node.',
    'CreateSubnet.AvailabilityZoneId': 'Stored as the zone and returned; functions run on the node.',
    'AttachInternetGateway.VpcId': 'Stored and returned; nothing goes through a gateway.',
    'CreateRoute.DestinationCidrBlock': 'Stored and returned; security groups alone decide what functions reach.',
    'ReplaceRoute.DestinationCidrBlock': 'Stored and returned; security groups alone decide what functions reach.',
    'AssociateRouteTable.SubnetId': 'Stored and returned; security groups alone decide what functions reach.',
    'CreateNatGateway.SubnetId': 'Stored and returned; nothing goes through a gateway.',
    'CreateNatGateway.AllocationId': 'Stored and returned: what functions send has the address of the host.',
    'AllocateAddress.Domain': 'The address is one set apart for documentation (RFC 5737), and leads nowhere.',
    'ModifySubnetAttribute.MapPublicIpOnLaunch': 'Stored and returned; nothing in a subnet has a public address.',
    'ModifyVpcAttribute.EnableDnsHostnames': 'Stored and returned; nothing in a VPC has a name.',
    'ModifyVpcAttribute.EnableDnsSupport': 'Stored and returned; functions always resolve names as the host does.',
    'ModifyVpcAttribute.EnableNetworkAddressUsageMetrics': 'Stored and returned; there are no such metrics.',
  },
})

/** Networks as far as functions need them; the rest of EC2 is known by name alone. */
export const service: Service = {
  ...here,
  planned: Object.keys(model.operations).filter((name) => model.operations[name]?.bare),
}
