import { resource } from '../../kernel/resource.ts'
import { ignoreMissing, readResourcePolicy } from './resource-reads.ts'

interface PolicyProperties {
  ResourceArn: string
  PolicyDocument: object | string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-resourcepolicy.html */
export const policyResource = resource<PolicyProperties>({
  properties: ['ResourceArn', 'PolicyDocument'],
  async create(props, rx) {
    await rx.invoke('lambda:PutResourcePolicy', asked(props))
    return { id: props.ResourceArn }
  },
  async update(id, props, _previous, rx) {
    await rx.invoke('lambda:PutResourcePolicy', asked(props))
    return { id }
  },
  async delete(_id, { ResourceArn }, rx) {
    await rx.invoke('lambda:DeleteResourcePolicy', { ResourceArn }).catch(ignoreMissing)
  },
  read: (id, props, rx) => readResourcePolicy(id, props, rx),
  adopt: (id) => ({ id }),
})

function asked({ ResourceArn, PolicyDocument }: PolicyProperties) {
  return { ResourceArn, Policy: typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument) }
}
