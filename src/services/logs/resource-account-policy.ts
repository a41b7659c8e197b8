import { capitalised } from '../../kernel/live-properties.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { ignoreMissing } from './resource-reads.ts'

interface AccountPolicyProperties {
  PolicyName: string
  PolicyDocument: string
  PolicyType: string
  Scope?: string
  SelectionCriteria?: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-accountpolicy.html */
export const accountPolicy = resource<AccountPolicyProperties>({
  properties: ['PolicyName', 'PolicyDocument', 'PolicyType', 'Scope', 'SelectionCriteria'],
  create: put,
  update: (_id, props, _previous, rx) => put(props, rx),
  async delete(_id, { PolicyName: policyName, PolicyType: policyType }, rx) {
    await rx.invoke('logs:DeleteAccountPolicy', { policyName, policyType }).catch(ignoreMissing)
  },
  async read(_id, { PolicyName: policyName, PolicyType: policyType }, rx) {
    const answer = await rx
      .invoke<{ accountPolicies: readonly object[] }>('logs:DescribeAccountPolicies', { policyName, policyType })
      .catch(ignoreMissing)
    const found = answer?.accountPolicies[0]
    return found && capitalised(found, ['PolicyName', 'PolicyDocument', 'PolicyType', 'Scope', 'SelectionCriteria'])
  },
})

async function put(props: AccountPolicyProperties, rx: ResourceCtx) {
  await rx.invoke('logs:PutAccountPolicy', {
    ...{ policyName: props.PolicyName, policyDocument: props.PolicyDocument, policyType: props.PolicyType },
    ...(props.Scope !== undefined && { scope: props.Scope }),
    ...(props.SelectionCriteria !== undefined && { selectionCriteria: props.SelectionCriteria }),
  })
  // As its schema's identifier has it.
  return { id: `${rx.account}|${props.PolicyType}|${props.PolicyName}`, attributes: { AccountId: rx.account } }
}
