// Written by `npm run models`; do not edit.
import type { ResourceSchemas } from '../../kernel/model.ts'

declare const resourceTypes: ResourceSchemas
export = resourceTypes
