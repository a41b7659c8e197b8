import { stringify } from 'yaml'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import { onAnything } from '../access.ts'
import type { Api } from '../api.ts'
import { badToken } from '../page.ts'
import {
  type GeneratedTemplate,
  generatedBody,
  generatedNamed,
  generatedTemplate,
  type TemplateResource,
  templateResource,
} from './template-state.ts'
import { foundTemplate } from './templates.ts'

/** What a template that has never been complete is: no template. */
const empty = '{}'

/** Generated templates, as they are. */
export const templateViews = operations<Api>()({
  DescribeGeneratedTemplate: {
    authorize: () => onAnything('DescribeGeneratedTemplate'),
    async read(tx, { GeneratedTemplateName }) {
      const of = await foundTemplate(tx, GeneratedTemplateName)
      const resources: TemplateResource[] = []
      for await (const { value } of tx.range(templateResource.under(of.uuid))) resources.push(value)
      const count = (wanted: TemplateResource['status']) => resources.filter(({ status }) => status === wanted).length
      return {
        ...summary(of),
        StackId: of.base?.id,
        Resources: resources.map(detail),
        Progress: {
          ResourcesSucceeded: count('COMPLETE'),
          ResourcesFailed: count('FAILED'),
          ResourcesProcessing: 0,
          ResourcesPending: count('PENDING'),
        },
        TemplateConfiguration: { DeletionPolicy: of.deletionPolicy, UpdateReplacePolicy: of.updateReplacePolicy },
        TotalWarnings: resources.reduce((sum, { generated }) => sum + (generated?.warnings.length ?? 0), 0),
      }
    },
  },

  GetGeneratedTemplate: {
    authorize: () => onAnything('GetGeneratedTemplate'),
    async read(tx, { GeneratedTemplateName, Format = 'JSON' }) {
      const { uuid, status } = await foundTemplate(tx, GeneratedTemplateName)
      const { text } = (await tx.get(generatedBody(uuid))) ?? { text: empty }
      // Texts like `yes` and `2012-10-17` are something else to readers of YAML 1.1, which templates are written for.
      const yaml = () => stringify(JSON.parse(text), { version: '1.1', aliasDuplicateObjects: false })
      return { Status: status, TemplateBody: Format === 'YAML' ? yaml() : text }
    },
  },

  ListGeneratedTemplates: {
    authorize: () => onAnything('ListGeneratedTemplates'),
    async read(tx, { NextToken, MaxResults = 50 }) {
      const range = generatedNamed.between([], boundsOfPage(NextToken, badToken))
      const { items, next } = await pageOf(tx.range(range, { limit: MaxResults + 1 }), MaxResults, ({ key }) => key)
      const found = await tx.getMany(items.map(({ value }) => generatedTemplate(value.uuid)))
      const Summaries = found.flatMap((one) => (one ? [{ ...summary(one), NumberOfResources: one.resources }] : []))
      return { Summaries, NextToken: next }
    },
  },
})

function summary(of: GeneratedTemplate) {
  return {
    GeneratedTemplateId: of.id,
    GeneratedTemplateName: of.name,
    Status: of.status,
    StatusReason: of.reason,
    CreationTime: new Date(of.createdAtMs),
    LastUpdatedTime: new Date(of.updatedAtMs),
  }
}

function detail({ type, logicalId, name, identifier, status, reason, generated }: TemplateResource) {
  return {
    ResourceType: type,
    LogicalResourceId: logicalId,
    ResourceIdentifier: { [name]: identifier },
    ResourceStatus: status,
    ResourceStatusReason: reason,
    Warnings: generated?.warnings.map((warning) => ({
      Type: warning.type,
      Properties: warning.properties.map(({ path, required }) => ({ PropertyPath: path, Required: required })),
    })),
  }
}
