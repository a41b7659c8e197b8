import { defineService, type Service } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { groupRules } from './group-rules.ts'
import model from './model.json' with { type: 'json' }
import { regions } from './regions.ts'
import { resources } from './resources.ts'
import { ruleChanges } from './rule-changes.ts'
import { securityGroups } from './security-groups.ts'
import { subnets } from './subnets.ts'
import { tags } from './tags.ts'
import { vpcs } from './vpcs.ts'

const here = defineService<Api>()({
  id: 'ec2',
  model,
  operations: { ...vpcs, ...subnets, ...securityGroups, ...groupRules, ...ruleChanges, ...tags, ...regions },
  planned: [],
  resources,
  inert: {
    'DescribeRegions.AllRegions': 'No region is disabled: all are answered in any case.',
    'DescribeAvailabilityZones.AllAvailabilityZones': 'There are no local zones: all are answered in any case.',
    'CreateVpc.InstanceTenancy': 'Stored and returned; there are no instances.',
    'CreateSubnet.AvailabilityZone': 'Stored and returned; functions run on the node.',
    'CreateSubnet.AvailabilityZoneId': 'Stored as the zone and returned; functions run on the node.',
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
