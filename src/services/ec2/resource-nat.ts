import { listing } from '../../kernel/listing.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { readAddress, readNat } from './resource-reads.ts'
import { ignore, retag, specification, type TagProperty } from './resource-tagging.ts'

interface AddressProperties {
  Domain?: string
  NetworkBorderGroup?: string
  Tags?: TagProperty
}

interface NatProperties {
  SubnetId?: string
  AllocationId?: string
  ConnectivityType?: string
  PrivateIpAddress?: string
  Tags?: TagProperty
}

/** `Ref` is the address. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-eip.html */
export const elasticAddress = resource<AddressProperties>({
  properties: ['Domain', 'NetworkBorderGroup', 'Tags'],
  async create({ Tags, ...settings }, rx) {
    const { PublicIp, AllocationId } = await rx.invoke<{ PublicIp: string; AllocationId: string }>(
      'ec2:AllocateAddress',
      { ...settings, TagSpecifications: specification('elastic-ip', Tags, rx) },
    )
    return { id: PublicIp, attributes: { PublicIp, AllocationId } }
  },
  async update(PublicIp, { Tags }, previous, rx) {
    const { Addresses } = await rx.invoke<{ Addresses: { AllocationId: string }[] }>('ec2:DescribeAddresses', {
      PublicIps: [PublicIp],
    })
    const AllocationId = Addresses[0]?.AllocationId ?? ''
    await retag(AllocationId, Tags, previous.Tags, rx)
    return { id: PublicIp, attributes: { PublicIp, AllocationId } }
  },
  async delete(PublicIp, _props, rx) {
    await rx.invoke('ec2:ReleaseAddress', { PublicIp }).catch(ignore('InvalidAddress.NotFound'))
  },
  read: (id, _props, rx) => readAddress(id, rx),
})

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-natgateway.html */
export const natGateway = resource<NatProperties>({
  properties: ['SubnetId', 'AllocationId', 'ConnectivityType', 'PrivateIpAddress', 'Tags'],
  async create({ Tags, ...settings }, rx) {
    const { NatGateway } = await rx.invoke<{ NatGateway: { NatGatewayId: string } }>('ec2:CreateNatGateway', {
      ...settings,
      TagSpecifications: specification('natgateway', Tags, rx),
    })
    return state(NatGateway.NatGatewayId, rx)
  },
  async update(id, { Tags }, previous, rx) {
    await retag(id, Tags, previous.Tags, rx)
    return state(id, rx)
  },
  async delete(NatGatewayId, _props, rx) {
    await rx.invoke('ec2:DeleteNatGateway', { NatGatewayId }).catch(ignore('NatGatewayNotFound'))
  },
  read: (id, _props, rx) => readNat(id, rx),
  adopt: (id, rx) => state(id, rx).catch(ignore('NatGatewayNotFound')),
  list: listing('ec2:DescribeNatGateways', { items: 'NatGateways', id: 'NatGatewayId' }),
})

async function state(id: string, rx: ResourceReader) {
  const { NatGateways } = await rx.invoke<{
    NatGateways: { NatGatewayAddresses: { NetworkInterfaceId: string }[] }[]
  }>('ec2:DescribeNatGateways', { NatGatewayIds: [id] })
  const EniId = NatGateways[0]?.NatGatewayAddresses[0]?.NetworkInterfaceId
  return { id, attributes: { NatGatewayId: id, EniId } }
}
