import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { filtering } from './describe.ts'
import { unlessDryRun } from './errors.ts'
import { zonesOf } from './names.ts'

/** Regions that every account has without asking; a node answers for any name. */
const usual = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'],
  ...['ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2'],
]

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html */
export const regions = operations<Api>()({
  DescribeRegions: {
    authorize: () => [{ action: 'ec2:DescribeRegions', resource: '*' }],
    read(_tx, input, ctx) {
      unlessDryRun(input)
      const names = [...new Set([...usual, ctx.region])]
      const unknown = input.RegionNames?.find((name) => !names.includes(name))
      if (unknown !== undefined) throw awsError('InvalidParameterValue', `Invalid region names provided: ${unknown}`)
      const keep = filtering<string>(input.Filters, {
        'region-name': (name) => [name],
        endpoint: (name) => [`ec2.${name}.amazonaws.com`],
        'opt-in-status': () => ['opt-in-not-required'],
      })
      const Regions = names
        .filter((name) => (input.RegionNames?.includes(name) ?? true) && keep(name))
        .map((RegionName) => ({
          RegionName,
          Endpoint: `ec2.${RegionName}.amazonaws.com`,
          OptInStatus: 'opt-in-not-required',
        }))
      return { Regions }
    },
  },

  DescribeAvailabilityZones: {
    authorize: () => [{ action: 'ec2:DescribeAvailabilityZones', resource: '*' }],
    read(_tx, input, ctx) {
      unlessDryRun(input)
      const zones = zonesOf(ctx.region)
      const { ZoneNames, ZoneIds } = input
      const unknown =
        ZoneNames?.find((name) => !zones.some((zone) => zone.name === name)) ??
        ZoneIds?.find((id) => !zones.some((zone) => zone.id === id))
      if (unknown !== undefined) throw awsError('InvalidParameterValue', `Invalid availability zone: [${unknown}]`)
      const keep = filtering<(typeof zones)[number]>(input.Filters, {
        'zone-name': ({ name }) => [name],
        'zone-id': ({ id }) => [id],
        'zone-type': () => ['availability-zone'],
        'region-name': () => [ctx.region],
        'group-name': () => [`${ctx.region}-zg-1`],
        state: () => ['available'],
        'opt-in-status': () => ['opt-in-not-required'],
      })
      const AvailabilityZones = zones
        .filter(({ name, id }) => (ZoneNames?.includes(name) ?? true) && (ZoneIds?.includes(id) ?? true))
        .filter((zone) => keep(zone))
        .map(({ name, id }) => ({
          ZoneName: name,
          ZoneId: id,
          ZoneType: 'availability-zone',
          RegionName: ctx.region,
          GroupName: `${ctx.region}-zg-1`,
          NetworkBorderGroup: ctx.region,
          State: 'available' as const,
          OptInStatus: 'opt-in-not-required' as const,
          Messages: [],
        }))
      return { AvailabilityZones }
    },
  },
})
