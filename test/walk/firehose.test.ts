import { firehose } from './samples/firehose.ts'
import { walk } from './walk.ts'

walk(firehose)
