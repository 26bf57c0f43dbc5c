/** Tells whether authority rows changed since they were read, by this process or by another one. */
export interface Revision {
  /** Like `current`, and never as of a moment ago. @throws CoatcheckError as `current` does */
  fresh?(): number
  /** Grows with every change; cheap enough to be asked for each request. @throws CoatcheckError `state_rolled_back` */
  current(): number
}
