import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything } from './access.ts'
import type { Api } from './api.ts'
import { fromToken, toToken } from './page.ts'
import { exported, importing } from './state.ts'

const pageSize = 100

/** What stacks offer each other. */
export const exports_ = operations<Api>()({
  ListExports: {
    authorize: () => onAnything('ListExports'),
    async read(tx, { NextToken }) {
      const bounds = NextToken === undefined ? {} : { after: [String(fromToken(NextToken))] as const }
      const found = []
      for await (const entry of tx.range(exported.between([], bounds), { limit: pageSize + 1 })) found.push(entry)
      const page = found.slice(0, pageSize)
      return {
        Exports: page.map(({ key: [Name], value: { value, stackId } }) => ({
          ExportingStackId: stackId,
          Name,
          Value: value,
        })),
        NextToken: found.length > pageSize ? toToken(page.at(-1)?.key[0] ?? '') : undefined,
      }
    },
  },

  ListImports: {
    authorize: () => onAnything('ListImports'),
    async read(tx, { ExportName, NextToken }) {
      if (!(await tx.get(exported(ExportName)))) throw invalid(`Export '${ExportName}' does not exist.`)
      const bounds = NextToken === undefined ? {} : { after: [String(fromToken(NextToken))] as const }
      const found = []
      for await (const entry of tx.range(importing.between([ExportName], bounds), { limit: pageSize + 1 }))
        found.push(entry)
      if (found.length === 0) throw invalid(`Export '${ExportName}' is not imported by any stack.`)
      const page = found.slice(0, pageSize)
      return {
        Imports: page.map(({ value }) => value.stackName),
        NextToken: found.length > pageSize ? toToken(page.at(-1)?.key[1] ?? '') : undefined,
      }
    },
  },
})
