import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, locateTopic } from './names.ts'
import { type Topic, topic } from './state.ts'
import { policyOf, withAttribute } from './topic-attributes.ts'

interface Policy {
  readonly Version?: string
  readonly Statement: readonly { readonly Sid?: string }[]
}

const shareable: readonly string[] = [
  'Publish',
  'RemovePermission',
  'SetTopicAttributes',
  'DeleteTopic',
  'ListSubscriptionsByTopic',
  'GetTopicAttributes',
  'AddPermission',
  'Subscribe',
]

/** Statements of a topic's policy by label. */
export const permissions = operations<Api>()({
  AddPermission: {
    authorize: ({ TopicArn }) => [{ action: 'sns:AddPermission', resource: TopicArn }],
    async write(tx, { TopicArn, Label, AWSAccountId, ActionName }) {
      if (!/^[\w-]{1,80}$/.test(Label)) throw invalid('Label Reason: Use up to 80 letters, digits, - and _.')
      if (AWSAccountId.length === 0 || !AWSAccountId.every((id) => /^\d{12}$/.test(id))) {
        throw invalid('AWSAccountId Reason: Account ids have 12 digits.')
      }
      const unknown = ActionName.find((name) => name !== '*' && !shareable.includes(name))
      if (unknown !== undefined || ActionName.length === 0) {
        throw invalid('Policy statement action out of service scope!')
      }
      const { topic: found, scope, arn } = await locateTopic(tx, TopicArn)
      const policy = readPolicy(policyOf(found, arn, scope.account))
      if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalid('Statement already exists')
      const statement = {
        Sid: Label,
        Effect: 'Allow',
        Principal: { AWS: AWSAccountId.map((id) => `arn:aws:iam::${id}:root`) },
        Action: ActionName.map((name) => `SNS:${name}`),
        Resource: arn,
      }
      tx.in(scope).set(topic(found.name), withPolicy(found, { ...policy, Statement: [...policy.Statement, statement] }))
      return {}
    },
  },

  RemovePermission: {
    authorize: ({ TopicArn }) => [{ action: 'sns:RemovePermission', resource: TopicArn }],
    async write(tx, { TopicArn, Label }) {
      const { topic: found, scope, arn } = await locateTopic(tx, TopicArn)
      const policy = readPolicy(policyOf(found, arn, scope.account))
      const left = policy.Statement.filter(({ Sid }) => Sid !== Label)
      // The last statement leaves a policy without any, which is none.
      const next = left.length > 0 ? withPolicy(found, { ...policy, Statement: left }) : withoutPolicy(found)
      if (left.length < policy.Statement.length) tx.in(scope).set(topic(found.name), next)
      return {}
    },
  },
})

function withPolicy(found: Topic, policy: Policy): Topic {
  return { ...found, settings: withAttribute(found.settings, 'Policy', JSON.stringify(policy), found.fifo) }
}

function withoutPolicy(found: Topic): Topic {
  const { policy: _, ...settings } = found.settings
  return { ...found, settings }
}

function readPolicy(text: string): Policy {
  const policy = JSON.parse(text) as Policy
  return { ...policy, Statement: Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement as never] }
}
