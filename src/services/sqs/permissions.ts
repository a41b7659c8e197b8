import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { arnOfUrl, locate, queueArn } from './queue-url.ts'
import { queue } from './state.ts'

interface Policy {
  Version?: string
  Id?: string
  Statement?: { Sid?: string }[]
}

/** Statements of a queue's policy by label, as the API had them before policies could be set whole. */
export const permissions = operations<Api>()({
  AddPermission: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:AddPermission', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Label, AWSAccountIds, Actions }, ctx) {
      if (!/^[\w-]{1,80}$/.test(Label))
        throw invalid('Label', Label, 'Use up to 80 letters, digits, hyphens and underscores.')
      if (Actions.length === 0 || Actions.length > 7)
        throw awsError('OverLimit', 'An AddPermission action can include up to 7 actions.')
      for (const account of AWSAccountIds)
        if (!/^\d{12}$/.test(account)) throw invalid('PrincipalId', account, 'Unable to verify.')
      for (const action of Actions)
        if (action !== '*' && !shareable.includes(action))
          throw invalid(
            'ActionName',
            action,
            `Only the queue owner is allowed to invoke this action, or it does not exist. Use *, ${shareable.join(', ')}.`,
          )
      const at = await locate(tx, QueueUrl)
      const policy = policyOf(at.queue.settings.policy)
      if (policy.Statement?.some((statement) => statement.Sid === Label))
        throw invalid('Label', Label, 'Already exists.')
      const arn = queueArn(at.scope, at.queue.name)
      const principals = AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`)
      const actions = Actions.map((action) => `SQS:${action}`)
      const statement = { Sid: Label, Effect: 'Allow', Principal: { AWS: principals }, Action: actions, Resource: arn }
      const next = {
        Version: '2008-10-17',
        Id: `${arn}/SQSDefaultPolicy`,
        ...policy,
        Statement: [...(policy.Statement ?? []), statement],
      }
      const settings = { ...at.queue.settings, policy: JSON.stringify(next) }
      tx.in(at.scope).set(queue(at.queue.name), { ...at.queue, settings, modifiedAtMs: ctx.nowMs })
      return {}
    },
  },
  RemovePermission: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:RemovePermission', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Label }, ctx) {
      const at = await locate(tx, QueueUrl)
      const policy = policyOf(at.queue.settings.policy)
      const left = (policy.Statement ?? []).filter((statement) => statement.Sid !== Label)
      if (left.length === (policy.Statement ?? []).length)
        throw invalid('Label', Label, "can't find label on existing policy.")
      const text = left.length > 0 ? JSON.stringify({ ...policy, Statement: left }) : undefined
      tx.in(at.scope).set(queue(at.queue.name), {
        ...at.queue,
        settings: { ...at.queue.settings, policy: text },
        modifiedAtMs: ctx.nowMs,
      })
      return {}
    },
  },
})

const shareable: readonly string[] = [
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]

function policyOf(text: string | undefined): Policy {
  return text === undefined ? {} : (JSON.parse(text) as Policy)
}

function invalid(parameter: string, value: string, reason: string): Error {
  return awsError('InvalidParameterValue', `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`)
}
