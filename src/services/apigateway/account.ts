import { passedRole } from '../../gateway/pass-role.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest } from './find.ts'
import { type PatchOperation, patched } from './patch.ts'
import { account } from './state.ts'

const path = '/cloudwatchRoleArn'

/** Settings of the account in a region. https://docs.aws.amazon.com/apigateway/latest/api/API_Account.html */
export const accounts = operations<Api>()({
  GetAccount: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'account') }],
    async read(tx) {
      return { cloudwatchRoleArn: (await tx.get(account()))?.cloudwatchRoleArn }
    },
  },
  UpdateAccount: {
    authorize: ({ patchOperations }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, 'account') },
      ...passedRoles(patchOperations),
    ],
    async write(tx, { patchOperations }) {
      const next = patched((await tx.get(account())) ?? {}, patchOperations, { [path]: 'text' })
      const role = next.cloudwatchRoleArn || undefined
      if (role !== undefined && !/^arn:aws:iam::\d{12}:role\/.+$/.test(role))
        throw badRequest('Invalid ARN specified in the request: cloudwatchRoleArn must be the ARN of a role.')
      tx.set(account(), { cloudwatchRoleArn: role })
      return { cloudwatchRoleArn: role }
    },
  },
})

function passedRoles(operations: readonly PatchOperation[] = []) {
  return operations.flatMap((one) =>
    one.path === path && one.op !== 'remove' && one.value ? passedRole(one.value) : [],
  )
}
