import { resource } from '../../kernel/resource.ts'

/** CloudFormation's own resource types. */
export const resources = {
  /** A name that templates use as a resource that does nothing; its URL would be for signals, which are planned. */
  'AWS::CloudFormation::WaitConditionHandle': resource<Record<string, never>>({
    properties: [],
    create: async (_, rx) => ({ id: `${rx.baseUrl}/_aws/cloudformation-wait/${rx.clientToken}` }),
    update: async (id) => ({ id }),
    delete: async () => {},
  }),
}
