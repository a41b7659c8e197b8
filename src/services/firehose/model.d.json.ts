// Written by `npm run models`; do not edit.
import type { Model } from '../../kernel/model.ts'

declare const model: Model
export = model
