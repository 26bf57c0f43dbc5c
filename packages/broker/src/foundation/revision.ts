/** Tells whether authority rows changed since they were read, by this process or by another one. */
export interface Revision {
  /** Grows with every change; cheap enough to be asked for each request. @throws CoatcheckError `state_rolled_back` */
  current(): number
}
