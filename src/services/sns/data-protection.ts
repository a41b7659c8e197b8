import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, locateTopic } from './names.ts'

/** Policies that look for personal data in messages: no topic has one. */
export const dataProtection = operations<Api>()({
  GetDataProtectionPolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'sns:GetDataProtectionPolicy', resource: ResourceArn }],
    async read(tx, { ResourceArn }) {
      await locateTopic(tx, ResourceArn, 'ResourceArn')
      return {}
    },
  },

  PutDataProtectionPolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'sns:PutDataProtectionPolicy', resource: ResourceArn }],
    async read(tx, { ResourceArn }) {
      await locateTopic(tx, ResourceArn, 'ResourceArn')
      throw invalid('DataProtectionPolicy Reason: It is not supported by Landfall.')
    },
  },
})
