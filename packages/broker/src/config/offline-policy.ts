export { suggestRules } from '../policy/rules/suggest-rules.ts'
export { diffReach, reachOfFile, receiptHolds } from './reach-of-file.ts'
export { type ConfigFinding, replayConfig } from './replay-config.ts'
export { replayRules } from './replay-rules.ts'
