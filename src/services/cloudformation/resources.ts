import { customResource } from './custom-resource.ts'
import { macroType } from './macro.ts'
import { nestedStack } from './nested-stack.ts'
import { stackSetType } from './stack-sets/stack-set-type.ts'
import { waitCondition, waitConditionHandle } from './wait-condition.ts'

/** CloudFormation's own resource types. */
export const resources = {
  'AWS::CloudFormation::CustomResource': customResource,
  'AWS::CloudFormation::Macro': macroType,
  'AWS::CloudFormation::Stack': nestedStack,
  'AWS::CloudFormation::StackSet': stackSetType,
  'AWS::CloudFormation::WaitCondition': waitCondition,
  'AWS::CloudFormation::WaitConditionHandle': waitConditionHandle,
}
