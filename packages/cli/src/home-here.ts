import type { Home } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import type { Command } from 'commander'
import { placeFrom } from './broker-place.ts'
import type { Session } from './session.ts'

/** The home on this machine, for what is changed in its folders. @throws CoatcheckError `request_invalid` when a broker elsewhere is meant */
export function homeHere(session: Session, command: Command): Home {
  if (placeFrom(command.optsWithGlobals(), session.surroundings.environment) === undefined) return session.home(command)
  throw new CoatcheckError('request_invalid', { reason: 'settings are those of a home on this machine' })
}
