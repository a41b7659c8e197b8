import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything } from './access.ts'
import type { Api } from './api.ts'
import { badToken } from './page.ts'
import { exported, importing } from './state.ts'

const pageSize = 100

/** What stacks offer each other. */
export const exports_ = operations<Api>()({
  ListExports: {
    authorize: () => onAnything('ListExports'),
    async read(tx, { NextToken }) {
      const found = tx.range(exported.between([], boundsOfPage(NextToken, badToken)), { limit: pageSize + 1 })
      const { items, next } = await pageOf(found, pageSize, ({ key }) => key)
      return {
        Exports: items.map(({ key: [Name], value: { value, stackId } }) => ({
          ExportingStackId: stackId,
          Name,
          Value: value,
        })),
        NextToken: next,
      }
    },
  },

  ListImports: {
    authorize: () => onAnything('ListImports'),
    async read(tx, { ExportName, NextToken }) {
      if (!(await tx.get(exported(ExportName)))) throw invalid(`Export '${ExportName}' does not exist.`)
      const range = importing.between([ExportName], boundsOfPage(NextToken, badToken))
      const { items, next } = await pageOf(tx.range(range, { limit: pageSize + 1 }), pageSize, ({ key }) => [key[1]])
      if (items.length === 0) throw invalid(`Export '${ExportName}' is not imported by any stack.`)
      return {
        Imports: items.map(({ value }) => value.stackName),
        NextToken: next,
      }
    },
  },
})
