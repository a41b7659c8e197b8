import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { resource } from '../../kernel/resource.ts'
import { describeOne, readAttachment } from './resource-reads.ts'
import { ignore, retag, specification, type TagProperty } from './resource-tagging.ts'

interface GatewayProperties {
  Tags?: TagProperty
}

interface AttachmentProperties {
  VpcId: string
  InternetGatewayId: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-internetgateway.html */
export const internetGateway = resource<GatewayProperties>({
  properties: ['Tags'],
  async create({ Tags }, rx) {
    const { InternetGateway } = await rx.invoke<{ InternetGateway: { InternetGatewayId: string } }>(
      'ec2:CreateInternetGateway',
      { TagSpecifications: specification('internet-gateway', Tags, rx) },
    )
    return state(InternetGateway.InternetGatewayId)
  },
  async update(id, { Tags }, previous, rx) {
    await retag(id, Tags, previous.Tags, rx)
    return state(id)
  },
  async delete(InternetGatewayId, _props, rx) {
    await rx
      .invoke('ec2:DeleteInternetGateway', { InternetGatewayId })
      .catch(ignore('InvalidInternetGatewayID.NotFound'))
  },
  async read(id, _props, rx) {
    const asked = { InternetGatewayIds: [id] }
    const found = await describeOne(rx, 'DescribeInternetGateways', asked, 'InternetGateways')
    return found && members(found, ['Tags'])
  },
  adopt: (id) => state(id),
  list: listing('ec2:DescribeInternetGateways', { items: 'InternetGateways', id: 'InternetGatewayId' }),
})

const state = (id: string) => ({ id, attributes: { InternetGatewayId: id } })

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcgatewayattachment.html */
export const gatewayAttachment = resource<AttachmentProperties>({
  properties: ['VpcId', 'InternetGatewayId'],
  async create({ VpcId, InternetGatewayId }, rx) {
    await rx.invoke('ec2:AttachInternetGateway', { VpcId, InternetGatewayId })
    return attachment(VpcId)
  },
  async update(_id, { VpcId, InternetGatewayId }, previous, rx) {
    await rx.invoke('ec2:DetachInternetGateway', { VpcId, InternetGatewayId: previous.InternetGatewayId })
    await rx.invoke('ec2:AttachInternetGateway', { VpcId, InternetGatewayId })
    return attachment(VpcId)
  },
  async delete(_id, { VpcId, InternetGatewayId }, rx) {
    await rx
      .invoke('ec2:DetachInternetGateway', { VpcId, InternetGatewayId })
      .catch(ignore('InvalidInternetGatewayID.NotFound', 'InvalidVpcID.NotFound', 'Gateway.NotAttached'))
  },
  read: (_id, { VpcId }, rx) => readAttachment(VpcId, rx),
})

const attachment = (VpcId: string) => ({ id: `IGW|${VpcId}`, attributes: { AttachmentType: 'IGW' } })
